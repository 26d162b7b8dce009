#!/usr/bin/env python3
"""What `spectnet predict` computes, in NumPy: the probabilities of a recording from a model file.

usage: predict.py MODEL.safetensors RECORDING.wav [--states STATES.json]          needs: pip install numpy

RECORDING is 16-bit WAV at the model's own sampling rate: nothing is resampled here. STATES holds what a heart model
needs to know of the heart cycles: what `spectnet predict --json` printed of the same recording (or, within the limits
that docs/FORMAT.md names, `spectnet segment --json`). Without it the program goes on as where no rhythm is found.

Prints one JSON document with `probabilities` and `windows`. docs/FORMAT.md explains every step, in the same order.
"""
import argparse
import json
import math
import wave

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from conditioning import condition, nearest, stretches

STATES = ["S1", "systole", "S2", "diastole"]
TYPES = {"F32": "<f4", "F64": "<f8", "F16": "<f2", "BF16": "<u2"}


# ---- the model file

def read_model(path):
    """Configuration, assessment (None where there is none) and tensors by name."""
    with open(path, "rb") as file:
        data = file.read()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    about = header.pop("__metadata__")
    assert (about["format"], about["format_version"]) == ("spectnet", "1"), "not a SpectNet model of format version 1"
    tensors = {}
    for name, tensor in header.items():
        # A counter that PyTorch keeps beside a normalisation.
        if name.endswith(".num_batches_tracked"):
            continue
        begin, end = tensor["data_offsets"]
        values = np.frombuffer(data[start + begin:start + end], TYPES[tensor["dtype"]])
        if tensor["dtype"] == "BF16":
            values = (values.astype(np.uint32) << 16).view(np.float32)
        tensors[name] = values.astype(float).reshape(tensor["shape"])
    return json.loads(about["config"]), json.loads(about.get("assessment", "null")), tensors


# ---- the recording

def read_signals(path, conditioning):
    """What the model sees of the channels: a signal of 32-bit floats, full scale 1, or several."""
    with wave.open(path) as file:
        rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, channels) / 32768
    wanted = conditioning["sample_rate"]
    assert width == 2, f"expected 16-bit WAV, not {8 * width} bits"
    assert rate == wanted, f"the recording is at {rate} Hz and the model works at {wanted} Hz: resample it first"
    if conditioning["max_seconds"] is not None:
        frames = frames[:max(1, nearest(conditioning["max_seconds"] * rate))]
    signals = [frames.mean(1)]
    if conditioning.get("channels") == "mid-side" and channels == 2:
        signals.append((frames[:, 0] - frames[:, 1]) / 2)
    if conditioning.get("channels") == "separate":
        signals = list(frames.T)
    return [signal.astype(np.float32) for signal in signals]


def pieces(signal, rate):
    """A minute each; a rest of less than half a minute belongs to the piece before it."""
    while len(signal) >= 90 * rate:
        yield signal[:60 * rate]
        signal = signal[60 * rate:]
    yield signal


# ---- windows

def windows_of(stretch, size, hop):
    """(start, end, weight) of whole windows; the last one ends where the stretch ends. No sample counts twice."""
    start, end = stretch
    if end - start < size:
        return [(start, end, (end - start) / size)]
    starts = [*range(0, end - start - size, hop), end - start - size]
    count = np.zeros(end - start)
    for s in starts:
        count[s:s + size] += 1
    return [(start + s, start + s + size, (1 / count[s:s + size]).sum() / size) for s in starts]


def lay(x, raw, config, states):
    """Windows (start, end, weight, evidence) of a conditioned piece `x`, which came as `raw`."""
    size, hop = config["windowing"]["samples"], config["windowing"]["hop"]
    noise_floor = 1 < len(np.unique(raw)) <= 9
    sounding = [] if noise_floor else stretches(x, config["conditioning"]["sample_rate"])
    within = lambda stretch: [state for state in states if stretch[0] <= state[0] < stretch[1]]
    if config.get("segments") == "cycles":
        cycles = [(start, end, 1.0, True) for stretch in sounding for start, end in cycles_of(within(stretch))]
        if cycles:
            return cycles
    if not sounding:
        return [(*window, False) for window in windows_of((0, len(x)), size, hop)]
    longest = max(sounding, key=lambda stretch: stretch[1] - stretch[0])
    whole = [stretch for stretch in sounding if stretch[1] - stretch[0] >= size] or [longest]
    evidence = lambda stretch: config["task"] != "heart" or len(within(stretch)) > 0
    return [(*window, evidence(stretch)) for stretch in whole for window in windows_of(stretch, size, hop)]


def read_states(path):
    """(start, end, number of the state) in samples at 1 kHz; none without a plausible rhythm."""
    with open(path) as file:
        found = json.load(file)[0]
    assert "states" in found, f"{path} names no states: expected what `spectnet predict --json` prints of a heart sound"
    states = found["states"] if found.get("plausible", True) else []
    return [(nearest(1000 * s["start_s"]), nearest(1000 * s["end_s"]), STATES.index(s["state"])) for s in states]


def cycles_of(states):
    """(start, end) from each S1, but one that the beginning cut, to the next one; the last with an S2, to the end."""
    for place in range(1, len(states) - 2):
        if states[place][2] == 0:
            yield states[place][0], states[place + 4][0] if place + 4 < len(states) else states[-1][1]


# ---- the front-end

def kernels_of(tensors, front):
    """Impulse responses [filters, taps]."""
    centre, width, gain = (tensors["front_end." + name] for name in ("centre_frequency", "bandwidth", "gain"))
    phase = tensors.get("front_end.phase", np.zeros(len(centre)))
    rate, order = front["sample_rate"], front["order"]
    if front["form"] == "bounded":
        top = 21.4 * math.log10(1 + 0.00437 * rate / 2)
        centre = (10 ** (top / (1 + np.exp(-centre)) / 21.4) - 1) / 0.00437
        per_erb = 1 / (math.pi * math.prod((2 * k - 1) / (2 * k) for k in range(1, order)))
        width = 24.7 * (1 + 0.00437 * centre) * per_erb * 2 ** (2 * np.tanh(width))
        gain = np.exp(gain) * 2 * (2 * math.pi * width) ** order / (math.factorial(order - 1) * rate)
    centre, width, gain, phase = (column[:, None] for column in (centre, width, gain, phase))
    t = np.arange(front["taps"]) / rate
    return gain * t ** (order - 1) * np.exp(-2 * math.pi * width * t) * np.cos(2 * math.pi * centre * t + phase)


def outputs_of(x, kernels):
    """y[m] = Σ g[k] x[m + k], [filters, samples − taps + 1]."""
    n = 1 << (len(x) - 1).bit_length()
    return np.fft.irfft(np.fft.rfft(x, n) * np.fft.rfft(kernels, n).conj(), n)[:, :len(x) - kernels.shape[1] + 1]


def image_of(outputs, framing):
    """Log-energy image [frames, filters] of the filters' outputs [filters, samples]."""
    frames = sliding_window_view(outputs ** 2, framing["window"], 1)[:, ::framing["hop"]]
    return np.log(frames.sum(2) + 1e-16).T


def scaled(image, kernels, tensors, config, sounding):
    """What the classifier sees. Of the frames the first `sounding` hold sound, the others padding."""
    scaling = config.get("scaling", {})
    if scaling.get("floor_db") is not None:
        noise = config["front_end"]["framing"]["window"] * config["conditioning"]["target_rms"] ** 2
        image = np.log(np.exp(image) + noise * 10 ** (-scaling["floor_db"] / 10) * (kernels ** 2).sum(1))
    if scaling.get("compression") == "power":
        image = np.exp(image / (1 + np.exp(-tensors["scaling.exponent"])))
    if scaling.get("normalisation") == "data":
        image = (image - tensors["scaling.mean"]) / tensors["scaling.deviation"]
    if scaling.get("normalisation") == "window":
        image = image - image[:sounding].mean(0)
        variance = (image[:sounding] ** 2).mean(0)
        image = image / np.sqrt(variance + scaling.get("least_variance", 1e-3))
        image[sounding:] = 0
    return image


# ---- the classifiers: images [batch, frames, filters] to logits [batch, classes]; `t` has the tensors of the classifier
# by name. `normalise` is `norm`, or while a network trains the same by the statistics of the batch.

def relu(x):
    return np.maximum(x, 0)


def softmax(logits):
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def linear(t, path, x):
    return x @ t[path + ".weight"] + t[path + ".bias"]


def norm(t, path, x):
    """Batch normalisation of [batch, channels, …] by the stored mean and variance."""
    gamma, beta, mean, variance = (t[f"{path}.{name}"].reshape(-1, *[1] * (x.ndim - 2))
                                   for name in ("gamma", "beta", "running_mean", "running_var"))
    return (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta


def conv(t, path, x, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    """Convolution of [batch, channels, rows, columns] with zeros around it (the kernel is not flipped)."""
    weight = t[path + ".weight"]
    reach = [dilation[side] * (weight.shape[2 + side] - 1) + 1 for side in (0, 1)]
    x = np.pad(x, [(0, 0), (0, 0), *zip(padding, padding)])
    x = sliding_window_view(x, reach, (2, 3))[:, :, ::stride[0], ::stride[1], ::dilation[0], ::dilation[1]]
    batch, _, rows, columns = x.shape[:4]
    x = x.transpose(0, 1, 4, 5, 2, 3).reshape(batch, groups, -1, rows * columns)
    y = (weight.reshape(groups, -1, x.shape[2]) @ x).reshape(batch, -1, rows, columns)
    return y + t.get(path + ".bias", np.zeros(y.shape[1]))[:, None, None]


def max_pool(x, rows, columns):
    """Windows that do not overlap; what does not fill one is left out."""
    *channels, height, width = x.shape
    x = x[..., :height // rows * rows, :width // columns * columns]
    return x.reshape(*channels, height // rows, rows, width // columns, columns).max((-3, -1))


def residual(t, images, blocks, pooled, normalise=norm):
    layer = lambda path, x, **how: normalise(t, path + ".norm", conv(t, path + ".conv", x, **how))
    x = images[:, None]
    x = relu(layer("stem", x, stride=(2, 1), padding=(2, 1)) if pooled else layer("stem", x, padding=(3, 1)))
    for block in range(blocks):
        first, second = f"blocks.{block}.first", f"blocks.{block}.second"
        if pooled:
            main = layer(second, relu(layer(first, x, stride=(2, 2))), padding=(1, 1))
        elif block == 0:
            main = max_pool(layer(second, relu(layer(first, x)), padding=(2, 2)), 2, 2)
        else:
            dilation = (2, 1) if block == 2 else (1, 1)
            main = relu(layer(first, x, padding=(1, 1)))
            main = layer(second, main, stride=(2, 2), padding=(1, 1), dilation=dilation)
        shortcut, x = max_pool(x, 2, 2), relu(main)
        x[:, :shortcut.shape[1]] += shortcut
    if pooled:
        x = x.mean(2)
    elif blocks == 4:
        x = max_pool(x, 2, 1)
    return linear(t, "output", relu(linear(t, "hidden", x.reshape(len(x), -1))))


def cnn(t, images, over_time):
    x, groups, across = images[:, None], 1, 1
    if over_time:
        x, groups, across = images.transpose(0, 2, 1)[..., None], images.shape[2], 0
    for path in ("first", "second"):
        x = norm(t, path + ".norm", conv(t, path + ".conv", x, padding=(0, across), groups=groups))
        x = max_pool(relu(x), 2, 1)
    return linear(t, "output", relu(linear(t, "hidden", x.reshape(len(x), -1))))


def by_states(t, images, weights, normalise=norm):
    """`weights` [batch, phases, frames]. Seen are the means of all filters in phase 0, their deviations, phase 1 …"""
    mean = weights @ images
    deviation = np.sqrt(np.maximum(weights @ images ** 2 - mean ** 2, 0) + 1e-3)
    seen = np.stack([mean, deviation], 2).reshape(len(images), -1)
    return linear(t, "output", normalise(t, "norm", seen))


def logits_of(t, images, classifier, weights=None):
    """Of any classifier; `weights` are those of `phase_weights`, for `states`."""
    name = classifier["name"]
    if name == "states":
        return by_states(t, images, weights)
    if name in ("cnn-1d", "cnn-2d"):
        return cnn(t, images, name == "cnn-1d")
    return residual(t, images, classifier["blocks"], name == "pooled")


def phase_weights(start, frames, sounding, framing, parts, states):
    """[phases, frames]: the mean over the frames of each phase; over all that hold sound where a phase has none."""
    counts = [1, parts["systole"], 1, parts["diastole"]]
    lead = parts.get("lead_ms", 0)  # A conditioned heart sound has 1000 samples a second.
    phases = np.full(frames, -1)
    for frame in range(sounding):
        middle = start + frame * framing["hop"] + framing["window"] // 2 + lead
        for begin, end, state in states:
            if begin <= middle < end:
                phases[frame] = sum(counts[:state]) + int((middle - begin) / (end - begin) * counts[state])
    rows = [phases == phase if phase in phases else np.arange(frames) < sounding for phase in range(sum(counts))]
    return np.array([row / row.sum() for row in rows])


def probabilities_of(x, start, end, config, kernels, tensors, states):
    """Probabilities of the window from `start` to `end` of a conditioned piece, padded with zeros or cut to length."""
    size, framing, classifier = config["windowing"]["samples"], config["front_end"]["framing"], config["classifier"]
    name, sound = classifier["name"], x[start:min(end, start + size)].astype(float)
    padded, rest = np.pad(sound, (0, size - len(sound))), len(sound) + 1 - kernels.shape[1]
    outputs = outputs_of(padded, kernels)
    image = outputs.T if name == "cnn-1d" else image_of(outputs, framing)
    sounding = max(1, rest if name == "cnn-1d" else (rest - framing["window"]) // framing["hop"] + 1)
    image = scaled(image, kernels, tensors, config, sounding)
    t = {path.removeprefix("classifier."): tensor for path, tensor in tensors.items()}
    weights = None
    if name == "states":
        parts = classifier.get("parts", {"systole": 1, "diastole": 1})
        weights = phase_weights(start, len(image), sounding, framing, parts, states)[None]
    return softmax(logits_of(t, image[None], classifier, weights)[0])


# ---- all windows together

def vote(rows, weights, how, positive):
    weights = weights / weights.sum() if weights.sum() > 0 else np.full(len(rows), 1 / len(rows))
    if how == "mean":
        return weights @ rows
    if how == "logmean":
        return softmax(weights @ np.log(np.maximum(rows, np.finfo(np.float32).tiny)))
    winners = [positive if positive is not None and row[positive] == row.max() else row.argmax() for row in rows]
    return np.bincount(winners, weights, rows.shape[1])


def calibrated(shares, positive, assessment):
    """The log-odds divided by the temperature; only of two classes, one of them positive, and with an assessment."""
    if assessment is None or positive is None or len(shares) != 2:
        return shares
    p = shares[positive] / shares.sum()
    odds = math.log(p / (1 - p)) if 0 < p < 1 else math.copysign(math.inf, p - 0.5)
    p = 1 / (1 + math.exp(-np.clip(odds, -17, 17) / assessment["temperature"]))
    return np.array([p, 1 - p] if positive == 0 else [1 - p, p])


def predict(model, recording, states=None):
    config, assessment, tensors = read_model(model)
    labels, rate = config["labels"], config["conditioning"]["sample_rate"]
    positive = labels.index("abnormal") if config["task"] == "heart" and "abnormal" in labels else None
    kernels = kernels_of(tensors, config["front_end"])
    known = read_states(states) if states else []
    places, rows, votes = [], [], []
    for number, signal in enumerate(read_signals(recording, config["conditioning"])):
        assert number == 0 or not known, "the states are those of the first signal, and this model looks at several"
        offset = 0
        for piece in pieces(signal, rate):
            x = condition(piece, config["conditioning"])
            here = [(start - offset, end - offset, s) for start, end, s in known if 0 <= start - offset < len(x)]
            # Silence counts in the first signal only.
            for start, end, weight, evidence in lay(x, piece, config, here) if number == 0 or x.any() else []:
                places.append((offset + start, offset + end))
                votes.append(weight if evidence else -weight)
                rows.append(probabilities_of(x, start, end, config, kernels, tensors, here))
            offset += len(x)
    # What holds nothing to judge counts only where there is nothing else.
    votes, rows = np.array(votes), np.array(rows)
    weights = np.maximum(votes, 0) if (votes > 0).any() else -votes
    named = lambda shares: dict(zip(labels, calibrated(shares, positive, assessment).tolist()))
    return {
        "probabilities": named(vote(rows, weights, config["voting"], positive)),
        "windows": [
            {"start_s": start / rate, "end_s": end / rate, "weight": weight, "probabilities": named(row)}
            for (start, end), weight, row in zip(places, weights.tolist(), rows)
        ],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", metavar="MODEL.safetensors")
    parser.add_argument("recording", metavar="RECORDING.wav")
    parser.add_argument("--states", metavar="STATES.json")
    try:
        print(json.dumps(predict(**vars(parser.parse_args()))))
    except AssertionError as error:
        raise SystemExit(f"error: {error}")
