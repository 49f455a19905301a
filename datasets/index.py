"""The index of a folder of shards: all columns but the sound, and where the sound of each clip lies.

It is made once from what the shards tell (their sound is not read) and mapped into memory by whoever opens it next,
so that millions of clips cost neither time nor memory. Its name says which shards and columns it is of; it is written
whole or not at all, and nobody ever changes one: any number of jobs may use it at once.

Of shards that a filter asks little of, only those row groups are read whose column statistics don't exclude them.
"""

from __future__ import annotations

import json
import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wavelode.datasets.blobs import Folder
from wavelode.datasets.places import PLACE, places_of
from wavelode.datasets.rows import Row
from wavelode.datasets.storage import fingerprint, whole
from wavelode.schemas.errors import StorageError

VERSION = "1"
"""Raised whenever the code below makes another index of the same shards."""

Filter = list[tuple[str, str, Any]]
"""All of ``(column, operator, value)``, as in ``[("language", "in", ["or", "hi"]), ("snr_db", ">", 10)]``."""

_FILE = "_file"
_PLACE = tuple(f"_{name}" for name in PLACE.names or ())
_COUNTS = b"wavelode_index"


@dataclass(frozen=True, slots=True)
class Asked:
    """What an index is to hold.

    Attributes:
        columns: all but the sound where None.
        where: only clips for which all of it is true; a null is not.
    """

    columns: tuple[str, ...] | None = None
    where: tuple[tuple[str, str, Any], ...] = ()

    @property
    def expression(self) -> Any:
        return pq.filters_to_expression([list(self.where)]) if self.where else None


class Index:
    """An open index.

    Attributes:
        shards: paths of the shards from the folder's root.
        groups_read, groups: how many row groups had to be read to make it, of how many.
    """

    def __init__(self, table: pa.Table, path: Path | None) -> None:
        self._table, self._path = table, path
        told = json.loads(table.schema.metadata[_COUNTS])
        self.shards: list[str] = told["shards"]
        batches = table.to_batches()
        self._starts = list(accumulate((len(batch) for batch in batches), initial=0))
        self._columns = [{name: batch.column(name) for name in self.column_names} for batch in batches]

    @classmethod
    def of(cls, folder: Folder, asked: Asked, keep: Path | None = None) -> Index:
        """Opens the index of a folder; makes it where there is none.

        Args:
            keep: the folder it rests in; where None, beside the shards if they are on a disk, else in the user's
                cache. Where that can't be written to it is held in memory.

        Raises:
            StorageError: if there are no shards, one can't be read, or a column isn't there.
        """
        shards = folder.shards()
        keep = keep or _home(folder)
        of_columns = fingerprint(VERSION, folder.root, asked.columns, asked.where)
        path = keep / f".clips-{of_columns}-{fingerprint(shards)}.arrow"
        if not path.exists():
            tables = _Tables(folder, shards, asked)
            try:
                _write(tables, path)
            except StorageError:
                if os.access(keep, os.W_OK):
                    raise
                return cls(pa.Table.from_batches(tables.batches(), tables.schema()), None)
            _drop_older(path, of_columns)
        return cls.mapped(path)

    @classmethod
    def mapped(cls, path: Path) -> Index:
        """An index that is there, mapped into memory."""
        return cls(pa.ipc.open_file(pa.memory_map(str(path))).read_all(), path)

    def __len__(self) -> int:
        return int(self._table.num_rows)

    @property
    def column_names(self) -> list[str]:
        return [name for name in self._table.column_names if name not in (_FILE, *_PLACE)]

    def column(self, name: str) -> Any:
        """One column of all clips, a ``ChunkedArray``.

        Raises:
            StorageError: if it isn't there; names those that are.
        """
        if name not in self.column_names:
            raise StorageError(_no_column(name, self.column_names))
        return self._table[name]

    def row(self, number: int) -> Row:
        """The columns of one clip."""
        batch = bisect_right(self._starts, number) - 1
        at = number - self._starts[batch]
        return {name: column[at].as_py() for name, column in self._columns[batch].items()}

    def places(self) -> tuple[NDArray[Any], ...]:
        """File, offset, size and CRC-32 of the sound of all clips, each (N,)."""
        return tuple(self._table[name].to_numpy() for name in (_FILE, *_PLACE))

    def __reduce__(self) -> tuple[Any, ...]:
        """A mapped one is mapped again where it arrives."""
        return (Index, (self._table, None)) if self._path is None else (Index.mapped, (self._path,))


def _home(folder: Folder) -> Path:
    if not folder.far and Path(folder.root).exists():
        root = Path(folder.root)
        return root if root.is_dir() else root.parent
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wavelode"


def _no_column(column: str, there: Sequence[str]) -> str:
    return f"there is no column {column!r} here; there are: {', '.join(there)}"


@dataclass(frozen=True, slots=True)
class _Tables:
    """The rows of an index, shard after shard."""

    folder: Folder
    shards: list[str]
    asked: Asked

    def schema(self) -> pa.Schema:
        """Raises StorageError if a column isn't there."""
        with self._opened(self.shards[0]) as file:
            there = file.schema_arrow
        names = [name for name in there.names if name != "audio"]
        for name in (*(self.asked.columns or ()), *(column for column, *_ in self.asked.where)):
            if name not in names:
                raise StorageError(f"{self.shards[0]}: {_no_column(name, names)}")
        chosen = names if self.asked.columns is None else dict.fromkeys(self.asked.columns)
        kinds = dict(zip(_PLACE, (pa.int64(), pa.int32(), pa.uint32()), strict=True))
        places = [pa.field(_FILE, pa.int32()), *(pa.field(name, kind) for name, kind in kinds.items())]
        told = {_COUNTS: json.dumps({"shards": self.shards}).encode()}
        return pa.schema([*(there.field(name) for name in chosen), *places], told)

    def batches(self) -> Iterator[pa.RecordBatch]:
        schema = self.schema()
        for number, shard in enumerate(self.shards):
            rows = self._rows(number, shard, schema)
            yield from rows.combine_chunks().to_batches()

    def _rows(self, number: int, shard: str, schema: pa.Schema) -> pa.Table:
        where = self.asked.expression
        with self._opened(shard) as file:
            groups = list(range(file.num_row_groups)) if where is None else self._not_excluded(file, shard)
            needed = [*schema.names[: -len(_PLACE) - 1], *(column for column, *_ in self.asked.where)]
            try:
                table = file.read_row_groups(groups, columns=list(dict.fromkeys(needed)))
                places = places_of(file, self.folder.open(shard), shard)
            except (OSError, pa.ArrowException) as error:
                raise StorageError(f"{shard}: can't read it ({error}); pack it again") from error
            ends = np.cumsum([0, *(file.metadata.row_group(g).num_rows for g in range(file.num_row_groups))])
        rows = np.concatenate([np.zeros(0, np.int64), *(np.arange(ends[g], ends[g + 1]) for g in groups)])
        table = table.append_column(_FILE, pa.array(np.full(len(rows), number, np.int32)))
        for name, column in zip(PLACE.names or (), _PLACE, strict=True):
            table = table.append_column(column, pa.array(places[name][rows]))
        if where is not None:
            table = table.filter(where)
        return table.select(schema.names).cast(schema)

    def _not_excluded(self, file: Any, shard: str) -> list[int]:
        """The row groups whose statistics leave room for a clip that is wanted."""
        import pyarrow.dataset as pads  # brings pandas along, where that is installed

        path = f"{self.folder.root}/{shard}" if shard else self.folder.root
        fragment = pads.ParquetFileFormat().make_fragment(path, self.folder.files)
        left = fragment.subset(self.asked.expression, schema=file.schema_arrow)
        return [group.id for group in left.row_groups]

    def _opened(self, shard: str) -> Any:
        try:
            return pq.ParquetFile(self.folder.open(shard))
        except (OSError, pa.ArrowException) as error:
            raise StorageError(f"{shard}: can't read it ({error}); run `wavelode pack` again") from error


def _write(tables: _Tables, path: Path) -> None:
    schema = tables.schema()
    with whole(path) as scratch, pa.ipc.new_file(str(scratch), schema) as writer:
        for batch in tables.batches():
            writer.write_batch(batch)


def _drop_older(path: Path, of_columns: str) -> None:
    """What was of the same columns before the shards changed; whoever has it open keeps it."""
    for old in path.parent.glob(f".clips-{of_columns}-*.arrow"):
        if old != path:
            with suppress(OSError):
                old.unlink()
