"""What a lossy codec took away below the highest frequency it kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wavelode.pipelines.measures.spectrum import loudest
from wavelode.schemas.time import WORKING_RATE_HZ

Floats = NDArray[np.float32]

_WINDOW, _HOP = 256, 128
"""16 ms: several lie wholly in a hole, which lasts for as long as a codec's block, 36 ms at this rate."""
_LEAK = 14.0
"""Of a Kaiser window: what is loud fills no hole 100 dB below it elsewhere, as a Hann window's slow decay would."""
_BAND_BINS = 4
"""A quarter of a kilohertz: about one scale factor band of an mp3."""
_LOWEST_HZ = 1000.0
_HOLE = 1e-4
"""40 dB below the band's own mean over loud frames nothing is left."""


def spectral_holes_ratio(samples: Floats, width_hz: float | None) -> float | None:
    """Share, 0 to 1, of a quarter kilohertz by 16 ms, between 1 kHz and the bandwidth, in which loud speech has a hole.

    Codecs at low rates drop whole bands for some milliseconds, which is heard as warbling. None for less than a
    second, or silence.

    Args:
        samples: (T,) in [-1, 1) at the working rate.
        width_hz: their bandwidth; None of silence.
    """
    if width_hz is None or len(samples) < WORKING_RATE_HZ:
        return None
    bands = _bands(samples)[:, round(_LOWEST_HZ / _hz()) : int(width_hz / _hz())]
    if not bands.size:
        return None
    usual = bands.mean(axis=0)
    return float((bands < _HOLE * usual).mean())


def _hz() -> float:
    return WORKING_RATE_HZ / _WINDOW * _BAND_BINS


def _bands(samples: Floats) -> NDArray[np.float64]:
    """Power of each band in the loudest frames, (F, B)."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    chosen = np.sort(loudest(np.square(frames).sum(axis=1)))
    power = np.square(np.abs(np.fft.rfft(frames[chosen] * np.kaiser(_WINDOW, _LEAK), axis=1)))[:, :-1]
    bands: NDArray[np.float64] = power.reshape(len(power), -1, _BAND_BINS).mean(axis=2)
    return bands
