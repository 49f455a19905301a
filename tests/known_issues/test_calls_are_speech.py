"""Speech that came by telephone was missed by the detector of speech, of some voices wholly, and called noise."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from tests.sounds import Floats, bursts
from wavelode.infra.demo.sound import rms, telephone
from wavelode.pipelines.models.base import FRAME_SAMPLES
from wavelode.pipelines.models.silero import SileroDetector
from wavelode.pipelines.stages.speech import heard
from wavelode.schemas.time import WORKING_RATE_HZ

ONSET = 0.5


class KnowsFundamentals:
    """Takes a frame for speech where a thousandth of its power or more lies below 190 Hz."""

    name = "knows-fundamentals"

    def load(self) -> None:
        """Nothing to load."""

    def probabilities(self, samples: Floats) -> Floats:
        frames = samples.reshape(-1, FRAME_SAMPLES) * np.hanning(FRAME_SAMPLES)
        power = np.square(np.abs(np.fft.rfft(frames)))
        low = power[:, : round(190 * FRAME_SAMPLES / WORKING_RATE_HZ)].sum(axis=1)
        found: Floats = (low > 0.001 * power.sum(axis=1)).astype(np.float32)
        return found

    def unload(self) -> None:
        """Nothing to unload."""


def voice(frames: int) -> Floats:
    at = np.arange(frames * FRAME_SAMPLES) / WORKING_RATE_HZ
    return (
        sum(np.sin(2 * np.pi * 120 * k * at + k * k) / k**0.8 for k in range(1, 60)).astype(np.float32) / 20
    )


def test_a_call_is_heard_again_with_its_depths() -> None:
    """Only the call: sound with depths of its own is what the detector said it was."""
    call, hiss = telephone(voice(256), WORKING_RATE_HZ), bursts(256 * FRAME_SAMPLES / WORKING_RATE_HZ, 1)
    detector = KnowsFundamentals()
    assert detector.probabilities(call).max() == 0
    found = heard(detector, np.concatenate([hiss, call, hiss]), ONSET)
    assert found.shape == (3 * 256,)
    assert found[256 + 8 : 512 - 8].mean() > 0.9
    for sound in (voice(256), hiss, np.full(256 * FRAME_SAMPLES, np.nan, np.float32)):
        assert np.array_equal(heard(detector, sound, ONSET), detector.probabilities(sound))


def test_a_voice_by_telephone_is_speech(tmp_path: Path) -> None:
    if shutil.which("flite") is None:
        pytest.skip("needs flite to speak")
    text = "The council met on Tuesday and decided that the wells would be opened again in spring."
    subprocess.run(["flite", "-voice", "kal16", "-t", text, "-o", tmp_path / "said.wav"], check=True)
    said, rate = soundfile.read(tmp_path / "said.wav", dtype="float32")
    detector = SileroDetector()
    detector.load()
    wide = soxr.resample(said, rate, WORKING_RATE_HZ)
    clear = telephone(wide, WORKING_RATE_HZ)[: len(wide)]
    call = (2 * clear + np.random.default_rng(0).normal(0, 0.02 * rms(clear), len(wide))).astype(np.float32)
    spoken = detector.probabilities(wide) >= ONSET
    assert (detector.probabilities(call)[spoken] >= ONSET).mean() < 0.6
    assert (heard(detector, call, ONSET)[spoken] >= ONSET).mean() > 0.9
