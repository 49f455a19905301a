"""The range of a voice's pitch, by autocorrelation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wavelode.schemas.time import WORKING_RATE_HZ

Floats = NDArray[np.float32]

_LOWEST_HZ, _HIGHEST_HZ = 60.0, 400.0
_WINDOW = WORKING_RATE_HZ // 20
"""50 ms: three periods of the lowest voice."""
_HOP = WORKING_RATE_HZ // 50
_VOICED = 0.6
_NEARLY = 0.9
"""Of several lags that fit nearly as well, the shortest is the period; the others are its multiples."""
_SOFT = 0.02
"""Frames with less power than this share of the loudest are not judged."""
_LEAST_FRAMES = 10


def pitch_range_hz(samples: Floats) -> tuple[float, float] | None:
    """5th and 95th percentile of the pitch, in Hz; None where hardly anything is voiced.

    Normalised autocorrelation of windowed frames over that of the window (Boersma 1993, equation 9).

    Args:
        samples: (T,) in [-1, 1) at the working rate.
    """
    if len(samples) < _WINDOW:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    power = np.square(frames).mean(axis=1)
    frames = frames[power > max(_SOFT * float(power.max()), 1e-9)]
    pitches = _pitches(frames)
    if len(pitches) < _LEAST_FRAMES:
        return None
    low, high = np.percentile(pitches, [5, 95])
    return float(low), float(high)


def _pitches(frames: Floats) -> NDArray[np.float64]:
    """Pitch in Hz of each voiced frame of frames (F, W)."""
    window = np.hanning(_WINDOW)
    correlation = _autocorrelation((frames - frames.mean(axis=1, keepdims=True)) * window)
    correlation /= np.maximum(correlation[:, :1], 1e-12)
    correlation /= _autocorrelation(window[None]) / np.square(window).sum()
    first, past = int(WORKING_RATE_HZ / _HIGHEST_HZ), int(WORKING_RATE_HZ / _LOWEST_HZ) + 1
    inside = correlation[:, first:past]
    is_peak = (inside >= correlation[:, first - 1 : past - 1]) & (
        inside > correlation[:, first + 1 : past + 1]
    )
    best = np.where(is_peak, inside, 0.0).max(axis=1)
    voiced = best >= _VOICED
    fits = is_peak & (inside >= _NEARLY * best[:, None])
    pitches: NDArray[np.float64] = WORKING_RATE_HZ / (first + fits.argmax(axis=1)[voiced])
    return pitches


def _autocorrelation(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    size = 2 * _WINDOW
    spectrum = np.fft.rfft(frames, size, axis=1)
    lags: NDArray[np.float64] = np.fft.irfft(np.abs(spectrum) ** 2, size, axis=1)[:, :_WINDOW]
    return lags
