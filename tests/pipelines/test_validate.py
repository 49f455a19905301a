from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.archive import wavelode
from tests.corpus import RATE, TALK, TEXT, TUNE, leave_mined, paper, recording, stretches
from wavelode.datasets.manifest import Manifest, Shard, write_manifest
from wavelode.datasets.storage import Layout
from wavelode.pipelines.quality.checks.batches import batches, foreign_letters
from wavelode.pipelines.quality.checks.expected import loosest, of_asr, ranges
from wavelode.pipelines.select import run_select
from wavelode.pipelines.yields import read_yield
from wavelode.schemas.records import Measures, Recording, Stretch
from wavelode.schemas.settings import SelectSettings
from wavelode.schemas.tables import CLIP, SELECTED

pytest.importorskip("great_expectations", reason="needs the extra: pip install 'wavelode[quality]'")
pytest.importorskip("duckdb", reason="needs the extra: pip install 'wavelode[quality]'")

from wavelode.pipelines.quality.checks.validate import Validation, read_validation, validate

Fault = Callable[[Layout], None]


def _day(number: int, snr_db: float = 30.0) -> Recording:
    parts = stretches(
        (TUNE, 2.0, ""),
        (TEXT, 3.5, "The council met on Tuesday to open the new bridge."),
        (TALK, 4.0, "well i was standing there when it came"),
        (TEXT, 2.5, "Schools will open at nine from Monday."),
    )
    own = tuple(_printed_in(part, f"paper{number}") for part in parts)
    noisy = tuple(replace(part, measures=Measures(snr_db=snr_db + number % 3)) for part in own)
    one = recording(f"day{number:02d}", noisy)
    source = replace(
        one.source,
        aired_at=f"2025-{1 + number // 28:02d}-{1 + number % 28:02d}",
        document_ids=(f"paper{number}",),
    )
    return replace(
        one, source=source, sound=replace(one.sound, sha256=f"{number:064d}") if one.sound else None
    )


def _printed_in(part: Stretch, document_id: str) -> Stretch:
    if part.match is None:
        return part
    sentence = replace(part.match.sentence, document_id=document_id)
    return replace(part, match=replace(part.match, sentence=sentence))


def _corpus(folder: Path, limits: SelectSettings, recordings: list[Recording]) -> Layout:
    """Selected by `limits`, and packed without sound: only what is known of clips is checked."""
    layout = Layout(folder)
    leave_mined(layout, recordings, [paper()])
    run_select(layout, layout.mined.glob("*.parquet"), layout.documents.glob("*.parquet"), limits)
    pq.write_table(pq.read_table(layout.selected), layout.selected, row_group_size=37)  # several batches
    _pack(layout)
    return layout


def _pack(layout: Layout) -> None:
    rows = pq.read_table(layout.selected)
    shards = []
    for shelf in ("asr", "ssl"):
        own = rows.filter(pc.equal(rows["shelf"], shelf))
        columns = {
            name: own[name] if name in own.column_names else pa.nulls(len(own), CLIP.field(name).type)
            for name in CLIP.names
        }
        path = layout.out / shelf / "en" / "00000-0123456789abcdef.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns, schema=CLIP), path)
        samples = pc.sum(pc.subtract(own["end_sample"], own["start_sample"])).as_py()
        shards.append(
            Shard(path.relative_to(layout.out).as_posix(), shelf, "en", "", len(own), samples, 0, "")
        )
    write_manifest(Manifest(tuple(shards), read_yield(layout)), layout.manifest)


def _change(
    layout: Layout, change: Callable[[dict[str, Any]], Any], of: Callable[[dict[str, Any]], bool]
) -> None:
    """Changes rows of the decision table behind everybody's back."""
    rows = pq.read_table(layout.selected).to_pylist()
    for row in filter(of, rows):
        row.update(change(row))
    pq.write_table(pa.Table.from_pylist(rows, schema=SELECTED), layout.selected)


def _first_clip(row: dict[str, Any]) -> bool:
    return bool(row["recording_id"] == "day00" and row["shelf"] == "asr" and row["position"] == 1)


def _null_text(layout: Layout) -> None:
    _change(layout, lambda _: {"text": None}, _first_clip)


def _overlong(layout: Layout) -> None:
    layout.settings.write_text("out: OUT\nselect: {max_duration_s: 3.9}\n")


def _duplicate(layout: Layout) -> None:
    _change(layout, lambda row: {"clip_id": row["next_id"]}, _first_clip)


def _milliseconds(layout: Layout) -> None:
    _change(layout, lambda row: {"duration_s": row["duration_s"] * 1000}, _first_clip)


def _leak(layout: Layout) -> None:
    split = pq.read_table(layout.selected)["split"][0].as_py()
    other = "test" if split != "test" else "dev"
    _change(layout, lambda _: {"split": other}, _first_clip)


def _drift(layout: Layout) -> None:
    _change(layout, lambda row: {"snr_db": row["snr_db"] - 15}, lambda row: row["aired_at"] >= "2025-02-05")


def _stray(layout: Layout) -> None:
    next(layout.mined.glob("day03-*.parquet")).unlink()


def _lost_second(layout: Layout) -> None:
    path = next(layout.out.glob("asr/*/*.parquet"))
    pq.write_table(pq.read_table(path).slice(1), path)


def _other_script(layout: Layout) -> None:
    _change(layout, lambda _: {"text": "संसद ने कल पुल खोल दिया"}, _first_clip)


def _percent(layout: Layout) -> None:
    _change(layout, lambda _: {"speech_ratio": 90.0}, _first_clip)


def _hole(layout: Layout) -> None:
    _change(
        layout,
        lambda row: {"end_sample": row["end_sample"] - 160, "duration_s": row["duration_s"] - 0.01},
        _first_clip,
    )
    _pack(layout)


def _lost_column(layout: Layout) -> None:
    rows = pq.read_table(layout.selected)
    pq.write_table(
        rows.drop_columns(["license"]).append_column("license", pa.array([0] * len(rows))),
        layout.selected,
    )


FAULTS: list[tuple[Fault, set[str]]] = [
    (_null_text, {"asr: expect_column_values_to_not_be_null(text)"}),
    (_overlong, {"ssl: expect_column_values_to_be_between(length_s)"}),
    (_duplicate, {"ids: expect_column_values_to_be_in_set(times)"}),
    (_milliseconds, {"stretches: expect_column_values_to_be_between(duration_error_s)"}),
    (_leak, {"sets: expect_column_values_to_be_in_set(sets)"}),
    (_drift, {"stations: expect_column_values_to_be_between(drift)"}),
    (_stray, {"recordings: expect_column_values_to_be_in_set(mined)"}),
    (_lost_second, {"shelves: expect_column_pair_values_to_be_equal(clips_selected)"}),
    (_other_script, {"asr: expect_column_values_to_be_between(foreign_letters)"}),
    (_percent, {"stretches: expect_column_values_to_be_between(speech_ratio)"}),
    (
        _hole,
        {
            "stretches: expect_column_values_to_be_in_set(gap_samples)",
            "recordings: expect_column_values_to_be_in_set(missing_samples)",
        },
    ),
    (_lost_column, {"columns: expect_column_pair_values_to_be_equal(told)"}),
]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Layout, Validation]:
    """Forty days of one station in which nothing is wrong."""
    limits = SelectSettings(min_ssl_duration_s=1.0, max_same_text=0)
    layout = _corpus(tmp_path_factory.mktemp("sound"), limits, [_day(n) for n in range(40)])
    layout.settings.write_text("out: OUT\nselect: {min_ssl_duration_s: 1.0, max_same_text: 0}\n")
    return layout, validate(layout)


def _broken(found: Validation) -> set[str]:
    return {f"{one.table}: {one.expectation}" for one in found.broken}


def test_where_nothing_is_wrong_everything_holds(sound: tuple[Layout, Validation]) -> None:
    layout, found = sound
    assert found.holds and found.held > 50
    assert found.rows["stretches"] == 160 and found.rows["asr"] > 50 and found.rows["stations"] > 0
    assert read_validation(layout) == found


@pytest.mark.parametrize(("plant", "told"), FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])
def test_a_planted_fault_trips_what_is_meant_for_it_and_nothing_else(
    sound: tuple[Layout, Validation], tmp_path: Path, plant: Fault, told: set[str]
) -> None:
    layout = Layout(tmp_path / "out")
    shutil.copytree(sound[0].out, layout.out)
    plant(layout)
    found = validate(layout, pages=False)
    assert _broken(found) == told
    assert all(one.count >= 1 and one.examples for one in found.broken)


def test_batches_join_without_a_seam(sound: tuple[Layout, Validation]) -> None:
    whole = next(batches(sound[0], 10_000))
    parts = list(batches(sound[0], 1))
    assert len(parts) == 5 and pa.concat_tables(parts).equals(whole)


def test_batches_are_counted_together(sound: tuple[Layout, Validation], tmp_path: Path) -> None:
    layout = Layout(tmp_path / "out")
    shutil.copytree(sound[0].out, layout.out)
    _change(layout, lambda _: {"text": None, "p_correct": 3.0}, lambda row: row["position"] == 1)
    pq.write_table(pq.read_table(layout.selected), layout.selected, row_group_size=37)
    at_once, apart = (validate(layout, rows, pages=False) for rows in (10_000, 1))
    assert at_once == apart and max(one.count for one in apart.broken) == 40


def test_pages_fetch_nothing(sound: tuple[Layout, Validation]) -> None:
    pages = sorted((sound[0].quality / "docs").glob("*.html"))
    assert {"index.html", "asr.html", "stations.html"} <= {page.name for page in pages}
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not [
            tag for tag in ("<script", "<link", "<img", "<iframe", 'http-equiv="refresh') if tag in text
        ]
        assert "default-src 'none'" in text


def test_what_is_shown_of_a_fault_is_text(sound: tuple[Layout, Validation], tmp_path: Path) -> None:
    layout = Layout(tmp_path / "out")
    shutil.copytree(sound[0].out, layout.out)
    evil = "<img src=x onerror=alert(1)>"
    _change(layout, lambda _: {"clip_id": evil, "text": "\x07"}, _first_clip)
    assert not validate(layout).holds
    page = (layout.quality / "docs" / "asr.html").read_text(encoding="utf-8")
    assert "<img" not in page


def test_the_command_says_what_is_broken_and_fails(sound: tuple[Layout, Validation], tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(sound[0].out, out)
    _null_text(Layout(out))
    run = wavelode("validate", out)
    assert run.returncode == 1
    assert (
        "asr: expect_column_values_to_not_be_null(text): a clip with text has its text; broken by 1"
        in run.stdout
    )
    assert "e.g. " in run.stdout and "day00-" in run.stdout
    assert json.loads((out / "quality" / "validation.json").read_text())["broken"]


def test_a_checkpoint_serves_somebody_s_own_project(sound: tuple[Layout, Validation], tmp_path: Path) -> None:
    from wavelode.pipelines.quality.checks.suites import add_checkpoint, great_expectations, part_of

    context = great_expectations().get_context(mode="file", project_root_dir=tmp_path)
    for _ in range(2):  # a second time it replaces itself
        checkpoint = add_checkpoint(context, SelectSettings())
    (batch,) = batches(sound[0])
    frame = part_of(batch, "asr")
    assert checkpoint.run(batch_parameters={"dataframe": frame}).success
    frame.loc[3, "text"] = None
    assert not checkpoint.run(batch_parameters={"dataframe": frame}).success


def test_limits_are_the_loosest_of_all_languages_and_those_that_follow_the_data_are_none() -> None:
    limits = SelectSettings(
        for_language=("hi:max_cer=0.9", "bn:min_p_correct=0.8"), from_data=("max_chars_per_s=0.99",)
    )
    at = loosest(limits)
    assert (at["max_cer"], at["min_p_correct"], at["max_chars_per_s"]) == (0.9, 0.4, None)
    strict = {one.column for one in of_asr(SelectSettings(profile="tts"))} - {
        one.column for one in of_asr(limits)
    }
    assert strict == {"snr_db", "bandwidth_hz", "clipping_ratio", "overlap_ratio", "music_ratio"}


def test_every_measured_column_has_a_range() -> None:
    ranged = {expected.column for expected in ranges()}
    measured = {field.name for field in SELECTED if pa.types.is_floating(field.type)}
    assert measured - ranged == {"likeness", "other_word"}  # log-odds, without bounds


@given(st.text(st.sampled_from("abcअबक़ा1 .,-"), max_size=12))
def test_foreign_letters_are_counted_as_by_hand(text: str) -> None:
    foreign, own = sum(c in "abc" for c in text), sum(c in "अबक़ा" for c in text)
    (share,) = foreign_letters(pa.chunked_array([[text]]), pa.chunked_array([["hi"]])).to_pylist()
    assert share is None if not foreign + own else np.isclose(share, foreign / (foreign + own))


def test_without_one_script_nothing_is_foreign() -> None:
    texts = pa.chunked_array([["abc", None, "१२"]])
    assert foreign_letters(texts, pa.chunked_array([[None, "hi", "hi"]])).to_pylist() == [None, None, None]
    assert RATE == 16_000
