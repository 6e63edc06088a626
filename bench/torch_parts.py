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


def of(function, *shape):
    return function, lambda: (normal(*shape),)


def million(function):
    return of(function, 1000, 1000)


def along(function, part=False):
    """An index of a million places, and numbers that go there."""

    def inputs():
        index = torch.randint(1000, (1000, 1000))
        return (normal(1000, 1000), index, *([normal(1000, 1000)] if part else []))

    return function, inputs


def resize(**options):
    return of(lambda x: F.interpolate(x, **options), 8, 16, 64, 64)


def definite(x):
    return x @ x.mT + x.shape[-1] * torch.eye(x.shape[-1])


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
    "op-sort-rows": million(lambda x: x.sort(-1).values),
    "op-sort-line": (lambda x: x.sort().values, lambda: (normal(1000000),)),
    "op-argsort-rows": million(lambda x: x.argsort(-1)),
    "op-top-rows": million(lambda x: x.topk(10, -1).values),
    "op-top-line": (lambda x: x.topk(100).values, lambda: (normal(1000000),)),
    "op-cumsum-rows": million(lambda x: x.cumsum(-1)),
    "op-cumsum-columns": million(lambda x: x.cumsum(0)),
    "op-cumprod-rows": million(lambda x: x.cumprod(-1)),
    "op-cummax-columns": million(lambda x: x.cummax(0).values),
    "op-logcumsumexp-rows": million(lambda x: x.logcumsumexp(-1)),
    "op-logsumexp": million(lambda x: x.logsumexp(-1)),
    "op-norm": million(lambda x: x.norm(2, -1)),
    "op-var": million(lambda x: x.var(-1)),
    "op-prod": million(lambda x: x.prod(-1)),
    "op-argmin": million(lambda x: x.argmin(-1)),
    "op-median": million(lambda x: x.median(-1).values),
    "op-quantile": million(lambda x: x.quantile(0.9, -1)),
    "op-take-rows": along(lambda x, i: x.gather(-1, i)),
    "op-take-columns": along(lambda x, i: x.gather(0, i)),
    "op-scatter-rows": along(lambda x, i, part: x.scatter_add(-1, i, part), part=True),
    "op-scatter-columns": along(lambda x, i, part: x.scatter_add(0, i, part), part=True),
    "op-flip": million(lambda x: x.flip(-1)),
    "op-roll": million(lambda x: x.roll(300, -1)),
    "op-tril": million(torch.tril),
    "op-reflect": of(lambda x: F.pad(x, (2, 2, 2, 2), "reflect"), 16, 16, 64, 64),
    "op-unfold": of(lambda x: F.unfold(x, 3), 16, 16, 32, 32),
    "op-pixel-shuffle": of(lambda x: F.pixel_shuffle(x, 2), 16, 64, 32, 32),
    "op-resize-nearest": resize(size=(128, 128)),
    "op-resize-linear": resize(size=(128, 128), mode="bilinear"),
    "op-resize-cubic": resize(size=(128, 128), mode="bicubic"),
    "op-resize-down": resize(size=(24, 24), mode="bilinear", antialias=True),
    "op-einsum": (
        lambda x, z: torch.einsum("bqhd,bkhd->bhqk", x, z),
        lambda: (normal(16, 128, 8, 32), normal(16, 128, 8, 32)),
    ),
    "op-cholesky": of(lambda x: torch.linalg.cholesky(definite(x)), 512, 512),
    "op-cholesky-many": of(lambda x: torch.linalg.cholesky(definite(x)), 256, 32, 32),
    "op-inverse": of(lambda x: torch.linalg.inv(definite(x)), 256, 256),
    "op-logdet": of(lambda x: torch.logdet(definite(x)), 256, 256),
    "op-solve": (
        lambda x, b: torch.linalg.solve(definite(x), b),
        lambda: (normal(512, 512), normal(512, 16)),
    ),
    "op-qr": of(lambda x: torch.linalg.qr(x).Q, 512, 128),
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


class Local(nn.Module):
    """What PyTorch has not: windows by unfold, times a matrix of its own for each place."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(normal(14 * 14, 16 * 9, 16) * 0.1)
        self.bias = nn.Parameter(torch.zeros(14 * 14, 16))

    def forward(self, x):
        windows = F.unfold(x, 3).permute(2, 0, 1)  # (places, batch, channels * 9)
        return torch.bmm(windows, self.weight) + self.bias[:, None]


class Series(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.inner = nn.LSTM(128, batch_first=True, **options)

    def forward(self, x):
        return self.inner(x)[0]


class Grouped(nn.Module):
    """Heads of q share those of k and v."""

    def __init__(self, features, heads, shared):
        super().__init__()
        self.heads, self.shared, self.width = heads, shared, features // heads
        self.q = nn.Linear(features, features)
        self.kv = nn.Linear(features, 2 * shared * self.width)
        self.out = nn.Linear(features, features)

    def forward(self, x, turn=lambda x: x):
        b, t, _ = x.shape
        q = turn(self.q(x).view(b, t, self.heads, self.width).transpose(1, 2))
        k, v = self.kv(x).view(b, t, 2 * self.shared, self.width).transpose(1, 2).chunk(2, 1)
        y = F.scaled_dot_product_attention(q, turn(k), v, is_causal=True, enable_gqa=True)
        return self.out(y.transpose(1, 2).reshape(b, t, -1))


def rotary(x, theta=10000):
    t, d = x.shape[-2:]
    angle = torch.arange(t)[:, None] * theta ** (-torch.arange(0, d, 2) / d)
    cos, sin = angle.cos(), angle.sin()
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Llama(nn.Module):
    def __init__(self, features, heads, shared):
        super().__init__()
        self.norm1, self.norm2 = nn.RMSNorm(features, 1e-6), nn.RMSNorm(features, 1e-6)
        self.attention = Grouped(features, heads, shared)
        self.gate, self.up = (nn.Linear(features, 4 * features, bias=False) for _ in range(2))
        self.down = nn.Linear(4 * features, features, bias=False)

    def forward(self, x):
        x = x + self.attention(self.norm1(x), rotary)
        y = self.norm2(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Rotary(nn.Module):
    def forward(self, x):
        return rotary(x)


class Highway(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.plain, self.gate = nn.Linear(features, features), nn.Linear(features, features)

    def forward(self, x):
        share = self.gate(x).sigmoid()
        return share * self.plain(x).relu() + (1 - share) * x


class SqueezeExcite(nn.Module):
    def __init__(self, channels, hidden):
        super().__init__()
        self.down, self.up = nn.Linear(channels, hidden), nn.Linear(hidden, channels)

    def forward(self, x):
        weight = self.up(self.down(x.mean((2, 3))).relu()).sigmoid()
        return x * weight[:, :, None, None]


LAYERS = {
    "layer-conv3d": lambda: (nn.Conv3d(16, 32, 3, padding=1), normal(2, 16, 16, 16, 16)),
    "layer-conv-transpose3d": lambda: (
        nn.ConvTranspose3d(16, 8, 2, stride=2),
        normal(2, 16, 16, 16, 16),
    ),
    "layer-separable": lambda: (
        nn.Sequential(nn.Conv2d(64, 64, 3, padding=1, groups=64, bias=False), nn.Conv2d(64, 64, 1)),
        normal(32, 64, 32, 32),
    ),
    "layer-local": lambda: (Local(), normal(32, 16, 16, 16)),
    "layer-batch-norm": lambda: (nn.BatchNorm2d(64), normal(32, 64, 32, 32)),
    "layer-group-norm": lambda: (nn.GroupNorm(8, 64), normal(32, 64, 32, 32)),
    "layer-instance-norm": lambda: (nn.InstanceNorm2d(64, affine=True), normal(32, 64, 32, 32)),
    "layer-rms-norm": lambda: (nn.RMSNorm(512), normal(8, 256, 512)),
    "layer-response-norm": lambda: (nn.LocalResponseNorm(5), normal(32, 64, 32, 32)),
    "layer-max-pool3d": lambda: (nn.MaxPool3d(2), normal(2, 16, 16, 16, 16)),
    "layer-adaptive-pool": lambda: (nn.AdaptiveAvgPool2d(7), normal(32, 64, 32, 32)),
    "layer-lstm-projected": lambda: (Series(hidden_size=256, proj_size=64), normal(32, 64, 128)),
    "layer-lstm-two": lambda: (
        Series(hidden_size=128, num_layers=2, bidirectional=True),
        normal(32, 64, 128),
    ),
    "layer-grouped-attention": lambda: (Grouped(256, 8, 2), normal(8, 256, 256)),
    "layer-llama": lambda: (Llama(256, 8, 2), normal(8, 128, 256)),
    "layer-rotary": lambda: (Rotary(), normal(8, 8, 256, 64)),
    "layer-transformer": lambda: (
        nn.TransformerEncoderLayer(256, 8, 1024, dropout=0, batch_first=True, norm_first=True),
        normal(8, 128, 256),
    ),
    "layer-highway": lambda: (Highway(512), normal(256, 512)),
    "layer-squeeze-excite": lambda: (SqueezeExcite(64, 4), normal(32, 64, 32, 32)),
    "layer-embedding-bag": lambda: (
        nn.EmbeddingBag(1000000, 32, mode="sum", sparse=True),
        torch.randint(1000000, (32, 64)),
    ),
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


def report(given, times, warm):
    """Prints what was measured of a row in a mode."""
    result = {"work": given.work, "mode": given.mode, "torch": torch.__version__}
    result |= {"median_ms": 1e3 * statistics.median(times), "min_ms": 1e3 * min(times)}
    result |= {"warm_s": warm, "import_s": IMPORT}
    result["rss_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(result))


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
    report(given, *timed(step, given.seconds))


if __name__ == "__main__":
    main()
