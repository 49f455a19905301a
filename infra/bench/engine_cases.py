"""The systems that `bench engines` compares, each run in a process of its own, so that its driver's memory is its own.

Run as ``python -m wavelode.infra.bench.engine_cases SYSTEM ITEMS COST_S``; prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from wavelode.infra.engines.base import Engine, Work
from wavelode.infra.engines.beam import BeamEngine
from wavelode.infra.engines.local import LocalEngine
from wavelode.infra.engines.ray import RayEngine
from wavelode.pipelines.mine import Job, Mined
from wavelode.schemas.errors import WavelodeError
from wavelode.schemas.records import Source

WORKERS = 2
SYSTEMS = ("plain loop", "local", "ray", "beam", "Ray Data alone", "Beam alone")
PACKAGES = {"ray": "ray", "beam": "apache_beam", "Ray Data alone": "ray", "Beam alone": "apache_beam"}
_TEN_MINUTES = 9_600_000


@dataclass(frozen=True, slots=True)
class FixedCost:
    """A fake `mine`: takes a recording, sleeps as long as the model would compute, says where the result rests."""

    cost_s: float

    def __call__(self, job: Job) -> Mined:
        if self.cost_s:
            time.sleep(self.cost_s)
        return Mined(Path("mined", f"{job.source.recording_id}.parquet"), _TEN_MINUTES)


@dataclass(frozen=True, slots=True)
class Measured:
    """One system's figures.

    Attributes:
        start_s: from nothing to the first results of an empty model: workers started, once a run.
        work_s: for all items, without that.
        driver_mb: the most memory that the process held that the command runs in, its children aside.
    """

    system: str
    items: int
    start_s: float
    work_s: float
    driver_mb: float

    def overhead(self, cost_s: float) -> float:
        """Share of the model's own time that the system adds to it."""
        workers = 1 if self.system == "plain loop" else WORKERS
        ideal_s = -(-self.items // workers) * cost_s
        return self.work_s / ideal_s - 1


def measure(system: str, items: int, cost_s: float) -> Measured:
    """Runs a system over made-up recordings in a process of its own.

    Raises:
        WavelodeError: if it doesn't come to its end.
    """
    words = [sys.executable, "-P", "-m", __name__, system, str(items), str(cost_s)]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise WavelodeError(f"{system} failed: {' '.join(ended.stderr.split())[-300:]}")
    return Measured(**json.loads(ended.stdout.splitlines()[-1]))


def jobs(count: int) -> Iterator[Job]:
    """Recordings as a listing gives them, one after the other."""
    for at in range(count):
        name = f"station{at % 40:02}-{at:08}"
        yield Job(Source(name, f"audio/{name}.mp3", "hi", document_ids=(name,), station=f"{at % 40}"))


def _here(system: str, items: int, cost_s: float) -> Measured:
    with TemporaryDirectory() as folder:
        run = _runner(system, Path(folder))
        began = time.monotonic()
        _counted(run(FixedCost(0.0), jobs(WORKERS)), WORKERS)
        started = time.monotonic()
        _counted(run(FixedCost(cost_s), jobs(items)), items)
        ended = time.monotonic()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(system, items, started - began, ended - started, peak_mb)


def _counted(results: Iterable[object], items: int) -> None:
    found = sum(1 for _ in results)
    if found != items:
        raise WavelodeError(f"{found} results of {items}")


Runner = Callable[[FixedCost, Iterator[Job]], Iterable[object]]


def _runner(system: str, folder: Path) -> Runner:
    match system:
        case "plain loop":
            return lambda task, items: map(task, items)
        case "Ray Data alone":
            return _ray_data
        case "Beam alone":
            return lambda task, items: _beam(task, items, folder)
        case _:
            engine = _engine(system, folder)
            return lambda task, items: engine.map(task, items, Work("mine"))


def _engine(system: str, folder: Path) -> Engine:
    engines: dict[str, Engine] = {
        "local": LocalEngine(WORKERS),
        "ray": RayEngine(WORKERS),
        "beam": BeamEngine(folder / "beam", WORKERS),
    }
    return engines[system]


def _ray_data(task: FixedCost, items: Iterator[Job]) -> Iterator[object]:
    """As its manual has it: rows into an actor pool, a row at a time; results are kept as rows."""
    import ray
    import ray.data

    if not ray.is_initialized():
        ray.init(num_cpus=WORKERS, include_dashboard=False, log_to_driver=False, logging_level="error")
    ray.data.DataContext.get_current().enable_progress_bars = False
    rows = ray.data.from_items([{"name": job.source.recording_id} for job in items])
    pool = ray.data.ActorPoolStrategy(size=WORKERS)
    yield from rows.map(_RayRow, fn_constructor_args=(task,), compute=pool, num_cpus=1).iter_rows()


class _RayRow:
    def __init__(self, task: FixedCost) -> None:
        self.task = task

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        return {"path": str(self.task(Job(Source(row["name"], "", "hi"))).path)}


def _beam(task: FixedCost, items: Iterator[Job], folder: Path) -> Iterator[object]:
    """As its manual has it: elements through a Map, results to text files."""
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions

    place = folder / f"alone-{time.monotonic_ns()}"
    place.mkdir()
    how = ["--runner=FnApiRunner", "--direct_running_mode=multi_processing", f"--direct_num_workers={WORKERS}"]
    with beam.Pipeline(options=PipelineOptions(how)) as pipeline:
        _ = (
            pipeline
            | beam.Create(list(items))
            | beam.Reshuffle()
            | beam.Map(lambda job: str(task(job).path))
            | beam.io.WriteToText(str(place / "results"))
        )
    for path in sorted(place.glob("results-*")):
        yield from path.read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    system, items, cost_s = sys.argv[1:]
    # Run as a script this module is called __main__, which no worker can import.
    from wavelode.infra.bench import engine_cases

    print(json.dumps(asdict(engine_cases._here(system, int(items), float(cost_s)))), flush=True)
