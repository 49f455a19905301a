from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.browser import chromium, until
from tests.corpus import RATE, broken, bulletins, leave_mined, matched, on_disk, paper, recording
from wavelode.datasets.homes import Homes
from wavelode.datasets.manifest import read_manifest
from wavelode.datasets.shards import Sources
from wavelode.datasets.storage import Layout
from wavelode.datasets.views import Clips
from wavelode.pipelines.pack import run_pack
from wavelode.pipelines.quality.clips import MOST_SOUND_BYTES
from wavelode.pipelines.quality.gather import Piece, Points, gather
from wavelode.pipelines.quality.report import write_report
from wavelode.pipelines.quality.timeline import coarser
from wavelode.pipelines.select import run_select
from wavelode.schemas.settings import DecodeSettings, PackSettings, SelectSettings
from wavelode.schemas.time import Span

_OF_POINTS = pa.schema(
    [
        *((name, pa.string()) for name in ("clip_id", "role", "text_normalized")),
        *((name, pa.float64()) for name in ("duration_s", "score", "cer", "snr_db", "bandwidth_hz")),
    ]
)


def test_points_are_thinned_evenly() -> None:
    points, row = Points(), {"duration_s": 1.0, "score": 1.0, "cer": 0.0, "role": "ssl"}
    row |= {"snr_db": None, "bandwidth_hz": None, "text_normalized": None}
    rows = [{**row, "clip_id": str(number)} for number in range(10_000)]
    for first, end in pairwise((0, 1, 700, 700, 2_401, 9_999, 10_000)):
        points.add(pa.Table.from_pylist(rows, _OF_POINTS).slice(first, end - first))
    assert points.seen == 10_000 and len(points.held) <= 2400
    assert [int(point.clip_id) for point in points.held] == list(range(0, 10_000, points.every))


@pytest.mark.parametrize("rows", [1, 7, 1000])
def test_counted_in_batches_it_is_what_a_loop_counts(tmp_path: Path, rows: int) -> None:
    layout = Layout(tmp_path)
    leave_mined(layout, [*bulletins(4), broken("zz"), broken("zzz")], [paper()])
    run_select(layout, layout.mined.glob("*.parquet"), [], SelectSettings(max_same_text=0))
    told = pq.read_table(layout.selected).to_pylist()
    facts = gather(layout, rows)
    for one in facts.recordings:
        own = [row for row in told if row["recording_id"] == one.recording_id]
        assert [piece.start_s for piece in one.pieces] == [row["start_s"] for row in own]
        assert one.length_s == pytest.approx(sum(row["duration_s"] for row in own))
        assert one.clips == sum(row["shelf"] is not None for row in own)
    assert len(facts.recordings) == facts.num_recordings == 4
    asr = [row for row in told if row["shelf"] == "asr"]
    assert facts.clips == Counter(row["shelf"] for row in told if row["shelf"])
    assert facts.fates.asr_s == pytest.approx(sum(row["duration_s"] for row in asr))
    assert facts.mined == Counter(d for d, _ in {(r["document_id"], r["sentence_index"]) for r in asr})
    assert facts.num_failed["recording"] == 2 and facts.num_not_read == len(facts.not_read) == 4
    speech = [row for row in told if row["kind"] != "non_speech"]
    assert [point.clip_id for point in facts.points.held] == [row["clip_id"] for row in speech]
    assert facts.histograms["cer"].counts["asr"].sum() == len(asr)
    assert sum(facts.histograms["duration_s"].counts.values()).sum() == len(speech)


def test_words_not_heard_are_counted(tmp_path: Path) -> None:
    one = bulletins(1)[0]
    parts = tuple(
        replace(s, match=replace(s.match, unheard=("Tuesday", "bridge"))) if s.match else s
        for s in one.stretches
    )
    layout = Layout(tmp_path)
    leave_mined(layout, [replace(one, stretches=parts)], [paper()])
    run_select(layout, layout.mined.glob("*.parquet"), [], SelectSettings())
    assert gather(layout).unheard == {"Tuesday": 3, "bridge": 3}
    page = write_report(layout).read_text(encoding="utf-8")
    assert "<bdi>Tuesday</bdi><small>×\u202f3" in page or "<bdi>Tuesday</bdi><small>×&#8239;3" in page


@given(st.lists(st.floats(0.01, 5), min_size=1, max_size=60), st.integers(1, 40))
def test_a_line_is_drawn_coarser_but_as_long(lengths: list[float], most: int) -> None:
    starts = np.concatenate([[0.0], np.cumsum(lengths)])
    pieces = [
        Piece(float(at), n, ("asr", "ssl")[k % 2])
        for k, (at, n) in enumerate(zip(starts, lengths, strict=False))
    ]
    drawn = coarser(pieces, most)
    assert len(drawn) <= max(most, 1)
    assert sum(piece.duration_s for piece in drawn) == pytest.approx(sum(lengths))
    assert len(pieces) > most or drawn == pieces


def test_every_place_that_is_counted_holds_that_clip(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "out")
    leave_mined(
        layout, [on_disk(one, tmp_path / "audio", n) for n, one in enumerate(bulletins(6))], [paper()]
    )
    run_select(layout, layout.mined.glob("*.parquet"), [], SelectSettings(max_same_text=0))
    run_pack(layout, PackSettings(shard_mb=0.2), Sources(tmp_path / "audio", DecodeSettings()))
    told = pq.read_table(layout.selected)
    homes = Homes(read_manifest(layout.manifest).shards)
    places = homes.places(told.slice(0, 20), 0, [19, 3, 7]) | homes.places(
        told.slice(20), 20, list(range(20, len(told)))
    )
    assert len({place[0] for place in places.values() if place}) > 2
    for row, place in places.items():
        assert (place is None) == (told["shelf"][row].as_py() is None)
        if place:
            assert pq.read_table(layout.out / place[0])["clip_id"][place[1]] == told["clip_id"][row]


def test_many_parts_are_told_with_the_smallest_together(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    stations = [
        replace(one, source=replace(one.source, station=one.source.recording_id)) for one in bulletins(40)
    ]
    leave_mined(layout, stations, [])
    run_select(layout, layout.mined.glob("*.parquet"), [], SelectSettings())
    facts = gather(layout)
    assert len(facts.parts["station"]) == 30 and "all others" in facts.parts["station"]
    assert sum(part.in_s for part in facts.parts["station"].values()) == pytest.approx(facts.fates.in_s)


def test_forty_long_clips_fit_an_e_mail(tmp_path: Path) -> None:
    parts = tuple(
        matched(Span(n * 10 * RATE, (n + 1) * 10 * RATE), "ten words or so " * 8, cer=0.01 * n)
        for n in range(40)
    )
    layout = Layout(tmp_path / "out")
    leave_mined(layout, [on_disk(recording("long", parts), tmp_path / "audio")], [paper()])
    run_select(layout, layout.mined.glob("*.parquet"), [], SelectSettings(max_same_text=0))
    run_pack(layout, PackSettings(), Sources(tmp_path / "audio", DecodeSettings()))
    assert sum(len(clip.flac) for clip in Clips(layout.out / "asr")) > MOST_SOUND_BYTES
    bare, heard = (write_report(layout, clips=count).read_text(encoding="utf-8") for count in (0, 40))
    assert heard.count("<audio") == 40 and "data:audio/mpeg" in heard
    # The longest clips that are kept are three times as long.
    assert len(bare.encode()) + 3 * (len(heard.encode()) - len(bare.encode())) <= 15_000_000


def test_in_a_browser_it_fetches_nothing_and_answers(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "out")
    two = [replace(one, source=replace(one.source, station=one.source.recording_id)) for one in bulletins(2)]
    leave_mined(layout, [*(on_disk(one, tmp_path / "audio") for one in two), broken("zz")], [paper()])
    run_select(layout, layout.mined.glob("*.parquet"), layout.documents.glob("*.parquet"), SelectSettings())
    run_pack(layout, PackSettings(), Sources(tmp_path / "audio", DecodeSettings()))
    with chromium(color_scheme="dark") as browser:
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(write_report(layout).as_uri())
        page.locator("#waterfall .barlayer").wait_for(state="attached")
        dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        page.emulate_media(color_scheme="light")
        assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != dark
        before = _waterfall(page)
        page.locator("#of").select_option("station: bulletin01")
        until(page, lambda: _waterfall(page) != before)
        _hovered(page)
        page.locator("audio").first.evaluate("sound => sound.play()")
        until(page, lambda: page.evaluate("document.querySelector('audio').currentTime > 0.1"))
        assert len(page.pdf()) > 50_000
        assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def _waterfall(page: Any) -> str:
    said: str = page.locator("#waterfall").text_content()
    return said


def _hovered(page: Any) -> None:
    """A bar that is pointed at says its value."""
    bar = page.locator("#waterfall .point path").first
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator("#waterfall .hovertext").first.wait_for(state="attached", timeout=10_000)
    assert "of what came in" in page.locator("#waterfall .hovertext").first.text_content()
