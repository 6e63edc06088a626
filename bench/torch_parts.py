#!/usr/bin/env python3
"""A single op, layer or optimizer of `adze bench` in PyTorch, timed on the CPU.

usage: bench/torch_parts.py NAME MODE [--threads 2] [--seconds 3]
       bench/torch_parts.py --list
MODE: eager, eager-cl (channels last) or compile.  Prints one JSON line, as bench/beside reads it.

An op is its forward pass; a layer is a training step of it alone: the mean square of what it gives,
its gradients with regard to weights and input, and plain gradient descent on both.  Methods that
PyTorch lacks (lion, lamb, lars) are written as their papers have them with torch._foreach ops off:
one line of plain tensor ops each, which `compile` fuses.
"""

import argparse
import json
import resource
import statistics
import time

START = time.perf_counter()
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

IMPORT = time.perf_counter() - START


# ---- ops: name -> (function, makers of its inputs)


def normal(*shape):
    return torch.randn(*shape)


def positive(x):
    return x.abs() + 0.01


def within(x):
    return x.tanh() * 0.999


def large(into=None):
    x = normal(4000, 1000)
    return into(x) if into else x


def unary(function, into=None):
    """The function of normal numbers brought into its range; that is part of the work, as there."""
    return (lambda x: function(into(x))) if into else function, lambda: (large(),)


def binary(function):
    return function, lambda: (large(), large())


def along(function, numbered=False):
    """A function of (1000, 1000) numbers, and of as many places."""
    square = (1000, 1000)
    return function, lambda: (normal(*square), *([torch.randint(0, 1000, square)] if numbered else []))


OPS = {
    "op-log2": unary(torch.log2, positive),
    "op-exp2": unary(torch.exp2),
    "op-tan": unary(torch.tan),
    "op-asin": unary(torch.asin, within),
    "op-atan": unary(torch.atan),
    "op-sinh": unary(torch.sinh),
    "op-asinh": unary(torch.asinh),
    "op-atanh": unary(torch.atanh, within),
    "op-erfc": unary(torch.erfc),
    "op-erfinv": unary(torch.erfinv, within),
    "op-ndtr": unary(torch.special.ndtr),
    "op-log-ndtr": unary(torch.special.log_ndtr),
    "op-lgamma": unary(torch.lgamma, positive),
    "op-digamma": unary(torch.digamma, positive),
    "op-trigamma": unary(lambda x: torch.polygamma(1, x), positive),
    "op-log-sigmoid": unary(F.logsigmoid),
    "op-mish": unary(F.mish),
    "op-hard-swish": unary(F.hardswish),
    "op-softsign": unary(F.softsign),
    "op-atan2": binary(torch.atan2),
    "op-hypot": binary(torch.hypot),
    "op-mod": binary(torch.fmod),
    "op-remainder": binary(torch.remainder),
    "op-glu": unary(F.glu),
    "op-sort": along(lambda x: torch.sort(x, 1)),
    "op-sort-long": along(lambda x: torch.sort(x.reshape(-1))),
    "op-top-k": along(lambda x: torch.topk(x, 10)),
    "op-top-k-long": along(lambda x: torch.topk(x.reshape(-1), 1000)),
    "op-cumsum-rows": along(lambda x: torch.cumsum(x, 1)),
    "op-cumsum-columns": along(lambda x: torch.cumsum(x, 0)),
    "op-cumprod": along(lambda x: torch.cumprod(x, 1)),
    "op-logcumsumexp": along(lambda x: torch.logcumsumexp(x, 1)),
    "op-take-along-rows": along(lambda x, i: torch.gather(x, 1, i), True),
    "op-take-along-columns": along(lambda x, i: torch.gather(x, 0, i), True),
    "op-scatter-rows": along(lambda x, i: torch.scatter(x, 1, i, x), True),
    "op-scatter-columns": along(lambda x, i: torch.scatter_add(x, 0, i, x), True),
    "op-median": along(lambda x: torch.median(x, 1)),
}


# ---- layers: name -> makers of (module, input, loss or None for the mean square)


class Attention(nn.Module):
    """Self-attention without attention's own weights as a result, which lets torch take its fast way."""

    def __init__(self, features, heads):
        super().__init__()
        self.inner = nn.MultiheadAttention(features, heads, batch_first=True)

    def forward(self, x):
        return self.inner(x, x, x, need_weights=False)[0]


class Ctc(nn.Module):
    def __init__(self):
        super().__init__()
        self.target = torch.randint(1, 30, (32, 20))
        self.of = torch.full((32,), 200), torch.full((32,), 20)

    def forward(self, x):
        return F.ctc_loss(x.log_softmax(-1).transpose(0, 1), self.target, *self.of)


LAYERS = {
    "layer-depthwise": lambda: (
        nn.Conv2d(64, 64, 3, padding=1, groups=64),
        normal(32, 64, 32, 32),
    ),
    "layer-attention": lambda: (Attention(256, 8), normal(8, 256, 256)),
    "layer-ctc": lambda: (Ctc(), normal(32, 200, 30)),
}
WITH_LOSS = {"layer-ctc"}


# ---- optimizers


class Plain:
    """A method that PyTorch has not: update(p, g, state) in place."""

    def __init__(self, update, p, slots, compiled):
        self.p, self.state = p, [torch.zeros_like(p) for _ in range(slots)]
        self.update = torch.compile(update) if compiled else update

    def step(self):
        with torch.no_grad():
            self.update(self.p, self.p.grad, *self.state)


def lion(p, g, m):
    p.sub_(1e-4 * torch.sign(0.9 * m + 0.1 * g))
    m.mul_(0.99).add_(g, alpha=0.01)


def lamb(p, g, m, v):
    m.mul_(0.9).add_(g, alpha=0.1)
    v.mul_(0.999).addcmul_(g, g, value=0.001)
    u = m / 0.1 / (torch.sqrt(v / 0.001) + 1e-6) + 0.01 * p
    p.sub_(1e-3 * p.norm() / u.norm() * u)


def lars(p, g, v):
    norm = p.norm()
    r = 0.001 * norm / (g.norm() + 1e-4 * norm + 1e-8)
    v.mul_(0.9).add_(r * (g + 1e-4 * p))
    p.sub_(1e-3 * v)


PLAIN = {"optimizer-lion": (lion, 1), "optimizer-lamb": (lamb, 2), "optimizer-lars": (lars, 1)}
O = torch.optim
OPTIMIZERS = {
    "optimizer-sgd": (O.SGD, {}),
    "optimizer-momentum": (O.SGD, {"momentum": 0.9}),
    "optimizer-nesterov": (O.SGD, {"momentum": 0.9, "nesterov": True}),
    "optimizer-adagrad": (O.Adagrad, {}),
    "optimizer-adadelta": (O.Adadelta, {}),
    "optimizer-rmsprop": (O.RMSprop, {}),
    "optimizer-rmsprop-centered": (O.RMSprop, {"centered": True}),
    "optimizer-adam": (O.Adam, {}),
    "optimizer-amsgrad": (O.Adam, {"amsgrad": True}),
    "optimizer-adamw": (O.AdamW, {}),
    "optimizer-adamax": (O.Adamax, {}),
    "optimizer-nadam": (O.NAdam, {}),
    "optimizer-radam": (O.RAdam, {}),
    "optimizer-adafactor": (O.Adafactor, {}),
    "optimizer-muon": (O.Muon, {}),
    "optimizer-rprop": (O.Rprop, {}),
    "optimizer-asgd": (O.ASGD, {}),
}
FUSED = {O.SGD, O.Adam, O.AdamW, O.Adagrad}


# ---- steps


def op_step(name, mode):
    function, inputs = OPS[name]
    inputs = inputs()
    if mode == "compile":
        function = torch.compile(function)

    def step():
        with torch.inference_mode():
            function(*inputs)

    return step


def layer_step(name, mode):
    module, x = LAYERS[name]()
    if mode == "eager-cl":
        form = {4: torch.channels_last, 5: torch.channels_last_3d}[x.dim()]
        module, x = module.to(memory_format=form), x.contiguous(memory_format=form)
    x = nn.Parameter(x) if x.is_floating_point() else x
    trained = [*module.parameters(), *([x] if isinstance(x, nn.Parameter) else [])]
    optimizer = O.SGD(trained, lr=1e-3)
    function = module if name in WITH_LOSS else lambda x: module(x).square().mean()
    if mode == "compile":
        function = torch.compile(function)

    def step():
        function(x).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


def optimizer_step(name, mode):
    side = 1000 if name == "optimizer-muon" else 5000
    p = nn.Parameter(torch.ones(side, side))
    p.grad = torch.randn_like(p)
    if name in PLAIN:
        update, slots = PLAIN[name]
        return Plain(update, p, slots, mode == "compile").step
    method, options = OPTIMIZERS[name]
    if mode == "eager-cl":  # here: the fused form
        if method not in FUSED:
            raise SystemExit("no fused form")
        options = options | {"fused": True}
    optimizer = method([p], lr=1e-3, **options)
    return torch.compile(optimizer.step) if mode == "compile" else optimizer.step


def timed(step, seconds):
    begin = time.perf_counter()
    for _ in range(3):
        step()
    warm, times, end = time.perf_counter() - begin, [], time.perf_counter() + seconds
    while len(times) < 5 or (time.perf_counter() < end and len(times) < 20000):
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
    return times, warm


KINDS = {"op": op_step, "layer": layer_step, "optimizer": optimizer_step}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", nargs="?")
    parser.add_argument("mode", nargs="?", choices=["eager", "eager-cl", "compile"])
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3)
    given = parser.parse_args()
    if given.list:
        print(*OPS, *LAYERS, *OPTIMIZERS, *PLAIN)
        return
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    step = KINDS[given.work.split("-")[0]](given.work, given.mode)
    times, warm = timed(step, given.seconds)
    result = {"work": given.work, "mode": given.mode, "torch": torch.__version__}
    result |= {"median_ms": 1e3 * statistics.median(times), "min_ms": 1e3 * min(times)}
    result |= {"warm_s": warm, "import_s": IMPORT}
    result["rss_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(result))


main()
