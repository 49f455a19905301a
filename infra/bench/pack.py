"""``wavelode bench pack``: do all readers give what was packed, are leaks and copies found, and how fast is packing?

Beside our packing stands Hugging Face's ``Dataset.to_parquet`` with the very same FLAC bytes, made in the same loop.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import soundfile
from rich.console import Console
from rich.table import Table

from wavelode.datasets.audio import encode_flac
from wavelode.datasets.shards import write_shard
from wavelode.infra.bench.known_answer.utterances import DATA_VARIABLE, data_folder
from wavelode.infra.bench.pack_clips import Heard, clips_of, packed
from wavelode.infra.bench.pack_large import SHARD_MB, Written, large
from wavelode.infra.bench.pack_leaks import Found, planted
from wavelode.infra.bench.pack_readers import Agreement, agreements
from wavelode.infra.bench.pack_scale import QUICK_SIZES, SIZES, Scale, measured
from wavelode.schemas.settings import PackSettings
from wavelode.schemas.time import WORKING_RATE_HZ

STOPPED = 2
LEAST_RECALL, LEAST_PRECISION = 0.9, 0.99
MOST_GROWTH = 1.5
"""Time may grow this much faster than the number of clips; comparing all pairs would grow by its square."""
_RECORDINGS, _INNOCENT = 3, 1
_ROUNDS = 5
QUICK_MB = 20


@dataclass(frozen=True, slots=True)
class Speed:
    """One way to write the same clips."""

    writer: str
    seconds: float
    megabytes: float
    file_mb: float
    hours: float

    @property
    def mb_per_s(self) -> float:
        """Of 16-bit samples."""
        return self.megabytes / self.seconds


def main(quick: bool) -> int:
    """Prints the tables; 0 where all goals hold, 2 without recordings.

    Args:
        quick: fewer clips, and no more than 20,000 prints.
    """
    console = Console(width=120)
    recordings = sorted((data_folder() / "air").glob("*.mp3"))
    if len(recordings) < _RECORDINGS + _INNOCENT:
        console.print(f"{data_folder()} holds no recordings in air/: set {DATA_VARIABLE} to where they lie.")
        return STOPPED
    each = 8 if quick else 24
    clips, innocent = clips_of(recordings[:_RECORDINGS], each), clips_of(recordings[-_INNOCENT:], each)
    with TemporaryDirectory() as folder:
        read = agreements(clips, packed(clips, Path(folder) / "out").out, Path(folder))
        speeds = speeds_of(clips, Path(folder))
        shard = large(clips, Path(folder), QUICK_MB if quick else SHARD_MB)
    console.print(_readers(read))
    leaks = planted(clips, innocent)
    console.print(_leaks(leaks))
    console.print(_speeds(speeds))
    console.print(_large(shard))
    scales = [measured(size) for size in (QUICK_SIZES if quick else SIZES)]
    console.print(_scales(scales))
    found = goals(read, leaks, speeds, scales)
    for text, holds in found:
        console.print(f"{'holds' if holds else 'FAILS'}  {text}", highlight=False)
    return 0 if all(holds for _, holds in found) else 1


def goals(
    read: Sequence[Agreement], leaks: Sequence[Found], speeds: Sequence[Speed], scales: Sequence[Scale]
) -> list[tuple[str, bool]]:
    """What must hold, with its figure."""
    there = [one for one in read if one.same is not None]
    recall, precision = min(one.recall for one in leaks), min(one.precision for one in leaks)
    first, last = scales[0], scales[-1]
    growth = (last.cpu_s / first.cpu_s) / (last.clips / first.clips)
    ours, peer = speeds[0].mb_per_s, speeds[1].mb_per_s
    by_size = f"{growth:.2f} times from {first.clips:,} to {last.clips:,} clips"
    return [
        (f"the same clips, texts and samples by {len(there)} readers", all(one.same for one in there)),
        (f"worst recall of planted leaks {recall:.3f}, at least {LEAST_RECALL}", recall >= LEAST_RECALL),
        (f"worst precision {precision:.3f}, at least {LEAST_PRECISION}", precision >= LEAST_PRECISION),
        (f"processor time per clip grows {by_size}, at most {MOST_GROWTH}", growth <= MOST_GROWTH),
        (
            f"packing {ours / peer:.2f} times as fast as to_parquet with the same FLAC, at least 1",
            ours >= peer,
        ),
    ]


def speeds_of(clips: Heard, folder: Path) -> list[Speed]:
    """How long each way takes, the best of three."""
    ways: dict[str, Callable[[Path], object]] = {
        "wavelode": lambda path: write_shard(clips.rows(), path, clips.cutter, PackSettings()),
        "datasets, the same FLAC": lambda path: _to_parquet(clips, path),
        "datasets, 16-bit wav": lambda path: _to_parquet_wav(clips, path),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    sizes: dict[str, float] = {}
    for turn in range(_ROUNDS):
        for name, write in ways.items():
            path = folder / f"{turn}-{len(sizes)}.parquet"
            began = time.perf_counter()
            write(path)
            taken[name].append(time.perf_counter() - began)
            sizes[name] = path.stat().st_size / 1e6
            path.unlink()
    return [Speed(name, min(taken[name]), clips.megabytes, sizes[name], clips.hours) for name in ways]


def _to_parquet(clips: Heard, path: Path) -> object:
    """The same FLAC bytes and the columns that a corpus of speech has at least, by Hugging Face."""
    audio = [encode_flac(samples) for samples in clips.samples]
    told = ("clip_id", "recording_id", "language", "text")
    return _written(clips, audio, {name: [row[name] for row in clips.rows()] for name in told}, path)


def _to_parquet_wav(clips: Heard, path: Path) -> object:
    """As its own ``Audio`` feature stores arrays: 16-bit wav, nothing to compress."""
    audio = []
    for samples in clips.samples:
        buffer = io.BytesIO()
        soundfile.write(buffer, samples, WORKING_RATE_HZ, format="WAV", subtype="PCM_16")
        audio.append(buffer.getvalue())
    return _written(clips, audio, {"clip_id": clips.names}, path)


def _written(clips: Heard, audio: list[bytes], told: dict[str, list[str]], path: Path) -> object:
    """Bytes and texts by ``Dataset.to_parquet``; its ``Audio`` feature needs torch only to say the column's type."""
    datasets: Any = import_module("datasets")
    sound = {"bytes": datasets.Value("binary"), "path": datasets.Value("string")}
    features = datasets.Features({"audio": sound, **{name: datasets.Value("string") for name in told}})
    rows = [{"bytes": data, "path": name} for data, name in zip(audio, clips.names, strict=True)]
    return datasets.Dataset.from_dict({"audio": rows, **told}, features=features).to_parquet(str(path))


def _readers(read: Sequence[Agreement]) -> Table:
    table = Table("reader", "clips", "same clips, texts, samples", title="Read back")
    for one in read:
        table.add_row(one.reader, str(one.clips), {True: "yes", False: "NO", None: "not installed"}[one.same])
    return table


def _leaks(leaks: Sequence[Found]) -> Table:
    table = Table("what was done to it", "planted", "innocent", "recall", "precision", title="Planted leaks")
    for one in leaks:
        table.add_row(
            one.damage, str(one.planted), str(one.innocent), f"{one.recall:.3f}", f"{one.precision:.3f}"
        )
    return table


def _speeds(speeds: Sequence[Speed]) -> Table:
    table = Table(
        "writer", "s", "MB/s of samples", "hours per hour", "file MB", "ours to it", title="Packing"
    )
    for one in speeds:
        figures = (one.seconds, one.mb_per_s, one.hours / one.seconds * 3600, one.file_mb)
        shown = [f"{figure:.{digits}f}" for figure, digits in zip(figures, (2, 1, 0, 1), strict=True)]
        table.add_row(one.writer, *shown, f"{speeds[0].mb_per_s / one.mb_per_s:.2f}")
    return table


def _large(shard: Written) -> Table:
    told = f"{shard.rows:,} clips, {shard.hours:.1f} h, {shard.megabytes:.0f} MB in {shard.seconds:.1f} s"
    table = Table(
        "rows a group",
        "file MB",
        "random clip by its group, ms",
        "by its range, ms",
        title=f"One shard: {told}",
    )
    for one in shard.read:
        figures = (f"{one.file_mb:.1f}", f"{one.group_ms:.2f}", f"{one.range_ms:.3f}")
        table.add_row(str(one.rows_per_group), *figures)
    return table


def _scales(scales: Sequence[Scale]) -> Table:
    heads = (
        "clips",
        "s",
        "CPU s",
        "CPU µs per clip",
        "MB",
        "keys",
        "pairs met",
        "of all pairs",
        "recall",
        "precision",
    )
    table = Table(*heads, title="Made-up prints, two processes; pairs met are copies and chance")
    for one in scales:
        cost = (
            f"{one.wall_s:.1f}",
            f"{one.cpu_s:.1f}",
            f"{one.cpu_s / one.clips * 1e6:.0f}",
            f"{one.rss_mb:.0f}",
        )
        met = (f"{one.keys:,}", f"{one.pairs:,}", f"{one.share_compared:.1e}")
        table.add_row(f"{one.clips:,}", *cost, *met, f"{one.recall:.3f}", f"{one.precision:.4f}")
    return table
