"""Writes a BERT encoder of random weights as ONNX: python3 encoder_onnx.py FILE [LAYERS WIDTH VOCABULARY]. Inputs ids, mask [batch, length]."""
import sys

import torch
from torch import nn


class Layer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.heads = width // 64
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width, 1e-12), nn.LayerNorm(width, 1e-12)

    def forward(self, x, bias):
        batch, length, width = x.shape

        def split(y):
            return y.view(batch, length, self.heads, 64).transpose(1, 2)

        q, k, v = split(self.query(x)), split(self.key(x)), split(self.value(x))
        a = torch.softmax(q @ k.transpose(-1, -2) / 8.0 + bias, -1) @ v
        x = self.norm1(x + self.output(a.transpose(1, 2).reshape(batch, length, width)))
        return self.norm2(x + self.down(nn.functional.gelu(self.up(x))))


class Encoder(nn.Module):
    def __init__(self, layers, width, vocabulary):
        super().__init__()
        self.tokens, self.positions, self.types = nn.Embedding(vocabulary, width), nn.Embedding(512, width), nn.Embedding(2, width)
        self.norm = nn.LayerNorm(width, 1e-12)
        self.layers = nn.ModuleList(Layer(width) for _ in range(layers))

    def forward(self, ids, mask):
        x = self.norm(self.tokens(ids) + self.positions.weight[: ids.shape[1]] + self.types.weight[0])
        bias = (1 - mask)[:, None, None, :].float() * -10000.0
        for layer in self.layers:
            x = layer(x, bias)
        return x


if __name__ == "__main__":
    torch.manual_seed(1)
    layers, width, vocabulary = (int(a) for a in sys.argv[2:5]) if len(sys.argv) > 2 else (12, 768, 30522)
    ids = torch.randint(5, vocabulary, (1, 128))
    axes = {0: "batch", 1: "length"}
    torch.onnx.export(
        Encoder(layers, width, vocabulary).eval(), (ids, torch.ones_like(ids)), sys.argv[1], input_names=["ids", "mask"], output_names=["hidden"],
        dynamic_axes={"ids": axes, "mask": axes, "hidden": axes}, opset_version=14)
