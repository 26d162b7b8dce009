#!/usr/bin/env python3
"""Golden values: writes every file of this folder that the tests read, under the names that they read.

usage: golden.py FOLDER                                                                 needs: pip install numpy

    python tests/golden/golden.py tests/golden      # from the root of the repository, a few seconds

Environment: the files in the repository were made with Python 3.11.7 and NumPy 2.4.6 on x86-64. All is 64-bit floats;
no random numbers are drawn, every signal, image and weight is a formula below. The same NumPy on the same kind of
processor writes the same bytes; others differ in the last digits, which is why the test that runs this script
(tests/tests/golden/script.rs) asks for 10⁻¹² of the largest number of each tensor.

Where the numbers come from: docs/FORMAT.md describes the model, bench/predict.py computes by it, and the formulas of
start values, losses and optimisers, by which no result is computed, are here. No number is taken from the program in
Rust, only choices that docs/FORMAT.md states, as how near to its ends the bounded form starts. The paper's form
(frontend_n*) and the residual networks with 2 and 3 blocks on its images were first computed by another author from the
published formulas; this script agrees with those numbers to 10⁻¹².

Gradients are exact: all functions are computed once more with a parameter moved by 10⁻³⁰ i, and the imaginary part of
the result, divided by 10⁻³⁰, is the derivative (complex step; nothing is subtracted, so nothing cancels). Numbers that
go into a test as 32-bit floats are 32-bit floats here too.
"""
import json
import math
import os
import sys
from pathlib import Path

# One thread: sums in the same order everywhere, and these matrices are too small for more.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
from numpy.lib.stride_tricks import sliding_window_view  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
import predict  # noqa: E402

STEP = 1e-30
TYPES = {np.dtype("<f4"): "F32", np.dtype("<f8"): "F64"}


# ---- files

def write(path, tensors, about):
    """A safetensors file: length of the header, header, numbers. `about` has values of JSON by name."""
    header, data = {"__metadata__": {key: json.dumps(value) for key, value in about.items()}}, b""
    for name, values in tensors.items():
        values = np.ascontiguousarray(values)
        end = len(data) + values.nbytes
        header[name] = {"dtype": TYPES[values.dtype], "shape": values.shape, "data_offsets": [len(data), end]}
        data += values.tobytes()
    header = json.dumps(header).encode()
    header += b" " * (-len(header) % 8)
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)


def short(values):
    """The nearest 32-bit floats."""
    return np.asarray(values, float).astype("<f4")


def wave(shape):
    """What a loss multiplies an image with, cos(0.013 i + 0.5) of the flat index i."""
    return np.cos(0.013 * np.arange(math.prod(shape)) + 0.5).reshape(shape)


# ---- the front-end

# Hz to a scale and back.
SCALES = {
    "mel": (lambda f: 2595 * np.log10(1 + f / 700), lambda m: 700 * (10 ** (m / 2595) - 1)),
    "erb": (lambda f: 21.4 * np.log10(1 + 0.00437 * f), lambda r: (10 ** (r / 21.4) - 1) / 0.00437),
    "bark": (lambda f: 26.81 * f / (1960 + f) - 0.53, lambda z: 1960 * (z + 0.53) / (26.28 - z)),
    "linear": (lambda f: f, lambda f: f),
}


def erb(f):
    return 24.7 * (1 + 0.00437 * f)


def beta_per_erb(order):
    """Patterson et al. 1992."""
    fact = math.factorial
    return fact(order - 1) ** 2 * 2 ** (2 * order - 2) / (math.pi * fact(2 * order - 2))


def start_values(front):
    """Centre frequencies and bandwidths in Hz that the configuration asks for."""
    to_scale, to_hz = SCALES[front["spacing"]]
    low, high = front["range_hz"]
    centre = to_hz(np.linspace(to_scale(low), to_scale(high), front["filters"]))
    bandwidth = front["bandwidth"]
    if bandwidth == "erb":
        bandwidth = {"erb_multiple": 1.0}
    if "constant" in bandwidth:
        return centre, np.full(len(centre), bandwidth["constant"])
    return centre, bandwidth["erb_multiple"] * erb(centre) * beta_per_erb(front["order"])


def bounded_start(front):
    """The tensors of the bounded form at the start of a training: as near to the start values as they may come."""
    centre, bandwidth = start_values(front)
    rate = SCALES["erb"][0]
    share = np.clip(rate(centre) / rate(front["sample_rate"] / 2), 0.005, 0.995)
    nearest = SCALES["erb"][1](share * rate(front["sample_rate"] / 2))
    octaves = np.log2(bandwidth / (erb(nearest) * beta_per_erb(front["order"])))
    return np.log(share / (1 - share)), np.arctanh(np.clip(octaves / 2, -0.95, 0.95)), np.zeros(len(centre))


def outputs_of(x, kernels):
    """y[m] = Σ g[k] x[m + k], [signals, filters, samples − taps + 1], sample by sample."""
    return (sliding_window_view(x, kernels.shape[1], 1) @ kernels.T).transpose(0, 2, 1)


def images_of(x, kernels, front):
    """[signals, frames, filters]"""
    return np.stack([predict.image_of(outputs, front["framing"]) for outputs in outputs_of(x, kernels)])


def by_filter(function, tensors, name):
    """Derivative of every column of `function(tensors)` [..., filters], summed up under the `wave`, to its own number
    in a tensor [filters]: filters know nothing of each other, so that all move at once."""
    image = function({**tensors, name: tensors[name] + 1j * STEP})
    wave_of = wave(image.shape)
    return (wave_of * image.imag).reshape(-1, image.shape[-1]).sum(0) / STEP / image.size


def frontend(front, x, tensors):
    """Image of the filters of some tensors, and its derivatives to them."""
    image = lambda tensors: images_of(x, predict.kernels_of(tensors, front), front)
    gradients = {name.removeprefix("front_end."): by_filter(image, tensors, name) for name in tensors}
    return image(tensors), gradients


# ---- the paper's form

def heart_front(filters, **others):
    return {
        "filters": filters, "sample_rate": 1000, "taps": 81, "order": 4, "range_hz": [0.0, 500.0], "spacing": "mel",
        "bandwidth": {"constant": 100.0}, "gain": 1e4, "form": "paper", "learnable": True, "phase": False,
        "framing": {"window": 25, "hop": 10}, **others,
    }


def paper_signals():
    """Chirp, a padded beat, noise of a linear congruence, silence, an impulse."""
    n = np.arange(2500)
    t = n / 1000
    chirp = 0.1 * np.sin(2 * np.pi * (5 * t + 0.5 * (450 - 5) / 2.5 * t * t))
    beat = (0.05 * np.exp(-0.5 * ((t - 0.10) / 0.020) ** 2) * np.sin(2 * np.pi * 50 * t)
            + 0.04 * np.exp(-0.5 * ((t - 0.42) / 0.015) ** 2) * np.sin(2 * np.pi * 70 * t))
    beat[800:] = 0
    state, noise = 12345, np.empty(2500)
    for i in n:
        state = (1664525 * state + 1013904223) % 2 ** 32
        noise[i] = (state / 2 ** 32 - 0.5) * 0.1
    return np.stack([chirp, beat, noise, np.zeros(2500), (n == 1250).astype(float)])


def paper(filters):
    front, x, i = heart_front(filters), paper_signals(), np.arange(filters)
    columns = ["centre_frequency", "bandwidth", "gain"]
    named = lambda values: {"front_end." + name: value for name, value in zip(columns, values)}
    fc, beta = start_values(front)
    start = [fc, beta, np.full(filters, front["gain"])]
    # At 0 Hz and at half the sampling rate nothing would move.
    point = [np.clip(fc + 3 * np.sin(1.0 + i), 1, 499), beta * (1 + 0.05 * np.cos(i))]
    point += [1e4 * (1 + 0.1 * np.sin(2.0 + i))]
    tensors = {"x": x, "kernel": predict.kernels_of(named(start), front)}
    tensors["image"] = images_of(x, tensors["kernel"], front)[:, None]
    for prefix, filters_at, gradient in [("", start, "grad_at_init_d"), ("grad_point_", point, "grad_d")]:
        _, gradients = frontend(front, x[:3], named(filters_at))
        for name, column, values in zip(["fc", "beta", "amp"], columns, filters_at):
            tensors[prefix + name], tensors[gradient + name] = values, gradients[column]
    return tensors, {"front_end": front}


# ---- the bounded form

def bounded_fronts():
    bounded = lambda filters, **others: heart_front(filters, form="bounded", gain=1.0, **others)
    return {
        # What a heart model begins with: the ends of the range are beyond the form's limits.
        "heart": bounded(5),
        # What a scene model begins with, at 8 kHz.
        "scene": bounded(4, sample_rate=8000, taps=610, range_hz=[50.0, 3760.0], spacing="erb", bandwidth="erb",
                         framing={"window": 640, "hop": 320}),
        "erb": bounded(5, order=2, range_hz=[20.0, 480.0], spacing="erb", bandwidth="erb", phase=True),
        "bark": bounded(4, sample_rate=8000, taps=240, order=6, range_hz=[300.0, 3700.0], spacing="bark",
                        bandwidth={"erb_multiple": 1.5}, framing={"window": 50, "hop": 60}),
        "first": bounded(3, sample_rate=2000, taps=64, order=1, range_hz=[100.0, 900.0], spacing="linear",
                         bandwidth={"constant": 40.0}, phase=True),
    }


def signals(samples):
    """A chirp over the whole band, a beat before digital silence, three tones."""
    n = np.arange(samples)
    at, length = (n - 0.2 * samples) / (0.03 * samples), 0.55 * samples
    chirp = 0.1 * np.sin(0.02 * n + 1.4 * n * n / samples)
    beat = 0.05 * np.exp(-0.5 * at * at) * np.sin(0.3 * n) + 0.002 * np.cos(0.9 * n) + 0.002 * np.cos(2.7 * n)
    beat[n >= length] = 0
    tones = 0.03 * np.cos(0.11 * n + 0.5) + 0.02 * np.sin(1.1 * n) + 0.01 * np.cos(2.3 * n + 1)
    return short([chirp, beat, tones])


def trained(front):
    """Tensors of the bounded form away from its start."""
    i = np.arange(front["filters"])
    u, v, w = bounded_start(front)
    moved = [u + 0.3 * np.cos(1.7 * i + 0.2), v + 0.4 * np.sin(1.1 * i + 0.5), w + 0.3 * np.cos(0.9 * i)]
    moved += [1.2 * np.sin(0.8 * i + 0.3)] if front["phase"] else []
    names = ["centre_frequency", "bandwidth", "gain", "phase"]
    return {"front_end." + name: short(values).astype(float) for name, values in zip(names, moved)}


def bounded():
    tensors, about = {}, {}
    for name, front in bounded_fronts().items():
        x, point = signals(2400 if front["taps"] > 300 else 600), trained(front)
        image, gradients = frontend(front, x.astype(float), point)
        asked, start = start_values(front), bounded_start(front)
        found = {"x": x, "kernel": predict.kernels_of(point, front), "image": image}
        found |= {f"asked.{key}": value for key, value in zip(["centre_hz", "bandwidth_hz"], asked)}
        found |= {f"start.{key}": value for key, value in zip(["centre_frequency", "bandwidth", "gain"], start)}
        found |= {f"point.{key.removeprefix('front_end.')}": value for key, value in point.items()}
        found |= {f"gradient.{key}": value for key, value in gradients.items()}
        tensors |= {f"{name}.{key}": value for key, value in found.items()}
        about[name] = front
    return tensors, about


# ---- scaling

def picture(batch, frames, filters):
    """Something like log-energy images, [batch, frames, filters]."""
    b, j, i = np.ogrid[:batch, :frames, :filters]
    return short(-9 + 4 * np.sin(0.37 * j + 1.3 * i + 0.9 * b) + 2 * np.cos(0.11 * j * (i + 1) + b))


def scalings():
    for compression in ["log", "power"]:
        for normalisation in ["none", "window", "data"]:
            for floor in [None, 15.0]:
                scaling = {"compression": compression, "normalisation": normalisation, "least_variance": 0.25}
                scaling |= {"floor_db": floor} if floor else {}
                yield f"{compression}.{normalisation}.{'floor' if floor else 'plain'}", scaling


def scaling_tensors(scaling, filters):
    i, tensors = np.arange(filters), {}
    power = scaling["compression"] == "power"
    if power:
        tensors["scaling.exponent"] = -1.4 + 0.3 * np.cos(i)
    if scaling["normalisation"] == "data":
        tensors["scaling.mean"] = 0.2 + 0.05 * np.sin(i) if power else -8 + np.sin(i)
        tensors["scaling.deviation"] = 0.1 + 0.02 * np.cos(i) if power else 3 + 0.5 * np.cos(i)
    return {name: short(values).astype(float) for name, values in tensors.items()}


def scaled(images, tensors, config, sounding):
    kernels = predict.kernels_of(tensors, config["front_end"])
    return np.stack([predict.scaled(image, kernels, tensors, config, n) for image, n in zip(images, sounding)])


def scaling():
    """Of each of two images, of which the second has padding: what the classifier sees, and derivatives to the image
    and to all that is learned."""
    front, sounding = bounded_fronts()["erb"], [24, 13]
    images, filters = picture(2, 24, 5), trained(front)
    tensors = {"image": images, **filters}
    about = {"front_end": front, "target_rms": 0.05, "sounding": sounding}
    for name, how in scalings():
        config = {"front_end": front, "scaling": how, "conditioning": {"target_rms": 0.05}}
        own = scaling_tensors(how, front["filters"])
        of = lambda images, tensors: scaled(images, {**filters, **tensors}, config, sounding)
        tensors |= {f"{name}.{key}": values for key, values in own.items()}
        tensors[f"{name}.scaled"] = of(images.astype(float), own)
        learned = [key for key in own if key == "scaling.exponent"]
        learned += filters if "floor_db" in how else []
        for key in learned:
            moved = lambda tensors: of(images.astype(float), tensors)
            tensors[f"{name}.gradient.{key}"] = by_filter(moved, {**filters, **own}, key)
        to_image = np.empty(images.shape)
        for frame in range(images.shape[1]):
            moved = images.astype(complex)
            moved[:, frame] += 1j * STEP
            moved = of(moved, own)
            to_image[:, frame] = (wave(images.shape) * moved.imag).sum(1) / STEP / images.size
        tensors[f"{name}.gradient.image"] = to_image
        about[name] = how
    return tensors, about


# ---- classifiers

def shapes_of(classifier, frames, filters, classes):
    """Tensors and their shapes, numbered as they stand here: those of docs/FORMAT.md."""
    found = []
    normed = lambda path, n: [(f"{path}.{name}", [n]) for name in ["gamma", "beta", "running_mean", "running_var"]]
    linear = lambda path, rows, columns: [(path + ".weight", [rows, columns]), (path + ".bias", [columns])]
    conv = lambda path, *shape: [(path + ".conv.weight", list(shape)), (path + ".conv.bias", [shape[0]])]
    # The author of the first numbers counted the normalisation before the convolution, but in the stem.
    layer = lambda path, *shape: normed(path + ".norm", shape[0]) + conv(path, *shape)
    name = classifier["name"]
    if name == "states":
        features = 2 * filters * (2 + classifier["parts"]["systole"] + classifier["parts"]["diastole"])
        return normed("norm", features) + linear("output", features, classes)
    if name in ("cnn-1d", "cnn-2d"):
        groups, across = (filters, 1) if name == "cnn-1d" else (1, 3)
        for path, inputs, outputs in [("first", 1, 8 * groups), ("second", 8, 4 * groups)]:
            found += [(path + ".conv.weight", [outputs, inputs, 5, across]), *normed(path + ".norm", outputs)]
        pooled = lambda n: (n - 4) // 2
        features = 4 * filters * pooled(pooled(frames))
        return found + linear("hidden", features, 20) + linear("output", 20, classes)
    pooled, blocks = name == "pooled", classifier["blocks"]
    found += conv("stem", 16, 1, *([5, 3] if pooled else [3, 2])) + normed("stem.norm", 16)
    for block in range(blocks):
        c = 16 << block
        found += layer(f"blocks.{block}.first", 2 * c, c, *([2, 2] if pooled else [3, 3]))
        found += layer(f"blocks.{block}.second", 2 * c, 2 * c, 3, 3)
    # The stem of the paper's network adds 4 rows and a column.
    rows, columns = (1, filters >> blocks) if pooled else (frames + 4 >> blocks, filters + 1 >> 1)
    if not pooled:
        columns >>= blocks - 1
        rows >>= int(blocks == 4)
    return found + linear("hidden", (16 << blocks) * rows * columns, 100) + linear("output", 100, classes)


def closed_form(number, name, shape):
    """Values of a tensor by its number and its name; those of linear layers count by outputs first."""
    i, kind = np.arange(math.prod(shape), dtype=float), name.rsplit(".", 1)[1]
    if kind == "weight":
        outputs_first = shape[::-1] if len(shape) == 2 else shape
        values = math.sqrt(2 / math.prod(outputs_first[1:])) * np.sin(0.1 + 0.37 * i + 1.3 * number)
        return np.ascontiguousarray(values.reshape(outputs_first).T) if len(shape) == 2 else values.reshape(shape)
    return {
        "bias": lambda: 0.01 * np.cos(i + number),
        "gamma": lambda: 1 + 0.1 * np.sin(i + number),
        "beta": lambda: 0.05 * np.cos(i + number),
        "running_mean": lambda: 0.02 * np.sin(i + number),
        "running_var": lambda: 1 + 0.2 * np.cos(i + number),
    }[kind]()


def network(classifier, frames, filters, classes):
    """Tensors by name, and what a test reads of them: name, shape and sum."""
    shapes = shapes_of(classifier, frames, filters, classes)
    tensors = {name: closed_form(number, name, shape) for number, (name, shape) in enumerate(shapes)}
    return tensors, [[name, shape, float(tensors[name].sum())] for name, shape in shapes]


# Of a recording, in samples at 1 kHz: before and after them nothing is known.
STATES = [(60, 160, 0), (160, 330, 1), (330, 420, 2), (420, 700, 3), (700, 800, 0)]
# Where windows begin in it.
START = 37


def phase_weights(classifier, frames, sounding):
    """[windows, phases, frames] of windows of which so many frames hold sound."""
    framing = heart_front(1)["framing"]
    rows = [predict.phase_weights(START, frames, n, framing, classifier["parts"], STATES) for n in sounding]
    return np.stack(rows)


def residual(blocks):
    return {"name": "residual", "blocks": blocks, "dropout": 0.0}


def states(systole, diastole):
    return {"name": "states", "dropout": 0.0, "parts": {"systole": systole, "diastole": diastole}}


def on_pictures():
    """Classifiers by themselves: name, classifier, frames, filters, classes."""
    pooled = lambda blocks: {"name": "pooled", "blocks": blocks, "dropout": 0.0}
    return [
        ("residual-2", residual(2), 16, 3, 2),
        ("residual-3", residual(3), 240, 7, 2),
        ("residual-4", residual(4), 240, 15, 3),
        ("pooled-1", pooled(1), 37, 5, 2),
        ("pooled-2", pooled(2), 37, 7, 3),
        ("pooled-3", pooled(3), 50, 9, 2),
        ("pooled-4", pooled(4), 64, 17, 2),
        ("states", states(1, 1), 61, 5, 2),
        ("states-in-parts", states(3, 4), 61, 4, 2),
        ("cnn-1d", {"name": "cnn-1d", "dropout": 0.0}, 60, 3, 2),
        ("cnn-2d", {"name": "cnn-2d", "dropout": 0.0}, 40, 4, 2),
    ]


def samples_for(classifier, frames):
    """Samples of a window with so many frames, by the numbers of heart models."""
    return frames + 80 if classifier["name"] == "cnn-1d" else 10 * (frames - 1) + 25 + 80


def whole_models():
    """From the window to the logits: name, front-end, scaling, classifier."""
    power = {"compression": "power", "normalisation": "data", "floor_db": 30.0, "least_variance": 1e-3}
    window = {"compression": "log", "normalisation": "window", "floor_db": 45.0, "least_variance": 0.1}
    fronts = bounded_fronts()
    return [
        ("model-states", fronts["heart"], window, states(3, 4)),
        ("model-pooled", fronts["erb"], power, {"name": "pooled", "blocks": 2, "dropout": 0.0}),
        ("model-cnn-1d", fronts["erb"], window, {"name": "cnn-1d", "dropout": 0.0}),
    ]


def classifiers():
    tensors, about = {}, {"cycle": {"states": STATES, "start": START}}
    for filters, blocks, classes in [(4, 2, 2), (8, 3, 2), (16, 3, 2), (16, 3, 15)]:
        front = heart_front(filters)
        kernels = predict.kernels_of(dict(zip(
            ["front_end.centre_frequency", "front_end.bandwidth", "front_end.gain"],
            [*start_values(front), np.full(filters, 1e4)])), front)
        images = images_of(paper_signals()[:3], kernels, front)
        weights, listed = network(residual(blocks), 240, filters, classes)
        name = f"paper-{filters}-{classes}"
        tensors[name + ".logits"] = predict.logits_of(weights, images, residual(blocks))
        about[name] = {"classifier": residual(blocks), "filters": filters, "classes": classes, "samples": 2500,
                       "images": f"frontend_n{filters}", "tensors": listed}
    for name, classifier, frames, filters, classes in on_pictures():
        images, phases = picture(2, frames, filters), None
        weights, listed = network(classifier, frames, filters, classes)
        if classifier["name"] == "states":
            sounding = [frames, frames - 20]
            phases = tensors[name + ".phases"] = phase_weights(classifier, frames, sounding)
        tensors[name + ".image"] = images
        tensors[name + ".logits"] = predict.logits_of(weights, images.astype(float), classifier, phases)
        about[name] = {"classifier": classifier, "filters": filters, "classes": classes,
                       "samples": samples_for(classifier, frames), "tensors": listed}
    for name, front, scaling, classifier in whole_models():
        samples, sound = 600, [600, 330, 600]
        x = signals(samples)
        frames_of = lambda n: n - 80 if classifier["name"] == "cnn-1d" else (n - 80 - 25) // 10 + 1
        frames, sounding = frames_of(samples), [frames_of(n) for n in sound]
        own = trained(front) | scaling_tensors(scaling, front["filters"])
        kernels = predict.kernels_of(own, front)
        images = outputs_of(x.astype(float), kernels).transpose(0, 2, 1)
        if classifier["name"] != "cnn-1d":
            images = images_of(x.astype(float), kernels, front)
        config = {"front_end": front, "scaling": scaling, "conditioning": {"target_rms": 0.05}}
        phases = phase_weights(classifier, frames, sounding) if classifier["name"] == "states" else None
        weights, listed = network(classifier, frames, front["filters"], 2)
        seen = scaled(images, own, config, sounding)
        tensors |= {f"{name}.{key}": values for key, values in own.items()}
        tensors[name + ".x"] = x
        tensors[name + ".logits"] = predict.logits_of(weights, seen, classifier, phases)
        if phases is not None:
            tensors[name + ".phases"] = phases
        about[name] = {"classifier": classifier, "filters": front["filters"], "classes": 2, "samples": samples,
                       "front_end": front, "scaling": scaling, "sounding": sounding, "tensors": listed}
    return tensors, about


# ---- training

def norm_of_batch(t, path, x):
    """Batch normalisation while a network trains: by mean and variance (divided by their number) of the batch."""
    axes = (0, *range(2, x.ndim))
    mean = x.mean(axes, keepdims=True)
    variance = ((x - mean) ** 2).mean(axes)
    return predict.norm({**t, path + ".running_mean": mean.ravel(), path + ".running_var": variance}, path, x)


def cross_entropy(logits, targets):
    """Mean over the batch, in nats."""
    largest = logits.real.max(1, keepdims=True)
    logarithms = logits - largest - np.log(np.exp(logits - largest).sum(1, keepdims=True))
    return -logarithms[np.arange(len(targets)), targets].mean()


# Directions of the tensors whose gradients are too many numbers: of all of these the sum with them.
ALONG = [lambda i: np.cos(0.7 * i + 0.1), lambda i: np.sin(0.3 * i + 0.2)]


def training_of(classifier, frames, filters, whole):
    """Loss of four images, its gradients to the images and to the tensors `whole`, and for every tensor that has one
    the sum of its gradient times each direction."""
    images, targets = picture(4, frames, filters), np.array([0, 1, 1, 1])
    weights, listed = network(classifier, frames, filters, 2)
    phases = None
    if classifier["name"] == "states":
        phases = phase_weights(classifier, frames, [frames, frames, frames - 20, frames - 5])

    def loss(images, weights):
        if phases is not None:
            return cross_entropy(predict.by_states(weights, images, phases, norm_of_batch), targets)
        return cross_entropy(predict.residual(weights, images, classifier["blocks"], False, norm_of_batch), targets)

    def gradient(values, loss_at):
        found = np.empty(values.size)
        for i in range(values.size):
            moved = values.astype(complex)
            moved.ravel()[i] += 1j * STEP
            found[i] = loss_at(moved).imag / STEP
        return found.reshape(values.shape)

    exact = images.astype(float)
    tensors = {"image": images, "loss": np.array([loss(exact, weights).real])}
    tensors["gradient.image"] = gradient(exact, lambda moved: loss(moved, weights))
    for name, values in weights.items():
        at = lambda moved: loss(exact, {**weights, name: moved})
        # A constant in front of a normalisation is taken away again; what is measured is not learned.
        if name.endswith(".conv.bias") or "running" in name:
            continue
        if name in whole:
            tensors["gradient." + name] = gradient(values, at)
        i = np.arange(values.size)
        along = [at(values + 1j * STEP * direction(i).reshape(values.shape)).imag / STEP for direction in ALONG]
        tensors["along." + name] = np.array(along)
    if phases is not None:
        tensors["phases"] = phases
    about = {"classifier": classifier, "filters": filters, "classes": 2, "samples": samples_for(classifier, frames),
             "targets": targets.tolist(), "tensors": listed}
    return tensors, about


def steps():
    """Two steps of each optimiser on six numbers, with the learning rate 0.02."""
    i, rate = np.arange(6), 0.02
    start, gradients = np.cos(1.3 * i), [0.5 * np.sin(2.1 * i + 1), 0.3 * np.cos(1.7 * i)]
    tensors = {"step.start": start, "step.gradient.1": gradients[0], "step.gradient.2": gradients[1]}
    # Adam (Kingma & Ba 2015) with ε = 10⁻⁸, AdamW (Loshchilov & Hutter 2019) with ε = 10⁻⁵ and a decay of 0.1.
    for name, epsilon, decay in [("sgd", None, 0), ("adam", 1e-8, 0), ("adamw", 1e-5, 0.1)]:
        values, mean, square = start, 0, 0
        for number, gradient in enumerate(gradients, 1):
            move = gradient
            if epsilon:
                mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient ** 2
                move = mean / (1 - 0.9 ** number) / (np.sqrt(square / (1 - 0.999 ** number)) + epsilon)
            values = values * (1 - rate * decay) - rate * move
            tensors[f"step.{name}.{number}"] = values
    return tensors


def training():
    tensors, about = steps(), {}
    whole = {"stem.conv.weight", "blocks.0.second.norm.gamma", "hidden.bias", "output.weight"}
    for name, classifier, frames, filters, whole in [
        ("residual", residual(2), 16, 4, whole),
        ("states", states(2, 1), 61, 3, {"norm.gamma", "norm.beta", "output.weight", "output.bias"}),
    ]:
        found, about[name] = training_of(classifier, frames, filters, whole)
        tensors |= {f"{name}.{key}": values for key, values in found.items()}
    return tensors, about


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for filters in [4, 8, 16]:
        write(folder / f"frontend_n{filters}.safetensors", *paper(filters))
    for make in [bounded, scaling, classifiers, training]:
        write(folder / f"{make.__name__}.safetensors", *make())


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
