"""Which clips people listen to: drawn by lot within strata, the same lot for the same seed.

A stratum is a language and how sure the alignment was. Each stratum gets its share of the sample, but never so few
clips that nothing could be said of it.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wavelode.datasets.rows import Row
from wavelode.datasets.shards import row_groups
from wavelode.datasets.storage import Layout, read_rows, write_rows
from wavelode.schemas.errors import StorageError
from wavelode.schemas.tables import AUDIT_SAMPLE
from wavelode.schemas.verdict import Shelf

BANDS = ((0.9, "sure"), (0.7, "fair"), (0.0, "doubtful"))
"""How sure the alignment was of a clip: from this probability on, by this name."""
LEAST_PER_STRATUM = 10
"""Fewer clips tell nothing of a stratum by itself; strata that have no more are heard whole."""

_COLUMNS = [
    *("clip_id", "recording_id", "station", "language", "duration_s"),
    *("shelf", "p_correct", "alignment_score"),
]


@dataclass(slots=True)
class _Urn:
    """The clips of one stratum with the lowest lots, and how many there are in all."""

    size: int = 0
    lowest: list[tuple[int, str, Row]] = field(default_factory=list)

    def add(self, lot: int, row: Row, most: int) -> None:
        self.size += 1
        entry = (-lot, row["clip_id"], row)
        if len(self.lowest) < most:
            heapq.heappush(self.lowest, entry)
        elif entry > self.lowest[0]:
            heapq.heapreplace(self.lowest, entry)

    def drawn(self, count: int) -> list[Row]:
        return [row for *_, row in sorted(self.lowest, reverse=True)[:count]]


def sample_path(layout: Layout) -> Path:
    return layout.audit / "sample.parquet"


def stratum_of(row: Row) -> str:
    """The stratum a clip belongs to, e.g. ``hi, fair``."""
    sure = row["p_correct"] if row["p_correct"] is not None else row["alignment_score"]
    band = next(name for least, name in BANDS if (sure or 0.0) >= least)
    return f"{row['language'] or 'und'}, {band}"


def draw(layout: Layout, count: int, seed: int = 0) -> list[Row]:
    """A stratified sample of the clips with text, as rows of ``AUDIT_SAMPLE``; holds `count` rows per stratum.

    Raises:
        StorageError: if there is no selection, or no clip in it has a text.
    """
    urns: dict[str, _Urn] = defaultdict(_Urn)
    for group in row_groups(layout.selected, _COLUMNS):
        for row in group.to_pylist():
            if row["shelf"] == Shelf.ASR:
                urns[stratum_of(row)].add(_lot(seed, row["clip_id"]), row, count)
    if not urns:
        raise StorageError(f"{layout.out}: no clip has a text yet; run `wavelode run` first")
    share = allocate({name: urn.size for name, urn in urns.items()}, count)
    rows = [
        {**{name: row[name] for name in row.keys() & set(AUDIT_SAMPLE.names)}, "stratum": stratum}
        | {"stratum_clips": urn.size}
        for stratum, urn in sorted(urns.items())
        for row in urn.drawn(share[stratum])
    ]
    # Strata in turn would let a listener guess how sure the alignment was.
    return sorted(rows, key=lambda row: _lot(seed + 1, row["clip_id"]))


def allocate(sizes: Mapping[str, int], count: int) -> dict[str, int]:
    """How many of `count` clips each stratum gives: in proportion, but `LEAST_PER_STRATUM` where it has them.

    >>> allocate({"a": 900, "b": 90, "c": 5}, 100)
    {'a': 85, 'b': 10, 'c': 5}
    """
    floor = {name: min(size, LEAST_PER_STRATUM) for name, size in sizes.items()}
    if sum(floor.values()) >= count:
        return _proportional(floor, count)
    held: dict[str, int] = {}
    while True:
        free = {name: size for name, size in sizes.items() if name not in held}
        share = _proportional(free, count - sum(held.values()))
        short = {name: floor[name] for name in free if share[name] < floor[name]}
        if not short:
            given = held | share
            return {name: given[name] for name in sizes}
        held |= short


def _proportional(sizes: Mapping[str, int], count: int) -> dict[str, int]:
    """Shares of `count` by the largest remainder, none above its size."""
    whole = sum(sizes.values())
    if count >= whole:
        return dict(sizes)
    exact = {name: size * count / whole for name, size in sizes.items()}
    given = {name: int(value) for name, value in exact.items()}
    rest = sorted(exact, key=lambda name: (given[name] - exact[name], name))
    for name in rest[: count - sum(given.values())]:
        given[name] += 1
    return given


def _lot(seed: int, clip_id: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}:{clip_id}".encode()).digest()[:8], "big")


def write_sample(layout: Layout, rows: Iterable[Row]) -> Path:
    path = sample_path(layout)
    write_rows(rows, AUDIT_SAMPLE, path)
    return path


def read_sample(layout: Layout) -> list[Row]:
    """The clips drawn, in the order to hear them; none where no sample was drawn.

    Raises:
        StorageError: if the file can't be read.
    """
    path = sample_path(layout)
    return read_rows(path) if path.exists() else []
