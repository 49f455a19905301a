"""Work on a Ray cluster: an actor per worker holds the task with its models, and takes one item at a time.

Items are drawn as actors fall free, so a listing of any length streams through; only items and results (names,
paths, spans) pass through Ray, never sound. An actor that dies is replaced by another, wherever there is room.

Plain actors and no Ray Data: that would try a batch again, not an item, and end the whole run by what it can't mend.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
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
from wavelode.pipelines.grouping import GroupBy, Result
from wavelode.schemas.errors import MissingDependency, WavelodeError

_STORE_BYTES = 200 << 20
"""Of the object store of a Ray of our own: only names and results pass through it."""
_MOST_FAILED_STARTS = 3
_LOOK_S = 1.0
_GROW_EVERY_S = 5.0
_NONE = object()


@dataclass(frozen=True, slots=True)
class RayEngine:
    """An `Engine` of `workers` actors; 0 means as many as the cluster has room for, more as machines join it.

    A number that there is no room for yet is what a cluster's autoscaler takes for demand.

    Attributes:
        address: of a running cluster, e.g. ``auto`` or ``ray://head:10001``; empty starts one on this machine,
            unless the environment's RAY_ADDRESS names one.
    """

    workers: int = 0
    address: str = ""

    def map(self, task: Callable[[In], Out], items: Iterable[In], work: Work) -> Iterator[Done[In, Out]]:
        """See `Engine.map`."""
        self._connect()
        pool = _Actors(task, work, self.workers)
        try:
            yield from pool.run(iter(items))
        finally:
            pool.dismiss()

    def group(self, by: GroupBy[Result], items: Sequence[int], work: Work) -> Iterator[Result]:
        """See `Engine.group`."""
        from wavelode.infra.engines.ray_groups import grouped

        self._connect()
        yield from grouped(by, items, work)

    def _connect(self) -> None:
        if importlib.util.find_spec("ray") is None:
            raise MissingDependency("engine 'ray' needs Ray; run: pip install 'wavelode[ray]'")
        import ray

        if ray.is_initialized():
            return
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        address = self.address or os.environ.get("RAY_ADDRESS")
        on_sigterm = signal.getsignal(signal.SIGTERM)
        if address:
            _join(address)
        else:
            _start_own(self.workers or usable_cores())
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, on_sigterm)  # Ray puts its own in its place


def _join(address: str) -> None:
    import ray

    try:
        ray.init(address=address, log_to_driver=False, logging_level="error")
    except (ConnectionError, RuntimeError, ValueError) as error:
        said = " ".join(str(error).split())
        raise WavelodeError(f"no Ray cluster at {address} ({said}); check --ray-address") from error


def _start_own(cores: int) -> None:
    """Ray gives itself half a minute, which a busy machine may not have for it at the first try."""
    import ray

    for left in reversed(range(_MOST_FAILED_STARTS)):
        try:
            ray.init(
                address="local",
                num_cpus=cores,
                include_dashboard=False,
                object_store_memory=_STORE_BYTES,
                log_to_driver=False,
                logging_level="error",
            )
            return
        except Exception as error:  # where a node isn't up in time Ray raises a bare one
            ray.shutdown()
            if not left:
                said = " ".join(str(error).split())
                raise WavelodeError(
                    f"Ray does not start on this machine ({said}); start the same command again, or use "
                    "--engine local"
                ) from error


def _room(work: Work) -> int:
    """How many workers fit into the cluster as it is now, at least one."""
    import ray

    held = ray.cluster_resources()
    rooms = [held.get("CPU", 0) / work.needs.cpus if work.needs.cpus else 1]
    if work.needs.gpus:
        rooms.append(held.get("GPU", 0) / work.needs.gpus)
    return max(1, int(min(rooms)))


class _Hand:
    """What an actor is on the worker: the task and its guard."""

    def __init__(self, packed: bytes, stage: str, home: Home) -> None:
        from ray import cloudpickle

        home.enter()
        self.task = cloudpickle.loads(packed)
        self.stage = stage

    def ready(self) -> None:
        """Answers once the task is there."""

    def work(self, packed: bytes) -> bytes:
        from ray import cloudpickle

        result = guarded(self.task, cloudpickle.loads(packed), self.stage)
        packed_result: bytes = cloudpickle.dumps(result)
        return packed_result


@dataclass(slots=True)
class _Call:
    """What is awaited of an actor: its item, or that it is ready."""

    actor: Any
    item: Any = None
    attempt: int = 0
    until: float | None = None


class _Actors:
    """Actors and the items they hold; an item waits only here, and only after its worker died."""

    def __init__(self, task: Callable[[Any], Any], work: Work, workers: int) -> None:
        from ray import cloudpickle

        self.work = work
        self.packed = cloudpickle.dumps(task)
        self.failed_starts = 0
        self.calls: dict[Any, _Call] = {}
        self.again: deque[Any] = deque()
        self.workers = workers
        self.all_drawn = False
        self.grown_at = -_GROW_EVERY_S
        self.looked_at = 0.0

    def run(self, waiting: Iterator[In]) -> Iterator[Done[In, Any]]:
        """One `Done` per item, as they end; an actor that still waits for room holds nobody up."""
        import ray

        while not self.all_drawn or self.again or any(call.attempt for call in self.calls.values()):
            self._grow()
            ended, _ = ray.wait(list(self.calls), timeout=_LOOK_S)
            if not ended:
                self._refuse_nothing()
            for ref in ended:
                yield from self._end(ref, self.calls.pop(ref), waiting)
            yield from self._late()

    def _refuse_nothing(self) -> None:
        """Nothing comes of calls to actors that wait for a node when there is none left, not even an error."""
        import ray

        if time.monotonic() - self.looked_at > _GROW_EVERY_S:
            self.looked_at = time.monotonic()
            if not any(node["Alive"] for node in ray.nodes()):
                raise WavelodeError(
                    "the Ray cluster has lost its last node; start the same command again to go on"
                )

    def _grow(self) -> None:
        """As many actors as were asked for, or as there is room for now."""
        if self.all_drawn or time.monotonic() - self.grown_at < _GROW_EVERY_S:
            return
        self.grown_at = time.monotonic()
        for _ in range((self.workers or _room(self.work)) - len(self.calls)):
            self._hire()

    def dismiss(self) -> None:
        import ray

        for call in self.calls.values():
            ray.kill(call.actor)

    def _hire(self) -> None:
        import ray

        needs = self.work.needs
        made = ray.remote(_Hand).options(num_cpus=needs.cpus, num_gpus=needs.gpus, max_restarts=0)
        actor = made.remote(self.packed, self.work.stage, Home())
        self.calls[actor.ready.remote()] = _Call(actor)

    def _give(self, actor: Any, waiting: Iterator[Any]) -> None:
        """An item to an actor that is free; where there is none left, it may go."""
        import ray
        from ray import cloudpickle

        attempt = 2 if self.again else 1
        item = self.again.popleft() if self.again else next(waiting, _NONE)
        if item is _NONE:
            self.all_drawn = True
            ray.kill(actor)
            return
        limit = self.work.timeout_s
        until = time.monotonic() + limit if limit else None
        self.calls[actor.work.remote(cloudpickle.dumps(item))] = _Call(actor, item, attempt, until)

    def _end(self, ref: Any, call: _Call, waiting: Iterator[Any]) -> Iterator[Done[Any, Any]]:
        import ray
        from ray import cloudpickle
        from ray.exceptions import RayError

        try:
            packed = ray.get(ref)
        except RayError as error:
            yield from self._lost(call, error)
            return
        self.failed_starts = 0
        if call.attempt:
            result = cloudpickle.loads(packed)
            if isinstance(result, WavelodeError):
                raise result
            yield Done(call.item, result)
        self._give(call.actor, waiting)

    def _lost(self, call: _Call, error: Exception) -> Iterator[Done[Any, Any]]:
        if not call.attempt:
            self.failed_starts += 1
            if self.failed_starts >= _MOST_FAILED_STARTS:
                raise no_workers(error)
        elif call.attempt == 1:
            self.again.append(call.item)
        else:
            yield Done(call.item, died(self.work.stage, type(error).__name__))
        self._hire()

    def _late(self) -> Iterator[Done[Any, Any]]:
        """Ends what takes too long, with its actor: nothing else stops a call that is running."""
        import ray

        now = time.monotonic()
        late = [(ref, call) for ref, call in self.calls.items() if call.until and now > call.until]
        for ref, call in late:
            del self.calls[ref]
            ray.kill(call.actor)
            yield Done(call.item, timed_out(self.work.stage))
            self._hire()
