#!/usr/bin/env python3
"""PyTorch's side of the rows of models.txt: the same data, split, sizes, optimizer, first weights
and batches, written as its users write them.

usage: torch_models.py --list | NAME --data DIR [--seed 1] [--threads 2] [--part 1]

One line of JSON is printed at the end, {"value": ..., "steps": ...}; the value is what models.txt
names.  --part 0.1 trains for a tenth of the epochs or steps, at least one, to see that a row works.

A row is a function of the folder of the data sets under @task("name"); before it is called, the
seed is set.  It makes a model and ends with one of the functions that train and measure.
"""

import argparse
import csv
import gzip
import io
import json
import math
import os
import pathlib
import re
import struct
import tarfile
import wave

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

TASKS = {}
STEPS = [0]  # of the training, told beside the value
PART = [1.0]


def task(*names, **options):
    """Notes a function of (data, **options) as the row of each of the names."""

    def note(function):
        for name in names:
            TASKS[name] = lambda data: function(data, **options)
        return function

    return note


def shortened(count):
    """Epochs or steps, of which --part leaves a part."""
    return max(1, round(count * PART[0]))


# ---- readers


def opened(path):
    """Bytes of a file, or of the same with .gz."""
    path = pathlib.Path(path)
    if path.suffix != ".gz" and not path.exists():
        path = path.with_name(path.name + ".gz")
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def read_idx(path):
    raw = opened(path)
    sizes = struct.unpack(">" + "I" * raw[3], raw[4 : 4 + 4 * raw[3]])
    return torch.from_numpy(np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(sizes).copy())


def read_digits(folder):
    """MNIST and its like: images (n, 1, 28, 28) of 0 to 1 and labels, of training and test."""
    parts = []
    for part in ("train", "t10k"):
        parts.append(read_idx(folder / f"{part}-images-idx3-ubyte")[:, None].float() / 255)
        parts.append(read_idx(folder / f"{part}-labels-idx1-ubyte").long())
    return parts


def read_cifar(path):
    """CIFAR-10's binary records: images (n, 3, 32, 32) of 0 to 1 and labels."""
    records = np.frombuffer(opened(path), np.uint8).reshape(-1, 3073)
    images = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).copy()).float() / 255
    return images, torch.from_numpy(records[:, 0].copy()).long()


def read_signs(data):
    folder = data / "images-sign-digits"
    return *read_cifar(folder / "train_1659.bin"), *read_cifar(folder / "test_400.bin")


def read_csv(path, delimiter=","):
    """Names of the columns, and the other lines as lists of texts."""
    lines = list(csv.reader(io.StringIO(opened(path).decode()), delimiter=delimiter))
    return lines[0], lines[1:]


def read_numbers(path, delimiter=",", skip=0):
    text = io.StringIO(opened(path).decode())
    return torch.from_numpy(np.genfromtxt(text, delimiter=delimiter, skip_header=skip)).float()


def read_text(path):
    return opened(path).decode()


def read_sounds(path):
    """Names and sounds of -1 to 1 of an archive of WAV files of 16 bits, by name."""
    sounds = []
    with tarfile.open(path) as archive:
        for member in sorted(archive.getmembers(), key=lambda m: m.name):
            if not member.name.endswith(".wav"):
                continue
            with wave.open(io.BytesIO(archive.extractfile(member).read())) as w:
                samples = np.frombuffer(w.readframes(w.getnframes()), np.int16)
            name = os.path.basename(member.name)[:-4]
            sounds.append((name, torch.from_numpy(samples.astype(np.float32) / 32768)))
    return sounds


def cut(count, *shares):
    """Rows drawn for parts of these shares, and first the rest of them."""
    order = torch.randperm(count)
    parts = [order[:0]]
    begin = 0
    for share in shares:
        end = begin + int(count * share)
        parts.append(order[begin:end])
        begin = end
    return [order[begin:], *parts[1:]]


def standardize(train, *others):
    """Of the training part's means and deviations by column."""
    mean, deviation = train.mean(0), train.std(0, unbiased=False)
    deviation = torch.where(deviation > 0, deviation, torch.ones_like(deviation))
    return [(part - mean) / deviation for part in (train, *others)]


# ---- training


def batches(count, size):
    """Rows of the batches of an epoch in a drawn order; the last may be smaller."""
    return torch.randperm(count).split(size)


def cosine(optimizer, steps, warmup=0, final=0.0):
    """Linear over the first steps, then a cosine down to the final rate."""
    peak = optimizer.param_groups[0]["lr"]
    low = final / peak

    def factor(step):
        if step < warmup:
            return (step + 1) / warmup
        along = (step - warmup) / max(1, steps - warmup)
        return low + (1 - low) * (1 + math.cos(math.pi * along)) / 2

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)


def train(model, optimizer, loss_of, count, epochs, batch, schedule=None, clip=None, change=None):
    """Takes steps on batches of `count` rows.  loss_of(model, rows) gives a batch's loss;
    schedule(optimizer, steps) makes a schedule that is followed step by step; change(steps done)
    is called after each."""
    epochs = shortened(epochs)
    steps = epochs * math.ceil(count / batch)
    schedule = schedule and schedule(optimizer, steps)
    model.train()
    for _ in range(epochs):
        for rows in batches(count, batch):
            loss = loss_of(model, rows)
            optimizer.zero_grad()
            loss.backward()
            if clip:
                nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
            if schedule:
                schedule.step()
            STEPS[0] += 1
            if change:
                change(STEPS[0])
    model.eval()


@torch.no_grad()
def outputs(model, x, batch=500):
    model.eval()
    return torch.cat([model(part) for part in x.split(batch)])


def accuracy(model, x, label):
    return (outputs(model, x).argmax(1) == label).double().mean().item()


def classify(model, data, optimizer, epochs, batch, augment=None, **options):
    """Trains on classes by cross entropy and gives the share of the test part that is right."""
    x, label, test_x, test_label = data
    given = lambda rows: augment(x[rows]) if augment else x[rows]
    loss_of = lambda model, rows: F.cross_entropy(model(given(rows)), label[rows])
    train(model, optimizer, loss_of, len(x), epochs, batch, **options)
    return accuracy(model, test_x, test_label)


def cropped(padding):
    """A function that cuts each image of a batch out of itself with a border of zeros around."""

    def change(x):
        n, _, h, w = x.shape
        wide = F.pad(x, [padding] * 4)
        dy, dx = torch.randint(0, 2 * padding + 1, (2, n))
        return torch.stack([wide[i, :, dy[i] : dy[i] + h, dx[i] : dx[i] + w] for i in range(n)])

    return change


# ---- tables: linear models, wide and deep


def table(path, delimiter=","):
    """Columns by name, and the parts that bench/models makes: each fifth row is for testing."""
    names, lines = read_csv(path, delimiter)
    return part_table({name: [line[i] for line in lines] for i, name in enumerate(names)})


def part_table(columns):
    """Columns of texts as two tables of numbers by name, for training and for testing."""
    test = torch.arange(len(next(iter(columns.values())))) % 5 == 4
    numbers = {n: torch.tensor([float(x) for x in column]) for n, column in columns.items()}
    return [{n: x[kept] for n, x in numbers.items()} for kept in (~test, test)]


def features(parts, *left_out):
    """All other columns of each part side by side, standardized on the training part."""
    names = [name for name in parts[0] if name not in left_out]
    return standardize(*[torch.stack([part[name] for name in names], 1) for part in parts])


def fit(model, optimizer, loss, x, y, epochs, batch, **options):
    loss_of = lambda model, rows: loss(model(x[rows]), y[rows])
    train(model, optimizer, loss_of, len(x), epochs, batch, **options)


@task("linear-diabetes")
def linear_diabetes(data):
    folder = data / "tabular/sklearn"
    x = read_numbers(folder / "diabetes_data_raw.csv.gz", delimiter=None)
    y = read_numbers(folder / "diabetes_target.csv.gz", delimiter=None)[:, None]
    test = torch.arange(len(x)) % 5 == 4
    x, test_x = standardize(x[~test], x[test])
    (target,) = standardize(y[~test])
    model = nn.Linear(10, 1)
    sgd = torch.optim.SGD(model.parameters(), 0.03)
    fit(model, sgd, F.mse_loss, x, target, 200, 32, schedule=cosine)
    told = outputs(model, test_x) * y[~test].std(0, unbiased=False) + y[~test].mean(0)
    return F.mse_loss(told, y[test]).item()


@task("logistic-cancer")
def logistic_cancer(data):
    _, lines = read_csv(data / "tabular/sklearn/breast_cancer.csv")
    parts = part_table({str(i): column for i, column in enumerate(zip(*lines))})
    x, test_x = features(parts, "30")
    benign, test_benign = (part["30"][:, None] for part in parts)
    model = nn.Linear(30, 1)
    sgd = torch.optim.SGD(model.parameters(), 0.1)
    fit(model, sgd, F.binary_cross_entropy_with_logits, x, benign, 100, 32)
    right = (outputs(model, test_x) > 0) == (test_benign > 0.5)
    return right.double().mean().item()


def visits(data, model, epochs):
    """The mean deviance of counts, 2 (y log(y / mean) - (y - mean))."""
    parts = table(data / "tabular/statsmodels/randhie.csv")
    x, test_x = features(parts, "mdvis")
    y, test_y = (part["mdvis"][:, None] for part in parts)
    adam = torch.optim.Adam(model.parameters(), 1e-3)
    fit(model, adam, F.poisson_nll_loss, x, y, epochs, 128)
    mean = outputs(model, test_x).double().exp()
    return 2 * (torch.xlogy(test_y, test_y / mean) - (test_y - mean)).mean().item()


@task("poisson-visits")
def poisson_visits(data):
    return visits(data, nn.Linear(9, 1), 20)


@task("count-visits")
def count_visits(data):
    return visits(data, nn.Sequential(nn.Linear(9, 32), nn.ReLU(), nn.Linear(32, 1)), 30)


class WideAndDeep(nn.Module):
    """Of numbers and of three columns of categories with so many levels."""

    def __init__(self, numbers, levels):
        super().__init__()
        self.wide = nn.Linear(numbers, 2)
        self.wide_of = nn.ModuleList([nn.Embedding(n, 2) for n in levels])
        self.deep_of = nn.ModuleList([nn.Embedding(n, 4) for n in levels])
        width = numbers + 4 * len(levels)
        self.deep = nn.Sequential(nn.Linear(width, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, x):
        number, category = x[:, : self.wide.in_features], x[:, self.wide.in_features :].long()
        columns = list(category.unbind(1))
        wide = sum(e(c) for e, c in zip(self.wide_of, columns))
        deep = torch.cat([number, *[e(c) for e, c in zip(self.deep_of, columns)]], 1)
        return self.wide(number) + wide + self.deep(deep)


@task("wide-votes")
def wide_votes(data):
    path = data / "tabular/statsmodels/anes96.csv"
    names, lines = read_csv(path, "\t")
    parts = part_table({n.strip("'"): column for n, column in zip(names, zip(*lines))})
    chosen = ("PID", "educ", "income")
    levels = [int(max(part[n].max() for part in parts)) + 1 for n in chosen]
    categories = [torch.stack([part[n] for n in chosen], 1) for part in parts]
    x, test_x = [torch.cat(two, 1) for two in zip(features(parts, *chosen, "vote"), categories)]
    label, test_label = (part["vote"].long() for part in parts)
    model = WideAndDeep(x.shape[1] - 3, levels)
    adam = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=0.05)
    return classify(model, (x, label, test_x, test_label), adam, 20, 32)


# ---- pictures: LeNet, perceptrons


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(3136, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, 10),
    )  # fmt: skip


@task("lenet-mnist", folder="mnist")
def lenet_mnist(data, folder):
    model = lenet()
    adam = torch.optim.Adam(model.parameters(), 1e-3)
    return classify(model, read_digits(data / folder), adam, 5, 64)


TASKS["lenet-fashion"] = lambda data: lenet_mnist(data, "fashion-mnist")


@task("mlp-fashion")
def mlp_fashion(data):
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(),
        nn.Linear(512, 10),
    )  # fmt: skip
    sgd = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9)
    return classify(model, read_digits(data / "fashion-mnist"), sgd, 10, 128)


@task("softmax-mnist")
def softmax_mnist(data):
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    sgd = torch.optim.SGD(model.parameters(), 0.1)
    return classify(model, read_digits(data / "mnist"), sgd, 10, 128)


# ---- pictures: small nets for the signs of digits


def signs_by_adam(data, model):
    adam = torch.optim.Adam(model.parameters(), 1e-3)
    return classify(model, read_signs(data), adam, 30, 32, augment=cropped(4))


def signs_by_momentum(data, model, rate=0.1):
    """As He et al. 2015, with a cosine in the place of steps; decay of all weights."""
    sgd = torch.optim.SGD(model.parameters(), rate, momentum=0.9, weight_decay=1e-4)
    schedule = lambda optimizer, steps: cosine(optimizer, steps, warmup=26)
    crop = cropped(4)
    return classify(model, read_signs(data), sgd, 15, 64, augment=crop, schedule=schedule)


def mlp_conv(channels, filters, kernel):
    layers = [nn.Conv2d(channels, filters, kernel, padding=kernel // 2), nn.ReLU()]
    for _ in range(2):
        layers += [nn.Conv2d(filters, filters, 1), nn.ReLU()]
    return layers


@task("nin-signs")
def nin_signs(data):
    pooled = lambda filters: [nn.BatchNorm2d(filters), nn.MaxPool2d(2)]
    model = nn.Sequential(
        *mlp_conv(3, 32, 3), *pooled(32), *mlp_conv(32, 48, 3), *pooled(48), nn.Dropout(0.25),
        *mlp_conv(48, 64, 3), nn.BatchNorm2d(64), nn.Conv2d(64, 10, 1),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )  # fmt: skip
    adam = torch.optim.Adam(model.parameters(), 3e-3)
    crop = cropped(4)
    return classify(model, read_signs(data), adam, 15, 32, augment=crop, schedule=cosine)


@task("vgg-signs")
def vgg_signs(data):
    layers, channels = [], 3
    for filters in (16, 32, 64):
        layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU()]
        layers += [nn.Conv2d(filters, filters, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        channels = filters
    model = nn.Sequential(
        *layers, nn.Flatten(), nn.Linear(1024, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10)
    )
    return signs_by_adam(data, model)


class Block(nn.Module):
    """Two convolutions, and what went in added to them where there is a shortcut."""

    def __init__(self, channels, filters, stride, shortcut):
        super().__init__()
        self.two = nn.Sequential(
            nn.Conv2d(channels, filters, 3, stride, 1, bias=False), nn.BatchNorm2d(filters),
            nn.ReLU(), nn.Conv2d(filters, filters, 3, 1, 1, bias=False), nn.BatchNorm2d(filters),
        )  # fmt: skip
        self.short = None
        if shortcut:
            self.short = nn.Identity()
        if shortcut and stride > 1:
            conv = nn.Conv2d(channels, filters, 1, stride, bias=False)
            self.short = nn.Sequential(conv, nn.BatchNorm2d(filters))

    def forward(self, x):
        y = self.two(x)
        return F.relu(y if self.short is None else y + self.short(x))


def depth_signs(data, depth, shortcut):
    layers, channels = [nn.Conv2d(3, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU()], 8
    for filters in (8, 16, 32):
        for i in range((depth - 2) // 6):
            stride = 2 if filters > 8 and i == 0 else 1
            layers.append(Block(channels, filters, stride, shortcut))
            channels = filters
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10))
    return signs_by_momentum(data, model, rate=0.02)


task("resnet20-signs", depth=20, shortcut=True)(depth_signs)
task("plain20-signs", depth=20, shortcut=False)(depth_signs)
task("resnet56-signs", depth=56, shortcut=True)(depth_signs)
task("plain56-signs", depth=56, shortcut=False)(depth_signs)


class Grow(nn.Module):
    def __init__(self, channels, growth):
        super().__init__()
        conv = nn.Conv2d(channels, growth, 3, padding=1, bias=False)
        self.made = nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU(), conv)

    def forward(self, x):
        return torch.cat([x, self.made(x)], 1)


@task("densenet-signs")
def densenet_signs(data):
    layers, channels = [nn.Conv2d(3, 16, 3, padding=1, bias=False)], 16
    for block in range(3):
        for _ in range(4):
            layers.append(Grow(channels, 8))
            channels += 8
        layers += [nn.BatchNorm2d(channels), nn.ReLU()]
        if block < 2:
            half = nn.Conv2d(channels, channels // 2, 1, bias=False)
            layers += [half, nn.AvgPool2d(2)]
            channels //= 2
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10)]
    return signs_by_momentum(data, nn.Sequential(*layers))


@task("mobilenet-signs")
def mobilenet_signs(data):
    norm = lambda n: [nn.BatchNorm2d(n), nn.ReLU()]
    layers, n = [nn.Conv2d(3, 16, 3, padding=1, bias=False), *norm(16)], 16
    for filters, stride in ((32, 1), (64, 2), (64, 1), (128, 2), (128, 1)):
        layers += [nn.Conv2d(n, n, 3, stride, 1, groups=n, bias=False), *norm(n)]
        layers += [nn.Conv2d(n, filters, 1, bias=False), *norm(filters)]
        n = filters
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(n, 10))
    return signs_by_momentum(data, model)


# ---- pictures: 50 layers, patches, from image to image


class Highway(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.both = nn.Linear(width, 2 * width)
        with torch.no_grad():
            self.both.bias[:width].zero_()
            self.both.bias[width:].fill_(-2)

    def forward(self, x):
        h, gate = self.both(x).chunk(2, 1)
        t = torch.sigmoid(gate)
        return t * F.relu(h) + (1 - t) * x


def fifty_mnist(data, layer):
    between = [layer() for _ in range(50)]
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 50), nn.ReLU(), *between, nn.Linear(50, 10)
    )
    adam = torch.optim.Adam(model.parameters(), 1e-3)
    return classify(model, read_digits(data / "mnist"), adam, 3, 64)


task("highway50-mnist", layer=lambda: Highway(50))(fifty_mnist)
task("plain50-mnist", layer=lambda: nn.Sequential(nn.Linear(50, 50), nn.ReLU()))(fifty_mnist)


class Vit(nn.Module):
    def __init__(self, patches=16, width=64, depth=3):
        super().__init__()
        self.patches = nn.Conv2d(1, width, 7, 7)
        self.positions = nn.Parameter(torch.randn(patches, width) * 0.02)
        make = lambda: nn.TransformerEncoderLayer(
            width, 4, 2 * width, 0, "gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.Sequential(*[make() for _ in range(depth)])
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2) + self.positions
        return self.out(self.norm(self.blocks(x)).mean(1))


@task("vit-mnist")
def vit_mnist(data):
    model = Vit()
    adam = torch.optim.AdamW(model.parameters(), 1e-3, weight_decay=0.05)
    schedule = lambda optimizer, steps: cosine(optimizer, steps, warmup=200)
    return classify(model, read_digits(data / "mnist"), adam, 4, 128, schedule=schedule)


def twice(channels, filters):
    return nn.Sequential(
        nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU(),
        nn.Conv2d(filters, filters, 3, padding=1), nn.ReLU(),
    )  # fmt: skip


class Unet(nn.Module):
    """From 7 x 7 means of an image to the image."""

    def __init__(self):
        super().__init__()
        self.begin = nn.ConvTranspose2d(1, 8, 4, 4)
        self.down1, self.down2, self.bottom = twice(8, 8), twice(8, 16), twice(16, 32)
        self.up2, self.join2 = nn.ConvTranspose2d(32, 16, 2, 2), twice(32, 16)
        self.up1, self.join1 = nn.ConvTranspose2d(16, 8, 2, 2), twice(16, 8)
        self.out = nn.Conv2d(8, 1, 1)

    def forward(self, x):
        a = self.down1(self.begin(F.avg_pool2d(x, 4)))
        b = self.down2(F.max_pool2d(a, 2))
        up = self.up2(self.bottom(F.max_pool2d(b, 2)))
        up = self.up1(self.join2(torch.cat([b, up], 1)))
        return self.out(self.join1(torch.cat([a, up], 1)))


@task("unet-fashion")
def unet_fashion(data):
    x, _, test_x, _ = read_digits(data / "fashion-mnist")
    x, test_x = x[:10000], test_x[:2000]
    model = Unet()
    fit(model, torch.optim.Adam(model.parameters(), 2e-3), F.mse_loss, x, x, 4, 64)
    return F.mse_loss(outputs(model, test_x), test_x).item()


# ---- texts


# ---- sounds


# ---- series


# ---- games


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("name", nargs="?", choices=TASKS, metavar="NAME")
    parser.add_argument("--list", action="store_true", help="names of the rows")
    parser.add_argument("--data", type=pathlib.Path, help="folder of the data sets")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--part", type=float, default=1, help="part of the training to do")
    given = parser.parse_args()
    if not given.list and (not given.name or not given.data):
        parser.error("name a row and --data, or --list")
    return given


def main():
    given = parse()
    if given.list:
        print(*TASKS)
        return
    PART[0] = given.part
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    value = TASKS[given.name](given.data)
    print(json.dumps({"value": value, "steps": STEPS[0]}))


main()
