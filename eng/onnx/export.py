#!/usr/bin/python3
"""Encoders as torch.onnx writes them: plain PyTorch modules with Hugging Face's names, exported in several ways.

Needs Debian's python3-torch and python3-onnx.
  export.py MODEL OUT.onnx [--way named|folded|half] [--opset N] [--mask add|min|where|sdpa] [--head none|pooler|mlm|seq|token|qa|mean]
      exports the model of a Hugging Face directory (config.json, model.safetensors)
  export.py --fixtures FOLDER
      writes the tests' fixtures: tiny models with random weights, compressed
"""
import argparse, gzip, io, json, math, os, struct
import numpy as np, onnx, torch, torch.nn as nn, torch.nn.functional as F
from onnx import numpy_helper

GELU = {
    "gelu": lambda x: x * 0.5 * (1.0 + torch.erf(x / math.sqrt(2.0))),
    "gelu_torch": F.gelu,
    "gelu_new": lambda x: 0.5 * x * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * torch.pow(x, 3.0)))),
    "gelu_fast": lambda x: 0.5 * x * (1.0 + torch.tanh(x * 0.7978845608 * (1.0 + 0.044715 * x * x))),
    "relu": F.relu, "silu": F.silu, "tanh": torch.tanh,
}


class Config(dict):
    __getattr__ = dict.__getitem__


def additive(mask, kind, length):
    """[batch, 1, 1 or length, length]: 0 for tokens, very negative for padding."""
    m = mask[:, None, None, :]
    if kind == "add":
        return (1.0 - m.to(torch.float32)) * -10000.0
    if kind == "min":
        return (1.0 - m.to(torch.float32)) * torch.finfo(torch.float32).min
    inverted = 1.0 - m.expand(mask.shape[0], 1, length, length).to(torch.float32)
    return inverted.masked_fill(inverted.to(torch.bool), torch.finfo(torch.float32).min)


def attend(q, k, v, mask, kind):
    """q, k, v: [batch, heads, length, width]."""
    d = q.shape[-1]
    length = q.shape[2]
    if kind == "sdpa":
        scale = math.sqrt(1.0 / math.sqrt(d))
        scores = torch.matmul(q * scale, k.transpose(-1, -2) * scale) + additive(mask, kind, length)
        p = scores.softmax(-1)
        p = torch.where(torch.isnan(p), torch.zeros_like(p), p)
    elif kind == "where":
        scores = torch.matmul(q / math.sqrt(d), k.transpose(-1, -2))
        hidden = (mask == 0).view(mask.shape[0], 1, 1, mask.shape[1]).expand_as(scores)
        p = scores.masked_fill(hidden, float("-inf")).softmax(-1)
    else:
        p = (torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(d) + additive(mask, kind, length)).softmax(-1)
    return torch.matmul(p, v)


def split(x, heads):
    return x.view(x.shape[0], x.shape[1], heads, x.shape[2] // heads).permute(0, 2, 1, 3)


def merge(x):
    x = x.permute(0, 2, 1, 3).contiguous()
    return x.view(x.shape[0], x.shape[1], x.shape[2] * x.shape[3])


class Named(nn.Module):
    """A module of modules, by dotted names."""

    def put(self, name, module):
        at = self
        *path, last = name.split(".")
        for part in path:
            if not hasattr(at, part):
                at.add_module(part, Named())
            at = getattr(at, part)
        at.add_module(last, module)

    def at(self, name):
        at = self
        for part in name.split("."):
            at = getattr(at, part)
        return at


class PostNorm(Named):
    """BERT, RoBERTa, ELECTRA, ALBERT, DistilBERT."""

    def __init__(self, c, mask, head):
        super().__init__()
        self.c, self.mask, self.kind, t = c, mask, head, c["model_type"]
        self.t, self.distil = t, t == "distilbert"
        h = self.h = c["dim"] if self.distil else c["hidden_size"]
        self.layers = c["n_layers"] if self.distil else c["num_hidden_layers"]
        self.heads = c["n_heads"] if self.distil else c["num_attention_heads"]
        inner = c["hidden_dim"] if self.distil else c["intermediate_size"]
        e = c.get("embedding_size", h)
        eps = c.get("layer_norm_eps", 1e-12)
        self.act = GELU[c.get("activation", "gelu") if self.distil else c.get("hidden_act", "gelu")]
        p = self.p = t + "."
        self.put(p + "embeddings.word_embeddings", nn.Embedding(c["vocab_size"], e))
        self.put(p + "embeddings.position_embeddings", nn.Embedding(c["max_position_embeddings"], e))
        if not self.distil:
            self.put(p + "embeddings.token_type_embeddings", nn.Embedding(c["type_vocab_size"], e))
        self.put(p + "embeddings.LayerNorm", nn.LayerNorm(e, eps))
        self.at(p + "embeddings").register_buffer("position_ids", torch.arange(c["max_position_embeddings"]).expand((1, -1)))
        if t == "albert":
            self.put(p + "encoder.embedding_hidden_mapping_in", nn.Linear(e, h))
        elif t == "electra" and e != h:
            self.put(p + "embeddings_project", nn.Linear(e, h))
        for i in range(c["num_hidden_groups"] if t == "albert" else self.layers):
            q, k, v, o, n1, f1, f2, n2 = self.names(i)
            for name in (q, k, v, o):
                self.put(name, nn.Linear(h, h))
            self.put(n1, nn.LayerNorm(h, eps))
            self.put(f1, nn.Linear(h, inner))
            self.put(f2, nn.Linear(inner, h))
            self.put(n2, nn.LayerNorm(h, eps))
        labels = c.get("labels", 3)
        if head == "pooler" or (head == "seq" and t in ("bert", "albert")):
            self.put(p + ("pooler" if t == "albert" else "pooler.dense"), nn.Linear(h, h))
        if head == "mlm":
            d, n, o, b = {
                "distilbert": ("vocab_transform", "vocab_layer_norm", "vocab_projector", "vocab_projector"),
                "albert": ("predictions.dense", "predictions.LayerNorm", "predictions.decoder", "predictions"),
                "roberta": ("lm_head.dense", "lm_head.layer_norm", "lm_head.decoder", "lm_head"),
                "electra": ("generator_predictions.dense", "generator_predictions.LayerNorm", "generator_lm_head", "generator_lm_head"),
            }.get(t, ("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.decoder",
                "cls.predictions"))
            self.mlm = d, n, o
            self.put(d, nn.Linear(h, e))
            self.put(n, nn.LayerNorm(e, eps))
            decoder = nn.Linear(e, c["vocab_size"])
            if c.get("tie_word_embeddings", True):
                decoder.weight = self.at(p + "embeddings.word_embeddings").weight
            self.put(o, decoder)
        elif head == "seq":
            self.put("classifier" if t in ("bert", "albert", "distilbert") else "classifier.out_proj", nn.Linear(h, labels))
            if t in ("roberta", "electra"):
                self.put("classifier.dense", nn.Linear(h, h))
            elif self.distil:
                self.put("pre_classifier", nn.Linear(h, h))
        elif head == "token":
            self.put("classifier", nn.Linear(h, labels))
        elif head == "qa":
            self.put("qa_outputs", nn.Linear(h, 2))

    def names(self, i):
        if self.distil:
            l = f"distilbert.transformer.layer.{i}."
            return [l + n for n in ("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "sa_layer_norm",
                                    "ffn.lin1", "ffn.lin2", "output_layer_norm")]
        if self.t == "albert":
            l = f"albert.encoder.albert_layer_groups.{i * self.c['num_hidden_groups'] // self.layers if i < self.layers else i}.albert_layers.0."
            return [l + n for n in ("attention.query", "attention.key", "attention.value", "attention.dense", "attention.LayerNorm",
                                    "ffn", "ffn_output", "full_layer_layer_norm")]
        l = f"{self.p}encoder.layer.{i}."
        return [l + n for n in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
                                "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm")]

    def encode(self, ids, mask, types):
        e = self.at(self.p + "embeddings")
        if self.t == "roberta":
            pad = self.c["pad_token_id"]
            filled = ids.ne(pad).int()
            positions = (torch.cumsum(filled, dim=1).type_as(filled) * filled).long() + pad
        else:
            positions = e.position_ids[:, : ids.shape[1]]
        if self.distil:
            x = e.word_embeddings(ids) + e.position_embeddings(positions)
        else:
            if types is None:
                types = torch.zeros_like(ids)
            x = e.word_embeddings(ids) + e.token_type_embeddings(types)
            x = x + e.position_embeddings(positions)
        x = e.LayerNorm(x)
        if self.t == "albert":
            x = self.at("albert.encoder.embedding_hidden_mapping_in")(x)
        elif hasattr(self.at(self.t), "embeddings_project"):
            x = self.at("electra.embeddings_project")(x)
        for i in range(self.layers):
            q, k, v, o, n1, f1, f2, n2 = (self.at(n) for n in self.names(i if self.t != "albert" else i))
            y = merge(attend(split(q(x), self.heads), split(k(x), self.heads), split(v(x), self.heads), mask, self.mask))
            x = n1(o(y) + x)
            x = n2(f2(self.act(f1(x))) + x)
        return x

    def forward(self, ids, mask, types=None):
        x = self.encode(ids, mask, types)
        if self.kind == "none":
            return x
        if self.kind == "mean":
            m = mask[:, :, None].expand(x.shape).to(torch.float32)
            s = (x * m).sum(1) / torch.clamp(m.sum(1), min=1e-9)
            return x, F.normalize(s, p=2.0, dim=1)
        if self.kind == "mlm":
            d, n, o = (self.at(name) for name in self.mlm)
            act = self.act if self.t in ("bert", "albert", "distilbert") else GELU["gelu"]
            return o(n(act(d(x))))
        if self.kind == "token":
            return self.classifier(x)
        if self.kind == "qa":
            start, end = self.qa_outputs(x).split(1, dim=-1)
            return start.squeeze(-1).contiguous(), end.squeeze(-1).contiguous()
        first = x[:, 0]
        if self.kind == "pooler":
            return x, torch.tanh(self.at(self.p + ("pooler" if self.t == "albert" else "pooler.dense"))(first))
        if self.t in ("bert", "albert"):
            return self.classifier(torch.tanh(self.at(self.p + ("pooler" if self.t == "albert" else "pooler.dense"))(first)))
        if self.distil:
            return self.classifier(F.relu(self.pre_classifier(first)))
        act = torch.tanh if self.t == "roberta" else GELU["gelu"]
        return self.classifier.out_proj(act(self.classifier.dense(first)))


class Modern(Named):
    """ModernBERT."""

    def __init__(self, c, mask, head):
        super().__init__()
        self.c, self.mask, self.kind = c, mask, head
        h, inner, eps = c["hidden_size"], c["intermediate_size"], c.get("norm_eps", 1e-5)
        norm = lambda: nn.LayerNorm(h, eps)
        linear = lambda i, o, bias: nn.Linear(i, o, bias=bias)
        self.put("model.embeddings.tok_embeddings", nn.Embedding(c["vocab_size"], h))
        self.put("model.embeddings.norm", norm())
        for i in range(c["num_hidden_layers"]):
            l = f"model.layers.{i}."
            if i:
                self.put(l + "attn_norm", norm())
            self.put(l + "attn.Wqkv", linear(h, 3 * h, c.get("attention_bias", False)))
            self.put(l + "attn.Wo", linear(h, h, c.get("attention_bias", False)))
            self.put(l + "mlp_norm", norm())
            self.put(l + "mlp.Wi", linear(h, 2 * inner, c.get("mlp_bias", False)))
            self.put(l + "mlp.Wo", linear(inner, h, c.get("mlp_bias", False)))
        self.put("model.final_norm", norm())
        if head in ("mlm", "seq", "token"):
            self.put("head.dense", linear(h, h, c.get("classifier_bias", False)))
            self.put("head.norm", norm())
        if head == "mlm":
            decoder = nn.Linear(h, c["vocab_size"])
            decoder.weight = self.at("model.embeddings.tok_embeddings").weight
            self.put("decoder", decoder)
        elif head in ("seq", "token"):
            self.put("classifier", nn.Linear(h, c.get("labels", 3)))

    def forward(self, ids, mask):
        c, length = self.c, ids.shape[1]
        heads = c["num_attention_heads"]
        d = c["hidden_size"] // heads
        x = self.at("model.embeddings.norm")(self.at("model.embeddings.tok_embeddings")(ids))
        positions = torch.arange(length)[None]
        everything = additive(mask, "sdpa", length)
        rows = torch.arange(length)[None]
        far = (torch.abs(rows - rows.T) > c["local_attention"] // 2)[None, None]
        window = everything.masked_fill(far, torch.finfo(torch.float32).min)
        for i in range(c["num_hidden_layers"]):
            l = f"model.layers.{i}."
            whole = i % c["global_attn_every_n_layers"] == 0
            inverse = (c["global_rope_theta"] if whole else c["local_rope_theta"]) ** (-torch.arange(0, d, 2).float() / d)
            angles = (inverse[None, :, None].float().expand(positions.shape[0], -1, 1) @ positions[:, None, :].float()).transpose(1, 2)
            angles = torch.cat((angles, angles), -1)
            cos, sin = angles.cos()[:, None], angles.sin()[:, None]
            turn = lambda u: u * cos + torch.cat((-u[..., d // 2:], u[..., : d // 2]), -1) * sin
            y = x if i == 0 else self.at(l + "attn_norm")(x)
            qkv = self.at(l + "attn.Wqkv")(y).view(ids.shape[0], -1, 3, heads, d)
            q, k, v = qkv.transpose(3, 1).unbind(dim=2)
            q, k = turn(q), turn(k)
            scale = math.sqrt(1.0 / math.sqrt(d))
            p = (torch.matmul(q * scale, k.transpose(-1, -2) * scale) + (everything if whole else window)).softmax(-1)
            y = torch.matmul(p, v).transpose(1, 2).contiguous().view(ids.shape[0], -1, c["hidden_size"])
            x = x + self.at(l + "attn.Wo")(y)
            value, gate = self.at(l + "mlp.Wi")(self.at(l + "mlp_norm")(x)).chunk(2, dim=-1)
            x = x + self.at(l + "mlp.Wo")(F.gelu(value) * gate)
        x = self.at("model.final_norm")(x)
        if self.kind == "none":
            return x
        if self.kind == "seq":
            x = x[:, 0]
        x = self.at("head.norm")(F.gelu(self.at("head.dense")(x)))
        return self.decoder(x) if self.kind == "mlm" else self.classifier(x)


def build(c, mask, head):
    return (Modern if c["model_type"] == "modernbert" else PostNorm)(c, mask, head).eval()


def randomize(model, seed):
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in model.named_parameters():
            is_norm = "norm" in name.lower()
            p.copy_(torch.randn(p.shape, generator=g) * 0.25 + (1.0 if is_norm and name.endswith("weight") else 0.0))
    if isinstance(model, Modern):  # no biases of normalizations
        for m in model.modules():
            if isinstance(m, nn.LayerNorm):
                m.bias = None


def load(model, path):
    data = open(path, "rb").read()
    n = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + n])
    types = {"F32": np.float32, "F16": np.float16}
    own = dict(model.named_parameters())
    with torch.no_grad():
        for name, p in own.items():
            at = name if name in header else name.split(".", 1)[-1]
            if at not in header and name.endswith(("decoder.bias", "lm_head.bias", "projector.bias")):
                at = next(k for k in header if k.endswith("bias") and tuple(header[k]["shape"]) == tuple(p.shape))
            h = header[at]
            a, b = h["data_offsets"]
            p.copy_(torch.from_numpy(np.frombuffer(data[8 + n + a : 8 + n + b], types[h["dtype"]]).reshape(h["shape"]).astype(np.float32)))


def to_half(m):
    """Floats as half precision, as onnxconverter-common's float16 does."""
    f, h = onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16

    def tensor(t):
        if t.data_type == f:
            a = numpy_helper.to_array(t)
            tiny = (np.abs(a) < 1e-7) & (a != 0)
            a = np.clip(np.where(tiny, np.sign(a) * 1e-7, a), -65504, 65504)
            t.CopyFrom(numpy_helper.from_array(a.astype(np.float16), t.name))

    for t in m.graph.initializer:
        tensor(t)
    for n in m.graph.node:
        for a in n.attribute:
            if a.type == onnx.AttributeProto.TENSOR:
                tensor(a.t)
            if n.op_type == "Cast" and a.name == "to" and a.i == f:
                a.i = h
    for v in list(m.graph.output) + list(m.graph.input):
        if v.type.tensor_type.elem_type == f:
            v.type.tensor_type.elem_type = h
    del m.graph.value_info[:]
    return m


def export(model, way, opset, takes_types):
    length = 6
    ids = torch.randint(5, model.c["vocab_size"], (2, length))
    mask = torch.tensor([[1] * length, [1] * (length - 2) + [0] * 2])
    args = (ids, mask) + ((torch.zeros_like(ids),) if takes_types else ())
    inputs = ["input_ids", "attention_mask", "token_type_ids"][: len(args)]
    outputs = {"qa": ["start_logits", "end_logits"], "pooler": ["last_hidden_state", "pooler_output"], "none": ["last_hidden_state"],
               "mean": ["token_embeddings", "sentence_embedding"]}.get(model.kind, ["logits"])
    axes = {n: {0: "batch", 1: "sequence"} for n in inputs}
    for o in outputs:
        axes[o] = {0: "batch"} if o in ("pooler_output", "sentence_embedding") or (model.kind == "seq") else {0: "batch", 1: "sequence"}
    out = io.BytesIO()
    torch.onnx.export(model, args, out, input_names=inputs, output_names=outputs, dynamic_axes=axes, opset_version=opset,
                      do_constant_folding=way != "named")
    m = onnx.load_from_string(out.getvalue())
    for n in m.graph.node:
        n.doc_string = ""
    return to_half(m) if way == "half" else m


BERT = dict(vocab_size=24, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12, max_position_embeddings=24,
            type_vocab_size=2, layer_norm_eps=1e-12, hidden_act="gelu", pad_token_id=0)
DISTIL = dict(model_type="distilbert", vocab_size=24, dim=8, n_layers=2, n_heads=2, hidden_dim=12, max_position_embeddings=24,
              activation="gelu", pad_token_id=0)
MODERN = dict(model_type="modernbert", vocab_size=24, hidden_size=16, num_hidden_layers=4, num_attention_heads=2, intermediate_size=12,
              max_position_embeddings=64, global_attn_every_n_layers=3, local_attention=8, global_rope_theta=160000.0,
              local_rope_theta=10000.0, norm_eps=1e-5, norm_bias=False, hidden_activation="gelu", pad_token_id=0)
FIXTURES = [
    # name, configuration, mask, head, way, opset, token types
    ("bert", dict(BERT, model_type="bert"), "add", "pooler", "named", 11, True),
    ("bert-mlm", dict(BERT, model_type="bert", hidden_act="gelu_new"), "min", "mlm", "folded", 14, True),
    ("bert-seq", dict(BERT, model_type="bert"), "sdpa", "seq", "folded", 17, True),
    ("bert-qa", dict(BERT, model_type="bert", hidden_act="relu"), "where", "qa", "named", 13, True),
    ("bert-mean", dict(BERT, model_type="bert", hidden_act="gelu_torch"), "min", "mean", "folded", 12, False),
    ("bert-half", dict(BERT, model_type="bert"), "min", "token", "half", 14, True),
    ("roberta-mlm", dict(BERT, model_type="roberta", pad_token_id=1, type_vocab_size=1, layer_norm_eps=1e-5), "sdpa", "mlm", "folded", 14,
        False),
    ("roberta-seq", dict(BERT, model_type="roberta", pad_token_id=1, type_vocab_size=1, layer_norm_eps=1e-5), "min", "seq", "named", 12,
        False),
    ("distilbert-seq", DISTIL, "where", "seq", "folded", 11, False),
    ("distilbert-mlm", DISTIL, "min", "mlm", "named", 16, False),
    ("electra-mlm", dict(BERT, model_type="electra", embedding_size=4), "min", "mlm", "folded", 13, True),
    ("electra-seq", dict(BERT, model_type="electra", embedding_size=8), "min", "seq", "folded", 15, True),
    ("albert", dict(BERT, model_type="albert", embedding_size=4, num_hidden_groups=1, hidden_act="gelu_fast"), "min", "pooler", "folded",
        14, True),
    ("albert-mlm", dict(BERT, model_type="albert", embedding_size=4, num_hidden_groups=1, num_hidden_layers=3), "add", "mlm", "named", 11,
        True),
    ("modernbert", MODERN, "sdpa", "none", "folded", 14, False),
    ("modernbert-mlm", MODERN, "sdpa", "mlm", "named", 16, False),
    ("modernbert-seq", MODERN, "sdpa", "seq", "half", 14, False),
]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("model", nargs="?")
    p.add_argument("out", nargs="?")
    p.add_argument("--fixtures")
    p.add_argument("--way", default="folded", choices=["named", "folded", "half"])
    p.add_argument("--opset", type=int, default=14)
    p.add_argument("--mask", default="min", choices=["add", "min", "where", "sdpa"])
    p.add_argument("--head", default="none")
    a = p.parse_args()
    if a.fixtures:
        os.makedirs(a.fixtures, exist_ok=True)
        for i, (name, c, mask, head, way, opset, types) in enumerate(FIXTURES):
            model = build(Config(c), mask, head)
            randomize(model, i + 1)
            with open(os.path.join(a.fixtures, name + ".onnx.gz"), "wb") as f:
                f.write(gzip.compress(export(model, way, opset, types).SerializeToString(), mtime=0))
            print(name)
        return
    c = Config(json.load(open(os.path.join(a.model, "config.json"))))
    model = build(c, a.mask, a.head)
    load(model, os.path.join(a.model, "model.safetensors"))
    types = c["model_type"] in ("bert", "electra", "albert")
    onnx.save(export(model, a.way, a.opset, types), a.out)


if __name__ == "__main__":
    main()
