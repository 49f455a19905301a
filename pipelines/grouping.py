"""Group-bys over tables that need not fit into memory, described so that any engine may run them.

::

    first     an item            -> rows, each with its group     map
    then      a group's rows     -> rows, each with its group     group by
    last      a group's rows     -> a result                      group by

What lies between two steps is a shuffle, and that is the engine's. Rows of a group come in the order of the items or
groups that gave them, so that a result depends neither on the engine nor on how many workers it has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from wavelode.datasets.storage import whole

Result = TypeVar("Result")
Covariant = TypeVar("Covariant", covariant=True)
Table = NDArray[Any]
"""Rows (N,) of a structured type."""


class Parted(NamedTuple):
    """Rows (N,) and the group of each, (N,)."""

    rows: Table
    group: NDArray[np.uint64]

    def parts(self, groups: int) -> list[Table]:
        """The rows of each group, in the order they have."""
        order = np.argsort(self.group, kind="stable")
        ends = np.searchsorted(self.group[order], np.arange(1, groups, dtype=np.uint64))
        return np.split(self.rows[order], ends)


@dataclass(frozen=True, slots=True)
class GroupBy(Generic[Result]):
    """What is grouped, and how; steps are sent to workers, and may be done twice.

    Attributes:
        groups: how many, numbered from 0; one that has no rows may be passed over.
        names: of what lies between two steps, for files and a runner's page.
    """

    groups: int
    names: tuple[str, ...]
    first: Callable[[int], Parted]
    last: Callable[[int, Table], Result]
    then: tuple[Callable[[int, Table], Parted], ...] = ()


class Grouper(Protocol):
    """Runs a group-by over items; results come in any order."""

    def __call__(self, by: GroupBy[Result], items: Sequence[int], /) -> Iterable[Result]: ...


class Mapper(Protocol):
    """Runs a task on each item, in any order; the built-in `map` is one."""

    def __call__(self, task: Callable[[int], Any], items: Iterable[int], /) -> Iterable[Any]: ...


@dataclass(frozen=True, slots=True)
class ByFiles:
    """The reference: what lies between two steps are files of a folder, and one step ends before the next begins.

    Attributes:
        mapper: does the tasks of a step, wherever they see the folder.
    """

    folder: Path
    mapper: Mapper = map

    def __call__(self, by: GroupBy[Result], items: Sequence[int]) -> Iterator[Result]:
        self.folder.mkdir(parents=True, exist_ok=True)
        files = _Files(self.folder, by)
        groups = range(by.groups if items else 0)
        for _ in self.mapper(files.spread, items):
            pass
        for nth in range(len(by.then)):
            for _ in self.mapper(partial(files.hand_on, nth), groups):
                pass
        yield from self.mapper(files.end, groups)


@dataclass(frozen=True, slots=True)
class _Files(Generic[Result]):
    """The steps of a group-by as tasks that read and write files."""

    folder: Path
    by: GroupBy[Result]

    def spread(self, item: int) -> None:
        self._write(self.by.names[0], item, self.by.first(item))

    def hand_on(self, nth: int, group: int) -> None:
        names = self.by.names
        self._write(names[nth + 1], group, self.by.then[nth](group, self._read(names[nth], group)))

    def end(self, group: int) -> Result:
        return self.by.last(group, self._read(self.by.names[-1], group))

    def _write(self, name: str, number: int, parted: Parted) -> None:
        parts = parted.parts(self.by.groups)
        _save(np.concatenate(parts), self.folder / f"{name}-{number:06d}.npy")
        _save(np.cumsum([0, *map(len, parts)]), self.folder / f"{name}-{number:06d}.ends.npy")

    def _read(self, name: str, group: int) -> Table:
        parts = []
        for path in sorted(self.folder.glob(f"{name}-*.ends.npy")):
            start, end = np.load(path)[group : group + 2]
            parts.append(np.load(path.with_name(path.name.replace(".ends", "")), mmap_mode="r")[start:end])
        return np.concatenate(parts)


@dataclass(frozen=True, slots=True)
class Grouping:
    """How group-bys are run, and a folder that all who run their steps see."""

    folder: Path
    group: Grouper | None = None


def _save(rows: Table, path: Path) -> None:
    with whole(path) as scratch, scratch.open("wb") as file:
        np.save(file, rows)
