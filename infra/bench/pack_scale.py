"""A million made-up prints clustered on two cores: time, memory and how both grow."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from wavelode.pipelines.duplicates.clusters import components
from wavelode.pipelines.duplicates.prints import Prints
from wavelode.pipelines.duplicates.shuffle import Shuffle
from wavelode.pipelines.grouping import ByFiles, Mapper

SIZES = (62_500, 250_000, 1_000_000)
QUICK_SIZES = (5_000, 20_000)
WORKERS = 2
_PEAKS, _FRAMES, _STEPS = 25, 312, 455
"""Of a clip of five seconds, as speech has them."""
_COPIED, _LOST = 0.05, 0.15
"""Share of clips that are copies, and share of peaks that a copy has lost and drawn anew."""


@dataclass(frozen=True, slots=True)
class Scale:
    """One size.

    Attributes:
        cpu_s: of all processes together.
        pairs: pairs of clips that shared a key, each as often as they did, copies and by chance.
        rss_mb: the most that one process held.
    """

    clips: int
    wall_s: float
    cpu_s: float
    rss_mb: float
    keys: int
    pairs: int
    recall: float
    precision: float

    @property
    def share_compared(self) -> float:
        return self.pairs / (self.clips * (self.clips - 1) / 2)


def made_up(clips: int, seed: int = 0) -> tuple[Prints, int]:
    """Prints of so many clips, the last ones copies of the first, and how many copies there are."""
    random = np.random.default_rng(seed)
    copies = int(clips * _COPIED)
    frames = random.integers(0, _FRAMES, (clips, _PEAKS), np.int32)
    pitches = np.minimum(random.beta(1.3, 2.5, (clips, _PEAKS)).astype(np.float32) * _STEPS, _STEPS).astype(
        np.int32
    )
    kept = random.random((copies, _PEAKS)) >= _LOST
    for values, most in ((frames, _FRAMES), (pitches, _STEPS)):
        moved = np.clip(values[:copies] + random.integers(-1, 2, (copies, _PEAKS), np.int32), 0, most)
        values[clips - copies :] = np.where(kept, moved, values[clips - copies :])
    packed = np.sort(frames.astype(np.uint32) << np.uint32(9) | pitches.astype(np.uint32), axis=1)
    return Prints(packed.ravel(), np.arange(clips + 1, dtype=np.int64) * _PEAKS), copies


@contextmanager
def two_cores() -> Iterator[Mapper]:
    """Runs the tasks of a shuffle in two processes."""
    with ProcessPoolExecutor(WORKERS) as pool:

        def mapper(task: Callable[[int], Any], items: Iterable[int], /) -> Iterable[Any]:
            return pool.map(task, items)

        yield mapper


def measured(clips: int) -> Scale:
    """Clusters so many clips."""
    prints, copies = made_up(clips)
    began, cpu_s = time.perf_counter(), _cpu_s()
    with TemporaryDirectory() as folder, two_cores() as mapper:
        shuffle = Shuffle.sized(Path(folder), clips)
        found = shuffle.copies(prints, ByFiles(Path(folder), mapper))
        components(clips, zip(found["a"].tolist(), found["b"].tolist(), strict=True))
        wall_s = time.perf_counter() - began
        keys, pairs = (_rows(Path(folder), kind) for kind in ("keys", "pairs"))
    cpu_s = _cpu_s() - cpu_s
    right = int((found["b"].astype(np.int64) - found["a"] == clips - copies).sum())
    rss_kb = max(
        resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return Scale(clips, wall_s, cpu_s, rss_kb / 1024, keys, pairs, right / copies, right / max(1, len(found)))


def _cpu_s() -> float:
    """Of this process and of those that it started and that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _rows(folder: Path, kind: str) -> int:
    return sum(len(np.load(path, mmap_mode="r")) for path in folder.glob(f"{kind}-*[0-9].npy"))
