"""Shards into training: numpy batches in a planned order, for any number of ranks, resumed anywhere.

::

    corpus = Corpus.open("OUT/asr/or/train")
    loader = Loader(corpus, OrderSettings(seconds=120, per_step=8), rank=0, world=4)
    for batch in loader.epoch():          # batch.audio (B, T), batch.lengths (B,), batch.texts …
        ...
        saved = loader.state()            # {"manifest": …, "seed": 0, "epoch": 0, "batch": 17}
    loader.resume(saved)                  # also with another rank and world

No torch here; `wavelode.datasets.torch` shows this to a ``DataLoader``.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypedDict

import numpy as np

from wavelode.datasets.ahead import Late, Reading, ahead
from wavelode.datasets.collate import Batch, Pad, Piece, View, Wave, rooms_for
from wavelode.datasets.corpus import Corpus
from wavelode.datasets.order import Floats, OrderSettings, Plan, plan_epoch
from wavelode.datasets.quarantine import Quarantine
from wavelode.schemas.time import WORKING_RATE_HZ

Collate = Callable[[Sequence[Piece]], Batch]

_log = logging.getLogger(__name__)


class State(TypedDict):
    """Where an epoch stands; all a checkpoint needs, in under 200 bytes."""

    manifest: str
    """of the clips and of everything else an order depends on"""
    seed: int
    epoch: int
    batch: int
    """micro-batches done, over all ranks; at the end of step n it is n times `per_step`"""


@dataclass(frozen=True, slots=True)
class LoaderSettings:
    """How a loader works; none of it changes the order.

    Attributes:
        threads: how many micro-batches are decoded at once, ahead of need; 0 does all in the caller's thread.
        reads: how many clips are read at once from an object store; a disk is read by whoever decodes.
        ahead: how many micro-batches are begun before they are needed; from a disk no more than one beside those that
            are being decoded, because what is used soon is still in the processor's cache.
        max_bad: share of clips that may be unreadable before the loader stops.
    """

    threads: int = 2
    reads: int = 32
    ahead: int = 6
    max_bad: float = 0.001


class Loader:
    """Batches of one rank.

    Args:
        world: how many ranks there are; divides the settings' `per_step`.
        view: which part of a clip is shown, and what is done to it.
        collate: makes a batch of pieces; runs in the threads that decode.
        curriculum: a column; low values come first, with a ``-`` before its name high ones. It must be among the
            corpus's columns.

    Raises:
        ValueError: if the rank isn't one of the world's, or that many ranks can't share a step.
        StorageError: if there is no such column.
    """

    def __init__(
        self,
        corpus: Corpus,
        settings: OrderSettings,
        rank: int = 0,
        world: int = 1,
        *,
        view: View | None = None,
        collate: Collate | None = None,
        curriculum: str = "",
        work: LoaderSettings | None = None,
    ) -> None:
        if not 0 <= rank < world:
            raise ValueError(f"rank {rank} of {world}: expected 0 to {world - 1}")
        if settings.per_step % world:
            raise ValueError(f"{world} ranks can't share steps of {settings.per_step} micro-batches equally")
        self.corpus, self.settings = corpus, settings
        self.rank, self.world = rank, world
        self.work = work or LoaderSettings()
        self.quarantine = Quarantine(self.work.max_bad)
        self._view, self._collate, self._curriculum = view or View(), collate or Pad(), curriculum
        self._epoch, self._done = 0, 0
        self._manifest = self._hash()

    def epoch(self) -> Iterator[Batch]:
        """What is left of this epoch, in order; then the next epoch is begun.

        Raises:
            StorageError: if too many clips can't be read.
            ValueError: if no plan can be made.
        """
        plan, epoch = self.plan(), self._epoch
        self._say_quotas(plan)
        mine = plan.mine(self.rank, self.world, self._done)
        reading = self._reading(plan, epoch)
        for number, batch in ahead(mine, reading, self.work.threads, self._reads, self._begun):
            self._done = self.done_after(number)
            yield batch
        self._epoch, self._done = self._epoch + 1, 0

    __iter__ = epoch

    def batch(self, plan: Plan, number: int, epoch: int) -> Batch:
        """One micro-batch; without the clips that can't be read.

        Raises:
            StorageError: if these are too many.
        """
        ((_, batch),) = ahead([number], self._reading(plan, epoch), 0, self._reads, 1)
        return batch

    def done_after(self, number: int) -> int:
        """How many micro-batches are done over all ranks, once each has done the one that goes with this number."""
        return number - self.rank + self.world

    def plan(self, epoch: int | None = None) -> Plan:
        """An epoch; without a number the one this loader is in."""
        epoch = self._epoch if epoch is None else epoch
        lengths_s = self._view.longest_s(self.corpus.durations_s)
        return plan_epoch(lengths_s, self.settings, epoch, self.corpus.groups, self._values())

    def state(self) -> State:
        """Where it stands after the last batch that was given out; the same on every rank that gave out as many."""
        return State(manifest=self._manifest, seed=self.settings.seed, epoch=self._epoch, batch=self._done)

    def resume(self, state: State) -> None:
        """Goes on where a state was taken, on any rank of any world.

        Raises:
            ValueError: if the state is of other clips, another seed or other settings of the order, or was taken
                within a step of another world.
        """
        if (state["manifest"], state["seed"]) != (self._manifest, self.settings.seed):
            raise ValueError(
                "the state is of another corpus, another seed or another order; "
                "open the shards it was saved with, with the same settings"
            )
        if state["batch"] % self.world:
            raise ValueError(
                f"the state was taken within a step, after {state['batch']} micro-batches, and {self.world} ranks "
                "can't go on from there; save states at the end of a step"
            )
        self._epoch, self._done = state["epoch"], state["batch"]

    def state_dict(self) -> State:
        """`state` under the name that torchdata and others ask for."""
        return self.state()

    def load_state_dict(self, state: State) -> None:
        """`resume` under that name."""
        self.resume(state)

    @property
    def _reads(self) -> int:
        return self.work.reads if self.corpus.blobs.far else 0

    @property
    def _begun(self) -> int:
        return self.work.ahead if self.corpus.blobs.far else min(self.work.ahead, self.work.threads + 1)

    def _reading(self, plan: Plan, epoch: int) -> Reading[Batch]:
        return Reading(
            lambda number: plan.rows(number).tolist(),
            self.corpus.read,
            lambda rows, sounds: self._made(rows, sounds, epoch),
        )

    def _made(self, rows: Sequence[int], sounds: Sequence[Late], epoch: int) -> Batch:
        tries = (
            self.quarantine.take(row, partial(self._piece, row, sound, epoch, room))
            for row, sound, room in zip(rows, sounds, self._rooms(rows), strict=True)
        )
        return self._collate([piece for piece in tries if piece is not None])

    def _rooms(self, rows: Sequence[int]) -> Sequence[Wave | None]:
        """Where each clip of a batch is decoded to; nowhere given where its samples are changed afterwards."""
        if self._view.change is not None:
            return [None] * len(rows)
        lengths_s = self._view.longest_s(self.corpus.durations_s[np.asarray(rows, np.int64)])
        return rooms_for(np.rint(lengths_s * WORKING_RATE_HZ).astype(int).tolist())

    def _piece(self, row: int, sound: Late, epoch: int, room: Wave | None) -> Piece:
        return self._view(self.corpus.clip(row, sound()), epoch, room)

    def _values(self) -> Floats | None:
        if not self._curriculum:
            return None
        values = self.corpus.numbers(self._curriculum.removeprefix("-"))
        return -values if self._curriculum.startswith("-") else values

    def _hash(self) -> str:
        order = replace(self.settings, seed=0)
        growth = self._view.change.growth if self._view.change else 1.0
        told = (
            *(self.corpus.sha256, self.corpus.group_names, order),
            *(self._view.crop_s, growth, self._curriculum),
        )
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def _say_quotas(self, plan: Plan) -> None:
        sizes = np.bincount(self.corpus.groups, minlength=len(plan.quotas))
        for name, quota, size in zip(self.corpus.group_names, plan.quotas, sizes, strict=True):
            _log.info("epoch %d: %s: %d clips, of %d there are", self._epoch, name or "all", quota, size)
