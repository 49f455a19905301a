"""The manifest: every shard of an output folder with what it holds, and what became of what came in.

Holds no time of writing and no name of a machine: the same input gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wavelode.datasets.storage import file_sha256, write_text
from wavelode.schemas.errors import StorageError
from wavelode.schemas.stats import Yield
from wavelode.schemas.tables import SCHEMA_VERSION
from wavelode.schemas.time import WORKING_RATE_HZ


@dataclass(frozen=True, slots=True)
class Shard:
    """One file of clips.

    Attributes:
        path: from the output folder, with forward slashes.
        split: empty for unlabelled speech.
        samples: length of its clips together, at the working rate.
    """

    path: str
    shelf: str
    language: str
    split: str
    rows: int
    samples: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Table:
    """One file of a table without sound."""

    path: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """All shards, sorted by path, and the yield of the selection they were packed from.

    Attributes:
        segments: the files that name every stretch of every recording.
    """

    shards: tuple[Shard, ...]
    total: Yield
    segments: tuple[Table, ...] = ()
    schema_version: str = SCHEMA_VERSION


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Writes it as JSON, whole or not at all; lengths in seconds.

    Raises:
        StorageError: where the disk refuses.
    """
    values = {
        "schema_version": manifest.schema_version,
        "totals": {shelf: _totals(manifest.shards, shelf) for shelf in ("asr", "ssl")},
        "yield_s": _yield_values(manifest.total),
        "shards": [_shard_values(shard) for shard in sorted(manifest.shards, key=lambda shard: shard.path)],
        "segments": [asdict(table) for table in sorted(manifest.segments, key=lambda table: table.path)],
    }
    write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", path)


def read_manifest(path: Path) -> Manifest:
    """The manifest of an output folder.

    Raises:
        StorageError: if it isn't there, is damaged or was written by another version.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["schema_version"] != SCHEMA_VERSION:
            raise StorageError(
                f"{path}: has schema version {values['schema_version']}, not {SCHEMA_VERSION}; "
                "run `wavelode pack` again"
            )
        shards = tuple(_shard_of(shard) for shard in values["shards"])
        segments = tuple(Table(**table) for table in values.get("segments", ()))
        return Manifest(shards, _yield_of(values["yield_s"]), segments)
    except OSError as error:
        raise StorageError(f"{path}: can't read it ({error.strerror}); run `wavelode pack` first") from error
    except (KeyError, TypeError, ValueError) as error:
        raise StorageError(f"{path}: is no manifest ({error}); run `wavelode pack` again") from error


def describe_file(path: Path) -> tuple[int, str]:
    """Size in bytes and hex sha256 of a shard on disk.

    Raises:
        StorageError: if it can't be read.
    """
    try:
        return path.stat().st_size, file_sha256(path)
    except OSError as error:
        raise StorageError(f"{path}: can't read it ({error.strerror}); run `wavelode pack` again") from error


def _seconds(samples: int) -> float:
    return samples / WORKING_RATE_HZ


def _samples(seconds: float) -> int:
    return round(seconds * WORKING_RATE_HZ)


def _totals(shards: Iterable[Shard], shelf: str) -> dict[str, Any]:
    of_shelf = [shard for shard in shards if shard.shelf == shelf]
    return {
        "shards": len(of_shelf),
        "rows": sum(shard.rows for shard in of_shelf),
        "seconds": _seconds(sum(shard.samples for shard in of_shelf)),
        "bytes": sum(shard.bytes for shard in of_shelf),
    }


def _shard_values(shard: Shard) -> dict[str, Any]:
    values = asdict(shard)
    return {("seconds" if key == "samples" else key): value for key, value in values.items()} | {
        "seconds": _seconds(shard.samples)
    }


def _shard_of(values: dict[str, Any]) -> Shard:
    known = {key: value for key, value in values.items() if key != "seconds"}
    return Shard(samples=_samples(values["seconds"]), **known)


def _yield_values(total: Yield) -> dict[str, Any]:
    return {
        **total.seconds(),
        "kept_by_shelf": {shelf: _seconds(samples) for shelf, samples in sorted(total.kept.items())},
        "dropped_by_reason": {reason: _seconds(samples) for reason, samples in sorted(total.dropped.items())},
        "items": dict(sorted(total.items.items())),
    }


def _yield_of(values: dict[str, Any]) -> Yield:
    return Yield(
        _samples(values["in"]),
        kept={shelf: _samples(seconds) for shelf, seconds in values["kept_by_shelf"].items()},
        dropped={reason: _samples(seconds) for reason, seconds in values["dropped_by_reason"].items()},
        failed_samples=_samples(values["failed"]),
        items=values["items"],
    )
