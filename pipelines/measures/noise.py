"""How far speech stands above the noise around it, in two ways that err differently."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wavelode.schemas.time import WORKING_RATE_HZ

Floats = NDArray[np.float32]

FRAME_SAMPLES = WORKING_RATE_HZ // 50
"""20 ms."""
LEAST_SNR_DB, MOST_SNR_DB = -20.0, 80.0
_LEAST_PAUSE_FRAMES = 10
_QUIETEST = 0.1
_SILENCE = 1e-5
"""A third of the smallest step of 16 bits: nobody's voice."""
_WADA_DB = np.arange(-12.0, 61.0, 4.0)
_WADA_SHAPE = np.array(
    [
        *(0.4104, 0.4148, 0.4285, 0.4616, 0.5231, 0.6136, 0.7241, 0.8416, 0.9558, 1.0604),
        *(1.1527, 1.2323, 1.3000, 1.3572, 1.4052, 1.4453, 1.4789, 1.5068, 1.5300),
    ]
)
"""Of simulated sums of gamma and Gaussian amplitudes; a test simulates them again."""


def frame_powers(samples: Floats) -> NDArray[np.float64]:
    """Mean square of each whole frame of samples (T,), (F,)."""
    frames = len(samples) // FRAME_SAMPLES
    cut = samples[: frames * FRAME_SAMPLES].reshape(frames, FRAME_SAMPLES).astype(np.float64)
    powers: NDArray[np.float64] = np.square(cut).mean(axis=1)
    return powers


def snr_db(speech: NDArray[np.float64], pauses: NDArray[np.float64]) -> float | None:
    """Speech over noise in dB; None where there is too little of either.

    Noise is what is left in the pauses. Where the clip's surroundings have hardly any, it is the quietest tenth of
    the clip, which may hold soft speech: then the figure is a little too low, never too high by much.

    Args:
        speech: powers of the frames of the clip, (F,).
        pauses: powers of frames near it in which nobody speaks.
    """
    if len(speech) < _LEAST_PAUSE_FRAMES:
        return None
    if len(pauses) < _LEAST_PAUSE_FRAMES:
        pauses = np.sort(speech)[: max(1, round(_QUIETEST * len(speech)))]
    noise = max(float(np.median(pauses)), 1e-12)
    over = max(float(speech.mean()) - noise, 1e-12)
    return float(np.clip(10 * np.log10(over / noise), LEAST_SNR_DB, MOST_SNR_DB))


def wada_snr_db(samples: Floats) -> float | None:
    """Speech over noise in dB from the shape of the amplitudes alone, from -12 to 60; needs no pauses.

    Waveform amplitude distribution analysis (Kim and Stern, Interspeech 2008): speech is gamma distributed with
    shape 0.4, noise is Gaussian, and ln E|z| - E ln|z| of their sum tells the ratio of their powers.

    Args:
        samples: (T,) in [-1, 1).
    """
    loud = np.abs(samples - samples.mean()) if len(samples) else samples
    loud = loud[loud > _SILENCE].astype(np.float64)
    if len(loud) < WORKING_RATE_HZ // 2:
        return None
    shape = float(np.log(loud.mean()) - np.log(loud).mean())
    return float(np.interp(shape, _WADA_SHAPE, _WADA_DB))
