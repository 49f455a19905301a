"""What another share of edited sentences would do: the hardest trouble, and the one that decides what is possible.

A recording with many edited sentences tells which part of them is accepted; that does not depend on how many there
are. So one measurement gives every share, by counting each edited sentence as less than one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from wavelode.infra.bench.known_answer.cases import Trouble
from wavelode.infra.bench.known_answer.goals import MOST_FALSE, P_CORRECT, Result
from wavelode.infra.bench.known_answer.scores import Judged, Verdict

SHARES = (0.005, 0.01, 0.02, 0.04)
_FATES = ("unprinted", "unread", "scanned", "garbled")


@dataclass(frozen=True, slots=True)
class AtShare:
    """With this share of edited sentences: F1 and false accepts at `P_CORRECT`, and the best F1 at `MOST_FALSE`."""

    share: float
    f1: float
    false: float
    best_f1: float


def at_shares(result: Result, shares: Sequence[float] = SHARES) -> list[AtShare]:
    """One row per share, from a result with many edited sentences."""
    planted, judged = result.ours.planted, result.ours.judged
    return [_at_share(share, judged, planted.sound, planted.edited) for share in shares]


def _at_share(share: float, judged: Sequence[Judged], sound: int, edited: int) -> AtShare:
    weight = share / _sound_share(share) / max(1e-9, edited / sound)
    points = list(_points(judged, sound, weight))
    accepted = [point for point in points if point[0] >= P_CORRECT] or [(1.0, 0.0, 0.0)]
    best = max((f1 for _, f1, false in points if false <= MOST_FALSE), default=0.0)
    return AtShare(share, accepted[-1][1], accepted[-1][2], best)


def _sound_share(share: float) -> float:
    """Of all sentences, those that are spoken and printed as they are."""
    defaults = {rate.name: float(rate.default) for rate in fields(Trouble)}  # type: ignore[arg-type]
    return 1 - share - sum(defaults[name] for name in _FATES)


def _points(judged: Sequence[Judged], sound: int, weight: float) -> Iterator[tuple[float, float, float]]:
    """Score, F1 and rate of false accepts after each claim, surest first, an edited one counted as `weight`."""
    counts: Counter[Verdict] = Counter()
    for j in sorted(judged, key=lambda j: -j.found.score):
        counts[j.verdict] += 1
        false = counts[Verdict.ABSENT] + weight * counts[Verdict.EDITED]
        claimed = counts[Verdict.RIGHT] + counts[Verdict.CUT] + false
        if claimed:
            yield j.found.score, 2 * counts[Verdict.RIGHT] / (claimed + sound), false / claimed
