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
from wavelode.pipelines.mine import Job
from wavelode.schemas.errors import WavelodeError
from wavelode.schemas.records import Source
from wavelode.schemas.verdict import Failed

WORKERS = 2
PLAIN = "plain loop"
SYSTEMS = (PLAIN, "local", "ray", "beam", "Ray Data alone", "Beam alone")
PACKAGES = {"ray": "ray", "beam": "apache_beam", "Ray Data alone": "ray", "Beam alone": "apache_beam"}


Times = tuple[float, float, int]
"""When the model of one recording began and ended, by the clock that all processes of a machine share, and in which."""


@dataclass(frozen=True, slots=True)
class FixedCost:
    """A fake `mine`: takes a recording and sleeps as long as the model would compute."""

    cost_s: float

    def __call__(self, job: Job) -> Times:
        begun = time.monotonic()
        if self.cost_s:
            time.sleep(self.cost_s)
        return begun, time.monotonic(), os.getpid()


@dataclass(frozen=True, slots=True)
class Measured:
    """One system's figures.

    Attributes:
        start_s: until the first model began: engine and workers started, once a run.
        work_s: from there until the last model ended.
        apart_s: of that, how long all workers waited, added up, for their first recording after the first had its own.
        end_s: from there until the last result was in hand.
        model_s: what all models took together.
        driver_mb: the most memory that the process held that the command runs in, its children aside.
    """

    system: str
    items: int
    start_s: float
    work_s: float
    apart_s: float
    end_s: float
    model_s: float
    driver_mb: float

    @property
    def overhead(self) -> float:
        """Share of the models' time that the workers had no model running."""
        workers = 1 if self.system == PLAIN else WORKERS
        return self.work_s * workers / self.model_s - 1 if self.model_s else 0.0

    @property
    def steady(self) -> float:
        """The same once all workers are at work."""
        return self.overhead - self.apart_s / self.model_s if self.model_s else 0.0

    @property
    def total_s(self) -> float:
        return self.start_s + self.work_s + self.end_s


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
        begun = time.monotonic()
        firsts: dict[int, float] = {}
        last, model_s, found = begun, 0.0, 0
        for start, end, worker in run(FixedCost(cost_s), jobs(items)):
            firsts[worker], last = min(firsts.get(worker, start), start), max(last, end)
            model_s, found = model_s + end - start, found + 1
        ended = time.monotonic()
    if found != items:
        raise WavelodeError(f"{found} results of {items}")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    first = min(firsts.values())
    apart_s = sum(firsts.values()) - first * len(firsts)
    return Measured(system, items, first - begun, last - first, apart_s, ended - last, model_s, peak_mb)


Runner = Callable[[FixedCost, Iterator[Job]], Iterable[Times]]


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
            return lambda task, items: (_times(done.result) for done in engine.map(task, items, Work("mine")))


def _times(result: Times | Failed) -> Times:
    if isinstance(result, Failed):
        raise WavelodeError(result.message)
    return result


def _engine(system: str, folder: Path) -> Engine:
    engines: dict[str, Engine] = {
        "local": LocalEngine(WORKERS),
        "ray": RayEngine(WORKERS),
        "beam": BeamEngine(folder / "beam", WORKERS),
    }
    return engines[system]


def _ray_data(task: FixedCost, items: Iterator[Job]) -> Iterator[Times]:
    """As its manual has it: rows into an actor pool, a row at a time; results are kept as rows."""
    import ray
    import ray.data

    if not ray.is_initialized():
        ray.init(num_cpus=WORKERS, include_dashboard=False, log_to_driver=False, logging_level="error")
    ray.data.DataContext.get_current().enable_progress_bars = False
    rows = ray.data.from_items([{"name": job.source.recording_id} for job in items])
    pool = ray.data.ActorPoolStrategy(size=WORKERS)
    for row in rows.map(_RayRow, fn_constructor_args=(task,), compute=pool, num_cpus=1).iter_rows():
        yield row["begun"], row["ended"], row["worker"]


class _RayRow:
    def __init__(self, task: FixedCost) -> None:
        self.task = task

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        begun, ended, worker = self.task(Job(Source(row["name"], "", "hi")))
        return {"begun": begun, "ended": ended, "worker": worker}


def _beam(task: FixedCost, items: Iterator[Job], folder: Path) -> Iterator[Times]:
    """As its manual has it: elements through a Map, results to text files."""
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions

    place = folder / f"alone-{time.monotonic_ns()}"
    place.mkdir()
    how = [
        "--runner=FnApiRunner",
        "--direct_running_mode=multi_processing",
        f"--direct_num_workers={WORKERS}",
    ]
    with beam.Pipeline(options=PipelineOptions(how)) as pipeline:
        _ = (
            pipeline
            | beam.Create(list(items))
            | beam.Reshuffle()
            | beam.Map(lambda job: json.dumps(task(job)))
            | beam.io.WriteToText(str(place / "results"))
        )
    for path in sorted(place.glob("results-*")):
        for line in path.read_text(encoding="utf-8").splitlines():
            begun, ended, worker = json.loads(line)
            yield begun, ended, worker


if __name__ == "__main__":
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    system, items, cost_s = sys.argv[1:]
    # Run as a script this module is called __main__, which no worker can import.
    from wavelode.infra.bench import engine_cases

    print(json.dumps(asdict(engine_cases._here(system, int(items), float(cost_s)))), flush=True)
