"""What goes wrong between a text and its print: scanning, broken fonts, a word changed by hand."""

from __future__ import annotations

import unicodedata
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

Rng = np.random.Generator

_LEAST_EDITED_LETTERS = 3
_MOST_ALIKE = 0.5


@dataclass(frozen=True)
class Letters:
    """The letters of some text with their frequencies, consonants and vowel signs apart.

    A listener or a scanner takes a letter for a letter and a sign for a sign, and common ones more often.
    """

    by_kind: dict[str, tuple[str, tuple[float, ...]]]
    """letters, and the summed shares of all but the last"""

    @classmethod
    def of(cls, texts: Iterable[str]) -> Letters:
        counts = Counter(char for text in texts for char in text if not char.isspace())
        kinds: dict[str, list[tuple[str, int]]] = {}
        for char, n in sorted(counts.items()):
            kinds.setdefault(_kind(char), []).append((char, n))
        return cls({kind: _summed(found) for kind, found in kinds.items()})

    def other(self, char: str, rng: Rng) -> str:
        """Another letter of the same kind; `char` itself where there is no other."""
        letters, sums = self.by_kind.get(_kind(char), (char, ()))
        if letters == char:
            return char
        while (found := letters[bisect(sums, rng.random())]) == char:
            pass
        return found


def _kind(char: str) -> str:
    return unicodedata.category(char)[0]


def _summed(found: Sequence[tuple[str, int]]) -> tuple[str, tuple[float, ...]]:
    sums = np.cumsum([n for _, n in found])
    return "".join(char for char, _ in found), tuple((sums[:-1] / sums[-1]).tolist())


def with_letter_errors(text: str, rate: float, letters: Letters, rng: Rng) -> str:
    """`text` with about `rate` of its letters confused (six in ten), dropped or doubled by another (two each)."""
    out = []
    for char, chance in zip(text, rng.random(len(text)), strict=True):
        if char.isspace() or chance >= rate:
            out.append(char)
        elif chance < 0.6 * rate:
            out.append(letters.other(char, rng))
        elif chance < 0.8 * rate:
            out.append(char + letters.other(char, rng))
    return "".join(out)


def scanned(text: str, rate: float, letters: Letters, rng: Rng) -> str:
    """`text` as a poor scan gives it: letter errors at `rate`, one at least."""
    for _ in range(100):
        if (damaged := with_letter_errors(text, rate, letters, rng)) != text:
            return damaged
    return text + letters.other(text[-1], rng)


def garbled(text: str, share: float, letters: Letters, rng: Rng) -> str:
    """`text` as a font with a wrong map gives it: `share` of its letters always shown as another one."""
    own = sorted({char for char in text if not char.isspace()})
    wrong = rng.choice(own, max(1, round(share * len(own))), replace=False)
    return text.translate({ord(char): letters.other(char, rng) for char in map(str, wrong)})


def edited(text: str, vocabulary: Sequence[str], rng: Rng) -> str | None:
    """`text` with one word replaced by a clearly different one; None where no word is long enough.

    Words of one or two letters are left alone: no listener tells them apart, with or without the sound.
    """
    words = text.split()
    places = [i for i, word in enumerate(words) if len(word) >= _LEAST_EDITED_LETTERS]
    if not places:
        return None
    at = int(rng.choice(places))
    while alike(words[at], other := str(vocabulary[int(rng.integers(len(vocabulary)))])) > _MOST_ALIKE:
        pass
    return " ".join([*words[:at], other, *words[at + 1 :]])


def alike(a: str, b: str) -> float:
    """From 0 to 1."""
    return SequenceMatcher(None, a, b, autojunk=False).ratio()
