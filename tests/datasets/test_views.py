from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import numpy as np
import pytest

from tests.corpus import RATE, bulletins, leave_mined, on_disk, sound
from wavelode.datasets.shards import Sources
from wavelode.datasets.storage import Layout
from wavelode.datasets.views import Clips
from wavelode.pipelines.pack import run_pack
from wavelode.pipelines.select import run_select
from wavelode.schemas.errors import StorageError
from wavelode.schemas.settings import DecodeSettings, PackSettings, SelectSettings


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    audio, out = tmp_path_factory.mktemp("audio"), tmp_path_factory.mktemp("out")
    recordings = [on_disk(one, audio, seed) for seed, one in enumerate(bulletins(4))]
    leave_mined(Layout(out), recordings, [])
    run_select(Layout(out), Layout(out).mined.glob("*.parquet"), [], SelectSettings(max_same_text=0))
    run_pack(Layout(out), PackSettings(shard_mb=0.2, rows_per_group=3), Sources(audio, DecodeSettings()))
    return out


def test_two_lines_read_a_clip(out: Path) -> None:
    clip = Clips(out / "asr")[0]
    assert clip.text == "The council met on Tuesday to open the new bridge."
    assert (clip.rate, clip.samples.dtype, clip.samples.shape) == (RATE, np.float32, (3.5 * RATE,))
    np.testing.assert_array_equal(
        clip.samples * 32768, sound(17 * RATE + 12000, 0)[2 * RATE : 2 * RATE + 56000]
    )
    assert (clip.words[0].text, clip.words[0].start_s, clip.words[-1].end_s) == ("The", 0.0, 3.5)
    assert clip["station"] == "Kohima"


def test_by_number_is_the_same_as_one_after_another(out: Path) -> None:
    clips = Clips(out / "asr")
    assert [clips[at].clip_id for at in range(len(clips))] == [clip.clip_id for clip in clips]
    assert len(clips) == len({clip.clip_id for clip in clips}) == 12
    assert clips[-1].clip_id == clips[11].clip_id


@pytest.mark.parametrize("number", [12, -13])
def test_beyond_the_end_is_an_index_error(out: Path, number: int) -> None:
    with pytest.raises(IndexError, match="of 12"):
        Clips(out / "asr")[number]


def test_unlabelled_speech_has_no_text(out: Path) -> None:
    clip = Clips(out / "ssl")[0]
    assert (clip.text, clip.words) == (None, ())
    assert len(clip.samples) == 4 * RATE


def test_one_file_is_enough(out: Path) -> None:
    file = next((out / "asr").rglob("00001-*.parquet"))
    assert len(Clips(file)) == 4


def test_columns_that_were_asked_for_only(out: Path) -> None:
    clip = Clips(out / "asr", columns=["text"])[3]
    with pytest.raises(StorageError, match="there is no column 'audio' here; there are: text"):
        _ = clip.samples


def test_a_column_that_is_not_there_is_named(out: Path) -> None:
    with pytest.raises(StorageError, match=r"00000-.*parquet: there is no column 'snr' here; .*snr_db"):
        Clips(out / "asr", columns=["text", "snr"])
    with pytest.raises(StorageError, match="no column 'pitch'"):
        Clips(out / "asr")[0]["pitch"]


def test_no_shards_says_where_to_look(tmp_path: Path) -> None:
    (tmp_path / ".00000.parquet").write_bytes(b"")
    with pytest.raises(StorageError, match="there are no shards"):
        Clips(tmp_path)


def test_a_damaged_shard_is_named(tmp_path: Path) -> None:
    (tmp_path / "s.parquet").write_bytes(b"no parquet")
    with pytest.raises(StorageError, match=r"s\.parquet: can't read it"):
        Clips(tmp_path)


def test_hugging_face_sees_an_audio_column(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets", reason="needs Hugging Face datasets, which `dev` brings")
    for shelf, rows in (("asr", 12), ("ssl", 4)):
        files = sorted(str(path) for path in (out / shelf).rglob("*.parquet"))
        loaded = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path))
        assert loaded.features["audio"] == datasets.Audio(sampling_rate=RATE)
        assert len(loaded) == rows
        undecoded = loaded.cast_column("audio", datasets.Audio(decode=False))
        for clip, row in zip(Clips(out / shelf), undecoded, strict=True):
            assert row["audio"]["bytes"] == clip.flac
            assert {name: row[name] for name in ("clip_id", "text", "words", "bbox", "cer")} == {
                name: clip[name] for name in ("clip_id", "text", "words", "bbox", "cer")
            }


def test_examples_in_the_documentation_hold() -> None:
    assert doctest.testmod(importlib.import_module("wavelode.datasets.views.clips")).failed == 0
