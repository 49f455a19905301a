"""Whatever the tiles, the path is the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.alignment.strategies import Problem, edited, problems
from wavelode.alignment import _nw
from wavelode.alignment.align import FreeEnds, Gap, Scoring, align
from wavelode.alignment.path import Path

sizes = st.integers(1, 50)


@settings(deadline=None, max_examples=250)
@given(problems(longest=80), st.tuples(sizes, sizes, sizes, st.integers(1, 2)))
def test_paths_depend_neither_on_tiles_nor_on_pruning(p: Problem, tuning: tuple[int, int, int, int]) -> None:
    tiled = Path(*_nw.align(p.a, p.b, p.scoring.core, p.weights_a, p.weights_b, tuning))
    assert tiled == align(p.a, p.b, p.scoring, weights_a=p.weights_a, weights_b=p.weights_b)


def test_large_inputs_need_tiles_and_get_the_same_path() -> None:
    rng = np.random.default_rng(5)
    a = rng.integers(0, 9, 3000).astype(np.int32)
    b = edited(np.delete(a, slice(900, 1500)), rng.random, 9)
    for scoring in (Scoring(), Scoring(ends=FreeEnds(a_start=True, b_end=True))):
        direct = Path(*_nw.align(a, b, scoring.core, None, None, (0, 0, 1 << 24, 1)))
        assert align(a, b, scoring) == direct
        assert direct.rescore(a, b, scoring) == direct.score


@pytest.mark.parametrize("threads", [2, 3, 7])
@pytest.mark.parametrize("pruning", [1, 2])
def test_threads_share_one_path(threads: int, pruning: int) -> None:
    rng = np.random.default_rng(11)
    a = rng.integers(0, 9, 5300).astype(np.int32)
    b = edited(np.delete(a, slice(900, 1500)), rng.random, 9)
    for scoring in (Scoring(), Scoring(ends=FreeEnds(a_start=True, b_end=True)), Scoring(gap=Gap(0, 2))):
        expected = Path(*_nw.align(a, b, scoring.core, None, None, (0, 0, 0, 1)))
        for rows in (0, 512, 2048):
            tuning = (rows, rows and 512, 0, pruning)
            assert Path(*_nw.align(a, b, scoring.core, None, None, tuning, threads)) == expected
