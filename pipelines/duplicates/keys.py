"""Keys by which copies of a sound meet: numbers that two clips share where they hold the same sound.

A key stands for two groups of three peaks that follow on each other: their pitches as steps, their distances in time,
all coarse (locality-sensitive hashing: a group of three is a row, two rows are a band). One key is shared by chance
by about two clips in a hundred million; of a copy's keys a tenth to a half survive. Which keys are used is told by
their own value, so that all copies use the same ones.

Most keys hold two groups that begin at the same peak, five peaks and fewer. Of a wide key the second group begins at a
later one: it is shared by chance some thirty times less, but survives less often, so more of them are used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wavelode.pipelines.measures.peaks import STEPS_PER_OCTAVE, Peaks, unpack

VERSION = "1"
"""Raised whenever the code below gives other keys for the same peaks."""

_NEXT_PEAKS = 8
_NEXT_GROUPS = 8
_LEAST_APART, _MOST_APART = 3, 120
"""Frames between two peaks of a group."""
_MOST_STEPS = 144
"""Between the pitches of a group: an octave and a half."""
_FIRST_COARSE, _COARSE, _FRAMES_COARSE = 24, 12, 6
_GROUPS_APART, _GROUPS_COARSE = 64, 8
_MIX_A, _MIX_B = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)
_PICK = np.uint64(40)
"""Bits of a key above this choose; those below spread over partitions."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Keys(NamedTuple):
    """Keys (K,) of a sound, and the frame at which each begins, (K,)."""

    keys: NDArray[np.uint64]
    frames: NDArray[np.float64]


def keys_of(peaks: Peaks, every: int = 16, speed: float = 1.0, wide: bool = False) -> Keys:
    """The keys of a clip, about 160 / `every` for each second of speech.

    Args:
        every: one of so many keys is used.
        speed: those that the clip would have if it were played so much faster; frames are of that clip too.
        wide: the second group begins at a later peak.
    """
    frames, pitches = unpack(peaks)
    return keys_at(frames / speed, pitches, every, speed, wide)


def keys_at(frames: Floats, pitches: Ints, every: int, speed: float = 1.0, wide: bool = False) -> Keys:
    """The keys of peaks (P,) at these frames, ascending; clips may lie on one line, far enough from each other."""
    groups, starts = _groups(frames, pitches + STEPS_PER_OCTAVE * np.log2(speed))
    order = np.lexsort((groups, starts))
    return _bands(groups[order], starts[order], every, wide)


def _groups(frames: Floats, pitches: Floats) -> tuple[NDArray[np.uint64], Floats]:
    """Hashes (G,) of all groups of three near peaks, and the frame of the first."""
    hashes, starts = [np.zeros(0, np.uint64)], [np.zeros(0)]
    for second, third in _apart():
        last = len(frames) - third
        if last <= 0:
            continue
        f0, f1, f2 = frames[:last], frames[second : last + second], frames[third:]
        p0, p1, p2 = pitches[:last], pitches[second : last + second], pitches[third:]
        near = (f1 - f0 >= _LEAST_APART) & (f2 - f1 >= _LEAST_APART) & (f2 - f0 <= _MOST_APART)
        near &= (abs(p1 - p0) <= _MOST_STEPS) & (abs(p2 - p0) <= _MOST_STEPS)
        parts = (
            *(p0[near] / _FIRST_COARSE, (p1 - p0)[near] / _COARSE, (p2 - p0)[near] / _COARSE),
            *((f1 - f0)[near] / _FRAMES_COARSE, (f2 - f0)[near] / _FRAMES_COARSE),
        )
        hashes.append(_hash(parts))
        starts.append(f0[near])
    return np.concatenate(hashes), np.concatenate(starts)


def _apart() -> Iterator[tuple[int, int]]:
    for second in range(1, _NEXT_PEAKS):
        for third in range(second + 1, _NEXT_PEAKS + 1):
            yield second, third


def _hash(parts: tuple[Floats, ...]) -> NDArray[np.uint64]:
    """One number for small signed parts, each rounded down, 6 bits each."""
    packed = np.zeros(len(parts[0]), np.uint64)
    for part in parts:
        packed = (packed << np.uint64(6)) | (np.floor(part).astype(np.int64) + 32).astype(np.uint64)
    return mix(packed)


def mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Values spread over all 64 bits (the finaliser of SplitMix64, shortened)."""
    values = values * _MIX_A
    values = (values ^ (values >> np.uint64(29))) * _MIX_B
    return values ^ (values >> np.uint64(32))


def _bands(groups: NDArray[np.uint64], starts: Floats, every: int, wide: bool) -> Keys:
    """Keys of each group with those that begin next, as many of them as their value chooses."""
    keys, frames = [np.zeros(0, np.uint64)], [np.zeros(0)]
    after = np.searchsorted(starts, starts, side="right") if wide else np.arange(1, len(groups) + 1)
    for step in range(_NEXT_GROUPS):
        one = np.flatnonzero(after + step < len(groups))
        other = after[one] + step
        apart = starts[other] - starts[one]
        coarse = np.floor(apart / _GROUPS_COARSE).astype(np.uint64)
        band = mix(groups[one] * np.uint64(3) + (groups[other] >> np.uint64(1)) + coarse * _MIX_A)
        used = (apart < _GROUPS_APART) & ((band >> _PICK) % np.uint64(every) == 0)
        keys.append(band[used])
        frames.append(starts[one][used])
    return Keys(np.concatenate(keys), np.concatenate(frames))
