"""What a model must do to be used by a stage: load, infer one result per input in order, unload.

Each protocol has a deterministic fake in `wavelode.pipelines.models.fake`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wavelode.schemas.records import Word
from wavelode.schemas.time import Span

FRAME_SAMPLES = 512
"""Samples (32 ms at the working rate) per speech probability."""


class SpeechDetector(Protocol):
    """Says how likely each frame of sound is speech."""

    @property
    def name(self) -> str: ...

    def load(self) -> None: ...

    def probabilities(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Samples (T,) in [-1, 1) to the probability of speech in each frame, (ceil(T / FRAME_SAMPLES),)."""
        ...

    def unload(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a recording to listen to: samples (T,) in [-1, 1), and where it lies."""

    samples: NDArray[np.float32]
    span: Span


@dataclass(frozen=True, slots=True)
class Expected:
    """What may be said in a recording: its language and the sentences printed for it, in order."""

    language: str
    sentences: tuple[str, ...] = ()


class Listener(Protocol):
    """Writes down what is said."""

    @property
    def name(self) -> str:
        """Which model this is, for fingerprints and tables."""
        ...

    @property
    def needs_text(self) -> bool:
        """Whether it hears nothing without expected sentences."""
        ...

    def load(self) -> None: ...

    def listen(self, segments: Sequence[Segment], expected: Expected) -> list[tuple[Word, ...]]:
        """The words of each segment, one tuple per segment in order, their spans counted in the recording."""
        ...

    def unload(self) -> None: ...
