# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""attribute::Watermark: what is laid over replies, how large and where, and over which."""
import unittest

from harness import Server
from pictures import pixels
from soapio import call, copy_parameters, get

ROOT = "/is/image/ApiTestCo"
WHITE, RED, BLUE = (255, 255, 255), (255, 0, 0), (0, 0, 255)


def solid(width, height, color):
    """The smallest file with one colour that there is."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">' \
           f'<rect width="100%" height="100%" fill="{color}"/></svg>'


class Watermark(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        for name, text in (("field", solid(200, 100, "#fff")), ("mark", solid(40, 20, "#f00"))):
            file = cls.server.folder / f"{name}.svg"
            file.write_text(text)
            cls.server.run("import --company ApiTestCo", file)

    def set(self, **attributes):
        for name, value in attributes.items():
            self.server.run("company set", "ApiTestCo", f"{name}={value}")

    def modifier(self, text):
        self.server.run("asset set --company ApiTestCo", "mark", f"modifier={text}")

    def draw(self, path):
        reply = get(self.server, f"{ROOT}/{path}{'&' if '?' in path else '?'}fmt=png")
        self.assertEqual(reply.status, 200, f"{path}: {reply.text[:200]}")
        return pixels(reply.body)

    def marked(self, path):
        """Size of the reply and box of all that is not white in it."""
        width, height, at = self.draw(path)
        ink = [(x, y) for x in range(width) for y in range(height) if at(x, y) != WHITE]
        if not ink:
            return (width, height), None
        xs, ys = zip(*ink)
        return (width, height), (min(xs), min(ys), max(xs) + 1, max(ys) + 1)

    def test_places(self):
        """target 200x100, mark 40x20; formulas of "Scaling and alignment"."""
        self.set(Watermark="mark")
        for modifier, query, size, box in (
            ("", "", (200, 100), (80, 40, 120, 60)),
            ("align=-1,-1", "", (200, 100), (0, 0, 40, 20)),
            ("align=1,1", "", (200, 100), (160, 80, 200, 100)),
            ("align=0,1", "", (200, 100), (80, 80, 120, 100)),
            ("align=-0.5,0", "", (200, 100), (40, 40, 80, 60)),
            ("sizeN=1,1", "", (200, 100), (0, 0, 200, 100)),
            ("sizeN=0.5,1", "", (200, 100), (50, 25, 150, 75)),
            ("sizeN=0.5,1&align=1,-1", "", (200, 100), (100, 0, 200, 50)),
            ("layer=0&sizeN=0.1,0.1", "", (200, 100), (90, 45, 110, 55)),
            ("layer=comp&sizeN=0.1,0.1", "", (200, 100), (90, 45, 110, 55)),
            ("size=20,10", "", (200, 100), (90, 45, 110, 55)),
            # request and view commands of the mark say nothing
            ("wid=10&fmt=gif&qlt=3&bgc=00ff00", "", (200, 100), (80, 40, 120, 60)),
            # the view is that of the picture, and its blank space stays as it is
            ("sizeN=1,1", "wid=100", (100, 50), (0, 0, 100, 50)),
            ("sizeN=1,1", "wid=300&hei=300", (300, 300), (50, 100, 250, 200)),
            ("align=-1,-1", "wid=300&hei=300", (300, 300), (50, 100, 90, 120)),
            ("align=-1,-1", "rgn=0,0,40,20&scl=1", (40, 20), (0, 0, 40, 20)),
            ("align=1,1", "rgn=0,0,40,20&scl=1", (40, 20), None),
            # over the whole composite
            ("align=1,-1", "extend=0,50,0,0", (200, 150), (160, 0, 200, 20)),
            ("align=-1,-1", "layer=1&color=ffffff&size=50,50", (200, 100), (0, 0, 40, 20)),
            # a composite of its own
            ("layer=1&color=0000ff&size=80,10&layer=comp&align=-1,-1", "", (200, 100), (0, 0, 40, 20)),
            ("layer=1&color=0000ff&sizeN=0.5,0.5", "", (200, 100), (80, 40, 120, 60)),
        ):
            self.modifier(modifier)
            with self.subTest(modifier=modifier, query=query):
                self.assertEqual(self.marked(f"field?{query}"), (size, box))

    def test_colours(self):
        self.set(Watermark="mark")
        for modifier, query, color in (
            ("", "", RED),
            ("opac=20", "", (255, 204, 204)),
            ("opac=40&blendMode=mult", "", (255, 153, 153)),
            ("blendMode=mult", "op_invert=1", (0, 0, 0)),
            ("blendMode=screen", "op_invert=1", RED),
            ("layer=0&blendMode=lighten", "", WHITE),
            ("layer=1&color=0000ff&size=10,10", "", BLUE),
            ("hide=1", "", WHITE),
        ):
            self.modifier(modifier)
            with self.subTest(modifier=modifier, query=query):
                got = self.draw(f"field?{query}")[2](100, 50)
                self.assertTrue(all(abs(a - b) <= 1 for a, b in zip(got, color)), f"{got}, not {color}")

    def test_scope(self):
        """Pictures alone are marked, in every format; copies and thumbnails are not."""
        self.set(Watermark="mark")
        self.modifier("sizeN=1,1")
        self.assertEqual(self.draw("field")[2](3, 3), RED)
        self.assertEqual(self.draw("field?req=img")[2](3, 3), RED)
        self.assertEqual(self.draw("?src=field&req=img")[2](3, 3), RED)
        self.assertEqual(self.draw("field?req=tmb")[2](50, 50), WHITE)
        self.assertEqual(self.draw("field?req=mask")[2](3, 3), (255,))
        size = get(self.server, f"{ROOT}/field?req=props").text
        self.assertIn("image.width=200", size)
        reply = call(self.server, "copyImage", copy_parameters("plain", "src=field&fmt=png"))
        self.assertEqual(reply.status, 200, reply.text)
        self.set(Watermark="")
        self.assertEqual(self.draw("plain")[2](3, 3), WHITE)
        self.assertEqual(self.draw("field")[2](3, 3), WHITE)

    def test_catalogs(self):
        """Those that say nothing have that of the default catalog."""
        self.modifier("sizeN=1,1")
        self.server.run("company add", "Heir")
        self.server.run("import --company Heir", self.server.folder / "field.svg")
        path = "/is/image/Heir/field?fmt=png"
        self.server.run("company set --default", "Watermark=ApiTestCo/mark")
        self.addCleanup(self.server.run, "company set --default", "Watermark=")
        self.assertEqual(pixels(get(self.server, path).body)[2](3, 3), RED)
        self.server.run("company set", "Heir", "Watermark=")
        self.assertEqual(pixels(get(self.server, path).body)[2](3, 3), WHITE)
        text = get(self.server, "/is/image/ApiTestCo?req=catalogprops").text
        self.assertIn("catalog.watermark=", text)

    def test_validators(self):
        self.set(Watermark="mark")
        self.modifier("opac=20")
        tag = get(self.server, f"{ROOT}/field").headers["etag"]
        self.modifier("opac=30")
        self.assertNotEqual(get(self.server, f"{ROOT}/field").headers["etag"], tag)

    def test_refused(self):
        self.set(Watermark="nothing-there")
        reply = get(self.server, f"{ROOT}/field")
        self.assertTrue(400 <= reply.status < 500, reply.status)
        self.assertIn("Watermark=nothing-there", reply.text)
        self.set(Watermark="mark")
        self.modifier("sizeN=1,1")
        # for a watermark alone
        self.assertEqual(get(self.server, f"{ROOT}/field?sizeN=1,1").status, 403)
        for modifier in ("sizeN=2,1", "align=3,0", "opac=x"):
            done = self.server.run("asset set --company ApiTestCo", "mark", f"modifier={modifier}", check=False)
            self.assertNotEqual(done.returncode, 0, modifier)
        self.modifier("")


if __name__ == "__main__":
    unittest.main()
