# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Macros, the modifiers of the catalog, locks and default images, beside a running server."""
import base64
import sqlite3
import struct
import tempfile
import unittest

from harness import Server
from soapio import call, copy_parameters, get

MUG = "/is/image/ApiTestCo/mug"


def lock(text):
    value = 0
    for byte in text.encode():
        value = (value * 131 + byte) & 0xFFFF
    return f"{text}&{value:04x}"


class Language(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)

    def set(self, *assignments):
        self.server.run("company set", "ApiTestCo", *assignments)
        names = [assignment.split("=")[0] + "=" for assignment in assignments]
        self.addCleanup(self.server.run, "company set", "ApiTestCo", *names)

    def sql(self, text, *values):
        with sqlite3.connect(self.server.data / "catalog.db", timeout=30) as db:
            db.execute(text, values)
        db.close()

    def modifiers(self, name, prefix, postfix=None):
        self.sql("UPDATE assets SET url_modifier = ?, post_modifier = ? WHERE name = ?", prefix, postfix, name)

    def size(self, path):
        reply = get(self.server, path)
        self.assertEqual(reply.status, 200, f"{path}: {reply.text[:200]}")
        self.assertTrue(reply.body.startswith(b"\x89PNG"), path)
        return struct.unpack(">II", reply.body[16:24])

    def test_macros(self):
        run = self.server.run
        run("macro set", "--default", "png", "fmt=png")
        run("macro set", "square", "$png$&wid=40&hei=40")
        run("macro set", "Small", "$square$&wid=20")
        self.assertEqual(self.size(f"{MUG}?$square$"), (40, 40))
        self.assertEqual(self.size(f"{MUG}?$SMALL$"), (20, 40))
        self.assertEqual(self.size(f"{MUG}?hei=9&%24small%24&wid=30"), (30, 40))
        self.assertEqual(get(self.server, f"{MUG}?$nothing$").status, 403)
        self.assertIn("own\tSmall\t$square$&wid=20\n", run("macro list").stdout)
        for name, text, why in (("a b", "wid=1", "cannot name"), ("x", "$y$", "$y$"), ("x", "wid=0", "wid"),
                                ("square", "$small$", "small"), ("x", "wid=%g", "%")):
            done = run("macro set", name, text, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(why, done.stderr)
        copied = call(self.server, "copyImage", copy_parameters("by-macro", "$small$"))
        self.assertEqual(copied.status, 200, copied.text)
        self.assertEqual(self.size("/is/image/ApiTestCo/by-macro?scl=1&fmt=png"), (20, 40))
        run("macro remove", "Small")
        self.assertEqual(get(self.server, f"{MUG}?$small$").status, 403)
        self.assertEqual(run("macro remove", "Small", check=False).returncode, 1)

    def test_fonts(self):
        run = self.server.run
        text = f"{MUG}?fmt=png&text=" + "{%5Cfonttbl{%5Cf0%20Headline;}}%5Cf0%5Cfs40%20WWWiii"
        refused = get(self.server, text)
        self.assertEqual(refused.status, 403)
        self.assertIn("Headline", refused.text)
        run("font set", "--default", "headline", "DejaVu Serif")
        serif = get(self.server, text)
        self.assertEqual(serif.status, 200, serif.text)
        run("font set", "Headline", "DejaVu Sans Mono")
        mono = get(self.server, text)
        self.assertNotEqual(serif.headers["etag"], mono.headers["etag"])
        self.assertNotEqual(serif.body, mono.body)
        self.assertEqual(run("font list").stdout,
                         "default\theadline\tDejaVu Serif\nown\theadline\tDejaVu Sans Mono\n")
        run("font remove", "Headline")
        self.assertEqual(get(self.server, text).body, serif.body)
        self.assertEqual(run("font remove", "Headline", check=False).returncode, 1)
        self.assertIn("no font family", run("font set", "x", "No Such Family", check=False).stderr)
        run("company set", "ApiTestCo", "DefaultFont=headline")
        plain = f"{MUG}?fmt=png&text=%5Cfs40%20WWWiii"
        self.assertEqual(get(self.server, plain).body, serif.body)
        run("company set", "ApiTestCo", "DefaultFont=nothing")
        self.assertEqual(get(self.server, plain).status, 403)
        run("company set", "ApiTestCo", "DefaultFont=")
        run("font remove", "--default", "headline")

    def test_catalog_modifiers(self):
        lamp = "/is/image/ApiTestCo/lamp"
        self.addCleanup(self.modifiers, "lamp", None)
        self.modifiers("lamp", "$w=50&wid=$w$&hei=30&fmt=png")
        self.assertEqual(self.size(lamp), (50, 30))
        self.assertEqual(self.size(f"{lamp}?wid=60"), (60, 30))
        self.assertEqual(self.size(f"{lamp}?$w=70"), (70, 30))
        self.modifiers("lamp", "wid=50&hei=30", "fmt=png&wid=45")
        self.assertEqual(self.size(f"{lamp}?wid=60&fmt=jpeg"), (45, 30))
        self.modifiers("lamp", "$unknown$")
        self.assertEqual(get(self.server, lamp).status, 403)

    def test_locks(self):
        self.set("RequestLock=1")
        good = lock("wid=40&hei=40&fmt=png")
        self.assertEqual(self.size(f"{MUG}?{good}"), (40, 40))
        for query in ("wid=40&hei=40&fmt=png", good.replace("40", "41", 1), "", "0000"):
            self.assertEqual(get(self.server, f"{MUG}?{query}").status, 403, query)

    def test_obfuscation(self):
        self.set("RequestObfuscation=1")
        plain = "wid=40&hei=40&fmt=png"
        hidden = base64.b64encode(plain.encode()).decode()
        self.assertEqual(self.size(f"{MUG}?{hidden}"), (40, 40))
        self.assertEqual(get(self.server, f"{MUG}?{plain}").status, 403)
        self.assertEqual(get(self.server, f"{MUG}?{hidden[:-3]}").status, 403)
        self.set("RequestLock=1")
        self.assertEqual(get(self.server, f"{MUG}?{hidden}").status, 403)
        both = base64.b64encode(lock(plain).encode()).decode()
        self.assertEqual(self.size(f"{MUG}?{both}"), (40, 40))

    def copy(self, name, modifier):
        reply = call(self.server, "copyImage", copy_parameters(name, modifier))
        self.assertEqual(reply.status, 200, reply.text)

    def test_dpr(self):
        for query, size in (("wid=40&hei=30&dpr=on,2", (80, 60)), ("wid=40&hei=30&dpr=on,1.5", (60, 45)),
                            ("wid=40&hei=30&dpr=on", (40, 30)), ("wid=40&hei=30&dpr=off,3", (40, 30)),
                            ("wid=40&hei=30&dpr=on,0.5", (20, 15)), ("wid=800&hei=400&dpr=on,4", (2000, 1000))):
            self.assertEqual(self.size(f"{MUG}?fmt=png&{query}"), size, query)
        self.assertEqual(get(self.server, f"{MUG}?wid=2001&hei=9&dpr=on,2").status, 403)

    def test_default_image(self):
        gone = "/is/image/ApiTestCo/gone"
        self.assertEqual(get(self.server, f"{gone}?defaultImage=").status, 404)
        self.assertEqual(get(self.server, f"{gone}?defaultImage=gone2").status, 404)
        query = "wid=40&hei=20&fmt=png&qlt=70"
        want = get(self.server, f"{MUG}?{query}").body
        for path in (f"{gone}?{query}&defaultImage=mug", f"{gone}?{query}&defaultImage=ApiTestCo/mug",
                     f"{gone}?{query}&defaultImage=mug&rotate=45&bgc=255,0,0"):
            reply = get(self.server, path)
            self.assertEqual((reply.status, reply.body), (200, want), path)
            self.assertEqual(reply.headers["cache-control"], "public, max-age=3600")
        self.set("DefaultImage=mug", "DefaultExpiration=2")
        reply = get(self.server, f"{gone}?{query}&flip=lr")
        self.assertEqual((reply.status, reply.body), (200, want))
        self.assertEqual(reply.headers["cache-control"], "public, max-age=7200")
        self.assertEqual(get(self.server, f"{gone}?{query}&defaultImage=").status, 404)
        self.set("DefaultImageMode=1")
        turned = get(self.server, f"{MUG}?{query}&rotate=45&bgc=255,0,0").body
        self.assertEqual(get(self.server, f"{gone}?{query}&rotate=45&bgc=255,0,0").body, turned)
        self.assertEqual(get(self.server, f"{MUG}?wid=0").status, 403)  # nothing is missing here

    def test_default_image_of_a_layer(self):
        layers = "wid=40&hei=20&fmt=png&opac=50&layer=1&size=300,300&pos=9,9&src="
        alone = get(self.server, f"{MUG}?wid=40&hei=20&fmt=png").body
        with_mug = get(self.server, f"{MUG}?{layers}mug").body
        missing = f"{MUG}?{layers}gone"
        self.assertEqual(get(self.server, missing).status, 404)
        self.assertEqual(get(self.server, f"{missing}&defaultImage=mug").body, alone)
        self.set("DefaultImageMode=1", "DefaultExpiration=2")
        self.assertEqual(get(self.server, missing).status, 404)
        for text in ("&defaultImage=mug", "&defaultImage=/ApiTestCo/mug"):
            reply = get(self.server, missing + text)
            self.assertEqual((reply.status, reply.body), (200, with_mug), text)
            self.assertEqual(reply.headers["cache-control"], "public, max-age=7200")
        self.set("DefaultImage=mug")
        for path in (missing, f"{MUG}?{layers}is{{gone}}", f"/is/image/ApiTestCo/gone?{layers}gone",
                     f"/is/image/ApiTestCo?{layers}gone&layer=0&src=gone"):
            reply = get(self.server, path)
            self.assertEqual((reply.status, reply.body), (200, with_mug), path)
        mask = get(self.server, f"{MUG}?{layers}mug&mask=mug").body
        self.assertEqual(get(self.server, f"{MUG}?{layers}mug&mask=gone").body, mask)
        self.assertEqual(get(self.server, f"{missing}&defaultImage=").status, 404)
        self.assertEqual(get(self.server, f"{missing}&defaultImage=gone").status, 404)
        self.assertEqual(get(self.server, f"{missing}&req=props").status, 404)

    def test_pictures_of_other_catalogs(self):
        with tempfile.TemporaryDirectory() as folder:
            picture = f"{folder}/lantern.png"
            with open(picture, "wb") as file:
                file.write(get(self.server, f"{MUG}?wid=50&hei=50&fmt=png&flip=lr").body)
            self.server.run("company add", "Second", "--id", "78")
            self.server.run("import", picture, "--company", "Second")
        path = f"{MUG}?fmt=png&wid=80&layer=1&src="
        own = get(self.server, "/is/image/Second/lantern?fmt=png&scl=1")
        self.assertEqual(own.status, 200, own.text[:200])
        for name in ("Second/lantern", "/Second/lantern"):
            self.assertEqual(get(self.server, path + name).status, 200, name)
            self.assertEqual(self.size(f"{MUG}?fmt=png&scl=1&src={name}"), (50, 50))
        for name in ("lantern", "Second/mug", "second/lantern", "Second/", "Second/lantern/x", "Third/lantern"):
            self.assertEqual(get(self.server, path + name).status, 404, name)
        self.server.run("company set", "Second", "--expires", "2011-03-01T23:04:40Z")
        self.assertEqual(get(self.server, path + "Second/lantern").status, 404)
        # by copyImage what the caller may see, and nothing else
        self.server.run("company set", "Second", "--expires", "never")
        self.assertIsNotNone(call(self.server, "copyImage", copy_parameters("alien", "layer=1&src=Second/lantern")).fault)

    def test_errors(self):
        self.set("ErrorDetail=0")
        reply = get(self.server, f"{MUG}?wid=0")
        self.assertEqual((reply.status, reply.text.strip()), (403, "The request is not valid."))
        self.copy("on-error", "wid=50&hei=50&fmt=png")
        self.modifiers("on-error", "wid=33&hei=22&fmt=png")
        self.set("ErrorImage=on-error")
        self.assertEqual(self.size(f"{MUG}?wid=0"), (33, 22))
        reply = get(self.server, "/is/image/ApiTestCo/gone?wid=99")
        self.assertEqual((reply.status, reply.headers["cache-control"]), (200, "no-store"))
        self.modifiers("on-error", "wid=0")
        self.assertEqual(get(self.server, f"{MUG}?wid=0").status, 403)

    def test_locales(self):
        self.copy("loc_F", "wid=31&hei=31&fmt=png")
        self.copy("loc", "wid=32&hei=32&fmt=png")
        loc = "/is/image/ApiTestCo/loc?fmt=png&scl=1"
        self.assertEqual(self.size(f"{loc}&locale=fr"), (32, 32))  # no map
        self.set("LocaleMap=en,_E,|fr,_F,|de,_D")
        for locale, size in (("&locale=fr", (31, 31)), ("&LOCALE=FR", (31, 31)), ("&locale=en", (32, 32)),
                             ("", (32, 32)), ("&locale=de", None), ("&locale=ja", None), ("&locale=", None)):
            if size:
                self.assertEqual(self.size(loc + locale), size, locale)
            else:
                self.assertEqual(get(self.server, loc + locale).status, 404, locale)
        self.set("LocaleMap=fr,_F,|,_X,_F", "DefaultLocale=fr")
        for locale in ("", "&locale=ja", "&locale="):
            self.assertEqual(self.size(loc + locale), (31, 31), locale)
        # whatever the request names, and not what is in the file of the picture asked for
        self.set("LocaleMap=fr,_F,|de,_D,|it,")
        layers = "/is/image/ApiTestCo?fmt=png&scl=1"
        for query, size in (("&src=loc&locale=fr", (31, 31)), ("&src=loc&locale=de", (32, 32)),
                            ("&src=ApiTestCo/loc&locale=fr", (31, 31)), ("&src=loc&locale=ja", None),
                            ("&src=is{loc}&locale=fr", (31, 31)), ("&src=is{?src=loc}&locale=fr", (31, 31)),
                            ("&color=255,0,0&mask=loc&locale=fr", (31, 31)),
                            ("&src=loc_F&locale=de", (31, 31)), ("&src=loc&locale=it", (32, 32))):
            if size:
                self.assertEqual(self.size(layers + query), size, query)
            else:
                self.assertEqual(get(self.server, layers + query).status, 404, query)
        self.set("LocaleMap=fr,_F,", "DefaultImage=loc")
        self.assertEqual(self.size("/is/image/ApiTestCo/none?fmt=png&locale=fr"), (31, 31))
        self.set("DefaultImage=")
        self.set("LocaleMap=fr,_F,|de,_D,_F|,_X,")
        xlate = get(self.server, "/is/image/ApiTestCo/loc?req=xlate")
        self.assertEqual(xlate.text.split("\n")[2], "xlate.translatedIds=loc,loc_F")
        self.assertEqual(xlate.headers["cache-control"], "public, max-age=36000")
        self.assertEqual(get(self.server, "/is/image/ApiTestCo/lo?req=xlate").status, 404)
        self.set("LocaleMap=fr,_F,|,_X,_F", "DefaultLocale=fr")
        exists = get(self.server, "/is/image/ApiTestCo/loc?req=exists&locale=fr")
        self.assertIn("catalogRecord.exists=1", exists.text)

    def test_suffix(self):
        self.copy("plain.png", "wid=31&hei=31&fmt=png")
        path = "/is/image/ApiTestCo/plain?fmt=png&scl=1"
        self.assertEqual(get(self.server, path).status, 404)
        self.set("DefaultExt=.png")
        self.assertEqual(self.size(path), (31, 31))
        self.assertEqual(get(self.server, "/is/image/ApiTestCo/other.x").status, 404)


if __name__ == "__main__":
    unittest.main()
