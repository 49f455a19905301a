"""Two recognisers put together by a vote: they err in different places, and where they agree both are seldom wrong.

As ROVER does (Fiscus 1997): the words of both are aligned, and of each slot the surer word stays. The slots are those
of the library's own alignment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from wavelode.alignment.align import Gap, Scoring, align
from wavelode.alignment.path import Op
from wavelode.alignment.text import tokens
from wavelode.pipelines.models.base import Expected, Listener, Segment
from wavelode.schemas.records import Word

_NOTHING = 0.5
"""How sure it is that nothing was said where one of them heard nothing."""
_SCORING = Scoring(match=2, mismatch=-1, gap=Gap(0, 1))
"""Two different words share a slot rather than having one each."""

Slot = tuple[Word | None, Word | None]


@dataclass
class Voted:
    """A `Listener` that has two others hear everything."""

    first: Listener
    second: Listener

    @property
    def name(self) -> str:
        """Raises:
        SettingsError, MissingDependency: as the two do.
        """
        return f"voted-1/{self.first.name}+{self.second.name}"

    @property
    def needs_text(self) -> bool:
        """Where one can hear without a text, both together can."""
        return self.first.needs_text and self.second.needs_text

    def load(self) -> None:
        """Raises:
        SettingsError, MissingDependency: as the two do.
        """
        self.first.load()
        self.second.load()

    def unload(self) -> None:
        self.first.unload()
        self.second.unload()

    def listen(self, segments: Sequence[Segment], expected: Expected) -> list[tuple[Word, ...]]:
        heard = (self._by(listener, segments, expected) for listener in (self.first, self.second))
        return [voted(*both) for both in zip(*heard, strict=True)]

    @staticmethod
    def _by(listener: Listener, segments: Sequence[Segment], expected: Expected) -> list[tuple[Word, ...]]:
        if listener.needs_text and not expected.sentences:
            return [() for _ in segments]
        return listener.listen(segments, expected)


def voted(first: Sequence[Word], second: Sequence[Word]) -> tuple[Word, ...]:
    """The words of two hearings of one segment, both in order of time, as one.

    Both agree: the word, surer than either, placed where the surer one has it. They differ: the surer one. Only one
    heard a word: it stays where its confidence is one half or more. A word without a confidence counts as half sure.
    """
    chosen = (_winner(slot) for slot in slots(first, second))
    return tuple(sorted((word for word in chosen if word), key=lambda word: (word.span.start, word.span.end)))


def slots(first: Sequence[Word], second: Sequence[Word]) -> Iterator[Slot]:
    """The words of both, those opposite each other that sound at the same time together, all others alone."""
    numbers: dict[str, int] = {}
    symbols = [
        np.array([numbers.setdefault(_said(word), len(numbers)) for word in words], np.int32)
        for words in (first, second)
    ]
    path = align(symbols[0], symbols[1], _SCORING)
    a = b = 0
    for op, length in path.runs():
        for _ in range(length):
            one = first[a] if op is not Op.GAP_IN_A else None
            other = second[b] if op is not Op.GAP_IN_B else None
            a, b = a + (one is not None), b + (other is not None)
            if one and other and not one.span & other.span:
                yield one, None
                yield None, other
            else:
                yield one, other


def _said(word: Word) -> str:
    return " ".join(token.text for token in tokens(word.text)) or word.text


def _winner(slot: Slot) -> Word | None:
    one, other = slot
    if one is None or other is None:
        alone = one or other
        return alone if alone and _sure(alone) >= _NOTHING else None
    best = one if _sure(one) >= _sure(other) else other
    if _said(one) != _said(other):
        return best
    return Word(best.text, best.span, 1 - (1 - _sure(one)) * (1 - _sure(other)))


def _sure(word: Word) -> float:
    return _NOTHING if word.confidence is None else word.confidence
