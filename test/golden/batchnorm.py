"""A batch-norm net applied to two views of each image in a step; frozen fine-tuning; inference."""

import torch
import torch.nn.functional as F
from torch import nn

from golden import channels_first, noise, scalars, start, weights, whole

BATCH, STEPS, FROZEN_STEPS, CLASSES = 8, 24, 6, 4


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 8, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 12, 3, stride=2, padding=1)
        self.norm2 = nn.BatchNorm2d(12)
        self.out = nn.Linear(12, CLASSES)

    def forward(self, x):
        x = torch.relu(self.norm1(self.conv1(x)))
        x = torch.relu(self.norm2(self.conv2(x)))
        return self.out(x.mean(dim=(2, 3)))


def batch(step):
    """Class k has a bright row k; two views differ by their noise."""
    label = whole("label", (BATCH,), CLASSES, step)
    bright = (torch.arange(6).reshape(1, 6, 1, 1) == label.reshape(-1, 1, 1, 1)).double()
    view = lambda name: channels_first(bright + noise(name, (BATCH, 6, 6, 2), 1 / 2, step))
    return view("left"), view("right"), label


def run(dtype):
    net = start(Net(), dtype)
    losses, result = [], {}

    def train(first, count):
        sgd = torch.optim.SGD(net.parameters(), lr=0.125, momentum=0.5)
        for step in range(first, first + count):
            left, right, label = batch(step)
            a, b = net(left.to(dtype)), net(right.to(dtype))
            loss = F.cross_entropy(a, label) + F.cross_entropy(b, label) + (a - b).square().mean()
            sgd.zero_grad()
            loss.backward()
            sgd.step()
            losses.append(loss)
            if step == 0:
                result.update(weights("step1", net))

    net.train()
    train(0, STEPS)
    result |= weights("last", net)
    net.eval()
    with torch.no_grad():
        result["inference"] = net(batch(STEPS)[0].to(dtype)).double()
    train(STEPS, FROZEN_STEPS)
    return {"loss": scalars(losses)} | result | weights("frozen", net)
