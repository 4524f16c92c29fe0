# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Hostile and broken requests: each a clear fault, the next request is answered, the data is sound."""
import gzip
import socket
import unittest
import zlib

from harness import Server
from soapio import *  # noqa: F403 - the vocabulary of these tests

GOOD = envelope(call_body("getCompanyInfo", {"companyHandle": "c|6"}), auth())
TEXT = GOOD.decode()
MALFORMED = 30003
BOMB = ('<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' +
        "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9)) + "]>")


def envelope_of(body):
    return f'<soapenv:Envelope xmlns:soapenv="{SOAP11}">{body}</soapenv:Envelope>'.encode()


def inside(text):
    """The good request with something else as the company's handle."""
    return TEXT.replace("c|6", text).encode()


# what, body; each is answered by fault 30003
XML_ROWS = [
    ("nothing", b""),
    ("no XML", b"copyImage please"),
    ("JSON", b'{"copyImage": {}}'),
    ("cut in the middle", GOOD[:-40]),
    ("mismatched end tag", GOOD.replace(b"</companyHandle>", b"</companyhandle>")),
    ("two roots", GOOD + GOOD),
    ("junk behind", GOOD + b"junk"),
    ("wrong root", b"<hello/>"),
    ("envelope of no known version", GOOD.replace(b"schemas.xmlsoap.org/soap", b"example.org/sop")),
    ("no body", envelope_of("<soapenv:Header/>")),
    ("empty body", envelope_of("<soapenv:Body/>")),
    ("two bodies", envelope_of("<soapenv:Body/><soapenv:Body/>")),
    ("two operations", GOOD.replace(b"</soapenv:Body>", b"<x/></soapenv:Body>")),
    ("operation of a foreign namespace", GOOD.replace(b"http://www.scene7.com/IpsApi/xsd/2014-04-03", b"urn:other")),
    ("markup inside a text", inside("c|<b/>6")),
    ("DTD", b'<!DOCTYPE x SYSTEM "file:///etc/passwd">' + GOOD),
    ("entity bomb", BOMB.encode() + inside("&j;")),
    ("unknown entity", inside("&nbsp;")),
    ("external entity", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + inside("&e;")),
    ("100,000 levels", b"<a>" * 100_000),
    ("40,000 attributes", b"<a " + b" ".join(b"b%d='1'" % i for i in range(40_000)) + b"/>"),
    ("40,000 namespaces", b"<a " + b" ".join(b"xmlns:b%d='u'" % i for i in range(40_000)) + b"/>"),
    ("invalid UTF-8", GOOD.replace(b"c|6", b"c|\xff\xfe6")),
    ("overlong UTF-8", GOOD.replace(b"c|6", b"c|\xc0\xaf6")),
    ("surrogate in UTF-8", GOOD.replace(b"c|6", b"c|\xed\xa0\x80")),
    ("control character", inside("c|\x016")),
    ("reference to a control character", inside("c|&#1;")),
    ("NUL byte", GOOD.replace(b"c|6", b"c|\x006")),
]

# what, header lines, body, status
BODY_ROWS = [
    ("gzip that is none", {"Content-Encoding": "gzip"}, GOOD, 400),
    ("truncated gzip", {"Content-Encoding": "gzip"}, gzip.compress(GOOD)[:-12], 400),
    ("gzip bomb", {"Content-Encoding": "gzip"}, gzip.compress(b" " * 200_000_000, 9), 413),
    ("unknown coding", {"Content-Encoding": "br"}, GOOD, 415),
]

# what, bytes of a whole request head, status
RAW_ROWS = [
    ("1 GB announced", b"POST /scene7/services/IpsApiService HTTP/1.1\r\nHost: a\r\nContent-Length: 1073741824\r\n\r\n", 413),
    ("negative length", b"POST /scene7/services/IpsApiService HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", 400),
    ("two lengths", b"POST /scene7/services/IpsApiService HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400),
    ("length and chunks", b"POST /scene7/services/IpsApiService HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("no Host", b"GET /healthz HTTP/1.1\r\n\r\n", 400),
    ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", None),
    ("huge header", b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 100_000 + b"\r\n\r\n", 431),
]


def raw(server, data):
    """Status of the first answer; None if the connection closed without one."""
    with socket.create_connection((server.host, server.port), timeout=10) as peer:
        try:
            peer.sendall(data)
            answer = peer.recv(4096)
        except ConnectionResetError:
            return None
    return int(answer.split()[1]) if answer.startswith(b"HTTP/") else None


def blobs(server):
    return [path for path in (server.data / "store").rglob("*") if path.is_file()]


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)

    def tearDown(self):
        self.assertEqual(post(self.server, GOOD).find("companyInfo/companyHandle"), "c|6")

    def test_xml(self):
        for soap in (SOAP11, SOAP12):
            for what, body in XML_ROWS:
                with self.subTest(what, soap=soap):
                    reply = post(self.server, body.replace(SOAP11.encode(), soap.encode()))
                    self.assertEqual(reply.status, 500)
                    self.assertIsNotNone(reply.fault, reply.text[:300])
                    self.assertEqual(reply.fault[:2], ("ipsApiFault", MALFORMED))
                    self.assertNotIn("libxml", reply.text)
                    self.assertLess(len(reply.text), 2000)

    def test_bodies(self):
        for what, headers, body, status in BODY_ROWS:
            with self.subTest(what):
                reply = post(self.server, body, headers={"Content-Type": "text/xml", **headers})
                self.assertEqual(reply.status, status)
                self.assertEqual(reply.fault[:2], ("ipsApiFault", MALFORMED), reply.text)

    def test_raw(self):
        for what, data, status in RAW_ROWS:
            with self.subTest(what):
                self.assertEqual(raw(self.server, data), status)

    def test_body_at_the_limit(self):
        """Blanks up to 1 MiB are harmless, a body past the limit is not."""
        self.assertEqual(post(self.server, GOOD + b" " * 1_000_000).status, 200)
        with socket.create_connection((self.server.host, self.server.port), timeout=20) as peer:
            peer.sendall(f"POST {ENDPOINT} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
            try:  # the answer comes before all is sent
                for _ in range(200):
                    peer.sendall(b"100000\r\n" + b" " * 0x100000 + b"\r\n")
            except (BrokenPipeError, ConnectionResetError):
                pass
            answer = peer.recv(65536)
        self.assertTrue(answer.startswith(b"HTTP/1.1 413 "), answer[:80])
        self.assertIn(b"<tns:code>30003</tns:code>", answer)


class BadImages(unittest.TestCase):
    """Sources that are not what they claim: refused on import, or a fault when they are needed."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.files = cls.server.folder / "files"
        cls.files.mkdir()

    def png(self, width, height, data=b""):
        def chunk(kind, content):
            crc = zlib.crc32(kind + content)
            return len(content).to_bytes(4, "big") + kind + content + crc.to_bytes(4, "big")
        head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")

    def test_import_refuses(self):
        good = self.png(2, 2, (b"\0" + b"\1\2\3" * 2) * 2)
        rows = [
            ("text.jpg", b"hello"),
            ("empty.png", b""),
            ("cut.png", good[: len(good) // 2]),
            ("lying.png", self.png(4000, 4000, b"\0\1\2\3")),
            ("vast.png", self.png(65535, 65535, b"\0")),
            ("loop.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/>'),
        ]
        for name, data in rows:
            with self.subTest(name):
                (self.files / name).write_bytes(data)
                done = self.server.run("import", str(self.files / name), check=False)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(name, done.stderr + done.stdout)
                stem = name.rsplit(".", 1)[0]
                reply = call(self.server, "getAssetsByName", {"companyHandle": "c|6", "nameArray": [stem]})
                self.assertEqual(reply.all("assetArray/items"), [])
        (self.files / "good.png").write_bytes(good)
        self.assertEqual(self.server.run("import", str(self.files / "good.png")).returncode, 0)

    def test_vanished_source(self):
        """The store loses a file behind our back: a copy that needs its bytes is a fault."""
        (self.files / "doomed.png").write_bytes(self.png(3, 1, b"\0" + b"\7\7\7" * 3))
        before = set(blobs(self.server))
        self.server.run("import", str(self.files / "doomed.png"))
        reply = call(self.server, "getAssetsByName", {"companyHandle": "c|6", "nameArray": ["doomed"]})
        handle = reply.find("assetArray/items/assetHandle")
        (new,) = set(blobs(self.server)) - before
        kept = new.read_bytes()
        new.unlink()
        for name, modifier in (("gone", "wid=2"), ("gone", "")):
            fault = call(self.server, "copyImage", copy_parameters(name, modifier, assetHandle=handle)).fault
            self.assertEqual(fault[:2], ("ipsApiFault", 30000))
            self.assertNotIn(new.name, fault[2])
        found = self.server.run("check", check=False)
        self.assertEqual(found.returncode, 1)
        new.write_bytes(kept)
        self.assertEqual(call(self.server, "copyImage", copy_parameters("gone", "wid=2", assetHandle=handle)).fault, None)


if __name__ == "__main__":
    unittest.main()
