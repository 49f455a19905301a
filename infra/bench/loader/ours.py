"""Wavelode's loader, and what no loader can be quicker than: decoding alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from wavelode.datasets.audio import decode_flac
from wavelode.datasets.collate import Batch
from wavelode.datasets.corpus import Corpus
from wavelode.datasets.loader import Loader, LoaderSettings
from wavelode.datasets.order import OrderSettings
from wavelode.infra.bench.loader.contender import SECONDS, Filled
from wavelode.infra.bench.loader.corpus import Made

PER_STEP = 24
ORDER = OrderSettings(seconds=SECONDS, buckets=30, per_step=PER_STEP)


@dataclass(frozen=True, slots=True)
class Wavelode:
    """One decoding thread a process, as the others have."""

    name: str = "wavelode"
    needs: tuple[str, ...] = ()
    threads: int = 1

    def prepare(self, made: Made) -> None:
        Corpus.open(made.shards)

    def open(self, made: Made, rank: int, world: int) -> OurRun:
        corpus = Corpus.open(made.shards)
        return OurRun(Loader(corpus, ORDER, rank, world, work=LoaderSettings(threads=self.threads)))


@dataclass(frozen=True, slots=True)
class OurRun:
    loader: Loader

    def __iter__(self) -> Iterator[Filled]:
        return map(filled, self.loader.epoch())

    def save(self) -> Any:
        return self.loader.state()

    def load(self, state: Any) -> None:
        self.loader.resume(state)

    def skim(self) -> Iterator[int] | None:
        return None


def filled(batch: Batch) -> Filled:
    return Filled(batch.clip_ids, int(batch.lengths.sum()), batch.audio.size)


@dataclass(frozen=True, slots=True)
class BareDecoding:
    """Clips that are in memory already, decoded by soundfile and thrown away."""

    name: str = "soundfile alone"
    needs: tuple[str, ...] = ()

    def prepare(self, made: Made) -> None:
        return None

    def open(self, made: Made, rank: int, world: int) -> BareRun:
        return BareRun(made.flacs[rank::world])


@dataclass(frozen=True, slots=True)
class BareRun:
    flacs: list[tuple[str, bytes]] = field(repr=False)

    def __iter__(self) -> Iterator[Filled]:
        for name, data in self.flacs:
            size = len(decode_flac(data)[0])
            yield Filled((name,), size, size)

    def save(self) -> Any:
        return None

    def load(self, state: Any) -> None:
        return None

    def skim(self) -> Iterator[int] | None:
        return None
