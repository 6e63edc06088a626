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


def layer_norm(W, x, name, eps=1e-5):
    n = x.shape[-1]
    return F.layer_norm(x, (n,), W(f"{name}.weight", n), W(f"{name}.bias", n), eps)


def embedding(W, x, name, count, width):
    return F.embedding(x, W(f"{name}.weight", count, width))


def recurrent(kind, W, x, name, hidden, both=False, start=None):
    """What torch.nn.RNN, GRU or LSTM gives at each step, (batch, time, hidden)."""
    net = getattr(torch.nn, kind)(x.shape[-1], hidden, batch_first=True, bidirectional=both).double()
    weights = {n: W(f"{name}.{n}", *p.shape) for n, p in net.named_parameters()}
    return torch.func.functional_call(net, weights, (x, None if start is None else start[None]))[0]


def transformer(W, x, name, heads, **options):
    """torch.nn.TransformerEncoderLayer with GELU."""
    net = torch.nn.TransformerEncoderLayer(
        x.shape[-1], heads, 4 * x.shape[-1], dropout=0, activation="gelu", batch_first=True, **options
    )
    weights = {n: W(f"{name}.{n}", *p.shape) for n, p in net.named_parameters()}
    causal = options.get("norm_first", False)  # of gpt
    mask = torch.nn.Transformer.generate_square_subsequent_mask(x.shape[1]) if causal else None
    return torch.func.functional_call(net, weights, (x,), {"src_mask": mask, "is_causal": causal})


def per_step(logits, label):
    return F.cross_entropy(logits.flatten(0, -2), label.flatten())


# ---- models


@model(shares("image", 4, 12, 12, 1), classes("label", 5, 4))
def lenet(W, x, label):
    x = F.max_pool2d(F.relu(conv(W, channels_first(x), "conv1", 4, 5, padding=2)), 2)
    x = F.max_pool2d(F.relu(conv(W, x, "conv2", 8, 5, padding=2)), 2)
    x = F.relu(linear(W, channels_last(x).flatten(1), "hidden", 16))
    return F.cross_entropy(linear(W, x, "out", 5), label)


@model(classes("word", 13, 4, 9), classes("label", 2, 4))
def textcnn(W, x, label):
    x = embedding(W, x, "words", 13, 6).transpose(1, 2)
    found = [F.relu(conv(W, x, f"look{k}", 5, k)).amax(2) for k in (3, 4, 5)]
    return F.cross_entropy(linear(W, torch.cat(found, 1), "out", 2), label)


@model(classes("word", 13, 5, 8), classes("length", 9, 5), classes("label", 3, 5))
def fasttext(W, x, length, label):
    flat = torch.cat([row[:n] for row, n in zip(x, length)])
    x = F.embedding_bag(flat, W("words.weight", 13, 6), length.cumsum(0) - length, mode="mean")
    return F.cross_entropy(linear(W, x, "out", 3), label)


@model(numbers("sound", 4, 21, 5), classes("label", 4, 4))
def spoken(W, x, label):
    x = x.transpose(1, 2)
    for i in "123":
        x = F.max_pool1d(F.relu(batch_norm(W, conv(W, x, f"conv{i}", 6, 5, padding=2), f"norm{i}")), 2)
    return F.cross_entropy(linear(W, x.amax(2), "out", 4), label)


@model(numbers("sound", 4, 24, 5), classes("letters", 6, 4, 4), classes("beyond", 5, 4), classes("count", 5, 4))
def ctc(W, x, letters, beyond, count):
    x = F.relu(conv(W, x.transpose(1, 2), "conv", 6, 5, stride=2, padding=2)).transpose(1, 2)
    x = linear(W, recurrent("GRU", W, x, "gru", 5, both=True), "out", 7).log_softmax(-1)
    return F.ctc_loss(x.transpose(0, 1), letters + 1, beyond + 8, count)


def letter_model(kind):
    """A language model by letters; kind is torch.nn's."""

    def build(W, x, label):
        x = recurrent(kind, W, embedding(W, x, "letters", 11, 6), kind.lower(), 8)
        return per_step(linear(W, x, "out", 11), label)

    build.__name__ = kind.lower()
    return build


for cell in ("RNN", "LSTM", "GRU"):
    model(classes("letter", 11, 3, 7), classes("next", 11, 3, 7))(letter_model(cell))


@model(numbers("past", 4, 12, 3), numbers("next", 4, 3))
def forecast(W, x, target):
    return F.mse_loss(linear(W, recurrent("GRU", W, x, "gru", 8)[:, -1], "out", 3), target)


def causal_conv(W, x, name, filters, kernel, dilation):
    """As in Bai's code: padded at both sides, and cut at the end."""
    pad = dilation * (kernel - 1)
    return conv(W, x, name, filters, kernel, dilation=dilation, padding=pad)[:, :, : x.shape[2]]


@model(numbers("past", 4, 12, 3), numbers("next", 4, 3))
def tcn(W, x, target):
    x = x.transpose(1, 2)
    for i in range(3):
        V = W.within(f"block{i}")
        y = F.relu(causal_conv(V, x, "conv1", 6, 2, 2**i))
        y = F.relu(causal_conv(V, y, "conv2", 6, 2, 2**i))
        x = F.relu(y + (conv(V, x, "downsample", 6, 1) if x.shape[1] != 6 else x))
    return F.mse_loss(linear(W, x[:, :, -1], "out", 3), target)


@model(classes("read", 9, 3, 6), classes("written", 9, 3, 5), classes("next", 9, 3, 5))
def reverse(W, read, written, label):
    x = recurrent("GRU", W, embedding(W, read, "read", 9, 4), "reader", 8)
    y = recurrent("GRU", W, embedding(W, written, "written", 9, 4), "writer", 8, start=x[:, -1])
    net = torch.nn.MultiheadAttention(8, 1, batch_first=True)
    weights = {n: W(f"seen.{n}", *p.shape) for n, p in net.named_parameters()}
    seen = torch.func.functional_call(net, weights, (y, x, x))[0]
    y = torch.tanh(linear(W, torch.cat([y, seen], -1), "hidden", 8))
    return per_step(linear(W, y, "out", 9), label)


@model(classes("letter", 11, 3, 7), classes("next", 11, 3, 7))
def gpt(W, x, label):
    table = W("letters.weight", 11, 8)
    x = F.embedding(x, table) + W("positions.weight", 7, 8)
    for i in range(2):
        x = transformer(W, x, f"layers.{i}", 2, norm_first=True)
    return per_step(F.linear(layer_norm(W, x, "norm"), table), label)


@model(classes("token", 13, 4, 7), classes("segment", 2, 4, 7), classes("right", 13, 4, 7),
       counts("hidden", 2, 4, 7), classes("follows", 2, 4))
def bert(W, token, segment, right, hidden, follows):
    x = embedding(W, token, "tokens", 13, 8) + embedding(W, segment, "segments", 2, 8)
    x = layer_norm(W, x + W("positions.weight", 7, 8), "norm", eps=1e-12)
    for i in range(3):
        x = transformer(W, x, f"layers.{i}", 2, layer_norm_eps=1e-12)
    h = layer_norm(W, F.gelu(linear(W, x, "transform", 8)), "transform_norm", eps=1e-12)
    scores = F.linear(h, W("tokens.weight", 13, 8), W("decoder.bias", 13))
    found = F.cross_entropy(scores[hidden == 1], right[hidden == 1])
    pooled = torch.tanh(linear(W, x[:, 0], "pooler", 8))
    return found + F.cross_entropy(linear(W, pooled, "out", 2), follows)


@model(numbers("x", 8, 5), numbers("target", 8, 2))
def linear_regression(W, x, target):
    return F.mse_loss(linear(W, x, "linear", 2), target)


@model(numbers("x", 8, 5), counts("yes", 2, 8, 1))
def logistic_regression(W, x, yes):
    return F.binary_cross_entropy_with_logits(linear(W, x, "linear", 1), yes)


@model(shares("image", 8, 4, 4, 1), classes("label", 5, 8))
def softmax_regression(W, x, label):
    return F.cross_entropy(linear(W, x.flatten(1), "linear", 5), label)


@model(numbers("x", 8, 5), counts("count", 4, 8, 1))
def poisson_regression(W, x, count):
    return F.poisson_nll_loss(linear(W, x, "linear", 1), count)


@model(shares("image", 8, 4, 4, 1), classes("label", 5, 8))
def mlp(W, x, label):
    x = F.relu(linear(W, x.flatten(1), "linear1", 12))
    x = F.relu(linear(W, x, "linear2", 12))
    return F.cross_entropy(linear(W, x, "out", 5), label)


@model(numbers("number", 8, 5), classes("school", 4, 8), classes("work", 6, 8), classes("label", 2, 8))
def wide_and_deep(W, number, school, work, label):
    wide = linear(W, number, "wide", 2) + embedding(W, school, "embedding1", 4, 2)
    wide = wide + embedding(W, work, "embedding3", 6, 2)
    deep = [number, embedding(W, school, "embedding2", 4, 3), embedding(W, work, "embedding4", 6, 3)]
    hidden = F.relu(linear(W, torch.cat(deep, 1), "hidden", 8))
    return F.cross_entropy(wide + linear(W, hidden, "deep", 2), label)


@model(shares("image", 4, 12, 12, 1), classes("label", 5, 4))
def nin(W, x, label):
    def mlp_conv(x, name, kernel):
        x = F.relu(conv(W, x, f"{name}.0", 6, kernel, padding=kernel // 2))
        x = F.relu(conv(W, x, f"{name}.2", 6, 1))
        return F.relu(conv(W, x, f"{name}.4", 6, 1))

    x = F.max_pool2d(mlp_conv(channels_first(x), "mlp1", 5), 2)
    x = F.max_pool2d(mlp_conv(x, "mlp2", 5), 2)
    x = conv(W, mlp_conv(x, "mlp3", 3), "map", 5, 1)
    return F.cross_entropy(F.adaptive_avg_pool2d(x, 1).flatten(1), label)


@model(shares("image", 4, 8, 8, 3), classes("label", 5, 4))
def vgg(W, x, label):
    x = F.relu(conv(W, channels_first(x), "conv1", 4, 3, padding=1))
    x = F.max_pool2d(F.relu(conv(W, x, "conv2", 4, 3, padding=1)), 2)
    x = F.relu(conv(W, x, "conv3", 8, 3, padding=1))
    x = F.max_pool2d(F.relu(conv(W, x, "conv4", 8, 3, padding=1)), 2)
    x = F.relu(linear(W, channels_last(x).flatten(1), "hidden", 12))
    return F.cross_entropy(linear(W, x, "out", 5), label)


@model(shares("image", 8, 4, 4, 1), classes("label", 5, 8))
def highway(W, x, label):
    x = F.relu(linear(W, x.flatten(1), "in", 8))
    for i in range(1, 51):
        h, gate = linear(W, x, f"highway{i}", 16).chunk(2, 1)
        t = torch.sigmoid(gate)
        x = t * F.relu(h) + (1 - t) * x
    return F.cross_entropy(linear(W, x, "out", 5), label)


@model(shares("image", 4, 8, 8, 3), classes("label", 5, 4), rate=1 / 128)
def resnet(W, x, label):
    def norm_conv(W, x, number, filters, kernel=3, stride=1):
        x = conv(W, x, f"conv{number}", filters, kernel, False, stride=stride, padding=kernel // 2)
        return batch_norm(W, x, f"bn{number}")

    x = F.relu(norm_conv(W, channels_first(x), 1, 4))
    for stage, filters in enumerate((4, 8, 16), 1):
        for i in range(2):
            V, stride = W.within(f"layer{stage}.{i}"), 2 if stage > 1 and i == 0 else 1
            y = F.relu(norm_conv(V, x, 1, filters, stride=stride))
            y = norm_conv(V, y, 2, filters)
            x = F.relu(y + (x if stride == 1 else norm_conv(V, x, 3, filters, 1, stride)))
    return F.cross_entropy(linear(W, x.mean((2, 3)), "fc", 5), label)


@model(shares("image", 4, 8, 8, 3), classes("label", 5, 4), rate=1 / 64)
def densenet(W, x, label):
    def norm_conv(x, number, filters, kernel):
        x = F.relu(batch_norm(W, x, f"batch_norm{number}"))
        return conv(W, x, f"conv{number}", filters, kernel, False, padding=kernel // 2)

    x = conv(W, channels_first(x), "in", 8, 3, False, padding=1)
    for number in (1, 2, 3):
        x = torch.cat([x, norm_conv(x, number, 4, 3)], 1)
    x = F.avg_pool2d(norm_conv(x, 4, 10, 1), 2)
    for number in (5, 6, 7):
        x = torch.cat([x, norm_conv(x, number, 4, 3)], 1)
    x = F.relu(batch_norm(W, x, "norm")).mean((2, 3))
    return F.cross_entropy(linear(W, x, "out", 5), label)


@model(shares("image", 4, 8, 8, 3), classes("label", 5, 4), rate=1 / 128)
def mobilenet(W, x, label):
    x = conv(W, channels_first(x), "conv1", 4, 3, False, padding=1)
    x = F.relu(batch_norm(W, x, "batch_norm1"))
    for i, (filters, stride) in enumerate(((8, 2), (8, 1), (16, 2), (16, 1))):
        n = x.shape[1]
        x = conv(W, x, f"conv{2 * i + 2}", n, 3, False, stride=stride, padding=1, groups=n)
        x = F.relu(batch_norm(W, x, f"batch_norm{2 * i + 2}"))
        x = conv(W, x, f"conv{2 * i + 3}", filters, 1, False)
        x = F.relu(batch_norm(W, x, f"batch_norm{2 * i + 3}"))
    return F.cross_entropy(linear(W, x.mean((2, 3)), "out", 5), label)


def encoder_layer(W, x, name, heads):
    """torch.nn.TransformerEncoderLayer with norms first and GELU."""
    d = x.shape[-1]
    net = torch.nn.TransformerEncoderLayer(d, heads, 4 * d, 0, F.gelu, batch_first=True, norm_first=True).double()
    weights = {n: W(f"{name}.{n}", *p.shape) for n, p in net.named_parameters()}
    return torch.func.functional_call(net, weights, x)


@model(shares("image", 4, 12, 12, 1), classes("label", 5, 4))
def vit(W, x, label):
    x = conv(W, channels_first(x), "patches", 8, 4, stride=4).flatten(2).transpose(1, 2)
    x = x + W("positions.weight", 9, 8)
    x = encoder_layer(W, encoder_layer(W, x, "transformer1", 2), "transformer2", 2)
    return F.cross_entropy(linear(W, layer_norm(W, x, "norm").mean(1), "out", 5), label)


@model(shares("image", 2, 8, 8, 1), shares("clean", 2, 8, 8, 1))
def unet(W, x, clean):
    def twice(x, number, filters):
        x = F.relu(conv(W, x, f"conv{number}", filters, 3, padding=1))
        return F.relu(conv(W, x, f"conv{number + 1}", filters, 3, padding=1))

    a = twice(channels_first(x), 1, 4)
    b = twice(F.max_pool2d(a, 2), 3, 8)
    x = twice(F.max_pool2d(b, 2), 5, 16)
    x = twice(torch.cat([b, conv_up(W, x, "conv_transpose1", 8, 2, stride=2)], 1), 7, 8)
    x = twice(torch.cat([a, conv_up(W, x, "conv_transpose2", 4, 2, stride=2)], 1), 9, 4)
    return F.mse_loss(channels_last(conv(W, x, "out", 1, 1)), clean)


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


@model(numbers("real", 4, 16, 16, 1), numbers("noise", 4, 1, 1, 5), players=GAME)
def dcgan(W, real, noise):
    G, D = W.within("generator"), W.within("discriminator")

    def up(x, name, filters, **options):
        return F.conv_transpose2d(x, G(f"{name}.weight", x.shape[1], filters, 4, 4), **options)

    def score(x):
        x = F.leaky_relu(conv(D, x, "conv1", 3, 4, bias=False, stride=2, padding=1), 0.2)
        x = conv(D, x, "conv2", 6, 4, bias=False, stride=2, padding=1)
        return conv(D, F.leaky_relu(batch_norm(D, x, "norm2"), 0.2), "conv3", 1, 4, bias=False)

    x = F.relu(batch_norm(G, up(channels_first(noise), "up1", 6), "norm1"))
    x = F.relu(batch_norm(G, up(x, "up2", 3, stride=2, padding=1), "norm2"))
    made = score(torch.tanh(up(x, "up3", 1, stride=2, padding=1)))
    return log_game(score(channels_first(real)), made)


def log_game(real, made):
    """By the binary cross-entropy against labels, as PyTorch's own DCGAN does it."""
    loss = F.binary_cross_entropy_with_logits
    one, zero = torch.ones_like(made), torch.zeros_like(made)
    return loss(real, one) + loss(made, zero), loss(made, one)


@model(
    numbers("real", 4, 8, 8, 1), numbers("noise", 4, 6), shares("share", 4, 1, 1, 1), players=GAME, rate=1 / 64
)
def wgan_gp(W, real, noise, share):
    real, fake = channels_first(real), small_generator(W.within("generator"), noise, 8)
    score = lambda x: small_discriminator(W.within("discriminator"), x, 8)
    mix = share * real + (1 - share) * fake
    (slope,) = torch.autograd.grad(score(mix).sum(), mix, create_graph=True)
    penalty = 10 * (slope.flatten(1).norm(dim=1) - 1).square().mean()
    made = score(fake).mean()
    return made - score(real).mean() + penalty, -made


@model(numbers("real", 6, 20), classes("label", 5, 6), numbers("noise", 6, 4), players=GAME)
def cgan(W, real, label, noise):
    G, D = W.within("generator"), W.within("discriminator")
    told = F.one_hot(label, 5).double()
    fake = torch.tanh(linear(G, F.relu(linear(G, torch.cat([noise, told], 1), "hidden", 12)), "out", 20))

    def score(x):
        x = F.leaky_relu(linear(D, torch.cat([x, told], 1), "hidden", 12), 0.2)
        return linear(D, x, "score", 1)

    return log_game(score(real), score(fake))


@model(shares("image", 4, 6, 6, 1))
def autoencoder(W, image):
    image = image.flatten(1)
    code = linear(W, F.relu(linear(W, image, "encoder1", 16)), "encoder2", 5)
    return F.mse_loss(torch.sigmoid(linear(W, F.relu(linear(W, code, "decoder1", 16)), "decoder2", 36)), image)


@model(shares("image", 4, 8, 8, 1), numbers("noise", 4, 8, 8, 1))
def denoising(W, image, noise):
    image, noise = channels_first(image), channels_first(noise)
    x = F.relu(conv(W, image + noise / 2, "down1", 4, 3, stride=2, padding=1))
    x = F.relu(conv(W, x, "down2", 8, 3, stride=2, padding=1))
    x = F.relu(conv_up(W, x, "up1", 4, 4, stride=2, padding=1))
    return F.mse_loss(conv_up(W, x, "up2", 1, 4, stride=2, padding=1), image)


@model(shares("image", 4, 6, 6, 1), numbers("noise", 4, 3), rate=1 / 256)
def vae(W, image, noise):
    """The loss of PyTorch's examples, and the divergence by torch.distributions."""
    from torch.distributions import Normal, kl_divergence

    image = image.flatten(1)
    h = F.relu(linear(W, image, "fc1", 12))
    mu, logvar = linear(W, h, "fc21", 3), linear(W, h, "fc22", 3)
    std = torch.exp(0.5 * logvar)
    again = torch.sigmoid(linear(W, F.relu(linear(W, mu + std * noise, "fc3", 12)), "fc4", 36))
    kl = kl_divergence(Normal(mu, std), Normal(torch.zeros(()), torch.ones(()))).sum()
    return (F.binary_cross_entropy(again, image, reduction="sum") + kl) / len(image)


@model(shares("one", 5, 8, 8, 1), shares("other", 5, 8, 8, 1), counts("together", 2, 5))
def siamese(W, one, other, together):
    def embed(x):
        x = F.max_pool2d(F.relu(conv(W, channels_first(x), "conv1", 3, 3, padding=1)), 2)
        x = F.max_pool2d(F.relu(conv(W, x, "conv2", 6, 3, padding=1)), 2)
        return linear(W, F.relu(linear(W, channels_last(x).flatten(1), "hidden", 12)), "out", 4)

    distance = torch.linalg.vector_norm(embed(one) - embed(other), dim=1)
    return (together * distance**2 + (1 - together) * F.relu(1 - distance) ** 2).mean() / 2


@model(numbers("image", 4, 6, 6, 1), numbers("noise", 4, 6, 6, 1), classes("time", 1000, 4))
def ddpm(W, image, noise, time):
    image, noise = channels_first(image), channels_first(noise)
    share = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000), 0)[time][:, None, None, None]
    x = share.sqrt() * image + (1 - share).sqrt() * noise
    angle = time[:, None] * torch.exp(-torch.log(torch.tensor(1e4)) * torch.arange(4) / 4)
    t = F.silu(linear(W, torch.cat([angle.sin(), angle.cos()], 1), "time", 8))

    def tell(x, name):
        return F.silu(x + linear(W, t, name, x.shape[1])[:, :, None, None])

    x = tell(conv(W, x, "in", 4, 3, padding=1), "time1")
    low = tell(conv(W, x, "down", 8, 3, stride=2, padding=1), "time2")
    low = tell(conv_up(W, low, "up", 4, 4, stride=2, padding=1), "time3")
    return F.mse_loss(conv(W, torch.cat([x, low], 1), "out", 1, 3, padding=1), noise)


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
