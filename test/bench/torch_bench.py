"""Stands in for PyTorch in a test of bench/beside: always the same times, no torch."""

import json
import os
import sys

MEDIANS = {"eager": 4000.0, "eager-cl": 2000.0}  # milliseconds; other modes do not run
HELD = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
HELD |= {"MKL_ENABLE_INSTRUCTIONS": "AVX2", "TORCHINDUCTOR_CPP_MARCH": "x86-64-v3"}


def main():
    if sys.argv[1] == "--list":
        print("logistic mlp-tiny")
        return 0
    work, mode, *limits = sys.argv[1:]
    if mode not in MEDIANS or limits[::2] != ["--threads", "--seconds"]:
        print(f"cannot run {mode} {limits}", file=sys.stderr)
        return 1
    slower = 3 if HELD.items() <= os.environ.items() else 1
    result = {"work": work, "mode": mode, "torch": "0.0.1", "median_ms": slower * MEDIANS[mode]}
    result |= {"rss_mib": 321, "import_s": 1.25, "warm_s": 0.5}
    print(json.dumps(result))
    return 0


sys.exit(main())
