# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""Attributes of a company: set by the command line beside a running server, seen in its next answer."""
import struct
import unittest

from harness import Server, openips
from soapio import call, chunks, copy_parameters, first_pixel, get

MUG = "/is/image/ApiTestCo/mug"


def size_of(png):
    return struct.unpack(">II", png[16:24])


def sampling(jpeg):
    """Horizontal and vertical factors of the first component."""
    at = 2
    while jpeg[at + 1] not in (0xC0, 0xC2):
        at += 2 + int.from_bytes(jpeg[at + 2:at + 4], "big")
    return jpeg[at + 11]


def profile(columns, name=b"Swapped"):
    """An ICC profile of three primaries, in XYZ under D50, with the curve of sRGB."""
    def curve():
        levels = [n / 1023 for n in range(1024)]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in levels]
        return struct.pack(">4s4xI1024H", b"curv", 1024, *(round(v * 65535) for v in linear))

    def xyz(*values):
        return struct.pack(">4s4x3i", b"XYZ ", *(round(v * 65536) for v in values))

    tags = {b"desc": struct.pack(">4s4xI", b"desc", len(name) + 1) + name + bytes(1 + 8 + 3 + 67),
            b"cprt": b"text\0\0\0\0none\0", b"wtpt": xyz(0.9642, 1, 0.8249)}
    for letter, column in zip("rgb", columns):
        tags[letter.encode() + b"XYZ"] = xyz(*column)
        tags[letter.encode() + b"TRC"] = curve()
    table, data, at = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for tag, text in tags.items():
        table += struct.pack(">4sII", tag, at + len(data), len(text))
        data += text + bytes(-len(text) % 4)
    head = struct.pack(">I4sI4s4s4s12x4s", at + len(data), b"none", 0x02100000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
    return head + bytes(28) + struct.pack(">3i", 63190, 65536, 54061) + bytes(48) + table + data


RED, GREEN, BLUE = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)


class Attributes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        self.changed = set()  # (where, attribute)

    def tearDown(self):
        for where, name in self.changed:
            self.unset(where, name)

    def unset(self, where, name):
        self.server.run("company set", where, f"{name}=")

    def set(self, *assignments, where="ApiTestCo"):
        self.changed |= {(where, assignment.split("=")[0]) for assignment in assignments}
        self.server.run("company set", where, *assignments)

    def test_color_profile(self):
        def embedded(query):
            return b"iCCP" in dict(chunks(get(self.server, f"{MUG}?fmt=png&{query}").body))

        def told():
            return get(self.server, f"{MUG}?req=props").text

        self.assertFalse(embedded("wid=20"))
        self.assertTrue(embedded("wid=20&iccEmbed=1"))
        self.assertIn("image.iccProfile=sRGB\n", told())
        self.set("IccProfileRgb=AdobeRGB")
        self.assertIn("image.iccProfile=AdobeRGB\n", told())
        self.assertEqual(get(self.server, f"{MUG}?icc=Nowhere").status, 403)

    def test_profile_of_the_company(self):
        """A space whose red is the green of sRGB: colours come out with both exchanged."""
        file = self.server.folder / "Swapped.icc"
        file.write_bytes(profile((GREEN, RED, BLUE)))
        handle = self.server.run("import", file).stdout.split()[0]
        self.assertEqual(handle.split("|")[2], "13")
        self.assertEqual(self.server.run("export", handle, text=False).stdout, file.read_bytes())
        photo = "/is/image/ApiTestCo/macbookwin1?fmt=png&wid=30&rect=15,10,1,1"
        plain = first_pixel(get(self.server, photo).body)
        self.assertGreater(max(plain) - min(plain), 8)  # or nothing would be seen

        def check(reply):
            self.assertEqual(reply.status, 200, reply.text[:200])
            for got, want in zip(first_pixel(reply.body), (plain[1], plain[0], plain[2])):
                self.assertAlmostEqual(got, want, delta=3)

        for name in ("Swapped", "Swapped.icc", "ApiTestCo/Swapped"):
            check(get(self.server, f"{photo}&icc={name}"))
        self.assertIn(b"iCCP", dict(chunks(get(self.server, f"{photo}&icc=Swapped&iccEmbed=1").body)))
        self.set("IccProfileRgb=Swapped")
        check(get(self.server, photo))
        self.assertIn("image.iccProfile=Swapped\n", get(self.server, f"{MUG}?req=props").text)
        tag = get(self.server, photo).headers["etag"]
        file.write_bytes(profile((RED, GREEN, BLUE)))  # another one of this name: the newer holds
        self.server.run("import", file)
        reply = get(self.server, photo, {"If-None-Match": tag})
        self.assertEqual(reply.status, 200)
        for got, want in zip(first_pixel(reply.body), plain):
            self.assertAlmostEqual(got, want, delta=3)
        copied = call(self.server, "copyImage", copy_parameters("swapped", "icc=Swapped&fmt=png&iccEmbed=1&wid=40"))
        self.assertEqual(copied.status, 200, copied.text)
        self.unset("ApiTestCo", "IccProfileRgb")
        told = get(self.server, "/is/image/ApiTestCo/swapped?req=imageprops").text
        self.assertIn("image.iccProfile=Swapped\nimage.embeddedIccProfile=1\n", told)
        # it is no picture
        self.assertEqual(get(self.server, "/is/image/ApiTestCo/Swapped").status, 404)
        self.assertEqual(call(self.server, "copyImage", copy_parameters("no", "", assetHandle=handle)).fault[1], 30001)
        self.assertEqual(self.server.run("check", "--deep").stdout.split(":")[0], "sound")
        # bytes that only begin like one
        (self.server.folder / "Torn.icc").write_bytes(file.read_bytes()[:300])
        torn = self.server.run("import", self.server.folder / "Torn.icc", check=False)
        self.assertEqual((torn.returncode, "profile is damaged" in torn.stderr), (1, True), torn.stderr)

    def png(self, query):
        reply = get(self.server, f"{MUG}?fmt=png&{query}")
        self.assertEqual(reply.status, 200, reply.text[:200])
        return reply.body

    def test_words(self):
        self.set("JpegQuality=50,1", "bkgcolor=0xff0000")
        shown = self.server.run("company show", "ApiTestCo").stdout
        self.assertIn("* JpegQuality=50,1\n", shown)
        self.assertIn("* BkgColor=0xff0000\n", shown)
        self.assertIn("  MaxPix=2000,2000\n", shown)
        self.unset("ApiTestCo", "JpegQuality")
        self.assertIn("  JpegQuality=85,0\n", self.server.run("company show", "ApiTestCo").stdout)
        self.assertIn("`MaxPix=", openips("help", "attributes").stdout)

    def test_thumbnails(self):
        """The mug is square and clear at its edges."""
        self.set("DefaultThumbPix=40,30", "ThumbBkgColor=255,0,0", "BkgColor=0,255,0")
        thumb = self.png("req=tmb")
        self.assertEqual((size_of(thumb), first_pixel(thumb)), ((40, 30), (255, 0, 0)))
        self.assertEqual(first_pixel(self.png("req=tmb&bgc=0,0,255")), (0, 0, 255))
        self.assertEqual(first_pixel(self.png("wid=40&hei=30")), (0, 255, 0))
        self.set("ThumbType=1")  # cropped: the background is that of any view
        self.assertEqual(first_pixel(self.png("req=tmb")), (0, 255, 0))
        self.set("DefaultThumbPix=40,0")
        self.assertEqual(size_of(self.png("req=tmb")), (40, 40))

    def test_refused(self):
        for text, why in (("MaxPix=0,5", "both"), ("MaxPix=5", "too few"), ("JpegQuality=0", "1 to 100"),
                          ("JpegQuality=101", "1 to 100"), ("BkgColor=red", "RGB"), ("ResMode=5", "1 to 4"),
                          ("Resolution=0", "greater than 0"), ("Expiration=-0.5", "-1"), ("DefaultExt=tif", "point"),
                          ("LocaleMap=en", "comma"), ("RequestLock=2", "0 or 1"), ("ErrorDetail=4", "0 to 3"),
                          ("IccProfileRgb=Nowhere", "RGB"), ("IccProfileCmyk=AdobeRGB", "CMYK"),
                          ("IccProfileSrcGray=sRGB", "gray"), ("ThumbType=0", "1 to 3"), ("Nonsense=1", "Nonsense"), ("MaxPix", "ATTRIBUTE=VALUE")):
            with self.subTest(text):
                done = self.server.run("company set", "ApiTestCo", text, check=False)
                self.assertEqual(done.returncode, 1)
                self.assertIn(why, done.stderr)
        done = self.server.run("company set", "ApiTestCo", "MaxPix=100,100", "ResMode=9", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("  MaxPix=2000,2000\n", self.server.run("company show", "ApiTestCo").stdout)
        self.assertEqual(self.server.run("company set", "Nobody", "ResMode=2", check=False).returncode, 1)

    def test_inheritance(self):
        self.set("DefaultPix=70,70", where="--default")
        self.assertEqual(max(size_of(self.png(""))), 70)
        self.set("DefaultPix=50,0")
        self.assertEqual(size_of(self.png(""))[0], 50)
        self.unset("ApiTestCo", "DefaultPix")
        self.assertEqual(max(size_of(self.png(""))), 70)

    def test_max_pix(self):
        self.set("MaxPix=100,90")
        self.assertEqual(get(self.server, f"{MUG}?wid=100&hei=90").status, 200)
        self.assertEqual(get(self.server, f"{MUG}?wid=101&hei=90").status, 403)
        self.assertEqual(get(self.server, f"{MUG}?wid=100&hei=91").status, 403)
        self.set("MaxPix=0,0")
        self.assertEqual(size_of(self.png("wid=2100&hei=2100")), (2100, 2100))

    def test_background(self):
        self.set("BkgColor=0x80ff00")
        self.assertEqual(first_pixel(self.png("wid=30&hei=400")), (0x80, 0xFF, 0))
        self.assertEqual(first_pixel(self.png("wid=30&hei=400&bgc=0,0,255")), (0, 0, 255))

    def test_jpeg_quality(self):
        normal = get(self.server, f"{MUG}?wid=300").body
        self.assertEqual(sampling(normal), 0x22)
        self.set("JpegQuality=85,1")
        self.assertEqual(sampling(get(self.server, f"{MUG}?wid=300").body), 0x11)
        self.set("JpegQuality=20")
        low = get(self.server, f"{MUG}?wid=300").body
        self.assertEqual(sampling(low), 0x22)
        self.assertLess(len(low), len(normal) * 0.7)
        self.assertEqual(get(self.server, f"{MUG}?wid=300&qlt=85").body, normal)

    def test_kernel_and_resolution(self):
        sharp, bilin, bicub = (self.png(f"wid=90&resMode={word}") for word in ("sharp2", "bilin", "bicub"))
        for mode, want in (("2", bilin), ("3", bicub), ("4", sharp), ("1", sharp)):
            self.set(f"ResMode={mode}")
            self.assertEqual(self.png("wid=90"), want)

    def test_expiration(self):
        for hours, query, cache in (("2.5", "", "public, max-age=9000"), ("0", "", "no-store"),
                                    ("-1", "", "public, max-age=31536000"), ("1", "cache=off", "no-store"),
                                    ("1", "cache=off,on", "no-store"), ("1", "cache=on,off", "public, max-age=3600"),
                                    ("1", "cache=validate", "public, max-age=3600"),
                                    ("1", "cache=update", "public, max-age=3600")):
            with self.subTest(hours=hours, query=query):
                self.set(f"Expiration={hours}")
                reply = get(self.server, f"{MUG}?wid=20&{query}")
                self.assertEqual((reply.status, reply.headers["cache-control"]), (200, cache))
                self.assertEqual("expires" in reply.headers, cache != "no-store")

    def test_tags_follow(self):
        tag = get(self.server, f"{MUG}?wid=20").headers["etag"]
        self.set("JpegQuality=40")
        self.assertNotEqual(get(self.server, f"{MUG}?wid=20").headers["etag"], tag)

    def test_copies(self):
        """A copy follows what bears upon pixels, but keeps its size."""
        self.set("BkgColor=0000ff", "DefaultPix=10,10", "MaxPix=20,20")
        self.assertEqual(call(self.server, "copyImage",
                              copy_parameters("attributed", "wid=64&hei=900&fmt=png")).status, 200)
        self.set("MaxPix=0,0")
        whole = get(self.server, "/is/image/ApiTestCo/attributed?scl=1&fmt=png").body
        self.assertEqual((size_of(whole), first_pixel(whole)), ((64, 900), (0, 0, 255)))


if __name__ == "__main__":
    unittest.main()
