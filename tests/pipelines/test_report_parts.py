from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.browser import chromium, until
from tests.corpus import RATE, broken, bulletins, leave_mined, matched, on_disk, paper, recording
from wavelode.datasets.shards import Sources
from wavelode.datasets.storage import Layout
from wavelode.datasets.views import Clips
from wavelode.pipelines.pack import run_pack
from wavelode.pipelines.quality.clips import MOST_SOUND_BYTES
from wavelode.pipelines.quality.gather import Points, gather
from wavelode.pipelines.quality.report import write_report
from wavelode.pipelines.select import run_select
from wavelode.schemas.settings import DecodeSettings, PackSettings, SelectSettings
from wavelode.schemas.time import Span


def test_points_are_thinned_evenly(tmp_path: Path) -> None:
    points, row = Points(), {"duration_s": 1.0, "alignment_score": 1.0, "p_correct": None, "cer": 0.0}
    row |= {"snr_db": None, "bandwidth_hz": None, "text_normalized": None}
    for number in range(10_000):
        points.add("ssl", {**row, "clip_id": str(number)})
    assert points.seen == 10_000 and len(points.held) <= 2400
    assert [int(point.clip_id) for point in points.held] == list(range(0, 10_000, points.every))


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
