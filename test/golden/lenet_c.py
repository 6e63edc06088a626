"""A small LeNet (LeCun et al. 1998) on 16x16 images."""

import torch
import torch.nn.functional as F
from torch import nn

from golden import channels_first, channels_last, noise, scalars, start, weights, whole

BATCH, STEPS, CLASSES = 8, 20, 10


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 4, 5), nn.Conv2d(4, 8, 3)
        self.hidden, self.out = nn.Linear(32, 32), nn.Linear(32, CLASSES)

    def forward(self, x):
        x = F.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = F.max_pool2d(torch.relu(self.conv2(x)), 2)
        return self.out(torch.relu(self.hidden(channels_last(x).flatten(1))))


def batch(step):
    """Class k is a bright bar: upright at column 3k for k < 5, lying at row 3(k - 5) for others."""
    label = whole("label", (BATCH,), CLASSES, step)
    at, lying = (3 * (label % 5)).reshape(-1, 1, 1), (label >= 5).reshape(-1, 1, 1)
    i, j = torch.arange(16).reshape(1, 16, 1), torch.arange(16).reshape(1, 1, 16)
    along = torch.where(lying, i, j)
    bright = ((along - at) >= 0) & ((along - at) < 3)
    image = bright.double().unsqueeze(3) + noise("image", (BATCH, 16, 16, 1), 1 / 2, step)
    return channels_first(image), label


def run(dtype):
    net = start(LeNet(), dtype)
    sgd = torch.optim.SGD(net.parameters(), lr=2.0**-3, momentum=0.75)
    losses, result = [], {}
    for step in range(STEPS):
        image, label = batch(step)
        loss = F.cross_entropy(net(image.to(dtype)), label)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        losses.append(loss)
        if step == 0:
            result |= weights("step1", net)
    return {"loss": scalars(losses)} | result | weights("last", net)
