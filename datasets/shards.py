"""Shards: which clips lie in which Parquet file, and how such a file is written.

A shard is one unit of work. Its file is named by what it holds (``00003-<fingerprint>.parquet``), so a
listing alone tells which shards are done, and the same clips always give the same bytes. The audio column is
neither compressed again nor dictionary-coded and the footer says where each clip's sound lies: a random clip is one
small read.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wavelode.datasets.audio import VERSION as DECODER_VERSION
from wavelode.datasets.audio import Samples, cut, encode_flac
from wavelode.datasets.far import at_hand, opened
from wavelode.datasets.opus import encode_opus
from wavelode.datasets.places import NotingWriter
from wavelode.datasets.rows import Row
from wavelode.datasets.storage import file_sha256, fingerprint, whole
from wavelode.schemas.errors import ErrorCode, InputError, StorageError
from wavelode.schemas.settings import DecodeSettings, PackSettings
from wavelode.schemas.tables import CLIP, SCHEMA_VERSION
from wavelode.schemas.time import Span
from wavelode.schemas.verdict import Shelf

SHARD_VERSION = "2"
"""Raised whenever the code below gives other bytes for the same clips."""

SHARD_NAME = re.compile(r"\d{5,}-[0-9a-f]{16}\.parquet")

BYTES_PER_SAMPLE = 1.2
"""What broadcast speech takes as FLAC: 1.11 to 1.23 on five real bulletins; only sizes of shards hang on it."""
_BYTES_PER_ROW = 1_000
_LANGUAGE = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
_TABLE_GROUP_ROWS = 4_096
_ENCODERS, _CUT_AHEAD = 2, 8
_BELIEVED_ONLY = (
    "text",
    "text_normalized",
    "words",
    "alignment_score",
    "cer",
    "document_id",
    "page",
    "bbox",
    "text_source",
)

CutSound = Callable[[Row, list[Span]], Iterable[Samples]]
"""From a row and spans, sorted by start, to the samples ``(T,)`` of each span of the row's recording."""


@dataclass(frozen=True, slots=True, order=True)
class Shelving:
    """The folder a clip goes to; clips of unlabelled speech of all splits lie together."""

    shelf: Shelf
    language: str
    split: str

    @property
    def folder(self) -> PurePosixPath:
        home = PurePosixPath(self.shelf) / self.language
        return home / self.split if self.split else home


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """One shard to be written.

    Attributes:
        index: its number among the shards of its folder, from 0.
        first_row, end_row: its clips lie between these rows of the decision table, end excluded.
        rows: how many clips.
        samples: their length together, at the working rate.
        fingerprint: of everything its bytes depend on.
    """

    shelving: Shelving
    index: int
    first_row: int
    end_row: int
    rows: int
    samples: int
    fingerprint: str

    @property
    def path(self) -> PurePosixPath:
        """Where it lies, from the output folder."""
        return self.shelving.folder / f"{self.index:05d}-{self.fingerprint}.parquet"


def shelving_of(row: Row) -> Shelving | None:
    """Where the clip of a row of the decision table goes; None where it was left out."""
    if row["shelf"] is None:
        return None
    shelf = Shelf(row["shelf"])
    return Shelving(shelf, folder_name(row["language"]), row["split"] if shelf is Shelf.ASR else "")


def folder_name(language: str | None) -> str:
    """A language as the name of a folder; ``und`` for what is no code."""
    return language if language and _LANGUAGE.fullmatch(language) else "und"


class _Filling:
    """The shard of one folder that is being filled."""

    def __init__(self, shelving: Shelving, index: int, first_row: int) -> None:
        self.shelving, self.index, self.first_row = shelving, index, first_row
        self.end_row, self.rows, self.samples = first_row, 0, 0
        self._content = hashlib.sha256()

    @property
    def bytes(self) -> float:
        return self.samples * BYTES_PER_SAMPLE + self.rows * _BYTES_PER_ROW

    def add(self, at: int, row: Row) -> None:
        self.end_row = at + 1
        self.rows += 1
        self.samples += row["end_sample"] - row["start_sample"]
        self._content.update(json.dumps(clip_metadata(row), sort_keys=True).encode() + b"\n")

    def close(self, settings: PackSettings) -> ShardPlan:
        shelving = self.shelving
        mark = fingerprint(
            [SCHEMA_VERSION, SHARD_VERSION, DECODER_VERSION],
            settings.model_dump(mode="json"),
            self._content.hexdigest(),
        )
        return ShardPlan(shelving, self.index, self.first_row, self.end_row, self.rows, self.samples, mark)


def plan_shards(rows: Iterable[Row], settings: PackSettings) -> list[ShardPlan]:
    """Every kept clip in exactly one shard, in the order of `rows`, by folder, each about ``shard_mb`` large.

    Args:
        rows: the decision table (``SELECTED``), in its own order; read once, not held.
    """
    full: list[ShardPlan] = []
    filling: dict[Shelving, _Filling] = {}
    for at, row in enumerate(rows):
        shelving = shelving_of(row)
        if shelving is None:
            continue
        shard = filling.get(shelving) or _Filling(shelving, 0, at)
        if shard.bytes >= settings.shard_mb * 1e6:
            full.append(shard.close(settings))
            shard = _Filling(shelving, shard.index + 1, at)
        filling[shelving] = shard
        shard.add(at, row)
    full.extend(shard.close(settings) for shard in filling.values())
    return sorted(full, key=lambda plan: (plan.shelving, plan.index))


def clip_metadata(row: Row) -> Row:
    """The columns of a shard, sound aside, of a row of the decision table.

    A text that was not believed stays out of unlabelled speech: nobody may train on it by accident.
    """
    clip = {name: row[name] for name in CLIP.names if name != "audio"}
    if row["shelf"] == Shelf.SSL:
        clip.update(dict.fromkeys(_BELIEVED_ONLY))
    return clip


def row_groups(
    path: Path, columns: list[str] | None = None, first: int = 0, end: int | None = None
) -> Iterator[pa.Table]:
    """Rows `first` to `end` (excluded) of a Parquet file, a row group at a time; groups outside are not read.

    Raises:
        StorageError: if it can't be read.
    """
    try:
        with pq.ParquetFile(opened(path)) as file:
            start = 0
            for group in range(file.num_row_groups):
                size = file.metadata.row_group(group).num_rows
                low, high = max(first - start, 0), size if end is None else min(end - start, size)
                if low < high:
                    yield file.read_row_group(group, columns=columns).slice(low, high - low)
                start += size
    except (OSError, pa.ArrowException) as error:
        raise StorageError(f"{path}: can't read it ({error}); run `wavelode select` again") from error


def rows_at(path: Path, numbers: Iterable[int]) -> dict[int, Row]:
    """The rows of a Parquet file with these numbers; its footer is read once, and no row group but theirs.

    Raises:
        IndexError: if the table has fewer rows.
        StorageError: if it can't be read.
    """
    found: dict[int, Row] = {}
    try:
        with pq.ParquetFile(opened(path)) as file:
            sizes = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
            ends = np.cumsum(sizes)
            wanted = np.unique(np.fromiter(numbers, np.int64))
            groups = np.searchsorted(ends, wanted, side="right")
            for group in np.unique(groups).tolist():
                here = wanted[groups == group]
                first = ends[group] - sizes[group]
                rows = file.read_row_group(group).take(here - first)
                found |= dict(zip(here.tolist(), rows.to_pylist(), strict=True))
    except (OSError, pa.ArrowException) as error:
        raise StorageError(f"{path}: can't read it ({error}); run `wavelode select` again") from error
    return found


def planned_rows(plan: ShardPlan, selected: Path) -> Iterator[Row]:
    """The rows of the decision table that belong to a shard, in order."""
    for group in row_groups(selected, None, plan.first_row, plan.end_row):
        yield from (row for row in group.to_pylist() if shelving_of(row) == plan.shelving)


@dataclass(frozen=True, slots=True)
class Sources:
    """Cuts clips from the recordings.

    Attributes:
        root: what relative addresses count from.
    """

    root: Path
    decode: DecodeSettings

    def __call__(self, row: Row, spans: list[Span]) -> Iterator[Samples]:
        """The samples ``(T,)`` of spans of a row's recording, decoded once, in constant memory.

        Raises:
            InputError: if the file is gone, can't be decoded or isn't the one that was mined.
        """
        path = self.root / row["source_uri"]
        with ExitStack() as held:
            try:
                local = held.enter_context(at_hand(path))
                same = file_sha256(local) == row["source_sha256"]
            except OSError as error:
                code, said = ErrorCode.MISSING_FILE, error.strerror or str(error)
                raise InputError(
                    code, f"{path}: can't read it ({said}); put it back or mine again"
                ) from error
            if not same:
                raise InputError(ErrorCode.MISSING_FILE, f"{path}: changed since it was mined; mine it again")
            yield from cut(local, spans, self.decode)


def write_shard(rows: Iterable[Row], path: Path, cut_sound: CutSound, settings: PackSettings) -> None:
    """Writes a shard, whole or not at all; each recording is decoded once, one row group is held.

    Args:
        rows: of the decision table, sorted by recording and start.

    Raises:
        InputError: if a recording can't be read any more.
        StorageError: where the disk refuses.
    """
    with whole(path) as scratch, Groups(_noting(scratch), settings.rows_per_group) as groups:
        for clip in _with_sound(rows, cut_sound, settings.codec):
            groups.add(clip)


def _with_sound(rows: Iterable[Row], cut_sound: CutSound, codec: str) -> Iterator[Row]:
    """Clips whole, in order; threads encode some while the next are cut and the last ones written."""
    encode = encode_opus if codec == "opus" else encode_flac
    waiting: deque[tuple[Row, Future[bytes]]] = deque()

    def first() -> Row:
        row, coded = waiting.popleft()
        audio = {"bytes": coded.result(), "path": f"{row['clip_id']}.{codec}"}
        return {**clip_metadata(row), "audio": audio}

    with ThreadPoolExecutor(_ENCODERS) as encoders:
        for row, samples in _cut_clips(rows, cut_sound):
            waiting.append((row, encoders.submit(encode, samples)))
            if len(waiting) > _CUT_AHEAD:
                yield first()
        while waiting:
            yield first()


def _cut_clips(rows: Iterable[Row], cut_sound: CutSound) -> Iterator[tuple[Row, Samples]]:
    for _, of_one in groupby(rows, key=lambda row: row["recording_id"]):
        clips = list(of_one)
        spans = [Span(row["start_sample"], row["end_sample"]) for row in clips]
        yield from zip(clips, cut_sound(clips[0], spans), strict=True)


class Groups:
    """Rows into an open Parquet file, a row group at a time."""

    def __init__(self, writer: Any, size: int = _TABLE_GROUP_ROWS) -> None:
        self._writer, self._size = writer, size
        self._waiting: list[Row] = []

    def add(self, row: Row) -> None:
        self._waiting.append(row)
        if len(self._waiting) >= self._size:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(table_of(self._waiting, self._writer.schema))
        self._waiting = []

    def __enter__(self) -> Groups:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._flush()
        finally:
            self._writer.close()


def table_of(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    """Rows as a table; quicker than Arrow's own way where most columns hold nothing and one holds sound."""
    return pa.Table.from_arrays(
        [_column([row.get(field.name) for row in rows], field) for field in schema], schema=schema
    )


def _column(values: list[Any], field: pa.Field) -> pa.Array:
    if not any(value is not None for value in values):
        return pa.nulls(len(values), field.type)
    if field.name != "audio" or None in values:
        return pa.array(values, field.type)
    parts = [pa.array([value[part.name] for value in values], part.type) for part in field.type]
    return pa.StructArray.from_arrays(parts, fields=list(field.type))


def table_writer(path: Path, schema: pa.Schema) -> Any:
    """An open Parquet file for a table without sound."""
    return pq.ParquetWriter(path, schema, compression="zstd")


def shard_writer(path: Path, schema: pa.Schema = CLIP) -> Any:
    """An open Parquet file for clips: sound as it is, the rest compressed, with statistics and page index."""
    sound = {"audio.bytes", "audio.path"}
    leaves = [leaf for field in schema for leaf in _leaves(field.name, field.type)]
    told = [leaf for leaf in leaves if leaf not in sound]
    return pq.ParquetWriter(
        path,
        schema,
        compression={leaf: "NONE" if leaf in sound else "ZSTD" for leaf in leaves},
        use_dictionary=told,
        write_statistics=told,
        write_page_index=True,
    )


def shard_rewriter(path: Path, old: Path, rows_per_group: int = 0) -> Groups:
    """A shard to write whole clips to, with row groups of so many rows; else as large as those of another."""
    with pq.ParquetFile(old) as file:
        size = rows_per_group or file.metadata.row_group(0).num_rows
    return Groups(_noting(path), size)


def _noting(path: Path) -> NotingWriter:
    return NotingWriter(shard_writer(path), path)


def _leaves(name: str, kind: pa.DataType) -> Iterator[str]:
    if pa.types.is_struct(kind):
        for field in kind:
            yield from _leaves(f"{name}.{field.name}", field.type)
    elif pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind):
        yield from _leaves(f"{name}.list.element", kind.value_type)
    else:
        yield name
