"""Each measure gives back a planted value."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.sounds import Floats, tone
from wavelode.datasets.audio import Waveform
from wavelode.datasets.rows import recording_of, recording_row
from wavelode.pipelines.measures import noise
from wavelode.pipelines.measures.codec import spectral_holes_ratio
from wavelode.pipelines.measures.levels import clipping_ratio, loudness_lufs
from wavelode.pipelines.measures.noise import frame_powers, snr_db, wada_snr_db
from wavelode.pipelines.measures.pitch import pitch_range_hz
from wavelode.pipelines.measures.rate import syllables_per_s
from wavelode.pipelines.measures.reverberation import _falls, _weighted_median, reverberation_s
from wavelode.pipelines.measures.spectrum import bandwidth_hz
from wavelode.pipelines.stage import Scene
from wavelode.pipelines.stages.measure import Measure, quiet_spans
from wavelode.schemas.records import Heard, Recording, Source, Stretch
from wavelode.schemas.time import WORKING_RATE_HZ, Span


def voice(seconds: float, hz: tuple[float, float] = (110, 180), level: float = 0.1) -> Floats:
    """Harmonics (T,) of a pitch that glides up and down between two values, in syllables of a quarter second."""
    at = np.arange(round(seconds * WORKING_RATE_HZ)) / WORKING_RATE_HZ
    low, high = hz
    pitch = low + (high - low) * (0.5 - 0.5 * np.cos(2 * np.pi * at / 3))
    phase = 2 * np.pi * np.cumsum(pitch) / WORKING_RATE_HZ
    # Each with a phase of its own: in step they would make needles that no throat makes.
    harmonics = sum(np.sin(k * phase + k * k) / k for k in range(1, int(7900 / high)))
    syllables = np.clip(np.sin(2 * np.pi * 2 * at), 0, None) ** 0.5
    loud: Floats = (level * harmonics * syllables).astype(np.float32)
    return loud


def hiss(samples: Floats, power: float, seed: int = 0) -> Floats:
    white: Floats = np.random.default_rng(seed).normal(0, power**0.5, len(samples)).astype(np.float32)
    return white


def low_pass(samples: Floats, hz: float) -> Floats:
    spectrum = np.fft.rfft(samples)
    spectrum[np.fft.rfftfreq(len(samples), 1 / WORKING_RATE_HZ) > hz] = 0
    kept: Floats = np.fft.irfft(spectrum, len(samples)).astype(np.float32)
    return kept


@pytest.mark.parametrize("planted", [0, 10, 20, 30])
def test_speech_over_the_noise_of_the_pauses(planted: float) -> None:
    clean = voice(8)
    power = float(np.square(clean).mean()) / 10 ** (planted / 10)
    noisy, pause = clean + hiss(clean, power), hiss(clean[:WORKING_RATE_HZ], power, seed=1)
    assert snr_db(frame_powers(noisy), frame_powers(pause)) == pytest.approx(planted, abs=0.5)


def test_without_pauses_nearby_the_clip_s_own_are_taken() -> None:
    clean = voice(8)
    noisy = clean + hiss(clean, float(np.square(clean).mean()) / 100)
    assert snr_db(frame_powers(noisy), np.zeros(0)) == pytest.approx(20, abs=2)


def gamma_speech(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Amplitudes as the method takes speech to have, of power one."""
    loud: NDArray[np.float64] = rng.gamma(0.4, 1, count) * rng.choice([-1, 1], count) / np.sqrt(0.4 * 1.4)
    return loud


def test_the_table_of_shapes_is_what_a_simulation_gives() -> None:
    rng = np.random.default_rng(5)
    speech, white = gamma_speech(rng, 300_000), rng.standard_normal(300_000)
    for db, told in zip(noise._WADA_DB, noise._WADA_SHAPE, strict=True):
        loud = np.abs(speech + white * 10 ** (-db / 20))
        assert np.log(loud.mean()) - np.log(loud).mean() == pytest.approx(told, abs=0.01)


def test_the_table_of_shapes_is_the_published_one() -> None:
    """Some values of the authors' table for a shape of 0.4."""
    published = {-12: 0.4110, 0: 0.4622, 8: 0.6135, 20: 0.9566, 32: 1.2354, 40: 1.3606, 60: 1.5339}
    told = dict(zip(noise._WADA_DB.tolist(), noise._WADA_SHAPE, strict=True))
    assert all(told[db] == pytest.approx(shape, abs=0.005) for db, shape in published.items())


@pytest.mark.parametrize("planted", [0, 10, 20, 30])
def test_the_shape_of_amplitudes_tells_the_noise(planted: float) -> None:
    rng = np.random.default_rng(planted)
    speech = gamma_speech(rng, 160_000)
    noisy = 0.01 * (speech + rng.standard_normal(160_000) * 10 ** (-planted / 20))
    assert wada_snr_db(noisy.astype(np.float32)) == pytest.approx(planted, abs=2)


@pytest.mark.parametrize("hz", [2500, 4000, 5500, 7000])
def test_a_cut_band_is_found(hz: float) -> None:
    """In speech with the noise of the studio under it, and of the line above it."""
    clean = voice(4)
    cut = low_pass(clean + hiss(clean, 1e-5), hz) + hiss(clean, 1e-8, seed=2)
    assert bandwidth_hz(cut) == pytest.approx(hz, abs=200)


def test_speech_that_only_falls_has_the_whole_band() -> None:
    clean = voice(4)
    assert bandwidth_hz(clean + hiss(clean, 1e-5)) == WORKING_RATE_HZ / 2


def hissing(seconds: float, every_s: float = 1.0) -> Floats:
    """Vowels that end at 3.6 kHz, and for a tenth of each second what an s is."""
    vowels = low_pass(voice(seconds), 3600)
    noise = np.random.default_rng(3).standard_normal(len(vowels)).astype(np.float32)
    high = noise - low_pass(noise, 4000)
    high *= 0.2 * np.sqrt(np.mean(vowels**2)) / np.sqrt(np.mean(high**2))
    time_s = np.arange(len(vowels)) / WORKING_RATE_HZ
    return np.where(time_s % every_s < 0.1, 0.1 * vowels + high, vowels).astype(np.float32)


def test_vowels_that_end_low_do_not_end_the_band() -> None:
    """One voice was taken for a telephone in one clip and not in the next, by whether its vowels were loud."""
    clean = hissing(5)
    assert bandwidth_hz(clean + hiss(clean, 1e-6)) == WORKING_RATE_HZ / 2


@pytest.mark.parametrize("noise", [1e-8, 1e-6, 1e-5])
def test_a_line_ends_the_band_whatever_hisses_before_it(noise: float) -> None:
    clean = low_pass(hissing(5), 3400)
    assert bandwidth_hz(clean + hiss(clean, noise)) == pytest.approx(3400, abs=300)


@pytest.mark.parametrize("share", [0.005, 0.02, 0.1])
def test_the_share_of_clipped_samples(share: float) -> None:
    clean = voice(4)
    most = np.quantile(np.abs(clean), 1 - share)
    assert clipping_ratio(clean) < 1e-4
    assert clipping_ratio(np.clip(clean, -most, most)) == pytest.approx(share, rel=0.35)


def test_loudness_is_the_standard_s() -> None:
    """A sine of 1 kHz at full scale on one channel of two is -3.01 LUFS (EBU Tech 3341); each tenth is 20 dB less."""
    assert loudness_lufs(tone(3, hz=997, level=1.0)) == pytest.approx(-3.0, abs=0.1)
    assert loudness_lufs(tone(3, hz=997, level=0.1)) == pytest.approx(-23.0, abs=0.1)
    assert loudness_lufs(tone(0.3)) is None
    assert loudness_lufs(np.zeros(WORKING_RATE_HZ, np.float32)) is None


@pytest.mark.parametrize("hz", [(80, 120), (110, 180), (180, 300)])
def test_the_range_of_a_voice(hz: tuple[float, float]) -> None:
    """A voice that glides evenly in a cosine spends a tenth of its time near each end."""
    clean = voice(9, hz)
    low, high = pitch_range_hz(clean + hiss(clean, 1e-5)) or (0, 0)
    spread = hz[1] - hz[0]
    assert hz[0] - 2 <= low <= hz[0] + 0.1 * spread
    assert hz[1] - 0.1 * spread <= high <= hz[1] + 2 + 0.02 * hz[1]


def test_hiss_has_no_pitch() -> None:
    assert pitch_range_hz(hiss(np.zeros(WORKING_RATE_HZ, np.float32), 0.01)) is None


def in_room(dry: Floats, seconds: float) -> Floats:
    """The sound in a room that takes so long to fall silent, its echoes together as loud as the direct sound."""
    size = round(1.2 * seconds * WORKING_RATE_HZ)
    room = np.random.default_rng(3).normal(0, 1, size)
    room *= 10 ** (-3 * np.arange(size) / WORKING_RATE_HZ / seconds)
    room[0] = np.sqrt(np.square(room).sum())
    both = len(dry) + size
    wet = np.fft.irfft(np.fft.rfft(dry, both) * np.fft.rfft(room, both), both)
    loud: Floats = (0.3 * wet / np.abs(wet).max()).astype(np.float32)
    return loud


def words(seed: int) -> Floats:
    """Noise in bursts of a quarter second with a second of silence after each."""
    said = hiss(np.zeros(WORKING_RATE_HZ * 15, np.float32), 0.01, seed).reshape(-1, WORKING_RATE_HZ // 4)
    said[np.arange(len(said)) % 5 > 0] = 0
    return said.reshape(-1)


@pytest.mark.parametrize("seconds", [0.4, 0.8, 1.2])
def test_how_long_a_room_rings(seconds: float) -> None:
    assert reverberation_s(in_room(words(1), seconds)) == pytest.approx(seconds, rel=0.25)


def test_a_deep_fall_says_more_of_a_room_than_shallow_ones() -> None:
    """Voices fade by ten decibels on their own; by thirty they do so only in a room."""
    slow = np.arange(0.0, -36.0, -0.6)  # 60 dB within a second
    fast = np.arange(0.0, -20.0, -1.5)
    falls = _falls(np.concatenate([slow, fast, fast, slow, fast]), -60.0)
    assert sorted(round(seconds, 1) for seconds, _ in falls) == [0.4, 0.4, 0.4, 1.0, 1.0]
    assert _weighted_median(falls) > 0.9


def test_a_weighted_median_of_equal_weights_is_the_median() -> None:
    assert _weighted_median([(3.0, 2.0), (1.0, 2.0), (2.0, 2.0)]) == 2.0
    assert _weighted_median([(1.0, 1.0), (2.0, 1.0)]) == 1.5
    assert _weighted_median([(1.0, 1.0), (9.0, 100.0), (2.0, 1.0)]) == pytest.approx(9.0, abs=0.2)


def test_a_dry_room_rings_less_than_any_other() -> None:
    dry = reverberation_s(words(2))
    assert dry is None or dry < 0.3
    assert reverberation_s(np.zeros(48_000, np.float32)) is None


@pytest.mark.parametrize("hz", [2, 4, 6])
def test_syllables_are_counted(hz: int) -> None:
    """Of a voice that swells so many times a second; a held one has none."""
    at = np.arange(5 * WORKING_RATE_HZ) / WORKING_RATE_HZ
    swelling = tone(5, hz=500) * (1 - np.cos(2 * np.pi * hz * at)).astype(np.float32)
    assert syllables_per_s(swelling) == pytest.approx(hz, abs=0.3)
    assert (syllables_per_s(tone(5, hz=500)) or 0) < 0.5
    assert syllables_per_s(tone(0.5)) is None


def _holes(sound: NDArray[np.float32]) -> float | None:
    return spectral_holes_ratio(sound, bandwidth_hz(sound))


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3])
def test_holes_in_the_spectrum(share: float) -> None:
    """Half of what lies between 1 and 8 kHz is taken from some tenths of a second of noise under a loud low tone."""
    noise = hiss(np.zeros(10 * WORKING_RATE_HZ, np.float32), 1e-4)
    without = low_pass(noise, 4500)
    taken = np.random.default_rng(0).random(100) < share
    sound = tone(10, hz=300, level=0.5) + np.where(np.repeat(taken, WORKING_RATE_HZ // 10), without, noise)
    assert _holes(sound.astype(np.float32)) == pytest.approx(taken.mean() / 2, abs=0.04)


def test_what_is_loud_right_below_fills_no_hole() -> None:
    """40 dB above the noise it leaked into what lies next to it, and two fifths of the holes were missed."""
    noise = hiss(np.zeros(40 * WORKING_RATE_HZ, np.float32), 1e-4)
    voice_like = low_pass(hiss(np.zeros(40 * WORKING_RATE_HZ, np.float32), 1.0, seed=2), 900)
    without = noise - low_pass(noise, 4000) + low_pass(noise, 1000)
    taken = np.random.default_rng(0).random(320) < 0.3
    sound = voice_like + np.where(np.repeat(taken, WORKING_RATE_HZ // 8), without, noise)
    assert _holes(sound.astype(np.float32)) == pytest.approx(taken.mean() * 3 / 7, abs=0.035)


@given(st.integers(0, 9000), st.sampled_from([0.0, 1.0, -1.0]))
def test_nothing_breaks_on_too_little_or_nothing(length: int, level: float) -> None:
    samples = np.full(length, level, np.float32)
    for measure in (wada_snr_db, bandwidth_hz, pitch_range_hz, clipping_ratio, reverberation_s):
        value = measure(samples)
        assert value is None or np.isfinite(value).all()
    found = snr_db(frame_powers(samples), frame_powers(samples[:3000]))
    assert found is None or noise.LEAST_SNR_DB <= found <= noise.MOST_SNR_DB


def test_pauses_are_short_and_without_their_edges() -> None:
    second = WORKING_RATE_HZ
    speech = (Span(second, 2 * second), Span(3 * second, 4 * second), Span(9 * second, 10 * second))
    inside = quiet_spans(speech, 10 * second)
    assert inside == [Span(800, second - 800), Span(2 * second + 800, 3 * second - 800)]


def test_the_stage_measures_what_is_spoken_and_nothing_else(tmp_path: Path) -> None:
    second = WORKING_RATE_HZ
    clean = np.concatenate([voice(4), np.zeros(second // 2, np.float32), low_pass(voice(4), 4000)])
    hissing = clean + hiss(clean, float(np.square(voice(4)).mean()) / 10**2.5)
    (np.clip(hissing, -1, 1) * 32767).astype(np.int16).tofile(tmp_path / "samples")
    speech = (Span(0, 4 * second), Span(4 * second + second // 2, len(clean)))
    pause = Span(speech[0].end, speech[1].start)
    stretches = tuple(
        Stretch(span, kind)
        for span, kind in (
            (speech[0], Heard.UNTRANSCRIBED),
            (pause, Heard.NON_SPEECH),
            (speech[1], Heard.UNTRANSCRIBED),
        )
    )
    recording = Recording(Source("r", "r.wav", "hi"), speech=speech, stretches=stretches)
    measured = Measure()([Scene(recording, Waveform(tmp_path / "samples", len(clean)))])[0]
    first, silent, last = (s.measures for s in measured.stretches or ())
    assert first is not None and last is not None and silent is None
    assert first.snr_db == pytest.approx(25, abs=1)
    assert first.pitch_low_hz == pytest.approx(112, abs=6)
    assert recording_of(recording_row(measured)).stretches == measured.stretches
