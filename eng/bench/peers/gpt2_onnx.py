"""Writes one step of a GPT-2 (124M, random weights) with its cache as ONNX: python3 gpt2_onnx.py FILE. Inputs ids [1, 1], past [24, 12, length, 64]."""
import sys

import torch
from torch import nn

LAYERS, WIDTH, HEADS, VOCABULARY = 12, 768, 12, 50257


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.output = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x, keys, values):
        q, k, v = self.qkv(self.norm1(x)).view(3, HEADS, 1, 64)
        keys, values = torch.cat([keys, k], 1), torch.cat([values, v], 1)
        a = torch.softmax(q @ keys.transpose(-1, -2) / 8.0, -1) @ values
        x = x + self.output(a.reshape(1, WIDTH))
        return x + self.down(nn.functional.gelu(self.up(self.norm2(x)), approximate="tanh")), keys, values


class Gpt2(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions, self.norm = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(1024, WIDTH), nn.LayerNorm(WIDTH)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, ids, past):
        x = self.tokens(ids[0]) + self.positions.weight[past.shape[2]]
        present = []
        for i, layer in enumerate(self.layers):
            x, keys, values = layer(x, past[2 * i], past[2 * i + 1])
            present += [keys, values]
        return self.norm(x) @ self.tokens.weight.T, torch.stack(present)


if __name__ == "__main__":
    torch.manual_seed(1)
    torch.onnx.export(
        Gpt2().eval(), (torch.tensor([[5]]), torch.zeros(2 * LAYERS, HEADS, 7, 64)), sys.argv[1], input_names=["ids", "past"], output_names=["logits", "present"],
        dynamic_axes={"past": {2: "length"}, "present": {2: "next"}}, opset_version=14)
