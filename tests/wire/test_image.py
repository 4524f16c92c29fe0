# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""GET /is/image: statuses, validators, cache headers, HEAD."""
import json
import re
import unittest
import xml.etree.ElementTree as ET

from harness import Server
from pictures import interlaced, solid
from soapio import call, copy_parameters, first_pixel, get

MUG = "/is/image/ApiTestCo/mug"
# path, status
ROWS = [
    (MUG, 200), (MUG + "?wid=100", 200), (MUG + "?wid=100&fmt=png-alpha", 200), (MUG + "?unknown=1", 200),
    ("/is/image/ApiTestCo/m%75g", 200), (MUG + "?WID=50", 200),
    ("/is/image/ApiTestCo/nothing", 404), ("/is/image/Nobody/mug", 404), ("/is/image/", 200),
    ("/is/image/ApiTestCo/../../etc/passwd", 404), ("/is/image/ApiTestCo/%2e%2e%2f", 404),
    (MUG + "?wid=-1", 403), (MUG + "?wid=", 403), (MUG + "?fmt=exe", 403), (MUG + "?rotate=%zz", 403),
    (MUG + "?wid=9&mask=logo", 200), (MUG + "?wid=9&mask=ApiTestCo/logo&op_growMask=2", 200),
    (MUG + "?wid=9&mask=nothing", 404), (MUG + "?wid=9&mask=Other/logo", 404), (MUG + "?wid=9&mask=", 403),
    (MUG + "?wid=9&layer=1&src=logo&pos=5,5", 200), (MUG + "?wid=9&layer=1&src=ApiTestCo/logo&opac=50", 200),
    (MUG + "?wid=9&layer=1,a&color=ff0000&size=5,5&layer=a&pos=9,9", 200), (MUG + "?wid=9&src=ApiTestCo/logo", 200),
    (MUG + "?wid=9&layer=1&src=nothing", 404), (MUG + "?wid=9&layer=1&src=Other/logo", 404),
    (MUG + "?wid=9&layer=1&src=", 403), (MUG + "?wid=9&layer=1&color=ff0000", 403), (MUG + "?wid=9&layer=b&src=logo", 403),
    (MUG + "?wid=9&layer=1,a&layer=2,a", 403), (MUG + "?wid=9&" + "&".join(f"layer={n}" for n in range(1, 900)), 403),
    (MUG + "?wid=90&perspective=0,0,700,50,900,900,99,800", 200), (MUG + "?wid=9&perspectiveN=0,0,1,0,1,1,0,1,R3T9", 200),
    (MUG + "?wid=9&layer=1&src=logo&perspective=9,9,99,9,99,99,9,99&pos=5,5", 200),
    (MUG + "?wid=9&perspective=0,0,9,9,9,0,0,9", 403), (MUG + "?wid=9&perspective=0,0,9,0,9,9,0", 403),
    (MUG + "?wid=90&effect=-1&$shadow$", 200), (MUG + "?wid=90&layer=0&effect=1&$GLOW$&color=50,143,254", 200),
    (MUG + "?wid=90&layer=1&src=logo&effect=-1&op_grow=3&color=255,0,0,128&effectMask=0", 200),
    (MUG + "?wid=9&effect=-1", 403), (MUG + "?wid=9&effect=0&color=ff0000", 403), (MUG + "?wid=9&effectMask=2", 403),
    (MUG + "?wid=9&" + "&".join(f"effect={n}&color=ff0000" for n in range(1, 300)), 403),
    (MUG + "?wid=9&mask=a,b", 403), (MUG + "?wid=9&op_growMask=101", 403), (MUG + "?opac=101", 403),
    (MUG + "?$no-such-macro$", 403), (MUG + "?wid=100000&hei=100000", 403), (MUG + "?op_blur=400", 403),
]
# format, type, how the file begins (after the length of a box in those that are made of boxes)
KINDS = [("jpeg", "image/jpeg", b"\xff\xd8\xff"), ("jpg", "image/jpeg", b"\xff\xd8\xff"),
         ("pjpeg", "image/jpeg", b"\xff\xd8\xff"), ("jpeg,gray", "image/jpeg", b"\xff\xd8\xff"),
         ("jpeg,cmyk", "image/jpeg", b"\xff\xd8\xff"), ("png", "image/png", b"\x89PNG"),
         ("png-alpha", "image/png", b"\x89PNG"), ("png,gray", "image/png", b"\x89PNG"),
         ("png8", "image/png", b"\x89PNG"), ("png8-alpha", "image/png", b"\x89PNG"), ("gif", "image/gif", b"GIF8"),
         ("gif-alpha", "image/gif", b"GIF8"), ("gif,gray", "image/gif", b"GIF8"), ("tif", "image/tiff", b"II*\0"),
         ("tif-alpha", "image/tiff", b"II*\0"), ("tif,cmyk,zip", "image/tiff", b"II*\0"),
         ("tif,,jpeg", "image/tiff", b"II*\0"), ("tif,gray,lzw", "image/tiff", b"II*\0"),
         ("webp", "image/webp", b"RIFF"), ("webp-alpha,,lossless", "image/webp", b"RIFF"),
         ("avif", "image/avif", b"ftypavif"), ("avif-alpha", "image/avif", b"ftypavif"), ("heic", "image/heic", b"ftypheic"),
         ("jpeg2000", "image/jp2", b"jP  "), ("jpeg2000-alpha,,lossless", "image/jp2", b"jP  "),
         ("pdf", "application/pdf", b"%PDF-"), ("pdf,cmyk,jpeg", "application/pdf", b"%PDF-"), ("eps", "image/eps", b"%!PS"),
         ("eps,gray", "image/eps", b"%!PS"), ("JPEG", "image/jpeg", b"\xff\xd8\xff")]
# what no library writes, and what the published table of pairs does not hold
NO_KINDS = ["jpegxr", "jpegxr-alpha", "swf", "swf-alpha", "swf3", "swf3-alpha", "f4m", "m3u8", "bmp", "tif-alpha,,jpeg",
            "png,cmyk", "gif,cmyk", "webp,gray", "avif,gray", "heic,gray", "jpeg2000,cmyk", "png8,gray", "png,,zip",
            "jpeg,,lossless", "webp,,lzw", "pdf,,lzw", "jpeg,yuv", "tif,,brotli", "png-alpha,,,1"]


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
                boxed = mime in ("image/avif", "image/heic", "image/jp2")
                self.assertTrue(reply.body[4 if boxed else 0:].startswith(magic), reply.body[:16])
                self.assertEqual(reply.headers["content-length"], str(len(reply.body)))

    def test_no_kinds(self):
        for fmt in NO_KINDS:
            with self.subTest(fmt):
                reply = get(self.server, f"{MUG}?wid=40&fmt={fmt}")
                self.assertEqual((reply.status, reply.text.startswith(f"fmt={fmt}")), (403, True), reply.text[:100])

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
        tags = {get(self.server, f"{MUG}?wid=20&fmt=gif&quantize=adaptive,off,9,{colors}").headers["etag"]
                for colors in ("000000,ffffff", "000000,ff0000", "000000")}
        self.assertEqual(len(tags), 3)

    def test_validators_of_named_pictures(self):
        """What a mask shows can change while its name does not."""
        self.assertEqual(call(self.server, "copyImage", copy_parameters("m", "wid=20")).status, 200)
        tags = {get(self.server, f"{MUG}?wid=60&mask={name}").headers["etag"] for name in ("logo", "m", "mug")}
        self.assertEqual(len(tags), 3)
        path = MUG + "?wid=60&mask=ApiTestCo/logo&fmt=png-alpha"
        tag = get(self.server, path).headers["etag"]
        self.assertEqual(get(self.server, path, {"If-None-Match": tag}).status, 304)

    def test_head(self):
        reply = get(self.server, MUG + "?wid=60", method="HEAD")
        self.assertEqual((reply.status, reply.body, reply.headers["content-type"]), (200, b"", "image/jpeg"))
        for path in (MUG + "?wid=60", MUG + "?req=set", MUG + "?wid=x", MUG + "x"):
            reply = get(self.server, path, method="HEAD")
            self.assertEqual((reply.body, reply.headers["content-length"]), (b"", str(len(get(self.server, path).body))))

    def test_never_expires(self):
        """Published of an Expiration of -1: a conditional request is always answered by 304."""
        self.server.run("company set", "ApiTestCo", "Expiration=-1")
        self.addCleanup(self.server.run, "company set", "ApiTestCo", "Expiration=")
        for headers, status in (({"If-None-Match": '"other"'}, 304), ({}, 200),
                                ({"If-Modified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"}, 304)):
            reply = get(self.server, MUG + "?wid=60", headers)
            self.assertEqual((reply.status, reply.headers["cache-control"]), (status, "public, max-age=31536000"))

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


def text_properties(text):
    lines = text.split("\n")
    assert lines[0] == "#S7Z OK" and lines[1].startswith("#"), lines[:2]
    return dict(line.split("=", 1) for line in lines[2:] if line)


def javascript_properties(text):
    return {key: value.replace("''", "'") for key, value in re.findall(r"^(\S+)='(.*)'$", text, re.M)}


def xml_properties(text):
    return {f"{group.get('name')}.{item.get('name')}": item.get("value")
            for group in ET.fromstring(text.encode()) for item in group}


def json_properties(text):
    return json.loads("[" + re.fullmatch(r"/\*jsonp\*/s7jsonResponse\((.*)\);\n", text, re.S)[1] + "]")[0]


FORMS = [("", "text/plain", text_properties), (",text", "text/plain", text_properties),
         (",javascript", "text/javascript", javascript_properties), (",xml", "text/xml", xml_properties),
         (",json", "text/javascript", json_properties)]
# path, kind, commands, some properties, Cache-Control
QUESTIONS = [
    (MUG, "exists", "", {"catalogRecord.exists": "1"}, "public, max-age=360"),
    (MUG + "x", "exists", "&wid=-1", {"catalogRecord.exists": "0"}, "public, max-age=360"),
    (MUG, "validate", "&wid=5", {"request.isValid": "1"}, "no-store"),
    (MUG, "props", "&wid=120&fmt=png-alpha", {"image.width": "120", "image.height": "120", "image.mask": "1",
                                              "image.type": "image/png"}, "public, max-age=360"),
    (MUG, "imageprops", "", {"image.width": "900", "image.height": "900", "image.mask": "2", "image.pixTyp": "RGB",
                             "image.anchor": "450,450", "image.iccProfile": "sRGB", "image.embeddedIccProfile": "0",
                             "image.embeddedPhotoshopPaths": "0", "image.embeddedXmpData": "0",
                             "image.photoshopPathNames": "", "image.thumbRes": "72", "image.thumbType": "2",
                             "image.translatedId": "ApiTestCo/mug"}, "public, max-age=360"),
    (MUG, "xlate", "", {"xlate.translatedIds": "mug"}, "public, max-age=36000"),
    ("/is/image/ApiTestCo", "catalogprops", "", {"catalog.jpegQuality": "85,0", "catalog.nonImgExpiration": "0.1",
                                                 "catalog.thumbBkgColor": "ffffff"}, "public, max-age=360"),
]


class Questions(unittest.TestCase):
    """req= of what is answered in words: the same properties in every form."""
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)

    def test_forms(self):
        for path, kind, commands, some, cache in QUESTIONS:
            first = None
            for form, mime, read in FORMS:
                with self.subTest(kind + form):
                    reply = get(self.server, f"{path}?req={kind}{form}{commands}")
                    self.assertEqual((reply.status, reply.headers["content-type"], reply.headers["cache-control"]),
                                     (200, mime + "; charset=utf-8", cache))
                    properties = read(reply.text)
                    self.assertEqual({key: properties.get(key) for key in some}, some)
                    first = first or properties
                    self.assertEqual(properties, first)

    def test_errors(self):
        for form, mime, read in FORMS[2:]:
            for path, status in ((MUG + "x?req=imageprops", 404), (MUG + "?wid=-1&req=props", 403)):
                with self.subTest(path + form):
                    reply = get(self.server, path + form)
                    self.assertEqual((reply.status, reply.headers["content-type"]), (status, mime + "; charset=utf-8"))
                    self.assertEqual(list(read(reply.text)), ["error.message"])

    def test_length_of_a_reply(self):
        for commands in ("wid=77", "wid=90&hei=30&fmt=png"):
            told = text_properties(get(self.server, f"{MUG}?req=loadcache&{commands}").text)
            self.assertEqual(int(told["image.length"]), len(get(self.server, f"{MUG}?{commands}").body))

    def test_props_tell_the_truth(self):
        for commands in ("wid=77", "wid=90&hei=30&fmt=png", "scl=3&fmt=png"):
            with self.subTest(commands):
                told = text_properties(get(self.server, f"{MUG}?req=props&{commands}").text)
                seen = get(self.server, f"{MUG}?{commands}")
                self.assertEqual(told["image.type"], seen.headers["content-type"])
                if told["image.type"] == "image/png":
                    size = tuple(int.from_bytes(seen.body[at:at + 4], "big") for at in (16, 20))
                    self.assertEqual((int(told["image.width"]), int(told["image.height"])), size)

    def test_copy_takes_pictures_only(self):
        for kind in ("exists", "validate", "props", "imageprops,json"):
            with self.subTest(kind):
                reply = call(self.server, "copyImage", copy_parameters("no-picture", "req=" + kind))
                self.assertEqual(reply.fault[1], 30001, reply.text)
        self.assertEqual(get(self.server, "/is/image/ApiTestCo/no-picture").status, 404)
        self.assertEqual(call(self.server, "copyImage", copy_parameters("picture", "req=img")).status, 200)


class Records(unittest.TestCase):
    """What is kept beside a picture, from the command line to every form and encoding."""
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.server.run("asset set", "mug", "userData=Größe=3 Ω??b.c=<&\"'", "targets=Target.1.rect=0,0,9,9",
                       'map=<area shape=rect coords="0,0,450,900" href="a?b&amp;c">')

    def test_encodings(self):
        want = {"b.c": "<&\"'"}
        for encoding in ("", ",UTF-8", ",UTF-16", ",UTF-16LE", ",UTF-16BE", ",ISO-8859-1"):
            with self.subTest(encoding):
                self.server.run("asset set", "lamp", "userData=b.c=<&\"'??Size=3 Ω ü 😀")
                reply = get(self.server, f"/is/image/ApiTestCo/lamp?req=userdata,xml{encoding}")
                name = encoding[1:] or "UTF-8"
                self.assertEqual(reply.headers["content-type"], f"text/xml; charset={name.lower()}")
                text = reply.body.decode(name)
                self.assertIn(f'encoding="{name}"', text)
                root = ET.fromstring(reply.body if name in ("UTF-8", "UTF-16", "ISO-8859-1") else
                                     text.replace(name, "UTF-8").encode())
                found = {item.get("name"): item.get("value") for item in root.iter("property")}
                self.assertEqual(found, {"c": want["b.c"], "Size": "3 Ω ü 😀"})
                reply = get(self.server, f"/is/image/ApiTestCo/lamp?req=userdata,json{encoding}")
                self.assertEqual(json_properties(reply.body.decode(name))["Size"], "3 Ω ü 😀")

    def test_named_path(self):
        """The landscape has a path: a ring around the sun, 0.72 and 0.33 of the way, a fifth as high as wide."""
        scene = "/is/image/ApiTestCo/landscape"
        told = text_properties(get(self.server, f"{scene}?req=imageprops").text)
        self.assertEqual((told["image.embeddedPhotoshopPaths"], told["image.photoshopPathNames"]), ("1", "outline"))
        for commands, size in (("cropPathE=outline&scl=1", ("576", "576")), ("cropPathE=none&scl=2", ("1200", "800")),
                               ("crop=1200,0,1200,1600&cropPathE=outline&scl=1", ("576", "576"))):
            told = text_properties(get(self.server, f"{scene}?req=props&{commands}").text)
            self.assertEqual((told["image.width"], told["image.height"]), size, commands)
        clear = [get(self.server, f"{scene}?clipPathE=outline&scl=1&fmt=png&rect={x},{y},1,1&bgc=0000ff").body
                 for x, y in ((1728, 528), (1728, 230), (1450, 250), (1728 + 287, 528))]
        self.assertEqual([first_pixel(png) == (0, 0, 255) for png in clear], [False, True, True, False])

    def test_text(self):
        reply = get(self.server, MUG + "?req=userdata")
        self.assertEqual(reply.body.decode(), "Größe=3 Ω\r\nb.c=<&\"'\r\n")
        self.assertEqual(reply.headers["cache-control"], "public, max-age=36000")

    def test_map_of_a_copy(self):
        """A copy's map speaks of the copy's pixels."""
        self.server.run("asset set", "macbookwin1", "userData=a=b", "targets=Target.1.rect=0,0,9,9",
                        'map=<area shape=rect coords="0,0,600,900" href="a?b&amp;c">')
        for name, commands in (("half", "wid=90&rotate=90"), ("same", "")):
            self.assertEqual(call(self.server, "copyImage", copy_parameters(name, commands)).status, 200)
        self.assertEqual(get(self.server, "/is/image/ApiTestCo/half?req=map").text,
                         '<area shape=rect coords="0,0,90,60" href="a?b&amp;c">')
        for kind in ("userdata", "targets", "map,xml"):
            self.assertEqual(get(self.server, f"/is/image/ApiTestCo/same?req={kind}").body,
                             get(self.server, f"/is/image/ApiTestCo/macbookwin1?req={kind}").body)
        self.assertEqual(get(self.server, "/is/image/ApiTestCo/half?req=targets").text, "\r\n")

    def test_administration(self):
        run = self.server.run
        run("asset set", "logo", "imageSet=logo,mug;lamp", "modifier=fmt=png")
        self.assertEqual(run("asset show", "logo").stdout,
                         "userData=\nmap=\ntargets=\nimageSet=logo,mug;lamp\nmodifier=fmt=png\npostModifier=\n")
        run("asset set", "logo", "imageSet=", "modifier=")
        self.assertIn("modifier=\n", run("asset show", "logo").stdout)
        for words, why in ((("logo", "x=1"), "the fields are"), (("logo", "map=<b>"), "map: "),
                           (("logo", "userData"), "FIELD=VALUE"), (("logo", "modifier=wid=x"), "wid=x"),
                           (("logo", "imageSet={a"), "braces"), (("logo", f"imageSet={'{' * 11}a{'}' * 11}"), "10 deep"),
                           (("nobody", "map="), "no asset")):
            done = run("asset set", *words, check=False)
            self.assertEqual((done.returncode, why in done.stderr), (1, True), done.stderr)

    def test_xmp(self):
        packet = ('<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
                  '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta><?xpacket end="w"?>')
        jpeg = get(self.server, "/is/image/ApiTestCo/macbookwin1?wid=50").body
        for name, text, status in (("with", packet, 200), ("torn", packet[:-40], 403)):
            block = b"http://ns.adobe.com/xap/1.0/\0" + text.encode()
            file = self.server.folder / f"{name}.jpg"
            file.write_bytes(jpeg[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + jpeg[2:])
            self.server.run("import", file)
            reply = get(self.server, f"/is/image/ApiTestCo/{name}?req=xmp&wid=x")
            self.assertEqual(reply.headers["content-type"], "text/xml; charset=utf-8")
            if status == 200:
                self.assertEqual((reply.status, reply.body.decode().split("\n", 1)[1].strip()), (200, text))
                told = text_properties(get(self.server, f"/is/image/ApiTestCo/{name}?req=imageprops").text)
                self.assertEqual(told["image.embeddedXmpData"], "1")
                self.assertEqual(ET.fromstring(reply.body).tag, "{adobe:ns:meta/}xmpmeta")
            else:
                self.assertEqual((reply.status, "damaged" in reply.text), (status, True), reply.text)


class Admission(unittest.TestCase):
    """What a render would take is told from headers: more than there is is refused before anything is decoded."""
    @staticmethod
    def handle(server):
        return call(server, "getAssetsByName", {"companyHandle": "c|6", "nameArray": ["held"]}).find("assetArray/items/assetHandle")

    def test_memory(self):
        side = 5600  # 94 MB of pixels
        with Server("--render-memory", "100M") as server:
            for name, file in (("flows", solid(side, side, (0, 0, 0))), ("held", interlaced(side))):
                path = server.folder / f"{name}.png"
                path.write_bytes(file)
                server.run("import", path)
            flows, held = (get(server, f"/is/image/ApiTestCo/{name}?wid=50") for name in ("flows", "held"))
            self.assertEqual((flows.status, flows.headers["content-type"]), (200, "image/jpeg"), flows.text)
            self.assertEqual((held.status, "more memory" in held.text), (403, True), held.text)
            copied = call(server, "copyImage", copy_parameters("small", "wid=50", assetHandle=self.handle(server)))
            self.assertEqual((copied.fault[1], "more memory" in copied.fault[2]), (30001, True), copied.text)


if __name__ == "__main__":
    unittest.main()
