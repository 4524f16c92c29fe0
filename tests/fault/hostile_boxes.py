# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""TIFF, WebP, HEIF, AVIF and JPEG 2000 files that mean harm. Rows as in hostile_raster."""
import struct
import zlib

from hostile_raster import HUGE, block, exif_loop, icc, path, zeros

SHORT, LONG, LONG8 = 3, 4, 16


# ---- TIFF ----

def tiff(tags, data=bytes(300), following=0, count=None, order="<"):
    """One directory, after the data: {tag: (type, values)}; a value "data" is the place of the data."""
    at, out, extra = 8 + len(data) + len(data) % 2, b"", b""
    begin = at + 2 + 12 * len(tags) + 4
    for tag, (kind, values) in sorted(tags.items()):
        values = [8 if value == "data" else value for value in values]
        if kind == 7:  # bytes
            packed, number = bytes(values), len(values)
        else:
            packed = b"".join(struct.pack(order + {SHORT: "H", LONG: "I", LONG8: "Q"}[kind], value) for value in values)
            number = len(values)
        if len(packed) > 4:
            packed, extra = struct.pack(order + "I", begin + len(extra)), extra + packed
        out += struct.pack(order + "HHI", tag, kind, number) + packed.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", at)
    return (head + data + b"\0" * (len(data) % 2) + struct.pack(order + "H", len(tags) if count is None else count) + out
            + struct.pack(order + "I", at if following == "itself" else following) + extra)


def tags(width=10, height=10, **more):
    """A plain RGB picture in one strip; more: tag numbers as t256=(type, values), None to leave one out."""
    out = {256: (LONG, [width]), 257: (LONG, [height]), 258: (SHORT, [8, 8, 8]), 259: (SHORT, [1]), 262: (SHORT, [2]),
           273: (LONG, ["data"]), 277: (SHORT, [3]), 278: (LONG, [height]), 279: (LONG, [300])}
    for name, value in more.items():
        out[int(name[1:])] = value
    return {tag: value for tag, value in out.items() if value is not None}


def tiles(width, height):
    return {"t273": None, "t278": None, "t279": None, "t322": (LONG, [width]), "t323": (LONG, [height]), "t324": (LONG, ["data"]),
            "t325": (LONG, [300])}


def tiffs():
    claim = ("image/tiff", 10, 10, 8, "R", 0)
    gray = {"t258": (SHORT, [8]), "t262": (SHORT, [1]), "t277": (SHORT, [1])}

    yield "tiff-next-is-itself", tiff(tags(), following="itself"), claim
    yield "tiff-part-is-itself", tiff(tags(t330=(LONG, [308]))), claim
    yield "tiff-exif-is-itself", tiff(tags(t34665=(LONG, [308]))), claim
    yield "tiff-directory-beyond-end", b"II*\0\xff\xff\xff\xff" + bytes(100), None
    yield "tiff-65535-entries", tiff(tags(), count=65535), claim
    yield "tiff-0-entries", tiff({}), None
    yield "tiff-20000-directories", b"II*\0\x08\0\0\0" + b"".join(
        struct.pack("<HHHIII", 1, 256, LONG, 1, 10, 8 + 18 * (i + 1)) for i in range(20000)) + bytes(30), None
    for name, width, height in (("greatest", HUGE, HUGE), ("0x0", 0, 0), ("negative", 2**32 - 1, 10), ("wraps-around", 65536, 65537)):
        yield f"tiff-{name}", tiff(tags(width, height)), None
    yield "tiff-strip-beyond-end", tiff(tags(t273=(LONG, [0xfffffff0]))), claim
    yield "tiff-strip-of-4-gb", tiff(tags(t279=(LONG, [0xffffffff]))), claim
    yield "tiff-strips-overlap", tiff(tags(9000, 9000, t278=(LONG, [1]), t273=(LONG, ["data"] * 9000), t279=(LONG, [300] * 9000))), (
        "image/tiff", 9000, 9000, 8, "R", 0)
    yield "tiff-strip-is-directory", tiff(tags(t273=(LONG, [308]))), claim
    yield "tiff-no-strips", tiff(tags(t273=None, t279=None)), claim
    yield "tiff-0-rows-a-strip", tiff(tags(t278=(LONG, [0]))), claim
    yield "tiff-count-overflow", tiff(tags()).replace(struct.pack("<HHI", 273, LONG, 1), struct.pack("<HHI", 273, LONG, 0xffffffff)), claim
    for width, height in ((0, 0), (16, 0), (HUGE - 15, HUGE - 15), (17, 3), (9984, 9984)):
        yield f"tiff-tile-{width}x{height}", tiff(tags(**tiles(width, height))), claim
    for bits in (0, 3, 17, 65, 65535):
        yield f"tiff-{bits}-bits", tiff(tags(t258=(SHORT, [bits] * 3))), claim
    for samples in (0, 5, 65535):
        yield f"tiff-{samples}-samples", tiff(tags(t277=(SHORT, [samples]))), claim
    for number, name in ((2, "fax-rle"), (3, "fax-3"), (4, "fax-4"), (5, "lzw"), (6, "old-jpeg"), (7, "jpeg"), (8, "deflate"), (32766, "next"), (
            32773, "packbits"), (32809, "thunderscan"), (32908, "pixarfilm"), (32909, "pixarlog"), (34661, "jbig"), (34676, "sgilog"), (
                34677, "sgilog24"), (34887, "lerc"), (34925, "lzma"), (50000, "zstd"), (50001, "webp"), (65000, "unknown")):
        garbage = (b"\xff\xfe\x80\x01\xa5" * 60)[:300]
        yield f"tiff-{name}-garbage", tiff(tags(9000, 100, t259=(SHORT, [number]), **(gray if number < 5 or number == 32809 else {})),
                                           garbage), ("image/tiff", 9000, 100, 8, "R", 0)
    for number in (2, 3, 4):
        yield f"tiff-fax-{number}-of-1-bit", tiff(tags(60000, 1600, t258=(SHORT, [1]), t259=(SHORT, [number]), t262=(SHORT, [0]), t277=(SHORT, [1]),
                                                       t292=(LONG, [7])), b"\x00\x10" * 150), ("image/tiff", 60000, 1600, 8, "G", 0)
    yield "tiff-deflate-bomb", lambda: (lambda data: tiff(tags(9000, 3000, t259=(SHORT, [8]), t279=(LONG, [len(data)])), data))(
        zeros(400 << 20)), ("image/tiff", 9000, 3000, 8, "R", 0)
    yield "tiff-90-mp-in-90-k", lambda: (lambda data: tiff(tags(9900, 9900, t259=(SHORT, [8]), t279=(LONG, [len(data)]), **gray), data))(
        zeros(9900 * 9900)), ("image/tiff", 9900, 9900, 8, "G", 0)
    yield "tiff-predictor-9", tiff(tags(t317=(SHORT, [9]), t259=(SHORT, [8])), zlib.compress(bytes(300))), claim
    yield "tiff-float-predictor", tiff(tags(t317=(SHORT, [3]), t259=(SHORT, [5]))), claim
    yield "tiff-float-nan", tiff(tags(t258=(SHORT, [32]), t262=(SHORT, [1]), t277=(SHORT, [1]), t339=(SHORT, [3])), b"\xff" * 400), None
    yield "tiff-planes-missing", tiff(tags(t284=(SHORT, [2]))), claim
    yield "tiff-no-colormap", tiff(tags(t258=(SHORT, [8]), t262=(SHORT, [3]), t277=(SHORT, [1]))), claim
    yield "tiff-ycbcr-subsampling-0", tiff(tags(t262=(SHORT, [6]), t530=(SHORT, [0, 0]))), claim
    yield "tiff-photometric-65535", tiff(tags(t262=(SHORT, [65535]))), claim
    yield "tiff-lab-of-1-bit", tiff(tags(t262=(SHORT, [8]), t258=(SHORT, [1, 1, 1]))), claim
    yield "tiff-ink-names", tiff(tags(t262=(SHORT, [5]), t333=(7, b"\xff" * 50), t334=(SHORT, [65535]))), None
    yield "tiff-profile-lies", tiff(tags(t34675=(7, icc(size=0xffffffff, tags=0xffffffff)))), claim
    yield "tiff-photoshop-lies", tiff(tags(t34377=(7, block(2000, path((0, 0x7fff0000)), length=HUGE)))), claim
    yield "tiff-xmp-of-10-mb", lambda: tiff(tags(t700=(7, b"<x>" * 3500000))), claim
    yield "tiff-resolution-nan", tiff(tags(t282=(7, b"\xff" * 8), t283=(7, bytes(8)), t296=(SHORT, [9]))), claim
    yield "tiff-extra-samples", tiff(tags(t338=(SHORT, [2] * 60000))), claim
    yield "tiff-big-endian-halves", tiff(tags(), order=">")[:200], claim
    yield "bigtiff-beyond-end", b"II+\0\x08\0\0\0" + struct.pack("<Q", 2**63 - 1) + bytes(64), None
    yield "bigtiff-2-to-63-entries", b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2**63) + bytes(64), None
    yield "bigtiff-offsets-of-17", b"II+\0\x11\0\0\0" + bytes(64), None


# ---- WebP ----

def riff(*chunks, size=None):
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def part(name, data, size=None):
    return name + struct.pack("<I", len(data) if size is None else size) + data + b"\0" * (len(data) % 2)


def lossless(width, height, bits):
    return b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + bits


def canvas(width, height, flags):
    return part(b"VP8X", bytes([flags, 0, 0, 0]) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3])


def webps(good):
    """`good`: a WebP of 64 x 48."""
    claim = ("image/webp", 64, 48, 8, "R", 0)
    frame = part(b"ANMF", bytes(6) + b"\0\0\0\0\0\0" + b"\x01\0\0\0" + part(b"VP8L", lossless(1, 1, bytes(20))))

    yield "webp-16383x16383", riff(part(b"VP8L", lossless(16383, 16383, bytes(30)))), None
    yield "webp-9900x9900", riff(part(b"VP8L", lossless(9900, 9900, bytes(30)))), ("image/webp", 9900, 9900, 8, "R", 1)
    for name, bits in (("all-ones", b"\xff" * 4000), ("zeros", bytes(4000)), ("tables", bytes((i * 37 + 5) & 255 for i in range(8000))), (
            "long-codes", b"\x1c\x55\xaa\xff\x7f" * 1500), ("colour-cache", b"\xb1\x0b" + b"\x24\x92\x49" * 2000)):
        yield f"webp-huffman-{name}", riff(part(b"VP8L", lossless(1000, 1000, bits))), ("image/webp", 1000, 1000, 8, "R", 1)
    yield "webp-canvas-2-to-24", riff(canvas(1 << 24, 1 << 24, 2), part(b"ANIM", bytes(6)), frame), None
    yield "webp-20000-frames", riff(canvas(1000, 1000, 2), part(b"ANIM", bytes(6)), frame * 20000), ("image/webp", 1000, 1000, 8, "R", 1)
    yield "webp-frame-outside", riff(canvas(10, 10, 2), part(b"ANIM", bytes(6)), frame.replace(bytes(6), b"\xff" * 6, 1)), None
    yield "webp-alpha-lies", riff(canvas(64, 48, 16), part(b"ALPH", b"\1" + b"\xff" * 50), good[12:]), ("image/webp", 64, 48, 8, "R", 1)
    yield "webp-size-of-4-gb", good[:4] + b"\xff\xff\xff\xff" + good[8:], claim
    yield "webp-size-of-0", good[:4] + bytes(4) + good[8:], claim
    yield "webp-chunk-of-4-gb", good[:16] + b"\xff\xff\xff\xff" + good[20:], claim
    yield "webp-partitions-beyond-end", good[:20] + bytes(3) + good[23:30] + b"\xff" * 30, claim
    yield "webp-larger-than-it-says", good[:26] + b"\xff\x3f\xff\x3f" + good[30:], claim
    yield "webp-profile-lies", riff(canvas(64, 48, 32), part(b"ICCP", icc(size=1, tags=0xffffffff)), good[12:]), claim
    yield "webp-exif-loop", riff(canvas(64, 48, 8), good[12:], part(b"EXIF", exif_loop())), claim
    yield "webp-xmp-of-10-mb", riff(canvas(64, 48, 4), good[12:], part(b"XMP ", b"x" * (10 << 20))), claim
    yield "webp-empty", riff(), None


# ---- HEIF, AVIF, JPEG 2000: boxes ----

def box(name, data=b"", size=None):
    return struct.pack(">I", len(data) + 8 if size is None else size) + name + data


def full(name, data=b"", version=0):
    return box(name, bytes([version, 0, 0, 0]) + data)


def heif(meta, brand=b"heic", rest=b""):
    return box(b"ftyp", brand + bytes(4) + brand + b"mif1") + full(b"meta", full(b"hdlr", bytes(4) + b"pict" + bytes(13)) + meta) + rest


def item(number, kind):
    return full(b"infe", struct.pack(">HH", number, 0) + kind + b"\0", 2)


def grid(columns, rows, width, height, refers, kind=b"grid"):
    """An item laid together of others, perhaps of itself."""
    data = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height)
    infos = full(b"iinf", struct.pack(">H", 2) + item(1, kind) + item(2, kind))
    links = full(b"iref", box(b"dimg", struct.pack(">HH", 1, len(refers)) + b"".join(struct.pack(">H", n) for n in refers))
                 + box(b"dimg", struct.pack(">HHH", 2, 1, 1)))
    place = full(b"iloc", b"\x44\0" + struct.pack(">H", 2) + b"".join(struct.pack(">HHHHII", n, 1, 0, 1, 0, len(data)) for n in (1, 2)), 1)
    size = full(b"ispe", struct.pack(">II", width, height))
    return heif(full(b"pitm", struct.pack(">H", 1)) + infos + links + place + box(b"iprp", box(b"ipco", size) + full(
        b"ipma", struct.pack(">IHBBHBB", 2, 1, 1, 1, 2, 1, 1))) + box(b"idat", data), brand=b"mif1" if kind == b"grid" else b"heic")


def nested(name, depth):
    out = b""
    for _ in range(depth):
        out = box(name, out)
    return out


def boxes(avif):
    """`avif`: an AVIF of 64 x 48."""
    claim = ("image/avif", 64, 48, 8, "R", 0)

    yield "heif-grid-of-itself", grid(1, 1, 64, 64, [1]), None
    yield "heif-grid-in-a-ring", grid(1, 1, 64, 64, [2]), None
    yield "heif-grid-65535", grid(256, 256, 0xffffffff, 0xffffffff, [2] * 65000), None
    yield "heif-overlay-of-itself", grid(1, 1, 64, 64, [1], b"iovl"), None
    yield "heif-identity-of-itself", grid(1, 1, 64, 64, [1], b"iden"), None
    yield "heif-size-0x0", grid(1, 1, 0, 0, [2]), None
    yield "heif-10000-deep", heif(nested(b"iprp", 10000)), None
    yield "heif-ipco-10000-deep", heif(box(b"iprp", nested(b"ipco", 10000))), None
    yield "heif-box-of-0", heif(box(b"iinf", b"", 0) * 100), None
    yield "heif-box-of-1", heif(box(b"iinf", b"\xff" * 8, 1)), None
    yield "heif-box-of-4-gb", heif(box(b"iinf", b"", 0xffffffff)), None
    yield "heif-100000-items", heif(full(b"iinf", b"\xff\xff" + item(1, b"hvc1") * 65535)), None
    yield "heif-place-beyond-end", heif(full(b"pitm", b"\0\1") + full(b"iinf", b"\0\1" + item(1, b"hvc1")) + full(
        b"iloc", b"\x44\0\0\1\0\1\0\0\0\1\xff\xff\xff\xf0\xff\xff\xff\xff")), None
    yield "heif-65535-extents", heif(full(b"iloc", b"\x44\0\0\1\0\1\0\0\xff\xff")), None
    yield "heif-brand-alone", box(b"ftyp", b"heic\0\0\0\0heicmif1"), None
    at = avif.find(b"ispe") + 8
    if at > 8:
        yield "avif-says-9900x9900", avif[:at] + struct.pack(">II", 9900, 9900) + avif[at + 8:], ("image/avif", 9900, 9900, 8, "R", 0)
        yield "avif-says-greatest", avif[:at] + struct.pack(">II", HUGE, HUGE) + avif[at + 8:], None
    at = avif.find(b"av1C") + 4
    yield "avif-without-settings", avif[:at] + b"\xff\xff\xff\xff" + avif[at + 4:], claim
    at = avif.find(b"mdat") + 4
    yield "avif-garbage-pixels", avif[:at] + b"\xa5" * (len(avif) - at), claim
    yield "avif-zero-pixels", avif[:at] + bytes(len(avif) - at), claim
    yield from jp2s()


def codestream(width, height, tile_width, tile_height, components=3, bits=7, levels=5, rest=b"\xff\xd9"):
    size = struct.pack(">HIIIIIIIIH", 0, width, height, 0, 0, tile_width, tile_height, 0, 0, components) + bytes([bits, 1, 1]) * components
    style = struct.pack(">BBHBBBBBB", 0, 0, 1, 1, levels, 4, 4, 0, 1)
    return (b"\xff\x4f\xff\x51" + struct.pack(">H", (len(size) + 2) & 0xffff) + size + b"\xff\x52" + struct.pack(">H", len(style) + 2) + style
            + b"\xff\x5c" + struct.pack(">HB", 4 + 3 * levels - 1 + 1, 0x40) + b"\x40" * (3 * levels + 1) + rest)


def jp2s():
    tile = b"\xff\x90" + struct.pack(">HHIBB", 10, 0, 0, 0, 1) + b"\xff\x93" + b"\x80" * 200 + b"\xff\xd9"

    yield "jp2-tiles-of-0", codestream(64, 48, 0, 0), None
    yield "jp2-4-billion-tiles", codestream(65535, 1500, 1, 1, rest=tile), ("image/jp2", 65535, 1500, 8, "R", 0)
    yield "jp2-greatest", codestream(HUGE, HUGE, HUGE, HUGE, rest=tile), None
    yield "jp2-0x0", codestream(0, 0, 64, 64), None
    yield "jp2-9900x9900", codestream(9900, 9900, 9900, 9900, rest=tile), ("image/jp2", 9900, 9900, 8, "R", 0)
    yield "jp2-16384-components", codestream(10, 10, 10, 10, components=16384, rest=tile), None
    yield "jp2-128-bits", codestream(64, 48, 64, 48, bits=127, rest=tile), None
    yield "jp2-255-levels", codestream(64, 48, 64, 48, levels=255, rest=tile), None
    yield "jp2-subsampling-0", codestream(64, 48, 64, 48, rest=tile).replace(b"\x07\1\1", b"\x07\0\0"), None
    yield "jp2-tile-65535", codestream(64, 48, 64, 48, rest=tile.replace(b"\xff\x90\0\x0a\0\0", b"\xff\x90\0\x0a\xff\xff")), None
    signature = b"\0\0\0\x0cjP  \r\n\x87\n"
    yield "jp2-box-of-0", signature + box(b"ftyp", b"jp2 \0\0\0\0jp2 ") + box(b"jp2h", b"", 0) * 10, None
    yield "jp2-header-10000-deep", signature + box(b"ftyp", b"jp2 \0\0\0\0jp2 ") + nested(b"jp2h", 10000), None
    yield "jp2-palette-of-65535", signature + box(b"ftyp", b"jp2 \0\0\0\0jp2 ") + box(b"jp2h", box(b"ihdr", struct.pack(
        ">IIHBBBB", 48, 64, 3, 7, 7, 0, 0)) + box(b"pclr", b"\xff\xff\xff" + bytes(300))) + box(b"jp2c", codestream(64, 48, 64, 48, rest=tile)), None
