"""How right a set of pairs is, by the truth we know because we made it.

A pair (a printed sentence and a span) is judged by the spoken sentence its span overlaps most:

- **right**: the sentence was spoken there in these words, and intersection over union of the spans is 0.9 or more
- **cut**: the same with an overlap of 0.5 to 0.9: a clip that lacks a part or has too much
- **damaged**: what was spoken there is printed with errors of a scan or a font; right but for the letters
- **edited**: what was spoken there is printed with another word
- **absent**: the sentence was not spoken there, or the same place was given twice

Precision is right / (right + cut + edited + absent), recall is right / spoken sentences whose print is sound. A
false accept is an accepted pair that is edited or absent; damaged ones are counted apart, since no listener with
20 % errors sees one wrong letter.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from math import sqrt

import numpy as np

from wavelode.infra.bench.known_answer.cases import Case, Spoken
from wavelode.schemas.time import Span

MIN_IOU = 0.9
SAME_PLACE_IOU = 0.5
LEVELS = ((0.8, 0.05), (0.9, 0.03), (0.95, 0.02), (0.99, 0.0075))
"""Probabilities that matter, and how near a claim's must be to stand for one."""
BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0001)


_Z95 = 1.96


class Verdict(StrEnum):
    RIGHT = "right"
    CUT = "cut"
    DAMAGED = "damaged"
    EDITED = "edited"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Found:
    """A pair somebody claims: printed sentence `index` was spoken in `span`; the higher the score, the surer."""

    index: int
    span: Span
    score: float
    is_probability: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """A claim and what it is.

    Attributes:
        errors_ms: how far its edges lie from the true ones; None where there are none.
        num_words: of the printed sentence.
    """

    found: Found
    verdict: Verdict
    spoken: Spoken | None
    errors_ms: tuple[float, float] | None
    num_words: int = 1


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one or several cases at one threshold; addable.

    >>> tally = Tally({Verdict.RIGHT: 9, Verdict.ABSENT: 1}, 12)
    >>> tally.precision, tally.recall, round(tally.f1, 3), tally.false_accept_rate
    (0.9, 0.75, 0.818, 0.1)
    """

    counts: dict[Verdict, int]
    spoken: int

    def __add__(self, other: Tally) -> Tally:
        return Tally(dict(Counter(self.counts) + Counter(other.counts)), self.spoken + other.spoken)

    def of(self, *verdicts: Verdict) -> int:
        return sum(self.counts.get(verdict, 0) for verdict in verdicts)

    @property
    def judged(self) -> int:
        """All that count: damaged print is neither asked for nor held against anybody."""
        return self.of(Verdict.RIGHT, Verdict.CUT, Verdict.EDITED, Verdict.ABSENT)

    @property
    def precision(self) -> float:
        return self.of(Verdict.RIGHT) / self.judged if self.judged else 0.0

    @property
    def recall(self) -> float:
        return self.of(Verdict.RIGHT) / self.spoken if self.spoken else 0.0

    @property
    def f1(self) -> float:
        both = self.judged + self.spoken
        return 2 * self.of(Verdict.RIGHT) / both if both else 0.0

    @property
    def false_accept_rate(self) -> float:
        return self.of(Verdict.EDITED, Verdict.ABSENT) / self.judged if self.judged else 0.0


def judge(case: Case, found: Iterable[Found]) -> list[Judged]:
    """Every claim with its verdict, surest first; a spoken sentence counts once."""
    starts = [spoken.span.start for spoken in case.spoken]
    taken: set[int] = set()
    judged = []
    for claim in sorted(found, key=lambda f: (-f.score, f.span)):
        at = _most_overlapping(claim.span, case.spoken, starts)
        verdict = _verdict(claim, case.spoken[at]) if at is not None and at not in taken else Verdict.ABSENT
        if at is not None and verdict is not Verdict.ABSENT:
            taken.add(at)
        spoken = case.spoken[at] if at is not None else None
        sound = verdict in {Verdict.RIGHT, Verdict.CUT}
        errors_ms = _errors_ms(claim, spoken) if sound and spoken else None
        num_words = len(case.sentences[claim.index].text.split())
        judged.append(Judged(claim, verdict, spoken, errors_ms, num_words))
    return judged


def _most_overlapping(span: Span, spoken: Sequence[Spoken], starts: Sequence[int]) -> int | None:
    at = max(0, bisect_left(starts, span.start) - 1)
    best, most = None, 0.0
    while at < len(spoken) and starts[at] < span.end:
        if (overlap := iou(span, spoken[at].span)) > most:
            best, most = at, overlap
        at += 1
    return best


def iou(a: Span, b: Span) -> float:
    """Intersection over union.

    >>> iou(Span(0, 10), Span(5, 15))
    0.3333333333333333
    """
    shared = a & b
    return len(shared) / len(a | b) if shared else 0.0


def _verdict(claim: Found, spoken: Spoken) -> Verdict:
    overlap = iou(claim.span, spoken.span)
    if overlap < SAME_PLACE_IOU:
        return Verdict.ABSENT
    if claim.index in spoken.exact:
        return Verdict.RIGHT if overlap >= MIN_IOU else Verdict.CUT
    if claim.index in spoken.damaged:
        return Verdict.DAMAGED
    return Verdict.EDITED if claim.index in spoken.edited else Verdict.ABSENT


def _errors_ms(claim: Found, spoken: Spoken) -> tuple[float, float]:
    to_ms = 1000 / claim.span.rate
    start, end = claim.span.start - spoken.span.start, claim.span.end - spoken.span.end
    return start * to_ms, end * to_ms


@dataclass(frozen=True, slots=True)
class Planted:
    """How many spoken sentences there are of each kind: with sound print, with edited and with damaged print."""

    sound: int = 0
    edited: int = 0
    damaged: int = 0

    def __add__(self, other: Planted) -> Planted:
        return Planted(self.sound + other.sound, self.edited + other.edited, self.damaged + other.damaged)


def planted(case: Case) -> Planted:
    return Planted(
        sum(bool(s.exact) for s in case.spoken),
        sum(bool(s.edited) for s in case.spoken),
        sum(bool(s.damaged) for s in case.spoken),
    )


def tally(judged: Iterable[Judged], spoken: int, threshold: float = 0.0) -> Tally:
    """What stands when claims scored at `threshold` or above are accepted."""
    counts = Counter(j.verdict for j in judged if j.found.score >= threshold)
    return Tally(dict(counts), spoken)


@dataclass(frozen=True, slots=True)
class Operating:
    """A threshold and what it gives."""

    threshold: float
    tally: Tally


def sweep(judged: Iterable[Judged], spoken: int) -> list[Operating]:
    """The tally at every threshold that changes it, highest first."""
    points: list[Operating] = []
    counts: Counter[Verdict] = Counter()
    for j in sorted(judged, key=lambda j: -j.found.score):
        counts[j.verdict] += 1
        if points and points[-1].threshold == j.found.score:
            points.pop()
        points.append(Operating(j.found.score, Tally(dict(counts), spoken)))
    return points


def best(points: Iterable[Operating], most_false: float = 1.0) -> Operating:
    """The point with the highest F1 of those with at most this rate of false accepts."""
    allowed = (point for point in points if point.tally.false_accept_rate <= most_false)
    return max(allowed, key=lambda p: p.tally.f1, default=Operating(float("inf"), Tally({}, 0)))


def boundaries_ms(judged: Iterable[Judged]) -> tuple[float, float]:
    """Median and 95th percentile of the distance of edges from the true ones, right and cut claims; NaN if none."""
    errors = [abs(e) for j in judged if j.errors_ms for e in j.errors_ms]
    if not errors:
        return float("nan"), float("nan")
    median, p95 = np.percentile(errors, [50, 95])
    return float(median), float(p95)


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Claims whose probability lies in ``[low, high)``: what they say on average, and how often they are true."""

    low: float
    high: float
    claims: int
    said: float
    true: float
    true_with_damaged: float
    """the same where damaged print counts as untrue"""

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies with 95 % confidence, by the score interval of Wilson (1927)."""
        n, share, z = self.claims, self.true, _Z95
        middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        return middle - half, middle + half


def calibration(judged: Sequence[Judged], edges: Sequence[float] = BINS) -> list[Calibrated]:
    """One row per bin with claims in it. True is what is right or cut: these words were spoken there."""
    return [row for low, high in pairwise(edges) if (row := _calibrated(judged, low, high))]


def at_levels(judged: Sequence[Judged]) -> list[Calibrated]:
    """The claims around each level that matters."""
    return [row for level, h in LEVELS if (row := _calibrated(judged, level - h, level + h))]


def _calibrated(judged: Sequence[Judged], low: float, high: float) -> Calibrated | None:
    inside = [j for j in judged if low <= j.found.score < high]
    sound = [j for j in inside if j.verdict is not Verdict.DAMAGED]
    if not sound:
        return None
    true = sum(j.verdict in {Verdict.RIGHT, Verdict.CUT} for j in sound)
    said = sum(j.found.score for j in sound) / len(sound)
    return Calibrated(low, high, len(sound), said, true / len(sound), true / len(inside))
