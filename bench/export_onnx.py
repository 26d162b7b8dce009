"""Writes a SpectNet model file as ONNX, windows `[batch, samples]` in, probabilities out.

usage: export_onnx.py MODEL.safetensors OUT.onnx        needs: pip install numpy onnx safetensors

For comparing speed and numbers with other runtimes. The front-end becomes Conv, Mul, AveragePool and Log: ONNX has no
fused operation for it. Batch normalisation is folded into the convolutions, as exporters do.
"""
import json
import math
import sys

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save
from safetensors import safe_open


def filters(front_end, raw):
    """Centre frequency and bandwidth in Hz and gain of each filter."""
    centre, bandwidth, gain = (raw[name].astype(np.float64) for name in ("centre_frequency", "bandwidth", "gain"))
    if front_end["form"] == "paper":
        return centre, bandwidth, gain
    rate, order = front_end["sample_rate"], front_end["order"]
    per_erb = math.factorial(order - 1) ** 2 * 2 ** (2 * order - 2) / (math.pi * math.factorial(2 * order - 2))
    highest = 21.4 * math.log10(1 + 0.00437 * rate / 2)
    hz = (10 ** (highest / (1 + np.exp(-centre)) / 21.4) - 1) / 0.00437
    width = 24.7 * (1 + 0.00437 * hz) * per_erb * 2 ** (2 * np.tanh(bandwidth))
    unit = 2 * (2 * math.pi * width) ** order / (math.factorial(order - 1) * rate)
    return hz, width, unit * np.exp(gain)


def main(source, target):
    with safe_open(source, "np") as file:
        config = json.loads(file.metadata()["config"])
        weights = {name: file.get_tensor(name) for name in file.keys()}
    front_end, blocks = config["front_end"], config["classifier"]["blocks"]
    constants, nodes = [], []

    def constant(name, values):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(kind, inputs, output, **attributes):
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    times = np.arange(front_end["taps"]) / front_end["sample_rate"]
    centre, width, gain = filters(front_end, {k[10:]: v for k, v in weights.items() if k.startswith("front_end.")})
    kernels = gain[:, None] * times ** (front_end["order"] - 1)
    kernels = kernels * np.exp(-2 * math.pi * width[:, None] * times) * np.cos(2 * math.pi * centre[:, None] * times)
    framing = front_end["framing"]
    x = node("Unsqueeze", ["windows", constant("one", np.array([1]))], "signals")
    x = node("Conv", [x, constant("kernels", kernels[:, None].astype(np.float32))], "outputs")
    x = node("Mul", [x, x], "squares")
    x = node("AveragePool", [x], "means", kernel_shape=[framing["window"]], strides=[framing["hop"]])
    x = node("Mul", [x, constant("frame", np.float32(framing["window"]))], "energies")
    x = node("Log", [node("Add", [x, constant("floor", np.float32(1e-16))], "above_floor")], "logarithms")
    x = node("Transpose", [x], "frames", perm=[0, 2, 1])
    x = node("Unsqueeze", [x, "one"], "image")

    def conv(x, path, padding, stride=(1, 1), dilation=(1, 1)):
        part = {k.removeprefix(f"classifier.{path}."): v for k, v in weights.items() if k.startswith(f"classifier.{path}.")}
        scale = part["norm.gamma"] / np.sqrt(part["norm.running_var"] + 1e-5)
        kernel = part["conv.weight"] * scale[:, None, None, None]
        bias = (part["conv.bias"] - part["norm.running_mean"]) * scale + part["norm.beta"]
        inputs = [x, constant(f"{path}.weight", kernel), constant(f"{path}.bias", bias)]
        return node(
            "Conv", inputs, f"{path}.conv", pads=[*padding, *padding], strides=list(stride), dilations=list(dilation)
        )

    def pool(x, name, size=(2, 2)):
        return node("MaxPool", [x], name, kernel_shape=list(size), strides=list(size))

    x = node("Relu", [conv(x, "stem", (3, 1))], "stem")
    for index in range(blocks):
        path, channels = f"blocks.{index}", 16 << index
        first, second = ((0, 0), (2, 2)) if index == 0 else ((1, 1), (1, 1))
        stride = (1, 1) if index == 0 else (2, 2)
        dilation = (2, 1) if index == 2 else (1, 1)
        y = node("Relu", [conv(x, f"{path}.first", first)], f"{path}.inner")
        y = conv(y, f"{path}.second", second, stride, dilation)
        y = node("Relu", [pool(y, f"{path}.pooled") if index == 0 else y], f"{path}.main")
        pads = constant(f"{path}.pads", np.array([0, 0, 0, 0, 0, channels, 0, 0]))
        shortcut = node("Pad", [pool(x, f"{path}.small"), pads], f"{path}.shortcut")
        x = node("Add", [y, shortcut], f"{path}.sum")
    if blocks == 4:
        x = pool(x, "rows", (2, 1))
    x = node("Flatten", [x], "features")
    for name in ("hidden", "output"):
        inputs = [constant(f"{name}.{part}", weights[f"classifier.{name}.{part}"]) for part in ("weight", "bias")]
        x = node("Gemm", [x, *inputs], f"{name}.sum")
        x = node("Relu", [x], "hidden") if name == "hidden" else x
    node("Softmax", [x], "probabilities", axis=1)

    samples, classes = config["windowing"]["samples"], len(config["labels"])
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", size])
        for name, size in (("windows", samples), ("probabilities", classes))
    ]
    graph = helper.make_graph(nodes, "spectnet", values[:1], values[1:], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    checker.check_model(model, full_check=True)
    save(model, target)


if len(sys.argv) != 3:
    sys.exit(__doc__)
main(*sys.argv[1:])
