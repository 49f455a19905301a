"""What is removed is gone from every file, the rest is as it was, and no later run brings it back."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile

from tests.archive import wavelode
from tests.corpus import bulletins, leave_mined, on_disk, sound
from tests.packed import pack_corpus
from wavelode.datasets.manifest import describe_file, read_manifest
from wavelode.datasets.opus import encode_opus
from wavelode.datasets.shards import Sources
from wavelode.datasets.storage import Layout, read_rows
from wavelode.datasets.views.clips import Clips
from wavelode.infra.serve.search import open_index
from wavelode.pipelines.pack import run_pack
from wavelode.pipelines.remove import remove
from wavelode.pipelines.select import run_select
from wavelode.pipelines.taken import Taken, read_removed
from wavelode.schemas.errors import StorageError
from wavelode.schemas.records import Recording, Turn
from wavelode.schemas.settings import DecodeSettings, PackSettings, SelectSettings
from wavelode.schemas.tables import SEGMENT
from wavelode.schemas.time import Span
from wavelode.schemas.verdict import Reason

SMALL = PackSettings(shard_mb=0.2, rows_per_group=2)
FREE = SelectSettings(max_same_text=0)


def _two_speakers(one: Recording) -> Recording:
    end = one.sound.num_samples if one.sound else 0
    return replace(one, turns=(Turn(Span(0, end // 2), "s1"), Turn(Span(end // 2, end), "s2")))


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    audio, layout = tmp_path / "audio", Layout(tmp_path / "out")
    corpus = [_two_speakers(on_disk(one, audio, n)) for n, one in enumerate(bulletins(4))]
    leave_mined(layout, corpus, [])
    _again(layout)
    (layout.out / "report.html").write_text("<audio> of bulletin01", encoding="utf-8")
    return layout


def _again(layout: Layout) -> None:
    run_select(layout, layout.mined.glob("*.parquet"), [], FREE)
    run_pack(layout, SMALL, Sources(layout.out.parent / "audio", DecodeSettings()))


def _clips(layout: Layout) -> dict[str, bytes]:
    return {clip.clip_id: clip.flac for shelf in ("asr", "ssl") for clip in Clips(layout.out / shelf)}


def test_a_recording_goes_and_only_its_shards_change(layout: Layout) -> None:
    before, shards = _clips(layout), {s.path: s for s in read_manifest(layout.manifest).shards}
    touched = {path for path in shards if any("bulletin01" in c.clip_id for c in Clips(layout.out / path))}
    times = {path: (layout.out / path).stat().st_mtime_ns for path in shards}
    done = remove(layout, Taken(recordings=frozenset({"bulletin01"})))
    assert done.still_there == () and set(done.rewritten) == touched < set(shards)
    assert _clips(layout) == {name: flac for name, flac in before.items() if "bulletin01" not in name}
    manifest = read_manifest(layout.manifest)
    assert {
        path.relative_to(layout.out).as_posix()
        for s in ("asr", "ssl")
        for path in (layout.out / s).rglob("*.parquet")
    } == {shard.path for shard in manifest.shards}
    for shard in manifest.shards:
        assert (shard.bytes, shard.sha256) == describe_file(layout.out / shard.path)
        assert shard.path not in shards or (layout.out / shard.path).stat().st_mtime_ns == times[shard.path]
    assert sum(shard.samples for shard in manifest.shards) == manifest.total.kept_samples
    assert not layout.report.exists() and not list(layout.mined.glob("bulletin01-*"))


def test_nothing_names_it_any_more_and_it_does_not_come_back(layout: Layout) -> None:
    mined = {path: path.read_bytes() for path in layout.mined.glob("bulletin02-*")}
    remove(layout, Taken(sources=frozenset({"bulletin02.wav"})))
    for table in layout.out.rglob("*.parquet"):
        for row in pq.read_table(table).to_pylist():
            assert "bulletin02" not in json.dumps({k: str(v) for k, v in row.items() if k != "audio"})
    for path, data in mined.items():
        path.write_bytes(data)  # as if it had been mined again
    _again(layout)
    assert not any("bulletin02" in name for name in _clips(layout))


def test_the_words_it_is_searched_by_go_with_it(layout: Layout) -> None:
    """The index holds the words of what was removed until it is made anew."""
    open_index(layout)
    assert "search" in remove(layout, Taken(sources=frozenset({"bulletin02.wav"}))).deleted
    assert not layout.search.exists()


def test_a_speaker_goes_and_others_of_the_recording_stay(layout: Layout) -> None:
    before = _clips(layout)
    rows = {row["clip_id"]: row for row in read_rows(layout.selected)}
    spoken = {n for n, r in rows.items() if (r["recording_id"], r["speaker_id"]) == ("bulletin00", "s2")}
    done = remove(layout, Taken(speakers=frozenset({"bulletin00/s2"})))
    assert done.clips == len(spoken & set(before)) > 0 and done.stretches == len(spoken)
    assert set(_clips(layout)) == set(before) - spoken
    assert not spoken & {row["clip_id"] for row in read_rows(layout.selected)}
    assert done.still_there == ()
    _again(layout)
    assert set(_clips(layout)) == set(before) - spoken
    again = {row["clip_id"]: row["reasons"] for row in read_rows(layout.selected)}
    assert all(Reason.REMOVED in again[name] for name in spoken if rows[name]["shelf"])


def test_what_was_left_behind_is_told(layout: Layout) -> None:
    """Somebody's own notes in the folder are not deleted, but they are found."""
    (layout.out / "notes.txt").write_text("bulletin03 was good", encoding="utf-8")
    done = wavelode("remove", layout.out, "--recording", "bulletin03")
    assert done.returncode == 1
    assert "STILL NAMES IT: notes.txt" in done.stderr and "NOT GONE" in done.stdout


def test_what_is_not_there_is_refused_and_nothing_changes(layout: Layout) -> None:
    before = layout.selected.read_bytes()
    with pytest.raises(StorageError, match="holds nothing of it"):
        remove(layout, Taken(recordings=frozenset({"bulletin"}), speakers=frozenset({"s2"})))
    assert layout.selected.read_bytes() == before and read_removed(layout) == Taken()


def test_segments_name_every_stretch_and_stand_in_the_manifest(layout: Layout) -> None:
    (table,) = read_manifest(layout.manifest).segments
    assert (table.bytes, table.sha256) == describe_file(layout.out / table.path)
    assert table.path.startswith("segments/en/") and pq.read_schema(layout.out / table.path).equals(SEGMENT)
    named = [row["clip_id"] for row in read_rows(layout.out / table.path)]
    assert named == [row["clip_id"] for row in read_rows(layout.selected)] and len(named) == table.rows


def test_opus_is_as_long_the_same_each_time_and_a_fifth_of_the_size(tmp_path: Path) -> None:
    samples = sound(48_123, 3)
    first = encode_opus(samples)
    assert first == encode_opus(samples)
    back, rate = soundfile.read(io.BytesIO(first), dtype="int16")
    assert (len(back), rate) == (48_123, 16_000)
    assert np.corrcoef(back, samples)[0, 1] > 0.95


def test_shards_of_opus_are_read_like_others(tmp_path: Path) -> None:
    packed = pack_corpus(tmp_path, 2, PackSettings(codec="opus", rows_per_group=4))
    for clip in Clips(packed.layout.out / "asr"):
        assert clip["audio"]["path"].endswith(".opus")
        assert len(clip.samples) == len(packed.heard[clip.clip_id])
