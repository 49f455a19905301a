"""Which recordings go together, found without holding what ties them.

::

    spread    a block of recordings -> (tie, recording), by the tie's hash                    map
    meet      a group of ties       -> pairs: each recording with the first of its like       group by tie

However many ties two recordings share, a group joins them once: what comes back are fewer pairs than recordings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wavelode.datasets.storage import whole
from wavelode.pipelines.duplicates.clusters import components, leads
from wavelode.pipelines.grouping import ByFiles, GroupBy, Grouper, Parted, Table
from wavelode.pipelines.splitting.units import Unit

TIED = np.dtype([("tie", "<u8"), ("unit", "<u4")])
PAIR = np.dtype([("a", "<u4"), ("b", "<u4")])

_BLOCK = 20_000
_LEAST_GROUPS, _BLOCKS_A_GROUP = 8, 2


def parts_of(
    units: Iterable[Unit], folder: Path, group: Grouper | None = None, block: int = _BLOCK
) -> list[list[Unit]]:
    """The connected parts, loose ties among what connects: units of a part by name, parts by their first.

    Args:
        units: one per recording, in any order.
        folder: for the ties, seen from wherever `group` runs its steps; by default here.
        block: so many recordings are an item.
    """
    units = sorted(units, key=lambda unit: unit.recording_id)
    folder.mkdir(parents=True, exist_ok=True)
    blocks = range(-(-len(units) // block))
    _write(units, folder / "ties.parquet", block)
    meeting = Meeting(folder, max(_LEAST_GROUPS, len(blocks) // _BLOCKS_A_GROUP), block)
    by = GroupBy(meeting.groups, ("ties",), meeting.spread, meeting.meet)
    pairs = np.concatenate([np.zeros(0, PAIR), *(group or ByFiles(folder))(by, blocks)])
    first = components(len(units), zip(pairs["a"].tolist(), pairs["b"].tolist(), strict=True))
    parts: dict[int, list[Unit]] = {}
    for leader, unit in zip(first.tolist(), units, strict=True):
        parts.setdefault(leader, []).append(unit)
    return list(parts.values())


def _write(units: Sequence[Unit], path: Path, block: int) -> None:
    schema = pa.schema([("ties", pa.list_(pa.string()))])
    with whole(path) as scratch, pq.ParquetWriter(scratch, schema) as writer:
        for start in range(0, len(units), block):
            ties = [[*unit.ties, *unit.loose_ties] for unit in units[start : start + block]]
            writer.write_table(pa.table({"ties": ties}, schema), row_group_size=block)


@dataclass(frozen=True, slots=True)
class Meeting:
    """The steps by which recordings meet; they read their ties from a folder."""

    folder: Path
    groups: int
    block: int

    def spread(self, block: int) -> Parted:
        """What each recording of a block is tied to: `TIED` rows."""
        ties = pq.ParquetFile(self.folder / "ties.parquet").read_row_group(block)["ties"].to_pylist()
        found = [(_hash(tie), number) for number, names in enumerate(ties) for tie in names]
        rows = np.array(found, TIED)
        rows["unit"] += block * self.block
        return Parted(rows, rows["tie"] % np.uint64(self.groups))

    def meet(self, _group: int, rows: Table) -> Table:
        """Which recordings a group of ties joins: `PAIR` rows, no two of which say the same."""
        rows = rows[np.argsort(rows["tie"], kind="stable")]
        names, units = np.unique(rows["unit"], return_inverse=True)
        first = components(len(names), zip(units[leads(rows["tie"])].tolist(), units.tolist(), strict=True))
        joined = np.flatnonzero(first != np.arange(len(names)))
        pairs = np.zeros(len(joined), PAIR)
        pairs["a"], pairs["b"] = names[first[joined]], names[joined]
        return pairs


def _hash(tie: str) -> int:
    """64 bits: among 20 million ties two are one by chance once in a hundred thousand corpora, and then go together."""
    return int.from_bytes(
        hashlib.blake2b(tie.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little"
    )
