"""
A training step in PyTorch, as `bench train` has it: half of the positions predicted, no dropout. A line of JSON.
    LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu/openblas-openmp OPENBLAS_CORETYPE=SKYLAKEX OMP_WAIT_POLICY=passive OMP_NUM_THREADS=2 \
        python3 pytorch_train.py [LAYERS WIDTH BATCH LENGTH VOCABULARY]
"""
import json
import os
import statistics
import sys
import time

import torch
from torch import nn

from encoder_onnx import Encoder

layers, width, batch, length, vocabulary = (int(a) for a in sys.argv[1:6]) if len(sys.argv) > 1 else (4, 256, 16, 128, 50265)
runs = int(os.environ.get("RUNS", 9))
torch.manual_seed(1)
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", 2)))
encoder, dense, norm, bias = Encoder(layers, width, vocabulary), nn.Linear(width, width), nn.LayerNorm(width, 1e-12), nn.Parameter(torch.zeros(vocabulary))
optimizer = torch.optim.AdamW([*encoder.parameters(), *dense.parameters(), *norm.parameters(), bias], 1e-4)
ids = torch.randint(5, vocabulary, (batch, length))
rows = torch.arange(0, batch * length, 2)
ones = torch.ones_like(ids)


def step():
    hidden = encoder(ids, ones).reshape(-1, width)[rows]
    logits = nn.functional.linear(norm(nn.functional.gelu(dense(hidden))), encoder.tokens.weight, bias)
    loss = nn.functional.cross_entropy(logits, ids.reshape(-1)[rows])
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(encoder.parameters(), 1.0)
    optimizer.step()


for _ in range(2):
    step()
times = []
for _ in range(runs):
    start = time.perf_counter()
    step()
    times.append(1e3 * (time.perf_counter() - start))
print(json.dumps({"what": "pytorch train", "ms_min": min(times), "ms_median": statistics.median(times), "repeats": runs,
                  "tokens_per_s": round(batch * length / statistics.median(times) * 1e3), "threads": torch.get_num_threads(), "version": torch.__version__}))
