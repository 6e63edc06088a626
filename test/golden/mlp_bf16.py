"""A multilayer perceptron whose matrix products take bf16 inputs.

Both operands of every product, forward and in both gradient products, are rounded to bf16; the
sums, everything between the products, and the weights themselves are not."""

import torch
import torch.nn.functional as F
from torch import nn

from golden import noise, scalars, start, weights

BATCH, STEPS, CLASSES, WIDTH = 32, 30, 4, 32


def rounded(x):
    return x.to(torch.bfloat16).to(x.dtype)


class Product(torch.autograd.Function):
    """x w^T of rounded operands; so are dx = dy w and dw = dy^T x."""

    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return rounded(x) @ rounded(w).T

    @staticmethod
    def backward(ctx, dy):
        x, w = ctx.saved_tensors
        return rounded(dy) @ rounded(w), rounded(dy).T @ rounded(x)


class Exact(torch.autograd.Function):
    """The same with nothing rounded, to see how far apart the two are."""

    @staticmethod
    def forward(ctx, x, w):
        ctx.save_for_backward(x, w)
        return x @ w.T

    @staticmethod
    def backward(ctx, dy):
        x, w = ctx.saved_tensors
        return dy @ w, dy.T @ x


class Net(nn.Module):
    def __init__(self, product):
        super().__init__()
        self.product = product
        self.hidden1, self.hidden2 = nn.Linear(16, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.out = nn.Linear(WIDTH, CLASSES)

    def forward(self, x):
        layer = lambda l, x: self.product.apply(x, l.weight) + l.bias
        return layer(self.out, torch.tanh(layer(self.hidden2, torch.tanh(layer(self.hidden1, x)))))


def batch(step):
    """Which quarter of the vector has the largest sum."""
    x = noise("x", (BATCH, 16), 1, step)
    return x, x.reshape(BATCH, CLASSES, -1).sum(-1).argmax(-1)


def run(dtype, product=Product):
    net = start(Net(product), dtype)
    sgd = torch.optim.SGD(net.parameters(), lr=0.25, momentum=0.75)
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
