"""``wavelode bench audit``: how often the interval around the share of right clips holds the truth.

Corpora whose truth is known are drawn, samples of them are drawn as `wavelode audit` does, and the interval of each
is asked whether the truth lies in it. Beside it stand two that people often use: the normal approximation with the
same weights (Wald), and Wilson's interval of all clips together as if there were no strata.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console

from wavelode.infra.progress import table
from wavelode.pipelines.quality.audit.precision import Z_95, Heard, stratified, wilson
from wavelode.pipelines.quality.audit.sample import allocate

GOAL, WITHIN = 0.95, 0.01
_SHARES = np.linspace(0.7, 0.99, 30)
"""Of right clips in the surest stratum."""

Interval = Callable[[Sequence[Heard]], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Design:
    """A corpus and its sample: how many clips each stratum has, how much less sure each is, how many are heard."""

    name: str
    clips: tuple[int, ...]
    less: tuple[float, ...]
    heard: int


DESIGNS = (
    Design("one stratum", (20_000,), (0.0,), 200),
    Design("three of certainty", (8_000, 1_500, 500), (0.0, 0.1, 0.3), 200),
    Design(
        "two languages", (50_000, 9_000, 3_000, 6_000, 2_000, 900), (0.0, 0.1, 0.25, 0.05, 0.15, 0.3), 200
    ),
    Design("a small corpus", (300, 60, 40), (0.0, 0.1, 0.3), 200),
    Design("a long audit", (90_000, 8_000, 2_000), (0.0, 0.1, 0.3), 1_000),
)


def main(quick: bool) -> int:
    """Prints the table; 0 where our interval holds the truth in 95 ± 1 % of samples, on average over all shares."""
    console = Console(width=130)
    draws = 500 if quick else 4_000
    ways: dict[str, Interval] = {"ours": _ours, "Wald": _wald, "pooled Wilson": _pooled}
    held = {design: {name: _coverage(design, way, draws) for name, way in ways.items()} for design in DESIGNS}
    rows = [
        (design.name, *(f"{100 * mean:.2f} % ({100 * least:.0f})" for mean, least in found.values()))
        for design, found in held.items()
    ]
    title = f"Intervals that hold the truth: mean over {len(_SHARES)} shares (and the worst), {draws} samples of each"
    console.print(table(title, ("", *ways), rows))
    means = [found["ours"][0] for found in held.values()]
    off = max(abs(mean - GOAL) for mean in means)
    mean = 100 * sum(means) / len(means)
    print(f"coverage {mean:.2f} %, the design furthest off by {100 * off:.2f} points (goal {100 * WITHIN:g})")
    return 0 if off <= WITHIN else 1


def _coverage(design: Design, way: Interval, draws: int) -> tuple[float, float]:
    """The share of samples whose interval holds the truth: the mean over all shares of right clips, and the least."""
    lots = np.random.default_rng(0)
    sizes = np.array(design.clips)
    share = allocate({str(n): size for n, size in enumerate(design.clips)}, design.heard)
    heard = np.array(list(share.values()))
    found = []
    for p in _SHARES:
        right = lots.binomial(sizes, np.clip(p - np.array(design.less), 0, 1), (draws, len(sizes)))
        seen = lots.hypergeometric(right, sizes - right, heard)
        truth = right.sum(axis=1) / sizes.sum()
        ends = [way([Heard(*map(int, one)) for one in zip(row, heard, sizes, strict=True)]) for row in seen]
        found.append(
            np.mean([low - 1e-12 <= t <= high + 1e-12 for (low, high), t in zip(ends, truth, strict=True)])
        )
    return float(np.mean(found)), float(np.min(found))


def _ours(parts: Sequence[Heard]) -> tuple[float, float]:
    _, low, high = stratified(parts)
    return low, high


def _wald(parts: Sequence[Heard]) -> tuple[float, float]:
    whole = sum(part.clips for part in parts)
    value = sum(part.clips * part.value for part in parts) / whole
    spread = sum(
        (part.clips / whole) ** 2 * part.value * (1 - part.value) / part.heard * (1 - part.heard / part.clips)
        for part in parts
    )
    half = Z_95 * math.sqrt(spread)
    return value - half, value + half


def _pooled(parts: Sequence[Heard]) -> tuple[float, float]:
    return wilson(
        Heard(*(sum(getattr(part, name) for part in parts) for name in ("right", "heard", "clips")))
    )
