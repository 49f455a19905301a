"""Where in the shards a row of the decision table lies, counted instead of looked for.

Shards of one folder hold its clips in the order of the table, so that the number of rows of the same folder before a
row tells its shard and its place there: no shard has to be opened to find it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from wavelode.datasets.manifest import Shard
from wavelode.datasets.shards import shelving_of

HOME_READS = ("shelf", "language", "split")
"""What tells the folder of a row."""

Place = tuple[str, int]
"""The path of a shard from the output folder, and a row of it."""


class Homes:
    """Takes the decision table in batches, from its first row on, and says where some of its rows lie."""

    def __init__(self, shards: Iterable[Shard]) -> None:
        self._shards: dict[str, list[Shard]] = {}
        for shard in sorted(shards, key=lambda shard: shard.path):
            self._shards.setdefault(shard.path.rpartition("/")[0], []).append(shard)
        self._before: Counter[tuple[Any, ...]] = Counter()

    def places(self, batch: pa.Table, first: int, rows: Sequence[int]) -> dict[int, Place | None]:
        """The places of some rows of a batch, None for those that are in no shard.

        Args:
            batch: with the columns `HOME_READS`; its first row is number `first` of the table.
            rows: numbers in the table, all of this batch.
        """
        counted = 0
        found: dict[int, Place | None] = {}
        for row in sorted(rows):
            self._count(batch.slice(counted, row - first - counted))
            counted = row - first
            found[row] = self._place(batch.slice(counted, 1).select(HOME_READS).to_pylist()[0])
        self._count(batch.slice(counted))
        return found

    def _count(self, rows: pa.Table) -> None:
        grouped = rows.group_by(list(HOME_READS), use_threads=False).aggregate([([], "count_all")])
        for group in grouped.to_pylist():
            self._before[tuple(group[name] for name in HOME_READS)] += group["count_all"]

    def _place(self, row: dict[str, Any]) -> Place | None:
        shelving = shelving_of(row)
        if shelving is None:
            return None
        before = sum(
            count
            for key, count in self._before.items()
            if shelving_of(dict(zip(HOME_READS, key, strict=True))) == shelving
        )
        return place_in(self._shards.get(str(shelving.folder), ()), before)


def place_in(shards: Iterable[Shard], number: int) -> Place | None:
    """Where the clip of a folder with this number lies among its shards, sorted by path."""
    for shard in shards:
        if number < shard.rows:
            return shard.path, number
        number -= shard.rows
    return None
