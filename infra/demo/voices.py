"""Speech from text by flite, a small synthesiser that is a program of its own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from wavelode.schemas.errors import MissingDependency

Wave = NDArray[np.float32]

_TIMEOUT_S = 60
_QUIET_DB = -42.0
_FRAME_S = 0.005
_SPEECH_RMS = 0.08


@dataclass(frozen=True, slots=True)
class Utterance:
    """One sentence by one voice; `pace` 1.1 is a tenth faster than the voice is by itself."""

    voice: str
    text: str
    pace: float = 1.0


def speak(utterances: Iterable[Utterance], rate_hz: int) -> dict[Utterance, Wave]:
    """Each utterance as samples (T,) at `rate_hz`, without the silence around it, all equally loud.

    Raises:
        MissingDependency: where flite is not installed.
    """
    if not shutil.which("flite"):
        raise MissingDependency(
            "the demo's voices need the program flite; "
            "install it with 'apt-get install flite' or 'brew install flite' and run again"
        )
    wanted = list(dict.fromkeys(utterances))
    with ThreadPoolExecutor() as pool:
        waves = pool.map(lambda utterance: _say(utterance, rate_hz), wanted)
        return dict(zip(wanted, waves, strict=True))


def _say(utterance: Utterance, rate_hz: int) -> Wave:
    import soxr  # an extra

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        stretch = f"duration_stretch={1 / utterance.pace:.3f}"
        command = [
            "flite",
            "-voice",
            utterance.voice,
            "--setf",
            stretch,
            "-t",
            utterance.text,
            "-o",
            str(path),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT_S)
        wave, native_rate_hz = soundfile.read(path, dtype="float32")
    spoken = _without_silence(wave, native_rate_hz)
    resampled: Wave = soxr.resample(spoken, native_rate_hz, rate_hz, quality="HQ").astype(np.float32)
    return resampled * np.float32(_SPEECH_RMS / np.sqrt(np.mean(resampled**2)))


def _without_silence(wave: Wave, rate_hz: int) -> Wave:
    """Cuts before the first and after the last frame that is within 42 dB of the loudest."""
    size = round(_FRAME_S * rate_hz)
    frames = wave[: len(wave) // size * size].reshape(-1, size)
    power_db = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-12)
    loud = np.flatnonzero(power_db > power_db.max() + _QUIET_DB)
    return wave[loud[0] * size : (loud[-1] + 1) * size]
