"""Two published pipelines' searches, written anew from their descriptions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nsmallest

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.align import encode
from wavelode.infra.bench.known_answer.hearing import Hearing
from wavelode.infra.bench.known_answer.peers import Words, printed_words
from wavelode.infra.bench.known_answer.scores import Found

_Ints = NDArray[np.int32]


@dataclass(frozen=True)
class SmithWatermanWindows:
    """Like Mozilla's DSAlign: the longest sentence near the middle first, then what is left and right of it.

    Published (github.com/mozilla/DSAlign, doc/algo.md): divide and conquer over the phrases, long ones near the
    middle first; candidates are windows as long as the phrase, ordered by the 3-grams they share with it, as many
    as allowed and none with less than a share of its predecessor's; Smith-Waterman (100, -100, -100) within one window
    around each; the score over the longer length; a low threshold that depends on the depth.
    Our choices: sentences are searched in what was heard rather than phrases of a voice detector in the print, since
    sentences are judged; 10 candidates, share 0.92; windows overlap by half; the
    threshold is 0.3, 0.2 from depth 3 on, the best of four such pairs on recordings that are not reported.
    The step that stretches phrases over text left between them has no counterpart: edges are those of words.
    """

    candidates: int = 10
    candidate_share: float = 0.92
    least: tuple[float, float] = (0.3, 0.2)
    name: str = "Smith-Waterman windows (DSAlign-like)"

    def find(self, hearing: Hearing) -> list[Found]:
        words = Words.of(hearing)
        sentences = [" ".join(row) for row in printed_words(hearing)]
        if not words.texts:
            return []
        return list(_Search(self, sentences, words, encode(words.text)).run())


@dataclass(frozen=True)
class _Search:
    settings: SmithWatermanWindows
    sentences: list[str]
    words: Words
    heard: _Ints

    def run(self) -> Iterator[Found]:
        """Divides without recursion: hours hold more sentences than Python's stack."""
        todo = [(0, len(self.sentences), 0, len(self.heard), 0)]
        while todo:
            first, past, start, end, depth = todo.pop()
            if first >= past or start >= end:
                continue
            hit = self._anchor(first, past, start, end, self.settings.least[depth >= 3])
            if hit:
                index, a, b, score = hit
                yield self.words.found(index, *self.words.covering(a, b), score)
                todo += [(first, index, start, a, depth + 1), (index + 1, past, b, end, depth + 1)]

    def _anchor(
        self, first: int, past: int, start: int, end: int, least: float
    ) -> tuple[int, int, int, float] | None:
        middle, half = (first + past - 1) / 2, (past - first) / 2
        order = sorted(
            range(first, past), key=lambda i: -len(self.sentences[i]) * (1 - abs(i - middle) / (half + 1))
        )
        grams = _Grams(self.words.text[start:end])
        for index in order:
            hit = self._best(self.sentences[index], start, end, grams)
            if hit and hit[2] >= least:
                return index, *hit
        return None

    def _best(self, sentence: str, start: int, end: int, grams: _Grams) -> tuple[int, int, float] | None:
        size = len(sentence)
        hits = []
        pattern = encode(sentence)
        for at in grams.windows(sentence, self.settings.candidates, self.settings.candidate_share):
            low, high = max(start, start + at - size), min(end, start + at + 2 * size)
            score, a, b = smith_waterman(pattern, self.heard[low:high])
            if b > a:
                hits.append((score / max(size, b - a), low + a, low + b))
        if not hits:
            return None
        score, a, b = max(hits)
        return a, b, score


class _Grams:
    """Where in a text each 3-gram stands."""

    def __init__(self, text: str) -> None:
        self.size = len(text)
        self.places: dict[str, list[int]] = defaultdict(list)
        for at in range(len(text) - 2):
            self.places[text[at : at + 3]].append(at)

    def windows(self, pattern: str, most: int, share: float) -> list[int]:
        """The starts of windows as long as `pattern`, half overlapping, with most of its 3-grams, best first."""
        step = max(1, len(pattern) // 2)
        counts: Counter[int] = Counter()
        for gram in {pattern[i : i + 3] for i in range(len(pattern) - 2)}:
            slots = {at // step for at in self.places.get(gram, ())}
            counts.update(slots | {slot - 1 for slot in slots if slot})
        best: list[tuple[int, int]] = []
        for slot, n in counts.most_common(most):
            if best and n < share * best[-1][1]:
                break
            best.append((slot, n))
        return [slot * step for slot, _ in best]


def smith_waterman(a: _Ints, b: _Ints) -> tuple[float, int, int]:
    """The best local score of all of `a` (N,) in `b` (M,) with match 1, mismatch and gap -1, and where in b it lies.

    >>> smith_waterman(encode("abc"), encode("xxabcxx"))
    (3.0, 2, 5)
    """
    columns = np.arange(len(b) + 1)
    row, starts = np.zeros(len(b) + 1), columns.copy()
    best = (0.0, 0, 0)
    for symbol in a:
        above, above_start = row, starts
        pair = above[:-1] + np.where(b == symbol, 1.0, -1.0)
        gap = above[1:] - 1
        score = np.maximum(np.maximum(pair, gap), 0)
        start = np.where(score == pair, above_start[:-1], above_start[1:])
        start = np.where(score == 0, columns[1:], start)
        # A gap in the row costs one a step: the best of score + column to the left, less the column.
        lifted = np.concatenate([[0.0], score]) + columns
        reach = np.maximum.accumulate(lifted)
        row = reach - columns
        source = np.maximum.accumulate(np.where(lifted == reach, columns, 0))
        starts = np.concatenate([[0], start])[source]
        at = int(np.argmax(row))
        if row[at] > best[0]:
            best = (float(row[at]), int(starts[at]), at)
    return best


@dataclass(frozen=True)
class GreedyCer:
    """Like EuroSpeech's aligner: coarse windows forward from the last place until one is good, then all edges near.

    Published (Pfisterer et al. 2025, arXiv 2510.00514, and its code): windows of the segment's length in words by
    steps of half of it, five forward for each one back, at most 250 words back, until one has a CER of 0.3 or the
    text ends; the three best are refined by every start and length within 15 words; where none has a CER of 0.3,
    again from the beginning with 0.45; where that fails, the place after the last one is taken all the same. The
    next search begins at the end of the last match.
    Our choices: sentences are searched in what was heard, not the other way round; the last resort does not move
    the place, which serves it better.
    """

    name: str = "greedy CER windows (EuroSpeech-like)"

    def find(self, hearing: Hearing) -> list[Found]:
        words = Words.of(hearing)
        found: list[Found] = []
        at = 0
        for index, row in enumerate(printed_words(hearing)):
            hit = self._match(row, words, at) if row and words.texts else None
            if hit:
                cer, first, past = hit
                found.append(words.found(index, first, past, 1 - cer))
                at = past if cer <= _REGION_CER * _SECOND_TRY else at
        return found

    def _match(self, row: list[str], words: Words, at: int) -> tuple[float, int, int] | None:
        best = self._refined(row, words, at)
        if best and best[0] <= _REGION_CER:
            return best
        again = self._refined(row, words, 0)
        return min((hit for hit in (best, again) if hit), default=None)

    def _refined(self, row: list[str], words: Words, at: int) -> tuple[float, int, int] | None:
        text = " ".join(row)
        hits = (_fine(text, len(row), words, start) for start in self._regions(text, len(row), words, at))
        return min((hit for hit in hits if hit), default=None)

    def _regions(self, text: str, size: int, words: Words, at: int) -> list[int]:
        tried: list[tuple[float, int]] = []
        for start in self._order(size, len(words), at):
            cer = _cer(text, words.joined(start, start + size))
            if cer <= _REGION_CER:
                return [start]
            tried.append((cer, start))
        return [start for _, start in nsmallest(3, tried)]

    def _order(self, size: int, total: int, at: int) -> Iterator[int]:
        """Five windows forward for each one back."""
        step = max(1, size // 2)
        forward = iter(range(at, total, step))
        back = iter(range(at - step, max(-1, at - _MOST_BACK - 1), -step))
        fresh = True
        while fresh:
            batch = [*(x for _, x in zip(range(5), forward, strict=False)), *_first(back)]
            yield from batch
            fresh = bool(batch)


_REGION_CER = 0.3
_SECOND_TRY = 1.5
_MOST_BACK = 250
_MARGIN = 15


def _first(numbers: Iterator[int]) -> list[int]:
    number = next(numbers, None)
    return [] if number is None else [number]


def _cer(text: str, heard: str) -> float:
    from rapidfuzz.distance import Levenshtein

    return float(Levenshtein.distance(text, heard)) / len(text)


def _fine(text: str, size: int, words: Words, at: int) -> tuple[float, int, int] | None:
    """The best of all starts and lengths within the margin: CER, first and past-the-last word."""
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    windows = [
        (first, past)
        for first in range(max(0, at - _MARGIN), min(len(words), at + _MARGIN + 1))
        for past in range(first + max(1, size - _MARGIN), min(len(words), first + size + _MARGIN) + 1)
    ]
    texts = [words.joined(first, past) for first, past in windows]
    best = process.extractOne(text, texts, scorer=Levenshtein.distance)
    return (best[1] / len(text), *windows[best[2]]) if best else None
