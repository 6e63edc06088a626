"""Writes pictures.txt: small PNG and PGM files of every kind, and what Pillow reads of them.

usage: python3 make.py   (Pillow 12.3.0; the tests read the text alone)

A line: name, width, height, the file, its pixels as grey (convert("L")) and as colours (convert("RGB")), in base 16.
Grey of 16 bits is the one place where we leave Pillow: its convert("L") of such a picture cuts every sample above 255
to 255. There the high byte stands, which is what Pillow itself takes of colours, and of grey with alpha, of 16 bits.
"""
import io
import random
import struct
import warnings
import zlib

from PIL import Image

warnings.simplefilter("ignore")
random.seed(7)
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}
# The start column and row of each pass of an interlaced picture, and its steps.
PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(tag, data):
    return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data) & 0xFFFFFFFF)


def pack(samples, depth):
    """One row: its filter, and samples of that many bits, the high ones first."""
    bits = "".join(format(v, f"0{depth}b") for v in samples)
    bits += "0" * (-len(bits) % 8)
    return b"\0" + bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def png(width, height, depth, kind, samples, extra=b"", interlaced=False):
    each = CHANNELS[kind]
    at = lambda x, y: samples[(y * width + x) * each:(y * width + x + 1) * each]
    passes = PASSES if interlaced else [(0, 0, 1, 1)]
    rows = b""
    for left, top, across, down in passes:
        for y in range(top, height, down):
            row = [v for x in range(left, width, across) for v in at(x, y)]
            rows += pack(row, depth) if row else b""
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))


def drawn(width, height, depth, kind, most=None):
    most = (1 << depth) - 1 if most is None else most
    return [random.randint(0, most) for _ in range(width * height * CHANNELS[kind])]


def deep(samples):
    return [v * 257 for v in samples]


def colours(count):
    return chunk(b"PLTE", bytes(random.randrange(256) for _ in range(3 * count)))


def remark(tag):
    profile = b"any\0\0" + zlib.compress(b"no profile at all")
    return chunk(tag, {b"sRGB": b"\0", b"gAMA": struct.pack(">I", 100000), b"iCCP": profile}[tag])


def pgm(width, height, most, samples):
    body = b"".join(struct.pack(">H", v) if most > 255 else bytes([v]) for v in samples)
    return b"P5\n%d %d\n%d\n" % (width, height, most) + body


def pictures():
    ramp = [0, 4, 8, 32, 64, 128, 192, 255]
    yield "grey_8", png(8, 1, 8, GREY, ramp)
    yield "grey_16", png(8, 1, 16, GREY, deep(ramp))
    for tag in b"sRGB", b"gAMA", b"iCCP":
        name = tag.decode().lower()
        yield f"grey_8_{name}", png(8, 1, 8, GREY, ramp, remark(tag))
        yield f"grey_16_{name}", png(8, 1, 16, GREY, deep(ramp), remark(tag))
        yield f"rgb_8_{name}", png(4, 2, 8, RGB, drawn(4, 2, 8, RGB), remark(tag))
    ends = [0, 1, 127, 128, 255, 256, 257, 383, 384, 511, 512, 32767, 32768, 65279, 65280, 65535]
    yield "grey_16_ends", png(16, 1, 16, GREY, ends)
    yield "red_green_blue", png(5, 1, 8, RGB, [255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3, 254, 255, 255])
    for depth in 8, 16:
        for kind, name in (RGB, "rgb"), (GREY_ALPHA, "grey_alpha"), (RGB_ALPHA, "rgb_alpha"):
            yield f"{name}_{depth}", png(5, 3, depth, kind, drawn(5, 3, depth, kind))
    for depth in 1, 2, 4:
        yield f"grey_{depth}", png(7, 3, depth, GREY, drawn(7, 3, depth, GREY))
        yield f"grey_{depth}_hole", png(7, 3, depth, GREY, drawn(7, 3, depth, GREY), chunk(b"tRNS", b"\0\1"))
    for depth in 1, 2, 4, 8:
        count = min(1 << depth, 40)
        samples = drawn(7, 3, depth, PALETTE, count - 1)
        holes = chunk(b"tRNS", bytes(random.randrange(256) for _ in range(count)))
        yield f"palette_{depth}", png(7, 3, depth, PALETTE, samples, colours(count))
        yield f"palette_{depth}_alpha", png(7, 3, depth, PALETTE, samples, colours(count) + holes)
    yield "palette_past_its_end", png(4, 1, 4, PALETTE, [0, 2, 3, 15], colours(3))
    yield "grey_8_hole", png(4, 1, 8, GREY, [0, 1, 2, 3], chunk(b"tRNS", b"\0\2"))
    yield "rgb_8_hole", png(2, 1, 8, RGB, [255, 0, 0, 1, 2, 3], chunk(b"tRNS", b"\0\xff\0\0\0\0"))
    for kind, depth, name in (GREY, 8, "grey"), (GREY, 1, "bits"), (RGB, 16, "rgb"), (RGB_ALPHA, 8, "rgb_alpha"):
        yield f"interlaced_{name}", png(11, 9, depth, kind, drawn(11, 9, depth, kind), b"", True)
    yield "interlaced_small", png(2, 1, 8, GREY, [7, 9], b"", True)
    for most in 1, 10, 100, 200, 255:
        yield f"pgm_{most}", pgm(most + 1, 1, most, range(most + 1))
    yield "pgm_65535", pgm(16, 1, 65535, ends)
    yield "pgm_1000", pgm(5, 1, 1000, [0, 1, 499, 500, 1000])


def spread(grey):
    return bytes(v for g in grey for v in (g, g, g))


with open("pictures.txt", "w") as out:
    for name, file in pictures():
        image = Image.open(io.BytesIO(file))
        grey, rgb = image.convert("L").tobytes(), image.convert("RGB").tobytes()
        if image.mode.startswith("I"):
            grey = bytes(v >> 8 for v in image.get_flattened_data())
            rgb = spread(grey)
        print(name, image.width, image.height, file.hex(), grey.hex(), rgb.hex(), file=out)
