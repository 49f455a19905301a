from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.corpus import RATE, bulletins, on_disk, sound
from wavelode.datasets.audio import Samples, decode_flac
from wavelode.datasets.shards import (
    SHARD_NAME,
    ShardPlan,
    Sources,
    plan_shards,
    row_groups,
    rows_at,
    shelving_of,
    table_of,
    write_shard,
)
from wavelode.datasets.storage import write_rows
from wavelode.pipelines.select import select
from wavelode.schemas.errors import ErrorCode, InputError, StorageError
from wavelode.schemas.settings import DecodeSettings, PackSettings, SelectSettings
from wavelode.schemas.tables import CLIP, SELECTED
from wavelode.schemas.time import Span

SMALL = PackSettings(shard_mb=0.15, rows_per_group=2)


def _row(at: int, shelf: str | None, language: str = "en", seconds: float = 3.0) -> dict[str, Any]:
    start = at * 100 * RATE
    row: dict[str, Any] = dict.fromkeys(SELECTED.names)
    return row | {
        "clip_id": f"c{at}",
        "recording_id": f"r{at // 3}",
        "source_uri": f"r{at // 3}.wav",
        "language": language,
        "split": "train",
        "shelf": shelf,
        "start_sample": start,
        "end_sample": start + round(seconds * RATE),
        "text": "said",
    }


_rows = st.lists(
    st.tuples(st.sampled_from(["asr", "ssl", None]), st.sampled_from(["en", "hi"]), st.floats(0.5, 9)),
    max_size=40,
).map(lambda drawn: [_row(at, *values) for at, values in enumerate(drawn)])


def _clips(rows: list[dict[str, Any]], plan: ShardPlan) -> list[str]:
    between = rows[plan.first_row : plan.end_row]
    return [row["clip_id"] for row in between if shelving_of(row) == plan.shelving]


@given(_rows, st.floats(0.01, 1.0))
def test_every_kept_clip_lies_in_exactly_one_shard(rows: list[dict[str, Any]], shard_mb: float) -> None:
    plans = plan_shards(rows, PackSettings(shard_mb=shard_mb))
    packed = [clip for plan in plans for clip in _clips(rows, plan)]
    assert sorted(packed) == sorted(row["clip_id"] for row in rows if row["shelf"])
    assert all(len(_clips(rows, plan)) == plan.rows > 0 for plan in plans)
    for folder in {plan.shelving for plan in plans}:
        indexes = [plan.index for plan in plans if plan.shelving == folder]
        assert indexes == list(range(len(indexes)))


@given(_rows)
def test_a_plan_depends_on_the_rows_alone(rows: list[dict[str, Any]]) -> None:
    assert plan_shards(iter(rows), SMALL) == plan_shards(rows, SMALL)


def test_shards_are_named_by_folder_number_and_content() -> None:
    plans = plan_shards([_row(0, "asr"), _row(1, "ssl", "hi"), _row(2, None)], SMALL)
    assert [str(plan.shelving.folder) for plan in plans] == ["asr/en/train", "ssl/hi"]
    assert all(SHARD_NAME.fullmatch(plan.path.name) and plan.path.name.startswith("00000-") for plan in plans)


@pytest.mark.parametrize(
    "change", [{"text": "other"}, {"source_sha256": "1"}, {"end_sample": 16}, {"license": "MIT"}]
)
def test_a_shard_is_another_when_anything_in_it_is(change: dict[str, Any]) -> None:
    (before,), (after,) = (plan_shards([row], SMALL) for row in (_row(0, "asr"), _row(0, "asr") | change))
    assert before.path != after.path


def test_pack_settings_change_the_name() -> None:
    (before,), (after,) = (plan_shards([_row(0, "asr")], PackSettings(rows_per_group=n)) for n in (8, 16))
    assert before.path != after.path


@pytest.mark.parametrize("language", ["../../x", "", "a/b", "<script>", None])
def test_a_language_that_is_no_code_never_becomes_a_path(language: str) -> None:
    (plan,) = plan_shards([_row(0, "asr", language)], SMALL)
    assert str(plan.shelving.folder) == "asr/und/train"


def _tone(row: dict[str, Any], spans: list[Span]) -> list[Samples]:
    return [sound(len(span), span.start % 7) for span in spans]


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=20), st.integers(1, 5))
@settings(max_examples=15, deadline=None)
def test_sound_survives_a_shard_to_the_bit(tmp_path_factory: Any, lengths: list[int], per_group: int) -> None:
    path = tmp_path_factory.mktemp("shard") / "s.parquet"
    rows = [_row(at, "asr", seconds=length / RATE) for at, length in enumerate(lengths)]
    write_shard(rows, path, _tone, PackSettings(rows_per_group=per_group))
    back = pq.read_table(path)
    assert back.schema.equals(CLIP, check_metadata=False)
    for row, clip in zip(rows, back.to_pylist(), strict=True):
        (said,) = _tone(row, [Span(row["start_sample"], row["end_sample"])])
        heard, rate = decode_flac(clip["audio"]["bytes"])
        assert rate == RATE
        np.testing.assert_array_equal(heard * 32768, said)
    assert pq.ParquetFile(path).num_row_groups == -(-len(rows) // per_group)


def test_sound_is_stored_as_it_is_and_the_rest_compressed(tmp_path: Path) -> None:
    path = tmp_path / "s.parquet"
    write_shard([_row(at, "asr") for at in range(5)], path, _tone, PackSettings(rows_per_group=2))
    group = pq.ParquetFile(path).metadata.row_group(0)
    columns = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
    for name in ("audio.bytes", "audio.path"):
        assert columns[name].compression == "UNCOMPRESSED"
        assert not columns[name].has_dictionary_page
    others = [column for name, column in columns.items() if not name.startswith("audio.")]
    assert {column.compression for column in others} == {"ZSTD"}
    assert all(column.has_column_index and column.has_offset_index for column in others)
    assert columns["start_sample"].statistics.min == 0


def test_unlabelled_speech_carries_no_disbelieved_text(tmp_path: Path) -> None:
    row = _row(0, "ssl") | {"text": "not said", "asr_text": "heard", "cer": 0.9, "words": []}
    write_shard([row], tmp_path / "s.parquet", _tone, PackSettings())
    (clip,) = pq.read_table(tmp_path / "s.parquet").to_pylist()
    assert (clip["text"], clip["words"], clip["cer"], clip["asr_text"]) == (None, None, None, "heard")


def test_a_shard_of_real_files_is_cut_at_the_sample_and_the_same_twice(tmp_path: Path) -> None:
    recordings = [on_disk(one, tmp_path, seed) for seed, one in enumerate(bulletins(2))]
    rows = [row for row in select(recordings, SelectSettings()).rows if row["shelf"] == "asr"]
    rows = [dict.fromkeys(SELECTED.names) | row for row in rows]
    sources = Sources(tmp_path, DecodeSettings())
    for name in ("a", "b"):
        write_shard(rows, tmp_path / name, sources, SMALL)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    for seed, clips in enumerate(
        (pq.read_table(tmp_path / "a").to_pylist()[:3], pq.read_table(tmp_path / "a").to_pylist()[3:])
    ):
        whole = sound(17 * RATE + 12000, seed)
        for clip in clips:
            heard, _ = decode_flac(clip["audio"]["bytes"])
            np.testing.assert_array_equal(heard * 32768, whole[clip["start_sample"] : clip["end_sample"]])


def test_a_recording_that_changed_is_refused(tmp_path: Path) -> None:
    one = on_disk(bulletins(1)[0], tmp_path)
    rows = [
        dict.fromkeys(SELECTED.names) | row for row in select([one], SelectSettings()).rows if row["shelf"]
    ]
    (tmp_path / "bulletin00.wav").write_bytes(b"RIFF")
    with pytest.raises(InputError, match=r"bulletin00.wav: changed since it was mined"):
        write_shard(rows, tmp_path / "s.parquet", Sources(tmp_path, DecodeSettings()), SMALL)
    (tmp_path / "bulletin00.wav").unlink()
    with pytest.raises(InputError, match=r"bulletin00.wav: can't read it \(No such file"):
        write_shard(rows, tmp_path / "s.parquet", Sources(tmp_path, DecodeSettings()), SMALL)
    assert list(tmp_path.iterdir()) == []


@given(st.integers(0, 12), st.integers(0, 12))
@settings(max_examples=30, deadline=None)
def test_rows_are_read_by_their_number(tmp_path_factory: Any, first: int, end: int) -> None:
    path = tmp_path_factory.mktemp("rows") / "t.parquet"
    table = [{"position": at} for at in range(10)]
    write_rows(table, SELECTED, path)
    pq.write_table(pq.read_table(path), path, row_group_size=3)
    read = [
        row["position"] for group in row_groups(path, ["position"], first, end) for row in group.to_pylist()
    ]
    assert read == list(range(10))[first:end]


@given(st.sets(st.integers(0, 9)))
@settings(max_examples=30, deadline=None)
def test_single_rows_are_read_by_their_numbers(tmp_path_factory: Any, numbers: set[int]) -> None:
    path = tmp_path_factory.mktemp("rows") / "t.parquet"
    write_rows([{"position": at} for at in range(10)], SELECTED, path)
    pq.write_table(pq.read_table(path), path, row_group_size=3)
    assert {at: row["position"] for at, row in rows_at(path, numbers).items()} == {at: at for at in numbers}
    with pytest.raises(IndexError):
        rows_at(path, [*numbers, 10])


def test_a_missing_table_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="run `wavelode select` again"):
        list(row_groups(tmp_path / "none.parquet"))


@given(
    st.lists(st.sampled_from(["audio", "words", "text", "snr_db", "bbox"]), unique=True), st.integers(0, 2)
)
def test_a_table_by_column_is_arrows_own(told: list[str], without: int) -> None:
    values: dict[str, Any] = {
        "audio": {"bytes": b"fLaC", "path": "a.flac"},
        "words": [{"word": "a", "start_s": 0.0, "end_s": 1.0, "confidence": None}],
        "text": "a",
        "snr_db": 3.5,
        "bbox": [1.0, 2.0, 3.0, 4.0],
    }
    rows = [{}] * without + [{name: values[name] for name in told}]
    assert table_of(rows, CLIP).equals(pa.Table.from_pylist(rows, schema=CLIP), check_metadata=True)


def test_a_recording_that_breaks_while_others_are_encoded_leaves_nothing(tmp_path: Path) -> None:
    def cut(row: dict[str, Any], spans: list[Span]) -> Any:
        yield np.zeros(160, np.int16)
        raise InputError(ErrorCode.MISSING_FILE, "gone")

    rows = [{**a_row("a"), "start_sample": at, "end_sample": at + 160} for at in (0, 160)]
    with pytest.raises(InputError, match="gone"):
        write_shard(rows, tmp_path / "one.parquet", cut, PackSettings())
    assert not list(tmp_path.iterdir())


def a_row(name: str) -> dict[str, Any]:
    return {
        **dict.fromkeys(SELECTED.names),
        "clip_id": name,
        "recording_id": name,
        "shelf": "asr",
        "language": "or",
    }
