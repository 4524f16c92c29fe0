# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
"""What is in a PNG, by the standard library alone."""
import struct
import zlib


def pixels(png):
    """Width, height and a function from x, y to the gray, RGB or RGBA bytes of a PNG without interlacing."""
    width, height, bits, kind = struct.unpack(">IIBB", png[16:26])
    assert bits == 8, bits
    n = {0: 1, 2: 3, 6: 4}[kind]
    data, at = b"", 8
    while at < len(png):
        size, name = struct.unpack(">I4s", png[at:at + 8])
        data += png[at + 8:at + 8 + size] if name == b"IDAT" else b""
        at += size + 12
    raw, line, rows = zlib.decompress(data), bytearray(n * width), []
    for y in range(height):
        row = bytearray(raw[y * (n * width + 1) + 1:(y + 1) * (n * width + 1)])
        method = raw[y * (n * width + 1)]
        for i in range(n * width):
            left, up = row[i - n] if i >= n else 0, line[i]
            corner = line[i - n] if i >= n else 0
            paeth = min((left, up, corner), key=lambda v: abs(left + up - corner - v))
            row[i] = (row[i] + (0, left, up, (left + up) // 2, paeth)[method]) & 255
        rows.append(row)
        line = row
    return width, height, lambda x, y: tuple(rows[y][n * x:n * x + n])


def png(width, height, interlaced, rows):
    """A PNG of 8 bits RGB out of its rows, each with its filter."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, interlaced)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def solid(width, height, color):
    """A PNG of one colour."""
    return png(width, height, 0, (b"\0" + bytes(color) * width) * height)


def interlaced(side):
    """A black PNG that no decoder can read row by row: seven passes over it, side a multiple of eight."""
    passes = ((8, 8), (8, 8), (4, 8), (4, 4), (2, 4), (2, 2), (1, 2))
    return png(side, side, 1, b"".join(bytes(1 + 3 * side // across) * (side // down) for across, down in passes))
