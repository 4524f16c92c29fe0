# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""The reference of image commands, as a page and on the terminal; its pictures are drawn by the server."""
import html.parser
import pathlib
import re
import tempfile
import unittest

from harness import ROOT, Server, openips
from soapio import get

VOID = {"meta", "img", "br"}
README = (ROOT / "README.md").read_text()


def pixels(picture, folder):
    """Those of a file, uncompressed, with the few bytes that a TIFF file has around them."""
    openips("render", str(picture), "scl=1&fmt=tif,rgb,none", "-o", f"{folder}/raw.tif")
    return (pathlib.Path(folder) / "raw.tif").read_bytes()


class Page(html.parser.HTMLParser):
    """Collects sections and pictures; complains about tags that do not fit."""

    def __init__(self):
        super().__init__()
        self.open, self.sections, self.pictures = [], [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "section":
            self.sections.append(attributes["id"])
        if tag == "img":
            self.pictures.append(attributes["src"])

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag


class Help(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)

    def test_page(self):
        reply = get(self.server, "/help/modifiers")
        self.assertEqual((reply.status, reply.headers["content-type"]), (200, "text/html; charset=utf-8"))
        page = Page()
        page.feed(reply.text)
        self.assertEqual(page.open, [])
        examples = [line.split("\t") for line in openips("help", "examples").stdout.splitlines()]
        self.assertEqual(page.pictures, [f"/is/image/ApiTestCo/{picture}?{text}" for _, picture, text in examples])
        for name, _, _ in examples:
            self.assertIn(name, page.sections)
        self.assertEqual(get(self.server, "/help/modifiers/x").status, 404)

    def test_every_example_is_drawn(self):
        for line in openips("help", "examples").stdout.splitlines():
            name, picture, text = line.split("\t")
            with self.subTest(name):
                reply = get(self.server, f"/is/image/ApiTestCo/{picture}?{text}")
                self.assertEqual(reply.status, 200, reply.text[:300])
                self.assertTrue(reply.headers["content-type"].startswith("image/"))

    def test_readme(self):
        """Its table is the one the program prints: `openips help table`."""
        self.assertIn("\n\n" + openips("help", "table").stdout + "\n", README)

    def test_picture_in_readme(self):
        """What a newcomer sees there is what he gets from the server."""
        shown, url = re.search(r"\[!\[[^]]*\]\(([^)]*)\)\]\(http://localhost:8080([^)]*)\)", README).groups()
        reply = get(self.server, url.replace("Copy_macbookwin1", "macbookwin1"))
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "got.png").write_bytes(reply.body)
            ours, theirs = (pixels(name, folder) for name in (ROOT / shown, f"{folder}/got.png"))
        self.assertEqual(len(ours), len(theirs))
        self.assertLess(sum(abs(a - b) for a, b in zip(ours, theirs)) / len(ours), 1)

    def test_terminal(self):
        whole = openips("help", "modifiers").stdout
        self.assertIn("\nqlt=quality[,chroma]\n", whole)
        self.assertIn(openips("help", "modifiers", "qlt").stdout, whole)
        wrong = openips("help", "modifiers", "nonsense", check=False)
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("nonsense", wrong.stderr)


if __name__ == "__main__":
    unittest.main()
