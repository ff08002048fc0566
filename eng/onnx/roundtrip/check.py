"""Checks ONNX files with the onnx package: structure, types and the shapes of every node.

usage: check.py FILE-OR-DIRECTORY ...
"""
import os
import sys

import onnx


def files(paths):
    for path in paths:
        if os.path.isdir(path):
            yield from (os.path.join(path, name) for name in sorted(os.listdir(path)) if name.endswith('.onnx'))
        else:
            yield path


def main(paths):
    checked = skipped = 0
    for path in files(paths):
        opset = onnx.load(path, load_external_data=False).opset_import[0].version
        if opset > onnx.defs.onnx_opset_version():
            skipped += 1
            continue
        onnx.checker.check_model(path, full_check=True)
        checked += 1
    print(f'onnx {onnx.__version__}: {checked} files are right, {skipped} are of an opset that it does not know')
    return 0 if checked else 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
