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
_SAME_BREATH_S = 0.4
"""A misheard word at a sentence's edge belongs to it only if it follows on this fast, in seconds."""


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
        best = best_stretch(pairs, self.scoring.substitution(*symbols), self.scoring)
        if best is None:
            return None
        low, high, score = best
        pairs = pairs[low:high]
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
    """Readings with the misheard words at their edges: free, spoken in the same breath, and about as long as missing.

    Without them a clip whose first word was misheard would begin with its second.
    """
    out = []
    for reading in readings:
        first, start_left = _grow(reading.first, -1, reading.start_missing, hearing, taken)
        last, end_left = _grow(reading.last, 1, reading.end_missing, hearing, taken)
        out.append(
            replace(
                reading,
                first=first,
                last=last,
                start_missing=start_left,
                end_missing=end_left,
                heard_as={w: h for w, h in reading.heard_as.items() if first <= h <= last},
                start_pause_s=pause_s(hearing, first - 1),
                end_pause_s=pause_s(hearing, last),
            )
        )
    return out


def pause_s(hearing: Hearing, at: int) -> float:
    """The silence after a heard normal word, in seconds; without end before the first and after the last."""
    if not 0 <= at < len(hearing.normal) - 1:
        return math.inf
    here, following = hearing.word(at).span, hearing.word(at + 1).span
    return (following.start - here.end) / here.rate


def _grow(at: int, way: int, missing: int, hearing: Hearing, taken: NDArray[np.bool_]) -> tuple[int, int]:
    sizes = hearing.side.sizes
    while 0 <= at + way < len(taken) and not taken[at + way]:
        fits = missing >= 0.5 * int(sizes[at + way])
        if not fits or pause_s(hearing, min(at, at + way)) > _SAME_BREATH_S:
            break
        at += way
        taken[at] = True
        missing = max(0, missing - int(sizes[at]) - 1)
    return at, missing


def borders(readings: Sequence[Reading]) -> Iterator[int]:
    """For each reading, how many of its two ends lie at a pause or at the reading of the sentence printed next to it.

    A formula that stands in the middle of another sentence has none.

    Args:
        readings: in order of time.
    """
    follows = [a.last + 1 == b.first and a.sentence + 1 == b.sentence for a, b in pairwise(readings)]
    for reading, after, before in zip(readings, [*follows, False], [False, *follows], strict=False):
        pauses_s = (reading.start_pause_s, reading.end_pause_s)
        yield sum(p >= BORDER_PAUSE_S or near for p, near in zip(pauses_s, (before, after), strict=True))
