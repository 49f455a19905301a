"""Prints: the spectral peaks of many clips in two arrays, so that a million of them take 100 MB."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wavelode.pipelines.duplicates.keys import Keys, keys_at
from wavelode.pipelines.measures.peaks import PITCH_BITS, Peaks, unpack

_BLOCK_PEAKS = 200_000
_BETWEEN = 1_000.0
"""Frames put between two clips, more than any key reaches over."""


@dataclass(frozen=True, slots=True)
class Prints:
    """The peaks of N clips; frames count from each clip's own start.

    Attributes:
        peaks: all of them one after the other, (P,).
        bounds: clip `n` has those from ``bounds[n]`` to ``bounds[n + 1]``, (N + 1,).
    """

    peaks: Peaks
    bounds: NDArray[np.int64]

    @classmethod
    def of(cls, clips: Iterable[Peaks]) -> Prints:
        """Prints of clips; frames of each are counted from `first_frame` on by the caller."""
        held = [np.zeros(0, np.uint32), *clips]
        return cls(np.concatenate(held), np.cumsum([len(peaks) for peaks in held]))

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def __getitem__(self, clip: int) -> Peaks:
        return self.peaks[self.bounds[clip] : self.bounds[clip + 1]]

    def blocks(self) -> Iterator[range]:
        """Numbers of clips, in runs that hold about as many peaks each."""
        first = 0
        while first < len(self):
            end = int(np.searchsorted(self.bounds, self.bounds[first] + _BLOCK_PEAKS))
            end = min(max(end, first + 1), len(self))
            yield range(first, end)
            first = end

    def keys(
        self, block: range, every: int, speed: float = 1.0, wide: bool = False
    ) -> tuple[Keys, NDArray[np.uint32]]:
        """The keys of a block of clips at once, and the clip of each, (K,)."""
        low, high = self.bounds[block.start], self.bounds[block.stop]
        frames, pitches = unpack(self.peaks[low:high])
        bounds = self.bounds[block.start : block.stop + 1] - low
        lengths = np.array([frames[end - 1] + 1 if end > start else 0 for start, end in _pairs(bounds)])
        shifts = np.concatenate([[0.0], np.cumsum(lengths / speed + _BETWEEN)])
        on_line = frames / speed + np.repeat(shifts[:-1], np.diff(bounds))
        found = keys_at(on_line, pitches, every, speed, wide)
        clip = np.searchsorted(shifts, found.frames, side="right") - 1
        frames_in_clip = (found.frames - np.rint(shifts[clip])).astype(np.int32)
        return Keys(found.keys, frames_in_clip), (clip + block.start).astype(np.uint32)


def _pairs(bounds: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    yield from zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)


def from_frame(peaks: Peaks, frame: int) -> Peaks:
    """Peaks of a recording with frames counted from another one."""
    return peaks - np.uint32(frame << PITCH_BITS)
