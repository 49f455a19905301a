"""The reference engine: worker processes on one machine, each of which may die alone."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from typing import Any

from wavelode.infra.engines.base import (
    Done,
    Home,
    In,
    Out,
    Work,
    died,
    guarded,
    no_workers,
    timed_out,
    usable_cores,
)
from wavelode.schemas.errors import WavelodeError
from wavelode.schemas.verdict import Failed

_WAITING_PER_WORKER = 4


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """An `Engine` of `workers` processes; 0 means one per core this process may use."""

    workers: int = 0

    def map(self, task: Callable[[In], Out], items: Iterable[In], work: Work) -> Iterator[Done[In, Out]]:
        """See `Engine.map`."""
        crew = Crew(task, work, self.workers or usable_cores())
        try:
            yield from crew.run(iter(items))
        finally:
            crew.dismiss()


class Crew:
    """Worker processes that hold a task, with whatever models it has loaded, until they are dismissed.

    A few items per worker are on their way at any time, however many are to come.
    """

    def __init__(self, task: Callable[[Any], Any], work: Work, workers: int) -> None:
        from pebble import ProcessPool

        self.work = work
        self.at_once = _WAITING_PER_WORKER * workers
        self.pool = ProcessPool(
            max_workers=workers,
            context=multiprocessing.get_context("spawn"),
            initializer=_Worker.begin,
            initargs=(task, work.stage, Home()),
        )
        self.running: dict[Any, tuple[Any, int]] = {}

    def run(self, waiting: Iterator[In]) -> Iterator[Done[In, Any]]:
        for item in islice(waiting, self.at_once):
            self._start(item)
        while self.running:
            ended, _ = wait(self.running, return_when=FIRST_COMPLETED)
            for future in ended:
                item, attempt = self.running.pop(future)
                if attempt == 1 and _has_died(future):
                    self._start(item, attempt=2)
                    continue
                yield Done(item, _result(future, self.work.stage))
                for fresh in islice(waiting, 1):
                    self._start(fresh)

    def dismiss(self) -> None:
        self.pool.stop()
        self.pool.join()

    def _start(self, item: Any, attempt: int = 1) -> None:
        try:
            future = self.pool.schedule(_Worker.work, args=(item,), timeout=self.work.timeout_s)
        except RuntimeError as error:
            raise no_workers(error) from error
        self.running[future] = (item, attempt)


class _Worker:
    """What a worker process holds for its whole life."""

    task: Callable[[Any], Any]
    stage: str

    @classmethod
    def begin(cls, task: Callable[[Any], Any], stage: str, home: Home) -> None:
        home.enter()
        cls.task = staticmethod(task)
        cls.stage = stage

    @classmethod
    def work(cls, item: Any) -> Any:
        return guarded(cls.task, item, cls.stage)


def _has_died(future: Any) -> bool:
    from pebble import ProcessExpired

    return isinstance(future.exception(), ProcessExpired)


def _result(future: Any, stage: str) -> Any:
    """The task's result, or what became of it.

    Raises:
        WavelodeError: what stops the whole run.
    """
    error = future.exception()
    if isinstance(error, BrokenProcessPool):
        raise no_workers(error)
    if _has_died(future):
        return died(stage, error)
    if isinstance(error, TimeoutError):
        return timed_out(stage)
    result: Any | Failed = future.result()
    if isinstance(result, WavelodeError):
        raise result
    return result
