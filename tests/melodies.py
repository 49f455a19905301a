"""Made-up sound with as many spectral peaks as speech has: short tones at random pitches over soft noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 16_000


def melody(seconds: float, seed: int) -> NDArray[np.float32]:
    """Samples (T,) in [-1, 1)."""
    random = np.random.default_rng(seed)
    samples = random.normal(0, 0.002, round(seconds * RATE))
    for _ in range(round(8 * seconds)):
        length = int(random.integers(RATE // 16, RATE // 5))
        at = int(random.integers(0, max(1, len(samples) - length)))
        hz = 200 * 2 ** random.uniform(0, 4)
        piece = samples[at : at + length]
        piece += 0.08 * np.sin(2 * np.pi * hz / RATE * np.arange(len(piece))) * np.hanning(len(piece))
    return np.clip(samples, -0.99, 0.99).astype(np.float32)
