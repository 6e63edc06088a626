"""The models of example/model in PyTorch: 20 steps of each in f64, from the same weights and batches.

python3 models.py [name ...] writes model/NAME.txt: losses of the steps, and of each weight after the
last one two sums, of its elements and of them times a hash of their places.

A model is a function of feeds and of W, which gives a weight by its name and shape and makes it
when first asked.  What it returns is the loss, or for a game of two the losses by player."""

import sys

import torch
import torch.nn.functional as F

import golden
from golden import channels_first, channels_last

STEPS = 20
MODELS = {}


class Feed:
    """As model_feed in example/model/model.h: numbers, shares, counts or classes."""

    def __init__(self, name, size, kind, below=0):
        self.name, self.size, self.kind, self.below = name, size, kind, below

    def batch(self, step):
        if self.kind in ("counts", "classes"):
            number = golden.whole(self.name, self.size, self.below, step)
            return number if self.kind == "classes" else number.double()
        number = golden.noise(self.name, self.size, 1, step)
        return number if self.kind == "numbers" else (number + 1) / 2


def numbers(name, *size):
    return Feed(name, size, "numbers")


def shares(name, *size):
    return Feed(name, size, "shares")


def counts(name, below, *size):
    return Feed(name, size, "counts", below)


def classes(name, below, *size):
    return Feed(name, size, "classes", below)


class Weights:
    """Weights by name, as in the C graph; a scope goes before the names made in it."""

    def __init__(self, scope="", made=None):
        self.scope, self.made = scope, {} if made is None else made

    def __call__(self, name, *shape):
        name = self.scope + name
        if name not in self.made:
            self.made[name] = golden.initial(name, shape).requires_grad_()
        return self.made[name]

    def within(self, name):
        return Weights(f"{self.scope}{name}.", self.made)


def model(*feeds, players=("",), rate=1 / 16):
    """Notes a function as the model of its name."""

    def note(function):
        MODELS[function.__name__] = (function, feeds, players, rate)
        return function

    return note


# ---- layers, by the names of their weights


def linear(W, x, name, out, bias=True):
    return F.linear(x, W(f"{name}.weight", out, x.shape[-1]), W(f"{name}.bias", out) if bias else None)


def conv(W, x, name, filters, kernel, bias=True, **options):
    """Of channels first."""
    shape = (filters, x.shape[1] // options.get("groups", 1), *[kernel] * (x.dim() - 2))
    apply = F.conv2d if x.dim() == 4 else F.conv1d
    return apply(x, W(f"{name}.weight", *shape), W(f"{name}.bias", filters) if bias else None, **options)


def conv_up(W, x, name, filters, kernel, **options):
    weight = W(f"{name}.weight", x.shape[1], filters, kernel, kernel)
    return F.conv_transpose2d(x, weight, W(f"{name}.bias", filters), **options)


def batch_norm(W, x, name):
    n = x.shape[1]
    return F.batch_norm(x, None, None, W(f"{name}.weight", n), W(f"{name}.bias", n), training=True)


def layer_norm(W, x, name):
    n = x.shape[-1]
    return F.layer_norm(x, (n,), W(f"{name}.weight", n), W(f"{name}.bias", n))


def embedding(W, x, name, count, width):
    return F.embedding(x, W(f"{name}.weight", count, width))


def recurrent(kind, W, x, name, hidden, both=False):
    """What torch.nn.RNN, GRU or LSTM gives at each step, (batch, time, hidden)."""
    net = getattr(torch.nn, kind)(x.shape[-1], hidden, batch_first=True, bidirectional=both).double()
    weights = {n: W(f"{name}.{n}", *p.shape) for n, p in net.named_parameters()}
    return torch.func.functional_call(net, weights, x)[0]


def per_step(logits, label):
    return F.cross_entropy(logits.flatten(0, -2), label.flatten())


# ---- models


@model(shares("image", 4, 12, 12, 1), classes("label", 5, 4))
def lenet(W, x, label):
    x = F.max_pool2d(F.relu(conv(W, channels_first(x), "conv1", 4, 5, padding=2)), 2)
    x = F.max_pool2d(F.relu(conv(W, x, "conv2", 8, 5, padding=2)), 2)
    x = F.relu(linear(W, channels_last(x).flatten(1), "hidden", 16))
    return F.cross_entropy(linear(W, x, "out", 5), label)


@model(classes("letter", 11, 3, 7), classes("next", 11, 3, 7))
def gru(W, x, label):
    x = recurrent("GRU", W, embedding(W, x, "letters", 11, 6), "gru", 8)
    return per_step(linear(W, x, "out", 11), label)


def small_generator(W, noise, filters):
    x = F.relu(linear(W, noise, "linear", 4 * filters)).reshape(-1, 2, 2, filters)
    x = F.relu(conv_up(W, channels_first(x), "up1", filters // 2, 4, stride=2, padding=1))
    return torch.tanh(conv_up(W, x, "up2", 1, 4, stride=2, padding=1))


def small_discriminator(W, x, filters):
    x = F.leaky_relu(conv(W, x, "conv1", filters // 2, 4, stride=2, padding=1), 0.2)
    x = F.leaky_relu(conv(W, x, "conv2", filters, 4, stride=2, padding=1), 0.2)
    return linear(W, channels_last(x).flatten(1), "score", 1)


GAME = ("discriminator.", "generator.")


@model(numbers("real", 4, 8, 8, 1), numbers("noise", 4, 6), players=GAME)
def lsgan(W, real, noise):
    fake = small_generator(W.within("generator"), noise, 8)
    score = lambda x: small_discriminator(W.within("discriminator"), x, 8)
    made = score(fake)
    return ((score(channels_first(real)) - 1).square().mean() + made.square().mean()) / 2, (made - 1).square().mean() / 2


# ---- training


def losses_of(function, W, batch):
    result = function(W, *batch)
    return result if isinstance(result, tuple) else (result,)


def train(name):
    function, feeds, players, rate = MODELS[name]
    W, losses = Weights(), []
    losses_of(function, W, [feed.batch(0) for feed in feeds])  # makes the weights
    mine = [[w for n, w in W.made.items() if n.startswith(player)] for player in players]
    sgd = [torch.optim.SGD(weights, lr=rate, momentum=0.75) for weights in mine]
    for step in range(STEPS):
        player = step % len(players)
        loss = losses_of(function, W, [feed.batch(step) for feed in feeds])[player]
        gradients = torch.autograd.grad(loss, mine[player])
        for weight, gradient in zip(mine[player], gradients):
            weight.grad = gradient
        sgd[player].step()
        losses.append(loss)
    look = lambda w: w.flatten() * golden.noise("look", (w.numel(),))
    sums = {n: torch.stack([w.detach().sum(), look(w.detach()).sum()]) for n, w in W.made.items()}
    return {"loss": golden.scalars(losses)} | sums


def main():
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    for name in sys.argv[1:] or MODELS:
        print(golden.write(f"model/{name}", train(name), "models"))


if __name__ == "__main__":
    main()
