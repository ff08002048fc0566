#!/usr/bin/python3
"""What plain PyTorch models with task heads give for texts: the logits that a pipeline's scores are compared with.

Needs Debian's python3-torch and python3-numpy.
usage: ready_heads.py FIXTURES OUTPUT
FIXTURES has a folder oracle-FAMILY for each family, with config.json and model.safetensors. Writes the file OUTPUT. The vocabulary has 31
tokens: [PAD], [UNK], [CLS], [SEP], [MASK] and the 26 letters, each a word.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

CLOSING = 3
TEXT = "s h i p s a i l"
PAIR = ("a b c", "x y z w v")
QUESTION = ("q u e", "t h e o l d c a n")
fixtures, output = sys.argv[1:]


def ids(text):
    return [ord(word) - ord("a") + 5 for word in text.split()]


def sequence(first, second=None, separators=1):
    tokens = [2] + ids(first) + [CLOSING] * (1 if second is None else separators)
    types = [0] * len(tokens)
    if second is not None:
        tokens += ids(second) + [CLOSING]
        types += [1] * (len(tokens) - len(types))
    return tokens, types


result = {"text": TEXT, "pair": PAIR, "question": QUESTION, "families": {}}
for family in ("albert", "bert", "distilbert", "electra", "modernbert", "roberta"):
    separators = 2 if family == "roberta" else 1
    rows = [sequence(TEXT), sequence(*PAIR, separators), sequence(*QUESTION, separators)]
    if family not in ("albert", "bert", "electra"):
        rows = [(tokens, [0] * len(tokens)) for tokens, _ in rows]
    with tempfile.TemporaryDirectory() as directory:
        for name in ("config.json", "model.safetensors"):
            shutil.copy(os.path.join(fixtures, "oracle-" + family, name), directory)
        with open(os.path.join(directory, "expected.json"), "w") as file:
            json.dump({"batch": [tokens for tokens, _ in rows], "segments": [types for _, types in rows]}, file)
        subprocess.run([sys.executable, os.path.join(os.path.dirname(__file__), "task_heads.py"), directory], check=True)
        heads = json.load(open(os.path.join(directory, "heads.json")))
    lengths = [len(tokens) for tokens, _ in rows]
    logits = {}
    for case in ("token", "qa"):
        flat = iter(heads[case]["logits"])
        logits[case] = [[next(flat) for _ in range(length)] for length in lengths]
    context = len(ids(QUESTION[0])) + 1 + separators
    result["families"][family] = {
        "sequence": heads["first"]["logits"][:2],
        "words": logits["token"][0][1:-1],
        "context": logits["qa"][2][context:-1],
    }


def rounded(value):
    return round(value, 7) if isinstance(value, float) else [rounded(item) for item in value]


for family in result["families"].values():
    for name in family:
        family[name] = rounded(family[name])
with open(output, "w") as file:
    json.dump(result, file)
    file.write("\n")
