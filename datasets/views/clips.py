"""Clips by number, straight from the shards.

::

    from wavelode.datasets.views import Clips
    clip = Clips("OUT/asr")[0]           # clip.text, clip.samples, clip.rate, clip.words, clip["station"] …
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wavelode.datasets.audio import decode_flac
from wavelode.datasets.rows import Row
from wavelode.schemas.errors import StorageError

_MOST_FOOTERS = 64
"""Kept at once; that of a large shard takes a megabyte or two."""


@dataclass(frozen=True, slots=True)
class TimedWord:
    """One word of a clip; seconds count from the clip's start."""

    text: str
    start_s: float
    end_s: float
    confidence: float | None


class Clip:
    """One row of a shard: its sound, its text, and every column by name.

    >>> Clip({"clip_id": "a-0-16000", "text": "good morning", "duration_s": 1.0})
    Clip('a-0-16000', 1.0 s, 'good morning')
    """

    def __init__(self, row: Row) -> None:
        self._row = row
        self._sound: tuple[NDArray[np.float32], int] | None = None

    def __getitem__(self, column: str) -> Any:
        """The value of a column.

        Raises:
            StorageError: if it isn't among those that were read; names those that were.
        """
        try:
            return self._row[column]
        except KeyError:
            raise StorageError(_no_column(column, self._row)) from None

    def __contains__(self, column: str) -> bool:
        return column in self._row

    def __repr__(self) -> str:
        row = self._row
        return f"Clip({row.get('clip_id')!r}, {row.get('duration_s')} s, {row.get('text')!r})"

    @property
    def clip_id(self) -> str:
        return str(self["clip_id"])

    @property
    def text(self) -> str | None:
        """What is said, as it is printed; None for unlabelled speech."""
        text: str | None = self["text"]
        return text

    @property
    def words(self) -> tuple[TimedWord, ...]:
        """The words of the text on time; none for unlabelled speech."""
        rows = self["words"] or ()
        return tuple(TimedWord(w["word"], w["start_s"], w["end_s"], w["confidence"]) for w in rows)

    @property
    def flac(self) -> bytes:
        """The sound as it is stored."""
        data: bytes = self["audio"]["bytes"]
        return data

    @property
    def samples(self) -> NDArray[np.float32]:
        """The sound, (T,) in [-1, 1)."""
        return self._decoded[0]

    @property
    def rate(self) -> int:
        """Samples per second."""
        return self._decoded[1]

    @property
    def _decoded(self) -> tuple[NDArray[np.float32], int]:
        """Kept; by hand, because a ``cached_property`` lets only one thread at a time work out any of them (3.11)."""
        if self._sound is None:
            self._sound = decode_flac(self.flac)
        return self._sound


class Clips(Sequence[Clip]):
    """All clips of a folder of shards, or of one shard, in the order of their paths.

    A clip by number reads one row group of one file. Only footers are read to begin with.

    Args:
        path: a folder, searched to its depth, or one ``.parquet`` file.
        columns: read only these; all where None. Leave ``audio`` out to read text quickly.

    Raises:
        StorageError: if there are no shards, one can't be read, or a column isn't there.
    """

    def __init__(self, path: str | PathLike[str], columns: Sequence[str] | None = None) -> None:
        self._files = _shards(Path(path))
        self._columns = None if columns is None else list(columns)
        self._footers: dict[Path, Any] = {}
        self._group_ends = [_group_ends(file, self._columns) for file in self._files]
        self._file_ends = list(accumulate(ends[-1] if ends else 0 for ends in self._group_ends))

    def __len__(self) -> int:
        return self._file_ends[-1]

    def __getitem__(self, number: int) -> Clip:  # type: ignore[override]  # one clip at a time: no slices
        """The clip of this number; from the end where it is negative.

        Raises:
            IndexError: if there are not that many.
        """
        at = number + len(self) if number < 0 else number
        if not 0 <= at < len(self):
            raise IndexError(f"clip {number} of {len(self)}")
        file = bisect_right(self._file_ends, at)
        at -= self._file_ends[file - 1] if file else 0
        ends = self._group_ends[file]
        group = bisect_right(ends, at)
        at -= ends[group - 1] if group else 0
        return Clip(self._read(self._files[file], group).slice(at, 1).to_pylist()[0])

    def __iter__(self) -> Iterator[Clip]:
        for file, ends in zip(self._files, self._group_ends, strict=True):
            for group in range(len(ends)):
                yield from map(Clip, self._read(file, group).to_pylist())

    def table(self) -> pa.Table:
        """The columns of all clips at once; leave ``audio`` out."""
        tables = []
        for path in self._files:
            with _opened(path) as file:
                tables.append(file.read(columns=self._columns).replace_schema_metadata(None))
        return pa.concat_tables(tables)

    def _read(self, path: Path, group: int) -> pa.Table:
        footer = self._footers.get(path)
        with _opened(path, footer) as file:
            if footer is None:
                self._keep_footer(path, file.metadata)
            return file.read_row_group(group, columns=self._columns)

    def _keep_footer(self, path: Path, footer: Any) -> None:
        """Several threads may read at once: each step here is whole by itself."""
        if len(self._footers) >= _MOST_FOOTERS:
            self._footers = {}
        self._footers[path] = footer


def _shards(path: Path) -> list[Path]:
    files = [path] if path.is_file() else sorted(path.rglob("[!.]*.parquet"))
    if not files:
        raise StorageError(
            f"{path}: there are no shards (*.parquet); give the asr or ssl folder of a finished run"
        )
    return files


def _opened(path: Path, footer: Any = None) -> Any:
    try:
        return pq.ParquetFile(path, metadata=footer)
    except (OSError, pa.ArrowException) as error:
        raise StorageError(f"{path}: can't read it ({error}); run `wavelode pack` again") from error


def _group_ends(path: Path, columns: Sequence[str] | None) -> list[int]:
    with _opened(path) as file:
        names = file.schema_arrow.names
        for column in columns or ():
            if column not in names:
                raise StorageError(f"{path}: {_no_column(column, names)}")
        groups = range(file.num_row_groups)
        return list(accumulate(file.metadata.row_group(group).num_rows for group in groups))


def _no_column(column: str, there: Any) -> str:
    return f"there is no column {column!r} here; there are: {', '.join(there)}"
