"""Up to which frequency there is sound: a telephone call in a broadcast ends at 4 kHz, a low-rate mp3 at 5 or 7."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wavelode.schemas.time import WORKING_RATE_HZ

Floats = NDArray[np.float32]

_WINDOW = 512
_BIN_HZ = WORKING_RATE_HZ / _WINDOW
_LEAST_HZ = 1500.0
_STEP_BINS = 8
"""A quarter of a kilohertz on each side of an edge; a codec's or a line's filter falls within less."""
_FALL_DB = 10.0
_NOTHING = 1e-6
"""60 dB below the peak there is no voice, only what filters leave."""
_LOUD_SHARE = 0.3
"""Only the loudest frames: in the pauses, a line's own noise may reach higher than speech did."""


def bandwidth_hz(samples: Floats) -> float | None:
    """The highest frequency, in Hz, before the spectrum falls off a cliff; half the rate where it has none.

    The cliff is where a quarter of a kilohertz is most above the loudest one higher up, if that is 10 dB or more.
    Speech itself falls slowly and has none. None for less than a tenth of a second, or silence.

    Args:
        samples: (T,) in [-1, 1) at the working rate.
    """
    power = _loud_spectrum(samples)
    if power is None:
        return None
    level = 10 * np.log10(np.maximum(power, power.max() * _NOTHING))
    windows = np.lib.stride_tricks.sliding_window_view(level, _STEP_BINS).mean(axis=1)
    loudest_above = np.maximum.accumulate(windows[::-1])[::-1]
    first = round(_LEAST_HZ / _BIN_HZ)
    below, above = windows[first : -2 * _STEP_BINS], loudest_above[first + 2 * _STEP_BINS :]
    falls = below - above
    if falls.max() < _FALL_DB:
        return WORKING_RATE_HZ / 2
    return _edge(level, first + int(falls.argmax()))


def _loud_spectrum(samples: Floats) -> NDArray[np.float64] | None:
    """Mean power per frequency bin of the loudest frames, (_WINDOW // 2 + 1,)."""
    hops = max(0, (len(samples) - _WINDOW) // (_WINDOW // 2) + 1)
    if hops < 5:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[:: _WINDOW // 2]
    loudness = np.square(frames).sum(axis=1)
    if not loudness.max() > 0:
        return None
    chosen = np.argsort(loudness)[-max(1, round(_LOUD_SHARE * len(frames))) :]
    spectra = np.abs(np.fft.rfft(frames[chosen] * np.hanning(_WINDOW).astype(np.float32), axis=1))
    power: NDArray[np.float64] = np.square(spectra).mean(axis=0, dtype=np.float64)
    return power


def _edge(level: NDArray[np.float64], low: int) -> float:
    """Where in the fall that begins near bin `low` the level passes half way down, in Hz."""
    high = min(low + 3 * _STEP_BINS, len(level))
    part = level[low:high]
    half = (part[:_STEP_BINS].mean() + part[-_STEP_BINS:].mean()) / 2
    return float((low + int(np.flatnonzero(part >= half)[-1])) * _BIN_HZ)
