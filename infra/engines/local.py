"""The reference engine: worker processes on one machine, each of which may die alone.

Every worker has a pipe of its own. Pools with one queue for all share its lock, and a worker that is killed while
it holds that lock takes all the others along.
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from tempfile import TemporaryDirectory
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
    not_grouped,
    timed_out,
    usable_cores,
)
from wavelode.pipelines.grouping import ByFiles, GroupBy, Result
from wavelode.schemas.errors import ErrorCode, WavelodeError
from wavelode.schemas.verdict import Failed

_MOST_FAILED_STARTS = 3
_LONGEST_WAIT_S = 3600.0
_NONE = object()
_READY = "ready"


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

    def group(self, by: GroupBy[Result], items: Sequence[int], work: Work) -> Iterator[Result]:
        """See `Engine.group`; what lies between two steps rests in files (in `TMPDIR`)."""

        def mapper(task: Callable[[int], Any], numbers: Iterable[int]) -> Iterator[Any]:
            for done in self.map(task, numbers, work):
                if isinstance(done.result, Failed):
                    raise not_grouped(work.stage, done.result.message)
                yield done.result

        with TemporaryDirectory() as folder:
            yield from ByFiles(Path(folder), mapper)(by, items)


@dataclass(slots=True)
class _Hand:
    """A worker process and what it holds.

    Attributes:
        until: when it is ended for taking too long, by the monotonic clock.
    """

    process: Any
    pipe: Connection
    is_ready: bool = False
    item: Any = _NONE
    attempt: int = 0
    until: float | None = None

    @property
    def is_free(self) -> bool:
        return self.is_ready and self.item is _NONE

    def end(self) -> None:
        self.pipe.close()
        self.process.kill()
        self.process.join()


@dataclass(slots=True)
class Crew:
    """Worker processes that hold a task, with whatever models it has loaded, until they are dismissed.

    An item is drawn only when a worker is free for it, however many are to come.
    """

    task: Callable[[Any], Any]
    work: Work
    workers: int
    hands: list[_Hand] = field(default_factory=list)
    again: deque[Any] = field(default_factory=deque)
    failed_starts: int = 0

    def run(self, waiting: Iterator[In]) -> Iterator[Done[In, Any]]:
        """One `Done` per item, as they end.

        Raises:
            WavelodeError: what stops the whole run.
        """
        drawn = deque[Any]()
        while self._provide(waiting, drawn):
            for hand in self._awaken():
                yield from self._hear(hand)
            yield from self._late()

    def dismiss(self) -> None:
        for hand in self.hands:
            hand.end()
        self.hands.clear()

    def _provide(self, waiting: Iterator[Any], drawn: deque[Any]) -> bool:
        """Gives items to whoever is free, hires where there are too few; False where nothing is left to do.

        Args:
            drawn: items that wait for a worker to be ready, one for each that is being hired.
        """
        for hand in [hand for hand in self.hands if hand.is_free]:
            if self.again:
                self._give(hand, self.again.popleft(), attempt=2)
            elif (item := drawn.popleft() if drawn else next(waiting, _NONE)) is not _NONE:
                self._give(hand, item, attempt=1)
        held = sum(hand.item is not _NONE for hand in self.hands) + len(self.again) + len(drawn)
        while held < self.workers and (item := next(waiting, _NONE)) is not _NONE:
            drawn.append(item)
            held += 1
        self._hire(min(self.workers, held))
        return held > 0

    def _hire(self, wanted: int) -> None:
        context = multiprocessing.get_context("spawn")
        while len(self.hands) < wanted:
            ours, theirs = context.Pipe()
            told = (theirs, self.task, self.work.stage, Home())
            process = context.Process(target=_serve, args=told, daemon=True)
            try:
                process.start()
            except (OSError, RuntimeError) as error:
                raise no_workers(error) from error
            theirs.close()
            self.hands.append(_Hand(process, ours))

    def _give(self, hand: _Hand, item: Any, attempt: int) -> None:
        limit = self.work.timeout_s
        hand.item, hand.attempt = item, attempt
        hand.until = time.monotonic() + limit if limit else None
        with suppress(OSError):  # it has died: its pipe will tell
            hand.pipe.send(item)

    def _awaken(self) -> list[_Hand]:
        """The workers that have something to say, or are no more."""
        now = time.monotonic()
        limits = [hand.until - now for hand in self.hands if hand.until]
        of = {hand.pipe: hand for hand in self.hands}
        heard = wait(list(of), max(0.0, min([_LONGEST_WAIT_S, *limits])))
        return [of[pipe] for pipe in heard if isinstance(pipe, Connection)]

    def _hear(self, hand: _Hand) -> Iterator[Done[Any, Any]]:
        try:
            said = hand.pipe.recv()
        except (EOFError, OSError):
            yield from self._lost(hand)
            return
        if isinstance(said, WavelodeError):
            raise said
        item, hand.item, hand.until = hand.item, _NONE, None
        self.failed_starts = 0
        if hand.is_ready:
            yield Done(item, said)
        hand.is_ready = True

    def _lost(self, hand: _Hand) -> Iterator[Done[Any, Any]]:
        self.hands.remove(hand)
        hand.end()
        if not hand.is_ready:
            self.failed_starts += 1
            if self.failed_starts >= _MOST_FAILED_STARTS:
                raise no_workers(f"exit code {hand.process.exitcode}")
        elif hand.item is not _NONE and hand.attempt == 1:
            self.again.append(hand.item)
        elif hand.item is not _NONE:
            yield Done(hand.item, died(self.work.stage, f"exit code {hand.process.exitcode}"))

    def _late(self) -> Iterator[Done[Any, Any]]:
        now = time.monotonic()
        for hand in [hand for hand in self.hands if hand.until and now > hand.until]:
            self.hands.remove(hand)
            hand.end()
            yield Done(hand.item, timed_out(self.work.stage))


def _serve(pipe: Connection, task: Callable[[Any], Any], stage: str, home: Home) -> None:
    """What a worker does all its life: an item in, its result out; it ends when nobody is there to listen."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    home.enter()
    with suppress(EOFError, OSError):
        pipe.send(_READY)
        while True:
            item = pipe.recv()
            with _undisturbed():
                result = guarded(task, item, stage)
            _answer(pipe, result, stage)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """SIGTERM goes to whole groups of processes; the item in hand ends all the same, and the run decides."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _answer(pipe: Connection, result: Any, stage: str) -> None:
    try:
        pipe.send(result)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        said = f"the result can't be sent ({error}); please report it with the file"
        pipe.send(Failed(stage, ErrorCode.UNEXPECTED, said))
