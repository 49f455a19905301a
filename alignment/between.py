"""Sentences between two others that were read one after the other: their place tells what their letters alone can't.

A sentence of one word, heard with half its letters wrong, is found anywhere and nowhere. But where the sentences before
and after it were read, and about as much was said between two pauses there, it was most likely read, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from wavelode.alignment.agreement import agreeing
from wavelode.alignment.align import FreeEnds, Gap, Scoring, align
from wavelode.alignment.rates import UNITS_PER_NAT
from wavelode.alignment.readings import BORDER_PAUSE_S, Reading, best_gains, pause_s
from wavelode.alignment.sides import Hearing, Printed

_MOST_SENTENCES = 3
_MOST_PARTS = 8
_PARTS_OF_ONE = 3
"""A sentence may hold so many parts: words that went unheard leave pauses, too."""
_LENGTHS = (0.5, 2.0)
"""What was said must be about as long as what is printed."""
_PLACE_NATS = 3.0
"""What the place says: of twenty sentences printed between two that were read, nineteen and more were read."""
_FEW_LETTERS = 60
_LEAST_LIKENESS = 0.05
"""A sentence of more letters speaks for itself: its place does not make up for letters that are all others."""

Part = tuple[int, int]
"""Heard words ``[first, past)``."""


@dataclass(frozen=True, slots=True)
class Between:
    """Finds what was read between two readings.

    Args:
        scoring: what pairs of letters score for this listener.
    """

    printed: Printed
    hearing: Hearing
    scoring: Scoring

    def find(self, readings: Sequence[Reading]) -> list[Reading]:
        """What lies between readings, which are in order of time and grown."""
        found: list[Reading] = []
        for before, after in pairwise(readings):
            sentences = self._left_out(before.sentence, after.sentence)
            parts = self._parts(before.last + 1, after.first) if sentences else []
            if sentences and parts:
                found += _best_in_order(sentences, parts, self._choices(sentences, parts))
        return found

    def _left_out(self, before: int, after: int) -> list[int]:
        """The sentences with words between two; none where they are too many to tell by their place."""
        bounds = self.printed.bounds
        left = [
            s
            for s in range(before + 1, min(after, before + 2 + 2 * _MOST_SENTENCES))
            if bounds[s][0] < bounds[s][1]
        ]
        return left if len(left) <= _MOST_SENTENCES else []

    def _parts(self, first: int, past: int) -> list[Part]:
        """The heard words ``[first, past)`` from pause to pause; none where they are too many."""
        ends = [at + 1 for at in range(first - 1, past) if pause_s(self.hearing, at) >= BORDER_PAUSE_S]
        return list(pairwise(ends)) if len(ends) <= _MOST_PARTS + 1 else []

    def _choices(
        self, sentences: Sequence[int], parts: Sequence[Part]
    ) -> dict[tuple[int, int, int], tuple[float, Reading]]:
        """(sentence, first part, past the last) -> nats that speak for it, and the reading; only what is likely."""
        spans = [
            (i, j) for i in range(len(parts)) for j in range(i + 1, min(len(parts), i + _PARTS_OF_ONE) + 1)
        ]
        least = math.log(len(spans)) - _PLACE_NATS
        tried = (
            (s, i, j, self._reading(s, parts[i][0], parts[j - 1][1])) for s in sentences for i, j in spans
        )
        return {
            (s, i, j): (r.evidence - least, r)
            for s, i, j, r in tried
            if r and r.evidence > least and self._speaks(r)
        }

    def _speaks(self, reading: Reading) -> bool:
        start, end = self.printed.side.letters(*self.printed.bounds[reading.sentence])
        return end - start <= _FEW_LETTERS or reading.likeness >= _LEAST_LIKENESS

    def _reading(self, sentence: int, first: int, past: int) -> Reading | None:
        """The sentence as all of these words, however unlike; None where the lengths don't fit."""
        start, end = self.printed.side.letters(*self.printed.bounds[sentence])
        low, high = self.hearing.side.letters(first, past)
        if not _LENGTHS[0] <= (high - low) / (end - start) <= _LENGTHS[1]:
            return None
        letters = self.printed.side.symbols[start:end]
        short = Gap(self.scoring.gap.open, self.scoring.gap.extend)
        path = align(
            letters, self.hearing.side.symbols[low:high], replace(self.scoring, gap=short, ends=FreeEnds())
        )
        pairs = path.pairs() + np.array([start, low])
        return Reading(
            sentence=sentence,
            first=first,
            last=past - 1,
            evidence=path.score / UNITS_PER_NAT,
            likeness=path.score / max(1, int(best_gains(self.scoring, letters).sum())),
            start_missing=0,
            end_missing=0,
            run_share=0.0,
            longest_run=0,
            heard_as=agreeing(self.printed.side, self.hearing.side, pairs, self.scoring),
        )


def _best_in_order(
    sentences: Sequence[int],
    parts: Sequence[Part],
    choices: Mapping[tuple[int, int, int], tuple[float, Reading]],
) -> Iterator[Reading]:
    """The choices that together say most, in the order of print, none sharing a part with another."""
    best: list[tuple[float, tuple[Reading, ...]]] = [(0.0, ())] * (len(parts) + 1)
    for sentence in sentences:
        longer = list(best)
        for (chosen, i, j), (nats, reading) in choices.items():
            if chosen == sentence and best[i][0] + nats > longer[j][0]:
                longer[j] = best[i][0] + nats, (*best[i][1], reading)
        for at in range(1, len(longer)):
            longer[at] = max(longer[at - 1], longer[at], key=lambda row: row[0])
        best = longer
    yield from best[-1][1]
