"""From a piece of a recording to what the filterbank sees, in NumPy: band-pass, spikes, level, stretches of sound.

Belongs to predict.py; docs/FORMAT.md explains it in the sections "Conditioning" and "Windows".
"""
import math

import numpy as np

CYCLE_S = (60 / 220, 2.0)  # shortest and longest heart cycle in seconds
SILENCE = 1e-5  # below this fraction of the loudest peak lies digital silence


def nearest(x):
    return math.floor(x + 0.5)


def samples(seconds, rate):
    return max(1, nearest(seconds * rate))


def condition(piece, config):
    """Conditioned samples (32-bit floats) of a piece (32-bit floats at the model's rate)."""
    rate, x = config["sample_rate"], piece.astype(float)
    if config["band_hz"]:
        high_pass, low_pass = config["band_hz"]
        x = zero_phase(x, *butterworth(low_pass, rate, low=True))
        x = zero_phase(x, *butterworth(high_pass, rate, low=False))
    if config["spike_removal"]:
        # A file that does not name its rule means the published one.
        sparing = config.get("spike_rule", "published") == "sparing_beats"
        x = blank_sparing_beats(x, rate) if sparing else blank_published(x, rate)
    x = x.astype(np.float32)
    if config["target_rms"] is not None:
        sound = np.concatenate([x[:0], *(x[start:end] for start, end in stretches(x, rate))]).astype(float)
        rms = math.sqrt((sound ** 2).sum() / max(1, len(sound)))
        x = (x * (config["target_rms"] / rms if rms > 1e-7 * np.abs(piece).max() else 0.0)).astype(np.float32)
    return x


def stretches(x, rate):
    """[start, end) of what holds sound: blocks of 50 ms above −60 dB of the whole, parted by pauses of 2 s."""
    block, pause, found = samples(0.05, rate), samples(2.0, rate), []
    square = x.astype(float) ** 2
    least = 1e-6 * square.mean()
    for start in range(0, len(x), block):
        end = min(start + block, len(x))
        if square[start:end].mean() > least:
            if found and start - found[-1][1] < pause:
                found[-1][1] = end
            else:
                found.append([start, end])
    return found


# ---- filters

def butterworth(corner, rate, low):
    """Second order, by the bilinear transform with its corner prewarped: [b0, b1, b2] and [a1, a2]."""
    k = math.tan(math.pi * corner / rate)
    scale = 1 / (1 + math.sqrt(2) * k + k * k)
    b = [k * k * scale, 2 * k * k * scale, k * k * scale] if low else [scale, -2 * scale, scale]
    return b, [2 * (k * k - 1) * scale, (1 - math.sqrt(2) * k + k * k) * scale]


def zero_phase(x, b, a):
    """Forward, then backward. Nine samples of odd reflection extend the ends, and each pass starts in the steady state
    of its first sample, as in scipy.signal.filtfilt."""
    n = min(9, len(x) - 1)
    x = np.concatenate([2 * x[0] - x[n:0:-1], x, 2 * x[-1] - x[:-1][::-1][:n]])
    for _ in range(2):
        steady = x[0] * sum(b) / (1 + sum(a))
        s1, s2, out = steady - b[0] * x[0], b[2] * x[0] - a[1] * steady, []
        for sample in x.tolist():
            y = b[0] * sample + s1
            s1, s2 = b[1] * sample - a[0] * y + s2, b[2] * sample - a[1] * y
            out.append(y)
        x = np.array(out[::-1])
    return x[n:len(x) - n]


# ---- spikes: lobes (samples between two zero crossings) whose peak is above a limit are set to zero

def peaks(x, starts):
    return np.maximum.reduceat(np.abs(x), starts)


def blank_published(x, rate):
    """Limit: three times the median of the peaks of all half-seconds (Schmidt et al. 2010)."""
    size = samples(0.5, rate)
    whole = len(x) // size
    if whole < 2:
        return x
    half_seconds = np.arange(0, len(x), size)
    compared = peaks(x, half_seconds)[:whole] > SILENCE * np.abs(x).max()
    while compared.any():
        limit = 3 * np.median(peaks(x, half_seconds)[:whole][compared])
        # A lobe ends where the sign changes, and where a half-second ends. Zeros join the lobes beside them, so that
        # lobes are looked for again after each pass.
        starts = np.union1d(half_seconds, np.flatnonzero(x[:-1] * x[1:] < 0) + 1)
        lobes, ends = peaks(x, starts), np.append(starts[1:], len(x))
        if limit == 0 or not (lobes > limit).any():
            break
        for lobe in np.flatnonzero(lobes > limit):
            x[starts[lobe]:ends[lobe]] = 0
    return x


def blank_sparing_beats(x, rate):
    """Limit: three times what the peaks of two of three stretches of 2 s reach, and not less than the loudest beat."""
    blocks = np.arange(0, len(x), samples(0.05, rate))
    sounding = peaks(x, blocks) > SILENCE * np.abs(x).max()
    starts = np.append(0, np.flatnonzero((x[:-1] < 0) != (x[1:] < 0)) + 1)
    lobes, ends = peaks(x, starts), np.append(starts[1:], len(x))
    for _ in range(32):
        of_blocks = peaks(x, blocks)[sounding]
        if len(of_blocks) < 40:
            break
        of_stretches = np.sort(np.lib.stride_tricks.sliding_window_view(of_blocks, 40).max(1))
        level = of_stretches[len(of_stretches) // 3]
        limit = max(3 * level, loudest_beat(starts, ends, lobes, 3 * level, rate))
        if level == 0 or not (lobes > limit).any():
            break
        for lobe in np.flatnonzero(lobes > limit):
            x[starts[lobe]:ends[lobe]] = lobes[lobe] = 0
    return x


def sounds(starts, ends, lobes, limit, rate):
    """Lobes above a limit that are less than 0.1 s apart: [middle of the loudest lobe, its peak, end of the last lobe];
    times in seconds."""
    found = []
    for lobe in np.flatnonzero(lobes > limit):
        start, end, peak = starts[lobe] / rate, ends[lobe] / rate, lobes[lobe]
        if not found or start - found[-1][2] >= 0.1:
            found.append([(start + end) / 2, peak, end])
        elif found[-1][1] >= peak:
            found[-1][2] = end
        else:
            found[-1] = [(start + end) / 2, peak, end]
    return found


def loudest_beat(starts, ends, lobes, limit, rate):
    """Peak of the loudest sound above the limit that is one of four at even intervals, among the sounds within 8 s that
    are not louder than it and not quieter than a third of it; 0 if none is."""
    loudest = 0.0
    for at, peak, _ in sounds(starts, ends, lobes, limit, rate):
        near = slice(np.searchsorted(ends, int(at * rate) - 8 * rate),
                     np.searchsorted(starts, int(at * rate) + 8 * rate, "right"))
        like = sounds(starts[near], ends[near], lobes[near], peak / 3, rate)
        times = [time for time, height, _ in like if height <= peak]
        if at in times and in_rhythm(times, times.index(at)):
            loudest = max(loudest, peak)
    return loudest


def in_rhythm(times, place):
    """Whether a sound is one of four at even intervals; one other sound may lie between two of them."""
    for first, last in [(place - 1, place), (place, place + 1), (place - 2, place), (place, place + 2)]:
        if first >= 0 and last < len(times):
            interval = times[last] - times[first]
            more = further(times, last, interval, 1) + further(times, first, interval, -1)
            if CYCLE_S[0] <= interval <= CYCLE_S[1] and 2 + more >= 4:
                return True
    return False


def further(times, at, interval, way):
    """How many sounds go on this way, at intervals that each differ by at most a tenth from the one before."""
    count = 0
    while True:
        places = [place for place in (at + way, at + 2 * way) if 0 <= place < len(times)]
        steps = [(abs(abs(times[place] - times[at]) / interval - 1), place) for place in places]
        off, place = min(steps, default=(math.inf, at), key=lambda step: step[0])
        if off > 0.1:
            return count
        at, interval, count = place, abs(times[place] - times[at]), count + 1
