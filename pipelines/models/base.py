"""What a model must do to be used by a stage: load, infer one result per input in order, unload.

Each protocol has a deterministic fake in `wavelode.pipelines.models.fake`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeGuard, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from wavelode.schemas.records import Alphabet, Emission, Reading, Turn, Voice, Word
from wavelode.schemas.time import WORKING_RATE_HZ, Span

FRAME_SAMPLES = 512
"""Samples (32 ms at the working rate) per speech probability."""

CELL_SAMPLES = WORKING_RATE_HZ // 2
"""Samples (half a second) per judgement on what kind of sound it is."""

_LEAST_SAMPLES = WORKING_RATE_HZ // 10


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

    def __post_init__(self) -> None:
        if self.samples.ndim != 1 or self.span.rate != WORKING_RATE_HZ:
            raise ValueError(
                f"a segment of shape {self.samples.shape} at {self.span.rate} Hz: models hear one channel at "
                f"{WORKING_RATE_HZ} Hz; decode the file first"
            )

    @property
    def is_audible(self) -> bool:
        """Whether there is sound in it, and enough for a word; of digital silence models make up words."""
        return self.samples.size >= _LEAST_SAMPLES and bool(np.any(np.nan_to_num(self.samples)))


@dataclass(frozen=True, slots=True)
class Expected:
    """What may be said in a recording: its language and the sentences printed for it, in order."""

    language: str
    sentences: tuple[str, ...] = ()


class Listener(Protocol):
    """Writes down what is said."""

    @property
    def name(self) -> str:
        """Which model this is, with all that its answers depend on: its version and the content of its weights."""
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


@dataclass(frozen=True, slots=True)
class Hearing:
    """What is heard in one segment: its words, and its likeliest readings as far as they were asked for.

    Attributes:
        emission: from a `SpellingListener`, what it takes each frame for; None where there is nothing to hear.
    """

    words: tuple[Word, ...] = ()
    readings: tuple[Reading, ...] = ()
    emission: Emission | None = None


@runtime_checkable
class RankingListener(Listener, Protocol):
    """A listener that also tells what else may have been said."""

    def hear(self, segments: Sequence[Segment], expected: Expected, most: int) -> list[Hearing]:
        """The words of each segment as `listen` finds them, and at most `most` readings, as `ranked` orders them."""
        ...


@dataclass(frozen=True, slots=True)
class Spelling:
    """What is heard in each segment, emissions among it, and what their labels are."""

    hearings: list[Hearing]
    alphabet: Alphabet


class SpellingListener(RankingListener, Protocol):
    """A listener that tells what it takes each frame for, so that print can be laid onto them; see `spells`."""

    def spell(self, segments: Sequence[Segment], expected: Expected, most: int) -> Spelling:
        """As `hear`, with an emission for each segment that can be heard."""
        ...


def spells(listener: Listener) -> TypeGuard[SpellingListener]:
    """Whether it is a `SpellingListener`; asks nothing of a model that may not be there."""
    return callable(getattr(listener, "spell", None))


def ranked(
    words: Sequence[Word], others: Iterable[tuple[str, float]], span: Span, most: int
) -> tuple[Reading, ...]:
    """What was heard, then the other readings, likeliest first, each once; none where no word was heard.

    Args:
        others: readings with how much less likely than some common one they are, in nats; a text's least counts.
            What was heard may be among them; where others seem likelier, they count as just as likely.
    """
    heard = " ".join(word.text for word in words)
    behind: dict[str, float] = {}
    for text, nats in others:
        behind[text] = min(nats, behind.get(text, nats))
    least = behind.pop(heard, min(behind.values(), default=0.0))
    rest = sorted((max(0.0, nats - least), text) for text, nats in behind.items() if text)
    readings = [Reading(span, heard), *(Reading(span, text, nats) for nats, text in rest)]
    return tuple(readings[:most]) if heard else ()


Guess = tuple[str, float]
"""A language as BCP-47, and how likely it is, 0 to 1."""


class LanguageGuesser(Protocol):
    """Tells which language is spoken."""

    @property
    def name(self) -> str:
        """Which model this is, with all that its answers depend on."""
        ...

    def load(self) -> None: ...

    def guess(self, segments: Sequence[Segment]) -> list[Guess | None]:
        """A guess per segment, in order; None where there is nothing to hear."""
        ...

    def unload(self) -> None: ...


Read = Callable[[Span], NDArray[np.float32]]
"""Reads a span of a recording at the working rate: (T,)."""


@dataclass(frozen=True, slots=True)
class Diarized:
    """Who speaks when.

    Attributes:
        turns: in order of time; they overlap only where two are heard at once.
        overlaps: where two or more speak; None from one who can't hear that.
        voices: of each speaker, where the diarizer can be asked; None from one who can't tell.
    """

    turns: tuple[Turn, ...]
    overlaps: tuple[Span, ...] | None
    voices: tuple[Voice, ...] | None = None


class Diarizer(Protocol):
    """Tells the voices of a recording apart."""

    @property
    def name(self) -> str:
        """Which model this is, with all that its answers depend on."""
        ...

    def load(self) -> None: ...

    def turns(self, read: Read, speech: Sequence[Span]) -> Diarized:
        """The turns within `speech`, which is in order of time."""
        ...

    def unload(self) -> None: ...


class MusicDetector(Protocol):
    """Says how likely there is music, alone or under speech."""

    @property
    def name(self) -> str:
        """Which model this is, with all that its answers depend on."""
        ...

    def load(self) -> None: ...

    def music(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Samples (T,) in [-1, 1) to the probability of music in each cell, (ceil(T / CELL_SAMPLES),)."""
        ...

    def unload(self) -> None: ...


class QualityModel(Protocol):
    """Predicts what listeners would say of a clip's sound."""

    @property
    def name(self) -> str:
        """Which model this is, with all that its answers depend on."""
        ...

    def load(self) -> None: ...

    def mos(self, samples: NDArray[np.float32]) -> float | None:
        """The mean opinion score, 1 to 5, of samples (T,) in [-1, 1); None for too little sound."""
        ...

    def unload(self) -> None: ...
