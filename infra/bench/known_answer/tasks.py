"""Measurements: methods on the recordings of one row in a fresh process, timed and weighed."""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from wavelode.infra.bench.known_answer.cases import Case, Wanted, build
from wavelode.infra.bench.known_answer.hearing import Hearing, Method
from wavelode.infra.bench.known_answer.listener import Errors, Silences, SimulatedListener, speech_of
from wavelode.infra.bench.known_answer.scores import Judged, Planted, judge, planted

_MB = 1e6
_STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Row:
    """Recordings that are measured together, and how badly they are heard.

    Args:
        is_default: with the default rates of trouble; the goals are set for these.
        has_peers: measured with the peers, too; they are slow, and more recordings than theirs tell more of ours.
    """

    name: str
    wanted: tuple[Wanted, ...]
    errors: Errors
    is_default: bool = True
    has_peers: bool = True

    @property
    def kind(self) -> tuple[str, float, float]:
        """Pool, minutes and error rate; of rows of one kind that with the most recordings tells most."""
        return self.wanted[0].pool.name, self.minutes, self.errors.cer

    @property
    def minutes(self) -> float:
        return self.wanted[0].minutes


@dataclass(frozen=True, slots=True)
class Task:
    """Methods that are run one after the other in one process, on the same recordings."""

    row: Row
    methods: tuple[Method, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a method claimed on a row, judged.

    Attributes:
        planted: how much was to be found.
        time_s: the method alone, on the recording that took it longest.
        peak_mb: of the whole process, recording and Python included; of the methods before it, too.
    """

    row: str
    method: str
    judged: tuple[Judged, ...]
    planted: Planted
    time_s: float
    peak_mb: float


def heard(wanted: Wanted, errors: Errors) -> tuple[Case, Hearing]:
    """A case and what the simulated listener makes of it."""
    case = build(wanted)
    words = SimulatedListener.of(wanted.pool, errors).hear(case, wanted.rng("listener"))
    hearing = Hearing(case.language, case.sentences, words, speech_of(case), case.whole, Silences.of(case))
    return case, hearing


def measure(task: Task) -> list[Outcome]:
    """Runs a task in this process: one outcome per method, in order."""
    cases = [heard(wanted, task.row.errors) for wanted in task.row.wanted]
    return [measured(task.row, method, cases) for method in task.methods]


def measured(row: Row, method: Method, cases: Sequence[tuple[Case, Hearing]]) -> Outcome:
    judged: list[Judged] = []
    there, longest_s = Planted(), 0.0
    for case, hearing in cases:
        started = time.perf_counter()
        found = method.find(hearing)
        longest_s = max(longest_s, time.perf_counter() - started)
        judged += judge(case, found)
        there += planted(case)
    return Outcome(row.name, method.name, tuple(judged), there, longest_s, peak_mb())


def run_all(tasks: Sequence[Task], workers: int = 2) -> Iterator[list[Outcome]]:
    """All tasks, each in a process of its own, in order; the longest recordings are begun first."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn, max_tasks_per_child=1) as pool:
        order = sorted(range(len(tasks)), key=lambda i: -tasks[i].row.minutes)
        futures = {i: pool.submit(measure, tasks[i]) for i in order}
        yield from (futures[i].result() for i in range(len(tasks)))


def peak_mb() -> float:
    """The most memory this process has held, in megabytes."""
    if _STATUS.exists():
        # Linux's getrusage of a young process still tells of the one that started it; this doesn't.
        line = next(row for row in _STATUS.read_text().splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / _MB
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _MB
