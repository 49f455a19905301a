"""Spectral peaks stay where they are in a sound, wherever it is cut and however it is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.corpus import bulletins
from tests.melodies import melody
from wavelode.datasets.audio import Waveform
from wavelode.datasets.rows import recording_of, recording_row
from wavelode.pipelines.measures import peaks
from wavelode.pipelines.measures.peaks import HOP, pack, peaks_of, unpack, within
from wavelode.pipelines.stage import Scene
from wavelode.pipelines.stages.prints import TakePrints, pcm_sha256
from wavelode.schemas.time import Span


def found(samples: NDArray[np.float32]) -> NDArray[np.uint32]:
    return peaks_of(lambda span: samples[span.start : span.end], len(samples))


def test_peaks_are_packed_and_come_back() -> None:
    frames, pitches = np.array([7, 7, 0, (1 << 23) - 1]), np.array([511, 0, 3, 200])
    back = unpack(pack(frames, pitches))
    assert sorted(zip(*(part.tolist() for part in back), strict=True)) == sorted(
        zip(frames.tolist(), pitches.tolist(), strict=True)
    )


def test_a_long_recording_read_in_blocks_has_the_peaks_of_one_read_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    samples = melody(20.0, seed=1)
    whole = found(samples)
    monkeypatch.setattr(peaks, "_BLOCK_FRAMES", 100)
    assert 40 < len(whole) < 200
    np.testing.assert_array_equal(found(samples), whole)


def test_a_sound_that_begins_later_has_its_peaks_later() -> None:
    samples = melody(10.0, seed=2)
    late = np.concatenate([np.zeros(50 * HOP, np.float32), samples])
    frames, pitches = unpack(found(samples))
    later, same = unpack(found(late))
    inside = frames > 40  # the first lie at the edge of silence
    moved = set(zip(later.tolist(), same.tolist(), strict=True))
    kept = [(f + 50, p) in moved for f, p in zip(frames[inside], pitches[inside], strict=True)]
    assert np.mean(kept) > 0.98


def test_a_tone_lies_where_its_pitch_is() -> None:
    time_s = np.arange(16_000) / 16_000
    for hz in (220.0, 441.0, 1760.0):
        tone = (np.sin(2 * np.pi * hz * time_s) * np.hanning(16_000)).astype(np.float32)
        _, pitches = unpack(found(tone))
        assert abs(pitches[0] - 96 * np.log2(hz / 150)) < 3


def test_silence_and_what_is_shorter_than_a_window_have_none() -> None:
    assert len(found(np.zeros(16_000, np.float32))) == len(found(np.zeros(1, np.float32))) == 0


def test_the_peaks_within_a_span_are_those_whose_window_is() -> None:
    some = pack(np.arange(10), np.full(10, 5))
    frames, _ = unpack(within(some, Span(HOP + 1, 5 * HOP + 1024)))
    assert frames.tolist() == [2, 3, 4, 5]
    assert len(within(some, Span(0, 1000))) == 0


def test_the_stage_fills_its_columns_and_they_survive_the_table(tmp_path: Path) -> None:
    recording = bulletins(1)[0]
    assert recording.sound
    samples = (melody(recording.sound.num_samples / 16_000, seed=3) * 32767).astype(np.int16)
    samples.tofile(tmp_path / "samples")
    scene = Scene(recording, Waveform(tmp_path / "samples", len(samples)))
    (done,) = TakePrints()([scene])
    assert done.peaks and len(done.peaks) % 4 == 0
    assert recording_of(recording_row(done)) == done
    first, second = (stretch.pcm_sha256 for stretch in (done.stretches or ())[:2])
    assert first != second and first == pcm_sha256(scene.waveform, Span(0, 32_000))
