#!/usr/bin/env python3
"""PyTorch's side of the rows of models.txt: the same data, split, sizes, optimizer, first weights
and batches, written as its users write them.

usage: torch_models.py --list | NAME --data DIR [--seed 1] [--threads 2] [--part 1] [--features RUN]

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
import statistics
import struct
import tarfile
import wave

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from said import sayings

TASKS = {}
STEPS = [0]  # of the training, told beside the value
PART = [1.0]
FEATURES = [None]  # the run folder of a classifier


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


@task("similar-digits")
def similar_digits(data):
    """The share of test images whose nearest other is of the same digit."""
    x, label, test_x, test_label = read_digits(data / "mnist")
    model = nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(32 * 49, 128), nn.ReLU(), nn.Linear(128, 32)),
    )
    of = [(label == c).nonzero().flatten() for c in range(10)]
    others = [(label != c).nonzero().flatten() for c in range(10)]
    one_of = lambda rows: rows[torch.randint(len(rows), ())]
    pick = lambda lists, rows: torch.stack([one_of(lists[c]) for c in label[rows]])

    def loss_of(model, rows):
        places = [F.normalize(model(x[i])) for i in (rows, pick(of, rows), pick(others, rows))]
        return F.triplet_margin_loss(*places, margin=0.2)

    adam = torch.optim.Adam(model.parameters(), 1e-3)
    train(model, adam, loss_of, len(x), 2, 64)
    places = F.normalize(outputs(model, test_x))
    apart = torch.cdist(places, places).fill_diagonal_(torch.inf)
    return (test_label[apart.argmin(1)] == test_label).double().mean().item()


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


def read_messages(data):
    """Lines of words in small letters and classes; each fifth line is for testing."""
    lines = opened(data / "text/sms-spam/SMSSpamCollection").decode().split("\n")
    lines = [line.rstrip("\r").split("\t", 1) for line in lines if line.strip()]
    word = re.compile(r"\w+(?:'\w+)*|[^\w\s]")
    texts = [word.findall(text.lower()) for _, text in lines]
    label = torch.tensor([name == "spam" for name, _ in lines]).long()
    return texts, label


def number_words(texts, test, vocabulary, length):
    """Numbers of words, (texts, length): 0 pads, 1 is unknown, then the frequent ones first."""
    counts = {}
    for text, left in zip(texts, test):
        for w in () if left else text:
            counts[w] = counts.get(w, 0) + 1
    known = sorted(counts, key=lambda w: (-counts[w], w.encode()))[: vocabulary - 2]
    number = {w: i + 2 for i, w in enumerate(known)}
    rows = [[number.get(w, 1) for w in text[:length]] for text in texts]
    x = torch.tensor([row + [0] * (length - len(row)) for row in rows])
    return x, len(known) + 2


def messages(data):
    texts, label = read_messages(data)
    test = torch.arange(len(texts)) % 5 == 4
    x, count = number_words(texts, test, 5000, 40)
    return (x[~test], label[~test], x[test], label[test]), count


class TextCnn(nn.Module):
    def __init__(self, count, width=64, filters=64):
        super().__init__()
        self.words = nn.Embedding(count, width)
        self.look = nn.ModuleList([nn.Conv1d(width, filters, k) for k in (3, 4, 5)])
        self.out = nn.Sequential(nn.Dropout(0.5), nn.Linear(3 * filters, 2))

    def forward(self, x):
        x = self.words(x).transpose(1, 2)
        return self.out(torch.cat([F.relu(look(x)).amax(2) for look in self.look], 1))


@task("textcnn-sms")
def textcnn_sms(data):
    parts, count = messages(data)
    model = TextCnn(count)
    return classify(model, parts, torch.optim.Adam(model.parameters(), 1e-3), 5, 32)


class FastText(nn.Module):
    """The mean of the rows of words; those that pad do not count."""

    def __init__(self, count, width=64):
        super().__init__()
        self.words = nn.EmbeddingBag(count, width, mode="mean", padding_idx=0)
        self.out = nn.Linear(width, 2)

    def forward(self, x):
        return self.out(self.words(x))


@task("fasttext-sms")
def fasttext_sms(data):
    parts, count = messages(data)
    model = FastText(count)
    return classify(model, parts, torch.optim.Adam(model.parameters(), 3e-3), 10, 32)


def shakespeare(data):
    """Numbers of letters: the first 90 % to train on, and the rest."""
    text = read_text(data / "text/tinyshakespeare/input.txt")
    letters = sorted(set(text))
    number = {c: i for i, c in enumerate(letters)}
    x = torch.tensor([number[c] for c in text])
    return x[: len(x) * 9 // 10], x[len(x) * 9 // 10 :], len(letters)


@torch.no_grad()
def letter_loss(model, x, length):
    """Nats a letter, over all consecutive windows."""
    windows = (len(x) - 1) // length
    given = x[: windows * length].view(-1, length)
    label = x[1 : windows * length + 1].view(-1, length)
    model.eval()
    losses = [
        F.cross_entropy(model(a).flatten(0, 1), b.flatten(), reduction="sum")
        for a, b in zip(given.split(64), label.split(64))
    ]
    return (sum(losses) / label.numel()).item()


def learn_letters(model, data, optimizer, batch, length=64, schedule=None):
    """2,000 steps on windows of each epoch from an offset of its own, then the loss of the rest."""
    x, held, _ = shakespeare(data)
    steps, order = shortened(2000), []
    schedule = schedule and schedule(optimizer, steps)
    model.train()
    for _ in range(steps):
        if len(order) < batch:
            offset = int(torch.randint(length, ()))
            order = offset + length * torch.randperm((len(x) - 1 - offset) // length)
        begin, order = order[:batch], order[batch:]
        place = begin[:, None] + torch.arange(length)
        loss = F.cross_entropy(model(x[place]).flatten(0, 1), x[place + 1].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        if schedule:
            schedule.step()
        STEPS[0] += 1
    return letter_loss(model, held, length)


class Letters(nn.Module):
    def __init__(self, kind, letters, width=64, hidden=256):
        super().__init__()
        self.letters = nn.Embedding(letters, width)
        self.net = kind(width, hidden, batch_first=True)
        self.out = nn.Linear(hidden, letters)

    def forward(self, x):
        return self.out(self.net(self.letters(x))[0])


@task("rnn-shakespeare", kind=nn.RNN)
@task("gru-shakespeare", kind=nn.GRU)
@task("lstm-shakespeare", kind=nn.LSTM)
def letters_shakespeare(data, kind):
    model = Letters(kind, shakespeare(data)[2])
    return learn_letters(model, data, torch.optim.Adam(model.parameters(), 2e-3), 32)


class Gpt(nn.Module):
    """As nanoGPT (Karpathy 2022): all weights normal, those that add to what goes past smaller."""

    def __init__(self, letters, width=128, depth=4, heads=4, length=64):
        super().__init__()
        self.letters = nn.Embedding(letters, width)
        self.positions = nn.Parameter(torch.empty(length, width))
        make = lambda: nn.TransformerEncoderLayer(
            width, heads, 4 * width, 0, "gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.ModuleList([make() for _ in range(depth)])
        self.norm = nn.LayerNorm(width)
        for name, weight in self.named_parameters():
            adds = name.endswith(("out_proj.weight", "linear2.weight"))
            if weight.dim() > 1:
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * depth) if adds else 0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(weight)

    def forward(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        x = self.letters(x) + self.positions[: x.shape[1]]
        for block in self.blocks:
            x = block(x, src_mask=mask, is_causal=True)
        return F.linear(self.norm(x), self.letters.weight)


@task("gpt-shakespeare")
def gpt_shakespeare(data):
    model = Gpt(shakespeare(data)[2])
    decayed = [w for w in model.parameters() if w.dim() > 1]
    others = [w for w in model.parameters() if w.dim() == 1]
    groups = [{"params": decayed}, {"params": others, "weight_decay": 0}]
    adam = torch.optim.AdamW(groups, 1e-3, (0.9, 0.99), weight_decay=0.1)
    schedule = lambda optimizer, steps: cosine(optimizer, steps, warmup=100, final=1e-4)
    return learn_letters(model, data, adam, 12, schedule=schedule)


class Bert(nn.Module):
    """Logits of all tokens at each place of x (batch, length)."""

    def __init__(self, tokens, width, depth, heads, places):
        super().__init__()
        norm = lambda: nn.LayerNorm(width, eps=1e-12)
        self.tokens, self.places = nn.Embedding(tokens, width), nn.Embedding(places, width)
        make = lambda: nn.TransformerEncoderLayer(
            width, heads, 4 * width, 0, "gelu", layer_norm_eps=1e-12, batch_first=True
        )
        self.norm, self.blocks = norm(), nn.ModuleList([make() for _ in range(depth)])
        self.transform = nn.Sequential(nn.Linear(width, width), nn.GELU(), norm())
        self.bias = nn.Parameter(torch.zeros(tokens))
        for name, weight in self.named_parameters():
            if weight.dim() > 1:
                nn.init.normal_(weight, std=0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(weight)

    def forward(self, x):
        x = self.norm(self.tokens(x) + self.places.weight[: x.shape[1]])
        for block in self.blocks:
            x = block(x)
        return F.linear(self.transform(x), self.tokens.weight, self.bias)


def hide(x, tokens, mask, share=0.15):
    """Of a share of the places 80 % are hidden, 10 % another token, 10 % as they were; and where."""
    chosen, how = torch.rand(x.shape) < share, torch.rand(x.shape)
    x = torch.where(chosen & (how < 0.8), mask, x)
    return torch.where(chosen & (how >= 0.9), torch.randint(tokens, x.shape), x), chosen


@task("bert-base")
def bert_base(data):
    import tokenizers

    parts = [read_text(data / "text/wikitext-2" / name) for name in ("valid.txt", "test.txt")]
    text = "".join(parts)
    pieces = tokenizers.BertWordPieceTokenizer(lowercase=True)
    pieces.train_from_iterator(text.splitlines(), vocab_size=30522, show_progress=False)
    ids = torch.tensor(pieces.encode(text, add_special_tokens=False).ids)
    rows = ids[: len(ids) // 128 * 128].view(-1, 128)
    cut = len(rows) - len(rows) // 100
    tokens, mask = pieces.get_vocab_size(), torch.tensor(pieces.token_to_id("[MASK]"))
    model = Bert(tokens, 768, 12, 12, 512)

    def loss_of(model, batch):
        seen, chosen = hide(batch, tokens, mask)
        return F.cross_entropy(model(seen)[chosen], batch[chosen])

    named = list(model.named_parameters())
    plain = [w for n, w in named if n.endswith("bias") or "norm" in n]
    decayed = [w for n, w in named if not (n.endswith("bias") or "norm" in n)]
    groups = [{"params": decayed}, {"params": plain, "weight_decay": 0}]
    adam = torch.optim.AdamW(groups, 1e-4, weight_decay=0.01)
    for batch in torch.randperm(cut)[: 8 * shortened(10)].split(8):
        loss = loss_of(model, rows[batch])
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        adam.step()
        STEPS[0] += 1
    model.eval()
    with torch.no_grad():
        return statistics.fmean(loss_of(model, part).item() for part in rows[cut:].split(8))


# ---- sounds


def log_mel(sound):
    """40 bands at 101 steps of a second."""
    import torchaudio

    mel = torchaudio.transforms.MelSpectrogram(8000, n_fft=256, hop_length=80, n_mels=40)
    sound = F.pad(sound, (0, max(0, 8000 - len(sound))))[:8000]
    return torch.log(mel(sound) + 1e-6)


def spoken(data):
    """Features, by the training part's mean and deviation of each band, and digits; takes 0 to 4
    are for testing."""
    sounds = read_sounds(data / "audio-fsdd/fsdd-recordings-0-14.tar.gz")
    x = torch.stack([log_mel(sound) for _, sound in sounds])
    label = torch.tensor([int(name.split("_")[0]) for name, _ in sounds])
    test = torch.tensor([int(name.split("_")[2]) < 5 for name, _ in sounds])
    mean = x[~test].mean((0, 2), keepdim=True)
    x = (x - mean) / x[~test].std((0, 2), keepdim=True, unbiased=False)
    return x[~test], label[~test], x[test], label[test]


class Largest(nn.Module):
    def forward(self, x):
        return x.amax(2)


@task("sound-digits")
def sound_digits(data):
    """By the mean of the weights of all steps, the last ones most."""
    layers, channels = [], 40
    for _ in range(3):
        layers += [nn.Conv1d(channels, 64, 5, padding=2), nn.BatchNorm1d(64), nn.ReLU()]
        layers.append(nn.MaxPool1d(2))
        channels = 64
    model = nn.Sequential(*layers, Largest(), nn.Dropout(0.3), nn.Linear(64, 10))
    averaged = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.95), use_buffers=True
    )
    x, label, test_x, test_label = spoken(data)
    adam = torch.optim.Adam(model.parameters(), 1e-3)
    loss_of = lambda model, rows: F.cross_entropy(model(x[rows]), label[rows])
    change = lambda step: averaged.update_parameters(model)
    train(model, adam, loss_of, len(x), 20, 32, change=change)
    return accuracy(averaged, test_x, test_label)


class Ctc(nn.Module):
    """Letters over time: two convolutions, of which the first takes two steps together, and a GRU
    each way.  What is behind the end of a sound has no say."""

    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv1d(40, 64, 5, stride=2, padding=2)
        self.conv2 = nn.Conv1d(64, 64, 5, padding=2)
        self.gru = nn.GRU(64, 64, batch_first=True, bidirectional=True)
        self.out = nn.Linear(128, classes)

    def forward(self, x, length):
        length = (length - 1) // 2 + 1
        x = F.relu(self.conv1(x))
        inside = torch.arange(x.shape[2]) < length[:, None]
        x = F.relu(self.conv2(x * inside[:, None])).transpose(1, 2)
        packed = nn.utils.rnn.pack_padded_sequence(x, length, True, enforce_sorted=False)
        x, _ = nn.utils.rnn.pad_packed_sequence(self.gru(packed)[0], True)
        return F.log_softmax(self.out(x), -1), length


def edits(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(before + (x != y), row[j] + 1, row[j - 1] + 1)
    return row[-1]


@task("ctc-digits")
def ctc_digits(data):
    """The character error rate of what the likeliest class of each step says."""
    import torchaudio

    mel = torchaudio.transforms.MelSpectrogram(8000, n_fft=256, hop_length=80, n_mels=40)
    sound = lambda raw: torch.from_numpy(np.frombuffer(raw, np.int16).astype(np.float32) / 32768)
    log_mel_of = lambda raw: torch.log(mel(sound(raw)) + 1e-6)
    hear = lambda part: [(text, log_mel_of(raw)) for text, raw in sayings(data, part)]
    heard, test = hear("train"), hear("test")
    all_steps = torch.cat([x for _, x in heard], 1)
    mean, deviation = all_steps.mean(1, True), all_steps.std(1, unbiased=False, keepdim=True)
    letters = sorted(set("".join(text for text, _ in heard)))

    def pad(rows, part):
        x = [((part[i][1] - mean) / deviation).T for i in rows]
        length = torch.tensor([len(one) for one in x])
        return nn.utils.rnn.pad_sequence(x, True).transpose(1, 2), length

    def loss_of(model, rows):
        said, length = model(*pad(rows, heard))
        text = [torch.tensor([1 + letters.index(c) for c in heard[i][0]]) for i in rows]
        target = nn.utils.rnn.pad_sequence(text, True)
        return F.ctc_loss(said.transpose(0, 1), target, length, torch.tensor([len(t) for t in text]))

    model = Ctc(1 + len(letters))
    adam = torch.optim.Adam(model.parameters(), 2e-3)
    train(model, adam, loss_of, len(heard), 20, 32, clip=5)
    wrong = count = 0
    for rows in torch.arange(len(test)).split(50):
        with torch.no_grad():
            said, length = model(*pad(rows, test))
        for i, best, steps in zip(rows, said.argmax(2), length):
            way = torch.unique_consecutive(best[:steps])
            wrong += edits("".join(letters[c - 1] for c in way if c), test[i][0])
            count += len(test[i][0])
    return wrong / count


# ---- series


def windows(x, window, share):
    """Windows and what follows each, in standardized columns: of the first part of a series, and
    of the last, whose first window ends where it begins."""
    begin = len(x) - int(len(x) * share)
    x = (x - x[:begin].mean(0)) / x[:begin].std(0, unbiased=False)
    cut = lambda part: (part.unfold(0, window, 1)[:-1].transpose(1, 2), part[window:])
    return *cut(x[:begin]), *cut(x[begin - window :])


def ett(data):
    _, lines = read_csv(data / "timeseries/ETT/ETTh1.csv")
    return torch.tensor([[float(c) for c in line[1:]] for line in lines], dtype=torch.float64)


def sunspots(data):
    _, lines = read_csv(data / "timeseries/sunspots.csv")
    return torch.tensor([[float(line[1])] for line in lines], dtype=torch.float64)


def forecast(model, series, window, optimizer, epochs, batch):
    """The mean squared error of the last fifth, in standardized columns."""
    x, y, test_x, test_y = [part.float() for part in windows(series, window, 0.2)]
    fit(model, optimizer, F.mse_loss, x, y, epochs, batch)
    return F.mse_loss(outputs(model, test_x), test_y).item()


class GruForecast(nn.Module):
    def __init__(self, columns, hidden):
        super().__init__()
        self.gru = nn.GRU(columns, hidden, batch_first=True)
        self.out = nn.Linear(hidden, columns)

    def forward(self, x):
        return self.out(self.gru(x)[0][:, -1])


class Tcn(nn.Module):
    """Blocks of two convolutions of 3 steps, each padded before the first step alone."""

    def __init__(self, columns, filters, blocks):
        super().__init__()
        self.begin = nn.Conv1d(columns, filters, 1)
        one = lambda i: nn.Conv1d(filters, filters, 3, dilation=2**i)
        self.blocks = nn.ModuleList([nn.ModuleList([one(i), one(i)]) for i in range(blocks)])
        self.out = nn.Linear(filters, columns)

    def forward(self, x):
        x = self.begin(x.transpose(1, 2))
        for block in self.blocks:
            y = x
            for conv in block:
                y = F.relu(conv(F.pad(y, (2 * conv.dilation[0], 0))))
            x = x + y
        return self.out(x[:, :, -1])


@task("gru-etth1")
def gru_etth1(data):
    model = GruForecast(7, 64)
    return forecast(model, ett(data), 48, torch.optim.Adam(model.parameters(), 1e-3), 5, 64)


@task("tcn-etth1")
def tcn_etth1(data):
    model = Tcn(7, 32, 4)
    return forecast(model, ett(data), 48, torch.optim.Adam(model.parameters(), 1e-3), 5, 64)


@task("gru-sunspots")
def gru_sunspots(data):
    model = GruForecast(1, 32)
    adam = torch.optim.Adam(model.parameters(), 3e-3)
    return forecast(model, sunspots(data), 33, adam, 60, 16)


@task("tcn-sunspots")
def tcn_sunspots(data):
    model = Tcn(1, 16, 3)
    adam = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=0.1)
    return forecast(model, sunspots(data), 33, adam, 30, 16)


# ---- codes and diffusion


@torch.no_grad()
def mean_loss(model, *parts):
    """Of a model that gives the mean loss of a batch."""
    blocks = list(zip(*(part.split(500) for part in parts)))
    return sum(model(*block).item() * len(block[0]) for block in blocks) / len(parts[0])


@task("autoencoder-fashion")
def autoencoder_fashion(data):
    x, _, test, _ = read_digits(data / "fashion-mnist")
    x, test = x[cut(len(x), 0.1)[0]].flatten(1), test.flatten(1)
    model = nn.Sequential(
        nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 32), nn.Linear(32, 256), nn.ReLU(),
        nn.Linear(256, 784), nn.Sigmoid(),
    )  # fmt: skip
    fit(model, torch.optim.Adam(model.parameters(), 1e-3), F.mse_loss, x, x, 5, 128)
    return F.mse_loss(outputs(model, test), test).item()


class Denoising(nn.Module):
    """The loss of what comes back of pictures with noise."""

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(),
            nn.ConvTranspose2d(32, 16, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(16, 1, 4, 2, 1),
        )  # fmt: skip

    def forward(self, x):
        return F.mse_loss(self.net(x + 0.5 * torch.randn_like(x)), x)


@task("denoising-mnist")
def denoising_mnist(data):
    x, _, test, _ = read_digits(data / "mnist")
    x = x[:20000]
    model = Denoising()
    adam = torch.optim.Adam(model.parameters(), 2e-3)
    train(model, adam, lambda model, rows: model(x[rows]), len(x), 8, 64, schedule=cosine)
    return mean_loss(model, test)


class Vae(nn.Module):
    """The nats that a picture costs: its bits and the divergence of its code."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 40))
        self.decoder = nn.Sequential(nn.Linear(20, 400), nn.ReLU(), nn.Linear(400, 784))

    def forward(self, x):
        mean, log_variance = self.encoder(x).chunk(2, 1)
        code = mean + torch.exp(log_variance / 2) * torch.randn_like(mean)
        again = F.binary_cross_entropy_with_logits(self.decoder(code), x.flatten(1), reduction="sum")
        far = -0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
        return (again + far) / len(x)


@task("vae-mnist")
def vae_mnist(data):
    x, _, test, _ = read_digits(data / "mnist")
    x = x[cut(len(x), 0.1)[0]]
    model = Vae()
    adam = torch.optim.Adam(model.parameters(), 1e-3)
    train(model, adam, lambda model, rows: model(x[rows]), len(x), 3, 128)
    return mean_loss(model, test)


def averaged(model, decay):
    """Weights that follow those of a model; call .update_parameters(model) after each step."""
    rule = torch.optim.swa_utils.get_ema_multi_avg_fn(decay)
    return torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=rule, use_buffers=True)


class Told(nn.Module):
    """Two convolutions, between which stands what is made of the step and the class."""

    def __init__(self, before, filters):
        super().__init__()
        self.first, self.norm = nn.Conv2d(before, filters, 3, padding=1), nn.GroupNorm(8, filters)
        self.told, self.second = nn.Linear(64, filters), nn.Conv2d(filters, filters, 3, padding=1)

    def forward(self, x, told):
        x = F.silu(self.norm(self.first(x)) + self.told(told)[:, :, None, None])
        return F.silu(self.second(x))


class Ddpm(nn.Module):
    """The mean squared error of the noise that is seen."""

    def __init__(self):
        super().__init__()
        self.register_buffer("share", torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000), 0))
        self.register_buffer("frequency", 1e4 ** (-torch.arange(32) / 32))
        self.first, self.time = nn.Conv2d(1, 16, 3, padding=1), nn.Linear(64 + 10, 64)
        self.high, self.middle, self.low = Told(16, 16), Told(16, 32), Told(32, 64)
        self.up1, self.back = nn.ConvTranspose2d(64, 32, 2, 2), Told(64, 32)
        self.up2, self.last = nn.ConvTranspose2d(32, 16, 2, 2), Told(32, 16)
        self.out = nn.Conv2d(16, 1, 3, padding=1)

    def noise(self, x, time, label):
        angle = time[:, None] * self.frequency
        told = torch.cat([angle.sin(), angle.cos(), F.one_hot(label, 10)], 1)
        told = F.silu(self.time(told))
        high = self.high(self.first(x), told)
        middle = self.middle(F.max_pool2d(high, 2), told)
        low = self.low(F.max_pool2d(middle, 2), told)
        x = self.back(torch.cat([self.up1(low), middle], 1), told)
        return self.out(self.last(torch.cat([self.up2(x), high], 1), told))

    def forward(self, x, label):
        time, noise = torch.randint(1000, (len(x),)), torch.randn_like(x)
        share = self.share[time][:, None, None, None]
        noisy = share.sqrt() * (2 * x - 1) + (1 - share).sqrt() * noise
        return F.mse_loss(self.noise(noisy, time, label), noise)


def train_ddpm(data):
    x, label, *_ = read_digits(data / "mnist")
    keep = cut(len(x), 0.05)[0]
    x, label, model = x[keep], label[keep], Ddpm()
    average = averaged(model, 0.995)
    adam = torch.optim.Adam(model.parameters(), 2e-3)
    loss_of = lambda model, rows: model(x[rows], label[rows])
    change = lambda _: average.update_parameters(model)
    train(model, adam, loss_of, len(x), 5, 64, schedule=cosine, change=change)
    return average


@task("ddpm-mnist")
def ddpm_mnist(data):
    _, _, *test = read_digits(data / "mnist")
    return mean_loss(train_ddpm(data).eval(), *test)


# ---- games


class Features:
    """A classifier that `adze train example/lenet.yaml` stored; images go last channel first."""

    def __init__(self, path):
        raw = (pathlib.Path(path) / "model.safetensors").read_bytes()
        size = struct.unpack("<Q", raw[:8])[0]
        self.weight = {}
        for name, about in json.loads(raw[8 : 8 + size]).items():
            if name == "__metadata__" or about["dtype"] != "F32":
                continue
            begin, end = (8 + size + place for place in about["data_offsets"])
            values = np.frombuffer(raw[begin:end], np.float32).reshape(about["shape"])
            self.weight[name] = torch.from_numpy(values.copy())

    def layer(self, function, x, name, **options):
        return function(x, self.weight[f"{name}.weight"], self.weight[f"{name}.bias"], **options)

    @torch.no_grad()
    def __call__(self, x):
        """Features and classes of images (n, 1, 28, 28), 0 to 1, which become bytes first."""
        x = (x * 255).round().clamp(0, 255) / 255
        for name in ("conv1", "conv2"):
            x = F.max_pool2d(F.relu(self.layer(F.conv2d, x, name, padding=2)), 2)
        x = F.relu(self.layer(F.linear, x.permute(0, 2, 3, 1).flatten(1), "linear1"))
        return x.double(), self.layer(F.linear, x, "linear2").argmax(1)


def frechet(a, b):
    """The trace of (A B)^(1/2) is the sum of the singular values of X Y', A = X'X, B = Y'Y."""
    x, y = ((part - part.mean(0)) / math.sqrt(len(part) - 1) for part in (a, b))
    root = torch.linalg.svdvals(x @ y.T).sum()
    return ((a.mean(0) - b.mean(0)).square().sum() + x.square().sum() + y.square().sum() - 2 * root).item()


def feature_distance(samples, data, count=2000):
    """Of samples (n, 1, 28, 28), 0 to 1, from as many test images, evenly over them."""
    test = read_digits(data / "mnist")[2]
    test = test[torch.arange(count) * len(test) // count]
    seen = Features(FEATURES[0])
    return frechet(seen(test)[0], seen(samples[:count])[0])


class Generator(nn.Sequential):
    def __init__(self, noise=64):
        super().__init__(
            nn.Linear(noise, 3136, bias=False), nn.Unflatten(1, (64, 7, 7)), nn.BatchNorm2d(64),
            nn.ReLU(), nn.ConvTranspose2d(64, 32, 4, 2, 1, bias=False), nn.BatchNorm2d(32),
            nn.ReLU(), nn.ConvTranspose2d(32, 1, 4, 2, 1), nn.Tanh(),
        )  # fmt: skip


def discriminator(rate=0.3):
    return nn.Sequential(
        nn.Conv2d(1, 32, 4, 2, 1), nn.LeakyReLU(0.2), nn.Dropout(rate),
        nn.Conv2d(32, 64, 4, 2, 1), nn.LeakyReLU(0.2), nn.Dropout(rate),
        nn.Flatten(), nn.Linear(3136, 1),
    )  # fmt: skip


def play(generator, judge, x, losses, epochs, batch=64, rate=1e-3):
    """Both learn by turns, a batch each; losses(real, made) gives one of the judge and one of the
    generator.  The averaged generator."""
    average = averaged(generator, 0.995)
    players = [torch.optim.Adam(m.parameters(), rate, (0.5, 0.999)) for m in (judge, generator)]
    for _ in range(shortened(epochs)):
        for rows in batches(len(x), batch):
            who = STEPS[0] % 2
            made = generator(torch.randn(len(rows), 64))
            loss = losses(judge(2 * x[rows] - 1), judge(made))[who]
            players[who].zero_grad()
            loss.backward()
            players[who].step()
            if who == 1:
                average.update_parameters(generator)
            STEPS[0] += 1
    return average.eval()


def by_log(real, made):
    """Real ones are to be 0.9, made ones 0; the generator wants 1."""
    bce = F.binary_cross_entropy_with_logits
    told = bce(real, torch.full_like(real, 0.9)) + bce(made, torch.zeros_like(made))
    return told, bce(made, torch.ones_like(made))


def by_squares(real, made):
    return ((real - 1).square().mean() + made.square().mean()) / 2, (made - 1).square().mean() / 2


@task("dcgan-mnist", losses=by_log)
@task("lsgan-mnist", losses=by_squares)
def gan_mnist(data, losses):
    x = read_digits(data / "mnist")[0][:30000]
    made = play(Generator(), discriminator(), x, losses, 8)
    with torch.no_grad():
        samples = torch.cat([made(part) for part in torch.randn(2000, 64).split(250)])
    return feature_distance((samples + 1) / 2, data)


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("name", nargs="?", choices=TASKS, metavar="NAME")
    parser.add_argument("--list", action="store_true", help="names of the rows")
    parser.add_argument("--data", type=pathlib.Path, help="folder of the data sets")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--features", help="run folder of lenet-mnist, of rows of games")
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
    FEATURES[0] = given.features
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    value = TASKS[given.name](given.data)
    print(json.dumps({"value": value, "steps": STEPS[0]}))


main()
