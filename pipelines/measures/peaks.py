"""Spectral peaks: what stays of a sound when it is encoded again, cut elsewhere or heard in noise.

A peak is a place in time and frequency louder than all around it (Wang 2003). Where it lies depends on the sound
near it alone, never on where a file or a clip begins, so two copies of a broadcast share most of theirs.
A peak is one 32-bit number: its frame in the upper 23 bits, its pitch in the lower 9.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wavelode.schemas.time import WORKING_RATE_HZ, Span

HOP = 256
"""Samples from frame to frame: 16 ms."""
FRAMES_PER_S = WORKING_RATE_HZ / HOP
STEPS_PER_OCTAVE = 96
PITCH_BITS = 9

_WINDOW = 1024
_LOWEST_HZ, _HIGHEST_HZ = 150.0, 4000.0
_REACH_FRAMES, _REACH_BINS = 14, 40
"""A peak is the loudest within 224 ms and 625 Hz: so few that the noise between them makes none of its own."""
_FLOOR_FRAMES, _FLOOR_DB = 31, 35.0
"""Nothing fainter than this below the loudest in half a second around is one: what noise would hide first."""
_SILENCE_DB = -75.0
_BLOCK_FRAMES = 4096

Peaks = NDArray[np.uint32]
Floats = NDArray[np.float32]


def peaks_of(read: Callable[[Span], Floats], num_samples: int) -> Peaks:
    """The peaks of a recording, (P,), sorted; about 5 in a second of speech; holds a minute of sound.

    Args:
        read: gives samples (T,) in [-1, 1) at the working rate.
    """
    margin = _FLOOR_FRAMES + _REACH_FRAMES
    frames = max(0, (num_samples - _WINDOW) // HOP + 1)
    found = []
    for first in range(0, frames, _BLOCK_FRAMES):
        last = min(first + _BLOCK_FRAMES, frames)
        low, high = max(0, first - margin), min(frames, last + margin)
        levels = _levels_db(read(Span(low * HOP, (high - 1) * HOP + _WINDOW)))
        at, pitch = _highest(levels)
        inside = (at + low >= first) & (at + low < last)
        found.append(pack(at[inside] + low, pitch[inside]))
    return np.concatenate([np.zeros(0, np.uint32), *found])


def pack(frames: NDArray[np.int64], pitches: NDArray[np.int64]) -> Peaks:
    """Frames and pitches (P,) as peaks, sorted."""
    packed = (frames.astype(np.uint32) << np.uint32(PITCH_BITS)) | pitches.astype(np.uint32)
    return np.sort(packed)


def unpack(peaks: Peaks) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Frames and pitches (P,); pitch in steps of a 96th octave from 150 Hz."""
    low = np.uint32((1 << PITCH_BITS) - 1)
    return (peaks >> np.uint32(PITCH_BITS)).astype(np.int64), (peaks & low).astype(np.int64)


def within(peaks: Peaks, span: Span) -> Peaks:
    """Those peaks of a recording whose frame lies wholly in a span."""
    first = -(-span.start // HOP)
    end = max(first, (span.end - _WINDOW) // HOP + 1)
    edges = np.array([first, end], np.uint64) << np.uint64(PITCH_BITS)
    start, stop = np.searchsorted(peaks.astype(np.uint64), edges)
    return peaks[start:stop]


def _levels_db(samples: Floats) -> Floats:
    """Level of each frame and bin, (F, B), in dB of full scale."""
    window = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    framed = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::HOP]
    spectrum = np.abs(np.fft.rfft(framed * window, axis=1)[:, : _bin(_HIGHEST_HZ) + _REACH_BINS])
    return (20 * np.log10(spectrum * (4 / _WINDOW) + 1e-7)).astype(np.float32)


def _bin(hz: float) -> int:
    return round(hz * _WINDOW / WORKING_RATE_HZ)


def _highest(levels: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Frames and pitches of all peaks of (F, B) levels."""
    around = _sliding_max(_sliding_max(levels, _REACH_FRAMES, 0), _REACH_BINS, 1)
    loudest = _sliding_max(levels.max(axis=1), _FLOOR_FRAMES, 0)[:, None]
    is_peak = (levels == around) & (levels > loudest - _FLOOR_DB) & (levels > _SILENCE_DB)
    is_peak[:, : _bin(_LOWEST_HZ) + 1] = False
    is_peak[:, _bin(_HIGHEST_HZ) :] = False
    at, bins = np.nonzero(is_peak)
    hz = (bins + _between(levels, at, bins)) * (WORKING_RATE_HZ / _WINDOW)
    pitch = np.floor(STEPS_PER_OCTAVE * np.log2(hz / _LOWEST_HZ)).astype(np.int64)
    return at, np.clip(pitch, 0, (1 << PITCH_BITS) - 1)


def _between(levels: Floats, at: NDArray[np.int64], bins: NDArray[np.int64]) -> Floats:
    """Where between the bins a peak's top lies, -0.5 to 0.5: of a parabola through it and its neighbours."""
    below, top, above = (levels[at, bins + shift] for shift in (-1, 0, 1))
    bend = below - 2 * top + above
    flat = bend > -1e-6
    inside: Floats = np.where(flat, 0, 0.5 * (below - above) / np.where(flat, 1, bend))
    return np.clip(inside, -0.5, 0.5)


def _sliding_max(values: Floats, reach: int, axis: int) -> Floats:
    """The greatest within `reach` places on either side along an axis."""
    padding = [(reach, reach) if n == axis else (0, 0) for n in range(values.ndim)]
    padded = np.pad(values, padding, constant_values=-np.inf)
    width, done = 2 * reach + 1, 1
    while done < width:  # each step doubles what the window spans
        step = min(done, width - done)
        size = padded.shape[axis] - step
        padded = np.maximum(padded.take(range(size), axis), padded.take(range(step, step + size), axis))
        done += step
    return padded
