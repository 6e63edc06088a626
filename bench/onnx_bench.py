#!/usr/bin/env python3
"""Times an inference row of torch_bench.py in ONNX Runtime, as bench/beside --onnx asks.

usage: bench/onnx_bench.py FOLDER_OF_TORCH_BENCH NAME [--threads N] [--seconds S]

The model is exported at the row's batch and run on the processor; the result, printed as JSON, has
the keys of torch_bench.py.  Needs torch, onnx, onnxscript and onnxruntime.
"""

import argparse
import contextlib
import io
import json
import pathlib
import resource
import statistics
import sys
import tempfile
import time
from importlib.metadata import version

BEGIN = time.perf_counter()
WARM_STEPS = 3
FEWEST_STEPS, MOST_STEPS = 5, 20000


def load_rows(folder):
    """torch_bench.py runs when it is imported: asked for its list, it does nothing else."""
    sys.path.insert(0, str(folder))
    given, sys.argv = sys.argv, ["torch_bench.py", "--list"]
    with contextlib.redirect_stdout(io.StringIO()):
        import torch_bench
    sys.argv = given
    return torch_bench


def export(rows, name, path):
    """Writes the row's model and returns an example of its input."""
    import torch

    base, samples = rows.INFER[name]
    torch.manual_seed(0)
    model = rows.WORK[base][0]().eval()
    x = rows.WORK[base][1]()[0]
    x = x[:1] if samples == 1 else x
    with contextlib.redirect_stdout(io.StringIO()):
        torch.onnx.export(model, (x,), str(path), dynamo=True, external_data=False)
    return x.numpy()


def open_session(path, threads):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def time_steps(step, seconds):
    times, end = [], time.perf_counter() + seconds
    while len(times) < FEWEST_STEPS or (time.perf_counter() < end and len(times) < MOST_STEPS):
        begin = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - begin))
    return times


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("folder", type=pathlib.Path)
    p.add_argument("name")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--seconds", type=float, default=2)
    given = p.parse_args()
    rows = load_rows(given.folder)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.onnx"
        x = export(rows, given.name, path)
        session = open_session(path, given.threads)
    feed = {session.get_inputs()[0].name: x}
    started = time.perf_counter()
    for _ in range(WARM_STEPS):
        session.run(None, feed)
    warm = time.perf_counter() - started
    times = time_steps(lambda: session.run(None, feed), given.seconds)
    print(json.dumps({
        "work": given.name, "mode": "onnx", "onnx": version("onnxruntime"), "steps": len(times),
        "median_ms": statistics.median(times), "min_ms": min(times),
        "import_s": started - BEGIN, "warm_s": warm,
        "rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }))


if __name__ == "__main__":
    main()
