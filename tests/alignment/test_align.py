"""`align` against the textbook version, and what must hold between its results."""

from __future__ import annotations

import pickle
import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.alignment.strategies import Problem, problems
from wavelode.alignment.align import FreeEnds, Gap, Scoring, align, align_batch, encode, score_only
from wavelode.alignment.path import Op, Path
from wavelode.alignment.reference import align_reference


def runs(path: Path) -> list[tuple[str, int]]:
    return [(op.name, length) for op, length in path.runs()]


def solve(p: Problem) -> Path:
    return align(p.a, p.b, p.scoring, weights_a=p.weights_a, weights_b=p.weights_b)


@settings(deadline=None, max_examples=300)
@given(problems())
def test_score_and_path_are_the_textbook_ones(p: Problem) -> None:
    expected = align_reference(p.a, p.b, p.scoring, weights_a=p.weights_a, weights_b=p.weights_b)
    path = solve(p)
    assert path == expected
    assert path.rescore(p.a, p.b, p.scoring, weights_a=p.weights_a, weights_b=p.weights_b) == path.score
    assert score_only(p.a, p.b, p.scoring, weights_a=p.weights_a, weights_b=p.weights_b) == path.score


@settings(deadline=None, max_examples=100)
@given(problems(longest=60))
def test_reversal_keeps_the_score(p: Problem) -> None:
    ends = p.scoring.ends
    swapped = FreeEnds(ends.a_end, ends.a_start, ends.b_end, ends.b_start)
    back = Scoring(
        p.scoring.match,
        p.scoring.mismatch,
        p.scoring.gap,
        swapped,
        p.scoring.classes,
        p.scoring.same_class,
        p.scoring.table,
    )
    weights_a = None if p.weights_a is None else p.weights_a[::-1]
    weights_b = None if p.weights_b is None else p.weights_b[::-1]
    path = align(p.a[::-1], p.b[::-1], back, weights_a=weights_a, weights_b=weights_b)
    assert path.score == solve(p).score


@settings(deadline=None, max_examples=100)
@given(problems(longest=60))
def test_swapping_the_sides_keeps_the_score(p: Problem) -> None:
    ends, s = p.scoring.ends, p.scoring
    swapped = FreeEnds(ends.b_start, ends.b_end, ends.a_start, ends.a_end)
    table = None if s.table is None else s.table.T
    other = Scoring(s.match, s.mismatch, s.gap, swapped, s.classes, s.same_class, table)
    assert align(p.b, p.a, other, weights_a=p.weights_b, weights_b=p.weights_a).score == solve(p).score


@settings(deadline=None, max_examples=60)
@given(problems(longest=30, weighted=False), problems(longest=30, weighted=False))
def test_a_whole_is_no_worse_than_its_parts_joined(p: Problem, q: Problem) -> None:
    scoring = Scoring(gap=p.scoring.gap)
    whole = align(np.append(p.a, q.a), np.append(p.b, q.b), scoring).score
    assert whole >= align(p.a, p.b, scoring).score + align(q.a, q.b, scoring).score


@pytest.mark.parametrize("sizes", [(1, 3000), (3000, 1), (2, 700), (700, 3), (33, 400)])
@pytest.mark.parametrize("alphabet", [1, 3])
def test_thin_shapes(sizes: tuple[int, int], alphabet: int) -> None:
    rng = np.random.default_rng(sizes[0])
    a, b = (rng.integers(0, alphabet, n).astype(np.int32) for n in sizes)
    scoring = Scoring()
    assert align(a, b, scoring) == align_reference(a, b, scoring)


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 5), (5, 0)])
@pytest.mark.parametrize("free", [False, True])
def test_empty_sides(n: int, m: int, free: bool) -> None:
    a, b = np.zeros(n, dtype=np.int32), np.zeros(m, dtype=np.int32)
    path = align(a, b, Scoring(ends=FreeEnds(a_start=free, b_end=free)))
    assert path.score == (0 if free or n + m == 0 else -8)
    assert runs(path) == [(name, size) for name, size in [("GAP_IN_B", n), ("GAP_IN_A", m)] if size]


def test_the_examples_of_the_header() -> None:
    scoring = Scoring(gap=Gap(3, 1))
    assert runs(align(encode("ABCD"), encode("ABD"), scoring)) == [("PAIR", 2), ("GAP_IN_B", 1), ("PAIR", 1)]
    assert runs(align(encode("ABCD"), encode("AD"), scoring)) == [("PAIR", 1), ("GAP_IN_B", 2), ("PAIR", 1)]
    assert runs(align(encode("AA"), encode("A"), scoring)) == [("GAP_IN_B", 1), ("PAIR", 1)]
    free = Scoring(gap=Gap(3, 1), ends=FreeEnds(a_start=True))
    path = align(encode("AAAA"), encode("A"), free)
    assert (path.score, runs(path)) == (2, [("GAP_IN_B", 3), ("PAIR", 1)])


def test_a_missing_paragraph_costs_no_more_than_twenty() -> None:
    text = encode(string.ascii_letters * 4)
    path = align(text, np.delete(text, slice(60, 140)))
    assert path.score == 2 * (len(text) - 80) - 20
    assert [op for op, _ in path.runs()] == [Op.PAIR, Op.GAP_IN_B, Op.PAIR]


@settings(deadline=None, max_examples=25)
@given(st.lists(problems(longest=20, weighted=False), max_size=8), st.integers(1, 4))
def test_a_batch_is_its_pairs(found: list[Problem], threads: int) -> None:
    pairs = [(p.a, p.b) for p in found]
    assert align_batch(pairs, threads=threads) == [align(a, b) for a, b in pairs]


def test_scoring_survives_pickling() -> None:
    scoring = pickle.loads(pickle.dumps(Scoring(table=np.eye(3, dtype=np.int32), gap=Gap(1, 1))))
    assert align([0, 1, 2], [0, 2], scoring).score == 0


def test_other_integer_types_are_taken() -> None:
    assert align([1, 2, 3], np.array([1, 2, 3], dtype=np.uint8)).score == 6


BIG = 2**30


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (lambda: align([0.5], [1]), "integers"),
        (lambda: align([[1]], [1]), "dimensions"),
        (lambda: align([2**40], [1]), "int32"),
        (lambda: align([1], [1], weights_a=[1, 2]), "weight"),
        (lambda: align([1], [1], weights_b=[-1]), "negative"),
        (lambda: align([7], [1], Scoring(table=np.eye(3, dtype=np.int32))), "table"),
        (lambda: align([7], [0], Scoring(table=np.eye(3, dtype=np.int32), classes={0: 1})), "class"),
        (lambda: align([1] * 100, [1] * 100, Scoring(match=BIG // 50)), "32 bits"),
        (lambda: align([1], [1] * 9, Scoring(gap=Gap(BIG, BIG))), "32 bits"),
        (lambda: score_only([1], [1], Scoring(match=BIG)), "32 bits"),
        (lambda: align([1, 1], [1], weights_a=[BIG, 1], weights_b=[BIG]), "32 bits"),
        (lambda: align_batch([([1], [1]), ([1], [0.5])]), "integers"),
        (lambda: align_batch([], threads=0), "threads"),
        (lambda: align([1], [1], threads=0), "threads"),
        (lambda: Scoring(gap=Gap(-1, 1)), "negative"),
        (lambda: Scoring(gap=Gap(3, 1, 2, 0)), "second piece"),
        (lambda: Scoring(gap=Gap(3, 1, 20, 1)), "second piece"),
        (lambda: Gap(3, 1, 20), "both"),
        (lambda: Scoring(match=1.5), "whole"),  # type: ignore[arg-type]
        (lambda: Scoring(mismatch=float("nan")), "whole"),  # type: ignore[arg-type]
        (lambda: Scoring(gap=Gap(float("inf"), 1)), "whole"),  # type: ignore[arg-type]
        (lambda: align([1], [1], weights_a=[float("nan")]), "integers"),
        (lambda: Scoring(match=2**31), "int32"),
        (lambda: Scoring(classes={1: 1}), "together"),
        (lambda: Scoring(classes={1: -1}, same_class=1), "negative"),
        (lambda: Scoring(classes={1: 3}, table=np.eye(3, dtype=np.int32)), "classes"),
        (lambda: Scoring(same_class=1, table=np.eye(3, dtype=np.int32)), "not both"),
        (lambda: Scoring(table=np.zeros((2, 3), dtype=np.int32)), "shape"),
        (lambda: Scoring(table=np.zeros((4097, 4097), dtype=np.int8)), "4096"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(wrong: object, word: str) -> None:
    assert callable(wrong)
    with pytest.raises(ValueError, match=word):
        wrong()
