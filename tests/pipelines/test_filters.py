"""Filters: unknown is not bad, each reason is counted, limits may differ by language or follow the data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.corpus import RATE, TALK, TEXT, bulletins, leave_mined, matched, recording, stretches
from wavelode.datasets.storage import Layout, read_rows
from wavelode.pipelines.select import run_select, select
from wavelode.pipelines.selecting.checks import foreign_share, words_of
from wavelode.pipelines.selecting.choose import nothing_known
from wavelode.pipelines.selecting.columns import Columns
from wavelode.pipelines.selecting.counts import count_reasons
from wavelode.pipelines.selecting.decide import decide
from wavelode.pipelines.selecting.filters import ASR_FILTERS, SSL_FILTERS
from wavelode.pipelines.selecting.limits import LEAST_ROWS, Limits, Quantiles
from wavelode.pipelines.selecting.whatif import curve, parse
from wavelode.schemas.errors import SettingsError
from wavelode.schemas.records import Measures
from wavelode.schemas.settings import LIMITS, SelectSettings
from wavelode.schemas.tables import SELECTED
from wavelode.schemas.time import Span

SAID = "The council met on Tuesday to open the new bridge."
STRICT = SelectSettings(
    profile="tts", languages=("en",), licenses=("CC-BY-4.0",), scripts=("Latin",), min_chars_per_s=0
)


def rows(*given: dict[str, Any]) -> Columns:
    """Good matched rows, but for what is given."""
    good = {
        "kind": "matched",
        "text": SAID,
        "text_normalized": SAID.lower(),
        "language": "en",
        "license": "CC-BY-4.0",
        "role": "spoken",
        "duration_s": 3.5,
        "speech_ratio": 0.9,
        "alignment_score": 0.9,
        "cer": 0.05,
        "longest_run": 9,
        "start_heard": True,
        "end_heard": True,
    }
    table = pa.Table.from_pylist([{**good, **one} for one in given], schema=SELECTED)
    return Columns(table, nothing_known(len(table)))


def reason(row: dict[str, Any], settings: SelectSettings = STRICT) -> list[str]:
    """Every reason against one row as speech with text."""
    (bits,) = decide(rows(row), Limits.fixed(settings)).asr.tolist()
    return [one.reason for place, one in enumerate(ASR_FILTERS) if bits >> place & 1]


def test_what_was_not_measured_is_no_reason() -> None:
    """The strictest profile keeps a clip of which no model measured anything."""
    assert reason({}) == []


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"p_correct": 0.9}, "unlikely"),
        ({"snr_db": 24.0}, "noisy"),
        ({"bandwidth_hz": 4000.0}, "narrow_band"),
        ({"clipping_ratio": 0.01}, "clipped"),
        ({"overlap_ratio": 0.1}, "overlapped"),
        ({"music_ratio": 0.1}, "music"),
        ({"language": "hi"}, "other_language"),
        ({"license": None}, "not_licensed"),
        ({"license": "CC-BY-NC-4.0"}, "not_licensed"),
        ({"text": "परिषद की बैठक"}, "other_script"),
        ({"text": "Call 98765 43210 now"}, "personal_data"),
        ({"text": "Write to desk@example.org"}, "personal_data"),
        ({"role": "slug"}, "not_for_speech"),
    ],
)
def test_each_measure_has_its_reason(wrong: dict[str, Any], why: str) -> None:
    assert reason(wrong) == [why]


def test_years_and_sums_are_no_personal_data() -> None:
    assert reason({"text": "From 1947 to 2024 it cost 12,345,678 rupees."}) == []


def test_every_filter_can_be_broken_and_names_a_reason_of_its_own() -> None:
    for filters in (ASR_FILTERS, SSL_FILTERS):
        assert len({one.reason for one in filters}) == len(filters)


def test_all_reasons_are_known_and_the_first_is_the_reason(tmp_path: Path) -> None:
    weak = matched(Span(0, 3 * RATE), SAID, "something else", score=0.1, cer=0.9)
    limits = SelectSettings(min_alignment_score=0.5, max_cer=0.5, shelves=("asr",))
    (row,) = select([recording("a", (weak,))], limits).rows
    assert (row["asr_reason"], row["asr_reasons"]) == ("low_score", ["low_score", "high_cer"])
    assert (row["shelf"], row["reason"]) == (None, "not_wanted")
    layout = Layout(tmp_path)
    leave_mined(layout, [recording("a", (weak,))], [])
    run_select(layout, layout.mined.glob("*.parquet"), [], limits)
    counted = {why: left for shelf, why, left in count_reasons(layout).rows() if shelf == "asr"}
    assert (counted["low_score"].clips, counted["low_score"].any_clips) == (1, 1)
    assert (counted["high_cer"].clips, counted["high_cer"].any_clips) == (0, 1)


def test_words_that_are_blocked_and_checks_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "blocked.txt").write_text("BRIDGE\nपुल\n", encoding="utf-8")
    assert reason({}, SelectSettings(blocked_words=tmp_path / "blocked.txt")) == ["blocked_word"]
    assert reason({"text": "Abridged."}, SelectSettings(blocked_words=tmp_path / "blocked.txt")) == []
    assert reason({"text": "नया पुल।"}, SelectSettings(blocked_words=tmp_path / "blocked.txt")) == [
        "blocked_word"
    ]
    assert reason({"language": "qq"}, SelectSettings(text_checks=("operator:contains",))) == []
    assert reason({"language": "new"}, SelectSettings(text_checks=("operator:contains",))) == ["text_check"]
    with pytest.raises(SettingsError, match="'nowhere:x' can't be imported"):
        reason({}, SelectSettings(text_checks=("nowhere:x",)))


def test_scripts_are_told_by_letters_and_accents_are_of_any() -> None:
    assert foreign_share("e\u0301te 12,", frozenset({"LATIN"})) == 0.0
    assert foreign_share("एक two", frozenset({"DEVANAGARI"})) == pytest.approx(3 / 5)
    assert words_of("Don't — हिन्दी!") == {"don", "t", "हिन्दी"}


def test_a_language_has_limits_of_its_own() -> None:
    limits = SelectSettings(max_cer=0.3, for_language=("hi:max_cer=0.1", "or:max_cer=0.5"))
    for language, cer, why in (("hi", 0.2, ["high_cer"]), ("en", 0.2, []), ("or", 0.4, [])):
        assert reason({"language": language, "cer": cer}, limits) == why


def test_limits_follow_the_data_but_never_loosen() -> None:
    fixed = SelectSettings(max_cer=0.5, from_data=("max_cer=0.9", "min_snr_db=0.1"))
    quantiles = Quantiles(Limits.fixed(fixed))
    many = rows(*({"cer": n / 1000, "snr_db": float(n)} for n in range(LEAST_ROWS + 1)))
    few = rows(*({"language": "hi", "cer": 0.0} for _ in range(LEAST_ROWS - 1)))
    for part in (many, few):
        quantiles.add(part, np.ones(len(part), np.bool_))
    found = quantiles.limits().by_language
    assert found["max_cer"] == {"en": pytest.approx(0.09)}
    assert found["min_snr_db"] == {"en": pytest.approx(10)}
    loose = Quantiles(Limits.fixed(SelectSettings(max_cer=0.01, from_data=("max_cer=0.9",))))
    loose.add(many, np.ones(len(many), np.bool_))
    assert loose.limits().by_language["max_cer"] == {"en": 0.01}


@pytest.mark.parametrize("wrong", ["max_crr=1", "max_cer", "max_cer=much", "hi:max_cer"])
def test_a_limit_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"limit|number"):
        SelectSettings(from_data=(wrong,))


def test_a_profile_gives_way_to_what_is_set_and_to_another_profile() -> None:
    assert SelectSettings(profile="tts").min_snr_db == 25
    told = SelectSettings(profile="tts", max_cer=0.2)
    noted = told.model_dump(mode="json", exclude_defaults=True)
    assert noted == {"profile": "tts", "max_cer": 0.2}
    again = SelectSettings.model_validate({**noted, "profile": "asr"})
    assert (again.max_cer, again.min_snr_db, again.shelves) == (0.2, None, ("asr", "ssl"))


def test_unlabelled_speech_takes_no_texts() -> None:
    chosen = select(bulletins(1), SelectSettings(profile="ssl"))
    assert {row["shelf"] for row in chosen.rows} == {"ssl", None}
    assert {row["asr_reason"] for row in chosen.rows} == {"not_wanted", None}


def test_a_speaker_of_whom_little_is_kept_is_left_out(tmp_path: Path) -> None:
    layout, corpus = Layout(tmp_path), []
    for n, minutes in enumerate((3, 1)):
        texts = [
            f"{word} item number {n} of the council came up on day {at}."
            for at, word in enumerate("ABCD" * 9)
        ]
        parts = stretches(*((TEXT, 5.0, text) for text in texts[: 12 * minutes]))
        corpus.append(_spoken_by(recording(f"r{n}", parts), "s1"))
    leave_mined(layout, corpus, [])
    limits = SelectSettings(min_speaker_minutes=2, max_same_text=0)
    run_select(layout, layout.mined.glob("*.parquet"), [], limits)
    kept = {row["recording_id"]: row["shelf"] for row in read_rows(layout.selected)}
    assert kept == {"r0": "asr", "r1": None}
    assert read_rows(layout.selected)[-1]["reasons"] == ["rare_speaker"]


def _spoken_by(one: Any, speaker: str) -> Any:
    from wavelode.schemas.records import Turn

    return replace(one, turns=(Turn(Span(0, one.sound.num_samples), speaker),))


def test_what_if_agrees_with_what_a_selection_then_does(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    parts = tuple(
        replace(
            matched(Span(4 * n * RATE, 4 * (n + 1) * RATE), f"{SAID} Part {n} of it.", cer=n / 20),
            measures=Measures(snr_db=float(n)),
        )
        for n in range(10)
    )
    corpus = [recording("a", parts), recording("b", stretches((TALK, 9.0, "hm")))]
    leave_mined(layout, corpus, [])
    free = SelectSettings(max_same_text=0)
    run_select(layout, layout.mined.glob("*.parquet"), [], free)
    before = layout.selected.read_bytes()
    for name, values in (parse("max_cer=0.0..0.5"), parse("min_snr_db=2,5.5")):
        points = list(curve(layout, free, name, values))
        assert layout.selected.read_bytes() == before
        for value, point in zip(values, points, strict=True):
            chosen = select(corpus, free.model_copy(update={name: value}))
            kept = [row for row in chosen.rows if row["shelf"] == "asr"]
            assert point.asr_clips == len(kept)
            assert point.asr_hours == pytest.approx(sum(row["duration_s"] for row in kept) / 3600)


@pytest.mark.parametrize("wrong", ["cer=0..1", "max_cer", "max_cer=a..b", "max_cer=1..2..3"])
def test_what_if_nothing(wrong: str) -> None:
    with pytest.raises(SettingsError, match="write LIMIT=LOW"):
        parse(wrong)


def test_every_limit_bounds_a_column_that_is_there() -> None:
    some = rows({})
    for name in LIMITS:
        Quantiles(Limits.fixed(SelectSettings(from_data=(f"{name}=0.5",)))).add(some, np.ones(1, np.bool_))
