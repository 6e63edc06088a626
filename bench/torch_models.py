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
