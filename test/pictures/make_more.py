"""Writes photos.txt, sizes.txt and archives.txt: small JPEG files, pictures in other sizes, archives.

usage: python3 make_more.py   (Pillow 13.0.0; the tests read the texts alone)

photos.txt, a line: name, width, height, the file, its pixels as Pillow has them after ImageOps.exif_transpose, as grey
(convert("L")) and as colours (convert("RGB")), in base 16.
sizes.txt, a line: height, width, channels, the new height and width, the filter (0 nearest, 1 box, 2 bilinear,
3 bicubic), the pixels before and after Image.resize, in base 16.
archives.txt, a line: name, the file in base 16; each holds Data/cats/1.pgm, Data/cats/2.pgm, Data/dogs/1.pgm, one pixel
each of 10, 20, 30, and files that are no pictures.
"""
import io
import random
import struct
import tarfile
import zipfile

from PIL import Image, ImageOps

random.seed(11)
FILTERS = [Image.Resampling.NEAREST, Image.Resampling.BOX, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC]


def drawn(mode, width, height):
    """Smooth, with a corner of noise."""
    bands = len(mode) if mode != "L" else 1
    small = Image.frombytes(mode, (3, 3), bytes(random.randrange(256) for _ in range(9 * bands)))
    image = small.resize((width, height), Image.Resampling.BICUBIC)
    noise = bytes(random.randrange(256) for _ in range(4 * bands))
    if width > 3 and height > 3:
        image.paste(Image.frombytes(mode, (2, 2), noise), (0, 0))
    return image


def exif(turn, order, kind=3, before=0):
    """Before the tag stand others; kind 3 is a short."""
    tags = [(0x100 + i, 4, 1, 77) for i in range(before)] + [(0x112, kind, 1, turn)]
    body = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(tags))
    for tag, what, count, value in tags:
        body += struct.pack(order + "HHI", tag, what, count)
        body += struct.pack(order + ("HH" if what == 3 else "I"), *((value, 0) if what == 3 else (value,)))
    return b"Exif\0\0" + body + struct.pack(order + "I", 0)


def jpeg(image, **options):
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()


def photos():
    for mode, name in ("L", "grey"), ("RGB", "rgb"), ("CMYK", "cmyk"):
        for progressive in False, True:
            end = "_progressive" if progressive else ""
            yield f"{name}{end}", jpeg(drawn(mode, 13, 9), progressive=progressive, quality=80)
    for k in range(3):
        yield f"rgb_subsampling_{k}", jpeg(drawn("RGB", 19, 17), subsampling=k, quality=60)
    yield "grey_pixel", jpeg(drawn("L", 1, 1))
    yield "rgb_pixel", jpeg(drawn("RGB", 1, 1))
    yield "rgb_rows", jpeg(drawn("RGB", 33, 17), restart_marker_rows=1)
    for turn in range(1, 9):
        for order in "<>":
            options = {"quality": 90, "exif": exif(turn, order, before=turn % 3)}
            yield f"turn_{turn}_{'little' if order == '<' else 'big'}", jpeg(drawn("RGB", 6, 4), **options)
    yield "turn_grey", jpeg(drawn("L", 5, 2), exif=exif(6, "<"))
    yield "turn_9_is_none", jpeg(drawn("L", 5, 2), exif=exif(9, "<"))
    yield "turn_0_is_none", jpeg(drawn("L", 5, 2), exif=exif(0, "<"))
    file = io.BytesIO()
    drawn("RGB", 4, 3).save(file, "PNG", exif=exif(8, ">")[6:])
    yield "turn_png", file.getvalue()


SIZES = [(1, 1, 4, 3), (5, 7, 3, 7), (5, 7, 5, 4), (4, 4, 9, 9), (9, 9, 4, 4), (20, 6, 3, 11), (20, 13, 2, 12),
         (6, 20, 11, 3), (17, 17, 1, 1), (2, 3, 2, 30), (13, 11, 12, 10)]


def sizes():
    for h, w, high, wide in SIZES:
        for bands, mode in (1, "L"), (3, "RGB"):
            # black and white: the bicubic filter leaves 0 to 255
            pixels = bytes(random.choice((0, 255, random.randrange(256))) for _ in range(h * w * bands))
            for k, kind in enumerate(FILTERS):
                after = Image.frombytes(mode, (w, h), pixels).resize((wide, high), kind)
                yield h, w, bands, high, wide, k, pixels.hex(), after.tobytes().hex()


def pgm(value):
    return b"P5\n1 1\n255\n" + bytes([value])


FILES = [("Data/dogs/1.pgm", pgm(30)), ("Data/cats/2.pgm", pgm(20)), ("Data/readme.txt", b"no picture"),
         ("Data/cats/1.pgm", pgm(10)), ("Data/cats/._1.pgm", b"x"), ("__MACOSX/Data/cats/1.pgm", b"x")]


def tar(how, files=FILES):
    file = io.BytesIO()
    tarfile.RECORDSIZE = 512
    with tarfile.open(fileobj=file, mode=f"w:{how}", format=tarfile.USTAR_FORMAT) as t:
        for name, content in files:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            t.addfile(info, io.BytesIO(content))
    return file.getvalue()


def zipped(how, files=FILES):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as z:
        for name, content in files:
            z.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content, how)
    return file.getvalue()


def archives():
    yield "plain.tar", tar("")
    for how in "gz", "bz2", "xz":
        yield f"packed.tar.{how}", tar(how)
    yield "stored.zip", zipped(zipfile.ZIP_STORED)
    yield "deflated.zip", zipped(zipfile.ZIP_DEFLATED)
    yield "outside.tar", tar("", [("../cats/1.pgm", pgm(1))])
    yield "root.tar", tar("", [("/cats/1.pgm", pgm(1))])
    yield "twice.tar", tar("", [("cats/1.pgm", pgm(1)), ("./cats/1.pgm", pgm(2))])


with open("photos.txt", "w") as out:
    for name, file in photos():
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(file)))
        grey, rgb = image.convert("L").tobytes(), image.convert("RGB").tobytes()
        print(name, image.width, image.height, file.hex(), grey.hex(), rgb.hex(), file=out)
with open("sizes.txt", "w") as out:
    for row in sizes():
        print(*row, file=out)
with open("archives.txt", "w") as out:
    for name, file in archives():
        print(name, file.hex(), file=out)
