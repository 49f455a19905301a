"""The views of a path."""

from __future__ import annotations

import numpy as np
import pytest

from wavelode.alignment.align import FreeEnds, Gap, Scoring, align, encode
from wavelode.alignment.path import Op, Path, gap_cost


def path_of(*runs: tuple[Op, int]) -> Path:
    return Path(
        0, np.array([op for op, _ in runs], dtype=np.uint8), np.array([n for _, n in runs], dtype=np.int64)
    )


def test_the_views_agree() -> None:
    path = path_of((Op.GAP_IN_A, 1), (Op.PAIR, 2), (Op.GAP_IN_B, 3), (Op.PAIR, 1), (Op.GAP_IN_A, 2))
    assert (path.size_a, path.size_b) == (6, 6)
    assert path.pairs().tolist() == [[0, 1], [1, 2], [5, 3]]
    assert path.a_to_b().tolist() == [1, 2, -1, -1, -1, 3]
    assert path.b_to_a().tolist() == [-1, 0, 1, 5, -1, -1]
    assert path.starts().tolist() == [[0, 0], [0, 1], [2, 3], [5, 3], [6, 4]]


def test_an_empty_path() -> None:
    path = path_of()
    assert path.pairs().shape == (0, 2)
    assert path.a_to_b().shape == (0,)
    assert path.rescore(encode(""), encode(""), Scoring()) == 0


def test_a_path_is_recosted_under_any_scoring() -> None:
    a, b = encode("xABCDy"), encode("ABxD")
    path = path_of((Op.GAP_IN_B, 1), (Op.PAIR, 4), (Op.GAP_IN_B, 1))
    assert path.rescore(a, b, Scoring(gap=Gap(3, 1))) == 6 - 3 - 8
    assert path.rescore(a, b, Scoring(gap=Gap(3, 1), ends=FreeEnds(a_start=True))) == 6 - 3 - 4
    assert path.rescore(a, b, Scoring(1, -1, Gap(0, 2), FreeEnds(a_end=True))) == 3 - 1 - 2
    assert (
        path.rescore(a, b, Scoring(gap=Gap(3, 1)), weights_b=np.array([1, 1, 0, 5], dtype=np.int32)) == 14 - 8
    )


def test_a_path_of_other_sequences_is_refused() -> None:
    with pytest.raises(ValueError, match="joins"):
        align([1, 2], [1]).rescore(encode("a"), encode("b"), Scoring())


def test_gap_costs_take_the_cheaper_piece() -> None:
    gap = Gap(3, 1, 20, 0)
    assert [gap_cost(gap, k) for k in (0, 1, 16, 17, 18, 1000)] == [0, 4, 19, 20, 20, 20]


def test_equality_and_words() -> None:
    path = align(encode("ABCD"), encode("ABD"))
    assert path == align(encode("ABCD"), encode("ABD"))
    assert path != align(encode("ABCD"), encode("ABC"))
    assert repr(path) == "Path(score=2, PAIRx2 GAP_IN_Bx1 PAIRx1)"
