"""A small transformer: AdamW with two groups, gradients clipped by their global norm."""

import torch
import torch.nn.functional as F
from torch import nn

from golden import scalars, start, weights, whole

BATCH, TIME, WORDS, WIDTH, HEADS, LAYERS, STEPS = 16, 8, 12, 12, 2, 2, 24


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        linear = lambda n, m, bias=True: nn.Linear(n, m, bias=bias)
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.query, self.key, self.value = (linear(WIDTH, WIDTH, False) for _ in range(3))
        self.join = linear(WIDTH, WIDTH)
        self.up, self.down = linear(WIDTH, 2 * WIDTH), linear(2 * WIDTH, WIDTH)

    def heads(self, x):
        return x.reshape(x.shape[0], x.shape[1], HEADS, WIDTH // HEADS).transpose(1, 2)

    def forward(self, x):
        h = self.norm1(x)
        q, k, v = (self.heads(f(h)) for f in (self.query, self.key, self.value))
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.join(seen.transpose(1, 2).reshape(x.shape))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.token, self.position = nn.Embedding(WORDS, WIDTH), nn.Embedding(TIME, WIDTH)
        self.block = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, WORDS)

    def forward(self, token):
        x = self.token(token) + self.position(torch.arange(TIME))
        for block in self.block:
            x = block(x)
        return self.head(self.norm(x))


def batch(step):
    """Three random words, over and over: the model has to learn to look three words back."""
    words = whole("words", (BATCH, 3), WORDS, step)
    text = words.repeat(1, 3)
    return text[:, :TIME], text[:, 1:TIME + 1]


def run(dtype):
    model = start(Model(), dtype)
    plain = [p for n, p in model.named_parameters() if "norm" in n or n.endswith("bias")]
    decayed = [p for n, p in model.named_parameters() if not ("norm" in n or n.endswith("bias"))]
    groups = [{"params": decayed, "weight_decay": 0.125}, {"params": plain, "weight_decay": 0.0}]
    adamw = torch.optim.AdamW(groups, lr=2.0**-7, betas=(0.9, 0.95), eps=2.0**-20)
    losses, norms, result = [], [], {}
    for step in range(STEPS):
        token, following = batch(step)
        loss = F.cross_entropy(model(token).flatten(0, 1), following.flatten())
        adamw.zero_grad()
        loss.backward()
        norms.append(nn.utils.clip_grad_norm_(model.parameters(), 0.5))
        adamw.step()
        losses.append(loss)
        if step == 0:
            result |= weights("step1", model)
    return {"loss": scalars(losses), "norm": scalars(norms)} | result | weights("last", model)
