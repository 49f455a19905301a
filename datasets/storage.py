"""Where things rest on disk, and how a file comes to be there whole or not at all.

::

    OUT/
      settings.yaml                               what ran
      rates.json                                  how long each stage took, for estimates
      mined/<recording_id>-<fingerprint>.parquet  everything known of one recording
      mined/documents/<document_id>-<fp>.parquet  the sentences of one document
      mined/run.json                              which of these the last `mine` stands on
      mined/<stage>/<recording_id>-<fp>.parquet   what an expensive stage left, so that it is never repeated
      selected/clips.parquet                      every stretch of every recording and where it goes
      asr/<language>/<split>/*.parquet            shards: speech with its text
      ssl/<language>/*.parquet                    shards: speech without
      selected/clusters.parquet                   clips that are there more than once
      segments/<language>/*.parquet               every stretch, without sound, packed with the shards
      removed.json                                what was taken out for good
      rejects/rejects.parquet                     what was left out, and why
      manifest.json                               every shard with rows, seconds and sha256
      quality/                                    what `validate` found, as JSON and as pages
      audit/                                      clips drawn for listening, and what listeners said of them
      report.html

A fingerprint is the hash of all that a file's content depends on, so that a listing alone tells what is done.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from wavelode.datasets.far import FarPath, opened, patiently, reach
from wavelode.schemas.errors import StorageError

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Layout:
    """The places inside an output folder; naming one touches no disk."""

    out: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "out", reach(self.out))

    @property
    def mined(self) -> Path:
        return self.out / "mined"

    @property
    def documents(self) -> Path:
        return self.mined / "documents"

    def stage(self, name: str) -> Path:
        return self.mined / name

    @property
    def scratch(self) -> Path:
        """Decoded sound while it is worked on, on a disk; nothing in it outlives its run."""
        if isinstance(self.out, FarPath):
            return Path(tempfile.gettempdir(), f"wavelode-{fingerprint(str(self.out))}")
        return self.out / ".scratch"

    @property
    def run(self) -> Path:
        """Which files of `mined` the last complete `mine` stands on, and what failed without leaving one."""
        return self.mined / "run.json"

    @property
    def rates(self) -> Path:
        """How long each stage took here; only estimates are made from it."""
        return self.out / "rates.json"

    @property
    def lost(self) -> Path:
        """Rows of what took its worker along; tried again by the next run."""
        return self.mined / "lost"

    @property
    def selected(self) -> Path:
        return self.out / "selected" / "clips.parquet"

    @property
    def search(self) -> Path:
        """Which words stand in which rows of `selected`; made by the local server when it is needed."""
        return self.out / "search"

    @property
    def segments(self) -> Path:
        """Every stretch of every recording, named, by language."""
        return self.out / "segments"

    @property
    def removed(self) -> Path:
        """What was taken out of the run for good."""
        return self.out / "removed.json"

    @property
    def clusters(self) -> Path:
        """Clips that are there more than once."""
        return self.out / "selected" / "clusters.parquet"

    @property
    def rejects(self) -> Path:
        return self.out / "rejects" / "rejects.parquet"

    @property
    def manifest(self) -> Path:
        return self.out / "manifest.json"

    @property
    def settings(self) -> Path:
        return self.out / "settings.yaml"

    @property
    def quality(self) -> Path:
        return self.out / "quality"

    @property
    def audit(self) -> Path:
        return self.out / "audit"

    @property
    def report(self) -> Path:
        return self.out / "report.html"


def fingerprint(*parts: Any) -> str:
    """Sixteen hex digits that change when any of `parts` (values JSON can hold) does."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def file_sha256(path: Path) -> str:
    """The hex sha256 of a file's bytes.

    Raises:
        OSError: if it can't be read.
    """

    def read() -> str:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
        return digest.hexdigest()

    return patiently(read, path)


@contextmanager
def whole(path: Path, named: Callable[[Path], Path] | None = None) -> Iterator[Path]:
    """A temporary path beside `path` to write to; renamed to it at the end, removed where the block raises.

    Into an object store the file is put by one request instead: there an object is whole or not there.

    Args:
        named: gives the place beside `path` that what was written is to have, where its content tells that.

    Raises:
        StorageError: where the disk or the store refuses.
    """
    scratch = _scratch_of(path)
    try:
        scratch.parent.mkdir(parents=True, exist_ok=True)
        yield scratch
        place = named(scratch) if named else path
        if isinstance(place, FarPath):
            place.put(scratch)
        else:
            patiently(partial(_settle, scratch, place), place)
    except OSError as error:
        raise StorageError(
            f"{path}: can't write it ({error.strerror or error}); free space or choose another --out"
        ) from error
    finally:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)


def _scratch_of(path: Path) -> Path:
    if isinstance(path, FarPath):
        return Path(tempfile.gettempdir(), f".{uuid4().hex}-{path.name}.part")
    # Threads of one process write the same file, and processes of one number on two machines that share a disk.
    return path.with_name(f".{path.name}.{uuid4().hex}.part")


def _settle(scratch: Path, path: Path) -> None:
    with scratch.open("rb") as file:
        os.fsync(file.fileno())
    scratch.replace(path)


def files_below(folder: Path, pattern: str = "*") -> Iterator[Path]:
    """Files at any depth whose names fit a pattern, while others work in the folder.

    ``Path.rglob`` raises where a folder goes between being listed and being entered; here it is passed over.
    """
    if isinstance(folder, FarPath):
        yield from folder.rglob(pattern)
        return
    for place, _, names in os.walk(folder):
        yield from (Path(place, name) for name in fnmatch.filter(names, pattern))


def write_text(text: str, path: Path) -> None:
    """Writes UTF-8 text, whole or not at all."""
    with whole(path) as scratch:
        scratch.write_text(text, encoding="utf-8")


def write_table(table: pa.Table, path: Path) -> None:
    """Writes a Parquet file, whole or not at all; the same table gives the same bytes."""
    with whole(path) as scratch:
        pq.write_table(table, scratch, compression="zstd")


def write_rows(rows: Iterable[dict[str, Any]], schema: pa.Schema, path: Path) -> None:
    """`write_table` for rows that must fit `schema`."""
    write_table(pa.Table.from_pylist(list(rows), schema=schema), path)


def read_rows(path: Path, columns: list[str] | None = None) -> list[dict[str, Any]]:
    """All rows of a Parquet file, whole or of some columns only.

    Raises:
        StorageError: if it isn't one.
    """
    try:
        table = patiently(lambda: pq.read_table(opened(path), columns=columns, memory_map=False), path)
        rows: list[dict[str, Any]] = table.to_pylist()
    except (OSError, pa.ArrowException) as error:
        said = " ".join(str(error).split())
        raise StorageError(f"{path}: can't read it ({said}); delete it and run again") from error
    return rows
