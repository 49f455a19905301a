"""The two sides of the comparison as letters: what is printed, what was heard, and which word each letter is of."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.align import encode
from wavelode.alignment.letters import fold
from wavelode.alignment.text import Token, is_number, normal_words
from wavelode.schemas.records import Sentence, Word

Ints = NDArray[np.int64]
Speller = Callable[[Sequence[str]], list[str]]
"""Words to the letters they are compared in, one per word, in order."""

WILD = "\U0010fffd"
"""Stands for a letter of a number that nobody can say; a private character, which no normal word holds."""
_LETTERS_PER_DIGIT = 4
"""How long a digit is said, in letters: "five", "hundred and", over the languages that num2words knows."""


def in_graphemes(words: Sequence[str]) -> list[str]:
    """Words in the letters they are written in, each letter in one of its ways."""
    return [fold(word) for word in words]


@dataclass(frozen=True, slots=True)
class Side:
    """Letters (N,) of words with a space between them; the word of each letter, -1 for spaces; each word's bounds.

    Attributes:
        is_wild: whether each letter is a wildcard, (N,).
        sure_sizes: the letters of each word that can be heard right or wrong: none of a wildcard's.
    """

    symbols: NDArray[np.int32]
    owner: Ints
    starts: Ints
    ends: Ints
    is_wild: NDArray[np.bool_]
    sure_sizes: Ints

    @classmethod
    def of(cls, words: Sequence[str], spell: Speller = in_graphemes) -> Side:
        """Of normal words as `spell` writes them; what it leaves empty stays as it is."""
        distinct = list(dict.fromkeys(words))
        spelled = dict(zip(distinct, spell(distinct), strict=True))
        words = ["".join(spelled[word].split()) or word for word in words]
        sizes = np.array([len(word) for word in words], np.int64)
        ends = np.cumsum(sizes + 1) - 1
        starts = ends - sizes
        text = " ".join(words)
        owner = np.full(len(text), -1, np.int64)
        for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
            owner[start:end] = i
        wild = encode(text) == ord(WILD)
        sure_sizes = np.array([0 if word.startswith(WILD) else len(word) for word in words], np.int64)
        return cls(encode(text), owner, starts, ends, wild, sure_sizes)

    def spelled(self, first: int, past: int) -> tuple[str, ...]:
        """The words ``[first, past)``, at least one, in these letters."""
        start, end = self.letters(first, past)
        return tuple(self.symbols[start:end].tobytes().decode("utf-32-le").split(" "))

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
    def of(
        cls,
        sentences: Sequence[Sentence],
        language: str,
        heard: Set[str] = frozenset(),
        spell: Speller = in_graphemes,
    ) -> Printed:
        """Of sentences; where something is said in several ways, as it was `heard`.

        Numbers that nobody can say become wildcards, unless the listener writes digits.
        """
        rows = [normal_words(sentence.text, language, heard) for sentence in sentences]
        ends = np.cumsum([0, *map(len, rows)])
        words = tuple(word for row in rows for word in row)
        owner = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        bounds = tuple((int(a), int(b)) for a, b in pairwise(ends))
        texts = [_wild(word.text) if _is_unsaid(word.text, heard) else word.text for word in words]
        return cls(words, owner, bounds, Side.of(texts, _around_wildcards(spell)))

    def unsaid(self, first: int, past: int) -> list[int]:
        """Those of the words ``[first, past)`` that are wildcards."""
        return [w for w in range(first, past) if not self.side.sure_sizes[w]]


def _is_unsaid(word: str, heard: Set[str]) -> bool:
    return is_number(word) and word not in heard


def _wild(number: str) -> str:
    return WILD * (_LETTERS_PER_DIGIT * sum(char.isdigit() for char in number))


def _around_wildcards(spell: Speller) -> Speller:
    """The same speller, but wildcards stay."""

    def spelled(words: Sequence[str]) -> list[str]:
        return [word if word.startswith(WILD) else new for word, new in zip(words, spell(words), strict=True)]

    return spelled


@dataclass(frozen=True, slots=True)
class Hearing:
    """All heard words as normal words in one row, and which heard word each comes from."""

    words: tuple[Word, ...]
    normal: tuple[str, ...]
    origin: Ints
    side: Side

    @classmethod
    def of(cls, words: Sequence[Word], language: str, spell: Speller = in_graphemes) -> Hearing:
        rows = [[token.text for token in normal_words(word.text, language)] for word in words]
        normal = tuple(text for row in rows for text in row)
        origin = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        return cls(tuple(words), normal, origin, Side.of(normal, spell))

    def spelled(self) -> tuple[str, ...]:
        """All words in the letters they are compared in."""
        return self.side.spelled(0, len(self.normal)) if self.normal else ()

    def word(self, normal: int) -> Word:
        """The heard word that a normal word comes from."""
        return self.words[int(self.origin[normal])]
