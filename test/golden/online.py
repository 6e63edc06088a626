"""Learning online: short signals of many lengths, fed one example at a time and then in batches."""

import torch
import torch.nn.functional as F
from torch import nn

from golden import noise, scalars, start, weights, whole

STEPS, CLASSES, FEATURES = 40, 3, 2


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(FEATURES, 12, 3, padding=1)
        self.out = nn.Linear(12, CLASSES)

    def forward(self, x):
        h = torch.tanh(self.conv(x.transpose(1, 2)))
        return self.out(h.amax(2))


def size(step):
    """(batch, time): single examples for 20 steps, then batches of 2 to 4; many lengths."""
    return (1 if step < 20 else 2 + step % 3), 4 + step * 5 % 7


def batch(step):
    """Class 0 falls, class 1 is level, class 2 rises."""
    rows, time = size(step)
    label = whole("label%d" % step, (rows,), CLASSES)
    direction, moment = (label - 1).double().reshape(rows, 1, 1), torch.arange(time).double()
    slope = direction * moment.reshape(1, time, 1) / 8
    return slope + noise("signal%d" % step, (rows, time, FEATURES), 1 / 2), label


def run(dtype):
    net = start(Net(), dtype)
    sgd = torch.optim.SGD(net.parameters(), lr=0.25)
    losses, result = [], {}
    for step in range(STEPS):
        x, label = batch(step)
        loss = F.cross_entropy(net(x.to(dtype)), label)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        losses.append(loss)
        if step == 0:
            result |= weights("step1", net)
    return {"loss": scalars(losses)} | result | weights("last", net)
