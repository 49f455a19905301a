"""An epoch's plan: whole, within its seconds, the same for everybody."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavelode.datasets.order import OrderSettings, Plan, plan_epoch

WORLDS = (1, 2, 3, 4, 6, 8, 12)


def some_durations(count: int, seed: int = 0) -> np.ndarray:
    """Log-normal, as clips of read sentences are: 6 s in the middle, 0.8 to 30 s."""
    return np.clip(np.random.default_rng(seed).lognormal(1.8, 0.6, count), 0.8, 30.0)


durations = st.lists(st.floats(0.1, 30), min_size=24, max_size=300).map(np.array)
settings = st.builds(
    OrderSettings,
    seconds=st.floats(30, 200),
    buckets=st.integers(1, 40),
    per_step=st.sampled_from([1, 2, 12]),
    seed=st.integers(0, 9),
)


@given(durations, settings, st.integers(0, 3))
def test_each_clip_once_within_the_seconds_in_whole_steps(
    lengths: np.ndarray, wanted: OrderSettings, epoch: int
) -> None:
    plan = plan_epoch(lengths, wanted, epoch)
    assert sorted(plan.clips.tolist()) == list(range(len(lengths)))
    assert len(plan) == plan.num_steps * wanted.per_step
    for batch in range(len(plan)):
        rows = plan.rows(batch)
        assert len(rows) * lengths[rows].max(initial=0) <= wanted.seconds + 1e-6


def test_a_step_is_filled_with_nothing_where_clips_are_too_few() -> None:
    lengths = np.full(5, 20.0)
    plan = plan_epoch(lengths, OrderSettings(seconds=30, per_step=4), 0, curriculum=lengths)
    assert [len(plan.rows(batch)) for batch in range(len(plan))] == [1, 1, 1, 1, 1, 0, 0, 0]
    assert plan.padding(lengths) == 0


def together(plan: Plan, world: int, first: int = 0) -> list[int]:
    """The micro-batches as a world of ranks does them: round after round, rank after rank."""
    ranks = [list(plan.mine(rank, world, first)) for rank in range(world)]
    return [batch for one_round in zip(*ranks, strict=True) for batch in one_round]


@pytest.mark.parametrize("world", WORLDS)
def test_the_order_is_the_same_for_any_number_of_ranks(world: int) -> None:
    plan = plan_epoch(some_durations(5000), OrderSettings(per_step=24), 1)
    assert together(plan, world) == list(range(len(plan)))
    assert together(plan, world, first=24) == list(range(24, len(plan)))


def test_a_plan_depends_on_seed_and_epoch_and_nothing_else() -> None:
    lengths = some_durations(3000)
    plans = [
        plan_epoch(lengths, OrderSettings(seed=seed), epoch).sha256()
        for seed, epoch in ((0, 0), (0, 1), (1, 0), (1, 1))
    ]
    assert len(set(plans)) == 4
    assert plan_epoch(lengths.copy(), OrderSettings(), 0).sha256() == plans[0]


def test_the_order_is_the_one_that_checkpoints_were_saved_with() -> None:
    """A changed order would make a resumed run read some clips twice and others never."""
    plan = plan_epoch(np.arange(1.0, 25.0), OrderSettings(seconds=30, buckets=3, seed=5), 2)
    first = [23, 6, 5, 10, 11, 22, 21, 9, 13, 17, 14, 19]
    assert plan.clips.tolist() == [*first, 3, 2, 8, 12, 18, 15, 20, 16, 0, 1, 7, 4]
    assert plan.starts.tolist() == [0, 1, 3, 5, 6, 7, 9, 10, 11, 12, 14, 16, 17, 18, 19, 20, 22, 24]


def test_buckets_leave_little_padding() -> None:
    lengths = some_durations(200_000)
    assert plan_epoch(lengths, OrderSettings(seconds=120, buckets=30), 0).padding(lengths) < 0.1
    assert plan_epoch(lengths, OrderSettings(seconds=120, buckets=1), 0).padding(lengths) > 0.3


@given(st.lists(st.integers(1, 200), min_size=1, max_size=6), st.sampled_from([1.0, 1.5, 3.0, 100.0]))
def test_quotas_of_a_temperature_are_exact(sizes: list[int], temperature: float) -> None:
    groups = np.repeat(np.arange(len(sizes)), sizes)
    lengths = some_durations(len(groups))
    plan = plan_epoch(lengths, OrderSettings(temperature=temperature), 0, groups)
    given_out = np.bincount(groups[plan.clips], minlength=len(sizes))
    assert given_out.tolist() == plan.quotas.tolist()
    weights = np.array(sizes) ** (1 / temperature)
    assert np.abs(plan.quotas - weights / weights.sum() * len(groups)).max() < 1
    for group in range(len(sizes)):
        times = np.bincount(plan.clips, minlength=len(groups))[groups == group]
        assert times.max() - times.min() <= 1, "no clip of a group comes twice before all have come once"


def test_a_curriculum_goes_upwards() -> None:
    lengths = some_durations(2000)
    plan = plan_epoch(lengths, OrderSettings(), 0, curriculum=-lengths)
    means = [-lengths[plan.rows(batch)].mean() for batch in range(len(plan))]
    assert means == sorted(means)


@pytest.mark.parametrize(
    ("lengths", "wanted", "said"),
    [
        ([1.0, 31.0], OrderSettings(seconds=30), "clips last 1 to 31 s, micro-batches hold 30 s"),
        ([0.0, 1.0], OrderSettings(), "clips last 0 to 1 s"),
        ([1.0], OrderSettings(per_step=2), "1 clips are too few for 2 micro-batches a step"),
    ],
)
def test_what_can_t_be_planned_says_why(lengths: list[float], wanted: OrderSettings, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        plan_epoch(np.array(lengths), wanted, 0)


def test_settings_that_can_t_be_are_refused() -> None:
    with pytest.raises(ValueError, match="buckets is 0, expected 1 or more"):
        OrderSettings(buckets=0)
    with pytest.raises(ValueError, match="seconds is 0, expected more than 0"):
        OrderSettings(seconds=0)
