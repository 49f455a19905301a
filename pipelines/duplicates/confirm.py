"""Whether two clips that share keys hold the same sound: their peaks lie on each other, or they don't."""

from __future__ import annotations

from functools import cache
from math import exp, lgamma, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavelode.pipelines.duplicates.prints import Prints
from wavelode.pipelines.measures.peaks import FRAMES_PER_S, Peaks, unpack

COPY = np.dtype([("a", "<u4"), ("b", "<u4"), ("shift_s", "<f4"), ("shared_s", "<f4"), ("likeness", "<f4")])
"""Clips `a` and `b` hold `shared_s` seconds of the same sound, which begins `shift_s` later in `b`; `likeness` is the
share of peaks there that both have."""

LEAST_LIKENESS = 0.4
"""Unrelated speech has .02 to .1, what was encoded again at 64 kbit/s and lies in noise at 10 dB .7."""
_BY_CHANCE, _MOST_CHANCE = 0.06, 1e-8
"""A peak of unrelated sound lies on one of another's with the first probability (measured: .014 on average, .09 in the
worst of a hundred places); what would agree so by chance oftener than the second is no copy. Many places are tried."""
_NEAR_FRAMES, _NEAR_STEPS = 3, 3
_AROUND = (0, -4, 4)
_EDGE_FRAMES = 40
"""What both hold ends no further than this beyond the outermost peaks that agree."""

Table = NDArray[Any]


def confirmed(prints: Prints, pairs: Table) -> Table:
    """Those pairs, given with the offset of their frames, that are copies: a `COPY` table."""
    found = []
    for pair, offset in zip(pairs["pair"].tolist(), pairs["offset"].tolist(), strict=True):
        a, b = pair >> 32, pair & 0xFFFF_FFFF
        shared = max((overlap(prints[a], prints[b], offset + by) for by in _AROUND), key=lambda o: o[1])
        if shared[1] >= LEAST_LIKENESS:
            found.append((a, b, offset / FRAMES_PER_S, *shared))
    return np.array(found, COPY)


def overlap(one: Peaks, other: Peaks, offset: int) -> tuple[float, float]:
    """Seconds that two clips share if the second's frames run `offset` ahead, and the share of peaks both have there.

    Both 0 where so few peaks agree that it may be chance.
    """
    frames_a, pitches_a = unpack(one)
    frames_b, pitches_b = unpack(other)
    frames_b = frames_b - offset
    near = np.abs(frames_a[:, None] - frames_b[None, :]) <= _NEAR_FRAMES
    near &= np.abs(pitches_a[:, None] - pitches_b[None, :]) <= _NEAR_STEPS
    in_a, in_b = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    agreeing = min(len(in_a), len(in_b))
    if not agreeing:
        return 0.0, 0.0
    low, high = frames_a[in_a[0]], frames_a[in_a[-1]]
    within_a = int(((frames_a >= low) & (frames_a <= high)).sum())
    within_b = int(((frames_b >= low - _NEAR_FRAMES) & (frames_b <= high + _NEAR_FRAMES)).sum())
    if agreeing < least_agreeing(min(within_a, within_b)):
        return 0.0, 0.0
    low = max(low - _EDGE_FRAMES, frames_a[0], frames_b[0])
    high = min(high + _EDGE_FRAMES, frames_a[-1], frames_b[-1])
    share = agreeing / max(1, min(within_a, within_b))
    return float(max(0, high - low) / FRAMES_PER_S), float(min(1.0, share))


@cache
def least_agreeing(peaks: int) -> int:
    """How many of so many peaks must agree to be no accident; more than there are where all might.

    >>> [least_agreeing(peaks) for peaks in (6, 8, 20, 40)]
    [7, 8, 11, 15]
    """
    chance = 0.0
    for agreeing in range(peaks, -1, -1):
        chance += exp(_log_binomial(peaks, agreeing))
        if chance > _MOST_CHANCE:
            return agreeing + 1
    return 0


def _log_binomial(peaks: int, agreeing: int) -> float:
    """Of exactly so many by chance; minutes of sound have more peaks than a float has room for their choices."""
    choices = lgamma(peaks + 1) - lgamma(agreeing + 1) - lgamma(peaks - agreeing + 1)
    return choices + agreeing * log(_BY_CHANCE) + (peaks - agreeing) * log(1 - _BY_CHANCE)
