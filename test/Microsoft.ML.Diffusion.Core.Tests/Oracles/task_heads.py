#!/usr/bin/python3
"""Task heads of a plain PyTorch BERT, RoBERTa, ModernBERT, DistilBERT, ELECTRA or ALBERT: logits, losses and every gradient.

Needs Debian's python3-torch and python3-numpy.
usage: task_heads.py DIRECTORY
DIRECTORY has config.json and model.safetensors, with the tensors classifier (sequences; RoBERTa and ELECTRA: classifier.dense and
classifier.out_proj), token_classifier and qa_outputs, and expected.json, of which "batch" and "segments" are read,
and "hidden" is compared with if it is there.
Writes heads.json, for each case logits and loss, and heads.safetensors, the gradient of each case's loss as case/tensor. Cases:
  first, mean   the sequence's head on the first token, or on the mean of all tokens: cross-entropy of the class index % 3 of sequence
                index, class weights 1, 2, 0.5, label smoothing 0.1, the sum over sequences
  token, qa     half the sum of squares of all logits of the batch, the sequences end to end
Everything is computed in float64 from the float32 weights, one sequence at a time, with dropout off.
"""
import json
import math
import os
import struct
import sys

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
directory = sys.argv[1]
config = json.load(open(os.path.join(directory, "config.json")))
expected = json.load(open(os.path.join(directory, "expected.json")))
family = config["model_type"]
modern, roberta, distil, albert = (family == name for name in ("modernbert", "roberta", "distilbert", "albert"))
heads, layers = config["n_heads" if distil else "num_attention_heads"], config["n_layers" if distil else "num_hidden_layers"]


def read(path):
    content = open(path, "rb").read()
    size = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        values = torch.frombuffer(bytearray(content[8 + size + start:8 + size + end]), dtype=torch.float32)
        tensors[name] = values.reshape(entry["shape"]).double().requires_grad_()
    return tensors


def write(path, tensors):
    header, offset, blobs = {}, 0, []
    for name in sorted(tensors):
        blob = tensors[name].float().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [offset, offset + len(blob)]}
        offset += len(blob)
        blobs.append(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


W = read(os.path.join(directory, "model.safetensors"))


def linear(name, x):
    return F.linear(x, W[name + ".weight"], W.get(name + ".bias"))


def norm(name, x):
    epsilon = config["norm_eps"] if modern else 1e-12 if distil else config["layer_norm_eps"]
    return F.layer_norm(x, x.shape[-1:], W[name + ".weight"], W.get(name + ".bias"), epsilon)


def attend(q, k, v, allowed=None):
    """[tokens × width] each."""
    n, width = q.shape
    q, k, v = (t.reshape(n, heads, width // heads).transpose(0, 1) for t in (q, k, v))
    scores = q @ k.transpose(1, 2) / math.sqrt(width // heads)
    if allowed is not None:
        scores = scores.masked_fill(~allowed, -math.inf)
    return (scores.softmax(-1) @ v).transpose(0, 1).reshape(n, width)


def rotate(x, theta):
    n, width = x.shape
    half = width // heads // 2
    angles = torch.arange(n)[:, None] * theta ** (-torch.arange(half) / half)
    x = x.reshape(n, heads, 2, half)
    cos, sin = angles.cos()[:, None], angles.sin()[:, None]
    a, b = x[:, :, 0], x[:, :, 1]
    return torch.stack([a * cos - b * sin, b * cos + a * sin], 2).reshape(n, width)


def encode_modern(tokens):
    x = norm("model.embeddings.norm", W["model.embeddings.tok_embeddings.weight"][tokens])
    distance = (torch.arange(len(tokens))[:, None] - torch.arange(len(tokens))).abs()
    for i in range(layers):
        name = f"model.layers.{i}."
        everywhere = i % config["global_attn_every_n_layers"] == 0
        theta = config["global_rope_theta" if everywhere else "local_rope_theta"]
        q, k, v = linear(name + "attn.Wqkv", norm(name + "attn_norm", x) if i else x).chunk(3, -1)
        allowed = None if everywhere else distance <= config["local_attention"] // 2
        x = x + linear(name + "attn.Wo", attend(rotate(q, theta), rotate(k, theta), v, allowed))
        inner, gate = linear(name + "mlp.Wi", norm(name + "mlp_norm", x)).chunk(2, -1)
        x = x + linear(name + "mlp.Wo", F.gelu(inner) * gate)
    return norm("model.final_norm", x)


def distil_names(i):
    name = f"distilbert.transformer.layer.{i}."
    parts = "attention.q_lin attention.k_lin attention.v_lin attention.out_lin sa_layer_norm ffn.lin1 ffn.lin2 output_layer_norm"
    return [name + part for part in parts.split()]


def albert_names(i):
    group = i * config["num_hidden_groups"] // layers
    name = f"albert.encoder.albert_layer_groups.{group}.albert_layers.0."
    parts = "attention.query attention.key attention.value attention.dense attention.LayerNorm ffn ffn_output full_layer_layer_norm"
    return [name + part for part in parts.split()]


def bert_names(i):
    name = f"{family}.encoder.layer.{i}."
    parts = "attention.self.query attention.self.key attention.self.value attention.output.dense attention.output.LayerNorm"
    return [name + part for part in parts.split() + ["intermediate.dense", "output.dense", "output.LayerNorm"]]


def encode(tokens, types):
    if modern:
        return encode_modern(tokens)
    names = distil_names if distil else albert_names if albert else bert_names
    activate = (lambda x: F.gelu(x, approximate="tanh")) if albert else F.gelu
    prefix = family + ".embeddings."
    positions = torch.arange(len(tokens)) + (config["pad_token_id"] + 1 if roberta else 0)
    x = W[prefix + "word_embeddings.weight"][tokens] + W[prefix + "position_embeddings.weight"][positions]
    if not distil:
        x = x + W[prefix + "token_type_embeddings.weight"][types]
    x = norm(prefix + "LayerNorm", x)
    for projection in ("electra.embeddings_project", "albert.encoder.embedding_hidden_mapping_in"):
        if projection + ".weight" in W:
            x = linear(projection, x)
    for i in range(layers):
        query, key, value, attended, attention_norm, inner, outer, last_norm = names(i)
        x = norm(attention_norm, x + linear(attended, attend(linear(query, x), linear(key, x), linear(value, x))))
        x = norm(last_norm, x + linear(outer, activate(linear(inner, x))))
    return x


def sequence_head(pooled):
    if modern:
        return linear("classifier", norm("head.norm", F.gelu(linear("head.dense", pooled))))
    if distil:
        return linear("classifier", linear("pre_classifier", pooled).relu())
    if family in ("roberta", "electra"):
        return linear("classifier.out_proj", (torch.tanh if roberta else F.gelu)(linear("classifier.dense", pooled)))
    return linear("classifier", torch.tanh(linear("albert.pooler" if albert else "bert.pooler.dense", pooled)))


def token_head(name, hidden):
    return linear(name, norm("head.norm", F.gelu(linear("head.dense", hidden))) if modern else hidden)


def logits_of(case):
    rows = []
    for i, (tokens, types) in enumerate(zip(expected["batch"], expected["segments"])):
        hidden = encode(torch.tensor(tokens), torch.tensor(types))
        if "hidden" in expected:
            assert (hidden - torch.tensor(expected["hidden"][i])).abs().max() < 1e-4, "the encoder is not the oracle's"
        if case == "first":
            rows.append(sequence_head(hidden[:1]))
        elif case == "mean":
            rows.append(sequence_head(hidden.mean(0, keepdim=True)))
        else:
            rows.append(token_head("token_classifier" if case == "token" else "qa_outputs", hidden))
    return torch.cat(rows)


output, gradients = {}, {}
for case in ("first", "mean", "token", "qa"):
    logits = logits_of(case)
    if case in ("first", "mean"):
        targets = torch.arange(len(logits)) % 3
        loss = F.cross_entropy(logits, targets, weight=torch.tensor([1.0, 2.0, 0.5]), label_smoothing=0.1, reduction="sum")
    else:
        loss = logits.square().sum() / 2
    loss.backward()
    output[case] = {"logits": logits.tolist(), "loss": float(loss)}
    for name, tensor in W.items():
        if tensor.grad is not None:
            gradients[case + "/" + name] = tensor.grad.detach()
            tensor.grad = None
json.dump(output, open(os.path.join(directory, "heads.json"), "w"))
write(os.path.join(directory, "heads.safetensors"), gradients)
