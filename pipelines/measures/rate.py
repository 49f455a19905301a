"""How fast somebody speaks, from the sound alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wavelode.schemas.time import WORKING_RATE_HZ

Floats = NDArray[np.float32]

_HOP = WORKING_RATE_HZ // 100
_SMOOTH_FRAMES = 9
"""90 ms: shorter than a syllable, longer than a period of the voice."""
_DIP_DB = 2.0
_BELOW_PEAK_DB = 25.0
_VOICE_HZ = (300.0, 3300.0)
_LEAST_S = 1.0


def syllables_per_s(samples: Floats) -> float | None:
    """Peaks of loudness per second, pauses included; None for less than a second, or silence.

    A peak counts where the level between 0.3 and 3.3 kHz dips by 2 dB or more before the next one and is no more than
    25 dB below the loudest (after de Jong & Wempe 2009, who also ask for voicing). Two syllables without a dip
    between them count once: figures are some 10 to 20 % below what people count.

    Args:
        samples: (T,) in [-1, 1) at the working rate.
    """
    if len(samples) < _LEAST_S * WORKING_RATE_HZ:
        return None
    level = _level_db(samples)
    if level.max() < -70:
        return None
    return _peaks(level, float(level.max()) - _BELOW_PEAK_DB) / (len(samples) / WORKING_RATE_HZ)


def _level_db(samples: Floats) -> NDArray[np.float64]:
    """Smoothed level of the voice's band in steps of 10 ms, (F,)."""
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(len(samples), 1 / WORKING_RATE_HZ)
    spectrum[(hz < _VOICE_HZ[0]) | (hz > _VOICE_HZ[1])] = 0
    voice = np.fft.irfft(spectrum, len(samples))
    frames = voice[: len(voice) // _HOP * _HOP].reshape(-1, _HOP)
    window = np.hanning(_SMOOTH_FRAMES + 2)[1:-1]
    power = np.convolve(np.square(frames).mean(axis=1), window / window.sum(), mode="same")
    level: NDArray[np.float64] = 10 * np.log10(np.maximum(power, 1e-12))
    return level


def _peaks(level: NDArray[np.float64], floor: float) -> int:
    """How many peaks above `floor` are parted by dips."""
    count, high, low = 0, -np.inf, np.inf
    rising = True
    for value in level:
        if rising:
            high = max(high, value)
            if value < high - _DIP_DB:
                count += high > floor
                rising, low = False, value
        else:
            low = min(low, value)
            if value > low + _DIP_DB:
                rising, high = True, value
    return int(count + (rising and high > floor))
