"""Rival ways to find printed sentences in what was heard, called like ours.

All get the same normal words of print and hearing, return everything they find with a score, and are judged at
whatever threshold serves them best. Each is written anew from what is published; where that is silent or meant
for another task, the docstring says what is our choice.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

import numpy as np

from wavelode.alignment.text import normal_words
from wavelode.infra.bench.known_answer.hearing import Hearing
from wavelode.infra.bench.known_answer.scores import Found
from wavelode.schemas.time import Span


@dataclass(frozen=True)
class Words:
    """The normal words of a hearing in one row, as every peer reads them."""

    texts: tuple[str, ...]
    spans: tuple[Span, ...]

    @classmethod
    def of(cls, hearing: Hearing) -> Words:
        rows = [(t.text, w.span) for w in hearing.words for t in normal_words(w.text, hearing.language)]
        return cls(tuple(text for text, _ in rows), tuple(span for _, span in rows))

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def text(self) -> str:
        return " ".join(self.texts)

    @cached_property
    def starts(self) -> list[int]:
        """Where in `text` each word begins."""
        ends = np.cumsum([len(text) + 1 for text in self.texts])
        return [0, *ends.tolist()][: len(self.texts)]

    def joined(self, first: int, past: int) -> str:
        return " ".join(self.texts[first:past])

    def found(self, index: int, first: int, past: int, score: float) -> Found:
        """A claim on words ``[first, past)``."""
        return Found(index, self.spans[first] | self.spans[past - 1], score)

    def covering(self, start: int, end: int) -> tuple[int, int]:
        """The words ``[first, past)`` of which letters ``[start, end)`` of `text` hold at least half."""
        first, last = bisect_right(self.starts, start) - 1, bisect_right(self.starts, max(start, end - 1)) - 1
        if start - self.starts[first] > len(self.texts[first]) / 2 and first < last:
            first += 1
        if end - self.starts[last] < len(self.texts[last]) / 2 and first < last:
            last -= 1
        return first, last + 1


def printed_words(hearing: Hearing) -> list[list[str]]:
    """The normal words of every sentence."""
    return [[t.text for t in normal_words(s.text, hearing.language)] for s in hearing.sentences]


@dataclass(frozen=True)
class DifflibWindows:
    """Standard library only, as in many scripts: windows of heard words as long as the sentence, best ratio wins.

    Our choices: of all windows the 20 that share most words with the sentence are compared by letters, each in
    three lengths; all of them would take hours. Order is not used.
    """

    name: str = "difflib word windows"
    candidates: int = 20

    def find(self, hearing: Hearing) -> list[Found]:
        words = Words.of(hearing)
        places = _places(words.texts)
        rows = enumerate(printed_words(hearing))
        return [found for index, row in rows if row and (found := self._best(index, row, words, places))]

    def _best(self, index: int, row: list[str], words: Words, places: dict[str, list[int]]) -> Found | None:
        matcher = SequenceMatcher(None, "", " ".join(row), autojunk=False)
        best: tuple[float, int, int] | None = None
        for first, past in self._windows(row, len(words), places):
            matcher.set_seq1(words.joined(first, past))
            if best is None or matcher.quick_ratio() > best[0]:
                best = max(best or (0.0, 0, 1), (matcher.ratio(), first, past))
        return words.found(index, best[1], best[2], best[0]) if best else None

    def _windows(self, row: list[str], size: int, places: dict[str, list[int]]) -> Iterator[tuple[int, int]]:
        shared = Counter(
            at - offset for offset, word in enumerate(row) for at in places.get(word, []) if at >= offset
        )
        near: Counter[int] = Counter()
        for start, n in shared.items():
            for shift in (-1, 0, 1):
                near[start + shift] += n
        for start, _ in near.most_common(self.candidates):
            for length in {round(0.9 * len(row)), len(row), round(1.1 * len(row))}:
                first, past = max(0, start), min(size, start + length)
                if first < past:
                    yield first, past


def _places(texts: Sequence[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for at, text in enumerate(texts):
        places[text].append(at)
    return places


@dataclass(frozen=True)
class RapidfuzzPartial:
    """RapidFuzz's `partial_ratio_alignment` of each sentence in all that was heard: the usual one-liner.

    Our choice: the letters it returns become the words of which they hold at least half.
    """

    name: str = "rapidfuzz partial_ratio"

    def find(self, hearing: Hearing) -> list[Found]:
        from rapidfuzz.fuzz import partial_ratio_alignment

        words = Words.of(hearing)
        found = []
        for index, row in enumerate(printed_words(hearing)):
            sentence = " ".join(row)
            at = (
                partial_ratio_alignment(sentence, words.text)
                if 0 < len(sentence) <= len(words.text)
                else None
            )
            if at and at.dest_end > at.dest_start:
                first, past = words.covering(at.dest_start, at.dest_end)
                found.append(words.found(index, first, past, at.score / 100))
        return found


@dataclass(frozen=True)
class RapidfuzzWindows:
    """RapidFuzz's `ratio` over windows of heard words, forward from the last sentence that was found.

    As transcripts are often aligned by hand-written scripts: the search begins where the last sentence ended, looks
    `ahead` words far, and moves on where the ratio is at least `sure`. Both are our choice, and serve it best of
    100, 300 and 1000 words with 0.6, 0.7 and 0.8 on recordings of 5 minutes to 2 hours that are not reported.
    """

    ahead: int = 300
    sure: float = 0.7
    name: str = "rapidfuzz word windows"

    def find(self, hearing: Hearing) -> list[Found]:
        from rapidfuzz import fuzz, process

        words = Words.of(hearing)
        found: list[Found] = []
        at = 0
        for index, row in enumerate(printed_words(hearing)):
            windows = list(self._windows(at, len(row), len(words))) if row else []
            texts = [words.joined(first, past) for first, past in windows]
            best = process.extractOne(" ".join(row), texts, scorer=fuzz.ratio)
            if best is None:
                continue
            first, past = windows[best[2]]
            found.append(words.found(index, first, past, best[1] / 100))
            at = past if best[1] / 100 >= self.sure else at
        return found

    def _windows(self, at: int, length: int, size: int) -> Iterator[tuple[int, int]]:
        for first in range(at, min(size, at + self.ahead)):
            for past in {first + round(length * f) for f in (0.85, 0.93, 1.0, 1.07, 1.15)}:
                if first < past <= size:
                    yield first, past
