"""Where in a shard the sound of each clip lies, so that a clip is one read of one range.

The sound in a shard is neither compressed again nor coded: the FLAC file of a clip lies there in one piece. Whoever
writes a shard notes these places in its footer (`NOTE`); for one written by another program they are found by
looking, which reads it once.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wavelode.schemas.errors import StorageError

NOTE = "wavelode_places"
PLACE = np.dtype([("offset", "<i8"), ("size", "<i4"), ("crc32", "<u4")])
"""Bytes from the start of the file, how many, and their CRC-32."""

Places = NDArray[Any]
"""(N,) of `PLACE`."""

_SOUND = "audio.bytes"
_LENGTH_BYTES = 4
_BEGINNING = 64


def find_places(raw: bytes, sounds: Iterable[Any], start: int = 0) -> Places:
    """Where each of `sounds` (bytes, or buffers of them) lies in `raw`, in order; offsets count from `start` before it.

    Raises:
        ValueError: if one isn't there in one piece.
    """
    found, at = [], 0
    for sound in (np.frombuffer(sound, np.uint8) for sound in sounds):
        at = _found_at(raw, sound, at)
        found.append((start + at, len(sound), zlib.crc32(sound.data)))
        at += len(sound)
    return np.array(found, PLACE)


def _found_at(raw: bytes, sound: NDArray[np.uint8], at: int) -> int:
    """Where a sound begins; looked for by its beginning, because `bytes.index` studies all of a long one first.

    In Parquet's plain coding each value follows its length, which keeps short ones from being found elsewhere.
    """
    begins = len(sound).to_bytes(_LENGTH_BYTES, "little") + sound[:_BEGINNING].tobytes()
    there = np.frombuffer(raw, np.uint8)
    while True:
        at = raw.index(begins, at) + _LENGTH_BYTES
        if np.array_equal(there[at : at + len(sound)], sound):
            return at


class NotingWriter:
    """A ``ParquetWriter`` of clips that notes where their sound comes to lie.

    Args:
        writer: an open one that writes to `path`.
    """

    def __init__(self, writer: Any, path: Path) -> None:
        self._writer, self._path = writer, path
        self._noted: list[Places] = []
        self._end = path.stat().st_size

    @property
    def schema(self) -> pa.Schema:
        return self._writer.schema

    def write_table(self, table: pa.Table) -> None:
        self._writer.write_table(table)
        with self._path.open("rb") as file:
            file.seek(self._end)
            raw = file.read()
        column = table["audio"].combine_chunks().field("bytes")
        sounds = (sound.as_buffer() for sound in column)
        self._noted.append(find_places(raw, sounds, self._end))
        self._end += len(raw)

    def close(self) -> None:
        places = np.concatenate([np.zeros(0, PLACE), *self._noted])
        self._writer.add_key_value_metadata({NOTE: base64.b64encode(places.tobytes()).decode()})
        self._writer.close()


def places_of(file: Any, source: Any, name: str) -> Places:
    """The places in an open ``ParquetFile``: as noted, or else as found.

    Args:
        source: the same file, open for reading at any place.

    Raises:
        StorageError: if its sound doesn't lie there in one piece.
    """
    noted = (file.metadata.metadata or {}).get(NOTE.encode())
    if noted is not None:
        places: Places = np.frombuffer(base64.b64decode(noted), PLACE)
        if len(places) == file.metadata.num_rows and _is_there(places, source):
            return places
    try:
        found = [_found_in(file, source, group) for group in range(file.num_row_groups)]
    except (OSError, ValueError, StopIteration) as error:
        raise StorageError(
            f"{name}: the sound of its clips does not lie there in one piece; pack it again"
        ) from error
    return np.concatenate([np.zeros(0, PLACE), *found])


def _is_there(places: Places, source: Any) -> bool:
    """Whether the last sound is where it is said to be; programs that copy a shard may copy its note along."""
    if not len(places):
        return True
    offset, size, crc32 = places[-1].tolist()
    there: bytes = source.read_at(size, offset) if offset + size <= source.size() else b""
    return bool(zlib.crc32(there) == crc32)


def _found_in(file: Any, source: Any, group: int) -> Places:
    told = file.metadata.row_group(group)
    leaf = next(told.column(i) for i in range(told.num_columns) if told.column(i).path_in_schema == _SOUND)
    sounds = file.read_row_group(group, columns=["audio"])["audio"].combine_chunks().field("bytes")
    start = leaf.dictionary_page_offset or leaf.data_page_offset
    raw = source.read_at(leaf.total_compressed_size, start)
    return find_places(raw, sounds.to_pylist(), start)
