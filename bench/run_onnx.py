"""Probabilities of windows by an ONNX file that `spectnet export --to onnx` wrote, in ONNX Runtime.

usage: run_onnx.py MODEL.onnx INPUTS.json        needs: pip install numpy onnxruntime

INPUTS.json is an object with `windows`, a list of conditioned windows, and what else the model asks for (docs/SHARING.md).
Printed is one JSON object: `probabilities` and `logits` of each window, and the `metadata` of the file.
"""
import json
import sys

import numpy as np
import onnxruntime

TYPES = {"tensor(float)": np.float32, "tensor(int64)": np.int64}


def main(model, inputs):
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    with open(inputs) as file:
        given = json.load(file)
    feed = {}
    for wanted in session.get_inputs():
        if wanted.name not in given:
            sys.exit(f"error: {inputs}: the model asks for {wanted.name} {wanted.shape}")
        feed[wanted.name] = np.array(given[wanted.name], dtype=TYPES[wanted.type])
    names = [output.name for output in session.get_outputs()]
    found = {name: values.tolist() for name, values in zip(names, session.run(names, feed))}
    print(json.dumps({**found, "metadata": session.get_modelmeta().custom_metadata_map}))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
