"""The same order for anybody, and each clip once though whole jobs are killed: counted, not argued."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

from wavelode.datasets.corpus import Corpus
from wavelode.datasets.loader import Loader, LoaderSettings, State
from wavelode.datasets.torch import EpochBatches
from wavelode.infra.bench.loader.corpus import Made
from wavelode.infra.bench.loader.ours import ORDER

WORLDS = (1, 2, 3, 4, 6, 8, 12)
WORKERS = (0, 1, 4)
_SHORT = replace(ORDER, seconds=31.0)
"""Many small micro-batches: more steps to be killed in."""
_POLL_S = 0.005

Ids = tuple[str, ...]


def same_order(corpus: Corpus, with_torch: bool) -> dict[str, set[str]]:
    """The sha256 of the global order for every number of ranks, by what works ahead and how many of them.

    Args:
        with_torch: also by the workers of torch's ``DataLoader``, where it is installed.
    """
    found = {f"{n} threads": {_threads(corpus, world, n) for world in WORLDS} for n in WORKERS}
    if with_torch and find_spec("torch"):
        found |= {
            f"{n} DataLoader workers": {_workers(corpus, world, n) for world in WORLDS} for n in WORKERS
        }
    return found


def _threads(corpus: Corpus, world: int, threads: int) -> str:
    work = LoaderSettings(threads=threads)
    ranks = [Loader(corpus, _SHORT, rank, world, work=work).epoch() for rank in range(world)]
    return _digest(batch.clip_ids for one_round in zip(*ranks, strict=True) for batch in one_round)


def _workers(corpus: Corpus, world: int, workers: int) -> str:
    from torch.utils.data import DataLoader

    datasets = [EpochBatches(Loader(corpus, _SHORT, rank, world)) for rank in range(world)]
    ranks: list[list[Ids]] = []
    for dataset in datasets:
        batches: Iterable[Any] = DataLoader(dataset, batch_size=None, num_workers=workers)
        ranks.append([tuple(batch["clip_ids"]) for batch in batches])
    return _digest(ids for one_round in zip(*ranks, strict=True) for ids in one_round)


def _digest(batches: Iterable[Ids]) -> str:
    digest = hashlib.sha256()
    for ids in batches:
        digest.update(json.dumps(ids).encode())
    return digest.hexdigest()


def two_jobs(made: Made) -> list[tuple[str, int]]:
    """The sha256 of the order that each of two jobs sees, and its clips, if both begin at once on a fresh corpus."""
    for index in made.shards.glob(".clips-*.arrow"):
        index.unlink()
    with ProcessPoolExecutor(2, get_context("spawn")) as jobs:
        return list(jobs.map(_a_job, [made.shards] * 2))


def _a_job(shards: Path) -> tuple[str, int]:
    batches = [batch.clip_ids for batch in Loader(Corpus.open(shards), _SHORT).epoch()]
    return _digest(batches), sum(map(len, batches))


@dataclass(frozen=True, slots=True)
class Survived:
    """What is left of an epoch after jobs were killed.

    Attributes:
        kills: how many jobs were killed.
        epochs: how many epochs came to their end in spite of it.
        lost, doubled: clips that no epoch step used, or one used again.
        worlds: the numbers of ranks that took part.
    """

    kills: int
    epochs: int
    lost: int
    doubled: int
    worlds: tuple[int, ...]


def killed_jobs(corpus: Corpus, kills: int) -> Survived:
    """Jobs of one process a rank, ended by SIGKILL at some micro-batch, each resumed with another number of ranks.

    As in training, a step counts once all ranks have done it; what a killed job did beyond its last whole step is done
    again by the next one and thrown away here.
    """
    random = Random(5)
    names = [corpus.index.row(at)["clip_id"] for at in range(len(corpus))]
    state = Loader(corpus, _SHORT).state()
    seen: Counter[str] = Counter()
    worlds: list[int] = []
    lost = doubled = epochs = 0
    while len(worlds) < kills or state["batch"]:
        worlds.append(random.choice([world for world in WORLDS if world != (worlds or [0])[-1]]))
        after = random.randint(20, 90) if len(worlds) <= kills else 1 << 30
        epoch = state["epoch"]
        used, state = _job(corpus, state, worlds[-1], after)
        seen.update(used)
        if state["epoch"] > epoch:
            lost += sum(not seen[name] for name in names)
            doubled += sum(seen.values()) - len(seen)
            epochs, seen = epochs + 1, Counter()
    return Survived(kills, epochs, lost, doubled, tuple(sorted(set(worlds))))


def _job(corpus: Corpus, state: State, world: int, after: int) -> tuple[list[str], State]:
    """Clips of the whole steps of a job that is killed after so many micro-batches, and the state after them."""
    context = get_context("fork")
    with tempfile.TemporaryDirectory() as folder:
        logs = [Path(folder) / str(rank) for rank in range(world)]
        ranks = [
            context.Process(target=_rank, args=(corpus, state, r, world, log)) for r, log in enumerate(logs)
        ]
        for rank in ranks:
            rank.start()
        while any(rank.is_alive() for rank in ranks) and sum(map(_lines, logs)) < after:
            time.sleep(_POLL_S)
        for rank in ranks:
            if rank.is_alive() and rank.pid:
                os.kill(rank.pid, signal.SIGKILL)
            rank.join()
        done = [_batches(log) for log in logs]
    plan = Loader(corpus, _SHORT).plan(state["epoch"])
    a_step = _SHORT.per_step // world
    whole = min(len(batches) for batches in done) // a_step * a_step
    used = [name for batches in done for ids in batches[:whole] for name in ids]
    batch = state["batch"] + whole * world
    if batch == len(plan):
        return used, State(**{**state, "epoch": state["epoch"] + 1, "batch": 0})
    return used, State(**{**state, "batch": batch})


def _rank(corpus: Corpus, state: State, rank: int, world: int, log: Path) -> None:
    loader = Loader(corpus, _SHORT, rank, world, work=LoaderSettings(threads=1))
    loader.resume(state)
    with log.open("w", encoding="utf-8") as file:
        for batch in loader.epoch():
            file.write(json.dumps(batch.clip_ids) + "\n")
            file.flush()


def _lines(log: Path) -> int:
    return log.read_bytes().count(b"\n") if log.exists() else 0


def _batches(log: Path) -> list[Ids]:
    """What a rank wrote; a line it was killed in is none."""
    if not log.exists():
        return []
    return [tuple(json.loads(line)) for line in log.read_text(encoding="utf-8").split("\n")[:-1]]
