# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""GET /is/image: statuses, validators, cache headers, HEAD."""
import unittest

from harness import Server
from soapio import call, copy_parameters, get

MUG = "/is/image/ApiTestCo/mug"
# path, status
ROWS = [
    (MUG, 200), (MUG + "?wid=100", 200), (MUG + "?wid=100&fmt=png-alpha", 200), (MUG + "?unknown=1", 200),
    ("/is/image/ApiTestCo/m%75g", 200), (MUG + "?WID=50", 200),
    ("/is/image/ApiTestCo/nothing", 404), ("/is/image/Nobody/mug", 404), ("/is/image/", 404),
    ("/is/image/ApiTestCo/../../etc/passwd", 404), ("/is/image/ApiTestCo/%2e%2e%2f", 404),
    (MUG + "?wid=-1", 403), (MUG + "?wid=", 403), (MUG + "?fmt=exe", 403), (MUG + "?rotate=%zz", 403),
    (MUG + "?$no-such-macro$", 403), (MUG + "?wid=100000&hei=100000", 403), (MUG + "?op_blur=4", 403),
]
KINDS = [("jpeg", "image/jpeg", b"\xff\xd8\xff"), ("png", "image/png", b"\x89PNG"), ("gif", "image/gif", b"GIF8"),
         ("tif", "image/tiff", b"II*\0"), ("webp", "image/webp", b"RIFF"), ("png-alpha", "image/png", b"\x89PNG"),
         ("pjpeg", "image/jpeg", b"\xff\xd8\xff")]


class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)

    def test_statuses(self):
        for path, status in ROWS:
            with self.subTest(path):
                reply = get(self.server, path)
                self.assertEqual(reply.status, status, reply.text[:200])
                if status != 200:
                    self.assertTrue(reply.headers["content-type"].startswith("text/plain"))
                    self.assertTrue(reply.body)

    def test_kinds(self):
        for fmt, mime, magic in KINDS:
            with self.subTest(fmt):
                reply = get(self.server, f"{MUG}?wid=40&fmt={fmt}")
                self.assertEqual((reply.status, reply.headers["content-type"]), (200, mime))
                self.assertTrue(reply.body.startswith(magic))

    def test_validators(self):
        first = get(self.server, MUG + "?wid=60")
        tag = first.headers["etag"]
        self.assertIn("last-modified", first.headers)
        self.assertIn("cache-control", first.headers)
        for value, status in ((tag, 304), (f'"x", {tag}', 304), ("*", 304), ("W/" + tag, 304), ('"other"', 200)):
            with self.subTest(value):
                reply = get(self.server, MUG + "?wid=60", {"If-None-Match": value})
                self.assertEqual(reply.status, status)
                self.assertEqual(reply.body == b"", status == 304)
        self.assertEqual(get(self.server, MUG + "?WID=60&id=3").headers["etag"], tag)
        self.assertNotEqual(get(self.server, MUG + "?wid=61").headers["etag"], tag)

    def test_head(self):
        reply = get(self.server, MUG + "?wid=60", method="HEAD")
        self.assertEqual((reply.status, reply.body, reply.headers["content-type"]), (200, b"", "image/jpeg"))

    def test_methods(self):
        reply = get(self.server, MUG, method="DELETE")
        self.assertEqual(reply.status, 405)
        self.assertIn("GET", reply.headers["allow"])

    def test_copy_is_the_same_picture(self):
        """What /is/image shows of a copy is what it shows of the source with the modifier."""
        reply = call(self.server, "copyImage", copy_parameters("small", "wid=80&fmt=png"))
        self.assertEqual(reply.status, 200, reply.text)
        copy = get(self.server, "/is/image/ApiTestCo/small?scl=1&fmt=png")
        view = get(self.server, "/is/image/ApiTestCo/macbookwin1?wid=80&fmt=png")
        self.assertEqual((copy.status, view.status), (200, 200))
        self.assertEqual(copy.body[:33], view.body[:33])  # signature and IHDR: size and kind


if __name__ == "__main__":
    unittest.main()
