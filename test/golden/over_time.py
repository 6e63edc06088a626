"""Layers over time, with examples of different lengths: values, and gradients of weights."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from golden import initial, noise

BATCH, TIME, IN, WIDTH = 3, 6, 4, 4
LENGTHS = torch.tensor([6, 2, 3])
INSIDE = (torch.arange(TIME)[None] < LENGTHS[:, None])[..., None]
KEYS, TO_LENGTHS = 5, torch.tensor([4, 5, 1])
INSIDE_TO = (torch.arange(KEYS)[None] < TO_LENGTHS[:, None])[..., None]


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


def attention(result, x, to, dtype):
    net = start("across", nn.MultiheadAttention(IN, 2, batch_first=True), dtype)
    y, _ = net(x, to, to, key_padding_mask=~INSIDE_TO[..., 0])
    with_gradients(result, "across", net, y, dtype)


def decoders(result, x, to, dtype):
    for name, first, act in (("writer", True, "gelu"), ("writer_behind", False, "relu")):
        net = nn.TransformerDecoderLayer(IN, 2, 5, 0.0, act, batch_first=True, norm_first=first)
        net = start(name, net, dtype).train()
        mask = nn.Transformer.generate_square_subsequent_mask(TIME, dtype=torch.bool)
        y = net(x, to, tgt_mask=mask, tgt_key_padding_mask=~INSIDE[..., 0],
                memory_key_padding_mask=~INSIDE_TO[..., 0], tgt_is_causal=True)
        with_gradients(result, name, net, y, dtype)


def begun(result, x, to, dtype):
    first = start("first", nn.LSTM(IN, WIDTH, 1, batch_first=True, bidirectional=True), dtype)
    then = start("then", nn.LSTM(IN, 2 * WIDTH, 1, batch_first=True), dtype)
    _, last = first(pack_padded_sequence(to, TO_LENGTHS, batch_first=True, enforce_sorted=False))
    state = tuple(s.transpose(0, 1).reshape(1, BATCH, -1) for s in last)
    y = pad_packed_sequence(then(pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False), state)[0],
                            batch_first=True, total_length=TIME)[0]
    result["begun/y"] = y
    loss = (y * noise("dy", tuple(y.shape)).to(dtype)).sum()
    for name, net in (("first", first), ("then", then)):
        for (part, _), g in zip(net.named_parameters(), torch.autograd.grad(loss, list(net.parameters()), retain_graph=True)):
            result[f"begun/{name}.{part}"] = g


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
    to = noise("to", (BATCH, KEYS, IN)).to(dtype)
    attention(result, x, to, dtype)
    decoders(result, x, to, dtype)
    begun(result, x, to, dtype)
    others(result, x, dtype)
    return result
