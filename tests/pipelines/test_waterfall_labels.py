"""A bar that ended a rounding error beyond the axis had no label: "no speech", of all things."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wavelode.pipelines.quality.figures import Step, Unit, waterfall

SECONDS = st.floats(0.1, 1e7)


@given(SECONDS, st.floats(0, 1))
def test_no_bar_ends_beyond_the_axis(whole: float, share: float) -> None:
    taken = whole * share
    steps = [Step("came in", "in", 0.0, whole), Step("no speech", "dropped", whole - taken, taken)]
    figure = waterfall(steps, Unit.fitting(whole))
    most = figure["layout"]["xaxis"]["range"][1]
    for trace in figure["data"]:
        assert all(base + x < most for base, x in zip(trace["base"], trace["x"], strict=True))
