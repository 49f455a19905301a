"""Shards into training: numpy batches in a planned order, for any number of ranks, resumed anywhere.

::

    corpus = Corpus.open("OUT/asr/or/train")
    loader = Loader(corpus, OrderSettings(seconds=120, per_step=8), rank=0, world=4)
    for batch in loader.epoch():          # batch.audio (B, T), batch.lengths (B,), batch.texts …
        ...
        saved = loader.state()            # {"corpus": …, "seed": 0, "epoch": 0, "batch": 17}
    loader.resume(saved)                  # also with another rank and world

No torch here; `wavelode.datasets.torch` shows this to a ``DataLoader``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from os import PathLike
from typing import Any, TypedDict

import numpy as np

from wavelode.datasets.collate import Batch, pad
from wavelode.datasets.order import Floats, Ints, OrderSettings, Plan, plan_epoch
from wavelode.datasets.views.clips import Clip, Clips
from wavelode.schemas.errors import StorageError

_NEEDED = ("clip_id", "duration_s")
_LEAST_JUDGED = 100


class State(TypedDict):
    """Where an epoch stands; all a checkpoint needs."""

    corpus: str
    seed: int
    epoch: int
    batch: int
    """micro-batches done, over all ranks"""


@dataclass(frozen=True, slots=True)
class Corpus:
    """The clips of a folder of shards, and what planning needs of them.

    Attributes:
        durations_s: (N,).
        groups: the group of each clip, (N,), and its name in `group_names`.
        sha256: of the clips' names in order: a plan of one corpus is none for another.
    """

    clips: Clips
    durations_s: Floats
    groups: Ints
    group_names: tuple[str, ...]
    sha256: str

    @classmethod
    def open(cls, path: str | PathLike[str], columns: Sequence[str] | None = None, by: str = "") -> Corpus:
        """The clips below a folder.

        Args:
            columns: what a batch needs besides the sound; all where None.
            by: a column whose values are the groups of a temperature, such as ``language`` or ``station``.

        Raises:
            StorageError: if there are no shards, one can't be read, or a column isn't there.
        """
        told = Clips(path, [*_NEEDED, *([by] if by else [])]).table()
        names, groups = _grouped(told[by].to_pylist() if by else [""] * len(told))
        digest = hashlib.sha256()
        for chunk in told["clip_id"].chunks:
            digest.update("".join(f"{name}\n" for name in chunk.to_pylist()).encode())
        wanted = None if columns is None else [*dict.fromkeys([*_NEEDED, "audio", *columns])]
        return cls(Clips(path, wanted), told["duration_s"].to_numpy(), groups, names, digest.hexdigest())


def _grouped(values: list[str | None]) -> tuple[tuple[str, ...], Ints]:
    names, groups = np.unique(np.array([value or "" for value in values]), return_inverse=True)
    return tuple(str(name) for name in names), groups.astype(np.int64)


Collate = Callable[[Sequence[Clip]], Batch]


class Loader:
    """Batches of one rank.

    Args:
        world: how many ranks there are; divides the settings' `per_step`.
        collate: makes a batch of clips; runs in the threads that read.
        threads: how many micro-batches are read and decoded at once, ahead of need.
        max_bad: share of clips that may be unreadable before the loader stops.

    Raises:
        ValueError: if the rank isn't one of the world's, or that many ranks can't share a step.
    """

    def __init__(
        self,
        corpus: Corpus,
        settings: OrderSettings,
        rank: int = 0,
        world: int = 1,
        collate: Collate = pad,
        *,
        threads: int = 2,
        max_bad: float = 0.001,
    ) -> None:
        if not 0 <= rank < world:
            raise ValueError(f"rank {rank} of {world}: expected 0 to {world - 1}")
        if settings.per_step % world:
            raise ValueError(f"{world} ranks can't share steps of {settings.per_step} micro-batches equally")
        self.corpus, self.settings = corpus, settings
        self.rank, self.world = rank, world
        self.quarantine = Quarantine(max_bad)
        self._collate, self._threads = collate, threads
        self._epoch, self._done = 0, 0

    def epoch(self) -> Iterator[Batch]:
        """What is left of this epoch, in order; then the next epoch is begun.

        Raises:
            StorageError: if too many clips can't be read.
            ValueError: if no plan can be made.
        """
        plan = self.plan()
        mine = plan.mine(self.rank, self.world, self._done)
        for number, batch in _ahead(mine, lambda number: self.batch(plan, number), self._threads):
            self._done = self.done_after(number)
            yield batch
        self._epoch, self._done = self._epoch + 1, 0

    def batch(self, plan: Plan, number: int) -> Batch:
        """One micro-batch; without the clips that can't be read.

        Raises:
            StorageError: if these are too many.
        """
        rows = plan.rows(number).tolist()
        clips = (self.quarantine.read(self.corpus.clips, row) for row in rows)
        return self._collate([clip for clip in clips if clip])

    def done_after(self, number: int) -> int:
        """How many micro-batches are done over all ranks, once each has done the one that goes with this number."""
        return number - self.rank + self.world

    def plan(self, epoch: int | None = None) -> Plan:
        """An epoch; without a number the one this loader is in."""
        epoch = self._epoch if epoch is None else epoch
        return plan_epoch(self.corpus.durations_s, self.settings, epoch, self.corpus.groups)

    def state(self) -> State:
        """Where it stands after the last batch that was given out; the same on every rank that gave out as many."""
        return State(corpus=self.corpus.sha256, seed=self.settings.seed, epoch=self._epoch, batch=self._done)

    def resume(self, state: State) -> None:
        """Goes on where a state was taken, on any rank of any world.

        Raises:
            ValueError: if the state is of other clips or another seed, or was taken within a step of another world.
        """
        if (state["corpus"], state["seed"]) != (self.corpus.sha256, self.settings.seed):
            raise ValueError("the state is of another corpus or seed; open the shards it was saved with")
        if state["batch"] % self.world:
            raise ValueError(
                f"the state was taken within a step, after {state['batch']} micro-batches, and {self.world} ranks "
                "can't go on from there; save states at the end of a step"
            )
        self._epoch, self._done = state["epoch"], state["batch"]


class Quarantine:
    """Clips that can't be read: left out and counted, never turned into silence."""

    def __init__(self, max_bad: float) -> None:
        self.max_bad = max_bad
        self.bad: dict[int, str] = {}
        self.read_so_far = 0

    def read(self, clips: Clips, row: int) -> Clip | None:
        """A clip whose sound is whole; None for one that isn't.

        Raises:
            StorageError: if these are too many.
        """
        self.read_so_far += 1
        try:
            clip = clips[row]
            said = _wrong_length(clip)
        except (StorageError, OSError, RuntimeError) as error:
            said = str(error)
        if not said:
            return clip
        self.bad[row] = said
        if len(self.bad) > self.max_bad * max(self.read_so_far, _LEAST_JUDGED):
            raise StorageError(
                f"{len(self.bad)} of {self.read_so_far} clips can't be read, first clip {next(iter(self.bad))}: "
                f"{next(iter(self.bad.values()))}; check the shards against manifest.json, or raise max_bad"
            )
        return None


def _wrong_length(clip: Clip) -> str:
    told = round(clip["duration_s"] * clip.rate)
    return "" if len(clip.samples) == told else f"{clip.clip_id}: {len(clip.samples)} samples of {told}"


def _ahead(numbers: range, work: Callable[[int], Any], threads: int) -> Iterator[tuple[int, Any]]:
    """Results in order, a few begun before they are asked for."""
    if threads < 1:
        yield from ((n, work(n)) for n in numbers)
        return
    with ThreadPoolExecutor(threads) as pool:
        coming = iter(numbers)
        waiting: list[tuple[int, Future[Any]]] = [
            (n, pool.submit(work, n)) for n in islice(coming, 2 * threads)
        ]
        try:
            while waiting:
                number, future = waiting.pop(0)
                result = future.result()
                waiting += [(n, pool.submit(work, n)) for n in islice(coming, 1)]
                yield number, result
        finally:
            for _, future in waiting:
                future.cancel()
