"""A GRU language model: tied embedding, state kept between batches, rows of many lengths."""

import torch
import torch.nn.functional as F
from torch import nn

from golden import scalars, start, weights, whole

BATCH, WORDS, WIDTH, STEPS = 4, 16, 16, 30


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(WORDS, WIDTH)
        self.gru = nn.GRU(WIDTH, WIDTH, batch_first=True)
        self.bias = nn.Parameter(torch.zeros(WORDS))

    def cell(self, x, h):
        g = self.gru
        i = F.linear(x, g.weight_ih_l0, g.bias_ih_l0).chunk(3, -1)
        c = F.linear(h, g.weight_hh_l0, g.bias_hh_l0).chunk(3, -1)
        r, z = torch.sigmoid(i[0] + c[0]), torch.sigmoid(i[1] + c[1])
        n = torch.tanh(i[2] + r * c[2])
        return n + z * (h - n)

    def forward(self, token, length, h):
        x, all_h = self.embedding(token), []
        for t in range(token.shape[1]):
            h = torch.where((t < length).unsqueeze(1), self.cell(x[:, t], h), h)
            all_h.append(h)
        return F.linear(torch.stack(all_h, 1), self.embedding.weight, self.bias), h


def text(row, position):
    """An endless text for each row of the batch, of period 16."""
    return (3 * position + 5 * row + position // 4) % WORDS


def batch(step, position):
    """Tokens and their successors, (batch, time); past each row's length they must not matter."""
    time = 5 + step % 4
    length = whole("length", (BATCH,), time, step) + 1
    at = position.unsqueeze(1) + torch.arange(time)
    row = torch.arange(BATCH).unsqueeze(1)
    return text(row, at), text(row, at + 1), length


def run(dtype):
    model = start(Model(), dtype)
    sgd = torch.optim.SGD(model.parameters(), lr=1.0, momentum=0.5, nesterov=True)
    h, position = torch.zeros(BATCH, WIDTH, dtype=dtype), torch.zeros(BATCH, dtype=torch.int64)
    losses, result = [], {}
    for step in range(STEPS):
        token, following, length = batch(step, position)
        logits, h = model(token, length, h.detach())
        each = F.cross_entropy(logits.transpose(1, 2), following, reduction="none")
        real = (torch.arange(token.shape[1]) < length.unsqueeze(1)).to(dtype)
        loss = (each * real).sum() / real.sum()
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        position += length
        losses.append(loss)
        if step == 0:
            result |= weights("step1", model) | {"step1/hidden": h.detach().double()}
    check_cell(model, dtype)
    result |= weights("last", model) | {"last/hidden": h.detach().double()}
    return {"loss": scalars(losses)} | result


def check_cell(model, dtype):
    """The cell written out above is PyTorch's own."""
    x = torch.linspace(-1, 1, BATCH * 3 * WIDTH, dtype=dtype).reshape(BATCH, 3, WIDTH)
    y, _ = model.gru(x)
    h = torch.zeros(BATCH, WIDTH, dtype=dtype)
    for t in range(3):
        h = model.cell(x[:, t], h)
        assert (h - y[:, t]).abs().max() < 1e-5
