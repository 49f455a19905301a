"""Speech that came over a telephone line: how to know it, and how to give it back what the line took."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wavelode.pipelines.measures.spectrum import loud_bandwidth_hz
from wavelode.schemas.time import WORKING_RATE_HZ

Floats = NDArray[np.float32]

WINDOW_SAMPLES = 2 * WORKING_RATE_HZ
"""What is judged at once."""
LEAST_SAMPLES = WORKING_RATE_HZ * 9 // 10
"""Of less the spectrum of speech is not known."""
_LINE_HZ = 4500.0
"""A line ends at 3.4 to 4 kHz; a bright voice is heard a little beyond that."""
_DEEP_HZ, _VOICE_HZ, _HIGH_HZ = (60.0, 220.0), (350.0, 1000.0), (4500.0, 7500.0)
_LACK, _GONE = 0.03, 1e-4
"""The depths of a voice by telephone are 15 dB below its middle or more, its heights 40 dB or cut off at an edge."""
_FUNDAMENTAL_HZ = (60.0, 300.0)
_DEPTHS = 2.0
_LOUDNESS, _MOST_GAIN = 0.03, 10.0
_LEVEL_SAMPLES = WORKING_RATE_HZ // 2
_LOUD_QUANTILE = 0.8


def by_line(samples: Floats) -> bool:
    """Whether sound (T,) lacks what a telephone line takes, depths and heights.

    An old recording may lack the heights alone, and a call whose depths came through is not told from one.
    """
    if len(samples) < LEAST_SAMPLES:
        return False
    power = np.square(np.abs(np.fft.rfft(samples)))
    hz = np.fft.rfftfreq(len(samples), 1 / WORKING_RATE_HZ)
    bands = (_DEEP_HZ, _VOICE_HZ, _HIGH_HZ)
    deep, voice, high = (float(power[(hz >= low) & (hz < past)].mean()) for low, past in bands)
    if deep >= _LACK * voice:
        return False
    width = loud_bandwidth_hz(samples)
    return high < _GONE * voice or (width is not None and width <= _LINE_HZ)


def with_depths(samples: Floats) -> Floats:
    """Speech (T,) off a line as a microphone would have it: with a fundamental, and neither soft nor loud.

    The positive half of a voice's wave swings at the pitch its harmonics share, though the line carries none of it:
    that half below 300 Hz is added. It serves detectors that miss the depths; nobody would like to listen to it.
    """
    depths = _band(np.maximum(samples, 0), *_FUNDAMENTAL_HZ)
    parts = samples[: len(samples) // _LEVEL_SAMPLES * _LEVEL_SAMPLES].reshape(-1, _LEVEL_SAMPLES)
    levels = np.sqrt(np.square(parts if len(parts) else samples[None]).mean(axis=1))
    loud = max(float(np.quantile(levels, _LOUD_QUANTILE)), 1e-9)
    found: Floats = (samples + np.float32(_DEPTHS) * depths) * np.float32(min(_MOST_GAIN, _LOUDNESS / loud))
    return found


def _band(samples: Floats, low_hz: float, high_hz: float) -> Floats:
    """The same between two frequencies, with gentle edges."""
    size = 1 << (len(samples) - 1).bit_length()
    hz = np.fft.rfftfreq(size, 1 / WORKING_RATE_HZ)
    slopes = 1 / (1 + (low_hz / np.maximum(hz, 1.0)) ** 8) / (1 + (hz / high_hz) ** 8)
    kept: Floats = np.fft.irfft(np.fft.rfft(samples, size) * slopes)[: len(samples)].astype(np.float32)
    return kept
