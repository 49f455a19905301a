"""The clips that are trained on: which, how long, of what group, and where their sound lies.

::

    corpus = Corpus.open("OUT/asr", by=["language", Tier("p_correct", (0.8, 0.95))], where=[("snr_db", ">", 10)])
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from wavelode.datasets.blobs import Blobs, Folder, ShardBlobs
from wavelode.datasets.index import Asked, Filter, Index
from wavelode.datasets.order import Floats, Ints
from wavelode.datasets.rows import Row
from wavelode.datasets.views.clips import Clip
from wavelode.schemas.errors import StorageError

_NEEDED = ("clip_id", "duration_s")


@dataclass(frozen=True, slots=True)
class Tier:
    """Clips by how high a value of theirs is: below the first border, from the first to the second, and so on.

    >>> Tier("p_correct", (0.8, 0.95)).names
    ('p_correct < 0.8', 'p_correct >= 0.8', 'p_correct >= 0.95', 'no p_correct')
    """

    column: str
    borders: tuple[float, ...]

    @property
    def names(self) -> tuple[str, ...]:
        above = (f"{self.column} >= {border:g}" for border in self.borders)
        return (f"{self.column} < {self.borders[0]:g}", *above, f"no {self.column}")


@dataclass(frozen=True, slots=True)
class _Grouping:
    names: tuple[str, ...]
    numbers: Ints


class Corpus:
    """The clips of a folder of shards, and what planning needs of them; can be sent to other processes.

    Attributes:
        durations_s: (N,).
        groups: the group of each clip, (N,), and its name in `group_names`.
        sha256: of the clips' names and lengths in order: a plan of one corpus is none for another.
    """

    def __init__(self, index: Index, blobs: Blobs, by: Sequence[str | Tier] = ()) -> None:
        self.index, self.blobs = index, blobs
        self._by = tuple(by)
        if not len(index):
            raise StorageError("no clip is left; ask less of them in `where`")

    @classmethod
    def open(
        cls,
        path: str | PathLike[str],
        columns: Sequence[str] | None = ("text",),
        by: str | Tier | Sequence[str | Tier] = (),
        where: Filter | None = None,
        *,
        values: Sequence[str] = (),
        keep_index: str | PathLike[str] | None = None,
    ) -> Corpus:
        """The clips below a folder on a disk or in an object store (see `wavelode.datasets.blobs`).

        Args:
            columns: what a batch needs besides the sound; all where None.
            by: what the groups of a temperature are made of: columns such as ``language`` or ``station``, tiers.
            where: only clips for which all of it is true.
            values: further columns, such as that of a curriculum.
            keep_index: where the index rests, a folder; see `Index.of`.

        Raises:
            StorageError: if there are no shards, one can't be read, a column isn't there or no clip is left.
        """
        by = [by] if isinstance(by, str | Tier) else list(by)
        grouped = [one.column if isinstance(one, Tier) else one for one in by]
        held = None if columns is None else tuple(dict.fromkeys([*_NEEDED, *columns, *grouped, *values]))
        folder = Folder.at(path)
        asked = Asked(held, tuple(where or ()))
        index = Index.of(folder, asked, None if keep_index is None else Path(keep_index))
        return cls(index, ShardBlobs(fspath(path), index.shards), by)

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, number: int) -> Clip:
        """A clip with its sound.

        Raises:
            IndexError: if there are not that many.
            OSError: if its file isn't there or can't be read.
            StorageError: if its sound isn't whole.
        """
        if not 0 <= number < len(self):
            raise IndexError(f"clip {number} of {len(self)}")
        return self.clip(number, self.read(number))

    @cached_property
    def durations_s(self) -> Floats:
        return self.numbers("duration_s")

    @property
    def groups(self) -> Ints:
        return self._grouping.numbers

    @property
    def group_names(self) -> tuple[str, ...]:
        return self._grouping.names

    @cached_property
    def sha256(self) -> str:
        digest = hashlib.sha256()
        for chunk in self.index.column("clip_id").chunks:
            # Lengths and letters together say where one name ends.
            digest.update(pc.binary_length(chunk).to_numpy().astype("<i4").tobytes())
            digest.update(_letters(chunk))
        digest.update(self.durations_s.astype("<f8").tobytes())
        return digest.hexdigest()

    def numbers(self, column: str) -> Floats:
        """The values of a column of all clips, (N,); nan where null.

        Raises:
            StorageError: if it isn't there or holds no numbers.
        """
        try:
            values: Floats = self.index.column(column).cast("float64").to_numpy().astype(np.float64)
        except (ValueError, NotImplementedError) as error:
            raise StorageError(f"column {column!r} holds no numbers; name one that does") from error
        return values

    def read(self, number: int) -> bytes:
        """The sound of a clip as it is stored.

        Raises:
            OSError: if its file isn't there or can't be read.
            StorageError: if it isn't whole.
        """
        file, offset, size, crc32 = (int(column[number]) for column in self._places)
        data = self.blobs.read(file, offset, size)
        if len(data) != size:
            raise StorageError(f"{self.index.shards[file]}: ends after {len(data)} of {size} bytes of a clip")
        if zlib.crc32(data) != crc32:
            raise StorageError(
                f"{self.index.shards[file]}: the bytes of a clip have changed (CRC-32 differs)"
            )
        return data

    def clip(self, number: int, sound: bytes) -> Clip:
        """A clip with its columns."""
        row: Row = self.index.row(number)
        return Clip({**row, "audio": {"bytes": sound, "path": f"{row['clip_id']}.flac"}})

    @cached_property
    def _places(self) -> tuple[NDArray[Any], ...]:
        return self.index.places()

    @cached_property
    def _grouping(self) -> _Grouping:
        names, numbers = [""], np.zeros(len(self), np.int64)
        for one in self._by:
            more = self._tiers(one) if isinstance(one, Tier) else self._values(one)
            names = [", ".join(filter(None, (name, other))) for name in names for other in more.names]
            numbers = numbers * len(more.names) + more.numbers
        there, numbers = np.unique(numbers, return_inverse=True)
        return _Grouping(tuple(names[number] for number in there), numbers.astype(np.int64))

    def _values(self, column: str) -> _Grouping:
        coded = self.index.column(column).combine_chunks().dictionary_encode(null_encoding="encode")
        told = [str(value or "") for value in coded.dictionary.to_pylist()]
        ranks = np.argsort(np.argsort(told, kind="stable"), kind="stable")
        return _Grouping(tuple(sorted(told)), ranks[coded.indices.to_numpy()].astype(np.int64))

    def _tiers(self, tier: Tier) -> _Grouping:
        values = self.numbers(tier.column)
        numbers = np.searchsorted(tier.borders, values, side="right")
        return _Grouping(tier.names, np.where(np.isnan(values), len(tier.borders) + 1, numbers))

    def __getstate__(self) -> dict[str, Any]:
        """What was worked out is worked out again where it is needed: that is quicker than to send it."""
        return {"index": self.index, "blobs": self.blobs, "_by": self._by}


def _letters(chunk: Any) -> memoryview:
    """The letters of all strings of an array that begins where its buffers do."""
    letters = chunk.buffers()[2]
    return memoryview(letters)[: pc.sum(pc.binary_length(chunk)).as_py() or 0] if letters else memoryview(b"")
