"""Pruning leaves cells out and never a path."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.alignment.strategies import edited, ends, gaps
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
    ends,
    st.tuples(st.integers(0, 3), st.integers(-5, 0)),
)
def test_similar_texts_with_blocks_missing(
    seed: int, size: int, alphabet: int, rate: float, gap: Gap, free: FreeEnds, scores: tuple[int, int]
) -> None:
    """Small tiles, so that most of them are left out."""
    rng = np.random.default_rng(seed)
    text = rng.integers(0, alphabet, size).astype(np.int32)
    a = np.delete(text, slice(size // 5, size // 5 + int(rng.integers(0, size))))
    b = edited(
        np.delete(text, slice(size // 2, size // 2 + int(rng.integers(0, size)))), rng.random, alphabet, rate
    )
    scoring = Scoring(*scores, gap, free)
    expected = by(a, b, scoring, 0, 0, 0, NEVER)
    for tile in (7, 30):
        assert by(a, b, scoring, tile, tile, 1 << 20, ALWAYS) == expected


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(100, 600), gaps(), ends)
def test_a_part_found_in_a_whole(seed: int, part: int, whole: int, gap: Gap, free: FreeEnds) -> None:
    """With free ends most of a long side is left aside; either side may be the long one."""
    rng = np.random.default_rng(seed)
    text = rng.integers(0, 12, whole).astype(np.int32)
    start = int(rng.integers(0, whole - part))
    heard = edited(text[start : start + part], rng.random, 12, 0.2)
    scoring = Scoring(3, -4, gap, free)
    for a, b in ((heard, text), (text, heard)):
        assert by(a, b, scoring, 16, 16, 0, ALWAYS) == by(a, b, scoring, 0, 0, 0, NEVER)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 2**32), gaps(), ends, st.integers(0, 130), st.integers(2, 120))
def test_scores_at_the_limit_of_a_byte(seed: int, gap: Gap, free: FreeEnds, dear: int, match: int) -> None:
    """What stands in for the cells left out must not be steeper than the matrix is."""
    rng = np.random.default_rng(seed)
    text = rng.integers(0, 6, 250).astype(np.int32)
    a, b = np.delete(text, slice(40, 100)), edited(np.delete(text, slice(150, 200)), rng.random, 6, 0.2)
    steep = Gap(gap.open, gap.extend + 1, gap.open + 1 + dear, 0)
    for scoring in (Scoring(match, -match // 2, steep, free), Scoring(match, -9, gap, free)):
        for tile in (5, 32):
            assert by(a, b, scoring, tile, tile, 0, ALWAYS) == by(a, b, scoring, 0, 0, 0, NEVER)


ALL_FREE = FreeEnds(True, True, True, True)


@pytest.mark.parametrize(
    "scoring",
    [
        Scoring(gap=Gap(0, 1)),
        Scoring(gap=Gap(3, 1), ends=FreeEnds(a_start=True, b_end=True)),
        Scoring(gap=Gap(3, 1, 20, 0)),
        Scoring(9, -9, Gap(8, 4, 120, 0), ALL_FREE),
    ],
)
@pytest.mark.parametrize("rate", [0.05, 0.3])
def test_long_texts(scoring: Scoring, rate: float) -> None:
    rng = np.random.default_rng(7)
    text = rng.integers(0, 20, 9000).astype(np.int32)
    a, b = (
        np.delete(text, slice(2000, 3000)),
        edited(np.delete(text, slice(5000, 6500)), rng.random, 20, rate),
    )
    path = align(a, b, scoring)
    assert all(align(a, b, scoring, threads=threads) == path for threads in (2, 3, 5))
    assert path == by(a, b, scoring, 0, 0, 0, NEVER)
    assert path.rescore(a, b, scoring) == path.score


@pytest.mark.parametrize(("a", "b"), [([], []), ([1], []), ([1] * 50, [1] * 40), ([1, 2] * 30, [2, 1] * 30)])
def test_nothing_to_hold_on_to(a: list[int], b: list[int]) -> None:
    left, right = np.array(a, dtype=np.int32), np.array(b, dtype=np.int32)
    assert by(left, right, Scoring(), 8, 8, 0, ALWAYS) == by(left, right, Scoring(), 0, 0, 0, NEVER)


@pytest.mark.parametrize("lost", [1, 3])
@pytest.mark.parametrize("gap", [Gap(40, 5), Gap(40, 5, 90, 0), Gap(0, 25)])
def test_a_table_of_near_equals(lost: int, gap: Gap) -> None:
    """Words that the other side lacks may cost very little: a bound that charged more would lose the path."""
    rng = np.random.default_rng(lost)
    symbols = np.arange(40)
    table = np.where(
        symbols[:, None] == symbols, 10, np.where(symbols[:, None] == symbols ^ 1, 10 - lost, -30)
    )
    a = rng.integers(0, 40, 3000).astype(np.int32)
    b = np.where(rng.random(3000) < 0.2, a ^ 1, a).astype(np.int32)
    b = np.delete(b, slice(1200, 1500))
    scoring = Scoring(gap=gap, table=table)
    dense = Path(*_nw.align(a, b, scoring.core, None, None, (0, 0, 0, 1)))
    assert Path(*_nw.align(a, b, scoring.core, None, None, (0, 0, 0, 2))) == dense
    assert dense.rescore(a, b, scoring) == dense.score


def test_symbols_of_a_table_may_be_pruned_by_their_classes() -> None:
    """Words are compared by class: letters in two cases, which the table takes for one."""
    rng = np.random.default_rng(4)
    lower = rng.integers(0, 26, 5000).astype(np.int32)
    a, b = (lower + 100 * rng.integers(0, 2, 5000).astype(np.int32) for _ in range(2))
    b = np.delete(b, slice(2000, 2900))
    classes = {letter + case: letter for letter in range(26) for case in (0, 100)}
    table = np.where(np.eye(26, dtype=bool), 5, -4)
    scoring = Scoring(gap=Gap(6, 1), table=table, classes=classes)
    dense = Path(*_nw.align(a, b, scoring.core, None, None, (0, 0, 0, 1)))
    assert Path(*_nw.align(a, b, scoring.core, None, None, (0, 0, 0, 2))) == dense
    assert dense.score == 5 * 4100 - 906
