#!/usr/bin/env python3
"""Writes rita.tsv: times, bytes, range and RITA v5's score (score, ts, ds, dur, hist) of made-up pairs.

The rules are those of RITA v5.1 (github.com/activecm/rita), written as plainly as they go: fractions instead of floats
wherever a value is rounded. Python 3.11 or later, nothing else. Usage: rita.py >rita.tsv
"""

import math
import random
from fractions import Fraction


def median(values):
    values, n = sorted(values), len(values)
    return values[n // 2] if n % 2 else (values[n // 2 - 1] + values[n // 2]) / 2


def half_up(value):
    return math.floor(value * 1000 + 0.5) / 1000


def up(value):
    return min(1.0, math.ceil(value * 1000) / 1000)


def regularity(values, without):
    values, half = sorted(values), len(values) // 2
    low, middle, high = median(values[:half]), median(values), median(values[len(values) - half:])
    skewness = 0.0
    if high - low >= 10 and middle not in (low, high):
        skewness = (low + high - 2 * middle) / (high - low)
    closeness = without
    if middle >= 1:
        closeness = max(0.0, (middle - median([abs(value - middle) for value in values])) / middle)
    return half_up((1 - abs(skewness) + closeness) / 2)


def score(times, sizes, first, last):
    gaps = [after - before for before, after in zip(times, times[1:]) if after > before]
    bars = [0] * 24
    for time in times:
        bars[min(23, int(Fraction((time - first) * 24, last - first)))] += 1
    used = sum(bar > 0 for bar in bars)
    mean = sum(bars) / 24
    deviation = math.sqrt(sum((bar - mean) ** 2 for bar in bars) / 24)
    hist = 0.0 if deviation > mean else half_up(1 - deviation / mean)
    if used >= 11:
        step = math.ceil(max(bars) * 0.05)
        heights = [bar // step for bar in bars if bar]
        counts = sorted((heights.count(height) for height in set(heights)), reverse=True)
        hist = max(hist, min(1.0, half_up(sum(counts[:2]) / (used - 1))))
    dur = 0.0
    if used >= 6:
        runs = "".join("x" if bar else " " for bar in bars * 2).split()
        run = min(24, max(len(run) for run in runs))
        dur = max(up((times[-1] - times[0]) / (last - first)), up(run / 12))
    ts, ds = regularity(gaps, 1.0), regularity(sizes, 0.0)
    return half_up(0.25 * (ts + ds + dur + hist)), ts, ds, dur, hist


def main():
    dice = random.Random(7)
    print("# times\tbytes\tfirst,last\tscore,ts,ds,dur,hist")
    for period, jitter, hours, noise in [
        (300, 0.0, 24, 0), (300, 0.3, 24, 40), (600, 1.0, 24, 5), (120, 0.1, 3, 0), (900, 0.5, 9, 300), (1800, 0.2, 13, 1),
    ]:
        first, last = 1_700_000_000, 1_700_086_400
        time, times = first + dice.randrange(period), []
        while time < min(last, first + hours * 3600):
            times.append(int(time))
            time += period * (1 + jitter * dice.uniform(-1, 1))
        sizes = [dice.randrange(100, 101 + noise) for _ in times]
        cells = [times, sizes, [first, last], score(times, sizes, first, last)]
        print("\t".join(",".join(map(str, cell)) for cell in cells))


main()
