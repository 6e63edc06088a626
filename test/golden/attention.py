"""Attention: value, first and second derivative under four masks, over 20 batches."""

import torch

from golden import noise, scalars

BATCH, HEADS, TIME, WIDTH, STEPS = 2, 2, 6, 4, 20
SHAPE = (BATCH, HEADS, TIME, WIDTH)


def padding(step):
    """(batch, 1, queries, keys): the first example has keys 0..3; in the other, query 2 may look
    nowhere."""
    mask = torch.ones(BATCH, 1, TIME, TIME, dtype=torch.bool)
    mask[0, :, :, 4:] = False
    mask[1, :, 2, :] = False
    return mask


def attention(q, k, v, mask):
    """Masked scores stay finite, so that a query without keys gives zeros and zero derivatives."""
    score = (q @ k.transpose(-1, -2)) / WIDTH**0.5
    share = torch.softmax(score.masked_fill(~mask, -1e30), -1)
    return share.masked_fill(~mask, 0.0) @ v


def derivatives(dtype, mask, step):
    make = lambda name, scale=1: noise(name, SHAPE, scale, step).to(dtype)
    x = [make(n, 2).requires_grad_() for n in ("q", "k", "v")]
    y = attention(*x, mask)
    loss = (y * make("dy")).sum()
    first = torch.autograd.grad(loss, x, create_graph=True)
    turn = sum((g * make(n)).sum() for g, n in zip(first, ("uq", "uk", "uv")))
    second = torch.autograd.grad(turn, x)
    result = {"loss": loss, "turn": turn, "y": y}
    result |= {f"first_{n}": g for n, g in zip("qkv", first)}
    return result | {f"second_{n}": g for n, g in zip("qkv", second)}


def run(dtype):
    causal = torch.ones(TIME, TIME, dtype=torch.bool).tril().reshape(1, 1, TIME, TIME)
    everywhere = torch.ones_like(causal)
    result = {}
    for name in ("plain", "causal", "padded", "both"):
        losses, turns = [], []
        for step in range(STEPS):
            mask = causal if name in ("causal", "both") else everywhere
            mask = mask & padding(step) if name in ("padded", "both") else mask
            d = derivatives(dtype, mask, step)
            losses.append(d.pop("loss"))
            turns.append(d.pop("turn"))
            if step in (0, STEPS - 1):
                place = "step1" if step == 0 else "last"
                result |= {f"{name}/{place}/{key}": x.detach().double() for key, x in d.items()}
        result |= {f"{name}/loss": scalars(losses), f"{name}/turn": scalars(turns)}
    return result
