"""Every instruction set gives the path of the general kernel."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.alignment.strategies import Problem, edited, ends, problems
from wavelode.alignment import _nw
from wavelode.alignment.align import FreeEnds, Gap, Scoring, align, score_only
from wavelode.alignment.path import Op, Path

FAST = [name for name in _nw.instruction_sets() if name != "plain"]


@contextmanager
def instruction_set(name: str) -> Iterator[None]:
    before = os.environ.get("WAVELODE_NW_ISA")
    os.environ["WAVELODE_NW_ISA"] = name
    try:
        yield
    finally:
        if before is None:
            del os.environ["WAVELODE_NW_ISA"]
        else:
            os.environ["WAVELODE_NW_ISA"] = before


def by_each(solve: Callable[[], object]) -> None:
    with instruction_set("plain"):
        expected = solve()
    for name in FAST:
        with instruction_set(name):
            assert solve() == expected, name


@settings(deadline=None, max_examples=200)
@given(problems(longest=80, weighted=False))
def test_small_problems(p: Problem) -> None:
    by_each(lambda: align(p.a, p.b, p.scoring))
    by_each(lambda: score_only(p.a, p.b, p.scoring))


@st.composite
def scorings_at_the_limit(draw: st.DrawFn) -> Scoring:
    """Numbers about as large as a byte holds, and larger."""
    opening, extend = draw(st.integers(0, 90)), draw(st.integers(1, 60))
    second = (opening + draw(st.integers(1, 150)), draw(st.integers(0, extend - 1)))
    gap = Gap(opening, extend, *second) if draw(st.booleans()) else Gap(opening, extend)
    return Scoring(draw(st.integers(-60, 90)), draw(st.integers(-250, 20)), gap, draw(ends))


@settings(deadline=None, max_examples=200)
@given(problems(longest=60, weighted=False), scorings_at_the_limit())
def test_numbers_at_the_limit_of_a_byte(p: Problem, scoring: Scoring) -> None:
    by_each(lambda: align(p.a, p.b, scoring))
    by_each(lambda: Path(*_nw.align(p.a, p.b, scoring.core, None, None, (9, 5, 0, 2))))


@pytest.mark.parametrize(
    "scoring",
    [
        *(Scoring(40, -70, Gap(opening, 1)) for opening in (1, 62, 63, 64, 65)),
        *(Scoring(match, -250, Gap(0, 60)) for match in (133, 134, 135, 136)),
    ],
)
def test_traces_at_the_limit_of_their_code(scoring: Scoring) -> None:
    """Six bits hold a saving up to 63; with a match of 135 z - e reaches 255, which stands for a pair."""
    rng = np.random.default_rng(scoring.match + scoring.gap.open)
    a = rng.integers(0, 3, 300).astype(np.int32)
    b = edited(np.delete(a, slice(50, 90)), rng.random, 3, 0.3)
    by_each(lambda: align(a, b, scoring))
    by_each(lambda: align(b, a, scoring))


@settings(deadline=None, max_examples=100)
@given(
    problems(longest=70, weighted=False),
    st.tuples(*[st.integers(1, 40)] * 3, st.integers(1, 2)),
    st.integers(1, 4),
)
def test_tiles_pruning_and_parts(p: Problem, tuning: tuple[int, int, int, int], threads: int) -> None:
    """With several threads a pruned path is walked in parts from cells that may lie beside it."""
    by_each(lambda: Path(*_nw.align(p.a, p.b, p.scoring.core, None, None, tuning, threads)))


GAPS = [Gap(0, 2), Gap(3, 1), Gap(3, 1, 20, 0)]


@pytest.mark.parametrize("n", [15, 16, 17, 31, 33, 63, 65, 127, 1025, 2047, 2048, 2049, 2500])
@pytest.mark.parametrize("m", [1, 2, 3, 64, 701])
@pytest.mark.parametrize("gap", GAPS)
def test_sizes_at_the_borders_of_lanes_and_bands(n: int, m: int, gap: Gap) -> None:
    rng = np.random.default_rng(n * m)
    a, b = (rng.integers(0, 4, size).astype(np.int32) for size in (n, m))
    scoring = Scoring(gap=gap, ends=FreeEnds(*(rng.random(4) < 0.3).tolist()))
    by_each(lambda: align(a, b, scoring))
    by_each(lambda: align(b, a, scoring))


@pytest.mark.parametrize("symbols", [3, 200, 254, 255, 300, 5000])
@pytest.mark.parametrize("classed", [False, True])
@pytest.mark.parametrize("even", [False, True])
def test_alphabets(symbols: int, classed: bool, even: bool) -> None:
    """More and fewer symbols than a byte can number, some frequent or none, and a byte for the class; symbols of one
    side only, and far apart; several bands, whose lanes number them anew."""
    rng = np.random.default_rng(symbols)
    names = rng.choice(2**31 - 1, symbols, replace=False).astype(np.int32)
    a = names[(symbols * rng.random(9000) ** (1 if even else 4)).astype(int)]
    b = edited(a, rng.random, 50)[:1500]
    classes = {int(s): int(k % 40) for k, s in enumerate(names)} if classed else None
    for gap in GAPS:
        scoring = Scoring(gap=gap, classes=classes, same_class=-1 if classed else None)
        by_each(lambda scoring=scoring: align(a, b, scoring))  # type: ignore[misc]


def test_more_symbols_than_two_bytes_can_number() -> None:
    """None of them twice; the path is known. Each kernel's own answer: the general one would take minutes."""
    a = np.random.default_rng(3).permutation(80_000).astype(np.int32)
    b = np.delete(a, slice(20_000, 24_000))
    for name in FAST:
        with instruction_set(name):
            path = align(a, b, Scoring(gap=Gap(3, 1)))
        assert path.score == 2 * len(b) - 4003, name
        assert list(path.runs()) == [(Op.PAIR, 20_000), (Op.GAP_IN_B, 4_000), (Op.PAIR, 56_000)], name


@pytest.mark.parametrize("symbols", [12, 3000])
def test_many_bands_and_tiles(symbols: int) -> None:
    """Swept leg by leg, by one thread and two."""
    rng = np.random.default_rng(2)
    a = rng.integers(0, symbols, 6000).astype(np.int32)
    b = edited(np.delete(a, slice(1000, 2400)), rng.random, symbols)
    for gap in GAPS:
        scoring = Scoring(gap=gap)
        by_each(lambda scoring=scoring: align(a, b, scoring))  # type: ignore[misc]
        by_each(lambda scoring=scoring: align(a, b, scoring, threads=2))  # type: ignore[misc]
    by_each(lambda: align(a, b, Scoring(ends=FreeEnds(True, True, True, True))))


def test_an_unknown_instruction_set_is_refused() -> None:
    with instruction_set("mmx"), pytest.raises(ValueError, match="this machine has"):
        align([1], [1])


@pytest.mark.parametrize("classes", [1, 2, 40, 255, 300])
@pytest.mark.parametrize("gap", GAPS)
def test_tables(classes: int, gap: Gap) -> None:
    rng = np.random.default_rng(classes)
    table = rng.integers(-12, 9, (classes, classes)).astype(np.int32)
    a = rng.integers(0, classes, 4100).astype(np.int32)  # more than one band
    b = edited(a, rng.random, classes)[:1700]
    scoring = Scoring(gap=gap, table=table, ends=FreeEnds(b_end=classes % 2 == 0))
    by_each(lambda: align(a, b, scoring))
