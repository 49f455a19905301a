"""The reference engine: worker processes on one machine, each of which may die alone."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from wavelode.infra.engines.base import Done, In, Out
from wavelode.schemas.errors import ErrorCode, InputError, WavelodeError
from wavelode.schemas.verdict import Failed

_WAITING_PER_WORKER = 4


@dataclass(frozen=True, slots=True)
class LocalEngine:
    """An `Engine` of `workers` processes; 0 means one per core this process may use."""

    workers: int = 0

    def map(
        self, task: Callable[[In], Out], items: Iterable[In], *, stage: str, timeout_s: float | None = None
    ) -> Iterator[Done[In, Out]]:
        """See `Engine.map`; an item whose worker died is tried once more."""
        from pebble import ProcessPool

        workers = self.workers or _cores()
        pool = ProcessPool(
            max_workers=workers,
            context=multiprocessing.get_context("spawn"),
            initializer=_Worker.begin,
            initargs=(task,),
        )
        try:
            flow = _Flow(pool, stage, timeout_s)
            yield from flow.run(iter(items), at_once=_WAITING_PER_WORKER * workers)
            pool.close()
        finally:
            pool.stop()
            pool.join()


class _Worker:
    """What a worker process holds for its whole life: the task, with whatever models it has loaded."""

    task: Callable[[Any], Any]

    @classmethod
    def begin(cls, task: Callable[[Any], Any]) -> None:
        cls.task = task

    @classmethod
    def work(cls, item: Any) -> Any:
        return cls.task(item)


def _cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Flow:
    """Items on their way through a pool: a few per worker at any time, however many are to come."""

    def __init__(self, pool: Any, stage: str, timeout_s: float | None) -> None:
        self.pool = pool
        self.stage = stage
        self.timeout_s = timeout_s
        self.running: dict[Any, tuple[Any, int]] = {}

    def run(self, waiting: Iterator[In], at_once: int) -> Iterator[Done[In, Any]]:
        for item in islice(waiting, at_once):
            self._start(item)
        while self.running:
            ended, _ = wait(self.running, return_when=FIRST_COMPLETED)
            for future in ended:
                item, attempt = self.running.pop(future)
                if attempt == 1 and _died(future):
                    self._start(item, attempt=2)
                    continue
                yield Done(item, _result(future, self.stage))
                for fresh in islice(waiting, 1):
                    self._start(fresh)

    def _start(self, item: Any, attempt: int = 1) -> None:
        try:
            future = self.pool.schedule(_Worker.work, args=(item,), timeout=self.timeout_s)
        except RuntimeError as error:
            raise _no_workers(error) from error
        self.running[future] = (item, attempt)


def _died(future: Any) -> bool:
    from pebble import ProcessExpired

    return isinstance(future.exception(), ProcessExpired)


def _result(future: Any, stage: str) -> Any:
    """The task's result, or what became of it.

    Raises:
        WavelodeError: what stops the whole run.
    """
    from pebble import ProcessExpired

    error = future.exception()
    match error:
        case None:
            return future.result()
        case BrokenProcessPool():
            raise _no_workers(error)
        case InputError():
            return Failed(stage, error.code, error.message)
        case WavelodeError():
            raise error
        case MemoryError() | ProcessExpired():
            return Failed(
                stage, ErrorCode.WORKER_DIED, f"the worker died on it twice ({error}); see its memory use"
            )
        case TimeoutError():
            return Failed(
                stage, ErrorCode.TIMED_OUT, "took longer than the time limit; raise it or leave the file out"
            )
        case _:
            return Failed(stage, ErrorCode.UNEXPECTED, _where(error))


def _no_workers(error: BaseException) -> WavelodeError:
    return WavelodeError(
        f"worker processes can't be started or all died ({error}); see what they printed above"
    )


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"unexpected {type(error).__name__}{place}: {error}; please report it with the file"
