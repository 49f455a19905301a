"""Sentences onto time: where each printed sentence was read, and what every stretch of the recording is.

Print and hearing are compared as one long sequence of normal-form letters each, by a global alignment in which a
long gap costs hardly more than a short one: a missing page or an interview is one event, not a thousand errors.
From the path follow the words that agree, from runs of agreeing words the readings of sentences. What is heard but
belongs to no reading is aligned again against all that is printed, so what was read twice, or in another order,
is found too. A sentence nobody heard stays unread; none is forced onto sound.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.align import FreeEnds, Gap, Scoring, align, encode, score_only
from wavelode.alignment.text import Token, normal_words
from wavelode.schemas.records import Match, Sentence, Word
from wavelode.schemas.settings import AlignSettings
from wavelode.schemas.time import Span

VERSION = "2"

_AGREES = 0.7
"""Share of a printed word's letters that must be heard for the word to count as heard."""
_RUN_WORDS = 3
"""Fewer agreeing words in a row prove nothing: a listener biased by the script hears single words anywhere."""
_RUN_STEP = 2
"""Agreeing words this far apart, on both sides, are still one run: one misheard word does not end it."""
_LEAST_SCORE = 0.3
"""Below this, a sentence was not read; what is between is for `select` to judge."""
_LEAST_SCORE_AGAIN = 0.6
"""A second reading, found in what was left over, must be clearer than a first."""
_EDIT = Scoring(match=0, mismatch=-1, gap=Gap(0, 1))

_Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of the comparison: letters, and for each letter the word it belongs to (-1 between words)."""

    symbols: NDArray[np.int32]
    owner: _Ints
    num_words: int

    @classmethod
    def of(cls, words: Sequence[str]) -> _Side:
        text = " ".join(words)
        owner = np.full(len(text), -1, np.int64)
        at = 0
        for i, word in enumerate(words):
            owner[at : at + len(word)] = i
            at += len(word) + 1
        return cls(encode(text), owner, len(words))

    def part(self, first: int, last: int) -> tuple[int, int]:
        """The letters of words first … last."""
        where = np.flatnonzero((self.owner >= first) & (self.owner <= last))
        return (int(where[0]), int(where[-1]) + 1) if where.size else (0, 0)


@dataclass(frozen=True, slots=True)
class _Printed:
    """All sentences as normal words in one row."""

    words: tuple[Token, ...]
    sentence_of: _Ints
    side: _Side
    bounds: tuple[tuple[int, int], ...]
    """first and past-the-last word of each sentence"""

    @classmethod
    def of(cls, sentences: Sequence[Sentence], language: str) -> _Printed:
        rows = [normal_words(sentence.text, language) for sentence in sentences]
        ends = np.cumsum([0, *map(len, rows)])
        words = tuple(word for row in rows for word in row)
        owner = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        bounds = tuple((int(a), int(b)) for a, b in pairwise(ends))
        return cls(words, owner, _Side.of([w.text for w in words]), bounds)


@dataclass(frozen=True, slots=True)
class _Hearing:
    """All heard words as normal words in one row, and which heard word each comes from."""

    words: tuple[Word, ...]
    normal: tuple[str, ...]
    origin: _Ints
    side: _Side

    @classmethod
    def of(cls, words: Sequence[Word], language: str) -> _Hearing:
        rows = [[t.text for t in normal_words(word.text, language)] for word in words]
        normal = tuple(text for row in rows for text in row)
        origin = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
        return cls(tuple(words), normal, origin, _Side.of(normal))


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of one sentence, before its edges are settled: heard words ``[first, last]``."""

    sentence: int
    score: float
    first: int
    last: int
    heard_as: dict[int, int]
    """printed word -> heard normal word, where the two agree"""
    longest_run: int


def find_readings(
    sentences: Sequence[Sentence], words: Sequence[Word], language: str, settings: AlignSettings
) -> list[Match]:
    """All readings of all sentences, in order of time, none sharing a heard word with another.

    Args:
        words: heard, in order of time.
    """
    if not sentences or not words:
        return []
    printed, hearing = _Printed.of(sentences, language), _Hearing.of(words, language)
    if not printed.words or not hearing.normal:
        return []
    taken = np.zeros(len(hearing.normal), bool)
    readings = _read_off(printed, hearing, (0, len(hearing.normal)), settings, _LEAST_SCORE)
    readings = _settle(readings, taken)
    while again := _leftover_readings(printed, hearing, taken, settings):
        readings += again
    return _matches(sorted(readings, key=lambda r: r.first), sentences, printed, hearing)


def scoring_of(settings: AlignSettings, ends: FreeEnds) -> Scoring:
    gap = Gap(settings.gap_open, settings.gap_extend, settings.long_gap_open, settings.long_gap_extend)
    return Scoring(settings.match, settings.mismatch, gap, ends)


def _read_off(
    printed: _Printed, hearing: _Hearing, part: tuple[int, int], settings: AlignSettings, least: float
) -> list[Reading]:
    """The readings in heard normal words ``[part)``."""
    start, end = hearing.side.part(part[0], part[1] - 1)
    scoring = scoring_of(settings, FreeEnds(True, True, True, True))
    path = align(printed.side.symbols, hearing.side.symbols[start:end], scoring)
    pairs = path.pairs() + np.array([0, start])
    heard_as = _agreeing(printed.side, hearing.side, pairs)
    return _sentence_readings(printed, _in_runs(heard_as, printed, hearing), heard_as, least)


def _agreeing(printed: _Side, hearing: _Side, pairs: _Ints) -> dict[int, int]:
    """Which printed word was heard as which heard word: most of its letters lie on equal letters of that one."""
    equal = printed.symbols[pairs[:, 0]] == hearing.symbols[pairs[:, 1]]
    owners = np.stack([printed.owner[pairs[equal, 0]], hearing.owner[pairs[equal, 1]]], axis=1)
    owners = owners[(owners >= 0).all(axis=1)]
    if not owners.size:
        return {}
    couples, letters = np.unique(owners, axis=0, return_counts=True)
    sizes = np.bincount(printed.owner[printed.owner >= 0], minlength=printed.num_words)
    heard_sizes = np.bincount(hearing.owner[hearing.owner >= 0], minlength=hearing.num_words)
    longer = np.maximum(sizes[couples[:, 0]], heard_sizes[couples[:, 1]])
    good = couples[letters >= _AGREES * longer]
    return {int(p): int(h) for p, h in good}


def _in_runs(heard_as: dict[int, int], printed: _Printed, hearing: _Hearing) -> dict[int, int]:
    """The printed words in runs of agreement long enough to mean something, each with the length of its run."""
    found: dict[int, int] = {}
    run: list[int] = []
    for word in [*sorted(heard_as), None]:
        if run and (word is None or not _follows(run[-1], word, heard_as)):
            length = _run_length(run, heard_as, printed, hearing)
            found.update(dict.fromkeys(run, length) if length >= _RUN_WORDS else {})
            run = []
        run += [] if word is None else [word]
    return found


def _follows(word: int, following: int, heard_as: dict[int, int]) -> bool:
    return max(following - word, heard_as[following] - heard_as[word]) <= _RUN_STEP


def _run_length(run: list[int], heard_as: dict[int, int], printed: _Printed, hearing: _Hearing) -> int:
    """Words as they are printed and heard are counted: a number spelled out is one word, however long."""
    seen = {(printed.sentence_of[w], printed.words[w].start) for w in run}
    heard = {int(hearing.origin[heard_as[w]]) for w in run}
    return min(len(seen), len(heard))


def _sentence_readings(
    printed: _Printed, in_runs: dict[int, int], heard_as: dict[int, int], least: float
) -> list[Reading]:
    readings = []
    for sentence, (start, end) in enumerate(printed.bounds):
        own = [w for w in range(start, end) if w in in_runs]
        letters = sum(len(printed.words[w].text) for w in range(start, end))
        score = sum(len(printed.words[w].text) for w in own) / letters if letters else 0.0
        if score >= least:
            agree = {w: heard_as[w] for w in range(start, end) if w in heard_as and _within(w, own)}
            longest = max(in_runs[w] for w in own)
            readings.append(Reading(sentence, score, min(agree.values()), max(agree.values()), agree, longest))
    return readings


def _within(word: int, own: Sequence[int]) -> bool:
    """A lone agreeing word far outside the runs is chance, not a part of the reading."""
    return own[0] - _RUN_STEP <= word <= own[-1] + _RUN_STEP


def _settle(readings: Iterable[Reading], taken: NDArray[np.bool_]) -> list[Reading]:
    """Keeps the readings whose heard words are still free, and takes those words."""
    kept = []
    for reading in readings:
        if not taken[reading.first : reading.last + 1].any():
            taken[reading.first : reading.last + 1] = True
            kept.append(reading)
    return kept


def _leftover_readings(
    printed: _Printed, hearing: _Hearing, taken: NDArray[np.bool_], settings: AlignSettings
) -> list[Reading]:
    """Readings in what no reading has taken yet, marked as taken; empty once nothing new scores."""
    found = []
    for start, end in _free_parts(taken):
        if end - start >= _RUN_WORDS:
            found += _read_off(printed, hearing, (start, end), settings, _LEAST_SCORE_AGAIN)
    return _settle(found, taken)


def _free_parts(taken: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[True], taken, [True]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _matches(
    readings: Sequence[Reading], sentences: Sequence[Sentence], printed: _Printed, hearing: _Hearing
) -> list[Match]:
    times_read: dict[int, int] = {}
    matches = []
    for reading in readings:
        nth = times_read.get(reading.sentence, 0)
        times_read[reading.sentence] = nth + 1
        matches.append(_match(reading, nth, sentences[reading.sentence], printed, hearing))
    return matches


def _match(reading: Reading, nth: int, sentence: Sentence, printed: _Printed, hearing: _Hearing) -> Match:
    start, end = printed.bounds[reading.sentence]
    normal = " ".join(word.text for word in printed.words[start:end])
    heard = " ".join(hearing.normal[reading.first : reading.last + 1])
    return Match(
        sentence=sentence,
        occurrence=nth,
        words=_timed(reading, sentence, printed, hearing),
        text_normalized=normal,
        alignment_score=round(reading.score, 4),
        cer=round(character_error_rate(normal, heard), 4),
        start_heard=start in reading.heard_as,
        end_heard=end - 1 in reading.heard_as,
        longest_miss=_longest_miss(start, end, reading.heard_as),
        longest_run=reading.longest_run,
    )


def character_error_rate(reference: str, heard: str) -> float:
    """Edit distance over the reference's length; 0 where both are empty.

    >>> character_error_rate("abcd", "abxd")
    0.25
    """
    if not reference:
        return float(bool(heard))
    return -score_only(encode(reference), encode(heard), _EDIT) / len(reference)


def _longest_miss(start: int, end: int, heard_as: dict[int, int]) -> int:
    heard = [start - 1, *(w for w in range(start, end) if w in heard_as), end]
    return max(b - a - 1 for a, b in pairwise(heard))


def _timed(reading: Reading, sentence: Sentence, printed: _Printed, hearing: _Hearing) -> tuple[Word, ...]:
    """The sentence's printed words with their times."""
    start, end = printed.bounds[reading.sentence]
    by_token: dict[tuple[int, int], list[int]] = {}
    for w in range(start, end):
        by_token.setdefault((printed.words[w].start, printed.words[w].end), []).append(w)
    known: list[Word | None] = []
    for normal in by_token.values():
        own = [hearing.words[hearing.origin[reading.heard_as[w]]] for w in normal if w in reading.heard_as]
        known.append(Word("", own[0].span | own[-1].span, own[0].confidence) if own else None)
    whole = (
        hearing.words[hearing.origin[reading.first]].span | hearing.words[hearing.origin[reading.last]].span
    )
    texts = [sentence.text[a:b] for a, b in by_token]
    return tuple(_filled(texts, known, whole))


def _filled(texts: list[str], known: list[Word | None], whole: Span) -> list[Word]:
    """Words nobody heard share the time between their neighbours, by their length; at an edge they have none."""
    out: list[Word] = []
    i = 0
    while i < len(texts):
        here = known[i]
        if here is not None:
            out.append(Word(texts[i], here.span, here.confidence))
            i += 1
            continue
        j = next((k for k in range(i, len(texts)) if known[k] is not None), len(texts))
        after = known[j] if j < len(texts) else None
        start = out[-1].span.end if out else whole.start
        out += _shared(texts[i:j], start, max(start, after.span.start if after else whole.end), whole.rate)
        i = j
    return out


def _shared(texts: list[str], start: int, end: int, rate: int) -> list[Word]:
    ends = start + np.cumsum([len(t) for t in texts]) * (end - start) // sum(len(t) for t in texts)
    starts = [start, *(int(e) for e in ends[:-1])]
    return [Word(t, Span(a, int(b), rate)) for t, a, b in zip(texts, starts, ends, strict=True)]
