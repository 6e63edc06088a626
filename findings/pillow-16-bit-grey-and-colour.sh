#!/usr/bin/env bash
# Pillow 12.3.0 (PyPI): what becomes of PNG files of 16 bits a sample depends on whether they are grey or in colour.
#
#   colour, (40000, 20000, 10000): opened as "RGB" of 8 bits, each sample's high byte: 156, 78, 39; nothing says that
#           half of each number is gone.
#   grey,   40000: opened as "I;16", whole.  convert("L") does not scale it: all above 255 becomes 255, so a picture
#           of 16 bits turns white.  convert("RGB") does the same (255, 255, 255).
#
# So a folder in which grey and colour files of 16 bits lie together, read by the usual Image.open(f).convert("RGB"),
# holds usable colour pictures beside white ones.  What a reader of one's own can do: take the high byte of both.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv venv
venv/bin/pip -q install pillow==12.3.0
venv/bin/python - <<'P'
import struct
import zlib

import PIL
from PIL import Image


def chunk(tag, data):
    return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))


def write(name, colour, samples):
    row = b"\0" + struct.pack(f">{len(samples)}H", *samples)
    header = struct.pack(">IIBBBBB", 1, 1, 16, colour, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b"")
    open(name, "wb").write(b"\x89PNG\r\n\x1a\n" + parts)


write("colour.png", 2, [40000, 20000, 10000])
write("grey.png", 0, [40000])
write("dark.png", 0, [200])
colour, grey, dark = (Image.open(f"{name}.png") for name in ("colour", "grey", "dark"))
seen = {
    "version": PIL.__version__,
    "colour": (colour.mode, colour.getpixel((0, 0))),
    "grey": (grey.mode, grey.getpixel((0, 0))),
    "grey as L": grey.convert("L").getpixel((0, 0)),
    "grey as RGB": grey.convert("RGB").getpixel((0, 0)),
    "200 of 65535 as L": dark.convert("L").getpixel((0, 0)),
}
for name, value in seen.items():
    print(f"{name}: {value}")
assert seen == {
    "version": "12.3.0",
    "colour": ("RGB", (156, 78, 39)),
    "grey": ("I;16", 40000),
    "grey as L": 255,
    "grey as RGB": (255, 255, 255),
    "200 of 65535 as L": 200,
}, "it behaves otherwise now"
P
