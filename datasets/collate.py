"""Clips into one batch of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wavelode.datasets.views.clips import Clip


@dataclass(frozen=True, slots=True)
class Batch:
    """Some clips, padded with zeros at their ends to the longest.

    Attributes:
        audio: (B, T) in [-1, 1).
        lengths: samples of each clip, (B,).
        clip_ids: their names, B of them.
        texts: what is said in each as printed; None for unlabelled speech.
        clips: all their columns.
    """

    audio: NDArray[np.float32]
    lengths: NDArray[np.int64]
    clip_ids: tuple[str, ...]
    texts: tuple[str | None, ...]
    clips: tuple[Clip, ...]

    @property
    def mask(self) -> NDArray[np.bool_]:
        """True where there is sound, (B, T)."""
        inside: NDArray[np.bool_] = np.arange(self.audio.shape[1]) < self.lengths[:, None]
        return inside


def pad(clips: Sequence[Clip]) -> Batch:
    """A batch of clips; of none, one without rows."""
    sounds = [clip.samples for clip in clips]
    lengths = np.array([len(sound) for sound in sounds], np.int64)
    audio = np.zeros((len(sounds), int(lengths.max(initial=0))), np.float32)
    for row, sound in zip(audio, sounds, strict=True):
        row[: len(sound)] = sound
    texts = tuple(clip.text if "text" in clip else None for clip in clips)
    return Batch(audio, lengths, tuple(clip.clip_id for clip in clips), texts, tuple(clips))
