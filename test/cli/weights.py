"""Weights stored by `adze train`, read by the safetensors package: names, shapes and values.

Values are compared twice.  A network computed by numpy from the loaded arrays must answer as
`adze eval` does, and arrays written back by the package must give `adze eval` the same loss to
its last digit.  With torch installed, modules of those names must load them as they are.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

BATCH_NORM = """
data: {format: idx, classes: 10}
model:
  - conv: {filters: 6, kernel: 3, padding: 1}
  - batch_norm
  - relu
  - max_pool: {window: 4}
  - flatten
  - linear: {out: 10}
train: {epochs: 2, batch: 32}
"""

# As torch.nn has them: Conv2d (out, in, height, width), Linear (out, in), BatchNorm2d (channels).
SHAPES = {
    "mlp": {
        "linear1.weight": (512, 784),
        "linear1.bias": (512,),
        "linear2.weight": (512, 512),
        "linear2.bias": (512,),
        "linear3.weight": (10, 512),
        "linear3.bias": (10,),
    },
    "lenet": {
        "conv1.weight": (32, 1, 5, 5),
        "conv1.bias": (32,),
        "conv2.weight": (64, 32, 5, 5),
        "conv2.bias": (64,),
        "linear1.weight": (512, 3136),
        "linear1.bias": (512,),
        "linear2.weight": (10, 512),
        "linear2.bias": (10,),
    },
    "batch_norm": {
        "conv1.weight": (6, 1, 3, 3),
        "conv1.bias": (6,),
        "batch_norm1.weight": (6,),
        "batch_norm1.bias": (6,),
        "batch_norm1.running_mean": (6,),
        "batch_norm1.running_var": (6,),
        "linear1.weight": (10, 294),
        "linear1.bias": (10,),
    },
}


def linear(x, w, name):
    return x @ w[name + ".weight"].T + w[name + ".bias"]


def conv(x, w, name):
    """x: (batch, channels, height, width); the padding keeps the size."""
    weight = w[name + ".weight"]
    side = weight.shape[2] // 2
    x = np.pad(x, ((0, 0), (0, 0), (side, side), (side, side)))
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    y = np.tensordot(windows, weight, axes=((1, 4, 5), (1, 2, 3)))
    return (y + w[name + ".bias"]).transpose(0, 3, 1, 2)


def pool(x, size):
    n, c, h, wide = x.shape
    return x.reshape(n, c, h // size, size, wide // size, size).max(axis=(3, 5))


def relu(x):
    return np.maximum(x, 0)


def flatten(x):
    """Adze keeps channels last, so their order is height, width, channel."""
    return x.transpose(0, 2, 3, 1).reshape(len(x), -1)


def mlp(x, w):
    x = relu(linear(flatten(x), w, "linear1"))
    return linear(relu(linear(x, w, "linear2")), w, "linear3")


def lenet(x, w):
    x = pool(relu(conv(x, w, "conv1")), 2)
    x = pool(relu(conv(x, w, "conv2")), 2)
    return linear(relu(linear(flatten(x), w, "linear1")), w, "linear2")


def batch_norm(x, w):
    x = conv(x, w, "conv1")
    mean, var, scale, shift = (
        w["batch_norm1." + part].reshape(1, -1, 1, 1)
        for part in ("running_mean", "running_var", "weight", "bias")
    )
    x = (x - mean) / np.sqrt(var + 1e-5) * scale + shift
    return linear(flatten(pool(relu(x), 4)), w, "linear1")


def read_idx(path, header):
    return np.frombuffer(path.read_bytes(), np.uint8, offset=header)


def confusion(logits, labels):
    matrix = np.zeros((10, 10), int)
    np.add.at(matrix, (labels, logits.argmax(axis=1)), 1)
    return matrix.tolist()


def evaluate(adze, run):
    text = subprocess.run([adze, "eval", str(run), "--json"], check=True, capture_output=True).stdout
    return json.loads(text.splitlines()[0])


def load_into_torch(weights):
    """Every name finds its place in modules named alike, and none is left over."""
    try:
        import torch
    except ImportError:
        return
    network = torch.nn.Module()
    for name in dict.fromkeys(key.split(".")[0] for key in weights):
        shape = weights[name + ".weight"].shape
        if name.startswith("conv"):
            module = torch.nn.Conv2d(shape[1], shape[0], shape[2:])
        elif name.startswith("batch_norm"):
            module = torch.nn.BatchNorm2d(shape[0])
        else:
            module = torch.nn.Linear(shape[1], shape[0])
        network.add_module(name, module)
    network.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in weights.items()})


def check(adze, data, folder, name, yaml, forward):
    run = folder / name
    # 600 images: enough that the answers differ from one another.
    subprocess.run(
        [adze, "train", str(yaml), "--data", str(data), "--out", str(run), "--set", "train.epochs=2"],
        check=True,
        capture_output=True,
    )
    model = run / "model.safetensors"
    weights = load_file(model)
    assert {k: v.shape for k, v in weights.items()} == SHAPES[name], weights.keys()
    assert all(v.dtype == np.float32 for v in weights.values())

    images = read_idx(data / "t10k-images-idx3-ubyte", 16).reshape(-1, 1, 28, 28)
    labels = read_idx(data / "t10k-labels-idx1-ubyte", 8)
    logits = forward(images.astype(np.float32) / 255, weights).astype(np.float64)
    found = evaluate(adze, run)
    assert confusion(logits, labels) == found["confusion"], name
    logits -= logits.max(axis=1, keepdims=True)
    loss = (np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(labels)), labels]).mean()
    assert abs(loss - found["test_loss"]) < 1e-4 * max(1, loss), (loss, found["test_loss"])

    with safe_open(model, "np") as f:
        notes = f.metadata()
    save_file(weights, model, notes)
    assert evaluate(adze, run) == found, name
    load_into_torch(weights)
    print(f"{name}: {len(weights)} tensors, test loss {loss:.4f}")


def main(adze, write_digits, sources):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        data = folder / "data"
        data.mkdir()
        subprocess.run([write_digits, str(data), "600", "200"], check=True)
        (folder / "batch_norm.yaml").write_text(BATCH_NORM)
        sources = pathlib.Path(sources)
        check(adze, data, folder, "mlp", sources / "mlp.yaml", mlp)
        check(adze, data, folder, "lenet", sources / "lenet.yaml", lenet)
        check(adze, data, folder, "batch_norm", folder / "batch_norm.yaml", batch_norm)


main(*sys.argv[1:])
