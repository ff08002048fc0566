#!/usr/bin/python3
"""What plain PyTorch models with masked-language heads give for masks: the softmax of their logits, most probable first.

Needs Debian's python3-torch and python3-numpy.
usage: fill_mask.py FIXTURES OUTPUT
FIXTURES has a folder oracle-FAMILY for each family, with config.json and model.safetensors. Writes the file OUTPUT: the texts, and for each
family, text and mask the ids of all tokens by falling probability, and these probabilities. The vocabulary has 31 tokens: [PAD], [UNK],
[CLS], [SEP], [MASK] and the 26 letters, each a word. Everything is computed in float64 from the float32 weights, one text at a time.
"""
import json
import os
import runpy
import shutil
import sys
import tempfile

TEXTS = ["s h i [MASK] s", "[MASK]", "a [MASK] c [MASK] e f g", "[MASK] [MASK] q", "z y x w v u t s r q [MASK]"]
fixtures, output = sys.argv[1:]
result = {"texts": TEXTS, "families": {}}


def ids(text):
    return [2] + [4 if word == "[MASK]" else ord(word) - ord("a") + 5 for word in text.split()] + [3]


for family in ("albert", "bert", "distilbert", "electra", "modernbert", "roberta"):
    with tempfile.TemporaryDirectory() as directory:
        for name in ("config.json", "model.safetensors"):
            shutil.copy(os.path.join(fixtures, "oracle-" + family, name), directory)
        with open(os.path.join(directory, "expected.json"), "w") as file:
            json.dump({"batch": [ids(text) for text in TEXTS], "segments": [[0] * len(ids(text)) for text in TEXTS]}, file)
        sys.argv = ["task_heads.py", directory]
        model = runpy.run_path(os.path.join(os.path.dirname(os.path.abspath(__file__)), "task_heads.py"))
    torch, F, W, linear, norm = (model[name] for name in ("torch", "F", "W", "linear", "norm"))
    table = W["model.embeddings.tok_embeddings.weight" if family == "modernbert" else family + ".embeddings.word_embeddings.weight"]

    def logits(hidden):
        if family == "modernbert":
            return norm("head.norm", F.gelu(linear("head.dense", hidden))) @ table.T + W["decoder.bias"]
        dense, last, bias = {
            "albert": ("predictions.dense", "predictions.LayerNorm", "predictions.bias"),
            "bert": ("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias"),
            "distilbert": ("vocab_transform", "vocab_layer_norm", "vocab_projector.bias"),
            "electra": ("generator_predictions.dense", "generator_predictions.LayerNorm", "generator_lm_head.bias"),
            "roberta": ("lm_head.dense", "lm_head.layer_norm", "lm_head.bias"),
        }[family]
        inner = linear(dense, hidden)
        inner = F.gelu(inner, approximate="tanh") if family == "albert" else F.gelu(inner)
        return norm(last, inner) @ table.T + W[bias]

    rows = []
    for text in TEXTS:
        tokens = torch.tensor(ids(text))
        probabilities = logits(model["encode"](tokens, torch.zeros_like(tokens))).softmax(-1)[tokens == 4]
        values, order = probabilities.sort(dim=-1, descending=True, stable=True)
        rows.append([{"ids": i.tolist(), "probabilities": [round(v, 9) for v in p.tolist()]} for i, p in zip(order, values)])
    result["families"][family] = rows

with open(output, "w") as file:
    json.dump(result, file)
    file.write("\n")
