"""A peer that is no JAX, for run.sh: `jax_bench.py NAME jit --threads N --seconds S`, or --list."""

import json
import os
import sys

if sys.argv[1] == "--list":
    print("logistic")
    sys.exit()
assert sys.argv[2:4] == ["jit", "--threads"], sys.argv
ms = 5000.0 if "--xla_cpu_max_isa=AVX2" in os.environ.get("XLA_FLAGS", "") else 1000.0
result = {"work": sys.argv[1], "mode": "jit", "jax": "0.0.2", "median_ms": ms, "rss_mib": 111}
print(json.dumps(result | {"import_s": 0.5, "warm_s": 0.25}))
