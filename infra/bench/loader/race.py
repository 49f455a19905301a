"""Contenders side by side: the same clips, the same decoder, as many processes."""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass
from multiprocessing import get_context
from random import Random
from typing import Any

from wavelode.infra.bench.loader.contender import Contender, Filled
from wavelode.infra.bench.loader.corpus import Made
from wavelode.schemas.time import WORKING_RATE_HZ

WORLD = 2


@dataclass(frozen=True, slots=True)
class Figures:
    """An epoch of a contender, over all its processes.

    Attributes:
        clips_per_s: of the time from the first start to the last end.
        useful_per_s: seconds of sound without padding, in that time.
        hours_per_core_s: hours of sound for each second of processor.
        first_s: from opening to the first batch, the slower process.
        padding: share of all padded samples.
    """

    clips_per_s: float
    useful_per_s: float
    hours_per_core_s: float
    first_s: float
    padding: float


@dataclass(frozen=True, slots=True)
class _Part:
    begun: float
    ended: float
    first_s: float
    cpu_s: float
    clips: int
    useful: int
    padded: int


def race(contender: Contender, made: Made) -> Figures:
    """An epoch by `WORLD` processes that begin together.

    Raises:
        RuntimeError: if one of them breaks.
    """
    context = get_context("spawn")
    start = context.Barrier(WORLD)
    inboxes = [context.Pipe(duplex=False) for _ in range(WORLD)]
    workers = [
        context.Process(target=_work, args=(contender, made, rank, start, outbox))
        for rank, (_, outbox) in enumerate(inboxes)
    ]
    for worker in workers:
        worker.start()
    for _, outbox in inboxes:
        outbox.close()
    try:
        parts = [inbox.recv() for inbox, _ in inboxes]
    except EOFError as error:
        raise RuntimeError(f"{contender.name}: a process broke off") from error
    finally:
        for worker in workers:
            worker.join()
    return _figures(parts)


def _work(contender: Contender, made: Made, rank: int, start: Any, outbox: Any) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    for name in contender.needs:
        __import__(name)
    _warm(contender, made, rank)
    start.wait()
    begun, cpu = time.perf_counter(), time.process_time()
    run = contender.open(made, rank, WORLD)
    clips = useful = padded = 0
    first_s = 0.0
    for batch in run:
        first_s = first_s or time.perf_counter() - begun
        clips, useful, padded = clips + len(batch.ids), useful + batch.useful, padded + batch.padded
    part = _Part(begun, time.perf_counter(), first_s, time.process_time() - cpu, clips, useful, padded)
    outbox.send(part)
    outbox.close()


def _warm(contender: Contender, made: Made, rank: int) -> None:
    """What a package does only once in a process is no part of an epoch."""
    next(iter(contender.open(made, rank, WORLD)), None)


def _figures(parts: list[_Part]) -> Figures:
    wall = max(part.ended for part in parts) - min(part.begun for part in parts)
    useful_s = sum(part.useful for part in parts) / WORKING_RATE_HZ
    return Figures(
        sum(part.clips for part in parts) / wall,
        useful_s / wall,
        useful_s / 3600 / sum(part.cpu_s for part in parts),
        max(part.first_s for part in parts),
        1 - sum(part.useful for part in parts) / sum(part.padded for part in parts),
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """Of the clips of an epoch that was killed many times, how many were never given out, and how many again."""

    lost: int
    doubled: int


def killed(contender: Contender, made: Made, kills: int) -> Kept:
    """An epoch of one process, dropped after a few batches so many times, each time resumed from its last state."""
    random = Random(0)
    seen: Counter[str] = Counter()
    state: Any = None
    for kill in range(kills + 1):
        run = contender.open(made, 0, 1)
        if state is not None:
            run.load(state)
        left = random.randint(1, 2) if kill < kills else -1
        for batch in run:
            seen.update(batch.ids)
            state = run.save()
            left -= 1
            if not left:
                break
    return Kept(sum(name not in seen for name in made.lengths), sum(seen.values()) - len(seen))


def resume_s(contender: Contender, made: Made) -> float | None:
    """Seconds from a state in the middle of an epoch to the next batch; None for one that has no state."""
    run = contender.open(made, 0, 1)
    state, done = None, 0
    for batch in run:
        done += len(batch.ids)
        if done >= len(made.lengths) // 2:
            state = run.save()
            break
    if state is None:
        return None
    begun = time.perf_counter()
    again = contender.open(made, 0, 1)
    again.load(state)
    _: Filled | None = next(iter(again), None)
    return time.perf_counter() - begun


def skimmed_per_s(contender: Contender, made: Made) -> float | None:
    """Clips a second that it passes without decoding them, for who goes on by doing so; None for others."""
    skim = contender.open(made, 0, 1).skim()
    if skim is None:
        return None
    begun = time.perf_counter()
    passed = sum(skim)
    return passed / (time.perf_counter() - begun)
