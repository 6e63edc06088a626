#!/usr/bin/env python3
"""Compares the weights of `adze bench` workloads with PyTorch's after the same 20 steps.

usage: check.py [--adze PATH] [--out DIR] [NAME...]

Each training workload is built in PyTorch at the small sizes of bench/*.c, in float64 and without
dropout, and trained on a fresh batch each step.  NAME.safetensors then holds the weights before
(begin.*) and after (end.*) and the batches (batch.STEP.FEED), under Adze's names and layouts, and
`adze bench NAME --check NAME.safetensors` repeats the training.  Needs torch, numpy, safetensors.
Exits 1 if any weights disagree.
"""

import argparse
import functools
import pathlib
import re
import subprocess
import sys
import tempfile

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

from torch_rows import (
    Transformer,
    Work,
    adam,
    adamw,
    bits_loss,
    characters,
    classified,
    cross_entropy,
    inputs,
    mlp,
    rows,
    sgd,
)

STEPS = 20

# ---- models: named as in bench/*.c; more of them in torch_rows.py


def pooled(x, convolution):
    return F.max_pool2d(F.relu(convolution(x)), 2)


class CnnSmall(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 16, 3, padding=1)
        self.f = nn.Linear(16 * 49, 10)

    def forward(self, x):
        return self.f(pooled(pooled(x, self.c1), self.c2).flatten(1))


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1, self.c2 = nn.Conv2d(1, 32, 5, padding=2), nn.Conv2d(32, 64, 5, padding=2)
        self.f1, self.f2 = nn.Linear(64 * 49, 512), nn.Linear(512, 10)

    def forward(self, x):
        return self.f2(F.relu(self.f1(pooled(pooled(x, self.c1), self.c2).flatten(1))))


class Block(nn.Module):
    """Two convolutions beside a path that skips them."""

    def __init__(self, cin, cout, stride):
        super().__init__()
        self.c1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.c2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.b1, self.b2 = nn.BatchNorm2d(cout), nn.BatchNorm2d(cout)
        self.proj = nn.Identity()
        if stride != 1 or cin != cout:
            self.proj = nn.Sequential(
                nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout)
            )

    def forward(self, x):
        y = self.b2(self.c2(F.relu(self.b1(self.c1(x)))))
        return F.relu(y + self.proj(x))


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.bn = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        widths = [16, 16, 16, 16, 32, 32, 32, 64, 64, 64]
        pairs = zip(widths, widths[1:])
        self.blocks = nn.Sequential(*[Block(a, b, 1 if a == b else 2) for a, b in pairs])
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(self.blocks(F.relu(self.bn(self.stem(x)))).mean((2, 3)))


class TextCnn(nn.Module):
    def __init__(self, words):
        super().__init__()
        self.emb = nn.Embedding(words, 128)
        self.convs = nn.ModuleList([nn.Conv1d(128, 100, k) for k in (3, 4, 5)])
        self.fc = nn.Linear(300, 2)

    def forward(self, x):
        e = self.emb(x).transpose(1, 2)
        return self.fc(torch.cat([F.relu(c(e)).amax(2) for c in self.convs], 1))


class Bag(nn.Module):
    def __init__(self, words):
        super().__init__()
        self.emb, self.fc = nn.Embedding(words, 128), nn.Linear(128, 2)

    def forward(self, x):
        return self.fc(self.emb(x).mean(1))


class Recurrent(nn.Module):
    """Character model: embedding, recurrent layers, linear."""

    def __init__(self, kind, characters, width, layers):
        super().__init__()
        self.emb = nn.Embedding(characters, width)
        self.rnn = kind(width, width, layers, batch_first=True)
        self.out = nn.Linear(width, characters)

    def forward(self, x):
        return self.out(self.rnn(self.emb(x))[0])


def generator():
    def up(a, b, stride, padding):
        turned = nn.ConvTranspose2d(a, b, 4, stride, padding, bias=False)
        return [turned, nn.BatchNorm2d(b), nn.ReLU()]

    parts = up(100, 256, 1, 0) + up(256, 128, 2, 1) + up(128, 64, 2, 1)
    return nn.Sequential(*parts, nn.ConvTranspose2d(64, 3, 4, 2, 1), nn.Tanh())


def discriminator():
    def down(a, b):
        convolution = nn.Conv2d(a, b, 4, 2, 1, bias=False)
        return [convolution, nn.BatchNorm2d(b), nn.LeakyReLU(0.2)]

    parts = [nn.Conv2d(3, 64, 4, 2, 1), nn.LeakyReLU(0.2), *down(64, 128), *down(128, 256)]
    return nn.Sequential(*parts, nn.Conv2d(256, 1, 4, 1, 0), nn.Flatten(0))


# ---- losses, batches and optimizers


def texts(batch, time, words):
    """Token numbers and a class, one of two, for each text."""
    return {"x": torch.randint(0, words, (batch, time)), "y": torch.randint(0, 2, (batch,))}


def gan_adam(parameters):
    return torch.optim.Adam(parameters, lr=2e-4, betas=(0.5, 0.999))


def recurrent(kind, width, layers):
    model = functools.partial(Recurrent, kind, 96, width, layers)
    return Work(model, lambda: characters(4, 8, 96), cross_entropy, adam, 1)


def transformer(*sizes):
    model = functools.partial(Transformer, *sizes)
    return Work(model, lambda: characters(2, 16, 96), cross_entropy, adamw, 1)


WORK = {
    "logistic": Work(
        lambda: mlp(20, 1),
        lambda: {"x": torch.randn(32, 20), "y": torch.rand(32).round()},
        bits_loss,
        sgd,
    ),
    "mlp-tiny": Work(
        lambda: mlp(2, 16, 16, 1, act=nn.Tanh),
        lambda: {"x": torch.randn(32, 2), "y": torch.randn(32, 1)},
        F.mse_loss,
        adam,
    ),
    "mlp": Work(lambda: mlp(784, 512, 512, 10), lambda: classified(128, 784), cross_entropy, sgd),
    "mlp-500": Work(lambda: mlp(784, 500, 10), lambda: classified(500, 784), cross_entropy, sgd),
    "cnn-small": Work(CnnSmall, lambda: classified(8, 1, 28, 28), cross_entropy, sgd),
    "lenet": Work(LeNet, lambda: classified(8, 1, 28, 28), cross_entropy, adam),
    "resnet20": Work(ResNet20, lambda: classified(8, 3, 32, 32), cross_entropy, sgd),
    "textcnn": Work(lambda: TextCnn(300), lambda: texts(8, 16, 300), cross_entropy, adam),
    "bag": Work(lambda: Bag(300), lambda: texts(16, 8, 300), cross_entropy, adam),
    "rnn": recurrent(nn.RNN, 256, 1),
    "lstm": recurrent(nn.LSTM, 64, 2),
    "gru": recurrent(nn.GRU, 64, 2),
    "gpt": transformer(96, 48, 6, 6, 16, True),
    "bert": transformer(96, 32, 12, 4, 16, False),
    "dcgan": None,  # two models: see train_gan
    **rows(small=True),
}

# ---- training


def shake(model):
    """Moves weights off the zeros and ones that some begin with, where mistakes could hide."""
    with torch.no_grad():
        for p in model.parameters():
            p += 0.02 * torch.randn_like(p)


def weights(model):
    return {name: p.detach().clone() for name, p in model.named_parameters()}


def train(work):
    """Weights before, weights after, and the batches."""
    model = work.model()
    shake(model)
    begin, batches, optimizer = weights(model), [], work.optimizer(model.parameters())
    for _ in range(STEPS):
        batch = work.batch()
        optimizer.zero_grad()
        work.loss(model(*inputs(batch)), batch["y"]).backward()
        if work.clip:
            nn.utils.clip_grad_norm_(model.parameters(), work.clip)
        optimizer.step()
        batches.append(batch)
    return begin, weights(model), batches


def judge(logits, real):
    """Loss of calling all of them real (1) or fake (0)."""
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, real))


def train_gan():
    """The same of a GAN: each step the discriminator learns, then the generator."""
    both = nn.ModuleDict({"g": generator(), "d": discriminator()})
    g, d = both["g"], both["d"]
    shake(both)
    begin, batches = weights(both), []
    of_g, of_d = gan_adam(g.parameters()), gan_adam(d.parameters())
    for _ in range(STEPS):
        batch = {"z": torch.randn(4, 100, 1, 1), "x": torch.randn(4, 3, 32, 32)}
        both.zero_grad()
        (judge(d(batch["x"]), 1) + judge(d(g(batch["z"]).detach()), 0)).backward()
        of_d.step()
        both.zero_grad()
        judge(d(g(batch["z"])), 1).backward()
        of_g.step()
        batches.append(batch)
    return begin, weights(both), batches


# ---- Adze's names and layouts

FLATTENED = {"cnn-small": ("f.weight", 16, 7, 7), "lenet": ("f1.weight", 64, 7, 7)}


def adze_name(name):
    """Recurrent layer i is a layer of its own there: rnn.weight_ih_l1 is rnn.1.weight_ih_l0."""
    return re.sub(r"^rnn\.(\w+)_l(\d+)$", r"rnn.\2.\1_l0", name)


def adze_weight(work, name, value):
    """After flattening, columns are in the order height, width, channel there."""
    if FLATTENED.get(work, ("",))[0] == name:
        channels_first = value.reshape(-1, *FLATTENED[work][1:])
        value = channels_first.permute(0, 2, 3, 1).reshape(value.shape)
    return value.contiguous()


def adze_feed(value):
    """Images and clips have their channels last, and whole numbers are int32."""
    if value.dim() >= 4:
        value = value.movedim(1, -1)
    return (value if value.is_floating_point() else value.int()).contiguous()


def store(work, path, begin, end, batches):
    arrays = {}
    for when, values in (("begin", begin), ("end", end)):
        for name, value in values.items():
            arrays[f"{when}.{adze_name(name)}"] = adze_weight(work, name, value)
    for step, batch in enumerate(batches):
        for feed, value in batch.items():
            arrays[f"batch.{step}.{feed}"] = adze_feed(value)
    save_file(arrays, path, {"step": "0", "seed": "1"})  # which Adze wants of a state's file


# ---- the table


def check(adze, name, folder):
    """Trains here, then there; prints a row and says whether the weights agree."""
    torch.manual_seed(1)
    path = folder / f"{name}.safetensors"
    store(name, path, *(train(WORK[name]) if WORK[name] else train_gan()))
    command = [adze, "bench", name, "--check", str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    found = re.search(r"largest difference after \d+ steps (\S+)", done.stdout)
    ok = done.returncode == 0 and found is not None
    print(f"{name:<16} {found.group(1) if found else '-':>18}  {'ok' if ok else 'DIFFERS'}")
    if not ok:
        print(done.stderr.rstrip() or f"  exit code {done.returncode}")
    sys.stdout.flush()
    return ok


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="all of them if none is named")
    parser.add_argument("--adze", default="adze", help="the command (default: adze)")
    parser.add_argument("--out", type=pathlib.Path, help="keep NAME.safetensors in this folder")
    given = parser.parse_args()
    wrong = [name for name in given.names if name not in WORK]
    if wrong:
        parser.error(f"no workload {wrong[0]!r}; there are {' '.join(WORK)}")
    return given


def main():
    given = options()
    torch.set_default_dtype(torch.float64)
    torch.use_deterministic_algorithms(True)
    with tempfile.TemporaryDirectory() as spare:
        folder = given.out or pathlib.Path(spare)
        folder.mkdir(parents=True, exist_ok=True)
        print(f"{'work':<16} {'largest difference':>18}")
        agree = [check(given.adze, name, folder) for name in given.names or WORK]
    print(f"{sum(agree)} of {len(agree)} agree")
    return 0 if all(agree) else 1


if __name__ == "__main__":
    sys.exit(main())
