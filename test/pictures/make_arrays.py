"""Writes arrays.txt: files of arrays of every kind, and what NumPy reads of them.

usage: python3 make_arrays.py   (NumPy 2; the test reads the text alone)

A line: name, the sizes with x between, the file in base 16, its numbers in C order with commas between; - where the
file is refused.
"""
import io
import zipfile

import numpy as np

ENDS = {"u": [0, 1, 200, -1], "i": [0, 1, -2, -100], "f": [0.5, -1.25, 3, 1000], "b": [0, 1, 1, 0]}


def file_of(array, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version)
    return out.getvalue()


def numbers(dtype):
    kind = np.dtype(dtype).kind
    values = list(ENDS[kind]) * 3
    if kind == "u":
        top = min(np.iinfo(dtype).max, 2 ** 53)
        values = [top if v < 0 else v for v in values]
    if np.dtype(dtype).itemsize >= 2 and kind == "i":
        values[3] = -30000
    if dtype.endswith("i8"):
        values[7] = -2 ** 53
    if dtype.endswith("f2"):
        values[5], values[6], values[7] = 6e-8, 65504, 0.1
    if dtype.endswith("f8"):
        values[7] = 1e300
    return np.array(values).astype(dtype).reshape(4, 3)


def arrays():
    for kind in "u1 i1 b1 u2 i2 u4 i4 u8 i8 f2 f4 f8".split():
        for order in ("|",) if kind.endswith("1") else "<>":
            array = numbers(order + kind)
            yield f"{kind}_{'little' if order == '<' else 'big' if order == '>' else 'bytes'}", array, file_of(array)
            array = np.asfortranarray(array)
            yield f"{kind}_{'big' if order == '>' else 'little'}_fortran", array, file_of(array)
    cube = np.asfortranarray(np.arange(2 * 3 * 4 * 5, dtype="<i2").reshape(2, 3, 4, 5)[:, :1])
    yield "cube_fortran", cube.reshape(2, 4, 5), file_of(np.asfortranarray(cube.reshape(2, 4, 5)))
    line = np.arange(5, dtype="<f4")
    yield "line", line, file_of(line)
    yield "version_2", line, file_of(line, (2, 0))
    yield "version_3", line, file_of(line, (3, 0))
    yield "nan", np.array([np.nan, np.inf, -np.inf], "<f2"), file_of(np.array([np.nan, np.inf, -np.inf], "<f2"))
    for zipped in np.savez, np.savez_compressed:
        out = io.BytesIO()
        zipped(out, x=np.asfortranarray(numbers("<f4")), other=line)
        yield zipped.__name__, numbers("<f4"), out.getvalue()
    zipfile.ZIP64_LIMIT = 10
    for how, name in (zipfile.ZIP_STORED, "stored"), (zipfile.ZIP_DEFLATED, "deflated"):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", how) as z:
            z.writestr("x.npy", file_of(numbers(">i4")))
            z.comment = b"any words"
        yield f"zip64_{name}", numbers(">i4"), out.getvalue()
    for name, array in (("texts", np.array(["a", "bc"])), ("complex", np.array([1j])), ("dates", np.array(["2020-01-01"], "M8[D]")),
                        ("records", np.array([(1, 2.0)], [("a", "i4"), ("b", "f4")])), ("scalar", np.array(3.0)),
                        ("nothing", np.zeros((0, 3))), ("long", np.array([2 ** 53 + 1])), ("longest", np.array([2 ** 64 - 1], "u8"))):
        yield "refused_" + name, array, file_of(array)


with open("arrays.txt", "w") as out:
    for name, array, file in arrays():
        shape = "x".join(map(str, array.shape)) or "1"
        values = "-" if name.startswith("refused") else ",".join(repr(float(v)) for v in array.ravel())
        print(name, shape, file.hex(), values, file=out)
