"""SpectNet-16 with three residual blocks in plain PyTorch: the speed that `spectnet bench` is compared with.

usage: pytorch_twin.py [--batch 32] [--repeat 9] [--device cpu|cuda]        needs: pip install torch

Prints one JSON document with the keys of `spectnet bench --json`: medians in milliseconds per segment of 2500 samples
(`scene_frontend_ms`: per 10 s of sound at 22.05 kHz through 46 filters, by the number of taps) and the process's peak
memory. The network is eager PyTorch as one would write it: conv1d, square, average pooling and logarithm for the
front-end, NCHW convolutions behind it, SGD.
"""
import argparse
import json
import math
import resource
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F

WARM_UP = 3


def mel_spaced(filters, top):
    """Centre frequencies equally spaced on mel over [0, top] Hz."""
    highest = 2595 * math.log10(1 + top / 700)
    return [700 * (10 ** (highest * i / (filters - 1) / 2595) - 1) for i in range(filters)]


class FrontEnd(nn.Module):
    """Gammatone bank of order 4 and its log-energy image, `[batch, 1, frames, filters]`."""

    def __init__(self, filters, rate, taps, window, hop):
        super().__init__()
        self.centre_frequency = nn.Parameter(torch.tensor(mel_spaced(filters, rate / 2)))
        self.bandwidth = nn.Parameter(torch.full((filters,), rate / 10))
        self.gain = nn.Parameter(torch.full((filters,), 1e4))
        self.register_buffer("times", torch.arange(taps) / rate)
        self.window, self.hop = window, hop

    def forward(self, signals):
        t = self.times
        decay = torch.exp(-2 * math.pi * self.bandwidth[:, None] * t)
        carrier = torch.cos(2 * math.pi * self.centre_frequency[:, None] * t)
        kernels = self.gain[:, None] * t**3 * decay * carrier
        energy = F.conv1d(signals[:, None], kernels[:, None]).square()
        energy = F.avg_pool1d(energy, self.window, self.hop) * self.window
        return (energy + 1e-16).log().transpose(1, 2)[:, None]


class Block(nn.Module):
    """Two convolutions beside a pooled shortcut whose missing channels are zero."""

    def __init__(self, channels, first, second, pooled):
        super().__init__()
        wide = 2 * channels
        self.first, self.norm1 = nn.Conv2d(channels, wide, 3, **first), nn.BatchNorm2d(wide)
        self.second, self.norm2 = nn.Conv2d(wide, wide, 3, **second), nn.BatchNorm2d(wide)
        self.pooled = pooled

    def forward(self, x):
        y = self.norm2(self.second(F.relu(self.norm1(self.first(x)))))
        y = F.relu(F.max_pool2d(y, 2) if self.pooled else y)
        shortcut = F.max_pool2d(x, 2)
        return y + torch.cat([shortcut, torch.zeros_like(shortcut)], 1)


class SpectNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.front_end = FrontEnd(16, 1000, 81, 25, 10)
        self.stem, self.norm = nn.Conv2d(1, 16, (3, 2), padding=(3, 1)), nn.BatchNorm2d(16)
        self.blocks = nn.Sequential(
            Block(16, {}, {"padding": 2}, True),
            Block(32, {"padding": 1}, {"stride": 2, "padding": 1}, False),
            Block(64, {"padding": 1}, {"stride": 2, "padding": 1, "dilation": (2, 1)}, False),
        )
        self.hidden, self.output = nn.Linear(7680, 100), nn.Linear(100, 2)

    def forward(self, signals):
        x = F.relu(self.norm(self.stem(self.front_end(signals))))
        return self.output(F.relu(self.hidden(self.blocks(x).flatten(1))))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--repeat", type=int, default=9)
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    device = torch.device(args.device)
    torch.manual_seed(0)

    def median_ms(action, per):
        times = []
        for run in range(WARM_UP + args.repeat):
            start = time.perf_counter()
            action()
            if device.type == "cuda":
                torch.cuda.synchronize()
            if run >= WARM_UP:
                times.append(1e3 * (time.perf_counter() - start) / per)
        return statistics.median(times)

    model = SpectNet().to(device)
    signals = torch.randn(args.batch, 2500, device=device) * 0.05
    classes = torch.arange(args.batch, device=device) % 2
    result = {
        "device": torch.cuda.get_device_name() if device.type == "cuda" else "CPU",
        "threads": torch.get_num_threads(),
        "batch": args.batch,
        "pytorch": torch.__version__,
    }

    def front_end_backward():
        model.front_end.zero_grad()
        model.front_end(signals).mean().backward()

    with torch.no_grad():
        model.eval()
        result["frontend_ms"] = median_ms(lambda: model.front_end(signals), args.batch)
        result["inference_ms"] = median_ms(lambda: model(signals), args.batch)
    result["frontend_backward_ms"] = median_ms(front_end_backward, args.batch)

    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)

    def step():
        optimizer.zero_grad()
        F.cross_entropy(model(signals), classes).backward()
        optimizer.step()

    result["train_ms"] = median_ms(step, args.batch)
    result["peak_memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if device.type == "cuda":
        result["peak_device_memory_mib"] = torch.cuda.max_memory_allocated() / 2**20

    scene = torch.randn(1, 220_500, device=device) * 0.05
    result["scene_frontend_ms"] = {}
    for taps in [81, 275, 551, 1103]:
        front_end = FrontEnd(46, 22_050, taps, 551, 220).to(device)
        with torch.no_grad():
            result["scene_frontend_ms"][str(taps)] = median_ms(lambda: front_end(scene), 1)
    print(json.dumps(result, indent=2))


main()
