"""Two channels mixed with a gain of 3 dB clipped loud broadcasts; they are averaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.datasets.test_audio import whole
from tests.sounds import tone


def test_stereo_sides_are_mixed_alike(tmp_path: Path) -> None:
    """A reporter who is on the right channel only must be heard."""
    sides = np.stack([np.zeros(16000, np.float32), tone(1.0)], axis=1)
    soundfile.write(tmp_path / "a.wav", sides, 16000)
    level = np.sqrt(2 * np.mean((whole(tmp_path / "a.wav") / 32768) ** 2))
    assert level == pytest.approx(0.125, rel=0.05)
