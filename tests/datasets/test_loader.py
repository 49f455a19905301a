"""Shards into batches: the same order for everybody, each clip once, whatever happens in between."""

from __future__ import annotations

import pickle
import shutil
from collections import Counter
from pathlib import Path
from random import Random

import numpy as np
import pytest

from tests.corpus import bulletins, leave_mined, on_disk
from wavelode.datasets.collate import Batch
from wavelode.datasets.loader import Corpus, Loader, State
from wavelode.datasets.order import OrderSettings
from wavelode.datasets.shards import Sources
from wavelode.datasets.storage import Layout
from wavelode.datasets.torch import EpochBatches
from wavelode.datasets.views import Clips
from wavelode.pipelines.pack import run_pack
from wavelode.pipelines.select import run_select
from wavelode.schemas.errors import StorageError
from wavelode.schemas.settings import DecodeSettings, PackSettings, SelectSettings

ORDER = OrderSettings(seconds=12, buckets=3, per_step=12, seed=3)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some sixty clips of 2.5 to 4.25 s in several shards."""
    audio, out = tmp_path_factory.mktemp("audio"), tmp_path_factory.mktemp("out")
    recordings = [on_disk(one, audio, seed) for seed, one in enumerate(bulletins(20))]
    leave_mined(Layout(out), recordings, [])
    run_select(Layout(out), Layout(out).mined.glob("*.parquet"), [], SelectSettings())
    run_pack(Layout(out), PackSettings(shard_mb=1, rows_per_group=4), Sources(audio, DecodeSettings()))
    return out / "asr"


@pytest.fixture(scope="module")
def corpus(shards: Path) -> Corpus:
    assert len(list(shards.rglob("*.parquet"))) > 2
    return Corpus.open(shards)


def names(batches: list[Batch]) -> list[tuple[str, ...]]:
    return [batch.clip_ids for batch in batches]


def test_a_batch_holds_the_clips_as_they_are(corpus: Corpus) -> None:
    by_name = {clip.clip_id: clip for clip in corpus.clips}
    for batch in Loader(corpus, ORDER).epoch():
        assert batch.audio.shape == (len(batch.lengths), batch.lengths.max())
        assert batch.audio.size <= ORDER.seconds * 16_000
        for row, inside, name, text in zip(batch.audio, batch.mask, batch.clip_ids, batch.texts, strict=True):
            np.testing.assert_array_equal(row[inside], by_name[name].samples)
            assert not row[~inside].any() and text == by_name[name].text


@pytest.mark.parametrize("world", [1, 2, 3, 4, 6, 12])
@pytest.mark.parametrize("threads", [0, 1, 3])
def test_the_global_order_is_the_same_for_any_world(corpus: Corpus, world: int, threads: int) -> None:
    alone = names(list(Loader(corpus, ORDER, threads=0).epoch()))
    ranks = [list(Loader(corpus, ORDER, rank, world, threads=threads).epoch()) for rank in range(world)]
    assert [n for one_round in zip(*map(names, ranks), strict=True) for n in one_round] == alone
    assert Counter(n for batch in alone for n in batch) == Counter(c.clip_id for c in corpus.clips)


def train(loaders: list[Loader], steps: int) -> tuple[list[tuple[str, ...]], State | None]:
    """Runs all ranks in step; what was seen, in global order, and the state after so many steps, None at the end."""
    seen = []
    epochs = [loader.epoch() for loader in loaders]
    for _ in range(steps * ORDER.per_step // len(loaders)):
        batches = [next(epoch, None) for epoch in epochs]
        if batches[0] is None:
            return seen, None
        seen += [batch.clip_ids for batch in batches if batch]
    states = [loader.state() for loader in loaders]
    assert all(state == states[0] for state in states)
    return seen, states[0]


def test_each_clip_once_though_runs_die_and_the_world_changes(corpus: Corpus) -> None:
    """Twenty epochs, each killed at random steps and resumed by another number of ranks."""
    random = Random(1)
    for nth in range(20):
        order = OrderSettings(ORDER.seconds, ORDER.buckets, ORDER.per_step, seed=nth)
        seen: list[tuple[str, ...]] = []
        state: State | None = State(corpus=corpus.sha256, seed=nth, epoch=0, batch=0)
        while state is not None:
            world = random.choice([1, 2, 3, 4, 6, 12])
            loaders = [
                Loader(corpus, order, rank, world, threads=random.choice([0, 2])) for rank in range(world)
            ]
            for loader in loaders:
                loader.resume(state)
            more, state = train(loaders, random.choice([1, 2]))
            seen += more
        assert seen == names(list(Loader(corpus, order).epoch()))


def test_epochs_follow_each_other_and_differ(corpus: Corpus) -> None:
    loader = Loader(corpus, ORDER)
    first, second = names(list(loader.epoch())), names(list(loader.epoch()))
    assert first != second and sorted(sum(first, ())) == sorted(sum(second, ()))
    again = Loader(corpus, ORDER)
    again.resume(State(corpus=corpus.sha256, seed=3, epoch=1, batch=0))
    assert names(list(again.epoch())) == second
    assert len(repr(loader.state())) < 200


def test_a_state_that_does_not_fit_is_refused(corpus: Corpus) -> None:
    loader = Loader(corpus, ORDER, 0, 4)
    with pytest.raises(ValueError, match="another corpus or seed"):
        loader.resume(State(corpus=corpus.sha256, seed=4, epoch=0, batch=0))
    with pytest.raises(ValueError, match="within a step, after 6 micro-batches, and 4 ranks"):
        loader.resume(State(corpus=corpus.sha256, seed=3, epoch=0, batch=6))
    with pytest.raises(ValueError, match="rank 2 of 2"):
        Loader(corpus, ORDER, 2, 2)
    with pytest.raises(ValueError, match="5 ranks can't share steps of 12"):
        Loader(corpus, ORDER, 0, 5)


def damaged(shards: Path, folder: Path) -> Path:
    """A copy in which the sound of one clip is no sound: the bytes of its FLAC header are gone."""
    copy = shutil.copytree(shards, folder / "asr")
    shard = sorted(copy.rglob("*.parquet"))[0]
    data = shard.read_bytes()
    at = data.index(b"fLaC")
    shard.write_bytes(data[:at] + b"none" + data[at + 4 :])
    return copy


def test_a_bad_clip_is_left_out_and_counted_and_never_silence(shards: Path, tmp_path: Path) -> None:
    corpus = Corpus.open(damaged(shards, tmp_path))
    loader = Loader(corpus, ORDER, max_bad=0.1)
    batches = list(loader.epoch())
    assert len(loader.quarantine.bad) == 1
    assert sum(len(batch.lengths) for batch in batches) == len(corpus.clips) - 1
    assert all(
        np.abs(row[:length]).max() > 0
        for b in batches
        for row, length in zip(b.audio, b.lengths, strict=True)
    )


def test_too_many_bad_clips_stop_it(shards: Path, tmp_path: Path) -> None:
    loader = Loader(Corpus.open(damaged(shards, tmp_path)), ORDER)
    with pytest.raises(StorageError, match=r"1 of .* clips can't be read, first clip .*raise max_bad"):
        list(loader.epoch())


def test_groups_are_the_values_of_a_column(shards: Path) -> None:
    corpus = Corpus.open(shards, columns=["text"], by="station")
    assert corpus.group_names == ("Kohima",) and not corpus.groups.any()
    assert "station" not in corpus.clips[0] and corpus.clips[0].text
    with pytest.raises(StorageError, match="no column 'stations'"):
        Corpus.open(shards, by="stations")


def test_the_dataset_for_torch_has_the_loader_s_batches(corpus: Corpus) -> None:
    """Also after a trip to a worker process, and from the middle of an epoch."""
    plain = names(list(Loader(corpus, ORDER, 1, 4).epoch()))
    loader = Loader(corpus, ORDER, 1, 4)
    dataset = pickle.loads(pickle.dumps(EpochBatches(loader)))
    items = [dataset[at] for at in range(len(dataset))]
    assert [tuple(item["clip_ids"]) for item in items] == plain
    step = ORDER.per_step // 4
    loader.resume(dataset.state_after(items[step - 1]["number"]))
    rest = EpochBatches(loader)
    assert [tuple(rest[at]["clip_ids"]) for at in range(len(rest))] == plain[step:]
    loader.resume(dataset.end)
    assert loader.state() == State(corpus=corpus.sha256, seed=3, epoch=1, batch=0)


def test_threads_read_many_shards_at_once(shards: Path) -> None:
    """Footers are shared between threads: each must meet its own file."""
    corpus = Corpus.open(shards)
    once = {clip.clip_id: clip.samples.sum() for clip in Clips(shards)}
    for batch in Loader(corpus, ORDER, threads=8).epoch():
        for name, row in zip(batch.clip_ids, batch.audio, strict=True):
            assert row.sum(dtype=np.float32) == pytest.approx(float(once[name]), abs=1e-2)
