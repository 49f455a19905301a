"""What the aligner must show, and whether it does."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from wavelode.infra.bench.known_answer.content import Pairing
from wavelode.infra.bench.known_answer.scores import (
    Calibrated,
    Judged,
    Operating,
    at_levels,
    best,
    boundaries_ms,
    sweep,
    tally,
)
from wavelode.infra.bench.known_answer.tasks import Outcome, Row

P_CORRECT = 0.9
"""Ours is accepted from this probability on."""
MOST_FALSE = 0.005
LEAST_F1 = {0.2: 0.97, 0.4: 0.9}
"""By the listener's character error rate."""
MOST_MEDIAN_MS, MOST_P95_MS = 40.0, 150.0
LONG_MIN, MOST_MB = 480.0, 1000.0
CALIBRATED_WITHIN = 0.02
MOST_WORDS_ASKED = 6


@dataclass(frozen=True, slots=True)
class Goal:
    """What was to be shown, the figure, and whether it is enough."""

    text: str
    figure: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Result:
    """All methods on one row; `ours` is one of them."""

    row: Row
    ours: Outcome
    peers: tuple[Outcome, ...]

    @property
    def accepted(self) -> Operating:
        """Ours at the probability that counts; without probabilities, at the best threshold that accepts few."""
        if all(j.found.is_probability for j in self.ours.judged):
            return Operating(P_CORRECT, tally(self.ours.judged, self.ours.planted.sound, P_CORRECT))
        return at_most(self.ours, MOST_FALSE)

    @property
    def allowed_false(self) -> float:
        """The rate of false accepts that peers are compared at: ours, and never less than the goal."""
        return max(MOST_FALSE, self.accepted.tally.false_accept_rate)

    def of(self, outcome: Outcome) -> Operating:
        return self.accepted if outcome is self.ours else at_most(outcome, self.allowed_false)

    @property
    def ranked(self) -> list[Outcome]:
        """Best F1 first."""
        return sorted([self.ours, *self.peers], key=lambda o: -self.of(o).tally.f1)


def at_most(outcome: Outcome, false_rate: float) -> Operating:
    """The best of all thresholds, and of all least numbers of words: very short sentences are found anywhere."""
    longer = ([j for j in outcome.judged if j.num_words >= least] for least in range(1, MOST_WORDS_ASKED + 1))
    points = (best(sweep(judged, outcome.planted.sound), false_rate) for judged in longer)
    return max(points, key=lambda point: point.tally.f1)


def goals(results: Sequence[Result]) -> list[Goal]:
    """All goals, in the order of the tables."""
    compared = [_beaten(result) for result in results if result.peers]
    results = [result for result in results if result.row.is_default]
    found = [*(goal for cer in LEAST_F1 for goal in _enough(results, cer)), *compared]
    found += [_edges(result) for result in results if result.row.errors.cer == min(LEAST_F1)]
    found += [_light(result) for result in results if result.row.minutes >= LONG_MIN]
    return [*found, *_calibrated(results)]


def _enough(results: Sequence[Result], cer: float) -> Iterator[Goal]:
    largest = {r.row.kind: r for r in sorted(results, key=lambda r: len(r.row.wanted))}
    for result in results:
        if result.row.errors.cer == cer and result is largest[result.row.kind]:
            found = result.accepted.tally
            few = found.false_accept_rate <= MOST_FALSE or cer != min(LEAST_F1)
            also = f" and at most {MOST_FALSE:.1%} false accepts" if cer == min(LEAST_F1) else ""
            figure = f"{found.f1:.3f}, {found.false_accept_rate:.2%}"
            yield Goal(
                f"{result.row.name}: F1 >= {LEAST_F1[cer]}{also}", figure, few and found.f1 >= LEAST_F1[cer]
            )


def _beaten(result: Result) -> Goal:
    ours, best_peer = result.accepted.tally.f1, max(result.of(peer).tally.f1 for peer in result.peers)
    text = f"{result.row.name}: every peer beaten at {result.allowed_false:.1%} false accepts"
    return Goal(text, f"{ours:.3f} against {best_peer:.3f}", ours > best_peer)


def _edges(result: Result) -> Goal:
    median, p95 = boundaries_ms(result.ours.judged)
    text = f"{result.row.name}: edges within {MOST_MEDIAN_MS:.0f} ms, 95 % within {MOST_P95_MS:.0f} ms"
    return Goal(text, f"{median:.0f} and {p95:.0f} ms", median <= MOST_MEDIAN_MS and p95 <= MOST_P95_MS)


def _light(result: Result) -> Goal:
    mb = result.ours.peak_mb
    return Goal(f"{result.row.name}: under {MOST_MB:.0f} MB", f"{mb:.0f} MB", mb < MOST_MB)


def _calibrated(results: Sequence[Result]) -> Iterator[Goal]:
    """One goal per level, over all rows that stand for good hearing; more claims than one row's are needed."""
    judged = probabilities(results)
    for row in at_levels(judged):
        text = f"p_correct around {(row.low + row.high) / 2:.2f}: within {CALIBRATED_WITHIN:.0%} of the truth"
        figure = f"says {row.said:.3f}, is {row.true:.3f} of {row.claims}"
        yield Goal(text, figure, abs(row.said - row.true) <= CALIBRATED_WITHIN + chance(row))


def paired_goals(found: Sequence[Pairing]) -> Iterator[Goal]:
    """The right document is found and taken, and a wrong one refused."""
    for row in found:
        text = f"{row.name}: right document of {row.documents} found and alone taken, wrong ones refused"
        figure = f"{row.first} first, {row.found} taken, {row.refused} refused of {row.recordings}"
        yield Goal(text, figure, min(row.first, row.found, row.refused, row.kept) == row.recordings)


def probabilities(results: Iterable[Result]) -> list[Judged]:
    """All of ours that are probabilities, of all rows."""
    return [j for result in results for j in result.ours.judged if j.found.is_probability]


def chance(row: Calibrated) -> float:
    """How far a share of so many claims strays by chance, two times of three: its standard error."""
    return math.sqrt(row.said * (1 - row.said) / row.claims)
