"""Sentences onto time: where each printed sentence was read, and how sure that is.

Print and hearing are compared as one long sequence of normal-form letters each, by a global alignment in which a
long gap costs hardly more than a short one: a missing page or an interview is one event, not a thousand errors.
From the path the readings of sentences are read off. What is heard but belongs to no reading is aligned again
against all that is printed, so what was read twice, or in another order, is found too. A sentence nobody heard
stays unread; none is forced onto sound.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.align import FreeEnds, Gap, Scoring, align, encode, score_only
from wavelode.alignment.between import Between
from wavelode.alignment.calibration import ListenerKind, read_calibration
from wavelode.alignment.clock import Clock
from wavelode.alignment.confusions import Confusions, fitted, read_confusions
from wavelode.alignment.narrowing import Narrowing
from wavelode.alignment.other_words import Claim, other_word_odds
from wavelode.alignment.rates import coincidence, likeliest, log_odds
from wavelode.alignment.readings import (
    Finder,
    Reading,
    borders,
    free_parts,
    grown,
    in_order,
    settle,
    with_pauses,
)
from wavelode.alignment.sides import WILD, Hearing, Printed, Speller, in_graphemes
from wavelode.schemas.records import Match, Sentence, Word
from wavelode.schemas.settings import AlignSettings
from wavelode.schemas.time import Span

VERSION = "18"

_LEAST_LIKENESS = 0.15
"""Below this, a sentence was not read; what is between is for `select` to judge."""
_MOST_CER = 0.6
"""Above this it is a formula that two sentences share, not a reading; two in five letters wrong is a bad listener."""
_LEAST_EVIDENCE = 10.0
_LEAST_BETWEEN_PAUSES = 4.0
_LEAST_EVIDENCE_AGAIN = 20.0
"""A reading found in what was left over, anywhere in print, must be clearer: there are many places to be wrong."""
_LEAST_WORDS_AGAIN = 3
_SURE_NATS = 25.0
"""Readings with more evidence teach what this listener confuses."""
_SAMPLE = 60_000
"""Letters from which the error rate is judged: about an hour of speech."""
_LETTERS_PER_S = 14.0
"""How fast letters that nobody heard may have been said."""
_EDGE_PAUSE_S = 0.15
_EDGE_LETTERS = 3
"""An edge is sure where as much was heard as is printed, but for this many letters, and a pause follows."""
_ALL_FREE = FreeEnds(True, True, True, True)
_EDIT = Scoring(match=0, mismatch=-1, gap=Gap(0, 1))


def find_readings(
    sentences: Sequence[Sentence],
    words: Sequence[Word],
    language: str,
    settings: AlignSettings,
    spell: Speller = in_graphemes,
    kind: ListenerKind = ListenerKind.FREE,
    speech: Sequence[Span] = (),
) -> list[Match]:
    """All readings of all sentences, in order of time, none sharing a heard word with another.

    Args:
        words: heard, in order of time.
        spell: in which letters the two sides are compared.
        kind: of listener; it decides what `p_correct` is made from.
        speech: where somebody speaks; it tells edges whose words nobody heard.
    """
    hearing = Hearing.of(words, language, spell)
    printed = Printed.of(sentences, language, frozenset(hearing.normal), spell)
    if not printed.words or not hearing.normal:
        return []
    search = _Search.of(printed, hearing, settings, read_confusions(settings.confusions).get(language))
    readings = sorted(search.all_readings(), key=lambda r: r.first)
    claimed = [(reading, search.claim(reading)) for reading in readings]
    likely = [(reading, claim) for reading, claim in claimed if claim.error_rate <= _MOST_CER]
    claims = [claim for _, claim in likely]
    known = [word.translate(search.habits) for word in printed.side.spelled(0, len(printed.words))]
    odds = other_word_odds(claims, hearing.spelled(), search.scoring, known)
    matches = _matches(likely, sentences, Clock.of(printed, hearing, speech))
    matches = [replace(m, other_word=round(float(o), 3)) for m, o in zip(matches, odds, strict=True)]
    calibration = read_calibration(settings.calibration, kind)
    return [replace(m, p_correct=round(calibration.probability(m), 4)) for m in matches]


@dataclass(frozen=True, slots=True)
class _Search:
    """One recording's search: the scores that fit this listener, and the heard words that are taken.

    Attributes:
        habits: what this listener writes for letters that it always takes for others: no errors, once they are known.
    """

    printed: Printed
    hearing: Hearing
    scoring: Scoring
    first: list[Reading]
    taken: NDArray[np.bool_]
    habits: Mapping[int, str]

    @classmethod
    def of(
        cls, printed: Printed, hearing: Hearing, settings: AlignSettings, known: Confusions | None
    ) -> _Search:
        """The first readings, and scores that learn from those of them that are sure.

        Args:
            known: what this listener was seen to confuse elsewhere.
        """
        a, b = printed.side.symbols, hearing.side.symbols
        chance = coincidence(a, b)
        candidates = [
            log_odds(rate, chance, _ALL_FREE, settings.long_gap_nats) for rate in settings.error_rates
        ]
        plain = likeliest(a[:_SAMPLE], b[:_SAMPLE], candidates)
        told = known if known and known.tells() else Confusions()
        scoring = told.scored(plain) if told.letters else plain
        search = cls._with(printed, hearing, fitted(scoring, a, b), told.habits)
        for _ in range(settings.learn_rounds):
            seen = search._seen() + (known or Confusions())
            if not seen.tells():
                break
            search = cls._with(printed, hearing, fitted(seen.scored(plain), a, b), seen.habits)
        return search

    @classmethod
    def _with(
        cls, printed: Printed, hearing: Hearing, scoring: Scoring, habits: Mapping[int, str]
    ) -> _Search:
        path = align(printed.side.symbols, hearing.side.symbols, scoring)
        finder = Finder(printed, hearing, scoring, _LEAST_LIKENESS, _LEAST_EVIDENCE, _LEAST_BETWEEN_PAUSES)
        taken = np.zeros(len(hearing.normal), bool)
        return cls(printed, hearing, scoring, finder.find(path.pairs()), taken, habits)

    def claim(self, reading: Reading) -> Claim:
        """A reading to be judged, its print in the letters that this listener writes for it."""
        return _claim(reading, self.printed, self.hearing, self.habits)

    def _seen(self) -> Confusions:
        """What the sure ones of the first readings show of this listener."""
        sure = [reading for reading in self.first if reading.evidence >= _SURE_NATS]
        claims = [_claim(reading, self.printed, self.hearing) for reading in sure]
        return Confusions.of([(" ".join(claim.printed), claim.heard) for claim in claims], self.scoring)

    def all_readings(self) -> list[Reading]:
        """Those on the first path, then those in what is left over, until nothing new is found.

        Misheard words at their edges are theirs before anybody looks for more: else weak readings would take them.
        """
        readings = self._with_between(self._settled(self.first))
        tried: set[tuple[int, int]] = set()
        likely = Narrowing.of(self.printed)
        while again := self._settled(self._in_leftovers(tried, likely)):
            readings += again
        return with_pauses(self._with_between(readings), self.hearing)

    def _with_between(self, readings: list[Reading]) -> list[Reading]:
        ordered = sorted(readings, key=lambda r: r.first)
        between = Between(self.printed, self.hearing, self.scoring).find(ordered)
        return [*readings, *settle(between, self.taken)]

    def _settled(self, readings: Sequence[Reading]) -> list[Reading]:
        return grown(settle(readings, self.taken), self.hearing, self.taken)

    def _in_leftovers(self, tried: set[tuple[int, int]], likely: Narrowing) -> list[Reading]:
        """What is found in the free parts that were not tried before, which become tried."""
        finder = Finder(
            *(self.printed, self.hearing, self.scoring, _LEAST_LIKENESS),
            *(_LEAST_EVIDENCE_AGAIN, _LEAST_EVIDENCE_AGAIN),
        )
        found = []
        for first, past in sorted(set(free_parts(self.taken)) - tried):
            tried.add((first, past))
            if past - first < _LEAST_WORDS_AGAIN:
                continue
            start, end = self.hearing.side.letters(first, past)
            pairs = likely.pairs(self.hearing.side.symbols[start:end], self.scoring)
            found += finder.find(pairs + np.array([0, start]))
        return found


def _claim(
    reading: Reading, printed: Printed, hearing: Hearing, habits: Mapping[int, str] | None = None
) -> Claim:
    start, end = printed.bounds[reading.sentence]
    words = tuple(word.translate(habits or {}) for word in printed.side.spelled(start, end))
    heard = " ".join(hearing.side.spelled(reading.first, reading.last + 1))
    return Claim(words, heard, character_error_rate(" ".join(words), heard))


def _matches(
    readings: Sequence[tuple[Reading, Claim]],
    sentences: Sequence[Sentence],
    clock: Clock,
) -> list[Match]:
    times_read: dict[int, int] = {}
    matches = []
    printed, hearing = clock.printed, clock.hearing
    ordered = [reading for reading, _ in readings]
    told = clock.edges(ordered)
    for (reading, claim), clear, neighbours, (begins, ends) in zip(
        readings, borders(ordered), in_order(ordered), told, strict=True
    ):
        nth = times_read.get(reading.sentence, 0)
        times_read[reading.sentence] = nth + 1
        start, end = printed.bounds[reading.sentence]
        sentence = sentences[reading.sentence]
        matches.append(
            Match(
                sentence=sentence,
                occurrence=nth,
                words=_timed(reading, sentence, printed, hearing, begins, ends),
                text_normalized=" ".join(word.text for word in printed.words[start:end]),
                alignment_score=round(reading.run_share, 4),
                cer=round(claim.error_rate, 4),
                start_heard=begins is not None
                or start in reading.heard_as
                or _sure(reading.start_missing, reading.start_pause_s),
                end_heard=ends is not None
                or end - 1 in reading.heard_as
                or _sure(reading.end_missing, reading.end_pause_s),
                longest_miss=_longest_miss(start, end, {*reading.heard_as, *printed.unsaid(start, end)}),
                longest_run=reading.longest_run,
                likeness=round(reading.likeness, 4),
                edge_missing=max(reading.start_missing, reading.end_missing),
                borders=clear,
                in_order=neighbours,
                unheard=_unheard(reading, sentence, printed),
            )
        )
    return matches


def _sure(missing: int, pause_s: float) -> bool:
    return missing <= _EDGE_LETTERS and pause_s >= _EDGE_PAUSE_S


def character_error_rate(reference: str, heard: str) -> float:
    """Edit distance over the reference's length; 0 where both are empty.

    >>> character_error_rate("abcd", "abxd")
    0.25
    """
    if not reference:
        return float(bool(heard))
    a, b = encode(reference), encode(heard)
    return -score_only(a, b, fitted(_EDIT, a, b)) / max(1, len(reference) - reference.count(WILD))


def _longest_miss(start: int, end: int, heard_as: Set[int]) -> int:
    heard = [start - 1, *(w for w in range(start, end) if w in heard_as), end]
    return max(b - a - 1 for a, b in pairwise(heard))


def _timed(
    reading: Reading,
    sentence: Sentence,
    printed: Printed,
    hearing: Hearing,
    begins: int | None,
    ends: int | None,
) -> tuple[Word, ...]:
    """The sentence's printed words with their times; those that nobody heard from `begins` on, and up to `ends`."""
    start, end = printed.bounds[reading.sentence]
    by_token: dict[tuple[int, int], list[int]] = {}
    for w in range(start, end):
        by_token.setdefault((printed.words[w].start, printed.words[w].end), []).append(w)
    known: list[Word | None] = []
    for normal in by_token.values():
        own = [hearing.word(reading.heard_as[w]) for w in normal if w in reading.heard_as]
        known.append(Word("", own[0].span | own[-1].span, own[0].confidence) if own else None)
    whole = _said_in(reading, hearing)
    whole = Span(whole.start if begins is None else begins, whole.end if ends is None else ends, whole.rate)
    texts = [sentence.text[a:b] for a, b in by_token]
    return tuple(filled(texts, known, whole))


def _unheard(reading: Reading, sentence: Sentence, printed: Printed) -> tuple[str, ...]:
    """The printed words of which no part was heard as it is printed; those that nobody can say are left aside."""
    start, end = printed.bounds[reading.sentence]
    heard = {*reading.heard_as, *printed.unsaid(start, end)}
    parts = {(printed.words[w].start, printed.words[w].end) for w in range(start, end) if w in heard}
    whole = dict.fromkeys((word.start, word.end) for word in printed.words[start:end])
    return tuple(sentence.text[a:b] for a, b in whole if (a, b) not in parts)


def _said_in(reading: Reading, hearing: Hearing) -> Span:
    """The reading's span, with room in its half of the pauses around it for letters at its edges that nobody heard."""
    span = hearing.word(reading.first).span | hearing.word(reading.last).span
    before, after = (
        min(missing / _LETTERS_PER_S, pause_s / 2 if math.isfinite(pause_s) else 0.0)
        for missing, pause_s in (
            (reading.start_missing, reading.start_pause_s),
            (reading.end_missing, reading.end_pause_s),
        )
    )
    return Span(span.start - round(before * span.rate), span.end + round(after * span.rate), span.rate)


def filled(texts: list[str], known: list[Word | None], whole: Span) -> list[Word]:
    """Words nobody heard share the time between their neighbours, or up to the reading's end, by their length."""
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
