"""The forms in which CTC models hear a sound: its samples, or the energies of bands of it.

Each is one sound's own, scaled as the models were trained with, and padded, because they hear batches of one length.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavelode.schemas.time import WORKING_RATE_HZ

Floats = NDArray[np.float32]
Form = Callable[[Floats, int], tuple[Floats, int]]
"""Samples (T,) and the length T' >= T to pad them to; gives what the model hears, (N,) or (N, D), and how many of the N
are the sound's own."""

_BANDS = 80
_LOWEST_HZ, _HIGHEST_HZ = 20.0, 8000.0
_STACKED = 2
BANK_WIDTH = _STACKED * _BANDS
_FULL_SCALE = 2.0**15
_FRAME_SAMPLES, _STEP_SAMPLES = WORKING_RATE_HZ // 40, WORKING_RATE_HZ // 100
_LEAST_VARIANCE = 1e-7


def samples(sound: Floats, whole: int) -> tuple[Floats, int]:
    """Zero mean and unit variance: wav2vec 2.0 and its kin. Gives (whole,)."""
    scaled = (sound - sound.mean()) / np.sqrt(sound.var() + _LEAST_VARIANCE)
    return np.pad(scaled.astype(np.float32), (0, whole - len(sound))), len(sound)


def filter_banks(sound: Floats, whole: int) -> tuple[Floats, int]:
    """Log energies of 80 mel bands every 10 ms, each band scaled, two frames side by side: Wav2Vec2-BERT.

    As Kaldi computes them, of 16-bit samples; the zeros of padding are each band's mean. Gives (N, 160), 20 ms each.

    Args:
        sound: at least two frames of 25 ms.
    """
    bands = _bands(sound).astype(np.float64)  # in silence a rounded mean would be divided by nearly nothing
    scaled = (bands - bands.mean(axis=0)) / np.sqrt(bands.var(axis=0, ddof=1) + _LEAST_VARIANCE)
    frames = _STACKED * (_frames(whole) // _STACKED)
    padded = np.zeros((frames, _BANDS), np.float32)
    padded[: len(scaled)] = scaled[:frames]
    return padded.reshape(-1, BANK_WIDTH), -(-min(len(scaled), frames) // _STACKED)


def filter_banks_at_hand() -> Form:
    """Raises:
    ImportError: if what computes them is absent.
    """
    import kaldi_native_fbank  # noqa: F401

    return filter_banks


def _frames(count: int) -> int:
    """Whole frames in so many samples."""
    return 1 + (count - _FRAME_SAMPLES) // _STEP_SAMPLES


def _bands(sound: Floats) -> Floats:
    """(F, 80)."""
    from kaldi_native_fbank import OnlineFbank

    found = OnlineFbank(_options())
    found.accept_waveform(WORKING_RATE_HZ, (sound * _FULL_SCALE).tolist())
    found.input_finished()
    return np.stack([found.get_frame(at) for at in range(found.num_frames_ready)])


def _options() -> Any:
    from kaldi_native_fbank import FbankOptions

    options = FbankOptions()
    options.frame_opts.dither = 0.0
    options.mel_opts.num_bins = _BANDS
    options.mel_opts.low_freq, options.mel_opts.high_freq = _LOWEST_HZ, _HIGHEST_HZ
    return options
