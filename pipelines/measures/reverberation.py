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
_TYPICAL = 0.5


def reverberation_s(samples: Floats) -> float | None:
    """The time in which sound dies by 60 dB, in seconds, 0.1 to 3; None where too few sounds end freely.

    Blind: from the distribution of decay rates (Wen, Habets & Naylor, ICASSP 2008). Each stretch in which the level
    of 80 ms falls without a break by 10 dB or more gives a rate. Voices themselves fade within 0.2 to 0.5 s, so that
    drier rooms all look alike; of long reverberation next words cover the end, so that it reads a quarter too short.

    Args:
        samples: (T,) in [-1, 1) at the working rate.
    """
    level = _level_db(samples)
    if not len(level):
        return None
    times = [60.0 / rate for rate in _rates(level, float(level.max()) - _BELOW_PEAK_DB)]
    if len(times) < _LEAST_FALLS:
        return None
    return float(np.clip(np.quantile(times, _TYPICAL), LEAST_S, MOST_S))


def _level_db(samples: Floats) -> NDArray[np.float64]:
    """Level of 80 ms in steps of 10 ms, (F,)."""
    if len(samples) < 2 * _WINDOW:
        return np.zeros(0)
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    power = np.square(windows.astype(np.float64)).mean(axis=1)
    level: NDArray[np.float64] = 10 * np.log10(power + 1e-12)
    return level


def _rates(level: NDArray[np.float64], floor: float) -> list[float]:
    """Decibels per second of each free fall."""
    falling = np.concatenate([[False], (np.diff(level) < 0) & (level[1:] > floor), [False]])
    edges = np.flatnonzero(np.diff(falling.astype(np.int8)))
    rates = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        part = level[start : min(end, start + _MOST_FRAMES) + 1]
        part = part[part <= part[0] - _DIRECT_DB]
        if len(part) >= _LEAST_FRAMES and part[0] - part[-1] >= _SMALLEST_FALL_DB:
            slope = np.polyfit(np.arange(len(part)) * 0.01, part, 1)[0]
            rates.append(float(-slope))
    return rates
