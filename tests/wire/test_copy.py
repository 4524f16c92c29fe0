# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""copyImage on the wire: every way to say it, what it answers, what it leaves in the catalog."""
import base64
import gzip
import itertools
import socket
import unittest

from harness import Server
from soapio import *  # noqa: F403 - the vocabulary of these tests

IPS = "http://www.scene7.com/IpsApi"
VERSIONS = ["", "/", "/2008-01-15", "/2008-09-10", "/2009-07-31", "/2010-01-31", "/2012-02-14", "/2013-02-15",
            "/2014-04-03", "/2016-01-14-beta", "/2017-10-29-beta", "/2023-01-15"]
names = (f"copy{i}" for i in itertools.count())


def basic(user=USER, password=PASSWORD):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def swapped(namespace):
    """authHeader with its children in another order and things of others in it."""
    return element("authHeader", {"appVersion": "1", "password": PASSWORD, "locale": "de-CH", "user": USER,
                                  "somethingNew": "x"}, namespace)


# what, header block, extra HTTP headers
CREDENTIALS = [
    ("bare namespace", auth(), {}),
    ("version namespace", auth(namespace=NEWEST), {}),
    ("another version's namespace", auth(namespace=BARE + "/2013-02-15"), {}),
    ("children in any order", swapped(BARE), {}),
    ("twice", auth() + auth(namespace=NEWEST), {}),
    ("Basic", "", {"Authorization": basic()}),
    ("lower-case basic", "", {"authorization": basic().replace("Basic", "basic")}),
    ("header before Basic", auth(), {"Authorization": basic(password="wrong")}),
    ("AuthUser and AuthPassword", element("AuthUser", USER, IPS) + element("AuthPassword", PASSWORD, IPS), {}),
    ("e-mail in capitals", auth(USER.upper()), {}),
]

# what, HTTP headers instead of the usual
HTTP = [
    ("quoted action", {"Content-Type": "text/xml", "SOAPAction": '"copyImage"'}),
    ("bare action", {"Content-Type": "text/xml", "SOAPAction": "copyImage"}),
    ("wrong action", {"Content-Type": "text/xml", "SOAPAction": "deleteAsset"}),
    ("no content type", {}),
    ("odd content type", {"Content-Type": "application/octet-stream"}),
    ("quoted charset", {"Content-Type": 'text/xml; charset="utf-8"'}),
]


class Copy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)

    def good(self, reply, namespace=NEWEST, soap=SOAP11):
        self.assertEqual(reply.status, 200, reply.text)
        handle = reply.find("assetHandle")
        self.assertRegex(handle, r"^a\|\d+\|1\|\d+$")
        self.assertEqual(reply.text.replace('<?xml version="1.0" encoding="UTF-8"?>', "").strip(),
                         f'<soapenv:Envelope xmlns:soapenv="{soap}"><soapenv:Body>'
                         f'<copyImageReturn xmlns="{namespace}"><assetHandle>{handle}</assetHandle></copyImageReturn>'
                         "</soapenv:Body></soapenv:Envelope>")
        return handle

    def test_versions(self):
        for version, soap in itertools.product(VERSIONS, (SOAP11, SOAP12)):
            with self.subTest(version, soap=soap):
                reply = call(self.server, "copyImage", copy_parameters(next(names)), namespace=BARE + version, soap=soap)
                self.good(reply, BARE + version, soap)
                kind = "text/xml" if soap == SOAP11 else "application/soap+xml"
                self.assertTrue(reply.headers["content-type"].lower().startswith(kind), reply.headers)

    def test_credentials(self):
        for what, header, more in CREDENTIALS:
            with self.subTest(what):
                headers = {"Content-Type": "text/xml", **more}
                reply = call(self.server, "copyImage", copy_parameters(next(names)), header, headers=headers)
                self.good(reply)
                self.assertNotIn(PASSWORD, reply.text)

    def test_http_headers(self):
        for what, headers in HTTP:
            with self.subTest(what):
                self.good(call(self.server, "copyImage", copy_parameters(next(names)), headers=headers))

    def test_superfluous(self):
        parameters = copy_parameters(next(names), locale="en", renameFiles="true", extra={"a": "b"})
        self.good(call(self.server, "copyImage", parameters))

    def test_folder_forms(self):
        for folder in ("ApiTestCo/", "f|ApiTestCo/", "ApiTestCo", "/ApiTestCo/", "f|ApiTestCo"):
            with self.subTest(folder):
                self.good(call(self.server, "copyImage", copy_parameters(next(names), folderHandle=folder)))

    def test_asset_forms(self):
        for asset in ("a|739|1|537", "a|739", "739|1|537"):
            with self.subTest(asset):
                self.good(call(self.server, "copyImage", copy_parameters(next(names), assetHandle=asset)))

    def test_chunked_and_expect(self):
        body = envelope(call_body("copyImage", copy_parameters(next(names))), auth())
        with socket.create_connection((self.server.host, self.server.port), timeout=20) as peer:
            peer.sendall(f"POST {ENDPOINT} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                         "Expect: 100-continue\r\nConnection: close\r\n\r\n".encode())
            self.assertTrue(peer.recv(4096).startswith(b"HTTP/1.1 100 "))
            for part in (body[:7], body[7:300], body[300:]):
                peer.sendall(b"%x\r\n%s\r\n" % (len(part), part))
            peer.sendall(b"0\r\n\r\n")
            answer = b"".join(iter(lambda: peer.recv(4096), b""))
        self.assertIn(b"copyImageReturn", answer)

    def test_http_1_0(self):
        body = envelope(call_body("copyImage", copy_parameters(next(names))), auth())
        with socket.create_connection((self.server.host, self.server.port), timeout=20) as peer:
            peer.sendall(f"POST {ENDPOINT} HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            answer = b"".join(iter(lambda: peer.recv(4096), b""))
        self.assertIn(b"copyImageReturn", answer)
        self.assertNotIn(b"chunked", answer.lower())

    def test_gzip(self):
        wide = {"companyHandle": "c|6", "includeSubfolders": "true"}
        zipped = gzip.compress(envelope(call_body("searchAssets", wide), auth()))
        reply = post(self.server, zipped, headers={"Content-Encoding": "gzip"})
        self.assertEqual(reply.status, 200)
        # gzipResponse, Accept-Encoding, is the answer zipped?
        for wish, accept, expected in ((None, None, False), (None, "gzip", True), ("true", None, True),
                                       ("false", "gzip", False), (None, "gzip;q=0", False), (None, "br", False)):
            with self.subTest(wish=wish, accept=accept):
                header = auth(**({"gzipResponse": wish} if wish else {}))
                headers = {"Accept-Encoding": accept} if accept else {"Accept-Encoding": "identity"}
                reply = call(self.server, "searchAssets", wide, header, headers=headers)
                self.assertEqual(reply.headers.get("content-encoding") == "gzip", expected)
                plain = gzip.decompress(reply.body) if expected else reply.body
                self.assertIn(b"<searchAssetsReturn", plain)

    def test_what_a_copy_is(self):
        """Sizes, formats and who and when, as getAssetsByName tells them."""
        # modifier, width and height as functions of the source's, file name's extension
        rows = [("", None, None), ("wid=100", 100, None), ("scl=2", "half", None), ("size=30,40", 30, None),
                ("crop=5,6,20,10", 20, 10), ("rotate=90", "h", "w"), ("wid=50&hei=50&fit=stretch", 50, 50),
                ("extend=10,10,10,10", "w+20", "h+20"), ("cache=off&id=7&ts=1", None, None)]
        source = self.asset("macbookwin1")
        width, height = int(source.find("imageInfo/width").text), int(source.find("imageInfo/height").text)
        words = {None: None, "half": (width + 1) // 2, "h": height, "w": width, "w+20": width + 20, "h+20": height + 20}
        for modifier, wanted_width, wanted_height in rows:
            with self.subTest(modifier):
                name = next(names)
                handle = self.good(call(self.server, "copyImage", copy_parameters(name, modifier)))
                asset = self.asset(name)
                text = {child.tag: child.text for child in asset}
                self.assertEqual(text["assetHandle"], handle)
                self.assertEqual((text["type"], text["folder"], text["createUser"]), ("Image", "ApiTestCo/", USER))
                if wanted_width is not None:
                    self.assertEqual(asset.find("imageInfo/width").text, str(words.get(wanted_width, wanted_width)))
                if wanted_height is not None:
                    self.assertEqual(asset.find("imageInfo/height").text, str(words.get(wanted_height, wanted_height)))
                if modifier in ("", "cache=off&id=7&ts=1"):
                    self.assertEqual(asset.find("imageInfo/fileSize").text, source.find("imageInfo/fileSize").text)

    def asset(self, name):
        """The items element of one asset, without namespaces."""
        reply = call(self.server, "getAssetsByName", {"companyHandle": "c|6", "nameArray": [name]})
        (item,) = reply.all("assetArray/items")
        for node in item.iter():
            node.tag = node.tag.split("}")[-1]
        return item

    def test_shared_blob(self):
        before = self.server_blobs()
        self.good(call(self.server, "copyImage", copy_parameters(next(names))))
        self.assertEqual(self.server_blobs(), before)

    def server_blobs(self):
        return sorted(path for path in (self.server.data / "store").rglob("*") if path.is_file())

    def test_one_name_many_clients(self):
        """Of many copies to one name at once exactly one succeeds."""
        from concurrent.futures import ThreadPoolExecutor
        name = next(names)
        with ThreadPoolExecutor(16) as pool:
            done = list(pool.map(lambda _: call(self.server, "copyImage", copy_parameters(name)).fault, range(16)))
        self.assertEqual(done.count(None), 1)
        self.assertEqual({fault[1] for fault in done if fault}, {30000})

    def test_check_is_clean(self):
        self.assertEqual(self.server.run("check", "--deep").returncode, 0)


if __name__ == "__main__":
    unittest.main()
