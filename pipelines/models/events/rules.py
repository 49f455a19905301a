"""Hears music by what holds still: partials of notes that stay at one frequency, under speech too.

Continuous frequency activation (Seyerlehner, Pohle, Schedl & Widmer, DAFx 2007): the spectrogram less its own smooth
shape is turned into on and off; how often each frequency is on in a block of two seconds is high and narrow for notes,
low or broad for speech and noise. The strength of the five narrowest peaks tells music.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wavelode.pipelines.models.base import CELL_SAMPLES
from wavelode.schemas.time import WORKING_RATE_HZ

Floats = NDArray[np.float32]

_WINDOW, _HOP = 1024, 250
_FRAMES_PER_CELL = CELL_SAMPLES // _HOP
_BLOCK_CELLS = 4
"""Two seconds around a cell are judged together."""
_SMOOTH_BINS = 21
_LOWEST_HZ, _HIGHEST_HZ = 150.0, 6000.0
_ABOVE_DB = 4.0
"""A bin is on that much above its surroundings."""
_NUM_PEAKS = 5
_MIDDLE, _SLOPE = 2.0, 5.0
"""Where the five peaks' sum is as likely music as not, and how fast that changes."""
_QUIET = 1e-4
"""Of full scale: nothing softer is music to anybody."""


class SteadyPartials:
    """A `MusicDetector`."""

    name = "steady-partials-1"

    def load(self) -> None:
        """Nothing to load."""

    def music(self, samples: Floats) -> Floats:
        cells = -(-len(samples) // CELL_SAMPLES)
        if not cells:
            return np.zeros(0, np.float32)
        clean = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        padded = np.pad(clean, (0, cells * CELL_SAMPLES - len(samples) + _WINDOW))
        active = _active(padded, cells * _FRAMES_PER_CELL)
        strengths = np.array([_strength(block) for block in _blocks(active, cells)])
        likely: Floats = (1 / (1 + np.exp(-_SLOPE * (strengths - _MIDDLE)))).astype(np.float32)
        return likely

    def unload(self) -> None:
        """Nothing to unload."""


def _active(samples: Floats, frames: int) -> NDArray[np.bool_]:
    """Which bins stand out of their surroundings, (F, B)."""
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP][:frames]
    spectrum = np.abs(np.fft.rfft(windows * np.hanning(_WINDOW).astype(np.float32), axis=1))
    level = 20 * np.log10(spectrum / (_WINDOW / 4) + _QUIET)
    low, high = (round(hz * _WINDOW / WORKING_RATE_HZ) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    around = _running_mean(level)[:, low:high]
    on: NDArray[np.bool_] = level[:, low:high] - around > _ABOVE_DB
    return on


def _running_mean(level: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean over neighbouring bins, (F, B)."""
    half = _SMOOTH_BINS // 2
    sums = np.cumsum(np.pad(level, ((0, 0), (half + 1, half)), mode="edge"), axis=1)
    mean: NDArray[np.float64] = (sums[:, _SMOOTH_BINS:] - sums[:, :-_SMOOTH_BINS]) / _SMOOTH_BINS
    return mean


def _blocks(active: NDArray[np.bool_], cells: int) -> list[NDArray[np.bool_]]:
    """For each cell the frames of the two seconds around it."""
    size = _BLOCK_CELLS * _FRAMES_PER_CELL
    last = max(0, len(active) - size)
    starts = (int((cell + 0.5) * _FRAMES_PER_CELL - size / 2) for cell in range(cells))
    return [active[(at := min(max(0, start), last)) : at + size] for start in starts]


def _strength(block: NDArray[np.bool_]) -> float:
    """The sum of the five strongest peaks of how often each frequency is on, each by its height over both its sides."""
    share = block.mean(axis=0)
    padded = np.pad(share, 3, mode="edge")
    left = np.minimum(padded[1:-5], padded[:-6])
    right = np.minimum(padded[5:-1], padded[6:])
    height = np.minimum(share - left, share - right)
    is_peak = (share >= padded[2:-4]) & (share > padded[4:-2])
    return float(np.sort(np.where(is_peak, height, 0.0))[-_NUM_PEAKS:].sum())
