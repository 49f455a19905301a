"""What is compared: something that fills batches from a corpus, for one of several processes, and may be resumed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from typing import Any, Protocol

import numpy as np

from wavelode.infra.bench.loader.corpus import Made

SECONDS = 120.0
"""Of a micro-batch, padding included, for those that know buckets."""
CLIPS = 16
"""Of a batch for those that don't: 16 clips of the middle length are 97 s."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A batch that was filled.

    Attributes:
        ids: the clips in it.
        useful, padded: its samples without and with padding.
    """

    ids: tuple[str, ...]
    useful: int
    padded: int


class Run(Protocol):
    """One epoch of one process."""

    def __iter__(self) -> Iterator[Filled]: ...

    def save(self) -> Any:
        """What a checkpoint would hold after the last batch; None where there is nothing to hold."""
        ...

    def load(self, state: Any) -> None: ...

    def skim(self) -> Iterator[int] | None:
        """For who goes on by passing all that was done once more: how many clips at a time, not decoded; else None."""
        ...


class Contender(Protocol):
    """A way to load clips.

    Attributes:
        name: for the tables.
        needs: packages it is made of.
    """

    @property
    def name(self) -> str: ...

    @property
    def needs(self) -> tuple[str, ...]: ...

    def prepare(self, made: Made) -> None:
        """Puts the clips into the form it reads."""
        ...

    def open(self, made: Made, rank: int, world: int) -> Run: ...


def missing(contender: Contender) -> list[str]:
    """The packages that aren't installed."""
    return [name for name in contender.needs if find_spec(name) is None]


def fill(clips: Iterable[tuple[str, Any]]) -> Filled:
    """Decoded clips padded into one array, which is what a model would get."""
    named = list(clips)
    sounds = [sound for _, sound in named]
    table = np.zeros((len(sounds), max((len(sound) for sound in sounds), default=0)), np.float32)
    for row, sound in zip(table, sounds, strict=True):
        row[: len(sound)] = sound
    return Filled(tuple(name for name, _ in named), sum(map(len, sounds)), table.size)


def in_batches(clips: Iterator[tuple[str, Any]], size: int = CLIPS) -> Iterator[Filled]:
    """So many at a time, in the order they come."""
    while batch := list(islice(clips, size)):
        yield fill(batch)
