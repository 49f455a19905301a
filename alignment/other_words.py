"""Whether another word was said than one that is printed: an edited sentence differs by a single word.

For every printed word, what was heard in its place is explained twice: as that word misheard, letter by letter, by
a listener who errs as often as this one does, and as any word this listener writes. The log of the ratio of the
two, averaged over a sentence's words, tells how much likelier an edit makes what was heard. A word may also be one
of the few that a listener writes whatever is said; the more it errs, the more there are.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from wavelode.alignment.align import FreeEnds, Gap, Scoring, align, encode
from wavelode.alignment.known_words import KnownWords
from wavelode.alignment.misheard import Floats, log_misheard
from wavelode.alignment.sides import WILD

_SLIPS, _SLIPS_GROW = 0.04, 2.6
"""Which share of its words a listener that errs in every letter writes whatever is said, and with which power of the
error rate it falls: one in 1,600 at 20 %, one in 270 at 40 %. No single word is surer evidence than that. How they were
chosen on known answers stands in docs/known-answer.md."""
_PRIOR_LETTERS = 200
"""The error rate of one reading is trusted as much as that of the recording after this many letters."""
_RATES = (0.02, 0.6)
_MOST_PIECES = 3
_SUSPECT_NATS = -8.0
"""Where any word of this spelling is less likely than the printed one by more than this, no known word is tried."""
_START, _END = "\x02", "\x03"


@dataclass(frozen=True, slots=True)
class Claim:
    """One reading to be judged: the normal words that are printed, what was heard, and how far the two differ."""

    printed: tuple[str, ...]
    heard: str
    error_rate: float


def other_word_odds(
    claims: Sequence[Claim], heard: Sequence[str], scoring: Scoring, known: Sequence[str] = ()
) -> Floats:
    """(K,): for each claim, how much likelier what was heard is if one printed word was another one, in nats.

    Args:
        heard: all normal words of the recording, to know what this listener writes.
        scoring: what pairs of letters score for this listener.
        known: all normal words of the print, among which the other word may be.
    """
    if not claims:
        return np.zeros(0)
    gap = Gap(scoring.gap.open, scoring.gap.extend)
    scoring = replace(scoring, gap=gap, ends=FreeEnds(), classes=None, table=None)
    owner = np.repeat(np.arange(len(claims)), [len(claim.printed) for claim in claims])
    said = [word for claim in claims for word in claim.printed]
    places = [pieces for claim in claims for pieces in heard_in_place(claim, scoring)]
    other = OtherWord(Spelling.of(heard), KnownWords.of(w for w in known if not w.startswith(WILD)))
    rates = _rates(claims)[owner]
    slips = math.log(_SLIPS) + _SLIPS_GROW * np.log(rates)
    nats = -np.logaddexp(-_ratios(said, places, rates, other), slips)
    sums = np.bincount(owner, np.exp(nats), len(claims))
    odds: Floats = np.log(sums / np.bincount(owner, minlength=len(claims)))
    return odds


def _ratios(said: Sequence[str], places: Sequence[Sequence[str]], rates: Floats, other: OtherWord) -> Floats:
    """(W,): how much likelier another word is than the printed one, in nats.

    Where nothing was heard, or nobody knows what is printed, nothing speaks for another word: 0. Of several words
    heard in one place some may be made up: those in a row that fit the printed word best count.
    """
    known = [(w, pieces) for w, pieces in enumerate(places) if not said[w].startswith(WILD)]
    tried = [(w, text) for w, pieces in known for text in _in_a_row(pieces)]
    word = np.array([w for w, _ in tried], np.int64)
    ratio = other.ratios([said[w] for w in word], [text for _, text in tried], rates[word])
    out = np.full(len(said), np.inf)
    np.minimum.at(out, word, ratio)
    return np.where(np.isinf(out), 0.0, out)


def _in_a_row(pieces: Sequence[str]) -> Iterator[str]:
    for start in range(len(pieces)):
        for past in range(start + 1, min(len(pieces), start + _MOST_PIECES) + 1):
            yield "".join(pieces[start:past])


def _rates(claims: Sequence[Claim]) -> Floats:
    """The error rate of each claim, drawn to that of all where it has few letters."""
    letters = np.array([sum(map(len, claim.printed)) for claim in claims])
    own = np.array([claim.error_rate for claim in claims])
    shrunk = (own * letters + np.median(own) * _PRIOR_LETTERS) / (letters + _PRIOR_LETTERS)
    rates: Floats = np.clip(shrunk, *_RATES)
    return rates


def heard_in_place(claim: Claim, scoring: Scoring) -> Iterator[list[str]]:
    """What was heard between the neighbours of each printed word, by heard words.

    Where only a small part of a heard word lies there, it is a neighbour's: a word that went unheard leaves none.
    """
    text = " ".join(claim.printed)
    pairs = align(encode(text), encode(claim.heard), scoring).pairs()
    bounds = [(m.start(), m.end()) for m in re.finditer(r"[^ ]+", claim.heard)]
    ends = [end for _, end in bounds]
    start = 0
    for word in claim.printed:
        before, after = np.searchsorted(pairs[:, 0], [start, start + len(word)])
        low = int(pairs[before - 1, 1]) + 1 if before else 0
        high = int(pairs[after, 1]) if after < len(pairs) else len(claim.heard)
        inside = [
            (max(a, low), min(b, high), b - a) for a, b in bounds[bisect_right(ends, low) :] if a < high
        ]
        yield [claim.heard[a:b] for a, b, whole in inside if 2 * (b - a) >= min(whole, len(word))]
        start += len(word) + 1


@dataclass(frozen=True, slots=True)
class OtherWord:
    """What another word than the printed one may be: any of the listener's spelling or one of the print, as likely."""

    spelling: Spelling
    known: KnownWords

    def ratios(self, said: Sequence[str], texts: Sequence[str], rates: Floats) -> Floats:
        """(K,): how much likelier each text is as another word than as `said` misheard, in nats."""
        letters = self.spelling.letters
        misheard = log_misheard(said, texts, rates, letters)
        ratio: Floats = np.array([self.spelling.log_chance(text) for text in texts]) - misheard
        suspects = np.flatnonzero(ratio > _SUSPECT_NATS)
        if self.known.words and suspects.size:
            own, heard = ([words[i] for i in suspects.tolist()] for words in (said, texts))
            chance = self.known.log_chance(own, heard, rates[suspects], letters)
            ratio[suspects] = np.logaddexp(ratio[suspects], chance - misheard[suspects]) - math.log(2)
        return ratio


@dataclass(frozen=True, slots=True)
class Spelling:
    """What a listener writes, as a letter bigram model with Witten-Bell backoff to single letters."""

    singles: Counter[str]
    following: dict[str, Counter[str]]

    @classmethod
    def of(cls, words: Iterable[str]) -> Spelling:
        singles: Counter[str] = Counter()
        following: dict[str, Counter[str]] = defaultdict(Counter)
        for word, times in Counter(words).items():
            for a, b in zip(_START + word, word + _END, strict=True):
                singles[b] += times
                following[a][b] += times
        return cls(singles, dict(following))

    def log_chance(self, word: str) -> float:
        """Log-probability that a word this listener writes is `word`."""
        return sum(math.log(self._chance(a, b)) for a, b in zip(_START + word, word + _END, strict=True))

    def _chance(self, a: str, b: str) -> float:
        alone = (self.singles[b] + 0.5) / (self.singles.total() + 0.5 * (len(self.singles) + 1))
        after = self.following.get(a, Counter())
        kinds = len(after) + 1
        return (after[b] + kinds * alone) / (after.total() + kinds)

    @property
    def letters(self) -> dict[str, float]:
        """How often each letter is written, as shares."""
        counts = {letter: n for letter, n in self.singles.items() if letter != _END}
        return {letter: n / sum(counts.values()) for letter, n in counts.items()}
