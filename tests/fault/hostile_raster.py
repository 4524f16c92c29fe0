# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""PNG, JPEG, GIF and BMP files that mean harm: bombs, lies, loops. Made by code; nothing is read from disk.

A row is (name, bytes, or what makes them, claim): the claim is what the catalog is made to say of the file, so that the server goes on to
its pixels: (mime, width, height, bits, space, alpha)."""
import struct
import zlib

HUGE = 2**31 - 1


def zeros(count):
    """`count` zero bytes as zlib has them; never all of them in memory."""
    packer, out, block = zlib.compressobj(9), [], bytes(1 << 20)
    for _ in range(count >> 20):
        out.append(packer.compress(block))
    out += [packer.compress(bytes(count & 0xfffff)), packer.flush()]
    return b"".join(out)


# ---- PNG ----

def chunk(kind, data, crc=None, length=None):
    return (struct.pack(">I", len(data) if length is None else length) + kind + data
            + struct.pack(">I", zlib.crc32(kind + data) if crc is None else crc))


def header(width, height, bits=8, kind=2, coding=0, filtering=0, interlace=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width & 0xffffffff, height & 0xffffffff, bits, kind, coding, filtering,
                                      interlace))


def png(*chunks, end=True):
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + (chunk(b"IEND", b"") if end else b"")


def png_claim(width, height, bits=8, space="R", alpha=0):
    return ("image/png", width, height, bits, space, alpha)


def pngs():
    rows = zlib.compress(bytes(31 * 10))  # 10 x 10 RGB
    good, small = header(10, 10), png_claim(10, 10)
    pixels, palette = chunk(b"IDAT", rows), chunk(b"PLTE", bytes(range(48)))
    indexed, index_rows = header(10, 10, 8, 3), chunk(b"IDAT", zlib.compress(b"\xfe" * 110))
    tenmegs = b"\0" + b"x" * (10 << 20)

    yield "png-60000x60000", lambda: png(header(60000, 60000, 1, 0), chunk(b"IDAT", zeros(7501 * 60000))), None
    yield "png-9900x9900-in-12k", lambda: png(header(9900, 9900, 1, 0), chunk(b"IDAT", zeros(1239 * 9900))), png_claim(9900, 9900, 8, "G")
    yield "png-1x99000000", lambda: png(header(1, 99000000, 8, 0), chunk(b"IDAT", zeros(2 * 99000000))), png_claim(1, 99000000, 8, "G")
    yield "png-99000000x1", lambda: png(header(99000000, 1, 8, 0), chunk(b"IDAT", zeros(99000001))), None
    yield "png-16-bit-rgba", lambda: png(header(7000, 7000, 16, 6), chunk(b"IDAT", zeros(56001 * 7000))), png_claim(7000, 7000, 16, "R", 1)
    yield "png-interlaced-9000", lambda: png(header(9000, 9000, 1, 0, interlace=1), chunk(b"IDAT", zeros(20 << 20))), png_claim(9000, 9000, 8, "G")
    for name, width, height in (("zero", 0, 0), ("no-height", 10, 0), ("negative", -1, -1), ("greatest", HUGE, HUGE),
                                ("wraps-around", 65536, 65537)):
        yield f"png-{name}", png(header(width, height), pixels), None
    for name, lie in (("3-bits", {"bits": 3}), ("64-bits", {"bits": 64}), ("kind-5", {"kind": 5}), ("coding-1", {"coding": 1}),
                      ("filtering-9", {"filtering": 9}), ("interlace-2", {"interlace": 2})):
        yield f"png-{name}", png(header(10, 10, **lie), pixels), small
    yield "png-without-pixels", png(good), small
    yield "png-too-few-pixels", png(good, chunk(b"IDAT", zlib.compress(bytes(31 * 3)))), small
    yield "png-too-many-pixels", lambda: png(good, chunk(b"IDAT", zeros(200 << 20))), small
    yield "png-garbage-pixels", png(good, chunk(b"IDAT", b"\xa5" * 500)), small
    yield "png-filter-255", png(good, chunk(b"IDAT", zlib.compress((b"\xff" + bytes(30)) * 10))), small
    yield "png-distance-too-far", png(good, chunk(b"IDAT", b"\x78\x9c\x63\x00\x04\xff\xff\xff\xff")), small
    yield "png-100000-empty-idat", png(good, chunk(b"IDAT", b"") * 100000, pixels), small
    yield "png-bad-crc", png(good, chunk(b"IDAT", rows, crc=1)), small
    yield "png-bad-header-crc", png(good[:-1] + b"\0", pixels), small
    for length in (HUGE, 0xffffffff, 0x7ffffff0):
        yield f"png-chunk-of-{length:x}", png(good, chunk(b"IDAT", rows, length=length)), small
    yield "png-two-headers", png(good, header(10000, 10000), pixels), small
    yield "png-pixels-first", png(pixels, good), None
    yield "png-palette-of-257", png(indexed, chunk(b"PLTE", bytes(771)), index_rows), small
    yield "png-palette-of-4-bytes", png(indexed, chunk(b"PLTE", bytes(4)), index_rows), small
    yield "png-no-palette", png(indexed, index_rows), small
    yield "png-index-beyond-palette", png(indexed, palette, index_rows), small
    yield "png-trns-longer-than-plte", png(indexed, palette, chunk(b"tRNS", bytes(256)), index_rows), png_claim(10, 10, 8, "R", 1)
    yield "png-trns-of-gray-in-rgb", png(good, chunk(b"tRNS", bytes(2)), pixels), small
    yield "png-hist-without-plte", png(good, chunk(b"hIST", bytes(512)), pixels), small
    yield "png-profile-bomb", lambda: png(good, chunk(b"iCCP", b"p\0\0" + zeros(300 << 20)), pixels), small
    yield "png-profile-garbage", png(good, chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(200))), pixels), small
    yield "png-text-bomb", lambda: png(good, chunk(b"zTXt", b"Comment\0\0" + zeros(300 << 20)), pixels), small
    yield "png-xmp-of-10-mb", png(good, chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0" + tenmegs), pixels), small
    yield "png-50000-texts", png(good, chunk(b"tEXt", b"a\0b") * 50000, pixels), small
    yield "png-resolution", png(good, chunk(b"pHYs", b"\xff" * 8 + b"\1"), pixels), small
    yield "png-exif-loop", png(good, chunk(b"eXIf", exif_loop()), pixels), small
    yield "png-2-billion-frames", png(good, chunk(b"acTL", struct.pack(">II", HUGE, 0)), pixels), small
    yield "png-then-html", png(good, pixels) + b"<html><script>alert(1)</script>" + bytes(5000), small
    yield "png-signature", png(end=False), None


# ---- JPEG ----

def exif_loop():
    """A directory that is its own next, and its own part."""
    return (b"II*\0\x08\0\0\0" + struct.pack("<H", 2) + struct.pack("<HHII", 0x8769, 4, 1, 8)
            + struct.pack("<HHII", 0x0112, 3, 1, 6) + struct.pack("<I", 8))


def exif(tag, kind, count, value):
    return b"II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, tag, kind, count, value) + bytes(4)


def segment(kind, data, length=None):
    return bytes([0xff, kind]) + struct.pack(">H", (len(data) + 2 if length is None else length) & 0xffff) + data


def jpeg_parts(jpeg):
    """(marker, bytes with marker) of all segments; the last holds the scan."""
    at, out = 2, []
    while jpeg[at + 1] != 0xda:
        size = struct.unpack(">H", jpeg[at + 2:at + 4])[0] + 2
        out.append((jpeg[at + 1], jpeg[at:at + size]))
        at += size
    return out + [(0xda, jpeg[at:])]


def icc(size=None, tags=1, offset=132, length=12, space=b"RGB "):
    data = bytearray(256)
    struct.pack_into(">I", data, 0, 256 if size is None else size)
    data[12:24] = b"mntr" + space + b"XYZ "
    data[36:40] = b"acsp"
    struct.pack_into(">I4sII", data, 128, tags, b"desc", offset, length)
    return bytes(data)


def block(number, data, name=b"path", length=None):
    """A resource of Photoshop's."""
    named = bytes([len(name)]) + name
    return (b"8BIM" + struct.pack(">H", number) + named + b"\0" * (len(named) % 2)
            + struct.pack(">I", len(data) if length is None else length) + data + b"\0" * (len(data) % 2))


def path(*records):
    return b"".join(struct.pack(">H6i", *(list(record) + [0] * 7)[:7]) for record in records)


def progressive_bomb(width, height, scans):
    """Scans that each run over the whole picture and say next to nothing."""
    tables = segment(0xdb, b"\0" + b"\1" * 64) + segment(0xc4, b"\0" + b"\1" + bytes(15) + b"\0") + segment(
        0xc4, b"\x10" + b"\1" + bytes(15) + b"\0")
    frame = segment(0xc2, struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0")
    first = segment(0xda, b"\1\1\0\0\0\1") + bytes(width * height // 512)
    more = segment(0xda, b"\1\1\0\1\x3f\x10") + bytes(8)
    return b"\xff\xd8" + tables + frame + first + more * scans + b"\xff\xd9"


def jpegs(good):
    """`good`: a JPEG of 64 x 48."""
    parts = jpeg_parts(good)
    claim = ("image/jpeg", 64, 48, 8, "R", 0)

    def changed(marker, change, more=b""):
        """With each segment of that marker as `change` has it, and more before all others."""
        return b"\xff\xd8" + more + b"".join(change(data) if kind == marker else data for kind, data in parts)

    def frame(at, value):
        return lambda data: data[:at] + value + data[at + len(value):]

    def carrying(kind, data):
        return b"\xff\xd8" + segment(kind, data) + good[2:]

    for name, width, height in (("65535x65535", 65535, 65535), ("9900x9900", 9900, 9900), ("no-width", 0, 48), ("no-height", 64, 0)):
        yield f"jpeg-{name}", changed(0xc0, frame(5, struct.pack(">HH", height, width))), (*claim[:1], width, height, *claim[3:])
    yield "jpeg-12-bits", changed(0xc0, frame(4, b"\x0c")), claim
    yield "jpeg-255-components", changed(0xc0, frame(9, b"\xff")), claim
    yield "jpeg-sampling-0", changed(0xc0, frame(11, b"\0")), claim
    yield "jpeg-sampling-15", changed(0xc0, frame(11, b"\xff")), claim
    yield "jpeg-table-15", changed(0xc0, frame(12, b"\x0f")), claim
    for marker, name in ((0xc0, "frame"), (0xc4, "huffman"), (0xdb, "quantizer"), (0xda, "scan")):
        yield f"jpeg-no-{name}", changed(marker, lambda data: b""), claim
    yield "jpeg-huffman-overflow", changed(0xc4, lambda data: segment(0xc4, b"\0" + b"\xff" * 16 + bytes(200))), claim
    yield "jpeg-huffman-all-ones", changed(0xc4, lambda data: segment(0xc4, b"\0\2" + bytes(15) + b"\0\1")), claim
    yield "jpeg-huffman-number-31", changed(0xc4, frame(4, b"\x1f")), claim
    yield "jpeg-quantizer-zero", changed(0xdb, lambda data: data[:5] + bytes(len(data) - 5)), claim
    yield "jpeg-segment-of-0", carrying(0xe1, b"")[:4] + b"\0\0" + good[2:], claim
    yield "jpeg-segment-beyond-end", changed(0xdb, frame(2, b"\xff\xff")), claim
    yield "jpeg-two-beginnings", b"\xff\xd8" + good, claim
    yield "jpeg-in-jpeg", carrying(0xe1, good) + good, claim
    yield "jpeg-two-frames", changed(0xc0, lambda data: data + frame(5, b"\xff\xff\xff\xff")(data)), claim
    yield "jpeg-restart-1", changed(0xdb, lambda data: segment(0xdd, b"\0\1") + data), claim
    for marker, name in ((0xc2, "progressive"), (0xc3, "lossless"), (0xc5, "differential"), (0xc9, "arithmetic"), (0xcf, "unknown")):
        yield f"jpeg-says-{name}", changed(0xc0, lambda data, m=marker: b"\xff" + bytes([m]) + data[2:]), claim
    yield "jpeg-3000-scans", progressive_bomb(9000, 9000, 3000), ("image/jpeg", 9000, 9000, 8, "G", 0)
    yield "jpeg-scans-of-65535", progressive_bomb(65500, 1400, 3000), ("image/jpeg", 65500, 1400, 8, "G", 0)
    yield "jpeg-exif-loop", carrying(0xe1, b"Exif\0\0" + exif_loop()), claim
    yield "jpeg-exif-4-billion", carrying(0xe1, b"Exif\0\0" + exif(0x9286, 7, 0xffffffff, 8)), claim
    yield "jpeg-exif-beyond-end", carrying(0xe1, b"Exif\0\0II*\0\xff\xff\xff\xff"), claim
    yield "jpeg-orientation-9", carrying(0xe1, b"Exif\0\0" + exif(0x0112, 3, 1, 9)), claim
    yield "jpeg-orientation-is-text", carrying(0xe1, b"Exif\0\0" + exif(0x0112, 2, 4, 0x41414141)), claim
    yield "jpeg-resolution-of-0", carrying(0xe1, b"Exif\0\0" + exif(0x011a, 5, 1, 0)), claim
    for name, profile in (("lying-size", icc(size=0xffffffff)), ("4-billion-tags", icc(tags=0xffffffff)), ("no-such-space", icc(space=b"XXXX")),
                          ("tag-beyond-end", icc(offset=0xfffffff0, length=0x100)), ("cmyk-in-rgb", icc(space=b"CMYK"))):
        yield f"jpeg-profile-{name}", carrying(0xe2, b"ICC_PROFILE\0\1\1" + profile), claim
    yield "jpeg-profile-part-255-of-0", carrying(0xe2, b"ICC_PROFILE\0\xff\0" + icc()), claim
    yield "jpeg-profile-in-255-parts", b"\xff\xd8" + b"".join(
        segment(0xe2, b"ICC_PROFILE\0" + bytes([i, 255]) + bytes(60000)) for i in range(1, 256)) + good[2:], claim
    xmp = b"http://ns.adobe.com/xap/1.0/\0"
    yield "jpeg-xmp-laughs", carrying(0xe1, xmp + b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'), claim
    yield "jpeg-xmp-of-10-mb", b"\xff\xd8" + segment(0xe1, xmp + b"<x>" + b"y" * 65000) * 160 + good[2:], claim
    photoshop = b"Photoshop 3.0\0"
    for name, data in (
            ("block-lies", block(2000, path((6,)), length=0xffffffff)),
            ("block-of-1", block(2000, b"x")),
            ("name-beyond-end", b"8BIM\x07\xd0\xff"),
            ("65535-knots", block(2000, path((6,), (0, 0x7fffffff)))),
            ("knots-without-subpath", block(2000, path(*[(1, 1, 2, 3, 4, 5, 6)] * 100))),
            ("subpath-in-subpath", block(2000, path(*[(0, 5 << 16)] * 200))),
            ("points-far-away", block(2000, path((6,), (0, 2 << 16), (1, *[HUGE] * 6), (2, *[-HUGE] * 6)))),
            ("1000-paths", b"".join(block(2000, path((6,), (0, 1 << 16), (1, 1, 1, 1, 1, 1, 1))) for _ in range(500))),
            ("clips-itself", block(2999, b"\4path") + block(2000, path((6,)), b"path") * 2)):
        yield f"jpeg-paths-{name}", carrying(0xed, photoshop + data), claim
    yield "jpeg-photoshop-of-18-mb", b"\xff\xd8" + segment(0xed, photoshop + bytes(65000)) * 290 + good[2:], claim
    yield "jpeg-100000-comments", b"\xff\xd8" + segment(0xfe, b"x") * 100000 + good[2:], claim
    yield "jpeg-5-mb-behind-end", good + bytes(5 << 20), claim
    yield "jpeg-and-html", carrying(0xfe, b"<html><script>alert(1)</script>-->"), claim


# ---- GIF ----

def gif(width, height, *blocks, table=b"\0\0\0\xff\xff\xff"):
    return b"GIF89a" + struct.pack("<HH", width, height) + (b"\x80" if table else b"\0") + b"\0\0" + table + b"".join(blocks) + b";"


def gif_frame(width, height, x=0, y=0, code=2, data=b"\2D\1\0", flags=0):
    return b"," + struct.pack("<HHHHBB", x, y, width, height, flags, code) + data


def gifs():
    claim = ("image/gif", 1, 1, 8, "R", 0)
    one = gif_frame(1, 1)

    yield "gif-100000-frames", gif(1, 1, one * 100000), claim
    yield "gif-5000-large-frames", gif(3000, 3000, one * 5000), ("image/gif", 3000, 3000, 8, "R", 1)
    yield "gif-65535x65535", gif(65535, 65535, gif_frame(65535, 65535)), None
    yield "gif-9900x9900", gif(9900, 9900, one), ("image/gif", 9900, 9900, 8, "R", 1)
    for code in (0, 1, 9, 12, 13, 31, 255):
        yield f"gif-code-of-{code}-bits", gif(1, 1, gif_frame(1, 1, code=code)), claim
    yield "gif-0x0", gif(0, 0, gif_frame(0, 0)), None
    yield "gif-frame-outside", gif(10, 10, gif_frame(60000, 60000, 60000, 60000)), ("image/gif", 10, 10, 8, "R", 0)
    yield "gif-frame-larger", gif(1, 1, gif_frame(60000, 1500)), claim
    yield "gif-without-colours", gif(1, 1, one, table=b""), claim
    yield "gif-lzw-garbage", gif(100, 100, gif_frame(100, 100, 0, 0, 8, b"\xff" + b"\xff" * 255 + b"\0")), ("image/gif", 100, 100, 8, "R", 0)
    yield "gif-without-end", gif(1, 1, b"!\xfe" + b"\xff" + b"x" * 255), None
    yield "gif-comment-of-5-mb", gif(1, 1, b"!\xfe" + (b"\xff" + b"x" * 255) * 20000 + b"\0", one), claim
    yield "gif-no-frame", gif(10, 10), None
    yield "gif-extensions-alone", gif(1, 1, b"!\xf9\4\0\0\0\0\0" * 50000), None


# ---- BMP ----

def bmp(width, height, bits=24, coding=0, start=54, size=40, colours=0, data=bytes(300), planes=1):
    return (b"BM" + struct.pack("<IHHI", 54 + len(data), 0, 0, start & 0xffffffff)
            + struct.pack("<IiiHHIIiiII", size & 0xffffffff, width, height, planes, bits, coding, 0, 0, 0, colours & 0xffffffff, 0) + data)


def bmps():
    claim = ("image/bmp", 10, 10, 8, "R", 0)

    for name, more in (("64-bits", {"bits": 64}), ("0-bits", {"bits": 0}), ("65535-bits", {"bits": 65535}), ("rle8-overflow", {
            "bits": 8, "coding": 1, "data": b"\xff\x01" * 2000}), ("rle4-jumps", {"bits": 4, "coding": 2, "data": b"\0\2\xff\xff" * 500}),
            ("jpeg-inside", {"coding": 4}), ("coding-99", {"coding": 99}), ("pixels-beyond-end", {"start": -1}), ("pixels-in-header", {"start": 3}),
            ("header-of-4-gb", {"size": -1}), ("header-of-0", {"size": 0}), ("4-billion-colours", {"bits": 8, "colours": -1}), ("no-data", {
                "data": b""}), ("masks-of-0", {"bits": 32, "coding": 3})):
        yield f"bmp-{name}", bmp(10, 10, **more), claim
    for name, width, height in (("greatest", HUGE, HUGE), ("negative-width", -10, 10), ("least-height", 10, -HUGE - 1), ("0x0", 0, 0), ("wraps-around", 65536, 65537),
                                ("9900x9900", 9900, 9900)):
        yield f"bmp-{name}", bmp(width, height), ("image/bmp", 9900, 9900, 8, "R", 0)
