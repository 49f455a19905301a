"""How a run would go on more machines than there are here: ``wavelode bench scaling``.

A discrete-event simulation. One driver hands out recordings one after the other and takes a fixed time for each;
workers read theirs through storage that all share, work as long as a model of that speed takes, and now and then die,
which costs a recording's time again. The driver's time is measured here first; two real workers check the model.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from importlib.util import find_spec

import numpy as np
from rich.console import Console

from wavelode.infra.bench.engine_cases import PACKAGES, measure
from wavelode.infra.progress import table

_RECORDING_S = 600.0
_MEASURED_ITEMS = 2_000
_CHECK_ITEMS, _CHECK_COST_S = 12, 1.0
_WORKERS = (1, 2, 10, 100, 1_000)
_PER_WORKER = 40
_LEAST_EFFICIENCY = 0.9


@dataclass(frozen=True, slots=True)
class Cluster:
    """What is simulated.

    Attributes:
        work_s: a worker takes for a recording, on average; spread as `spread`, a log-normal's sigma.
        driver_s: the driver takes for a recording.
        start_s: until the workers are there.
        recording_bytes: read for each, through `storage_bytes_per_s` that all workers share.
        worker_life_s: mean time until a worker dies, while it works.
    """

    workers: int
    work_s: float
    driver_s: float
    start_s: float = 10.0
    spread: float = 0.3
    recording_bytes: float = 4.8e6
    storage_bytes_per_s: float = 1e9
    worker_life_s: float = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Simulated:
    """How it went.

    Attributes:
        took_s: from start to end.
        busy: share of the workers' time that was work on recordings that came to their end.
        driver_busy: share of the driver's time.
        retried: recordings whose worker died.
    """

    took_s: float
    busy: float
    driver_busy: float
    retried: int


def simulate(cluster: Cluster, recordings: int, seed: int = 0) -> Simulated:
    """Takes so many recordings through a cluster; the same seed gives the same answer."""
    rng = np.random.default_rng(seed)
    spread = cluster.spread
    times = cluster.work_s * rng.lognormal(-spread * spread / 2, spread, recordings)
    free = [cluster.start_s] * cluster.workers
    driver_at = storage_at = cluster.start_s
    read_s = cluster.recording_bytes / cluster.storage_bytes_per_s
    worked, retried, last = 0.0, 0, cluster.start_s
    for work_s in times:
        for attempt in (1, 2):
            at = max(heapq.heappop(free), driver_at)
            driver_at = at + cluster.driver_s
            storage_at = max(driver_at, storage_at) + read_s
            life_s = rng.exponential(cluster.worker_life_s)
            if attempt == 1 and life_s < work_s:
                heapq.heappush(free, storage_at + life_s + cluster.start_s)
                retried += 1
                continue
            heapq.heappush(free, storage_at + work_s)
            worked, last = worked + float(work_s), max(last, storage_at + float(work_s))
            break
    return Simulated(last, worked / (last * cluster.workers), recordings * cluster.driver_s / last, retried)


def main(quick: bool) -> int:
    """Prints the tables; 0 where a thousand workers are busy nine tenths of the time, and the model fits two."""
    console = Console()
    engines = ["local"] if quick or not find_spec(PACKAGES["ray"]) else ["local", "ray"]
    driver_s = {name: measure(name, _MEASURED_ITEMS, 0.0).work_s / _MEASURED_ITEMS for name in engines}
    for name, seconds in driver_s.items():
        console.print(f"{name}: {1000 * seconds:.2f} ms of the driver for a recording", highlight=False)
    gap = _check(console, driver_s["local"])
    slowest = max(driver_s.values())
    worst = 1.0
    for work_s, what in ((6.0, "100 times real time, a GPU"), (300.0, "twice real time, a core")):
        rows, efficiency = _rows(Cluster(1, work_s, slowest))
        worst = min(worst, efficiency)
        console.print(table(f"{what}: {work_s:g} s for ten minutes", _COLUMNS, rows))
    console.print(
        f"least efficiency at a thousand workers: {worst:.1%}; the model is off by {gap:.1%} at two"
    )
    return 0 if worst >= _LEAST_EFFICIENCY and gap < 0.1 else 1


_COLUMNS = ("workers", "hours of sound an hour", "busy", "driver busy", "died")


def _rows(one: Cluster) -> tuple[list[tuple[str, ...]], float]:
    rows: list[tuple[str, ...]] = []
    busy = 1.0
    for workers in _WORKERS:
        recordings = workers * _PER_WORKER * (1 if one.work_s > 60 else 20)
        seen = simulate(replace(one, workers=workers), recordings)
        busy = seen.busy
        pace = recordings * _RECORDING_S / seen.took_s
        cells = (f"{pace:,.0f}", f"{seen.busy:.1%}", f"{seen.driver_busy:.1%}", str(seen.retried))
        rows.append((f"{workers:,}", *cells))
    return rows, busy


def _check(console: Console, driver_s: float) -> float:
    """What two real workers take beside what the model says; the share by which it is off."""
    real = measure("local", _CHECK_ITEMS, _CHECK_COST_S)
    model = Cluster(2, _CHECK_COST_S, driver_s, 0.0, 0.0, 0.0)
    told = simulate(model, _CHECK_ITEMS)
    console.print(
        f"two workers, {_CHECK_ITEMS} recordings of {_CHECK_COST_S:g} s: {real.work_s:.2f} s, "
        f"simulated {told.took_s:.2f} s",
        highlight=False,
    )
    return abs(told.took_s / real.work_s - 1)
