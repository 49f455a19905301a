from __future__ import annotations

import base64
import html
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpus import (
    RATE,
    SHA,
    TALK,
    TUNE,
    broken,
    bulletins,
    leave_mined,
    matched,
    on_disk,
    paper,
    recording,
    sentence,
    stretches,
    unread,
    unreadable,
)
from wavelode.datasets.audio import decode_flac
from wavelode.datasets.shards import Sources
from wavelode.datasets.storage import Layout
from wavelode.datasets.views import Clips
from wavelode.pipelines.pack import run_pack
from wavelode.pipelines.quality.clips import pick_clips
from wavelode.pipelines.quality.figures import waterfall_steps
from wavelode.pipelines.quality.gather import Histogram, gather
from wavelode.pipelines.quality.report import write_report
from wavelode.pipelines.quality.timeline import clock
from wavelode.pipelines.quality.words import compare
from wavelode.pipelines.select import run_select, select
from wavelode.schemas.errors import StorageError
from wavelode.schemas.records import Document, Recording
from wavelode.schemas.settings import DecodeSettings, PackSettings, SelectSettings
from wavelode.schemas.time import Span

EVIL = "<script>alert('x')</script><img src=x onerror=alert(1)>"
Made = Callable[..., str]


class _Page(HTMLParser):
    """Tags, sources and shown text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.shown: list[str] = []
        self._hidden = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.shown.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.shown))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture
def report(tmp_path: Path) -> Made:
    """The page made of recordings and documents, whole path from select on."""

    def make(recordings: list[Recording], documents: list[Document], packed: bool = True) -> str:
        audio, layout = tmp_path / "audio", Layout(tmp_path / "July <b>")
        leave_mined(layout, [on_disk(one, audio, n) for n, one in enumerate(recordings)], documents)
        run_select(
            layout, layout.mined.glob("*.parquet"), layout.documents.glob("*.parquet"), SelectSettings()
        )
        if packed:
            run_pack(layout, PackSettings(), Sources(audio, DecodeSettings()))
        path = write_report(layout)
        assert path == layout.report
        return path.read_text(encoding="utf-8")

    return make


def test_headline_numbers_are_those_of_the_selection(report: Made) -> None:
    page = _Page(report([*bulletins(3), broken("zz")], [paper(), unreadable()]))
    total = select(bulletins(3), SelectSettings()).total
    assert f"Of {total.in_samples / RATE / 60:.2f} min of radio" in page.text.replace("\xa0", " ")
    assert "9 clips" in page.text and "3 clips" in page.text
    assert "1 recording, 1 document" in page.text
    assert "sentences mined1of 1 printed" in page.text


def test_charts_have_titles_with_units_on_every_axis(report: Made) -> None:
    text = report(bulletins(2), [paper()])
    figures = json.loads(re.findall(r'id="figures">(.*?)</script>', text, re.S)[0])
    shown = figures["shown"]
    assert {"waterfall", "duration_s", "alignment_score", "cer", "rate", "pace", "doubt"} <= set(shown)
    assert shown["waterfall"]["layout"]["xaxis"]["title"]["text"] == "sound, in minutes"
    for name, figure in shown.items():
        layout = figure["layout"]
        assert layout["xaxis"]["title"]["text"] and (name == "waterfall" or layout["yaxis"]["title"]["text"])
        assert len(layout.get("shapes", ())) == len(layout.get("annotations", ()))
    for name in ("duration_s", "score", "cer", "rate", "pace", "doubt"):
        assert shown[name]["layout"]["shapes"]
    assert "said, not printed" in _Page(text).text


def test_clips_play_the_bytes_of_the_shard(report: Made, tmp_path: Path) -> None:
    page = _Page(report(bulletins(2), [paper()]))
    sources = [attrs["src"] or "" for attrs in page.all("audio")]
    stored = {clip.flac for clip in Clips(tmp_path / "July <b>" / "asr")}
    played = {base64.b64decode(source.removeprefix("data:audio/flac;base64,")) for source in sources}
    assert played == stored
    assert all(decode_flac(data)[1] == RATE for data in played)


def test_before_pack_it_says_that_there_is_no_sound(report: Made) -> None:
    page = _Page(report(bulletins(1), [paper()], packed=False))
    assert not page.all("audio") and "this clip is not packed" in page.text


def test_whatever_comes_from_outside_stays_text(report: Made) -> None:
    parts = (matched(Span(0, 4 * RATE), f"The council {EVIL} met", EVIL),)
    evil = recording("evil", parts, uri="evil.wav", language="en")
    evil = replace(evil, not_read=(unread(sentence(EVIL, 7)),))
    failed = replace(broken("bad", EVIL), source=replace(broken("bad").source, audio_uri=f"../{EVIL}.mp3"))
    document = Document("paper", f"{EVIL}.pdf", SHA, "en", (sentence(EVIL),))
    text = report([evil, failed], [document])
    page = _Page(text)
    assert EVIL.split("/")[0] not in text
    assert len(page.all("script")) == 3 and not page.all("img")
    assert not [attrs for _, attrs in page.tags if any(name.startswith("on") for name in attrs)]
    assert html.escape("<b>") in text and page.text.count("alert('x')") >= 4


def test_evil_names_cannot_leave_the_figures() -> None:
    import jinja2

    kept = (
        jinja2.Environment(autoescape=True).from_string("{{ x|tojson }}").render(x={"a": "</script><script>"})
    )
    assert "</script>" not in kept


def test_nothing_is_fetched(report: Made) -> None:
    page = _Page(report(bulletins(1), [paper()]))
    policy = next(attrs for attrs in page.all("meta") if attrs.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in (policy["content"] or "")
    assert not page.all("link")
    outward = [
        attrs
        for _, attrs in page.tags
        if not (attrs.get("href") or "#").startswith("#")
        or not (attrs.get("src") or "data:").startswith("data:")
    ]
    assert outward == []


@pytest.mark.parametrize(
    ("recordings", "documents", "said"),
    [
        ([], [], "No recording was mined"),
        ([broken("a"), broken("b")], [unreadable()], "every recording failed"),
        ([recording("hush", stretches((TUNE, 3.0, "")))], [], "0 clips"),
        ([recording("talk", stretches((TALK, 3.0, "hello")))], [paper()], "nothing of it was found"),
        ([recording("empty", ())], [], "No recording was mined"),
    ],
)
def test_little_or_nothing_mined_still_makes_a_page(
    report: Made, recordings: list[Recording], documents: list[Document], said: str
) -> None:
    assert said in _Page(report(recordings, documents)).text


def test_documents_say_what_became_of_them(report: Made) -> None:
    stray = Document("stray", "stray.pdf", SHA, "en", (sentence("Alone.", 0, "stray"),))
    text = _Page(report(bulletins(1), [paper(), stray, unreadable()])).text
    assert "belongs to no recording" in text and "failed" in text
    assert "encrypted" in text and "give an unlocked copy" in text
    assert "This was printed and never read." in text


def test_only_what_the_last_run_stood_on_is_told(report: Made, tmp_path: Path) -> None:
    stray = Document("stray", "stray.pdf", SHA, "en", (sentence("Alone.", 0, "stray"),))
    layout = Layout(tmp_path / "July <b>")
    assert "stray.pdf" in report(bulletins(1), [paper(), stray])
    recordings = [str(path.relative_to(layout.out)) for path in layout.mined.glob("*.parquet")]
    told = {"recordings": recordings, "documents": [f"mined/documents/paper-{'d' * 16}.parquet"]}
    layout.run.write_text(json.dumps(told))
    assert "stray.pdf" not in write_report(layout).read_text(encoding="utf-8")
    layout.run.write_text("{")
    with pytest.raises(StorageError, match=r"run\.json: can't read it"):
        write_report(layout)


def test_the_same_tables_make_the_same_page(report: Made, tmp_path: Path) -> None:
    first = report(bulletins(2), [paper()])
    assert write_report(Layout(tmp_path / "July <b>")).read_text(encoding="utf-8") == first


def test_limits_come_from_the_settings_that_ran(report: Made, tmp_path: Path) -> None:
    report(bulletins(1), [paper()])
    layout = Layout(tmp_path / "July <b>")
    layout.settings.write_text("out: OUT\nselect: {min_alignment_score: 0.55}\n")
    assert "from 0.55" in write_report(layout).read_text(encoding="utf-8")


def test_before_select_it_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="run `wavelode select`"):
        write_report(Layout(tmp_path))


def test_without_the_extra_it_says_how_to_install_it(tmp_path: Path) -> None:
    run_select(Layout(tmp_path), [], [], SelectSettings())
    script = (
        "import sys; sys.modules['jinja2'] = None\n"
        "from pathlib import Path\n"
        "from wavelode.datasets.storage import Layout\n"
        "from wavelode.pipelines.quality.report import write_report\n"
        "write_report(Layout(Path(sys.argv[1])))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, tmp_path], capture_output=True, text=True, cwd=tmp_path
    )
    assert "pip install 'wavelode[report]'" in run.stderr.splitlines()[-1]


def test_clips_are_picked_on_both_sides_of_the_limit_and_over_the_whole_range(tmp_path: Path) -> None:
    scores = np.linspace(0.4, 1.0, 61)
    spans = [Span(at * 4 * RATE, (at + 1) * 4 * RATE) for at in range(61)]
    text = "forty characters of text make up this on"
    parts = tuple(matched(span, text, score=float(score)) for span, score in zip(spans, scores, strict=True))
    layout = Layout(tmp_path)
    leave_mined(layout, [recording("a", parts)], [])
    run_select(
        layout, layout.mined.glob("*.parquet"), [], SelectSettings(min_alignment_score=0.7, max_same_text=0)
    )
    picks = pick_clips(layout, 20)
    picked = [round(pick.row["alignment_score"], 2) for pick in picks]
    assert picked[:8] == [0.7, 0.71, 0.72, 0.73, 0.74, 0.69, 0.68, 0.67]
    assert picked[8] == 0.75 and picked[-1] == 1.0 and picked[8:] == sorted(picked[8:])
    assert len({pick.row["clip_id"] for pick in picks}) == len(picks) == 20


def test_bars_of_the_waterfall_meet(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    leave_mined(layout, bulletins(2), [])
    total = run_select(layout, layout.mined.glob("*.parquet"), [], SelectSettings())
    fates = gather(layout).fates
    assert fates.in_s == pytest.approx(total.in_samples / RATE)
    steps = waterfall_steps(fates)
    edges = [steps[0].length, *(step.base for step in steps[1:-1])]
    assert all(
        abs(step.base + step.length - edge) < 1e-9 for step, edge in zip(steps[1:-1], edges, strict=False)
    )
    assert edges[-1] == pytest.approx(steps[-1].length)


@given(st.lists(st.floats(0, 1.5, width=32)))
def test_every_value_falls_into_one_bin(values: list[float]) -> None:
    histogram = Histogram(np.linspace(0, 1, 26))
    for first in range(0, len(values), 3):
        histogram.add("asr", np.array(values[first : first + 3], np.float64))
    assert sum(counts.sum() for counts in histogram.counts.values()) == len(values)


def test_a_value_on_an_edge_falls_into_the_bin_it_begins() -> None:
    histogram = Histogram(np.arange(0, 1.1, 0.1))
    histogram.add("asr", np.array([np.float32(0.7), np.nan], np.float64))
    assert histogram.counts["asr"][7] == 1


_words = st.lists(
    st.sampled_from(["rain", "Rain,", "sun", "–", "पानी।", "पानी", "sun-rain", "-", "a--b-"]), max_size=12
).map(" ".join)


@given(_words, _words)
def test_marking_words_loses_none(printed: str, heard: str) -> None:
    left, right = compare(printed, heard)
    assert "".join(run.text + run.gap for run in left) == printed
    assert "".join(run.text + run.gap for run in right) == heard


@given(_words)
def test_the_same_wording_agrees_whatever_its_case(text: str) -> None:
    assert all(run.agrees for runs in compare(text, text.upper()) for run in runs)


def test_a_sign_by_itself_is_no_word() -> None:
    printed, heard = compare("yesterday , she said - no", "yesterday she said no")
    assert [run.agrees for run in (*printed, *heard)] == [True, True]


def test_a_hyphen_is_no_difference() -> None:
    printed, heard = compare("a high-quality, 20-year plan", "a high quality 20 year plan")
    assert [run.text for run in printed] == ["a high-quality, 20-year plan"]
    assert [run.agrees for run in heard] == [True]


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium, a Debian package")
@pytest.mark.parametrize("recordings", [bulletins(2), []])
def test_a_browser_draws_it_without_a_complaint(
    report: Made, tmp_path: Path, recordings: list[Recording]
) -> None:
    text = report(recordings, [paper()])
    (tmp_path / "page.html").write_text(text, encoding="utf-8")
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        "--virtual-time-budget=5000",
    ]
    where = [f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", f"file://{tmp_path / 'page.html'}"]
    run = subprocess.run(["chromium", *flags, *where], capture_output=True, text=True, timeout=120)
    assert [line for line in run.stderr.splitlines() if "CONSOLE" in line] == []
    assert run.stdout.count('class="barlayer') == (7 if recordings else 0)


def test_clock_shows_hours_only_where_there_are_any() -> None:
    assert (clock(0), clock(59.9), clock(3600)) == ("0:00", "0:59", "1:00:00")


def test_text_is_told_in_its_language(report: Made) -> None:
    hindi = recording(
        "h", (matched(Span(0, 3 * RATE), "मुख्यमंत्री ने कहा कि सड़क का काम पूरा हो जाएगा।"),), language="hi"
    )
    page = _Page(report([hindi], [paper()]))
    assert ("div", "hi") in [(tag, attrs.get("lang")) for tag, attrs in page.tags]


def test_a_sentence_read_twice_has_two_threads_and_one_never_read_has_none(report: Made) -> None:
    parts = tuple(
        matched(Span(4 * n * RATE, 4 * (n + 1) * RATE), "The council met on Tuesday today.") for n in range(2)
    )
    document = Document(
        "paper", "paper.pdf", SHA, "en", (sentence("The council met."), sentence("Never.", 1))
    )
    page = _Page(report([recording("twice", parts)], [document]))
    threads = [attrs for attrs in page.all("path") if "thread" in (attrs.get("class") or "")]
    assert len(threads) == 2 and "1 of 2 sentences found" in page.text and "not read" in page.text


def test_speed_is_told_where_it_was_measured(report: Made, tmp_path: Path) -> None:
    layout = Layout(tmp_path / "July <b>")
    assert "Nothing was measured" in _Page(report(bulletins(1), [paper()])).text
    layout.rates.write_text(
        json.dumps({"words/0": {"audio_s": 60, "work_s": 20}, "words/1": {"audio_s": 60, "work_s": 20}})
    )
    assert "listening2:000:403.0" in _Page(write_report(layout).read_text(encoding="utf-8")).text.replace(
        " ", ""
    )
    layout.rates.write_text(
        json.dumps(
            {
                "words/0": {"audio_s": 60, "work_s": 20},
                "document/ocr": {"audio_s": 0, "work_s": 9, "documents": 2, "pages": 6},
            }
        )
    )
    shown = _Page(write_report(layout).read_text(encoding="utf-8")).text.replace(" ", "")
    assert "recognised260:091.50" in shown
    layout.rates.write_text("[]")
    assert "Nothing was measured" in _Page(write_report(layout).read_text(encoding="utf-8")).text


def test_failures_say_how_to_try_again(report: Made) -> None:
    text = _Page(report([*bulletins(1), broken("zz")], [paper()])).text
    assert "July <b>/settings.yaml' --retry-failed" in text
