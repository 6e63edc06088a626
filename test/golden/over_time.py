"""Layers over time, with examples of different lengths: values, and gradients of weights."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from golden import initial, noise

BATCH, TIME, IN, WIDTH = 3, 6, 4, 4
LENGTHS = torch.tensor([6, 2, 3])
INSIDE = (torch.arange(TIME)[None] < LENGTHS[:, None])[..., None]


def start(name, module, dtype):
    module.to(dtype)
    with torch.no_grad():
        for part, p in module.named_parameters():
            p.copy_(initial(f"{name}.{part}", tuple(p.shape)))
    return module


def packed(net, x):
    y, last = net(pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False))
    y = pad_packed_sequence(y, batch_first=True, total_length=TIME)[0]
    h = last[0] if isinstance(last, tuple) else last
    return y, h.transpose(0, 1).reshape(BATCH, -1)


def with_gradients(result, name, net, y, dtype):
    y = torch.where(INSIDE, y, torch.zeros((), dtype=dtype))
    loss = (y * noise("dy", tuple(y.shape)).to(dtype)).sum()
    result[f"{name}/y"] = y
    for (part, _), g in zip(net.named_parameters(), torch.autograd.grad(loss, list(net.parameters()))):
        result[f"{name}/{name}.{part}"] = g


def recurrent(result, x, dtype):
    for name, kind, both in (("rnn", nn.RNN, False), ("gru", nn.GRU, False), ("lstm", nn.LSTM, True)):
        net = start(name, kind(IN, WIDTH, 2, batch_first=True, bidirectional=both), dtype)
        y, last = packed(net, x)
        with_gradients(result, name, net, y, dtype)
        result[f"{name}/last"] = last


def transformers(result, x, dtype):
    for name, first, act, causal in (("before", True, "gelu", False), ("behind", False, "relu", True)):
        net = nn.TransformerEncoderLayer(IN, 2, 5, 0.0, act, batch_first=True, norm_first=first)
        net = start(name, net, dtype).train()
        mask = nn.Transformer.generate_square_subsequent_mask(TIME, dtype=torch.bool) if causal else None
        y = net(x, src_mask=mask, src_key_padding_mask=~INSIDE[..., 0], is_causal=causal)
        with_gradients(result, name, net, y, dtype)


def others(result, x, dtype):
    weight = initial("causal.weight", (5, IN, 3)).to(dtype)
    bias = initial("causal.bias", (5,)).to(dtype)
    wide = nn.functional.pad(x.transpose(1, 2), (4, 0))
    result["causal/y"] = nn.functional.conv1d(wide, weight, bias, dilation=2).transpose(1, 2)
    result["mean/y"] = torch.stack([x[i, :n].mean(0) for i, n in enumerate(LENGTHS)])
    result["max/y"] = torch.stack([x[i, :n].amax(0) for i, n in enumerate(LENGTHS)])
    result["last/y"] = torch.stack([x[i, n - 1] for i, n in enumerate(LENGTHS)])
    t = torch.arange(TIME, dtype=dtype)[:, None]
    i = torch.arange(IN // 2, dtype=dtype)[None]
    angle = t / 10000 ** (2 * i / IN)
    result["waves/y"] = x + torch.stack([angle.sin(), angle.cos()], -1).reshape(TIME, IN)


def run(dtype):
    result = {}
    x = noise("x", (BATCH, TIME, IN)).to(dtype)
    recurrent(result, x, dtype)
    transformers(result, x, dtype)
    others(result, x, dtype)
    return result
