from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavelode.infra.bench.engine_cases import jobs, measure
from wavelode.infra.bench.scaling import Cluster, simulate

PLAIN = Cluster(1, 10.0, 0.0, 0.0, 0.0, 0.0, 1e9, 1e12)


def test_without_costs_time_is_work_shared_by_all() -> None:
    assert simulate(PLAIN, 12).took_s == pytest.approx(120.0)
    assert simulate(replace(PLAIN, workers=4), 12).took_s == pytest.approx(30.0)
    assert simulate(replace(PLAIN, workers=4), 13).took_s == pytest.approx(40.0)
    assert simulate(replace(PLAIN, workers=4), 12).busy == pytest.approx(1.0)


def test_a_slow_driver_is_what_many_workers_wait_for() -> None:
    """A driver that takes a second for each can't feed more than ten workers of ten seconds."""
    seen = simulate(replace(PLAIN, workers=1000, driver_s=1.0), 500)
    assert seen.took_s == pytest.approx(510.0)
    assert seen.driver_busy > 0.97


def test_slow_storage_is_what_all_wait_for() -> None:
    seen = simulate(replace(PLAIN, workers=100, recording_bytes=1e8, storage_bytes_per_s=1e8), 200)
    assert seen.took_s >= 200.0


@given(st.integers(1, 200), st.integers(1, 300), st.floats(0, 0.1), st.integers(0, 5))
def test_more_workers_are_never_slower_and_never_faster_than_all_at_once(
    workers: int, recordings: int, driver_s: float, seed: int
) -> None:
    cluster = replace(PLAIN, workers=workers, driver_s=driver_s, spread=0.3)
    seen = simulate(cluster, recordings, seed)
    assert 0 < seen.busy <= 1 + 1e-9
    assert seen.took_s <= simulate(replace(cluster, workers=1), recordings, seed).took_s + 1e-6
    assert seen.took_s >= recordings * driver_s


def test_workers_that_die_cost_time_and_lose_nothing() -> None:
    mortal = replace(PLAIN, workers=10, worker_life_s=50.0)
    seen = simulate(mortal, 400)
    assert 30 < seen.retried < 120
    assert seen.took_s > simulate(replace(PLAIN, workers=10), 400).took_s


def test_what_is_measured_is_measured() -> None:
    """The clock of the models, not of the loop around them."""
    one = measure("plain loop", 5, 0.02)
    assert one.items == 5 and one.model_s >= 0.1
    assert one.total_s >= one.work_s >= one.model_s
    assert one.driver_mb > 10
    assert len({job.source.recording_id for job in jobs(100)}) == 100
