"""The bench of packing on made-up sound: what it reports is so, and a goal that is missed is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.melodies import melody
from wavelode.datasets.views.clips import Clips
from wavelode.infra.bench.pack import Speed, goals
from wavelode.infra.bench.pack_clips import Heard, packed
from wavelode.infra.bench.pack_large import large
from wavelode.infra.bench.pack_leaks import Found
from wavelode.infra.bench.pack_readers import Agreement, agreements
from wavelode.infra.bench.pack_scale import Scale, made_up
from wavelode.pipelines.leaks import leaks

CLIPS = Heard(
    [f"r{n}-{n:03d}" for n in range(6)], [(melody(6.0, n) * 32767).astype(np.int16) for n in range(6)]
)


def test_every_reader_that_is_there_gives_what_was_packed(tmp_path: Path) -> None:
    read = agreements(CLIPS, packed(CLIPS, tmp_path / "out").out, tmp_path)
    assert {one.reader for one in read if one.same} >= {"wavelode Clips", "datasets.load_dataset"}
    assert all(one.same and one.clips == 6 for one in read if one.same is not None)


def test_a_reader_that_gives_other_samples_is_told(tmp_path: Path) -> None:
    out = packed(CLIPS, tmp_path / "out").out
    other = Heard(CLIPS.names, [CLIPS.samples[0] ^ 1, *CLIPS.samples[1:]])
    assert [one.same for one in agreements(other, out, tmp_path) if one.same is not None].count(True) == 0


def test_two_packed_sets_that_share_a_clip_leak_it(tmp_path: Path) -> None:
    test = Heard(CLIPS.names[:2], CLIPS.samples[:2])
    train = Heard(["other", CLIPS.names[1]], [CLIPS.samples[3], CLIPS.samples[1][16_000:]])
    for name, one in (("test", test), ("train", train)):
        packed(one, tmp_path / name)
    found = leaks(tmp_path / "test" / "asr", tmp_path / "train" / "asr", tmp_path / "scratch")
    assert [(row["a"], row["b"]) for row in found.sound] == [(CLIPS.names[1], CLIPS.names[1])]
    assert found.sound[0]["speed"] == 1.0 and abs(found.sound[0]["shift_s"] + 1) < 0.1
    assert not found.texts and not found.speakers and found.clips == (2, 2)
    assert len(Clips(tmp_path / "test" / "asr")) == 2


def test_made_up_prints_hold_their_copies() -> None:
    prints, copies = made_up(200)
    assert (len(prints), copies) == (200, 10)
    assert np.array_equal(prints.peaks, made_up(200)[0].peaks)


def test_a_large_shard_holds_what_it_is_told_to(tmp_path: Path) -> None:
    written = large(CLIPS, tmp_path, megabytes=1.0)
    assert 0.7 < written.megabytes < 1.4 and written.rows > len(CLIPS.names)
    assert [one.rows_per_group for one in written.read] == [8, 16, 64, 512]
    assert all(one.group_ms > 0 and one.range_ms > 0 for one in written.read)


def test_a_goal_that_is_missed_is_told() -> None:
    scale = Scale(1000, 1.0, 2.0, 100, 10, 10, 1.0, 1.0)
    grown = replace(scale, clips=10_000, cpu_s=22.0)
    found = Found("mp3", 10, 10, 0.95, 1.0)
    fast, slow = Speed("wavelode", 1.0, 10, 5, 0.1), Speed("datasets", 2.0, 10, 5, 0.1)
    read = [Agreement("a", 6, True), Agreement("absent")]
    assert all(holds for _, holds in goals(read, [found], [fast, slow], [scale, grown]))
    for worse in (
        goals([Agreement("a", 6, False)], [found], [fast, slow], [scale, grown]),
        goals(read, [replace(found, recall=0.5)], [fast, slow], [scale, grown]),
        goals(read, [replace(found, precision=0.5)], [fast, slow], [scale, grown]),
        goals(read, [found], [slow, fast], [scale, grown]),
        goals(read, [found], [fast, slow], [scale, replace(grown, cpu_s=200.0)]),
    ):
        assert [holds for _, holds in worse].count(False) == 1
