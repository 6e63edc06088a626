"""What the nine golden scripts share: numbers that Python and C make alike, and the golden file.

Numbers are a hash of (name, index), so weights and batches need no files.  They have at most 20
bits, and scales are powers of two, so a float holds them exactly: programs in f32 and in f64 start
from the same point.

A golden file is text.  Each line is one array: name, number of elements, elements.  Lines that
start with # are comments."""

import os

import numpy as np
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
MASK = (1 << 64) - 1
GOLDEN_RATIO = 0x9E3779B97F4A7C15


def hash_name(name):
    """FNV-1a, 64 bits (Fowler, Noll, Vo)."""
    h = 0xCBF29CE484222325
    for byte in name.encode():
        h = ((h ^ byte) * 0x100000001B3) & MASK
    return np.uint64(h)


def bits(name, count, first=0):
    """splitmix64 (Steele, Lea, Flood 2014) of the name's hash plus index."""
    with np.errstate(over="ignore"):
        index = np.arange(first + 1, first + count + 1, dtype=np.uint64)
        z = hash_name(name) + index * np.uint64(GOLDEN_RATIO)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def noise(name, shape, scale=1.0, step=0):
    """Uniform in [-scale, scale), 20 bits.  A later step goes on where the last one ended."""
    count = int(np.prod(shape))
    unit = (bits(name, count, step * count) >> np.uint64(44)).astype(np.float64) / 2**19 - 1
    return torch.tensor(unit * scale).reshape(shape)


def whole(name, shape, limit, step=0):
    """Whole numbers 0 .. limit - 1."""
    count = int(np.prod(shape))
    number = (bits(name, count, step * count) >> np.uint64(33)) % np.uint64(limit)
    return torch.tensor(number.astype(np.int64)).reshape(shape)


def initial(name, shape):
    """The first value of a weight: matrices and filters uniform with a variance near 1 / fan in;
    offsets near 0, scales near 1."""
    if len(shape) == 1:
        return noise(name, shape, 1 / 8) + (1.0 if name.endswith("weight") else 0.0)
    fan, scale = int(np.prod(shape[1:])), 1.0
    while scale * scale * fan > 3:
        scale /= 2
    return noise(name, shape, scale)


def start(module, dtype):
    """Gives every parameter of a module its first value."""
    module.to(dtype)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.copy_(initial(name, tuple(parameter.shape)))
    return module


def weights(prefix, module):
    """Parameters and running statistics by their C names under a prefix."""
    values = dict(module.named_parameters())
    values |= {name: b for name, b in module.named_buffers() if "running" in name}
    return {f"{prefix}/{name}": v.detach().to(torch.float64).clone() for name, v in values.items()}


def channels_first(x):
    """(batch, height, width, channels), as Adze has it, to PyTorch's order."""
    return x.permute(0, 3, 1, 2)


def channels_last(x):
    return x.permute(0, 2, 3, 1)


def scalars(values):
    return torch.tensor([float(v.detach()) for v in values], dtype=torch.float64)


def write(name, arrays, script=None):
    path = os.path.join(HERE, name + ".txt")
    version = torch.__version__.split("+")[0]
    with open(path, "w") as file:
        file.write(f"# Made by test/golden/{script or name}.py with PyTorch {version}, in f64.\n")
        for key, value in arrays.items():
            numbers = value.detach().to(torch.float64).flatten().tolist()
            file.write(f"{key} {len(numbers)} " + " ".join(f"{x:.13g}" for x in numbers) + "\n")
    return path


def difference(golden, other):
    """Largest difference of two results, relative to each array's largest magnitude; and where."""
    worst, where = 0.0, ""
    for key, value in golden.items():
        size = float(value.abs().max()) or 1.0
        d = float((value.double() - other[key].double()).abs().max()) / size
        if d > worst:
            worst, where = d, key
    return worst, where
