"""Clips of real broadcasts for `wavelode bench pack`, held in memory, and a small packed corpus of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wavelode.datasets.audio import cut
from wavelode.datasets.manifest import Manifest, Shard, describe_file, write_manifest
from wavelode.datasets.rows import Row
from wavelode.datasets.shards import write_shard
from wavelode.datasets.storage import Layout
from wavelode.schemas.settings import DecodeSettings, PackSettings
from wavelode.schemas.stats import Yield
from wavelode.schemas.tables import SELECTED
from wavelode.schemas.time import WORKING_RATE_HZ, Span

CLIP_S = 8
_SHARD = "asr/en/train/00000-0123456789abcdef.parquet"
_PCM_BYTES = 2


@dataclass(frozen=True, slots=True)
class Heard:
    """Clips by name, with 16-bit samples (T,) and a text that nobody said."""

    names: list[str]
    samples: list[NDArray[np.int16]]

    @property
    def megabytes(self) -> float:
        """As 16-bit samples."""
        return sum(len(one) for one in self.samples) * _PCM_BYTES / 1e6

    @property
    def hours(self) -> float:
        return sum(len(one) for one in self.samples) / WORKING_RATE_HZ / 3600

    def text(self, name: str) -> str:
        return f"What is said in {name}."

    def rows(self) -> list[Row]:
        """Rows of the decision table, one recording a clip."""
        empty = dict.fromkeys(SELECTED.names)
        return [
            {
                **empty,
                "clip_id": name,
                "recording_id": name,
                "shelf": "asr",
                "language": "en",
                "split": "train",
                "start_sample": 0,
                "end_sample": len(samples),
                "start_s": 0.0,
                "duration_s": len(samples) / WORKING_RATE_HZ,
                "text": self.text(name),
                "text_normalized": self.text(name).lower(),
            }
            for name, samples in zip(self.names, self.samples, strict=True)
        ]

    def cutter(self, row: Row, spans: list[Span]) -> Iterator[NDArray[np.int16]]:
        """Gives the clip itself."""
        at = self.names.index(row["clip_id"])
        yield from (self.samples[at][span.start : span.end] for span in spans)


def clips_of(recordings: Sequence[Path], each: int, first_s: int = 20) -> Heard:
    """So many clips of each recording, one after the other."""
    names, samples = [], []
    for path in recordings:
        start = first_s * WORKING_RATE_HZ
        length = CLIP_S * WORKING_RATE_HZ
        spans = [Span(start + n * length, start + (n + 1) * length) for n in range(each)]
        for number, heard in enumerate(cut(path, spans, DecodeSettings())):
            names.append(f"{path.stem}-{number:03d}")
            samples.append(heard)
    return Heard(names, samples)


def packed(clips: Heard, out: Path) -> Layout:
    """A finished run that holds one shard of them."""
    layout, path = Layout(out), out / _SHARD
    write_shard(clips.rows(), path, clips.cutter, PackSettings())
    size, sha256 = describe_file(path)
    samples = sum(len(one) for one in clips.samples)
    shard = Shard(_SHARD, "asr", "en", "train", len(clips.names), samples, size, sha256)
    write_manifest(Manifest((shard,), Yield(samples, kept={"asr": samples})), layout.manifest)
    return layout
