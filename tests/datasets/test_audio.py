from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.sounds import CODECS, tone, write, write_wav
from wavelode.datasets.audio import (
    Decoder,
    cut,
    declared_seconds,
    decode_flac,
    decode_to,
    decoded,
    encode_flac,
)
from wavelode.schemas.errors import ErrorCode, InputError
from wavelode.schemas.settings import DecodeSettings
from wavelode.schemas.time import WORKING_RATE_HZ, Span

STRICT = DecodeSettings()
RATES = {".opus": 48_000, ".mp3": 22_050}
"""Opus knows but its own rates; half of 44.1 kHz is another kind of mp3."""


def whole(path: Path, how: DecodeSettings = STRICT) -> NDArray[np.int16]:
    return np.concatenate([np.zeros(0, np.int16), *decoded(path, how)])


def refusal(path: Path, how: DecodeSettings = STRICT) -> InputError:
    with pytest.raises(InputError) as told:
        whole(path, how)
    message = told.value.message
    assert path.name in message and "\n" not in message and ";" in message
    return told.value


def loudest_hz(samples: NDArray[np.int16]) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * WORKING_RATE_HZ / len(samples))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    ("suffix", "rate"),
    [(s, r) for s in CODECS for r in (8_000, 22_050, 44_100, 48_000) if s != ".opus" or r in (8_000, 48_000)],
)
def test_any_file_becomes_16_khz_mono(suffix: str, rate: int, channels: int, tmp_path: Path) -> None:
    """A wrong rate shifts the pitch, a wrong mix the level, a wrong length every word's time."""
    path = write(tmp_path / f"a{suffix}", tone(2.0, rate), rate, channels)
    decoder = Decoder(path, STRICT)
    samples = np.concatenate(list(decoder.chunks()))
    middle = samples[8000:24000] / 32768
    assert len(samples) == pytest.approx(2 * WORKING_RATE_HZ, abs=0.05 * WORKING_RATE_HZ)
    assert loudest_hz(samples) == pytest.approx(1000, abs=2)
    assert np.sqrt(2 * np.mean(middle**2)) == pytest.approx(0.25, rel=0.06)
    assert decoder.channels == channels
    assert decoder.native_sample_rate_hz == (48_000 if suffix == ".opus" else rate)
    assert decoder.num_samples == len(samples)


@pytest.mark.parametrize("suffix", CODECS)
def test_sound_comes_in_pieces_of_a_second(suffix: str, tmp_path: Path) -> None:
    """One chunk as long as the file would need the memory of a whole broadcast."""
    rate = RATES.get(suffix, 44_100)
    path = write(tmp_path / f"a{suffix}", tone(7.3, rate), rate)
    sizes = [len(chunk) for chunk in decoded(path, STRICT)]
    assert max(sizes) <= 1.2 * WORKING_RATE_HZ
    assert len(sizes) >= 7


def test_16_khz_mono_comes_out_as_it_went_in(tmp_path: Path) -> None:
    """Resampling what needs none would change the data for nothing."""
    samples = np.random.default_rng(1).integers(-20000, 20000, 40000).astype(np.int16)
    assert np.array_equal(whole(write_wav(tmp_path / "a.wav", samples)), samples)


def test_full_scale_does_not_wrap_around(tmp_path: Path) -> None:
    """An overflow turns the loudest peak into a click of the other sign."""
    path = write_wav(tmp_path / "a.wav", np.full(16000, 32767, np.int16))
    assert whole(path).min() > 30000


def test_cutting_far_in_gives_what_slicing_would(tmp_path: Path) -> None:
    """A resampler started afresh at each clip would shift it by a fraction of a sample."""
    path = write(tmp_path / "a.mp3", tone(6.0, 44_100, hz=700), 44_100)
    spans = [Span(10, 20_000), Span(15_000, 15_001), Span(15_000, 80_000), Span(79_000, 90_000)]
    all_of_it = whole(path)
    for span, found in zip(spans, cut(path, spans, STRICT), strict=True):
        assert np.array_equal(found, all_of_it[span.start : span.end])


LENGTH = 50_000
span_lists = st.lists(
    st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)).map(lambda ends: Span(min(ends), max(ends))),
    max_size=8,
).map(sorted)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spans=span_lists)
def test_cut_equals_slices_of_the_whole(spans: list[Span], tmp_path: Path) -> None:
    """Clips that overlap, touch, hold each other or lie in one chunk must all be exact."""
    samples = np.arange(LENGTH).astype(np.int16)
    path = tmp_path / "a.wav"
    if not path.exists():
        write_wav(path, samples)
    found = list(cut(path, spans, STRICT))
    assert len(found) == len(spans)
    assert all(np.array_equal(a, samples[s.start : s.end]) for a, s in zip(found, spans, strict=True))


def test_a_span_beyond_the_end_is_refused(tmp_path: Path) -> None:
    """A short clip without a word would be paired with the full text."""
    path = write_wav(tmp_path / "a.wav", tone(1.0))
    with pytest.raises(ValueError, match="ends after the recording"):
        list(cut(path, [Span(0, 10), Span(10, 16_001)], STRICT))


def test_reading_by_span_gives_the_decoded_samples(tmp_path: Path) -> None:
    """Stages read what was decoded; a byte off is noise."""
    path = write_wav(tmp_path / "a.wav", (np.arange(40_000) % 30_000).astype(np.int16))
    waveform = decode_to(tmp_path / "rest", Decoder(path, STRICT))
    assert waveform.num_samples == 40_000
    assert np.array_equal(waveform.read_int16(Span(123, 4567)), whole(path)[123:4567])
    assert np.abs(waveform.read(Span(0, 40_000))).max() < 1


@pytest.mark.parametrize("seed", range(3))
def test_flac_is_exact_and_the_same_every_time(seed: int) -> None:
    """Shards are compared byte for byte; sound that changes on its way is another sound."""
    samples = np.random.default_rng(seed).integers(-32768, 32768, 12_345).astype(np.int16)
    once, again = encode_flac(samples), encode_flac(samples.copy())
    back, rate = decode_flac(once)
    assert once == again
    assert rate == WORKING_RATE_HZ
    assert np.array_equal((back * 32768).astype(np.int16), samples)


def test_a_break_in_the_middle_of_an_mp3_frame_is_noticed(tmp_path: Path) -> None:
    """An mp3 header knows no length: only the frame that was cut says that something is missing."""
    data = write(tmp_path / "whole.mp3", tone(4.0, 44_100), 44_100).read_bytes()
    (tmp_path / "a.mp3").write_bytes(data[: len(data) // 2 + 17])
    error = refusal(tmp_path / "a.mp3")
    assert error.code is ErrorCode.TRUNCATED
    assert "accept_truncated" in error.message


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_a_file_shorter_than_its_header_says_is_noticed(suffix: str, tmp_path: Path) -> None:
    """Half a bulletin aligned with a whole script makes the second half look unread."""
    noise = np.random.default_rng(0).normal(0, 0.1, 8 * 16_000).astype(np.float32)
    data = write(tmp_path / f"whole{suffix}", noise).read_bytes()
    (tmp_path / f"a{suffix}").write_bytes(data[: len(data) // 2])
    assert refusal(tmp_path / f"a{suffix}").code is ErrorCode.TRUNCATED


@pytest.mark.parametrize("suffix", [".mp3", ".wav", ".flac"])
def test_what_is_there_is_used_where_that_is_wanted(suffix: str, tmp_path: Path) -> None:
    """Half a recording is worth having to those who say so."""
    noise = np.random.default_rng(0).normal(0, 0.1, 8 * 16_000).astype(np.float32)
    data = write(tmp_path / f"whole{suffix}", noise).read_bytes()
    (tmp_path / f"a{suffix}").write_bytes(data[: len(data) // 2])
    heard = whole(tmp_path / f"a{suffix}", DecodeSettings(accept_truncated=True))
    assert 3 * WORKING_RATE_HZ < len(heard) < 5 * WORKING_RATE_HZ


@pytest.mark.parametrize("suffix", [".mp3", ".m4a", ".opus", ".flac", ".wav"])
def test_a_sound_file_is_not_called_truncated(suffix: str, tmp_path: Path) -> None:
    """Padding and priming make lengths differ a little; that is no damage."""
    path = write(tmp_path / f"a{suffix}", tone(0.7, 48_000), 48_000)
    assert len(whole(path)) > 0


def test_an_endless_recording_is_stopped_while_decoding(tmp_path: Path) -> None:
    """A header may lie about its length; the samples don't."""
    path = write_wav(tmp_path / "a.wav", tone(10.0))
    assert refusal(path, DecodeSettings(max_duration_h=5 / 3600)).code is ErrorCode.TOO_LONG


def test_the_header_s_length_is_a_guess_and_never_an_error(tmp_path: Path) -> None:
    """It only moves a progress bar: a bad file must not stop the run before it began."""
    (tmp_path / "b.mp3").write_bytes(b"")
    assert declared_seconds(write_wav(tmp_path / "a.wav", tone(2.0))) == pytest.approx(2, abs=0.1)
    for name in ("b.mp3", "none.mp3", "nul\0.mp3", "caf\udce9.mp3", "x" * 300 + ".mp3"):
        assert declared_seconds(tmp_path / name) == 0


def test_chunks_follow_on_each_other(tmp_path: Path) -> None:
    """A sample lost between two chunks would be a click, and shift all that follows."""
    path = write(tmp_path / "a.flac", tone(5.0, 44_100, hz=100), 44_100)
    steps = [abs(int(a[-1]) - int(b[0])) for a, b in pairwise(c for c in decoded(path, STRICT) if len(c))]
    assert max(steps) < 600


def test_what_lies_above_8_khz_is_gone_and_not_folded_back(tmp_path: Path) -> None:
    """A cheap resampler turns a jingle's cymbals into hiss inside the speech band."""
    path = write(tmp_path / "a.wav", tone(2.0, 44_100, hz=9_000) + tone(2.0, 44_100, hz=7_000), 44_100)
    spectrum = np.abs(np.fft.rfft(whole(path)[4_000:20_000] * np.hanning(16_000)))
    assert spectrum[6_900:7_100].max() > 1000 * spectrum[:6_800].max()
    assert spectrum[6_900:7_100].max() == pytest.approx(0.25 * 32_768 * 16_000 / 4, rel=0.05)
