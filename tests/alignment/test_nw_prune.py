"""Pruning leaves cells out and never a path."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.alignment.strategies import edited, gaps
from wavelode.alignment import _nw
from wavelode.alignment.align import FreeEnds, Gap, Scoring, align
from wavelode.alignment.path import Path

NEVER, ALWAYS = 1, 2


def by(a: np.ndarray, b: np.ndarray, scoring: Scoring, *tuning: int) -> Path:  # type: ignore[type-arg]
    return Path(*_nw.align(a, b, scoring.core, None, None, tuning))  # type: ignore[arg-type]


@settings(deadline=None, max_examples=150)
@given(
    st.integers(0, 2**32),
    st.integers(1, 400),
    st.integers(1, 12),
    st.sampled_from([0.02, 0.1, 0.3, 0.9]),
    gaps(),
    st.booleans(),
    st.tuples(st.integers(0, 3), st.integers(-5, 0)),
)
def test_similar_texts_with_blocks_missing(
    seed: int, size: int, alphabet: int, rate: float, gap: Gap, free: bool, scores: tuple[int, int]
) -> None:
    """Small tiles, so that most of them are left out."""
    rng = np.random.default_rng(seed)
    text = rng.integers(0, alphabet, size).astype(np.int32)
    a = np.delete(text, slice(size // 5, size // 5 + int(rng.integers(0, size))))
    b = edited(
        np.delete(text, slice(size // 2, size // 2 + int(rng.integers(0, size)))), rng.random, alphabet, rate
    )
    scoring = Scoring(*scores, gap, FreeEnds(a_start=free, b_start=free))
    expected = by(a, b, scoring, 0, 0, 0, NEVER)
    for tile in (7, 30):
        assert by(a, b, scoring, tile, tile, 1 << 20, ALWAYS) == expected


@pytest.mark.parametrize("gap", [Gap(0, 1), Gap(3, 1), Gap(3, 1, 20, 0)])
@pytest.mark.parametrize("rate", [0.05, 0.3])
def test_long_texts(gap: Gap, rate: float) -> None:
    rng = np.random.default_rng(7)
    text = rng.integers(0, 20, 9000).astype(np.int32)
    a, b = (
        np.delete(text, slice(2000, 3000)),
        edited(np.delete(text, slice(5000, 6500)), rng.random, 20, rate),
    )
    scoring = Scoring(gap=gap)
    path = align(a, b, scoring)
    assert all(align(a, b, scoring, threads=threads) == path for threads in (2, 3, 5))
    assert path == by(a, b, scoring, 0, 0, 0, NEVER)
    assert path.rescore(a, b, scoring) == path.score


@pytest.mark.parametrize(("a", "b"), [([], []), ([1], []), ([1] * 50, [1] * 40), ([1, 2] * 30, [2, 1] * 30)])
def test_nothing_to_hold_on_to(a: list[int], b: list[int]) -> None:
    left, right = np.array(a, dtype=np.int32), np.array(b, dtype=np.int32)
    assert by(left, right, Scoring(), 8, 8, 0, ALWAYS) == by(left, right, Scoring(), 0, 0, 0, NEVER)
