# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Requests inside of requests, and templates, beside a running server.

Relations alone: what is nested or kept as a template against the same said flat."""
import unittest
import urllib.parse

from harness import Server
from soapio import call, copy_parameters, get

ROOT = "/is/image/ApiTestCo"
SMALL = "fmt=png&scl=1"


class Nested(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.copies = 0

    def run_(self, *words, **more):
        return self.server.run(*words, **more)

    def picture(self, path):
        reply = get(self.server, path)
        self.assertEqual(reply.status, 200, f"{path}: {reply.text[:200]}")
        return reply

    def same(self, one, other):
        a, b = (self.picture(f"{ROOT}/{path}{'&' if '?' in path else '?'}{SMALL}") for path in (one, other))
        self.assertTrue(a.body == b.body, f"{one}\n{other}")
        return a

    def refused(self, path, status, *words):
        reply = get(self.server, f"{ROOT}{path}")
        self.assertEqual(reply.status, status, f"{path[:200]}: {reply.text[:200]}")
        for word in words:
            self.assertIn(word, reply.text, path[:200])

    def modifier(self, name, text, field="modifier"):
        self.run_("asset set", name, f"{field}={text}")
        self.addCleanup(self.run_, "asset set", name, f"{field}=")

    def copied(self, modifier, picture="a|740|1|538"):
        """The pixels of a copy, as a path."""
        Nested.copies += 1
        name = f"nested-{Nested.copies}"
        reply = call(self.server, "copyImage", copy_parameters(name, modifier))
        self.assertEqual(reply.status, 200, f"{modifier}: {reply.text}")
        return name

    def test_flat(self):
        for one, other in (
            ("mug?src=is{lamp?size=40,50}", "lamp?size=40,50"),
            ("mug?src=is(lamp?size=40,50)", "lamp?size=40,50"),
            ("mug?src=is{ApiTestCo/lamp?size=40,50}", "lamp?size=40,50"),
            ("mug?src=is{/ApiTestCo/lamp?size=40,50}", "lamp?size=40,50"),
            ("mug?src=is{ApiTestCo?src=lamp&size=40,50}", "lamp?size=40,50"),
            ("mug?src=is{ApiTestCo/?src=lamp&size=40,50}", "lamp?size=40,50"),
            ("mug?src=is{?src=lamp&size=40,50}", "lamp?size=40,50"),
            ("mug?src=is{lamp?size=40,50&fmt=jpeg&qlt=3&req=tmb}", "lamp?size=40,50"),
            ("mug?src=is{lamp?src=is{logo?size=60,0}}", "logo?size=60,0"),
            ("mug?size=90,90&layer=1&src=is{$object$?size=40,40}", "mug?size=90,90&layer=1&src=mug&size=40,40"),
            ("mug?size=90,90&layer=1&src=is{lamp?src=$object$&size=40,40}", "mug?size=90,90&layer=1&src=mug&size=40,40"),
            ("mug?$object=lamp&src=is{?src=$object$&size=40,50}", "lamp?size=40,50"),
            ("mug?src=is%7Blamp%3Fsize%3D40%2C50%7D", "lamp?size=40,50"),
            ("?src=mug&size=40,40", "mug?size=40,40"),
            ("?layer=0&color=ff0000&size=40,40&layer=1&src=mug&size=30,30",
             "mug?src=is{?color=ff0000&size=40,40}&layer=1&src=mug&size=30,30"),
        ):
            self.same(one, other)

    def test_default_catalog(self):
        """An address without a company leaves it to the objects to name theirs."""
        for path in ("/is/image?src=ApiTestCo/mug&size=40,40", "/is/image/?layer=0&src=/ApiTestCo/mug&size=40,40",
                     "/is/image?src=is{ApiTestCo/mug?size=40,40}", "/is/image?template=ApiTestCo/mug&size=40,40"):
            self.assertTrue(self.picture(f"{path}&{SMALL}").body ==
                            self.picture(f"{ROOT}/mug?size=40,40&{SMALL}").body, path)
        for path, status in (("/is/image?src=mug", 404), ("/is/image?src=ApiTestCo/nothing", 404),
                             ("/is/image?wid=10", 403), ("/is/image/%FF?src=ApiTestCo/mug", 404),
                             ("/is/image/Nobody?src=ApiTestCo/mug", 404)):
            self.assertEqual(get(self.server, path).status, status, path)

    def test_copies(self):
        for modifier, other in (
            ("src=is{lamp?size=40,50}&fmt=png", "lamp?size=40,50"),
            ("layer=0&src=is{mug?size=90,90}&layer=1&src=is{lamp?size=40,50}&fmt=png",
             "mug?size=90,90&layer=1&src=lamp&size=40,50"),
            ("src=is{?src=is{logo}}&size=50,0&fmt=png", "logo?size=50,0"),
        ):
            self.same(self.copied(modifier), other)

    def test_modifiers_of_nested(self):
        self.modifier("lamp", "size=40,50&flip=lr")
        self.same("mug?src=is{lamp}", "lamp?size=40,50&flip=lr")
        self.same("mug?src=is{lamp?size=20,25}", "lamp?size=20,25&flip=lr")
        self.modifier("lamp", "op_invert=1", "postModifier")
        self.same("mug?src=is{lamp?op_invert=0}", "lamp")
        self.modifier("lamp", "layer=1&src=$object$&size=20,20")
        self.same("mug?src=is{lamp?size=200,0}", "lamp?$object=mug&size=200,0")
        # A picture that names others by its modifier can be nested, but is none of a layer.
        self.refused("/mug?layer=1&src=lamp", 403, "src=lamp", "nest")

    def test_modifiers_of_layers(self):
        self.modifier("lamp", "op_invert=1&size=40,50&qlt=5")
        self.same("mug?size=90,90&layer=1&src=lamp", "mug?size=90,90&layer=1&src=is{lamp}")
        self.same("mug?size=90,90&layer=1&src=lamp&op_invert=0",
                  "mug?size=90,90&layer=1&src=is{lamp?op_invert=0}")
        self.same("mug?size=90,90&layer=2&src=lamp&layer=1&src=lamp&size=10,10",
                  "mug?size=90,90&layer=2&src=is{lamp}&layer=1&src=is{lamp?size=10,10}")

    def test_refused(self):
        deep = "src=is{mug?" * 9 + "wid=9" + "}" * 9
        wide = "&".join(f"layer={i}&src=is(mug?wid={i})&layer={i}&mask=is(mug?wid={i + 1000})" for i in range(1, 200))
        for path, status, words in (
            ("/mug?src=is{nothing}", 404, ["nothing"]),
            ("/mug?src=is{lamp?layer=1&src=nothing}", 404, ["nothing"]),
            ("/mug?src=is{OtherCo/lamp}", 404, ["OtherCo/lamp"]),
            ("/mug?src=is{lamp?wid=x}", 403, ["wid=x"]),
            ("/mug?src=is{?wid=10}", 403, ["Layer 0 has no content"]),
            ("/mug?src=is{lamp", 403, ["not closed"]),
            ("/mug?src=IS{lamp}", 403, ["src=IS{lamp}"]),
            ("/mug?src=ir{lamp}", 403, ["Image Rendering"]),
            ("/mug?mask=fxg(lamp)", 403, ["FXG"]),
            ("/mug?src=(http://example.com/a.png)", 403, ["src=(http"]),
            ("/mug?src=is{lamp?$nothing$}", 403, ["$nothing$ is unknown"]),
            ("/mug?" + deep, 403, ["8 deep"]),
            ("/mug?" + "src=is(?" * 1000 + ")" * 1000, 403, ["8 deep"]),
            ("/mug?" + wide, 403, ["256 pictures"]),
            ("?wid=100", 403, ["Layer 0 has no content"]),
            ("", 404, []),
            ("/%FF?src=mug", 404, []),
        ):
            self.refused(path, status, *words)
        for modifier in ("src=is{nothing}", "src=is{lamp?wid=x}", "src=ir{lamp}", deep):
            reply = call(self.server, "copyImage", copy_parameters("never", modifier))
            self.assertEqual(reply.status, 500, modifier)

    def test_itself(self):
        """A picture whose modifier nests itself ends, and soon."""
        self.modifier("lamp", "layer=1&src=is{lamp}&layer=2&src=is{lamp?flip=lr}")
        self.refused("/lamp", 403, "at most")

    def test_validators(self):
        path = f"{ROOT}/mug?size=50,50&layer=1&src=is{{lamp}}&{SMALL}"
        first = self.picture(path)
        self.assertEqual(self.picture(path).headers["etag"], first.headers["etag"])
        self.modifier("lamp", "size=20,20")
        second = self.picture(path)
        self.assertNotEqual(second.headers["etag"], first.headers["etag"])
        self.assertNotEqual(second.body, first.body)

    def test_map(self):
        self.modifier("lamp", "<area shape=rect coords=0,0,400,500 href=a>", "map")
        reply = get(self.server, f"{ROOT}/mug?src=is{{lamp?size=400,500}}&scale=0.5&scl=1&req=map")
        self.assertIn('coords="0,0,100,125"', reply.text)

    # ---- Templates ----

    def template(self, name, text):
        return self.run_("template add", name, text).stdout

    def test_templates(self):
        handle = self.template("frame", "$c=00ff00&$w=90&color=$c$&size=100,100&layer=1,inner&src=$object$&size=$w$,90")
        self.assertRegex(handle, r"^a\|\d+\|2\|\d+\tApiTestCo/frame\n$")
        flat = "?color={}&size=100,100&layer=1&src={}&size={},90"
        self.same("mug?template=frame", flat.format("00ff00", "mug", 90))
        self.same("lamp?template=frame&$c=ff0000", flat.format("ff0000", "lamp", 90))
        self.same("mug?template=ApiTestCo/frame&$w=40", flat.format("00ff00", "mug", 40))
        self.same("mug?$t=frame&template=$t$", flat.format("00ff00", "mug", 90))
        self.same("mug?template=frame&layer=inner&op_invert=1", flat.format("00ff00", "mug", 90) + "&op_invert=1")
        self.same("mug?template=frame&layer=1&src=lamp", flat.format("00ff00", "lamp", 90))
        self.same("frame?$object=lamp", flat.format("00ff00", "lamp", 90))
        self.same("?template=frame&$object=lamp", flat.format("00ff00", "lamp", 90))
        self.same("mug?src=is{frame?$c=0000ff}", flat.format("0000ff", "mug", 90))
        self.same("mug?src=is{lamp?template=frame}", flat.format("00ff00", "lamp", 90))
        self.same(self.copied("template=frame&fmt=png").replace("?", ""), flat.format("00ff00", "macbookwin1", 90))
        self.refused("/mug?template=nothing", 404, "template=nothing")
        self.refused("/mug?template=", 403, "template=")
        self.refused("/mug?template=a,b", 403, "template=a,b")
        self.refused("/mug?layer=1&src=frame", 403, "src=frame", "nest")
        self.refused("/mug?mask=frame", 403, "mask=frame", "nest")
        self.refused("/frame", 403, "src=ApiTestCo/frame")
        # A record with a picture and no modifier is a template with that picture.
        self.same("mug?template=lamp&size=40,50", "lamp?size=40,50")

    def test_template_record(self):
        """What is told of a record without a picture."""
        self.template("told", "color=0000ff&size=80,60")
        self.run_("asset set", "told", "userData=kind=frame")
        for question, word in (("exists", "catalogRecord.exists=1"), ("userdata", "kind=frame"),
                               ("props", "image.width=80"), ("resolve", "ApiTestCo/told?color=0000ff&size=80,60")):
            self.assertIn(word, get(self.server, f"{ROOT}/told?req={question}").text, question)
        self.assertEqual(get(self.server, f"{ROOT}/told?req=map").text, "")
        for question in ("imageprops", "set", "xmp"):
            self.assertEqual(get(self.server, f"{ROOT}/told?req={question}").status, 404, question)
        reply = call(self.server, "searchAssets", {"companyHandle": "c|6", "folder": "ApiTestCo/",
                                                   "includeSubfolders": "true", "assetTypeArray": ["Template"]})
        self.assertEqual(reply.status, 200, reply.text)
        self.assertIn("<name>told</name>", reply.text)

    def test_nested_template(self):
        """template= in catalog::Modifier of a nested request."""
        self.template("ring", "color=0000ff&size=80,80&layer=1&src=$object$&size=60,60")
        self.modifier("lamp", "template=ring")
        self.same("mug?src=is{lamp}", "?color=0000ff&size=80,80&layer=1&src=is{?src=lamp&size=60,60}")

    def test_example_a(self):
        """The published example: a static background, the picture at its left, text at its right edge."""
        self.template("exampleA", "src=landscape&size=100,100&originN=0,0&layer=1&src=$object$&size=80,80&originN=-0.5,0"
                      "&posN=-0.5,0&layer=2&$text=text&text=$text$&rotate=-90&originN=0.5,0&posN=0.5,0")
        flat = ("landscape?size=100,100&originN=0,0&layer=1&src=mug&size=80,80&originN=-0.5,0&posN=-0.5,0"
                "&layer=2&text={}&rotate=-90&originN=0.5,0&posN=0.5,0")
        self.same("mug?template=exampleA", flat.format("text"))
        self.same("mug?template=exampleA&$text=about%20it", flat.format("about%20it"))

    def test_example_b(self):
        """A height that follows from the picture, with margins around it."""
        self.template("exampleB", "$text=text&layer=0&size=80,0&extend=0,10,20,10&src=$object$&originN=.5,0&layer=1"
                      "&text=$text$&rotate=-90&originN=.5,0&posN=0,0")
        flat = "{}?size=80,0&extend=0,10,20,10&originN=.5,0&layer=1&text={}&rotate=-90&originN=.5,0&posN=0,0"
        for picture, size in (("mug", (100, 100)), ("lamp", (100, 120))):
            self.same(f"{picture}?template=exampleB&$text=hello", flat.format(picture, "hello"))
            props = get(self.server, f"{ROOT}/{picture}?template=exampleB&scl=1&req=props").text
            self.assertIn(f"image.width={size[0]}", props)
            self.assertIn(f"image.height={size[1]}", props)

    def test_example_c(self):
        """Layers that bring their own settings from the catalog."""
        self.modifier("logo", "op_brightness=20&op_contrast=10")
        self.same("mug?hei=200&layer=1&res=30&src=ApiTestCo/logo&op_colorize=240,122,17",
                  "mug?hei=200&layer=1&res=30&src=logo&op_brightness=20&op_contrast=10&op_colorize=240,122,17")

    def test_error_image(self):
        self.template("onError", "size=300,100&bgc=ffffff&text=$error.message$")
        self.run_("company set", "ApiTestCo", "ErrorImage=onError")
        self.addCleanup(self.run_, "company set", "ApiTestCo", "ErrorImage=")
        reply = self.picture(f"{ROOT}/mug?wid=0")
        self.assertEqual(reply.headers["content-type"], "image/jpeg")
        self.assertEqual(reply.headers["cache-control"], "no-store")

    def test_props(self):
        text = get(self.server, f"{ROOT}/mug?req=props&src=is{{lamp?size=40,50}}").text
        self.assertIn("image.width=40\n", text)
        self.assertIn("image.height=50\n", text)
        text = get(self.server, f"{ROOT}?req=props&src=lamp&size=40,50").text
        self.assertIn("image.width=40\n", text)
        text = get(self.server, "/is/image?req=props&color=ff0000&size=40,50").text
        self.assertIn("image.height=50\n", text)
        text = get(self.server, f"{ROOT}?req=resolve&src=lamp").text
        self.assertEqual(text, "ApiTestCo?src=lamp\n")
        text = get(self.server, f"{ROOT}/mug?req=resolve&$a=1&src=is{{lamp?size=40,50}}").text
        self.assertIn("src=is{lamp?size=40,50}", urllib.parse.unquote(text))


if __name__ == "__main__":
    unittest.main()
