"""The same sound played faster or slower: peaks move along both axes by the same factor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wavelode.pipelines.duplicates.prints import Prints
from wavelode.pipelines.measures.peaks import PITCH_BITS, STEPS_PER_OCTAVE, Peaks, pack, unpack

SPEEDS = (1.0, 1 / 1.05, 1 / 1.025, 1.025, 1.05)
"""Speeds at which copies are looked for; what lies between two is found at the nearer one."""


def at_speed(peaks: Peaks, speed: float) -> Peaks:
    """The peaks that a sound would have, played so much faster."""
    frames, pitches = unpack(peaks)
    moved = np.rint(pitches + STEPS_PER_OCTAVE * np.log2(speed)).astype(np.int64)
    inside = (moved >= 0) & (moved < 1 << PITCH_BITS)
    return pack(np.rint(frames / speed).astype(np.int64)[inside], moved[inside])


def warped(left: Prints, right: Prints) -> tuple[Prints, int, NDArray[np.int64]]:
    """The clips on the left at each speed, then those on the right; how many are on the left; which clip each is."""
    clips = [at_speed(left[clip], speed) for speed in SPEEDS for clip in range(len(left))]
    both = Prints.of([*clips, *(right[clip] for clip in range(len(right)))])
    return both, len(clips), np.tile(np.arange(len(left)), len(SPEEDS))
