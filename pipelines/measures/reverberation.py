"""How long a room rings on after speech, from how fast loudness falls where it falls freely."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wavelode.schemas.time import WORKING_RATE_HZ

Floats = NDArray[np.float32]

LEAST_S, MOST_S = 0.1, 3.0
_HOP = WORKING_RATE_HZ // 100
_WINDOW = 8 * _HOP
"""80 ms: a room's echoes beat against each other faster than that."""
_SMALLEST_FALL_DB = 10.0
_DIRECT_DB = 5.0
"""The first part of a fall is the direct sound's end, as in ISO 3382's decay times."""
_LEAST_FRAMES, _MOST_FRAMES = 6, 60
_LEAST_FALLS = 3
_BELOW_PEAK_DB = 45.0
"""Further down it is the recording's noise that ends a fall."""


def reverberation_s(samples: Floats) -> float | None:
    """The time in which sound dies by 60 dB, in seconds, 0.1 to 3; None where too few sounds end freely.

    Blind: from the distribution of decay rates (Wen, Habets & Naylor, ICASSP 2008). Each stretch in which the level
    of 80 ms falls without a break by 10 dB or more gives a time. Of these the median is taken, in which a fall counts
    by the square of its depth: the deeper, the less of it is the voice's own. Voices themselves fade within 0.2 to
    0.5 s, so that drier rooms all look alike; of long reverberation next words cover the end, so that it reads short.

    Args:
        samples: (T,) in [-1, 1) at the working rate.
    """
    level = _level_db(samples)
    if not len(level):
        return None
    falls = _falls(level, float(level.max()) - _BELOW_PEAK_DB)
    if len(falls) < _LEAST_FALLS:
        return None
    return float(np.clip(_weighted_median(falls), LEAST_S, MOST_S))


def _weighted_median(values: list[tuple[float, float]]) -> float:
    """Of (value, weight): between the middles of the two values that half of all weight lies between."""
    value, weight = np.array(sorted(values)).T
    middles = np.cumsum(weight) - weight / 2
    return float(np.interp(weight.sum() / 2, middles, value))


def _level_db(samples: Floats) -> NDArray[np.float64]:
    """Level of 80 ms in steps of 10 ms, (F,)."""
    if len(samples) < 2 * _WINDOW:
        return np.zeros(0)
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    power = np.square(windows.astype(np.float64)).mean(axis=1)
    level: NDArray[np.float64] = 10 * np.log10(power + 1e-12)
    return level


def _falls(level: NDArray[np.float64], floor: float) -> list[tuple[float, float]]:
    """Of each free fall the seconds it would take for 60 dB, and the square of how deep it is in dB."""
    falling = np.concatenate([[False], (np.diff(level) < 0) & (level[1:] > floor), [False]])
    edges = np.flatnonzero(np.diff(falling.astype(np.int8)))
    falls = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        part = level[start : min(end, start + _MOST_FRAMES) + 1]
        part = part[part <= part[0] - _DIRECT_DB]
        if len(part) >= _LEAST_FRAMES and part[0] - part[-1] >= _SMALLEST_FALL_DB:
            slope = np.polyfit(np.arange(len(part)) * 0.01, part, 1)[0]
            falls.append((float(-60.0 / slope), float(part[0] - part[-1]) ** 2))
    return falls
