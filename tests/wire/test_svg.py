# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""SVG files: what variables make of them, and what they may not refer to."""
import unittest
import urllib.parse

from harness import Server, openips
from pictures import pixels
from soapio import call, copy_parameters, get

ROOT = "/is/image/ApiTestCo"
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="80" height="60">'
TEMPLATE = f"""<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" width="$wide$" height="60">
<rect width="100%" height="60" style="fill:$color$"/>
<text x="5" y="$y$" font-size="20" fill="#ffffff">$txt$</text><desc>$txt$</desc></svg>"""


class Svg(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.take("flag", HEAD + '<rect width="80" height="60" fill="#00f"/></svg>')
        cls.card = cls.take("card", TEMPLATE)

    @classmethod
    def take(cls, name, text, good=True):
        """The handle, or what is said against it."""
        file = cls.server.folder / f"{name}.svg"
        file.write_text(text)
        done = cls.server.run("import --company ApiTestCo", file, check=good)
        return done.stdout.split()[0] if good else done.stderr

    def draw(self, path):
        reply = get(self.server, f"{ROOT}/{path}{'&' if '?' in path else '?'}fmt=png&scl=1")
        self.assertEqual(reply.status, 200, f"{path}: {reply.text[:200]}")
        return pixels(reply.body)

    def test_pictures(self):
        width, height, at = self.draw("flag")
        self.assertEqual((width, height, at(40, 30)), (80, 60, (0, 0, 255)))
        width, height, at = self.draw("flag?size=160,120")
        self.assertEqual((width, height, at(150, 110)), (160, 120, (0, 0, 255)))
        width, height, at = self.draw("mug?src=flag")
        self.assertEqual((width, height, at(40, 30)), (80, 60, (0, 0, 255)))

    def test_variables(self):
        for query, size, color in (
            ("$wide=100&$color=red&$txt=&$y=40", (100, 60), (255, 0, 0)),
            ("$WIDE=50&$Color=%2300ff00&$txt=&$y=40", (50, 60), (0, 255, 0)),
            ("$wide=100&$color=rgb(1%2C2%2C3)&$txt=&$y=40", (100, 60), (1, 2, 3)),
            ("$wide=100&$color=red&$color=blue&$txt=&$y=40", (100, 60), (0, 0, 255)),
        ):
            width, height, at = self.draw(f"card?{query}")
            self.assertEqual(((width, height), at(3, 3)), (size, color), query)

    def test_words(self):
        def ink(text):
            at = self.draw(f"card?$wide=200&$color=black&$y=40&$txt={urllib.parse.quote(text)}")[2]
            return sum(at(x, y)[0] for x in range(200) for y in range(60))
        self.assertEqual(ink(""), 0)
        self.assertGreater(ink("mm"), ink("m"))
        self.assertGreater(ink("<&>"), 0)
        # what is inserted is not searched again
        self.assertNotEqual(ink("$color$"), ink("black"))
        self.assertEqual(ink("</text>"), ink("</text>"))

    def test_nested(self):
        """The variables of a request are known in those within it."""
        width, height, at = self.draw("mug?$wide=90&$color=lime&$txt=&$y=9&src=is{card?size=45,0}")
        self.assertEqual((width, height, at(20, 10)), (45, 30, (0, 255, 0)))

    def test_validators(self):
        tags = {get(self.server, f"{ROOT}/card?$wide=50&$y=1&$txt=&$color={c}").headers["etag"] for c in ("red", "blue")}
        self.assertEqual(len(tags), 2)

    def test_copies(self):
        """Variables make another file; without any the copy shares that of its source."""
        blobs = len(self.server.blobs())
        for name, modifier, color, more in (
            ("same-card", "", (255, 0, 0), 0),
            ("red-card", "$wide=60&$y=1&$txt=&$color=red", (255, 0, 0), 1),
            ("blue-card", "$wide=60&$y=1&$txt=&$color=blue&fmt=png", (0, 0, 255), 1),
        ):
            reply = call(self.server, "copyImage", copy_parameters(name, modifier, assetHandle=self.card))
            self.assertEqual(reply.status, 200, reply.text)
            query = "?$wide=60&$y=1&$txt=&$color=red" if name == "same-card" else ""
            self.assertEqual(self.draw(name + query)[2](5, 5), color, name)
            blobs += more
            self.assertEqual(len(self.server.blobs()), blobs, name)

    def test_render(self):
        """The engine alone fills them in, too."""
        card, out = self.server.folder / "card.svg", self.server.folder / "card.png"
        done = openips("render", card, "$wide=70&$y=1&$txt=&$color=lime&fmt=png", "-o", out)
        self.assertIn("70x60", done.stdout)
        self.assertEqual(pixels(out.read_bytes())[2](5, 5)[:3], (0, 255, 0))

    def test_refused(self):
        for query, words in (
            ("$wide=50&$y=1&$color=red&$txt=%01", ("$txt", "control characters")),
            ("$wide=50&$y=1&$color=red&$txt=%ff", ()),
            ("$wide=0&$y=1&$color=red&$txt=", ()),
            ("$wide=9999999&$y=1&$color=red&$txt=", ()),
        ):
            reply = get(self.server, f"{ROOT}/card?{query}")
            self.assertTrue(400 <= reply.status < 500, f"{query}: {reply.status} {reply.text[:200]}")
            for word in words:
                self.assertIn(word, reply.text, query)

    def test_foreign(self):
        """Nothing but the file itself can be seen in it."""
        for i, (body, words) in enumerate((
            ('<image width="9" height="9" xlink:href="http://example.com/a.png"/>', "http://example.com/a.png"),
            ('<image width="9" height="9" href="file:///etc/passwd"/>', "file:///etc/passwd"),
            ('<image width="9" height="9" xlink:href="/is/image/ApiTestCo/mug"/>', "/is/image"),
            ('<use xlink:href="other.svg#a"/>', "other.svg#a"),
            ('<g><pattern id="p" xlink:href=" //host/x"/></g>', "//host/x"),
            ("<rect>", "damaged"),
            ("<desc>" + 1100000 * "x" + "</desc>", "1024 kilobytes"),
        )):
            said = self.take(f"foreign{i}", f"{HEAD}{body}</svg>", good=False)
            self.assertIn(words, said)
        for i, body in enumerate((
            '<defs><rect id="a" width="9" height="9"/></defs><use xlink:href="#a"/>',
            '<a xlink:href="http://example.com/"><rect width="9" height="9"/></a>',
            '<image width="9" height="9" xlink:href="data:image/png;base64,"/>',
            "<script>alert(1)</script>",
            '<image width="9" height="9" xlink:href="$picture$"/>',
        )):
            self.take(f"own{i}", f"{HEAD}{body}</svg>")
            self.draw(f"own{i}" + ("?$picture=%23" if "$picture" in body else ""))
        reply = get(self.server, f"{ROOT}/own4?$picture=http://example.com/a.png")
        self.assertEqual(reply.status, 403, reply.text[:200])
        self.assertIn("http://example.com/a.png", reply.text)


if __name__ == "__main__":
    unittest.main()
