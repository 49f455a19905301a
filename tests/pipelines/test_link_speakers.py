"""The same voice has one name in all recordings of a station, and in no other's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.corpus import TALK, leave_mined, recording, stretches
from wavelode.datasets.storage import Layout, read_rows
from wavelode.pipelines.select import run_select
from wavelode.pipelines.speakers import link_voices
from wavelode.schemas.choosing import SelectSettings
from wavelode.schemas.records import Recording, Turn, Voice

pytest.importorskip("scipy", reason="clustering voices needs the `speakers` extra")


def near(direction: int, seed: int) -> tuple[float, ...]:
    """A vector of length one, close to one of the axes."""
    vector = np.eye(8)[direction] + np.random.default_rng(seed).normal(0, 0.05, 8)
    return tuple((vector / np.linalg.norm(vector)).tolist())


def heard(name: str, station: str | None, voices: dict[str, int], seed: int) -> Recording:
    """A recording whose speakers take turns of five seconds; `voices` says which axis each is near to."""
    made = recording(name, stretches(*((TALK, 5.0, "well") for _ in voices)))
    turns = (Turn(part.span, who) for part, who in zip(made.stretches or (), voices, strict=True))
    known = tuple(Voice(speaker, near(axis, seed + axis)) for speaker, axis in voices.items())
    source = replace(made.source, station=station)
    return replace(made, source=source, turns=tuple(turns), voices=known, diarizer="d")


RECORDINGS = [
    heard("a", "north", {"s1": 0, "s2": 1}, 1),
    heard("b", "north", {"s1": 1, "s2": 2}, 2),
    heard("c", "south", {"s1": 0, "s2": 3}, 3),
]


def test_a_voice_that_returns_has_the_name_of_its_first_recording(tmp_path: Path) -> None:
    leave_mined(Layout(tmp_path), RECORDINGS, [])
    files = list(Layout(tmp_path).mined.glob("*.parquet"))
    linked = link_voices(files)
    assert linked["b", "s1"] == linked["a", "s2"] == "north/a/s2"
    assert linked["a", "s1"] == "north/a/s1"
    assert linked["c", "s1"] == "south/c/s1"
    assert len(set(linked.values())) == 5
    assert link_voices(sorted(files, reverse=True)) == linked


def test_voices_of_another_diarizer_are_strangers(tmp_path: Path) -> None:
    """Vectors of two encoders have nothing to do with each other."""
    other = replace(RECORDINGS[1], diarizer="e")
    leave_mined(Layout(tmp_path), [RECORDINGS[0], other], [])
    linked = link_voices(Layout(tmp_path).mined.glob("*.parquet"))
    assert len(set(linked.values())) == 4


@pytest.mark.parametrize("asked", [True, False])
def test_clips_know_their_cluster_where_that_was_asked_for(asked: bool, tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    leave_mined(layout, RECORDINGS, [])
    run_select(layout, layout.mined.glob("*.parquet"), [], SelectSettings(link_speakers=asked))
    found = {
        (row["recording_id"], row["speaker_id"]): row["speaker_cluster"] for row in read_rows(layout.selected)
    }
    assert found["b", "s1"] == ("north/a/s2" if asked else None)
    assert found["c", "s1"] == ("south/c/s1" if asked else None)


def test_recordings_without_voices_are_left_as_they_are(tmp_path: Path) -> None:
    leave_mined(Layout(tmp_path), [replace(RECORDINGS[0], voices=None, turns=None)], [])
    assert link_voices(Layout(tmp_path).mined.glob("*.parquet")) == {}
