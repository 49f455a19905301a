"""The loader under torch's own hands; needs torch, which nothing else here does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from wavelode.datasets.audio import encode_flac
from wavelode.datasets.corpus import Corpus
from wavelode.datasets.loader import Loader
from wavelode.datasets.order import OrderSettings
from wavelode.datasets.places import NotingWriter
from wavelode.datasets.shards import shard_writer
from wavelode.datasets.torch import EpochBatches
from wavelode.schemas.tables import CLIP

torch_data: Any = pytest.importorskip("torch.utils.data", reason="torch is not installed")
ORDER = OrderSettings(seconds=2, buckets=4, per_step=4)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    path = tmp_path_factory.mktemp("asr") / "a.parquet"
    writer = NotingWriter(shard_writer(path), path)
    chance = np.random.default_rng(0)
    for at in range(60):
        samples = chance.integers(-3000, 3000, int(chance.integers(1600, 9600))).astype(np.int16)
        row = {"clip_id": f"clip{at}", "duration_s": len(samples) / 16_000, "text": str(at)}
        audio = {"bytes": encode_flac(samples), "path": ""}
        writer.write_table(pa.Table.from_pylist([dict.fromkeys(CLIP.names) | row | {"audio": audio}], CLIP))
    writer.close()
    return Corpus.open(path)


def ids(batches: Any) -> list[tuple[str, ...]]:
    return [tuple(batch["clip_ids"]) for batch in batches]


@pytest.mark.parametrize("workers", [0, 1, 4])
def test_any_number_of_workers_gives_the_plain_order(corpus: Corpus, workers: int) -> None:
    plain = [batch.clip_ids for batch in Loader(corpus, ORDER, 1, 2).epoch()]
    dataset = EpochBatches(Loader(corpus, ORDER, 1, 2))
    given = list(torch_data.DataLoader(dataset, batch_size=None, num_workers=workers))
    assert ids(given) == plain
    assert given[0]["audio"].shape == (len(given[0]["lengths"]), given[0]["lengths"].max())


@pytest.mark.parametrize("workers", [0, 2])
def test_torchdata_saves_and_resumes_it(corpus: Corpus, workers: int) -> None:
    """In the middle of the second epoch, by a loader that has seen nothing yet."""
    stateful: Any = pytest.importorskip(
        "torchdata.stateful_dataloader", reason="torchdata is not installed"
    ).StatefulDataLoader
    loader = Loader(corpus, ORDER)
    loader.resume({**loader.state(), "epoch": 1})
    plain = ids(EpochBatches(loader)[at] for at in range(len(EpochBatches(loader))))
    first = stateful(EpochBatches(loader), batch_size=None, num_workers=workers)
    taken = iter(first)
    seen = ids(next(taken) for _ in range(7))
    saved = first.state_dict()
    second = stateful(EpochBatches(Loader(corpus, ORDER)), batch_size=None, num_workers=workers)
    second.load_state_dict(saved)
    assert seen + ids(second) == plain
