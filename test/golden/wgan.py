"""WGAN with gradient penalty (Gulrajani et al. 2017) on 8x8 images of a bright square."""

import torch
import torch.nn.functional as F
from torch import nn

from golden import channels_first, channels_last, noise, scalars, start, weights, whole

BATCH, ROUNDS, CRITIC_STEPS = 8, 10, 3


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 32)
        self.up1 = nn.ConvTranspose2d(8, 4, 4, stride=2, padding=1)
        self.up2 = nn.ConvTranspose2d(4, 1, 4, stride=2, padding=1)

    def forward(self, latent):
        x = channels_first(torch.relu(self.linear(latent)).reshape(-1, 2, 2, 8))
        return torch.tanh(self.up2(torch.relu(self.up1(x))))


class Critic(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, padding=1)
        self.score = nn.Linear(64, 1, bias=False)

    def forward(self, x):
        x = F.max_pool2d(F.leaky_relu(self.conv1(x), 0.2), 2)
        x = F.avg_pool2d(F.leaky_relu(self.conv2(x), 0.2), 2)
        return self.score(channels_last(x).flatten(1))


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.critic, self.generator = Critic(), Generator()


def squares(step):
    """A 3x3 bright square at a random place, on noise: (batch, 1, 8, 8)."""
    row, column = (whole(name, (BATCH, 1, 1), 6, step) + 1 for name in ("row", "column"))
    i, j = torch.arange(8).reshape(1, 8, 1), torch.arange(8).reshape(1, 1, 8)
    inside = ((i - row).abs() <= 1) & ((j - column).abs() <= 1)
    return (inside.double() + noise("real", (BATCH, 8, 8), 1 / 4, step)).unsqueeze(1)


def penalty(critic, mix):
    mix = mix.detach().requires_grad_()
    (slope,) = torch.autograd.grad(critic(mix).sum(), mix, create_graph=True)
    length = slope.square().sum(dim=(1, 2, 3)).sqrt()
    return (length - 1).square().mean()


def run(dtype):
    both = start(Both(), dtype)
    critic, generator = both.critic, both.generator
    adam = lambda m: torch.optim.Adam(m.parameters(), lr=2.0**-8, betas=(0.0, 0.9))
    critic_adam, generator_adam = adam(critic), adam(generator)
    losses, result = [], {}
    for step in range(ROUNDS * (CRITIC_STEPS + 1)):
        latent = noise("latent", (BATCH, 8), 1, step).to(dtype)
        if step % (CRITIC_STEPS + 1) < CRITIC_STEPS:
            real, fake = squares(step).to(dtype), generator(latent).detach()
            share = ((noise("share", (BATCH, 1, 1, 1), 1, step) + 1) / 2).to(dtype)
            mix = share * real + (1 - share) * fake
            loss = critic(fake).mean() - critic(real).mean() + 10 * penalty(critic, mix)
            optimizer = critic_adam
        else:
            loss, optimizer = -critic(generator(latent)).mean(), generator_adam
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss)
        if step == 0:
            result |= weights("step1", both)
    return {"loss": scalars(losses)} | result | weights("last", both)
