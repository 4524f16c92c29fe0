# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Macros, the modifiers of the catalog, locks and default images, beside a running server."""
import base64
import sqlite3
import struct
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


if __name__ == "__main__":
    unittest.main()
