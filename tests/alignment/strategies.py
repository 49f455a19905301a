"""Hypothesis strategies for alignment problems: small, thin, repetitive, and with every shape of scoring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from wavelode.alignment.align import FreeEnds, Gap, Scoring


@dataclass(frozen=True)
class Problem:
    """Two sequences, how to score them, and weights or None."""

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    scoring: Scoring
    weights_a: NDArray[np.int32] | None = None
    weights_b: NDArray[np.int32] | None = None


@st.composite
def gaps(draw: st.DrawFn) -> Gap:
    """Linear, affine and two-piece."""
    opening, extend = draw(st.integers(0, 8)), draw(st.integers(0, 4))
    if extend == 0 or draw(st.booleans()):
        return Gap(opening, extend)
    return Gap(opening, extend, opening + draw(st.integers(1, 30)), draw(st.integers(0, extend - 1)))


ends = st.builds(FreeEnds, st.booleans(), st.booleans(), st.booleans(), st.booleans())


def sequences(alphabet: int, longest: int = 40) -> st.SearchStrategy[NDArray[np.int32]]:
    """(N,) with N up to `longest` over the symbols 0 ... alphabet - 1."""
    return st.lists(st.integers(0, alphabet - 1), max_size=longest).map(lambda x: np.array(x, dtype=np.int32))


@st.composite
def scorings(
    draw: st.DrawFn, alphabet: int, kinds: tuple[str, ...] = ("equality", "classes", "table")
) -> Scoring:
    """A scoring that knows the symbols 0 ... alphabet - 1."""
    kind, gap, free = draw(st.sampled_from(kinds)), draw(gaps()), draw(ends)
    match, mismatch = draw(st.integers(-2, 6)), draw(st.integers(-9, 3))
    if kind == "equality":
        return Scoring(match, mismatch, gap, free)
    if kind == "classes":
        known = draw(st.sets(st.integers(0, alphabet - 1)))
        classes = {symbol: draw(st.integers(0, 3)) for symbol in known}
        return Scoring(match, mismatch, gap, free, classes=classes, same_class=draw(st.integers(-4, 4)))
    size = draw(st.integers(1, 5))
    table = np.array(
        draw(st.lists(st.integers(-9, 9), min_size=size * size, max_size=size * size)), dtype=np.int32
    )
    classes = {symbol: draw(st.integers(0, size - 1)) for symbol in range(alphabet)}
    return Scoring(gap=gap, ends=free, classes=classes, table=table.reshape(size, size))


@st.composite
def problems(draw: st.DrawFn, longest: int = 40, weighted: bool = True) -> Problem:
    """Any two sequences; half of the time the second is an edited copy of the first."""
    alphabet = draw(st.integers(1, 6))
    a = draw(sequences(alphabet, longest))
    b = edited(a, draw(st.randoms(use_true_random=False)).random, alphabet) if draw(st.booleans()) else None
    b = draw(sequences(alphabet, longest)) if b is None else b
    weights = st.integers(0, 3)

    def maybe(size: int) -> NDArray[np.int32] | None:
        if not weighted or draw(st.booleans()):
            return None
        return np.array(draw(st.lists(weights, min_size=size, max_size=size)), dtype=np.int32)

    return Problem(a, b, draw(scorings(alphabet)), maybe(len(a)), maybe(len(b)))


def edited(
    a: NDArray[np.int32], random: Callable[[], float], alphabet: int, rate: float = 0.2
) -> NDArray[np.int32]:
    """(M,): `a` with about `rate` of its symbols changed, dropped or followed by another.

    `random` gives numbers in [0, 1).
    """
    b: list[int] = []
    for symbol in a.tolist():
        kind = random() / rate
        if kind < 1 / 3:
            continue
        if kind < 2 / 3:
            b.append(int(random() * alphabet))
            continue
        b.append(symbol)
        if kind < 1:
            b.append(int(random() * alphabet))
    return np.array(b, dtype=np.int32)
