"""How right a corpus is, from a sample that was listened to: a share with its interval, whole and per stratum.

Of one stratum the interval is Wilson's (1927), over all strata that of Yan and Su (2010), which puts Wilson intervals
together at a level that makes the weighted sum hold. Both know that a sample of a finite corpus says more than one
of an endless one; where all clips were heard, there is nothing left to estimate.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from wavelode.datasets.rows import Row
from wavelode.datasets.storage import Layout
from wavelode.pipelines.quality.audit.marks import Mark, agreed, read_marks
from wavelode.pipelines.quality.audit.sample import read_sample
from wavelode.schemas.errors import MissingDependency

Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Share:
    """A share of clips, 0 to 1, with its interval, and what it stands on."""

    right: int
    heard: int
    clips: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Heard:
    """Of one stratum: `right` of `heard` clips, drawn from `clips`."""

    right: int
    heard: int
    clips: int

    @property
    def value(self) -> float:
        return self.right / self.heard


@dataclass(frozen=True, slots=True)
class Audit:
    """All that listening told.

    Attributes:
        overall: over all strata of which something was heard; None where nothing was.
        covered: the share of all clips that lies in those strata, 0 to 1.
        by_stratum, by_station, by_language: the same for parts; a station's or language's is unweighted.
        marks: how many clips got each mark.
        listeners: how many clips each listener marked.
        alpha: Krippendorff's, nominal; None where no clip was heard by two, or all said the same.
    """

    drawn: int
    overall: Share | None
    covered: float
    by_stratum: dict[str, Share]
    by_station: dict[str, Share]
    by_language: dict[str, Share]
    marks: dict[Mark, int]
    listeners: dict[str, int]
    alpha: float | None


def wilson(part: Heard, z: float = Z_95) -> tuple[float, float]:
    """Wilson's score interval for the share of right clips of a finite stratum.

    >>> [round(end, 4) for end in wilson(Heard(right=81, heard=263, clips=10**9))]
    [0.2553, 0.3662]
    """
    p, n = part.value, _effective(part)
    if math.isinf(n):
        return p, p
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(centre - half, 0.0), min(centre + half, 1.0)


def _effective(part: Heard) -> float:
    """The size of a sample of an endless corpus that says as much; endless where all was heard."""
    if part.heard >= part.clips:
        return math.inf
    return part.heard * (part.clips - 1) / (part.clips - part.heard)


def stratified(parts: Sequence[Heard], z: float = Z_95) -> tuple[float, float, float]:
    """The share of right clips over all strata, and its interval.

    Raises:
        ValueError: if there is no stratum.
    """
    whole = sum(part.clips for part in parts)
    if not whole:
        raise ValueError("nothing was heard, so no share can be told")
    weights = [part.clips / whole for part in parts]
    value = sum(weight * part.value for weight, part in zip(weights, parts, strict=True))
    spreads = [weight * math.sqrt(_variance(part, z)) for weight, part in zip(weights, parts, strict=True)]
    if not sum(spreads):
        return value, value, value
    own = z * math.sqrt(sum(spread**2 for spread in spreads)) / sum(spreads)
    ends = [wilson(part, own) for part in parts]
    low, high = (
        sum(weight * end[side] for weight, end in zip(weights, ends, strict=True)) for side in (0, 1)
    )
    return value, low, high


def _variance(part: Heard, z: float) -> float:
    """Of the share, around the middle of Wilson's interval, so that all right is not taken for no doubt at all."""
    n = _effective(part)
    if math.isinf(n):
        return 0.0
    middle = (part.value * n + z * z / 2) / (n + z * z)
    return middle * (1 - middle) / (n + z * z)


def audit(layout: Layout) -> Audit | None:
    """What listening told so far; None where no sample was drawn.

    Raises:
        StorageError: if the sample or a table of marks can't be read.
    """
    sample = read_sample(layout)
    if not sample:
        return None
    drawn = {row["clip_id"] for row in sample}
    marks = [row for row in read_marks(layout) if row["clip_id"] in drawn]
    said = agreed(marks)
    heard = _heard_by(sample, said, lambda row: str(row["stratum"]), weighted=True)
    whole = {row["stratum"]: row["stratum_clips"] for row in sample}
    covered = sum(part.clips for part in heard.values()) / sum(whole.values())
    return Audit(
        drawn=len(sample),
        overall=_overall(list(heard.values())),
        covered=covered,
        by_stratum=_shares(heard),
        by_station=_shares(_heard_by(sample, said, lambda row: row["station"] or "")),
        by_language=_shares(_heard_by(sample, said, lambda row: row["language"] or "")),
        marks={mark: count for mark in Mark if (count := Counter(said.values())[mark])},
        listeners=dict(sorted(Counter(row["listener"] for row in marks).items())),
        alpha=agreement(marks),
    )


def _heard_by(
    sample: Iterable[Row], said: dict[str, Mark], name: Callable[[Row], str], weighted: bool = False
) -> dict[str, Heard]:
    """What was heard of each part of the sample; those of which nothing was are left out."""
    right: Counter[str] = Counter()
    heard: Counter[str] = Counter()
    clips: dict[str, int] = {}
    for row in sample:
        mark, part = said.get(row["clip_id"]), name(row)
        clips[part] = row["stratum_clips"] if weighted else 10**12
        heard[part] += mark is not None
        right[part] += mark is Mark.RIGHT
    return {part: Heard(right[part], heard[part], clips[part]) for part in sorted(clips) if heard[part]}


def _shares(heard: dict[str, Heard]) -> dict[str, Share]:
    return {
        name: Share(part.right, part.heard, part.clips, part.value, *wilson(part))
        for name, part in heard.items()
    }


def _overall(parts: list[Heard]) -> Share | None:
    if not parts:
        return None
    value, low, high = stratified(parts)
    total = (sum(p.right for p in parts), sum(p.heard for p in parts), sum(p.clips for p in parts))
    return Share(*total, value, low, high)


def agreement(marks: Iterable[Row]) -> float | None:
    """Krippendorff's alpha of several listeners, nominal; None where it can't be told.

    Raises:
        MissingDependency: without the `quality` extra, where several listeners are to be compared.
    """
    by_clip: dict[str, dict[str, str]] = defaultdict(dict)
    for row in marks:
        by_clip[row["clip_id"]][row["listener"]] = row["mark"]
    shared = {clip: said for clip, said in by_clip.items() if len(said) > 1}
    if len({mark for said in shared.values() for mark in said.values()}) < 2:
        return None
    try:
        from nltk.metrics.agreement import AnnotationTask
    except ImportError as error:
        raise MissingDependency(
            "how far listeners agree needs NLTK: pip install 'wavelode[quality]'"
        ) from error
    told = [(name, clip, mark) for clip, said in shared.items() for name, mark in said.items()]
    return float(AnnotationTask(data=told).alpha())
