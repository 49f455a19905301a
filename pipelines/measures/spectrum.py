"""Up to which frequency there is sound: a telephone call in a broadcast ends at 4 kHz, a low-rate mp3 at 5 or 7."""

from __future__ import annotations

from dataclasses import dataclass

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
_VOICED_DB = 20.0
_HISS_DB = -25.0
_HISSING_SHARE = 0.03
"""A clip has sound as far up as one in 33 of its frames, not counting quiet ones, has a share of -25 dB."""
_FLOOR_SHARE, _FLOOR_TIMES = 0.1, 4.0
"""What the quietest tenth of frames has there, four times over, is noise of the line."""


def bandwidth_hz(samples: Floats) -> float | None:
    """The highest frequency, in Hz, before the spectrum falls off a cliff; half the rate where it has none.

    Vowels may fall as steeply above a formant, so the cliff is looked for only where consonants hiss no higher.
    None for less than a tenth of a second, or silence.

    Args:
        samples: (T,) in [-1, 1) at the working rate.
    """
    spectra = _spectra(samples)
    return None if spectra is None else _cliff(spectra, spectra.highest_hiss() - 2 * _STEP_BINS)


def loud_bandwidth_hz(samples: Floats) -> float | None:
    """The same of the loudest frames alone, whatever hisses above; for sound of which more is known than this.

    Args:
        samples: (T,) in [-1, 1) at the working rate.
    """
    spectra = _spectra(samples)
    return None if spectra is None else _cliff(spectra, 0)


def _cliff(spectra: _Spectra, lowest: int) -> float:
    """Where a quarter of a kilohertz is most above the loudest one higher up, if that is 10 dB or more."""
    level = spectra.loud_level()
    windows = np.lib.stride_tricks.sliding_window_view(level, _STEP_BINS).mean(axis=1)
    loudest_above = np.maximum.accumulate(windows[::-1])[::-1]
    first = max(round(_LEAST_HZ / _BIN_HZ), lowest)
    falls = windows[first : -2 * _STEP_BINS] - loudest_above[first + 2 * _STEP_BINS :]
    if not len(falls) or falls.max() < _FALL_DB:
        return WORKING_RATE_HZ / 2
    return _edge(level, first + int(falls.argmax()))


@dataclass(frozen=True, slots=True)
class _Spectra:
    """Power per frame and frequency bin, (F, _WINDOW // 2 + 1), and of each frame in time, (F,)."""

    power: Floats
    loudness: Floats

    def loud_level(self) -> NDArray[np.float64]:
        """Mean power per frequency bin of the loudest frames, (_WINDOW // 2 + 1,), in dB."""
        mean = self.power[loudest(self.loudness)].mean(axis=0, dtype=np.float64)
        return np.asarray(10 * np.log10(np.maximum(mean, mean.max() * _NOTHING)))

    def highest_hiss(self) -> int:
        """The bin up to which frames have sound that isn't there all the time."""
        above = np.cumsum(self.power[:, ::-1], axis=1, dtype=np.float64)[:, ::-1]
        floor = _FLOOR_TIMES * np.quantile(above, _FLOOR_SHARE, axis=0)
        voiced = above[self.loudness >= self.loudness.max() * 10 ** (-_VOICED_DB / 10)]
        whole = np.maximum(voiced[:, :1], np.finfo(np.float64).tiny)
        share = np.quantile((voiced - floor) / whole, 1 - _HISSING_SHARE, axis=0)
        heard = np.flatnonzero(share > 10 ** (_HISS_DB / 10))
        return int(heard[-1]) if len(heard) else 0


def loudest(loudness: Floats) -> NDArray[np.int64]:
    """Which three tenths of the frames, one at least, are the loudest by the power of each, (F,)."""
    return np.argsort(loudness)[-max(1, round(_LOUD_SHARE * len(loudness))) :]


def _spectra(samples: Floats) -> _Spectra | None:
    """Of overlapping windows; None where there are few, or nothing is heard."""
    if len(samples) < 3 * _WINDOW or not np.any(samples):
        return None
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[:: _WINDOW // 2]
    spectra = np.fft.rfft(frames * np.hanning(_WINDOW).astype(np.float32), axis=1)
    return _Spectra(np.square(np.abs(spectra)), np.square(frames).sum(axis=1))


def _edge(level: NDArray[np.float64], low: int) -> float:
    """Where in the fall that begins near bin `low` the level passes half way down, in Hz."""
    high = min(low + 3 * _STEP_BINS, len(level))
    part = level[low:high]
    half = (part[:_STEP_BINS].mean() + part[-_STEP_BINS:].mean()) / 2
    return float((low + int(np.flatnonzero(part >= half)[-1])) * _BIN_HZ)
