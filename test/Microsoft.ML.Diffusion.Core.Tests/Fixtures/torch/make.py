# Makes the files beside it; run by hand, with PyTorch 1.13 or later: python3 make.py
#   values.safetensors   the tensors, each contiguous, as the others must be read
#   zip.bin, stream.bin  the same tensors in the two layouts of torch.save: tied, transposed, sliced, of every type
#   protocol4.bin, protocol5.bin   the same, in later protocols of pickle
#   training.bin         what a training program saves: a state_dict among numbers, texts and an optimizer's tensors
#   objects.bin          the same with objects of Python and NumPy beside the state_dict
#   module.bin           a whole module, whose pickle refers to a class: refused
#   script.bin           TorchScript: refused
import argparse
import collections
import json
import os
import pathlib
import struct
from collections import OrderedDict

import numpy
import torch

os.chdir(os.path.dirname(os.path.abspath(__file__)))
torch.manual_seed(5)
NAMES = {torch.float32: 'F32', torch.float16: 'F16', torch.bfloat16: 'BF16', torch.float64: 'F64', torch.int64: 'I64', torch.int32: 'I32',
         torch.int16: 'I16', torch.int8: 'I8', torch.uint8: 'U8', torch.bool: 'BOOL'}


def write_safetensors(path, tensors):
    header, data = {}, b''
    for name, tensor in tensors.items():
        tensor = tensor.detach().contiguous()
        raw = bytes(tensor.clone().storage().untyped() if hasattr(tensor.storage(), 'untyped') else tensor.clone().storage()._storage)
        assert len(raw) == tensor.numel() * tensor.element_size(), name
        header[name] = {'dtype': NAMES[tensor.dtype], 'shape': list(tensor.shape), 'data_offsets': [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + data)


base = torch.randn(4, 6)
tensors = OrderedDict()
tensors['table.weight'] = base
tensors['decoder.weight'] = base
tensors['transposed'] = base.t()
tensors['rows'] = base[1:3]
tensors['columns'] = base[:, 2:5]
tensors['every_other'] = base[::2, ::3]
tensors['permuted'] = torch.randn(2, 3, 4).permute(2, 0, 1)
tensors['parameter'] = torch.nn.Parameter(torch.randn(5))
tensors['half'] = torch.randn(3, 5).half()
tensors['half_transposed'] = torch.randn(3, 5).half().t()
tensors['bfloat16'] = torch.randn(3, 5).bfloat16()
tensors['bfloat16_columns'] = torch.randn(3, 5).bfloat16()[:, 1:4]
tensors['double'] = torch.randn(2, 3).double()
tensors['double_transposed'] = torch.randn(2, 3).double().t()
tensors['scalar'] = torch.tensor(2.5)
tensors['empty'] = torch.zeros(0, 3)
tensors['position_ids'] = torch.arange(7).expand((1, -1))
for dtype in (torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool):
    tensors[NAMES[dtype].lower()] = torch.ones(3, dtype=dtype)
write_safetensors('values.safetensors', tensors)
tensors._metadata = OrderedDict({'': {'version': 1}, 'table': {'version': 1}})
torch.save(tensors, 'zip.bin')
torch.save(tensors, 'stream.bin', _use_new_zipfile_serialization=False)
torch.save(tensors, 'protocol4.bin', pickle_protocol=4)
torch.save(tensors, 'protocol5.bin', pickle_protocol=5, _use_new_zipfile_serialization=False)
torch.save({'epoch': 3, 'loss': 0.25, 'note': 'a text', 'huge': 1 << 80, 'raw': None, 'size': base.size(), 'dtype': torch.float16,
            'optimizer': {'state': {0: {'step': torch.tensor(1.0), 'exp_avg': torch.randn(4, 6)}}, 'param_groups': [{'lr': 0.1, 'params': [0, 1]}]},
            'state_dict': tensors}, 'training.bin')
torch.save({'args': argparse.Namespace(lr=0.1, path=pathlib.PosixPath('a')), 'best': numpy.float64(0.5), 'curve': numpy.arange(3),
            'counts': collections.Counter('aab'), 'seen': {1, 2}, 'state_dict': tensors}, 'objects.bin')
torch.save(torch.nn.Linear(2, 2), 'module.bin')
torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), 'script.bin')
