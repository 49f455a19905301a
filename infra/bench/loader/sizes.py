"""What millions of clips cost: a plan of an epoch, and going on in the middle of one; each in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from wavelode.datasets.blobs import ShardBlobs
from wavelode.datasets.corpus import Corpus
from wavelode.datasets.index import Index
from wavelode.datasets.loader import Loader, LoaderSettings
from wavelode.datasets.order import plan_epoch
from wavelode.infra.bench.loader.corpus import Made, durations_s
from wavelode.infra.bench.loader.ours import ORDER
from wavelode.schemas.errors import StorageError

_BYTES_PER_MB = 1e6


@dataclass(frozen=True, slots=True)
class Planned:
    """An epoch of so many clips.

    Attributes:
        peak_mb: of the whole process, its clips' lengths included.
        over: micro-batches longer than their seconds.
    """

    clips: int
    cpu_s: float
    peak_mb: float
    padding: float
    over: int
    random_padding: float


@dataclass(frozen=True, slots=True)
class Resumed:
    """Going on in the middle of an epoch, from opening the corpus to the next batch."""

    clips: int
    wall_s: float
    cpu_s: float
    peak_mb: float


def planned(clips: int) -> Planned:
    figures: Planned = _apart(_plan, clips)
    return figures


def resumed(made: Made, clips: int, folder: Path) -> Resumed:
    """With an index of so many rows, whose sound lies in the shards there are, again and again."""
    path = folder / f"{clips}.arrow"
    if not path.exists():
        _write_index(made, clips, path)
    figures: Resumed = _apart(_resume, made, path)
    return figures


def _apart(work: Callable[..., Any], *arguments: Any) -> Any:
    context = get_context("spawn")
    inbox, outbox = context.Pipe(duplex=False)
    worker = context.Process(target=_sent, args=(work, arguments, outbox))
    worker.start()
    outbox.close()
    try:
        return inbox.recv()
    except EOFError as error:
        raise StorageError(f"{work.__name__}: its process broke off; is there memory enough?") from error
    finally:
        worker.join()


def _sent(work: Callable[..., Any], arguments: tuple[Any, ...], outbox: Any) -> None:
    outbox.send(work(*arguments))


def _plan(clips: int) -> Planned:
    lengths = durations_s(clips)
    cpu = time.process_time()
    plan = plan_epoch(lengths, ORDER, 0)
    cpu = time.process_time() - cpu
    peak_mb = _peak_mb()
    sizes = np.diff(plan.starts)
    longest = np.maximum.reduceat(lengths[plan.clips], plan.starts[:-1][sizes > 0])
    over = int((longest * sizes[sizes > 0] > ORDER.seconds + 1e-6).sum())
    return Planned(clips, cpu, peak_mb, plan.padding(lengths), over, _random_padding(lengths))


def _random_padding(lengths: Any) -> float:
    """Of batches of 16 clips as they come."""
    whole = lengths[: len(lengths) // 16 * 16].reshape(-1, 16)
    return 1 - float(whole.sum() / (whole.max(axis=1) * 16).sum())


def _resume(made: Made, path: Path) -> Resumed:
    begun, cpu = time.perf_counter(), time.process_time()
    index = Index.mapped(path)
    loader = Loader(
        Corpus(index, ShardBlobs(str(made.shards), index.shards)), ORDER, work=LoaderSettings(threads=0)
    )
    middle = len(index) // 40 // ORDER.per_step * ORDER.per_step
    loader.resume({**loader.state(), "batch": middle})
    next(loader.epoch())
    return Resumed(len(index), time.perf_counter() - begun, time.process_time() - cpu, _peak_mb())


def _write_index(made: Made, clips: int, path: Path) -> None:
    Corpus.open(made.shards)
    (whole,) = made.shards.glob(".clips-*.arrow")
    with pa.memory_map(str(whole)) as source:
        table = pa.ipc.open_file(source).read_all().combine_chunks()
    path.parent.mkdir(parents=True, exist_ok=True)
    with pa.ipc.new_file(str(path), table.schema) as writer:
        (batch,) = table.to_batches()
        for start in range(0, clips, len(batch)):
            writer.write_batch(batch.slice(0, min(len(batch), clips - start)))


def _peak_mb() -> float:
    """The most memory this process ever held; of itself alone, not of who started it."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return float(line.split()[1]) * 1024 / _BYTES_PER_MB
    return float("nan")
