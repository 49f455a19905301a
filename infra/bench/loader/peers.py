"""Other loaders, each used as its own documentation shows, with our decoder and without processes of their own."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from wavelode.datasets.audio import decode_flac
from wavelode.infra.bench.loader.contender import CLIPS, SECONDS, Contender, Filled, Run, fill, in_batches
from wavelode.infra.bench.loader.corpus import Made

_PER_TAR = 250
_SHUFFLED = 1000
"""Clips in a buffer that is shuffled, for those that stream."""


def _sound(row: dict[str, Any]) -> tuple[str, Any]:
    return row["clip_id"], decode_flac(row["audio"]["bytes"])[0]


def parquet(made: Made, streaming: bool) -> Any:
    """The shards, opened by Hugging Face's datasets."""
    # By name, because a reader of types would take our own folder for it.
    datasets = import_module("datasets")
    datasets.disable_progress_bars()
    files = [str(path) for path in sorted(made.shards.glob("*.parquet"))]
    cache = str(made.folder / "huggingface")
    whole = datasets.load_dataset(
        "parquet", data_files=files, split="train", streaming=streaming, cache_dir=cache
    )
    return whole.select_columns(["clip_id", "audio"]).cast_column("audio", datasets.Audio(decode=False))


@dataclass(frozen=True, slots=True)
class HuggingFaceStreaming:
    name: str = "datasets, streaming"
    needs: tuple[str, ...] = ("datasets",)

    def prepare(self, made: Made) -> None:
        return None

    def open(self, made: Made, rank: int, world: int) -> Run:
        rows = parquet(made, streaming=True).shuffle(seed=0, buffer_size=_SHUFFLED)
        return _Stateful(import_module("datasets.distributed").split_dataset_by_node(rows, rank, world))


@dataclass(slots=True)
class _Stateful:
    """An iterable of rows that says and takes where it stands."""

    rows: Any

    def __iter__(self) -> Iterator[Filled]:
        return in_batches(map(_sound, self.rows))

    def save(self) -> Any:
        return self.rows.state_dict()

    def load(self, state: Any) -> None:
        self.rows.load_state_dict(state)

    def skim(self) -> Iterator[int] | None:
        return None


@dataclass(frozen=True, slots=True)
class HuggingFaceMap:
    """Shuffled by numbers; to go on, what was taken is left out by hand, as its user has to."""

    name: str = "datasets, map-style"
    needs: tuple[str, ...] = ("datasets",)

    def prepare(self, made: Made) -> None:
        parquet(made, streaming=False)

    def open(self, made: Made, rank: int, world: int) -> Run:
        rows = parquet(made, streaming=False).shuffle(seed=0)
        return _Counted(rows.shard(world, rank))


@dataclass(slots=True)
class _Counted:
    rows: Any
    done: int = 0

    def __iter__(self) -> Iterator[Filled]:
        if self.done == len(self.rows):
            return
        left = self.rows.select(range(self.done, len(self.rows)))
        for batch in in_batches(map(_sound, left)):
            self.done += len(batch.ids)
            yield batch

    def save(self) -> Any:
        return self.done

    def load(self, state: Any) -> None:
        self.done = state

    def skim(self) -> Iterator[int] | None:
        return None


@dataclass(frozen=True, slots=True)
class WebDataset:
    """Tar files; it saves no state, so who is killed begins the epoch again."""

    name: str = "webdataset"
    needs: tuple[str, ...] = ("webdataset", "torch")

    def prepare(self, made: Made) -> None:
        folder = made.folder / "webdataset"
        folder.mkdir(exist_ok=True)
        for start in range(0, len(made.flacs), _PER_TAR):
            with tarfile.open(folder / f"{start:07d}.tar", "w") as tar:
                for name, data in made.flacs[start : start + _PER_TAR]:
                    told = tarfile.TarInfo(f"{name}.flac")
                    told.size = len(data)
                    tar.addfile(told, io.BytesIO(data))

    def open(self, made: Made, rank: int, world: int) -> Run:
        import webdataset

        urls = [str(path) for path in sorted((made.folder / "webdataset").glob("*.tar"))]
        shards = urls[rank::world]
        rows = webdataset.WebDataset(shards, shardshuffle=len(shards), seed=0, empty_check=False)
        return _Forgetful(rows.shuffle(_SHUFFLED))


@dataclass(frozen=True, slots=True)
class _Forgetful:
    rows: Any

    def __iter__(self) -> Iterator[Filled]:
        return in_batches((row["__key__"], decode_flac(row["flac"])[0]) for row in self.rows)

    def save(self) -> Any:
        return None

    def load(self, state: Any) -> None:
        return None

    def skim(self) -> Iterator[int] | None:
        return (1 for _ in self.rows)


@dataclass(frozen=True, slots=True)
class Lhotse:
    """Shar archives and its sampler of dynamic buckets."""

    name: str = "lhotse Shar, buckets"
    needs: tuple[str, ...] = ("lhotse", "torch")

    def prepare(self, made: Made) -> None:
        from lhotse import CutSet, MonoCut, Recording

        if not (made.folder / "shar").exists():
            (made.folder / "shar").mkdir()
            recordings = (Recording.from_bytes(data, name) for name, data in made.flacs)
            cuts = (MonoCut(r.id, start=0, duration=r.duration, channel=0, recording=r) for r in recordings)
            CutSet.from_cuts(cuts).to_shar(made.folder / "shar", {"recording": "flac"}, shard_size=_PER_TAR)

    def open(self, made: Made, rank: int, world: int) -> Run:
        from lhotse import CutSet
        from lhotse.dataset import DynamicBucketingSampler

        cuts = CutSet.from_shar(in_dir=made.folder / "shar", shuffle_shards=True, seed=0)
        sampler = DynamicBucketingSampler(
            cuts,
            max_duration=SECONDS,
            num_buckets=30,
            shuffle=True,
            seed=0,
            rank=rank,
            world_size=world,
            buffer_size=_SHUFFLED * 10,
        )
        return _Sampled(sampler)


@dataclass(frozen=True, slots=True)
class _Sampled:
    sampler: Any

    def __iter__(self) -> Iterator[Filled]:
        for cuts in self.sampler:
            yield fill((cut.id, decode_flac(_bytes_of(cut))[0]) for cut in cuts)

    def save(self) -> Any:
        return self.sampler.state_dict()

    def load(self, state: Any) -> None:
        self.sampler.load_state_dict(state)

    def skim(self) -> Iterator[int] | None:
        return map(len, self.sampler)


def _bytes_of(cut: Any) -> bytes:
    data: bytes = cut.recording.sources[0].source
    return data


@dataclass(frozen=True, slots=True)
class TorchData:
    """FLAC files in a folder, in the order of torch's sampler, read and decoded by a thread of torchdata's nodes."""

    name: str = "torchdata nodes"
    needs: tuple[str, ...] = ("torchdata", "torch")

    def prepare(self, made: Made) -> None:
        folder = made.folder / "flac"
        folder.mkdir(exist_ok=True)
        for name, data in made.flacs:
            (folder / f"{name}.flac").write_bytes(data)

    def open(self, made: Made, rank: int, world: int) -> Run:
        return through_nodes(Files(made.folder / "flac", sorted(made.lengths)), rank, world)


def through_nodes(files: Files, rank: int, world: int) -> Run:
    """Files in the order of torch's sampler, read and decoded by a thread of torchdata's nodes."""
    from torch.utils.data.distributed import DistributedSampler
    from torchdata import nodes

    sampler: Any = DistributedSampler(files, world, rank, shuffle=True, seed=0)
    read = nodes.ParallelMapper(
        nodes.SamplerWrapper(sampler), files.__getitem__, num_workers=1, method="thread"
    )
    batches = nodes.Batcher(read, CLIPS, drop_last=False)
    return _Nodes(nodes.Loader(batches, restart_on_stop_iteration=False))


@dataclass(frozen=True, slots=True)
class Files:
    """FLAC files by number."""

    folder: Path
    names: list[str] = field(repr=False)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, at: int) -> tuple[str, Any]:
        name = self.names[at]
        return name, decode_flac((self.folder / f"{name}.flac").read_bytes())[0]


@dataclass(frozen=True, slots=True)
class _Nodes:
    loader: Any

    def __iter__(self) -> Iterator[Filled]:
        return map(fill, self.loader)

    def save(self) -> Any:
        # Its state holds live objects where saved as it is: a checkpoint would hold text.
        return json.loads(json.dumps(self.loader.state_dict()))

    def load(self, state: Any) -> None:
        self.loader.load_state_dict(state)

    def skim(self) -> Iterator[int] | None:
        return None


PEERS: tuple[Contender, ...] = (
    HuggingFaceStreaming(),
    HuggingFaceMap(),
    WebDataset(),
    Lhotse(),
    TorchData(),
)
