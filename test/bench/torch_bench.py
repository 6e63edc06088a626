"""Stands in for PyTorch in a test of bench/beside: always the same times, no torch."""

import json
import sys

MEDIANS = {"eager": 4000.0, "eager-cl": 2000.0}  # milliseconds; other modes do not run


def main():
    if sys.argv[1] == "--list":
        print("logistic mlp-tiny")
        return 0
    work, mode, *limits = sys.argv[1:]
    if mode not in MEDIANS or limits[::2] != ["--threads", "--seconds"]:
        print(f"cannot run {mode} {limits}", file=sys.stderr)
        return 1
    result = {"work": work, "mode": mode, "torch": "0.0.1", "median_ms": MEDIANS[mode]}
    result |= {"rss_mib": 321, "import_s": 1.25, "warm_s": 0.5}
    print(json.dumps(result))
    return 0


sys.exit(main())
