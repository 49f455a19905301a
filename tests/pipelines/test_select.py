from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.corpus import (
    RATE,
    TALK,
    TEXT,
    TUNE,
    broken,
    bulletins,
    leave_mined,
    matched,
    paper,
    recording,
    stretches,
    unread,
    unreadable,
)
from wavelode.datasets.rows import recording_of, recording_row
from wavelode.datasets.storage import Layout, read_rows
from wavelode.pipelines.select import run_select, select
from wavelode.pipelines.yields import read_yield
from wavelode.schemas.errors import StorageError
from wavelode.schemas.records import Heard, Recording, Role, Sentence, SoundFile, Stretch
from wavelode.schemas.settings import SelectSettings
from wavelode.schemas.stats import Yield
from wavelode.schemas.tables import REJECT, SELECTED
from wavelode.schemas.time import Span
from wavelode.schemas.verdict import Drop, Keep, Reason, Shelf

TEXT_40 = "forty characters of text make up this on"
LIMITS = SelectSettings(min_alignment_score=0.7, min_run_words=5, max_cer=0.3)


def span_s(seconds: float) -> Span:
    return Span(0, round(seconds * RATE))


class Fate(NamedTuple):
    verdict: Keep | Drop
    asr_reason: Reason | None


def judge(stretch: Stretch, limits: SelectSettings) -> Fate:
    """What becomes of a recording's only stretch."""
    (row,) = select([recording("a", (stretch,))], limits).rows
    verdict = Keep(Shelf(row["shelf"])) if row["shelf"] else Drop(Reason(row["reason"]))
    return Fate(verdict, Reason(row["asr_reason"]) if row["asr_reason"] else None)


def test_a_well_read_sentence_goes_to_asr() -> None:
    assert judge(matched(span_s(3), TEXT_40), LIMITS).verdict == Keep(Shelf.ASR)


@pytest.mark.parametrize(
    ("stretch", "reason"),
    [
        (matched(span_s(3), TEXT_40, score=0.69), Reason.LOW_SCORE),
        (matched(span_s(3), TEXT_40, cer=0.31), Reason.HIGH_CER),
        (matched(span_s(11), TEXT_40), Reason.ODD_RATE),
        (matched(span_s(1.1), TEXT_40), Reason.ODD_RATE),
        (matched(span_s(0.7), TEXT_40), Reason.TOO_SHORT),
        (matched(span_s(31), TEXT_40), Reason.TOO_LONG),
    ],
)
def test_a_text_not_believed_says_why(stretch: Stretch, reason: Reason) -> None:
    assert judge(stretch, LIMITS).asr_reason is reason


@pytest.mark.parametrize("side", ["start_heard", "end_heard"])
def test_an_edge_nobody_heard_is_not_believed_unless_allowed(side: str) -> None:
    stretch = matched(span_s(3), TEXT_40)
    assert stretch.match is not None
    stretch = replace(stretch, match=replace(stretch.match, **{side: False}))
    assert judge(stretch, LIMITS).asr_reason is Reason.EDGE_NOT_HEARD
    assert judge(stretch, LIMITS.model_copy(update={"require_edges": False})).verdict == Keep(Shelf.ASR)


def test_a_text_is_believed_from_the_probability_on_that_is_asked_for() -> None:
    """Where nothing calibrated it, no probability is no reason."""
    stretch = matched(span_s(3), TEXT_40)
    assert stretch.match is not None
    limits = SelectSettings(min_p_correct=0.9)
    for said, reason in ((0.89, Reason.UNLIKELY), (0.9, None), (None, None)):
        again = replace(stretch, match=replace(stretch.match, p_correct=said))
        assert judge(again, limits).asr_reason is reason


def test_a_few_words_in_a_row_prove_nothing() -> None:
    stretch = matched(span_s(3), TEXT_40)
    assert stretch.match is not None
    for run, reason in ((LIMITS.min_run_words - 1, Reason.SHORT_RUN), (LIMITS.min_run_words, None)):
        again = replace(stretch, match=replace(stretch.match, longest_run=run))
        assert judge(again, LIMITS).asr_reason is reason


def test_a_match_without_letters_has_no_text() -> None:
    stretch = matched(span_s(3), TEXT_40)
    assert stretch.match is not None
    stretch = replace(stretch, match=replace(stretch.match, text_normalized=" "))
    assert judge(stretch, LIMITS).asr_reason is Reason.NO_TEXT


def test_what_is_not_to_be_spoken_is_no_training_text_unless_it_is_asked_for() -> None:
    """A slug line that sounds like the first words of its story would be cut out as a clip of its own."""
    stretch = matched(span_s(3), TEXT_40)
    assert stretch.match is not None
    slug = replace(stretch.match.sentence, role=Role.SLUG)
    stretch = replace(stretch, match=replace(stretch.match, sentence=slug))
    assert judge(stretch, LIMITS).asr_reason is Reason.NOT_FOR_SPEECH
    asked = LIMITS.model_copy(update={"roles": (Role.SPOKEN, Role.SLUG)})
    assert judge(stretch, asked).verdict == Keep(Shelf.ASR)


def test_what_is_not_to_be_spoken_says_what_it_is_for_among_the_rejects() -> None:
    """Separators and page numbers that vanish make people look for lost text."""
    kept = recording("a", (matched(span_s(3), TEXT_40),))
    number = Sentence("paper", 7, "- 2 -", role=Role.PAGE_NUMBER)
    rejects = select([replace(kept, not_read=(unread(number),))], LIMITS).rejects
    assert [(r["kind"], r["reason"], r["text"]) for r in rejects] == [("sentence", "page_number", "- 2 -")]


def test_sound_of_a_disbelieved_text_is_kept_without_it() -> None:
    fate = judge(matched(span_s(3), TEXT_40, score=0.1), LIMITS)
    assert (fate.verdict, fate.asr_reason) == (Keep(Shelf.SSL), Reason.LOW_SCORE)


@pytest.mark.parametrize(
    ("kind", "seconds", "speech", "verdict"),
    [
        (Heard.UNTRANSCRIBED, 2.0, 0.5, Keep(Shelf.SSL)),
        (Heard.UNTRANSCRIBED, 1.9, 0.9, Drop(Reason.TOO_SHORT)),
        (Heard.UNTRANSCRIBED, 9.0, 0.4, Drop(Reason.LITTLE_SPEECH)),
        (Heard.NON_SPEECH, 9.0, 0.9, Drop(Reason.NON_SPEECH)),
    ],
)
def test_unlabelled_speech(kind: Heard, seconds: float, speech: float, verdict: Keep | Drop) -> None:
    fate = judge(Stretch(span_s(seconds), kind, "", speech), LIMITS)
    assert (fate.verdict, fate.asr_reason) == (verdict, None)


def test_limits_hold_exactly_after_a_trip_through_the_tables() -> None:
    stretch = matched(span_s(3), TEXT_40, score=0.7, cer=0.3)
    stored = recording_row(recording("a", (stretch,)))
    row = stored["stretches"][0]["match"]
    import numpy as np

    row["alignment_score"], row["cer"] = float(np.float32(0.7)), float(np.float32(0.3))
    back = (recording_of(stored).stretches or ())[0]
    assert judge(stretch, LIMITS).verdict == judge(back, LIMITS).verdict == Keep(Shelf.ASR)


def test_rows_know_their_place_and_neighbours() -> None:
    rows = select(bulletins(1), LIMITS).rows
    assert [row["position"] for row in rows] == list(range(7))
    assert rows[1]["clip_id"] == "bulletin00-000032000-000088000"
    assert [row["previous_id"] for row in rows] == [None, *(row["clip_id"] for row in rows[:-1])]
    assert [row["next_id"] for row in rows] == [*(row["clip_id"] for row in rows[1:]), None]
    assert (rows[1]["start_s"], rows[1]["duration_s"]) == (2.0, 3.5)


def test_words_count_from_the_clips_start_in_seconds() -> None:
    row = select(bulletins(1), LIMITS).rows[1]
    assert row["words"][0]["start_s"] == 0.0
    assert row["words"][-1]["end_s"] == row["duration_s"]
    assert [word["word"] for word in row["words"]] == row["text"].split()


def test_nothing_is_invented() -> None:
    rows = select(bulletins(1), LIMITS).rows
    for name in ("p_correct", "snr_db", "bandwidth_hz", "loudness_lufs", "speaker_id", "music_ratio"):
        assert all(row.get(name) is None for row in rows)
    assert rows[2].get("text") is None


def test_each_left_out_thing_is_a_reject_once() -> None:
    weak = matched(span_s(3), TEXT_40, "something else", score=0.1)
    rejects = select([recording("a", (weak,)), broken("b")], LIMITS).rejects
    assert [(r["kind"], r["reason"], r.get("kept_as")) for r in rejects] == [
        ("stretch", "low_score", "ssl"),
        ("sentence", "not_read", None),
        ("recording", "truncated", None),
    ]
    assert rejects[0]["text"] == TEXT_40 and rejects[0]["asr_text"] == "something else"


_piece = st.tuples(
    st.sampled_from([TALK, TEXT, TUNE]),
    st.floats(0.01, 40),
    st.sampled_from(["", TEXT_40]).map(lambda t: t or "a"),
)


@given(st.lists(st.lists(_piece, max_size=6), max_size=4), st.integers(0, 2))
def test_every_sample_has_one_fate(parts: list[list[tuple[Heard, float, str]]], failures: int) -> None:
    given_ones = [recording(f"r{i}", stretches(*pieces)) for i, pieces in enumerate(parts)]
    failed = [replace(broken(f"x{i}"), sound=SoundFile("", RATE, 1, 777)) for i in range(failures)]
    chosen = select([*given_ones, *failed], LIMITS)
    total = chosen.total
    assert total.in_samples == sum(r.sound.num_samples for r in given_ones if r.sound) + 777 * failures
    assert total.failed_samples == 777 * failures
    assert len({row["clip_id"] for row in chosen.rows}) == len(chosen.rows) == sum(map(len, parts))
    assert all((row["shelf"] is None) != (row["reason"] is None) for row in chosen.rows)


def test_stretches_that_leave_a_hole_are_refused() -> None:
    whole = bulletins(1)[0]
    holed = replace(whole, stretches=(whole.stretches or ())[1:])
    with pytest.raises(StorageError, match="bulletin00: its stretches cover 0 of 284000 samples"):
        select([holed], LIMITS)


def _mine(layout: Layout, recordings: list[Recording]) -> Yield:
    leave_mined(layout, recordings, [paper(), unreadable()])
    documents = list(layout.documents.glob("*.parquet"))
    return run_select(layout, reversed(list(layout.mined.glob("*.parquet"))), documents, LIMITS)


def test_tables_on_disk_are_whole_sorted_and_the_same_each_time(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    recordings = [
        *bulletins(3),
        recording("bulletin00-0", stretches((TALK, 3.0, "hello"))),
        broken("bulletin00x"),
    ]
    total = _mine(layout, recordings)
    rows = read_rows(layout.selected)
    assert [(row["recording_id"], row["start_sample"]) for row in rows] == sorted(
        (row["recording_id"], row["start_sample"]) for row in rows
    )
    assert total == select(recordings, LIMITS).total
    before = layout.selected.read_bytes(), layout.rejects.read_bytes()
    assert _mine(layout, recordings) == total
    assert (layout.selected.read_bytes(), layout.rejects.read_bytes()) == before
    assert not list(tmp_path.rglob("*.part"))


def test_tables_have_the_declared_columns_and_the_failed_document(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    layout = Layout(tmp_path)
    _mine(layout, bulletins(1))
    assert pq.read_schema(layout.selected).equals(SELECTED)
    assert pq.read_schema(layout.rejects).equals(REJECT)
    last = read_rows(layout.rejects)[-1]
    assert (last["kind"], last["document_id"], last["reason"]) == ("document", "locked", "encrypted")


def test_yield_can_be_counted_again_from_the_tables(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    failed = replace(broken("zz"), sound=SoundFile("", RATE, 1, 12345))
    total = _mine(layout, [*bulletins(2), failed])
    assert read_yield(layout) == total
    assert total.failed_samples == 12345


def test_nothing_mined_gives_empty_tables(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert run_select(layout, [], [], LIMITS) == Yield.zero() == read_yield(layout)
    assert read_rows(layout.selected) == []


def test_a_recording_mined_twice_is_refused_and_leaves_the_old_tables(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    _mine(layout, bulletins(1))
    before = layout.selected.read_bytes()
    again = replace(bulletins(1)[0], fingerprint="a" * 16)
    with pytest.raises(StorageError, match="'bulletin00' was mined twice"):
        _mine(layout, [again])
    assert layout.selected.read_bytes() == before
