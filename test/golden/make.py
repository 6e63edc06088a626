"""Makes the golden files: python3 make.py [name ...].

With --f32, instead, prints how far PyTorch's own f32 is from them."""

import importlib
import sys

import torch

import golden

NAMES = ["wgan", "gru_lm", "batchnorm", "attention", "transformer", "mlp_bf16", "lenet_c"]
NAMES += ["two_devices", "online", "over_time"]


def main():
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    names = [a for a in sys.argv[1:] if not a.startswith("-")] or NAMES
    for name in names:
        run = importlib.import_module(name).run
        result = run(torch.float64)
        if "--f32" in sys.argv:
            worst, where = golden.difference(result, run(torch.float32))
            print(f"{name}: f32 differs by {worst * 2**24:.0f} times 2^-24 at {where}")
        else:
            print(golden.write(name, result))


if __name__ == "__main__":
    main()
