"""Readings of sentences, read off the path of an alignment."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.agreement import agreeing, in_runs
from wavelode.alignment.align import Scoring
from wavelode.alignment.rates import UNITS_PER_NAT
from wavelode.alignment.sides import Hearing, Ints, Printed

_LEAST_WORDS = 3
"""Fewer heard words are no reading of a longer sentence."""
BORDER_PAUSE_S = 0.1
"""Where the listener's words are this far apart, in seconds, a sentence may end."""
_STRAY_PAUSE_S = 0.4
_STRAY_NATS = 10.0
"""Less evidence than this beyond a pause longer than that is a stray word of another sentence."""
_LETTERS_PER_S = (8.0, 25.0)
"""Nobody reads slower or faster; a short reading's own pace may be far off."""
_ROOM_S = 0.1
"""Letters nobody heard may take this much longer than at the pace of those that were heard, in seconds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of one sentence: heard normal words ``[first, last]``.

    Attributes:
        evidence: log-odds of the best stretch of the path within the sentence, in nats.
        likeness: that, over the evidence of the whole sentence heard without an error.
        start_missing, end_missing: letters of the printed words before and after it for which nothing was heard.
        start_pause_s, end_pause_s: silence between the listener's words before and after, in seconds.
        run_share: share of the letters that lie in runs of agreeing words.
        longest_run: words in the longest of these runs.
        heard_as: printed word -> heard normal word, where the two agree; `grown` keeps those within the reading.
    """

    sentence: int
    first: int
    last: int
    evidence: float
    likeness: float
    start_missing: int
    end_missing: int
    run_share: float
    longest_run: int
    heard_as: dict[int, int]
    start_pause_s: float = 0.0
    end_pause_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Finder:
    """Reads readings off a path.

    Args:
        least_likeness: below this a sentence was not read.
        least_evidence: below this it may as well be chance, in nats.
        least_between_pauses: the same for what was heard between two pauses: by chance little begins and ends there.
    """

    printed: Printed
    hearing: Hearing
    scoring: Scoring
    least_likeness: float
    least_evidence: float
    least_between_pauses: float

    def find(self, pairs: Ints) -> list[Reading]:
        """The readings on a path, in the order of print.

        Args:
            pairs: its diagonal steps, (K, 2).
        """
        heard_as = agreeing(self.printed.side, self.hearing.side, pairs, self.scoring)
        runs = in_runs(heard_as, self.printed, self.hearing)
        found = []
        for sentence in self._touched(pairs):
            start, end = self.printed.side.letters(*self.printed.bounds[sentence])
            low, high = np.searchsorted(pairs[:, 0], [start, end])
            reading = self._reading(sentence, pairs[low:high], heard_as, runs)
            if reading and self._is_one(reading):
                found.append(reading)
        return found

    def _touched(self, pairs: Ints) -> list[int]:
        """The sentences that the path pairs anything with."""
        owners = self.printed.side.owner[pairs[:, 0]]
        touched: list[int] = np.unique(self.printed.sentence_of[owners[owners >= 0]]).tolist()
        return touched

    def _is_one(self, reading: Reading) -> bool:
        least = self.least_between_pauses if self._between_pauses(reading) else self.least_evidence
        if reading.likeness < self.least_likeness or reading.evidence < least:
            return False
        # A number is one word however long it is spelled: two numbers share most of their words.
        heard = self.hearing.origin[reading.last] - self.hearing.origin[reading.first] + 1
        first, past = self.printed.bounds[reading.sentence]
        words = len({word.start for word in self.printed.words[first:past]})
        return bool(heard >= min(_LEAST_WORDS, words))

    def _between_pauses(self, reading: Reading) -> bool:
        pauses_s = (pause_s(self.hearing, at) for at in (reading.first - 1, reading.last))
        return min(pauses_s) >= BORDER_PAUSE_S

    def _reading(
        self, sentence: int, pairs: Ints, heard_as: dict[int, int], runs: dict[int, int]
    ) -> Reading | None:
        symbols = self.printed.side.symbols[pairs[:, 0]], self.hearing.side.symbols[pairs[:, 1]]
        gains = self.scoring.substitution(*symbols)
        best = best_stretch(pairs, gains, self.scoring)
        if best is None:
            return None
        low, high, score = best
        pairs = self._without_strays(pairs[low:high], gains[low:high])
        owners = self.hearing.side.owner[pairs[:, 1]]
        owners = owners[owners >= 0]
        if not owners.size:
            return None
        first, past = self.printed.bounds[sentence]
        start, end = self.printed.side.letters(first, past)
        agree = {w: heard_as[w] for w in range(first, past) if w in heard_as}
        in_run = [w for w, heard in agree.items() if w in runs and owners[0] <= heard <= owners[-1]]
        sizes = self.printed.side.sure_sizes
        known = max(1, int(sizes[first:past].sum()))
        return Reading(
            sentence=sentence,
            first=int(owners[0]),
            last=int(owners[-1]),
            evidence=score / UNITS_PER_NAT,
            likeness=score
            / max(1, int(best_gains(self.scoring, self.printed.side.symbols[start:end]).sum())),
            start_missing=self._word_start(int(pairs[0, 0])) - start,
            end_missing=end - self._word_end(int(pairs[-1, 0])),
            run_share=float(sizes[in_run].sum() / known) if in_run else 0.0,
            longest_run=max((runs[w] for w in in_run), default=0),
            heard_as=agree,
        )

    def _without_strays(self, pairs: Ints, gains: Ints) -> Ints:
        """The pairs without a word or two at either end that a long pause parts from all the rest.

        What ends the sentence before may be like what begins this one, and what begins it may have gone unheard.
        """
        least = round(_STRAY_NATS * UNITS_PER_NAT)
        words = self.hearing.side.owner[pairs[:, 1]]
        known = np.flatnonzero(words >= 0)
        low, high = 0, len(pairs)
        for i, j in pairwise(known.tolist()):
            if words[i] == words[j] or not self._parted(pairs[i], pairs[j]):
                continue
            if gains[low:j].sum() < least:
                low = j
            elif gains[j:high].sum() < least:
                high = i + 1
                break
        return pairs[low:high]

    def _parted(self, left: Ints, right: Ints) -> bool:
        """Whether between two pairs is a pause that what is printed in between does not fill."""
        first, last = (int(self.hearing.side.owner[at]) for at in (left[1], right[1]))
        longest_s = max(pause_s(self.hearing, at) for at in range(first, last))
        return longest_s > _STRAY_PAUSE_S + int(right[0] - left[0] - 1) / _LETTERS_PER_S[0]

    def _word_start(self, letter: int) -> int:
        """Where the word of a printed letter begins: a word heard in part was said, though its first letters differ."""
        owner = int(self.printed.side.owner[letter])
        return letter if owner < 0 else int(self.printed.side.starts[owner])

    def _word_end(self, letter: int) -> int:
        owner = int(self.printed.side.owner[letter])
        return letter + 1 if owner < 0 else int(self.printed.side.ends[owner])


def best_gains(scoring: Scoring, symbols: NDArray[np.int32]) -> Ints:
    """(N,): what each printed letter scores where this listener writes what he writes for it oftenest."""
    if scoring.table is None or scoring.classes is None:
        return np.full(len(symbols), scoring.match)
    best: Ints = scoring.table.max(axis=1)[[scoring.classes[symbol] for symbol in symbols.tolist()]]
    return best


def best_stretch(pairs: Ints, gains: Ints, scoring: Scoring) -> tuple[int, int, float] | None:
    """The stretch ``[low, high)`` of a path that scores most, and its score; None where nothing scores.

    Kadane's maximum-sum segment over diagonal steps, with the gaps between them as costs. Within a sentence a gap
    costs in proportion to its length: what bridges an interview is not one reading.

    Args:
        pairs: (K, 2), and gains: what each scores, (K,).
    """
    steps = np.diff(pairs, axis=0) - 1
    costs = (np.where(steps > 0, scoring.gap.open + scoring.gap.extend * steps, 0)).sum(axis=1).tolist()
    best, best_low, best_high = 0.0, 0, 0
    running, low = 0.0, 0
    for i, gain in enumerate(gains.tolist()):
        running -= costs[i - 1] if i else 0.0
        if running <= 0:
            running, low = 0.0, i
        running += gain
        if running > best:
            best, best_low, best_high = running, low, i + 1
    return (best_low, best_high, best) if best_high else None


def settle(readings: Iterable[Reading], taken: NDArray[np.bool_]) -> list[Reading]:
    """Keeps the readings whose heard words are still free, the surest first, and takes those words."""
    kept = []
    for reading in sorted(readings, key=lambda r: (-r.evidence, r.first)):
        if not taken[reading.first : reading.last + 1].any():
            taken[reading.first : reading.last + 1] = True
            kept.append(reading)
    return kept


def free_parts(taken: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Runs of heard normal words that belong to no reading, as ``[start, end)``."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], taken, [True]]).astype(np.int8)))
    yield from ((int(a), int(b)) for a, b in edges.reshape(-1, 2))


def grown(readings: Sequence[Reading], hearing: Hearing, taken: NDArray[np.bool_]) -> list[Reading]:
    """Readings with the misheard words at their edges: free, and in the time that the letters missing there take.

    Without them a clip whose first word was misheard would begin with its second.
    """
    out = []
    for reading in readings:
        pace = _letters_per_s(reading, hearing)
        first, start_left = _grow(reading.first, -1, reading.start_missing, pace, hearing, taken)
        last, end_left = _grow(reading.last, 1, reading.end_missing, pace, hearing, taken)
        out.append(
            replace(
                reading,
                first=first,
                last=last,
                start_missing=start_left,
                end_missing=end_left,
                heard_as={w: h for w, h in reading.heard_as.items() if first <= h <= last},
            )
        )
    return out


def with_pauses(readings: Iterable[Reading], hearing: Hearing) -> list[Reading]:
    """Readings that are as long as they will be, with the pauses around them."""
    return [
        replace(r, start_pause_s=pause_s(hearing, r.first - 1), end_pause_s=pause_s(hearing, r.last))
        for r in readings
    ]


def _letters_per_s(reading: Reading, hearing: Hearing) -> float:
    first, past = hearing.side.letters(reading.first, reading.last + 1)
    span = hearing.word(reading.first).span | hearing.word(reading.last).span
    slowest, fastest = _LETTERS_PER_S
    return min(max((past - first) / max(span.duration_s, 1e-3), slowest), fastest)


def pause_s(hearing: Hearing, at: int) -> float:
    """The silence after a heard normal word, in seconds; without end before the first and after the last."""
    if not 0 <= at < len(hearing.normal) - 1:
        return math.inf
    here, following = hearing.word(at).span, hearing.word(at + 1).span
    return (following.start - here.end) / here.rate


def _grow(
    at: int, way: int, missing: int, letters_per_s: float, hearing: Hearing, taken: NDArray[np.bool_]
) -> tuple[int, int]:
    """The edge moved from heard word `at` in direction `way`, and how many of the `missing` letters are still so."""
    room_s = missing / letters_per_s + _ROOM_S
    edge = hearing.word(at).span
    while missing and 0 <= at + way < len(taken) and not taken[at + way]:
        word = hearing.word(at + way).span
        middle = (word.start + word.end) / 2
        away_s = (edge.start - middle if way < 0 else middle - edge.end) / edge.rate
        if away_s > room_s:
            break
        at += way
        taken[at] = True
        missing = max(0, missing - int(hearing.side.sizes[at]) - 1)
    return at, missing


def borders(readings: Sequence[Reading]) -> Iterator[int]:
    """For each reading, how many of its two ends lie at a pause or at the reading of the sentence printed next to it.

    A formula that stands in the middle of another sentence has none.

    Args:
        readings: in order of time.
    """
    touch = [a.last + 1 == b.first and a.sentence + 1 == b.sentence for a, b in pairwise(readings)]
    for reading, after, before in zip(readings, [*touch, False], [False, *touch], strict=False):
        pauses_s = (reading.start_pause_s, reading.end_pause_s)
        yield sum(p >= BORDER_PAUSE_S or near for p, near in zip(pauses_s, (before, after), strict=True))


def in_order(readings: Sequence[Reading]) -> Iterator[int]:
    """For each reading, how many of those read before and after it are of the sentences printed next to its own.

    Args:
        readings: in order of time.
    """
    follows = [a.sentence + 1 == b.sentence for a, b in pairwise(readings)]
    for _, before, after in zip(readings, [False, *follows], [*follows, False], strict=False):
        yield before + after
