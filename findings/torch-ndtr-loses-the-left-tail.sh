#!/usr/bin/env bash
# torch 2.15.0 (PyPI): torch.special.ndtr, the area below the normal curve, is (1 + erf(x / sqrt(2))) / 2 and not
# erfc(-x / sqrt(2)) / 2, as log_ndtr beside it suggests.  Below about -2 the sum cancels, so the left tail loses its digits and
# is then 0:
#
#   f32   x = -5     2.980e-07   right is 2.867e-07
#         x = -6     0           right is 9.866e-10, which f32 holds 28 powers of ten above its least
#   f64   x = -8.3   5.551e-17   right is 5.206e-17
#         x = -9     0           right is 1.129e-19
#
# torch.distributions.Normal(0, 1).cdf does the same, torch.compile too; log_ndtr(-9) is right (-43.63), and so is
# 0.5 * erfc(9 / sqrt(2)).  SciPy's function of that name, after which it is called, goes by erfc.  So log(ndtr(x)) is -inf where
# log_ndtr is fine, and a p-value of one side read from it is 0 beyond 5.6 deviations.  What a library of one's own can do: erfc
# on the left, 1 - erfc / 2 on the right, and a test of the relative error over all of the tail.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv venv
venv/bin/pip -q install torch==2.15.0 numpy
venv/bin/python - <<'P'
import math
import torch

seen = {"version": torch.__version__.split("+")[0]}
for name, places in (("float32", (-5.0, -6.0)), ("float64", (-8.3, -9.0))):
    for place in places:
        x = torch.tensor(place, dtype=getattr(torch, name))
        right = 0.5 * math.erfc(-place / math.sqrt(2))
        told = (torch.special.ndtr(x), torch.distributions.Normal(torch.zeros_like(x), 1.0).cdf(x))
        print(f"{name} {place}: ndtr {told[0].item():.4g}, Normal.cdf {told[1].item():.4g}, right {right:.4g}")
        seen[name, place] = [round(t.item() / right, 3) for t in told]
log = torch.special.log_ndtr(torch.tensor(-9.0, dtype=torch.float64)).item()
by_erfc = 0.5 * torch.special.erfc(torch.tensor(9 / math.sqrt(2), dtype=torch.float64)).item()
print(f"log_ndtr(-9) {log:.6g}, by erfc {by_erfc:.6g}")
seen["others"] = round(log, 3), f"{by_erfc:.3e}"
expected = {"version": "2.15.0", ("float32", -5.0): [1.04, 1.04], ("float32", -6.0): [0.0, 0.0],
            ("float64", -8.3): [1.066, 1.066], ("float64", -9.0): [0.0, 0.0], "others": (-43.628, "1.129e-19")}
assert seen == expected, f"it behaves otherwise now: {seen}"
P
