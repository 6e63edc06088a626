"""Weights of PyTorch, as they come: names of a Sequential, features after a flatten in channels first, one in f16.

usage: torch_weights.py FOLDER

Writes torch_weights.safetensors and prints what the network says of two images: the rows of `expected` in test/test_from.c.
PyTorch 2.15 and safetensors made the one beside this file.
"""
import sys

import torch
from safetensors.torch import save_file
from torch import nn

torch.manual_seed(3)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(7))
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))

    def forward(self, x):
        return self.classifier(self.features(x))


net = Net().eval()
with torch.no_grad():
    for v in net.state_dict().values():
        if v.dtype == torch.float32:
            v.copy_(torch.rand_like(v) - 0.4)
    net.features[1].running_var.copy_(torch.rand(4) + 0.5)
    net.classifier[1].bias.copy_(net.classifier[1].bias.half())
image = (torch.arange(2 * 784) * 37 % 256).reshape(2, 1, 28, 28).float()
with torch.no_grad():
    for row in net(image / 255).softmax(1).double().tolist():
        print("    {" + ", ".join("%.9g" % v for v in row) + "},")
state = {k: v.clone() for k, v in net.state_dict().items()}
state["classifier.1.bias"] = state["classifier.1.bias"].half()
save_file(state, sys.argv[1] + "/torch_weights.safetensors")
