"""Every corruption: what it promises, as long as before, in its place, the same each time, and said."""

from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
import pytest

from wavelode.datasets.collate import Change, Wave
from wavelode.datasets.stress import (
    Aac,
    Babble,
    ClippedAgc,
    Echo,
    GaussianNoise,
    HighPass,
    LowPass,
    Mp3,
    Opus,
    PacketLoss,
    Pitch,
    Quantise,
    Reverberation,
    Smooth,
    Stress,
    TimeStretch,
    published,
    radio,
)

RATE = 16_000
pytest.importorskip("scipy", reason="scipy is not installed: pip install 'wavelode[stress]'")
pytest.importorskip(
    "python_stretch", reason="python-stretch is not installed: pip install 'wavelode[stress]'"
)


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def speech(seconds: float = 1.5, seed: int = 0) -> Wave:
    """Noise with the tilt and the syllables of speech."""
    count = round(seconds * RATE)
    noise = np.cumsum(chance(seed).standard_normal(count))
    noise -= np.convolve(noise, np.full(200, 1 / 200), "same")
    swell = np.abs(np.sin(np.arange(count) * 2 * np.pi * 2.3 / RATE + seed))
    return (0.4 * noise * swell / np.abs(noise * swell).max()).astype(np.float32)


def tone(hertz: float, seconds: float = 1.0) -> Wave:
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def voice(generator: np.random.Generator) -> Wave:
    return speech(0.7, int(generator.integers(100)))


EVERY = [*published(voice), *radio()]


def level(samples: Wave) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))


def lag(one: Wave, other: Wave) -> int:
    """By how many samples `other` is late."""
    size = 2 * len(one)
    likeness = np.fft.irfft(np.conj(np.fft.rfft(one, size)) * np.fft.rfft(other, size))
    at = int(np.argmax(likeness))
    return at - size if at > len(one) else at


@pytest.mark.parametrize("change", EVERY, ids=str)
def test_each_is_the_same_each_time_and_as_long_as_it_says(change: Change) -> None:
    clean = speech()
    before = clean.copy()
    first = change(clean, RATE, chance())
    again = pickle.loads(pickle.dumps(change))(clean, RATE, chance())
    np.testing.assert_array_equal(first.samples, again.samples)
    np.testing.assert_array_equal(clean, before, "the clip itself is left alone")
    assert first.samples.dtype == np.float32 and np.isfinite(first.samples).all()
    assert len(first.samples) <= len(clean) * change.growth
    assert first.log and first.log == again.log
    if not isinstance(change, TimeStretch):
        assert len(first.samples) == len(clean) and not np.array_equal(first.samples, clean)


def test_the_whole_published_grid_is_there() -> None:
    logs = {change(speech(0.5), RATE, chance()).log.split(",")[0] for change in EVERY}
    assert len(logs) == len(EVERY)
    ends = [
        "gaussian noise 5 dB",
        "gaussian noise 40 dB",
        "babble 5 dB",
        "babble 40 dB",
        "smoothing 6 samples",
    ]
    ends += ["smoothing 26 samples", "echo 0.1 s 0.1", "echo 0.1 s 0.9", "high-pass 0.1 of Nyquist"]
    ends += ["low-pass 0.5 of Nyquist", "pitch -2 semitones", "pitch +0.5 semitones", "time stretch 0.7"]
    ends += [
        "time stretch 1.5",
        "quantised to 4 levels",
        "quantised to 1024 levels",
        "mp3 8 kbps",
        "mp3 40 kbps",
    ]
    ends += ["opus 1 kbps", "opus 31 kbps", "reverberation 0.9 s", "aac 16 kbps", "packet loss 20%"]
    assert logs.issuperset([*ends, "clipped 18 dB and levelled"])
    assert not any(isinstance(change, Babble) for change in published()), "no babble without voices"


@pytest.mark.parametrize("snr_db", [5.0, 40.0])
def test_noise_and_babble_lie_as_far_below_as_they_say(snr_db: float) -> None:
    clean = speech()
    for change in (GaussianNoise(snr_db), Babble(snr_db, voice)):
        noise = change(clean, RATE, chance()).samples - clean
        assert 20 * np.log10(level(clean) / level(noise)) == pytest.approx(snr_db, abs=0.05)
    silence = np.zeros(800, np.float32)
    assert not GaussianNoise(snr_db)(silence, RATE, chance()).samples.any()


def test_an_echo_is_the_clip_later_and_softer() -> None:
    click = np.zeros(RATE, np.float32)
    click[100] = 0.5
    heard = Echo(0.1, 0.3)(click, RATE, chance()).samples
    assert np.flatnonzero(heard).tolist() == [100, 1700] and heard[1700] == pytest.approx(0.15)
    short = np.ones(50, np.float32)
    np.testing.assert_array_equal(Echo(0.1, 0.3)(short, RATE, chance()).samples, short)


def test_filters_keep_one_side_and_drop_the_other() -> None:
    low, high = tone(500), tone(7000)
    for change, kept, dropped in (
        (LowPass(0.3), low, high),
        (HighPass(0.5), high, low),
        (Smooth(6), low, high),
    ):
        assert level(change(kept, RATE, chance()).samples) > 0.9 * level(kept)
        assert level(change(dropped, RATE, chance()).samples) < 0.3 * level(dropped)


@pytest.mark.parametrize("levels", [4, 9, 1024])
def test_quantised_has_so_many_levels(levels: int) -> None:
    ramp = np.linspace(-1, 1, 5000, dtype=np.float32)
    heard = Quantise(levels)(ramp, RATE, chance()).samples
    assert len(np.unique(heard)) == levels and np.abs(heard - ramp).max() <= 1 / (levels - 1) + 1e-6


@pytest.mark.parametrize(
    "change", [Mp3(24), Opus(24), Aac(32), Smooth(6), Pitch(0.01), Reverberation(0.2)], ids=str
)
def test_nothing_moves(change: Change) -> None:
    """Encoders put some samples before the sound; the places of the words must stay."""
    clean = speech()
    assert abs(lag(clean, change(clean, RATE, chance()).samples)) <= 8


def test_codecs_are_worse_at_fewer_bits_and_say_what_they_took() -> None:
    clean = speech()
    for codec in (Mp3, Opus, Aac):
        near, far = codec(32)(clean, RATE, chance()), codec(16)(clean, RATE, chance())
        assert level(near.samples - clean) < level(far.samples - clean)
    assert float(Opus(1)(clean, RATE, chance()).log.split()[-1]) > 4, "Opus has no less to give"


@pytest.mark.parametrize("semitones", [-2.0, 2.0])
def test_pitch_moves_a_tone(semitones: float) -> None:
    heard = Pitch(semitones)(tone(440), RATE, chance()).samples
    strongest = float(np.argmax(np.abs(np.fft.rfft(heard)))) * RATE / len(heard)
    assert strongest == pytest.approx(440 * 2 ** (semitones / 12), rel=0.01)


@pytest.mark.parametrize("speed", [0.7, 1.5])
def test_a_stretch_changes_the_length_and_no_pitch(speed: float) -> None:
    change = TimeStretch(speed)
    heard = change(tone(440), RATE, chance()).samples
    assert len(heard) == pytest.approx(RATE / speed, abs=8) and change.growth == max(1, 1 / speed)
    assert float(np.argmax(np.abs(np.fft.rfft(heard)))) * RATE / len(heard) == pytest.approx(440, rel=0.01)


def test_a_room_dies_away_as_long_as_it_says() -> None:
    click = np.zeros(RATE, np.float32)
    click[0] = 1
    tail = np.square(Reverberation(0.5)(click, RATE, chance()).samples.astype(np.float64))
    left = np.cumsum(tail[::-1])[::-1]
    at_s = [np.argmax(left[1:] < left[1] * 10 ** (-down / 10)) / RATE for down in (5, 25)]
    assert 3 * (at_s[1] - at_s[0]) == pytest.approx(0.5, rel=0.1), "Schroeder's backward integral"


def test_so_many_packets_are_lost_and_filled() -> None:
    heard = PacketLoss(0.1)(speech(20), RATE, chance()).samples.reshape(-1, 320)
    same = np.abs(heard - speech(20).reshape(-1, 320)).max(axis=1) < 1e-6
    assert 1 - same.mean() == pytest.approx(0.1, abs=0.03)
    lost = np.flatnonzero(~same)
    assert (np.diff(lost) == 1).mean() > 0.4, "in bursts"
    np.testing.assert_allclose(heard[lost[0]], heard[lost[0] - 1] * 0.6, rtol=1e-4, atol=1e-7)


def test_clipping_and_gain_bring_soft_and_loud_together() -> None:
    both = np.concatenate([speech(2) * 0.1, speech(2)])
    heard = ClippedAgc(12)(both, RATE, chance()).samples
    apart = [level(part[2 * RATE : 4 * RATE]) / level(part[: 2 * RATE]) for part in (both, heard)]
    assert apart[1] < apart[0] / 3
    crest = [
        np.abs(part).max() / level(part)
        for part in (speech(2), ClippedAgc(18)(speech(2), RATE, chance()).samples)
    ]
    assert crest[1] < crest[0]


def test_a_share_of_the_clips_is_stressed_and_each_kind_as_often() -> None:
    stress = Stress([GaussianNoise(5), GaussianNoise(10), GaussianNoise(20), Echo(0.1, 0.5)], share=0.5)
    logs = [stress(speech(0.1), RATE, chance(seed)).log for seed in range(600)]
    noisy, echoed = (sum(log.startswith(word) for log in logs) for word in ("gaussian", "echo"))
    assert logs.count("") == pytest.approx(300, abs=50)
    assert noisy == pytest.approx(150, abs=40) and echoed == pytest.approx(150, abs=40)
    assert Stress([TimeStretch(0.8), TimeStretch(1.5)]).growth == 1.25
    with pytest.raises(ValueError, match="0 corruptions"):
        Stress([])


def test_louder_noise_is_louder() -> None:
    clean = speech()
    noise = [
        level(GaussianNoise(snr_db)(clean, RATE, chance()).samples - clean) for snr_db in (5, 10, 20, 40)
    ]
    assert all(one > other for one, other in pairwise(noise))
