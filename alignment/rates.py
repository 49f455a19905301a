"""Scores from error rates: how likely a pair or a gap is if the print was read, against how likely by chance.

All scores are log-odds in quarter nats, so alignments under different error rates can be compared: the rate under
which the best alignment scores most is the likeliest (profile likelihood over a grid). With it, a listener that
errs in every fourth letter is aligned by scores made for such a listener, not by those for a good one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.align import FreeEnds, Gap, Scoring, score_only

UNITS_PER_NAT = 4
SUBSTITUTED, UNPAIRED = 0.5, 0.25
"""Of all errors, the share that are letters confused, and of each kind of gap."""
_GAP_GOES_ON = 0.4
"""How likely a short gap has another letter."""

Symbols = NDArray[np.int32]


def log_odds(error_rate: float, coincidence: float, ends: FreeEnds, long_gap_nats: float) -> Scoring:
    """The scores for a listener with this error rate.

    Args:
        error_rate: errors per letter, 0 to 1.
        coincidence: how likely two letters are equal by chance.
        ends: which end gaps are free.
        long_gap_nats: what a gap costs at most; a page that was not read or an interview.
    """

    def units(odds: float) -> int:
        return round(UNITS_PER_NAT * math.log(odds))

    first, more = -units(error_rate * UNPAIRED), max(1, -units(_GAP_GOES_ON))
    return Scoring(
        match=max(1, units((1 - error_rate) / coincidence)),
        mismatch=min(-1, units(error_rate * SUBSTITUTED / (1 - coincidence))),
        gap=Gap(max(0, first - more), more, round(UNITS_PER_NAT * long_gap_nats), 0),
        ends=ends,
    )


def coincidence(a: Symbols, b: Symbols) -> float:
    """How likely a letter of one side equals one of the other by chance, at least 0.001."""
    symbols, places = np.unique(np.concatenate([a, b]), return_inverse=True)
    shares = [
        np.bincount(part, minlength=len(symbols)) / len(part) for part in (places[: len(a)], places[len(a) :])
    ]
    return max(0.001, float(shares[0] @ shares[1]))


def likeliest(a: Symbols, b: Symbols, candidates: Sequence[Scoring]) -> Scoring:
    """The scores under which the best alignment is likeliest."""
    return max(candidates, key=lambda scoring: score_only(a, b, scoring))
