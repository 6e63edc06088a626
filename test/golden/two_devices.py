"""A net of two branches that meet twice.  Devices change where it runs, not what it computes."""

import torch
from torch import nn

from golden import noise, scalars, start, weights

BATCH, STEPS, IN, WIDTH = 12, 40, 10, 16


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.left1, self.right1 = nn.Linear(IN, WIDTH), nn.Linear(IN, WIDTH)
        self.left2, self.right2 = nn.Linear(2 * WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.out = nn.Linear(WIDTH, 1)

    def forward(self, x):
        left, right = torch.tanh(self.left1(x)), torch.sigmoid(self.right1(x))
        both = torch.cat([left, right], 1)
        left, right = torch.tanh(self.left2(both)), torch.sigmoid(self.right2(right))
        return self.out(left * right)


def batch(step):
    x = noise("x", (BATCH, IN), 1, step)
    return x, x[:, 0:1] * x[:, 1:2] + x[:, 2:3]


def run(dtype):
    net = start(Net(), dtype)
    optimizer = torch.optim.RMSprop(net.parameters(), lr=2.0**-8, momentum=0.5, eps=2.0**-10)
    losses, result = [], {}
    for step in range(STEPS):
        x, target = batch(step)
        loss = (net(x.to(dtype)) - target.to(dtype)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss)
        if step == 0:
            result |= weights("step1", net)
    return {"loss": scalars(losses)} | result | weights("last", net)
