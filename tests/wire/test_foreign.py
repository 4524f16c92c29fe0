# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Pictures of other servers: who may ask for them, and how often these are asked.

The other server runs here, so that the one under test is told that 127.0.0.1 may be reached."""
import contextlib
import http.server
import threading
import unittest

from harness import Server
from soapio import call, copy_parameters, get

MUG = "/is/image/ApiTestCo/mug"
SMALL = "fmt=png&scl=1"


class Gallery(http.server.BaseHTTPRequestHandler):
    """What the paths of `pictures` hold, with their headers; counts what it is asked for."""
    pictures, asked = {}, []

    def do_GET(self):
        Gallery.asked.append(self.path)
        headers, body = Gallery.pictures.get(self.path, ({}, None))
        if body is None:
            self.send_response(404)
            self.end_headers()
            return
        known = self.headers.get("If-None-Match")
        same = known is not None and known == headers.get("ETag")
        self.send_response(304 if same else 302 if "Location" in headers else 200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0" if same else str(len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # who hears too much hangs up
            self.wfile.write(b"" if same else body)

    def log_message(self, *_):
        pass


class Foreign(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gallery = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gallery)
        threading.Thread(target=cls.gallery.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.gallery.server_close)
        cls.addClassCleanup(cls.gallery.shutdown)
        cls.host = f"127.0.0.1:{cls.gallery.server_port}"
        cls.root = f"http://{cls.host}"
        cls.server = Server("--foreign-networks=127.0.0.0/8", "--foreign-bytes=1M", "--foreign-timeout=5000")
        cls.addClassCleanup(cls.server.stop)
        cls.lamp = get(cls.server, f"/is/image/ApiTestCo/lamp?size=40,50&{SMALL}").body
        cls.logo = get(cls.server, "/is/image/ApiTestCo/logo?size=60,0&fmt=png-alpha&scl=1").body

    def setUp(self):
        Gallery.pictures, Gallery.asked = {}, []

    def set(self, *assignments):
        self.server.run("company set", "ApiTestCo", *assignments)
        names = [assignment.split("=")[0] + "=" for assignment in assignments]
        self.addCleanup(self.server.run, "company set", "ApiTestCo", *names)

    def allow(self):
        self.set("AllowDirectUrls=1", f"DirectUrlHosts={self.host}")

    def picture(self, query):
        reply = get(self.server, f"{MUG}?{query}&{SMALL}")
        self.assertEqual(reply.status, 200, f"{query}: {reply.text[:200]}")
        return reply.body

    def refused(self, query, status, word):
        reply = get(self.server, f"{MUG}?{query}")
        self.assertEqual(reply.status, status, f"{query}: {reply.text[:200]}")
        self.assertIn(word, reply.text, query)

    def test_refused(self):
        url = f"src=({self.root}/lamp.png)"
        Gallery.pictures["/lamp.png"] = ({}, self.lamp)
        self.refused(url, 403, "AllowDirectUrls is 0")
        self.refused("src={lamp.png}", 403, "RootUrl is empty")
        self.set("AllowDirectUrls=1")
        self.refused(url, 403, "not one of DirectUrlHosts")
        self.set("DirectUrlHosts=images.example.com")
        self.refused(url, 403, "not one of DirectUrlHosts")
        self.refused(f"defaultImage=lamp&{url}", 403, "not one of DirectUrlHosts")
        self.set("DirectUrlHosts=*")
        self.refused("src=(ftp://127.0.0.1/lamp.png)", 403, "no address of the form")
        self.refused(f"src=(http://a:b@{self.host}/lamp.png)", 403, "no address of the form")
        self.refused("src=(http://10.0.0.1/lamp.png)", 403, "network that may not be reached")
        self.refused("src=(http://169.254.169.254/latest/meta-data)", 403, "network that may not be reached")
        self.refused("src=(http://[::1]/lamp.png)", 403, "network that may not be reached")
        self.assertEqual(Gallery.asked, [])

    def test_pictures(self):
        self.allow()
        Gallery.pictures["/a/lamp.png"] = ({"ETag": '"1"'}, self.lamp)
        Gallery.pictures["/logo.png?x=1&y=2"] = ({"ETag": '"1"'}, self.logo)
        logo = f"({self.root}/logo.png?x=1&y=2)"
        flat = get(self.server, f"/is/image/ApiTestCo/lamp?size=40,50&{SMALL}").body
        self.assertTrue(self.picture(f"src=({self.root}/a/lamp.png)") == flat)
        self.assertTrue(self.picture(f"src={{{self.root}/a/lamp.png}}") == flat)
        self.assertTrue(self.picture(f"$u=a/lamp&src=({self.root}/$u$.png)") == flat)
        self.assertTrue(self.picture(f"src=is{{?src=({self.root}/a/lamp.png)}}") == flat)
        self.assertTrue(self.picture(f"size=90,90&layer=1&src={logo}&mask={logo}") ==
                        self.picture("size=90,90&layer=1&src=is{logo?size=60,0}"))
        reply = call(self.server, "copyImage", copy_parameters("from-afar", f"src=({self.root}/a/lamp.png)&fmt=png"))
        self.assertEqual(reply.status, 200, reply.text)
        self.assertTrue(get(self.server, f"/is/image/ApiTestCo/from-afar?{SMALL}").body == flat)

    def test_root(self):
        self.set(f"RootUrl={self.root}/deep/")
        Gallery.pictures["/deep/x/lamp.png"] = ({}, self.lamp)
        self.picture("src=(x/lamp.png)")
        self.picture("src={/x/lamp.png}")
        self.refused("src=(x/../../lamp.png)", 403, "'..'")
        self.refused("src=(x/%252e%252e/lamp.png)", 403, "'..'")
        self.refused(f"src=({self.root}/deep/x/lamp.png)", 403, "AllowDirectUrls is 0")

    def test_validation(self):
        """Asked about each time, fetched when it has changed, not asked while it is fresh."""
        self.allow()
        query = f"src=({self.root}/lamp.png)"
        path = f"{MUG}?{query}&{SMALL}"
        Gallery.pictures["/lamp.png"] = ({"ETag": '"1"'}, self.lamp)
        first = get(self.server, path)
        self.assertEqual(get(self.server, path).headers["etag"], first.headers["etag"])
        self.assertEqual(get(self.server, path, {"If-None-Match": first.headers["etag"]}).status, 304)
        Gallery.pictures["/lamp.png"] = ({"ETag": '"2"', "Cache-Control": "max-age=600"}, self.logo)
        second = get(self.server, path)
        self.assertNotEqual(second.headers["etag"], first.headers["etag"])
        asked = len(Gallery.asked)
        self.assertTrue(get(self.server, path).body == second.body)
        self.assertEqual(len(Gallery.asked), asked)

    def test_bad(self):
        self.allow()
        Gallery.pictures.update({
            "/text": ({}, b"this is no picture"),
            "/half": ({}, self.lamp[:len(self.lamp) // 2]),
            "/large": ({}, b"\x89PNG" + bytes(1 << 20)),
            "/away": ({"Location": f"{self.root}/lamp.png"}, b"x"),
        })
        for path, word in (("/text", "not an image"), ("/half", "damaged"), ("/large", "bytes"), ("/away", "does not give"),
                           ("/nothing", "does not give")):
            self.refused(f"src=({self.root}{path})", 403, word)
        Gallery.pictures.update({f"/many?{i}": ({}, self.lamp) for i in range(1, 12)})
        self.refused("&".join(f"layer={i}&src=({self.root}/many?{i})" for i in range(1, 12)), 403, "8 pictures of other")


if __name__ == "__main__":
    unittest.main()
