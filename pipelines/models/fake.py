"""Deterministic models that need no weights: for tests, and for trying a pipeline before the real thing is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.emissions import kept
from wavelode.alignment.text import tokens
from wavelode.pipelines.models.base import (
    CELL_SAMPLES,
    FRAME_SAMPLES,
    Diarized,
    Expected,
    Guess,
    Hearing,
    Read,
    Segment,
    Spelling,
    ranked,
)
from wavelode.schemas.records import Alphabet, Emission, Turn, Voice, Word
from wavelode.schemas.time import Span

_LOUD = 0.01
_EMISSION_SAMPLES = 320


class FakeDetector:
    """Takes every loud frame for speech: probability 1 where the RMS reaches 0.01, else 0."""

    name = "fake-detector"

    def load(self) -> None:
        """Nothing to load."""

    def probabilities(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        padded = np.pad(np.nan_to_num(samples), (0, -samples.size % FRAME_SAMPLES))
        power = np.square(padded).reshape(-1, FRAME_SAMPLES).mean(axis=1)
        loud: NDArray[np.float32] = (np.sqrt(power) >= _LOUD).astype(np.float32)
        return loud

    def unload(self) -> None:
        """Nothing to unload."""


class FakeListener:
    """Hears every expected word in order, spread over all segments in proportion to their length."""

    name = "fake-listener"
    needs_text = True

    def load(self) -> None:
        """Nothing to load."""

    def listen(self, segments: Sequence[Segment], expected: Expected) -> list[tuple[Word, ...]]:
        words = [token.text for sentence in expected.sentences for token in tokens(sentence)]
        ends = np.cumsum([len(s.span) for s in segments])
        if not len(ends) or not ends[-1]:
            return [() for _ in segments]
        shares = [int(end * len(words) // ends[-1]) for end in ends]
        starts = [0, *shares[:-1]]
        return [_spread(words[a:b], s.span) for a, b, s in zip(starts, shares, segments, strict=True)]

    def hear(self, segments: Sequence[Segment], expected: Expected, most: int) -> list[Hearing]:
        """Other readings lack one word: the last one, or, each a nat less likely, one before it."""
        heard = zip(self.listen(segments, expected), segments, strict=True)
        return [Hearing(words, ranked(words, _lacking_one(words), s.span, most)) for words, s in heard]

    def spell(self, segments: Sequence[Segment], expected: Expected, most: int) -> Spelling:
        """Each letter of a heard word for as long as the others; the blank where no word is."""
        hearings = self.hear(segments, expected, most)
        writes = ("", *sorted({char for h in hearings for word in h.words for char in word.text}))
        emissions = [_emission(h.words, s.span, writes) for h, s in zip(hearings, segments, strict=True)]
        spelled = [
            replace(h, emission=emission if s.is_audible else None)
            for h, emission, s in zip(hearings, emissions, segments, strict=True)
        ]
        return Spelling(spelled, Alphabet(writes))

    def unload(self) -> None:
        """Nothing to unload."""


def _emission(words: Sequence[Word], span: Span, writes: Sequence[str]) -> Emission:
    log_p = np.full((len(span) // _EMISSION_SAMPLES, len(writes)), -20.0, np.float32)
    log_p[:, 0] = -1.0
    for word in words:
        for nth, char in enumerate(word.text):
            start, end = (word.span.start + at * len(word.span) // len(word.text) for at in (nth, nth + 1))
            frames = slice(*((at - span.start) // _EMISSION_SAMPLES for at in (start, end)))
            log_p[frames, writes.index(char)] = 0.0
    return kept(log_p, span)


def _spread(words: list[str], span: Span) -> tuple[Word, ...]:
    edges = [span.start + i * len(span) // len(words) for i in range(len(words) + 1)] if words else []
    times = pairwise(edges)
    return tuple(Word(w, Span(a, b, span.rate), 1.0) for w, (a, b) in zip(words, times, strict=True))


def _lacking_one(words: Sequence[Word]) -> Iterator[tuple[str, float]]:
    texts = [word.text for word in words]
    yield " ".join(texts), 0.0
    for nats, at in enumerate(reversed(range(len(texts))), 1):
        yield " ".join(texts[:at] + texts[at + 1 :]), float(nats)


class FakeDiarizer:
    """Two voices in turn: every second segment of speech is the other's; they never speak at once."""

    name = "fake-diarizer"

    def load(self) -> None:
        """Nothing to load."""

    def turns(self, read: Read, speech: Sequence[Span]) -> Diarized:
        turns = tuple(Turn(span, f"s{at % 2 + 1}") for at, span in enumerate(speech))
        voices = (Voice("s1", (1.0, 0.0)), Voice("s2", (0.0, 1.0)))[: len(turns)]
        return Diarized(turns, (), voices)

    def unload(self) -> None:
        """Nothing to unload."""


class FakeMusic:
    """Takes a cell for music where its samples never fall silent: the softest of ten parts has the power of noise."""

    name = "fake-music"

    def load(self) -> None:
        """Nothing to load."""

    def music(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        padded = np.pad(np.nan_to_num(samples), (0, -samples.size % CELL_SAMPLES))
        power = np.square(padded).reshape(-1, 10, CELL_SAMPLES // 10).mean(axis=2)
        steady: NDArray[np.float32] = (np.sqrt(power.min(axis=1)) >= _LOUD).astype(np.float32)
        return steady

    def unload(self) -> None:
        """Nothing to unload."""


class FakeQuality:
    """Calls a clip the better the louder it is: 1 for silence, 5 for full scale."""

    name = "fake-quality"

    def load(self) -> None:
        """Nothing to load."""

    def mos(self, samples: NDArray[np.float32]) -> float | None:
        clean = np.nan_to_num(samples)
        return 1 + 4 * min(1.0, float(np.abs(clean).max())) if clean.any() else None

    def unload(self) -> None:
        """Nothing to unload."""


class FakeLanguage:
    """Takes all that can be heard for English."""

    name = "fake-language"

    def load(self) -> None:
        """Nothing to load."""

    def guess(self, segments: Sequence[Segment]) -> list[Guess | None]:
        return [("en", 1.0) if segment.is_audible else None for segment in segments]

    def unload(self) -> None:
        """Nothing to unload."""
