from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavelode.schemas.errors import ErrorCode
from wavelode.schemas.stats import Yield
from wavelode.schemas.verdict import Drop, Failed, Keep, Reason, Shelf, Verdict

verdicts: st.SearchStrategy[Verdict] = st.one_of(
    st.sampled_from(Shelf).map(Keep),
    st.sampled_from(Reason).map(Drop),
    st.just(Failed("decode", ErrorCode.TRUNCATED, "it breaks off")),
)
yields = st.lists(st.builds(Yield.of, verdicts, st.integers(0, 10**12)), max_size=5).map(
    lambda parts: sum(parts, Yield.zero())
)


@given(yields, yields, yields)
def test_yields_add_like_numbers(a: Yield, b: Yield, c: Yield) -> None:
    """Parts summed in the order workers end must give one total."""
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + Yield.zero() == a


@given(yields)
def test_in_is_kept_and_dropped_and_failed(total: Yield) -> None:
    """Sound that disappears from the books is sound nobody looks for."""
    assert total.in_samples == total.kept_samples + total.dropped_samples + total.failed_samples
    parts = total.seconds()
    assert parts["in"] == pytest.approx(parts["kept"] + parts["dropped"] + parts["failed"])


@given(verdicts)
def test_one_item_is_counted_once(verdict: Verdict) -> None:
    """An item counted twice shows as more clips than there are."""
    assert sum(Yield.of(verdict, 7).items.values()) == 1


@given(yields, st.integers(1, 99))
def test_a_yield_that_does_not_add_up_is_refused(total: Yield, off: int) -> None:
    """The check is the only guard between a lost stretch and a wrong report."""
    with pytest.raises(ValueError, match="accounted for"):
        replace(total, in_samples=total.in_samples + off)
