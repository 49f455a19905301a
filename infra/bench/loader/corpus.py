"""The clips of the comparison: noise with the tilt, the syllables and the pauses of speech, as long as read sentences.

Coded as FLAC it takes about as many bytes as broadcast speech does, so decoding costs as much; nobody says anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from wavelode.datasets.audio import Samples, encode_flac
from wavelode.datasets.places import NotingWriter
from wavelode.datasets.shards import shard_writer
from wavelode.schemas.tables import CLIP
from wavelode.schemas.time import WORKING_RATE_HZ

_PER_SHARD, _PER_GROUP = 250, 8
_SYLLABLE_S = 0.12
_POOL_S = 120


@dataclass(frozen=True)
class Made:
    """A corpus on disk.

    Attributes:
        folder: everything; each contender has a folder of its own below it.
        lengths: samples of each clip by name.
    """

    folder: Path
    lengths: dict[str, int]

    @property
    def shards(self) -> Path:
        return self.folder / "asr"

    @property
    def seconds(self) -> float:
        return sum(self.lengths.values()) / WORKING_RATE_HZ

    @cached_property
    def flacs(self) -> list[tuple[str, bytes]]:
        """Name and sound of each clip."""
        tables = [
            pq.read_table(path, columns=["clip_id", "audio"])
            for path in sorted(self.shards.glob("*.parquet"))
        ]
        return [(row["clip_id"], row["audio"]["bytes"]) for table in tables for row in table.to_pylist()]

    @property
    def bytes_per_sample(self) -> float:
        return sum(len(data) for _, data in self.flacs) / sum(self.lengths.values())


def durations_s(clips: int, seed: int = 0) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Of read sentences: log-normal, 6 s in the middle, 0.8 to 30 s; (N,)."""
    return np.clip(np.random.default_rng(seed).lognormal(1.8, 0.6, clips), 0.8, 30.0)


def make(folder: Path, clips: int) -> Made:
    """Writes so many clips as shards; reads them back where they are there."""
    noted = folder / "lengths.json"
    if not noted.exists():
        lengths: dict[str, int] = {}
        for at, rows in enumerate(_shards(clips)):
            _write(folder / "asr" / f"{at:05d}.parquet", rows)
            lengths |= {row["clip_id"]: row["end_sample"] for row in rows}
        noted.write_text(json.dumps(lengths), encoding="utf-8")
    return Made(folder, json.loads(noted.read_text(encoding="utf-8")))


def _shards(clips: int) -> Iterator[list[dict[str, Any]]]:
    chance, pool = np.random.default_rng(1), _speech_like(_POOL_S)
    rows: list[dict[str, Any]] = []
    for at, length_s in enumerate(durations_s(clips)):
        size = round(length_s * WORKING_RATE_HZ)
        start = int(chance.integers(len(pool) - size))
        rows.append(_row(at, pool[start : start + size]))
        if len(rows) == _PER_SHARD:
            yield rows
            rows = []
    if rows:
        yield rows


def _speech_like(seconds: float) -> Samples:
    from scipy.signal import lfilter

    chance, size = np.random.default_rng(0), round(seconds * WORKING_RATE_HZ)
    noise = lfilter([1.0], [1.0, -1.6, 0.85], chance.standard_normal(size))
    step = round(_SYLLABLE_S * WORKING_RATE_HZ)
    syllables = np.arange(0, size + step, step)
    loud = np.interp(np.arange(size), syllables, chance.random(len(syllables)) ** 2)
    voiced: Samples = (
        noise / np.abs(noise).max() * loud * 28_000 + chance.standard_normal(size) * 12
    ).astype(np.int16)
    return voiced


def _row(at: int, samples: Samples) -> dict[str, Any]:
    name = f"clip{at:07d}"
    told = {"clip_id": name, "end_sample": len(samples), "duration_s": len(samples) / WORKING_RATE_HZ}
    audio = {"bytes": encode_flac(samples), "path": f"{name}.flac"}
    return {**dict.fromkeys(CLIP.names), **told, "text": f"what clip {at} says", "audio": audio}


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = NotingWriter(shard_writer(path), path)
    for at in range(0, len(rows), _PER_GROUP):
        writer.write_table(pa.Table.from_pylist(rows[at : at + _PER_GROUP], schema=CLIP))
    writer.close()
