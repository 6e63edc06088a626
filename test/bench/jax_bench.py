"""A peer that is no JAX, for run.sh: `jax_bench.py NAME jit --threads N --seconds S`."""

import json
import sys

assert sys.argv[2:4] == ["jit", "--threads"], sys.argv
print(json.dumps({"work": sys.argv[1], "mode": "jit", "jax": "0.0.2", "median_ms": 1000.0}))
