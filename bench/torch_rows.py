#!/usr/bin/env python3
"""Rows of `adze bench` that are new since torch_bench.py, in PyTorch, timed on the CPU.

usage: bench/torch_rows.py NAME MODE [--threads 2] [--seconds 3]
       bench/torch_rows.py --list
MODE: eager, eager-cl (channels last), compile or compile-cl.  Prints one JSON line, as bench/beside
reads it.

Sizes and names are those of bench/nets.c, more_nets.c and the other sources of rows; bench/check.py
trains the same models, small and in f64, beside ours.  A step is forward, loss, backward, clipping
where named, optimizer, gradients cleared.
"""

import argparse
import copy
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, NamedTuple

from torch_parts import report, timed  # imports torch, and takes the time of that

import torch
import torch.nn.functional as F
from torch import nn

# ---- models


def mlp(*widths, act=nn.ReLU):
    """Linear layers with an activation between them."""
    parts = []
    for a, b in zip(widths, widths[1:]):
        parts += [nn.Linear(a, b), act()]
    return nn.Sequential(*parts[:-1])


class Separable(nn.Module):
    """A filter for each channel, then a mix of channels."""

    def __init__(self, a, b):
        super().__init__()
        self.each = nn.Conv2d(a, a, 3, padding=1, groups=a, bias=False)
        self.mix = nn.Conv2d(a, b, 1, bias=False)
        self.b1, self.b2 = nn.BatchNorm2d(a), nn.BatchNorm2d(b)

    def forward(self, x):
        return F.relu(self.b2(self.mix(F.relu(self.b1(self.each(x))))))


class MobileNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(Separable(64, 64), Separable(64, 128))
        self.fc = nn.Linear(128, 10)

    def forward(self, x):
        return self.fc(self.blocks(x).mean((2, 3)))


class Twice(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.c1 = nn.Conv2d(a, b, 3, padding=1, bias=False)
        self.c2 = nn.Conv2d(b, b, 3, padding=1, bias=False)
        self.b1, self.b2 = nn.BatchNorm2d(b), nn.BatchNorm2d(b)

    def forward(self, x):
        return F.relu(self.b2(self.c2(F.relu(self.b1(self.c1(x))))))


class Up(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.t, self.both = nn.ConvTranspose2d(a, b, 2, 2), Twice(2 * b, b)

    def forward(self, x, past):
        return self.both(torch.cat([past, self.t(x)], 1))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList([Twice(3, 16), Twice(16, 32)])
        self.middle = Twice(32, 64)
        self.up = nn.ModuleList([Up(64, 32), Up(32, 16)])
        self.out = nn.Conv2d(16, 2, 1)

    def forward(self, x):
        past = []
        for down in self.down:
            past.append(down(x))
            x = F.max_pool2d(past[-1], 2)
        x = self.middle(x)
        for up in self.up:
            x = up(x, past.pop())
        return self.out(x)


class WideDeep(nn.Module):
    """26 columns of names, 13 of numbers."""

    def __init__(self, names):
        super().__init__()
        self.wide, self.line = nn.Embedding(26 * names, 1), nn.Linear(13, 1)
        self.emb, self.deep = nn.Embedding(26 * names, 16), mlp(26 * 16 + 13, 256, 128, 1)
        self.register_buffer("first", names * torch.arange(26))

    def forward(self, x, index):
        index = index + self.first
        wide = self.wide(index).sum(1) + self.line(x)
        return wide + self.deep(torch.cat([self.emb(index).flatten(1), x], 1))


class Deep(nn.Module):
    """Each layer adds a little, so that very many of them neither grow nor fade."""

    def __init__(self, count):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(16, 16) for _ in range(count)])

    def forward(self, x):
        for layer in self.layers:
            x = torch.add(x, torch.tanh(layer(x)), alpha=0.02)
        return x


class Clips(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1, self.c2, self.c3 = (
            nn.Conv3d(a, b, 3, padding=1) for a, b in ((3, 16), (16, 32), (32, 64))
        )
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = F.max_pool3d(F.relu(self.c1(x)), 2)
        x = F.max_pool3d(F.relu(self.c2(x)), 2)
        return self.fc(F.relu(self.c3(x)).mean((2, 3, 4)))


class Speech(nn.Module):
    """Log-mel frames to letters and none."""

    def __init__(self, mels, width):
        super().__init__()
        self.conv = nn.Conv1d(mels, width, 3, stride=2, padding=1)
        self.rnn = nn.GRU(width, width, 2, batch_first=True)
        self.out = nn.Linear(width, 29)

    def forward(self, x):
        x = F.relu(self.conv(x.transpose(1, 2))).transpose(1, 2)
        return self.out(self.rnn(x)[0]).log_softmax(-1)


class Grouped(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = ((3, 32, 1), (32, 32, 1), (32, 64, 2), (64, 64, 1))
        for i, (a, b, stride) in enumerate(sizes, 1):
            setattr(self, f"c{i}", nn.Conv2d(a, b, 3, stride, 1, bias=False))
            setattr(self, f"n{i}", nn.GroupNorm(8, b))
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        for i in range(1, 5):
            x = F.relu(getattr(self, f"n{i}")(getattr(self, f"c{i}")(x)))
        return self.fc(x.mean((2, 3)))


class Layer(nn.Module):
    """A layer of a transformer, layer norm first."""

    def __init__(self, d, heads, causal):
        super().__init__()
        self.n1, self.n2 = nn.LayerNorm(d), nn.LayerNorm(d)
        self.qkv, self.o = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.heads, self.causal = heads, causal

    def forward(self, x):
        b, t, d = x.shape
        qkv = self.qkv(self.n1(x)).view(b, t, 3, self.heads, d // self.heads)
        a = F.scaled_dot_product_attention(*qkv.permute(2, 0, 3, 1, 4), is_causal=self.causal)
        x = x + self.o(a.transpose(1, 2).reshape(b, t, d))
        return x + self.down(F.gelu(self.up(self.n2(x))))


class Transformer(nn.Module):
    def __init__(self, vocabulary, d, layers, heads, time, causal):
        super().__init__()
        self.tok, self.pos = nn.Embedding(vocabulary, d), nn.Parameter(torch.zeros(time, d))
        self.layers = nn.Sequential(*[Layer(d, heads, causal) for _ in range(layers)])
        self.norm, self.head = nn.LayerNorm(d), nn.Linear(d, vocabulary, bias=False)

    def forward(self, x):
        return self.head(self.norm(self.layers(self.tok(x) + self.pos)))


# ---- losses, batches and optimizers


def cross_entropy(out, y):
    return F.cross_entropy(out.reshape(-1, out.shape[-1]), y.reshape(-1))


def bits_loss(out, y):
    return F.binary_cross_entropy_with_logits(out.squeeze(-1), y)


def ctc(out, y):
    batch, time, _ = out.shape
    lengths = torch.full((batch,), time), torch.full((batch,), y.shape[1])
    return F.ctc_loss(out.transpose(0, 1), y + 1, *lengths)


def classified(*shape, classes=10):
    """Normal numbers and a class for each."""
    return {"x": torch.randn(*shape), "y": torch.randint(0, classes, shape[:1])}


def characters(batch, time, words):
    """Token numbers, and the number of the next token at each place."""
    return {name: torch.randint(0, words, (batch, time)) for name in ("x", "y")}


def sgd(parameters):
    return torch.optim.SGD(parameters, lr=0.05, momentum=0.9, weight_decay=1e-4)


def adam(parameters):
    return torch.optim.Adam(parameters, lr=1e-3)


def adamw(parameters):
    return torch.optim.AdamW(parameters, lr=3e-4, weight_decay=0.1)


def inputs(batch):
    """What the model takes, in order."""
    return [value for name, value in batch.items() if name != "y"]


# ---- rows: sizes as in C, where job_size(j, full, small) says both


class Work(NamedTuple):
    model: Callable
    batch: Callable  # {feed: values}, y last
    loss: Callable
    optimizer: Callable
    clip: float = 0
    layout: object = None  # where channels may come last
    double: bool = False  # timed in f64
    compiles: bool = True  # torch.compile ends, and before patience does


def table(batch, names):
    x, index = torch.randn(batch, 13), torch.randint(0, names, (batch, 26))
    return {"x": x, "index": index, "y": torch.rand(batch).round()}


def unet_batch(batch, size):
    return {
        "x": torch.randn(batch, 3, size, size),
        "y": torch.randint(0, 2, (batch, size, size)),
    }


def speech_batch(batch, time, mels, labels):
    return {"x": torch.randn(batch, time, mels), "y": torch.randint(0, 28, (batch, labels))}


def rows(small=False):
    def of(full, less):
        return less if small else full

    def with_sizes(function, full, less):
        return functools.partial(function, *of(full, less))

    images, volumes = torch.channels_last, torch.channels_last_3d
    return {
        "conv3d": Work(
            Clips,
            with_sizes(classified, (8, 3, 16, 32, 32), (2, 3, 4, 8, 8)),
            cross_entropy,
            sgd,
            layout=volumes,
        ),
        "mobilenet": Work(
            MobileNet,
            with_sizes(classified, (32, 64, 56, 56), (4, 64, 8, 8)),
            cross_entropy,
            sgd,
            layout=images,
        ),
        "unet": Work(
            UNet, with_sizes(unet_batch, (16, 64), (2, 16)), F.cross_entropy, adam, layout=images
        ),
        "speech-ctc": Work(
            with_sizes(Speech, (80, 256), (10, 16)),
            with_sizes(speech_batch, (16, 200, 80, 20), (3, 30, 10, 4)),
            ctc,
            adam,
            1,
        ),
        "attention-1024": Work(
            with_sizes(Transformer, (96, 384, 2, 6, 1024, True), (96, 48, 2, 6, 144, True)),
            with_sizes(characters, (2, 1024, 96), (2, 144, 96)),
            cross_entropy,
            adamw,
            1,
        ),
        "wide-deep": Work(
            with_sizes(WideDeep, (2000,), (20,)),
            with_sizes(table, (512, 2000), (16, 20)),
            bits_loss,
            adam,
        ),
        "group-norm": Work(
            Grouped,
            with_sizes(classified, (32, 3, 32, 32), (4, 3, 8, 8)),
            cross_entropy,
            sgd,
            layout=images,
        ),
        "mlp-f64": Work(
            lambda: mlp(784, 512, 512, 10),
            lambda: classified(128, 784),
            cross_entropy,
            sgd,
            double=True,
        ),
        "layers-2000": Work(
            with_sizes(Deep, (2000,), (100,)),
            lambda: {name: torch.randn(32, 16) for name in ("x", "y")},
            F.mse_loss,
            sgd,
            # Inductor goes one call deeper with each layer, past Python's limit; with that raised
            # it takes minutes.
            compiles=False,
        ),
    }


# ---- steps


def training_step(work, mode):
    if "cl" in mode.split("-") and not work.layout:
        raise SystemExit("no images: channels are last already")
    if mode.startswith("compile") and not work.compiles:
        raise SystemExit("too many layers for torch.compile")
    if work.double:
        torch.set_default_dtype(torch.float64)
    model, batch = work.model(), work.batch()
    if "cl" in mode.split("-"):
        model = model.to(memory_format=work.layout)
        batch["x"] = batch["x"].contiguous(memory_format=work.layout)
    x, y, optimizer = inputs(batch), batch["y"], work.optimizer(model.parameters())

    def loss(*x):
        return work.loss(model(*x), y)

    loss = torch.compile(loss) if mode.startswith("compile") else loss

    def step():
        loss(*x).backward()
        if work.clip:
            nn.utils.clip_grad_norm_(model.parameters(), work.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step


MODULES = 64


def crowd_step(mode, threads):
    """Modules that share their parameters, each run by one of the threads."""
    if mode not in ("eager", "compile"):
        raise SystemExit("no images")
    torch.set_num_threads(1)
    first = mlp(784, 512, 512, 10).eval()
    shared = {id(p): p for p in first.parameters()}
    modules = [copy.deepcopy(first, dict(shared)) for _ in range(MODULES)]
    if mode == "compile":
        modules = [torch.compile(module) for module in modules]
    x = torch.randn(1, 784)
    pool = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,))

    def share(thread):
        with torch.inference_mode():
            for module in modules[thread::threads]:
                module(x)

    return lambda: list(pool.map(share, range(threads)))


CROWD = "infer-mlp-64"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", nargs="?")
    parser.add_argument("mode", nargs="?", choices=["eager", "eager-cl", "compile", "compile-cl"])
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3)
    given = parser.parse_args()
    if given.list:
        print(*rows(), CROWD)
        return
    torch.set_num_threads(given.threads)
    torch.manual_seed(0)
    if given.work == CROWD:
        step = crowd_step(given.mode, given.threads)
    else:
        step = training_step(rows()[given.work], given.mode)
    report(given, *timed(step, given.seconds))


if __name__ == "__main__":
    main()
