"""One shard as large as they are meant to be, written as `pack` writes it, and what a random clip of it costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wavelode.datasets.corpus import Corpus
from wavelode.datasets.rows import Row
from wavelode.datasets.shards import shard_rewriter, write_shard
from wavelode.datasets.views.clips import Clips
from wavelode.infra.bench.pack_clips import Heard
from wavelode.schemas.settings import PackSettings
from wavelode.schemas.time import Span

SHARD_MB = 256
ROWS_PER_GROUP = (8, 16, 64, 512)
_TRIES, _SLOW_TRIES = 60, 5
_MANY_ROWS = 64


@dataclass(frozen=True, slots=True)
class Large:
    """A shard with so many rows a group.

    Attributes:
        group_ms: a random clip by its row group, the file opened for it.
        range_ms: by the one range that the footer tells.
    """

    rows_per_group: int
    file_mb: float
    group_ms: float
    range_ms: float


@dataclass(frozen=True, slots=True)
class Written:
    """How a shard of that size was written."""

    megabytes: float
    rows: int
    seconds: float
    hours: float
    read: tuple[Large, ...]


def large(clips: Heard, folder: Path, megabytes: float = SHARD_MB) -> Written:
    """Clips again and again until the shard is full; then the same rows in groups of other sizes."""
    path = folder / "large" / "large.parquet"
    path.parent.mkdir()
    rows, seconds = list(_repeated(clips, megabytes)), time.perf_counter()
    write_shard(rows, path, _cutter(clips), PackSettings())
    seconds = time.perf_counter() - seconds
    size = path.stat().st_size / 1e6
    read = tuple(_in_groups(path, rows_per_group) for rows_per_group in ROWS_PER_GROUP)
    return Written(size, len(rows), seconds, sum(row["duration_s"] for row in rows) / 3600, read)


def _repeated(clips: Heard, megabytes: float) -> Iterator[Row]:
    once = clips.rows()
    each = clips.megabytes / len(once) * 0.6  # what FLAC leaves of 16-bit samples
    for number in range(max(1, round(megabytes / each))):
        row = once[number % len(once)]
        name = f"{row['clip_id']}-{number:06d}"
        yield {**row, "clip_id": name, "recording_id": name}


def _cutter(clips: Heard) -> Callable[[Row, list[Span]], Iterator[NDArray[np.int16]]]:
    by_name = dict(zip(clips.names, clips.samples, strict=True))

    def cut(row: Row, spans: list[Span]) -> Iterator[NDArray[np.int16]]:
        samples = by_name[row["clip_id"].rpartition("-")[0]]
        yield from (samples[span.start : span.end] for span in spans)

    return cut


def _in_groups(path: Path, rows_per_group: int) -> Large:
    other = path.parent / f"of-{rows_per_group}" / path.name
    other.parent.mkdir()
    other.touch()
    with pq.ParquetFile(path) as file, shard_rewriter(other, path, rows_per_group) as groups:
        for group in range(file.num_row_groups):
            for row in file.read_row_group(group).to_pylist():
                groups.add(row)
    tries = _TRIES if rows_per_group <= _MANY_ROWS else _SLOW_TRIES
    by_group, corpus = Clips(other), Corpus.open(other.parent)
    figures = (
        _random_ms(by_group.__getitem__, len(corpus), tries),
        _random_ms(corpus.read, len(corpus), _TRIES),
    )
    size = other.stat().st_size / 1e6
    other.unlink()
    return Large(rows_per_group, size, *figures)


def _random_ms(read: Callable[[int], Any], rows: int, tries: int) -> float:
    """The median over random rows; the first ones, which open what is opened once, don't count."""
    taken = []
    for number in np.random.default_rng(0).integers(0, rows, tries + 2).tolist():
        began = time.perf_counter()
        read(number)
        taken.append((time.perf_counter() - began) * 1e3)
    return median(taken[2:])
