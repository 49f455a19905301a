from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavelode.pipelines.models.base import FRAME_SAMPLES
from wavelode.pipelines.stages.speech import segments
from wavelode.schemas.settings import SpeechSettings
from wavelode.schemas.time import Span

PLAIN = SpeechSettings(pad_s=0, min_silence_s=0, min_speech_s=0)


def found(pattern: str, settings: SpeechSettings = PLAIN) -> list[tuple[int, int]]:
    """Segments in frames, of probabilities written one digit per frame."""
    probabilities = np.array([int(c) / 10 for c in pattern], np.float32)
    spans = segments(probabilities, len(pattern) * FRAME_SAMPLES, settings)
    return [(s.start // FRAME_SAMPLES, s.end // FRAME_SAMPLES) for s in spans]


@pytest.mark.parametrize(
    ("pattern", "runs"),
    [
        ("", []),
        ("0000", []),
        ("9999", [(0, 4)]),
        ("0099900", [(2, 5)]),
        ("0094900", [(2, 5)]),
        ("0044400", []),
        ("0094200", [(2, 4)]),
        ("9009", [(0, 1), (3, 4)]),
    ],
)
def test_speech_begins_loud_and_ends_low(pattern: str, runs: list[tuple[int, int]]) -> None:
    """One threshold for both would tear a voice that wavers around it."""
    assert found(pattern) == runs


def test_short_pauses_are_bridged_and_short_bursts_are_none() -> None:
    """A stop inside a word is no pause, a click is no word."""
    settings = SpeechSettings(pad_s=0, min_silence_s=0.1, min_speech_s=0.1)
    assert found("99900999" + "0" * 9, settings) == [(0, 8)]
    assert found("9999" + "0" * 9 + "9" + "0" * 9, settings) == [(0, 4)]


def test_a_long_segment_is_cut_where_speech_is_least_likely() -> None:
    """A cut inside a word loses it for both halves."""
    settings = SpeechSettings(pad_s=0, max_segment_s=40 * FRAME_SAMPLES / 16_000)
    pattern = "9" * 30 + "6" + "9" * 30
    assert found(pattern, settings) == [(0, 30), (30, 61)]


@given(
    st.lists(st.tuples(st.sampled_from([0.0, 0.4, 0.9]), st.integers(1, 80)), max_size=12),
    st.integers(0, FRAME_SAMPLES - 1),
    st.sampled_from([0.0, 0.1, 0.6]),
    st.sampled_from([1.75, 5.0]),
    st.sampled_from([0.0, 0.25]),
)
def test_segments_stand_apart_inside_the_recording_and_are_not_too_long(
    runs: list[tuple[float, int]], less: int, pad_s: float, longest: float, silence: float
) -> None:
    """A segment beyond the end reads nothing; two that overlap are heard twice."""
    settings = SpeechSettings(pad_s=pad_s, max_segment_s=longest, min_silence_s=silence)
    probabilities = [value for value, frames in runs for _ in range(frames)]
    length = max(len(probabilities) * FRAME_SAMPLES - less, 0)
    spans: list[Span] = segments(np.array(probabilities, np.float32), length, settings)
    assert all(span and span.end <= length and span.duration_s <= longest for span in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
