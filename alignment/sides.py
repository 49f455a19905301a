"""The two sides of the comparison as letters: what is printed, what was heard, and which word each letter is of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.align import encode
from wavelode.alignment.text import Token, normal_words
from wavelode.schemas.records import Sentence, Word

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Side:
    """Letters (N,) of words with a space between them; the word of each letter, -1 for spaces; each word's bounds."""

    symbols: NDArray[np.int32]
    owner: Ints
    starts: Ints
    ends: Ints

    @classmethod
    def of(cls, words: Sequence[str]) -> Side:
        sizes = np.array([len(word) for word in words], np.int64)
        ends = np.cumsum(sizes + 1) - 1
        starts = ends - sizes
        text = " ".join(words)
        owner = np.full(len(text), -1, np.int64)
        for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
            owner[start:end] = i
        return cls(encode(text), owner, starts, ends)

    @property
    def sizes(self) -> Ints:
        return self.ends - self.starts

    def letters(self, first: int, past: int) -> tuple[int, int]:
        """The letters of words ``[first, past)``, which are at least one."""
        return int(self.starts[first]), int(self.ends[past - 1])


@dataclass(frozen=True, slots=True)
class Printed:
    """All sentences as normal words in one row."""

    words: tuple[Token, ...]
    sentence_of: Ints
    bounds: tuple[tuple[int, int], ...]
    """first and past-the-last word of each sentence"""
    side: Side

    @classmethod
    def of(cls, sentences: Sequence[Sentence], language: str) -> Printed:
        rows = [normal_words(sentence.text, language) for sentence in sentences]
        ends = np.cumsum([0, *map(len, rows)])
        words = tuple(word for row in rows for word in row)
        owner = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        bounds = tuple((int(a), int(b)) for a, b in pairwise(ends))
        return cls(words, owner, bounds, Side.of([word.text for word in words]))


@dataclass(frozen=True, slots=True)
class Hearing:
    """All heard words as normal words in one row, and which heard word each comes from."""

    words: tuple[Word, ...]
    normal: tuple[str, ...]
    origin: Ints
    side: Side

    @classmethod
    def of(cls, words: Sequence[Word], language: str) -> Hearing:
        rows = [[token.text for token in normal_words(word.text, language)] for word in words]
        normal = tuple(text for row in rows for text in row)
        origin = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        return cls(tuple(words), normal, origin, Side.of(normal))

    def word(self, normal: int) -> Word:
        """The heard word that a normal word comes from."""
        return self.words[int(self.origin[normal])]
