from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavelode.schemas.time import Span, overlapping

LENGTH = 60


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """Small enough that two of them often meet, touch or hold each other."""
    start = draw(st.integers(0, LENGTH))
    return Span(start, draw(st.integers(start, LENGTH)))


def samples(*many: Span) -> set[int]:
    return {at for span in many for at in range(span.start, span.end)}


@given(spans(), spans())
def test_and_is_what_both_cover(a: Span, b: Span) -> None:
    """An intersection off by one would cut a sample from a clip or share it between two."""
    both = a & b
    assert both == b & a
    assert samples(a) & samples(b) == (samples(both) if both else set())


@given(spans(), spans())
def test_or_is_the_smallest_span_around_both(a: Span, b: Span) -> None:
    """A union too large takes in a neighbour's words."""
    around = a | b
    assert around == b | a
    assert a in around and b in around
    assert {around.start, around.end} <= {a.start, a.end, b.start, b.end}


@given(spans(), st.lists(spans(), max_size=6))
def test_minus_parts_a_span_exactly(whole: Span, cuts: list[Span]) -> None:
    """A part lost or counted twice breaks in = kept + dropped + failed."""
    left = whole.minus(cuts)
    assert samples(*left) == samples(whole) - samples(*cuts)
    assert sum(map(len, left)) == len(samples(*left))
    assert all(left) and left == sorted(left)


@given(spans(), st.integers(0, LENGTH))
def test_shift_moves_and_keeps_the_length(span: Span, by: int) -> None:
    """A shift that lost samples would put words beside their sound."""
    moved = span.shift(by)
    assert (moved.start, len(moved)) == (span.start + by, len(span))
    assert moved.shift(-by) == span


@given(st.lists(spans(), max_size=6), spans())
def test_overlapping_gives_the_parts_inside(many: list[Span], within: Span) -> None:
    """Speech counted outside a stretch makes a speech ratio above one."""
    assert samples(*overlapping(many, within)) == samples(*many) & samples(within)


@given(spans())
def test_seconds_come_back_as_the_same_samples(span: Span) -> None:
    """Seconds are derived; going over them must not move a cut."""
    assert Span.of_seconds(span.start_s, span.end_s) == span
    assert span.duration_s == pytest.approx(span.end_s - span.start_s)


@pytest.mark.parametrize(("start", "end", "rate"), [(2, 1, 16000), (-1, 1, 16000), (0, 1, 0), (0, 1, -5)])
def test_what_is_no_span_is_refused(start: int, end: int, rate: int) -> None:
    """A span that runs backwards would slice nothing, silently."""
    with pytest.raises(ValueError, match="not a span"):
        Span(start, end, rate)


def test_spans_of_two_clocks_do_not_mix() -> None:
    """Samples at 8 kHz compared with samples at 16 kHz would be half a recording off."""
    a, b = Span(0, 10, 8000), Span(0, 10, 16000)
    for mixed in (lambda: a & b, lambda: a | b, lambda: a in b, lambda: a.minus([b])):
        with pytest.raises(ValueError, match="different rates"):
            mixed()


def test_an_empty_span_is_false_and_shares_nothing() -> None:
    """An empty clip would become a shard row without sound."""
    assert not Span(5, 5)
    assert Span(0, 10) & Span(5, 5) is None
    assert Span(0, 10) & Span(10, 20) is None
