"""Shards into batches: the same order for everybody, each clip once, whatever happens in between."""

from __future__ import annotations

import os
import pickle
import shutil
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from tests.corpus import bulletins, leave_mined, on_disk
from wavelode.datasets.blobs import Blobs
from wavelode.datasets.collate import Batch, View
from wavelode.datasets.corpus import Corpus, Tier
from wavelode.datasets.loader import Loader, LoaderSettings, State
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
    run_select(Layout(out), Layout(out).mined.glob("*.parquet"), [], SelectSettings(max_same_text=0))
    run_pack(Layout(out), PackSettings(shard_mb=1, rows_per_group=4), Sources(audio, DecodeSettings()))
    return out / "asr"


@pytest.fixture(scope="module")
def corpus(shards: Path) -> Corpus:
    assert len(list(shards.rglob("*.parquet"))) > 2
    return Corpus.open(shards)


def names(batches: list[Batch]) -> list[tuple[str, ...]]:
    return [batch.clip_ids for batch in batches]


def test_a_batch_holds_the_clips_as_they_are(corpus: Corpus) -> None:
    by_name = {clip.clip_id: clip for clip in corpus}
    for batch in Loader(corpus, ORDER).epoch():
        assert batch.audio.shape == (len(batch.lengths), batch.lengths.max())
        assert batch.audio.size <= ORDER.seconds * 16_000
        for row, inside, name, text in zip(batch.audio, batch.mask, batch.clip_ids, batch.texts, strict=True):
            np.testing.assert_array_equal(row[inside], by_name[name].samples)
            assert not row[~inside].any() and text == by_name[name].text


@pytest.mark.parametrize("world", [1, 2, 3, 4, 6, 12])
@pytest.mark.parametrize("threads", [0, 1, 3])
def test_the_global_order_is_the_same_for_any_world(corpus: Corpus, world: int, threads: int) -> None:
    alone = names(list(Loader(corpus, ORDER, work=LoaderSettings(threads=0)).epoch()))
    ranks = [
        list(Loader(corpus, ORDER, rank, world, work=LoaderSettings(threads)).epoch())
        for rank in range(world)
    ]
    assert [n for one_round in zip(*map(names, ranks), strict=True) for n in one_round] == alone
    assert Counter(n for batch in alone for n in batch) == Counter(c.clip_id for c in corpus)


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
        state: State | None = State(
            manifest=Loader(corpus, ORDER).state()["manifest"], seed=nth, epoch=0, batch=0
        )
        while state is not None:
            world = random.choice([1, 2, 3, 4, 6, 12])
            loaders = [
                Loader(corpus, order, rank, world, work=LoaderSettings(random.choice([0, 2])))
                for rank in range(world)
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
    again.resume(State(manifest=Loader(corpus, ORDER).state()["manifest"], seed=3, epoch=1, batch=0))
    assert names(list(again.epoch())) == second
    assert len(repr(loader.state())) < 200


def test_a_state_that_does_not_fit_is_refused(corpus: Corpus) -> None:
    loader = Loader(corpus, ORDER, 0, 4)
    with pytest.raises(ValueError, match="another corpus, another seed"):
        loader.resume(State(manifest=Loader(corpus, ORDER).state()["manifest"], seed=4, epoch=0, batch=0))
    with pytest.raises(ValueError, match="within a step, after 6 micro-batches, and 4 ranks"):
        loader.resume(State(manifest=Loader(corpus, ORDER).state()["manifest"], seed=3, epoch=0, batch=6))
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
    loader = Loader(corpus, ORDER, work=LoaderSettings(max_bad=0.1))
    batches = list(loader.epoch())
    assert len(loader.quarantine.bad) == 1
    assert sum(len(batch.lengths) for batch in batches) == len(corpus) - 1
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
    assert "language" not in corpus[0] and corpus[0].text
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
    assert loader.state() == State(
        manifest=Loader(corpus, ORDER).state()["manifest"], seed=3, epoch=1, batch=0
    )


def test_threads_read_many_shards_at_once(shards: Path) -> None:
    """Footers are shared between threads: each must meet its own file."""
    corpus = Corpus.open(shards)
    once = {clip.clip_id: clip.samples.sum() for clip in Clips(shards)}
    for batch in Loader(corpus, ORDER, work=LoaderSettings(threads=8)).epoch():
        for name, row in zip(batch.clip_ids, batch.audio, strict=True):
            assert row.sum(dtype=np.float32) == pytest.approx(float(once[name]), abs=1e-2)


def test_quotas_are_exact_and_said(corpus: Corpus, caplog: pytest.LogCaptureFixture) -> None:
    by_length = Corpus(corpus.index, corpus.blobs, by=[Tier("duration_s", (3.0,))])
    loader = Loader(by_length, replace(ORDER, temperature=4))
    with caplog.at_level("INFO"):
        batches = list(loader.epoch())
    long = sum(int((batch.lengths >= 3 * 16_000).sum()) for batch in batches)
    sizes = np.bincount(by_length.groups)
    quotas = loader.plan(0).quotas
    assert long == quotas[1] != sizes[1] and quotas.sum() == sizes.sum()
    assert f"epoch 0: duration_s >= 3: {quotas[1]} clips, of {sizes[1]} there are" in caplog.text


@pytest.mark.parametrize(("curriculum", "sign"), [("duration_s", 1), ("-duration_s", -1)])
def test_a_curriculum_is_a_column_up_or_down(corpus: Corpus, curriculum: str, sign: int) -> None:
    means = [
        sign * b.lengths.mean()
        for b in Loader(corpus, ORDER, curriculum=curriculum).epoch()
        if len(b.lengths)
    ]
    assert means == sorted(means) and len(set(means)) > 1


def test_a_state_is_of_one_order_only(corpus: Corpus) -> None:
    """Another bucket, crop or curriculum would make a resumed epoch read some clips twice and others never."""
    saved = Loader(corpus, ORDER).state()
    others = [
        Loader(corpus, replace(ORDER, buckets=4)),
        Loader(corpus, ORDER, view=View(crop_s=1)),
        Loader(corpus, ORDER, curriculum="duration_s"),
    ]
    for other in others:
        with pytest.raises(ValueError, match="another order"):
            other.resume(saved)
    Loader(corpus, ORDER, view=View("other"), work=LoaderSettings(threads=0)).load_state_dict(saved)


def test_crops_fit_the_budget_and_are_the_same_for_any_world(corpus: Corpus) -> None:
    view, order = View(crop_s=1), replace(ORDER, seconds=4)
    alone = list(Loader(corpus, order, view=view).epoch())
    assert all(batch.audio.size <= 4 * 16_000 for batch in alone) and len(alone) >= len(corpus) // 4
    ranks = [list(Loader(corpus, order, rank, 3, view=view).epoch()) for rank in range(3)]
    for one, other in zip(
        alone, (b for one_round in zip(*ranks, strict=True) for b in one_round), strict=True
    ):
        assert one.clip_ids == other.clip_ids
        np.testing.assert_array_equal(one.audio, other.audio)


class FarAway:
    """`Blobs` that are slow, as in an object store; counts how many reads are under way at once."""

    far = True

    def __init__(self, blobs: Blobs) -> None:
        self._blobs, self._lock = blobs, threading.Lock()
        self.now = self.most = 0

    def read(self, file: int, offset: int, size: int) -> bytes:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.002)
        with self._lock:
            self.now -= 1
        return self._blobs.read(file, offset, size)


def test_far_clips_are_read_many_at_once_in_the_same_order(corpus: Corpus) -> None:
    far = FarAway(corpus.blobs)
    loader = Loader(Corpus(corpus.index, far), ORDER, work=LoaderSettings(threads=1, reads=8))
    assert names(list(loader.epoch())) == names(list(Loader(corpus, ORDER).epoch()))
    assert 4 <= far.most <= 8
    assert EpochBatches(loader)[0]["clip_ids"]


@pytest.mark.parametrize("harm", ["gone", "truncated"])
def test_a_shard_that_goes_while_it_is_used_is_no_silence(shards: Path, tmp_path: Path, harm: str) -> None:
    copy = shutil.copytree(shards, tmp_path / "asr")
    loader = Loader(Corpus.open(copy), ORDER, work=LoaderSettings(max_bad=1))
    shard = sorted(copy.rglob("*.parquet"))[0]
    if harm == "gone":
        shard.unlink()
    else:
        os.truncate(shard, 1000)
    kept = sum(len(batch.lengths) for batch in loader.epoch())
    assert 0 < len(loader.quarantine.bad) == len(loader.corpus) - kept
    assert all(
        ("No such file" if harm == "gone" else "ends after") in said
        for said in loader.quarantine.bad.values()
    )
