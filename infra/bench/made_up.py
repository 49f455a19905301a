"""A small archive of bursts of noise and sentences of made-up words, for benches that run the fake models over it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from wavelode.schemas.time import WORKING_RATE_HZ

_SYLLABLES = ("ba", "de", "kin", "lo", "mur", "na", "pel", "ris", "so", "ta", "ven", "shi")
_WORDS_PER_S = 2


def make_archive(folder: Path, count: int, duration_s: float, suffix: str = ".wav") -> Path:
    """`count` recordings in ``audio`` and as many documents in ``papers``, named alike; the same at every call."""
    for name in ("audio", "papers"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for at in range(count):
        rng = np.random.default_rng(at)
        soundfile.write(folder / "audio" / f"made{at}{suffix}", _bursts(duration_s, rng), WORKING_RATE_HZ)
        (folder / "papers" / f"made{at}.txt").write_text(_paper(duration_s, rng), encoding="utf-8")
    return folder


def _bursts(duration_s: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Noise (T,) in bursts of one to three seconds, half a second of silence between them."""
    out = np.zeros(round(duration_s * WORKING_RATE_HZ), np.float32)
    at = WORKING_RATE_HZ // 2
    while at < len(out) - WORKING_RATE_HZ:
        end = min(at + int(rng.uniform(1, 3) * WORKING_RATE_HZ), len(out))
        out[at:end] = rng.normal(0, 0.1, end - at).clip(-1, 1)
        at = end + WORKING_RATE_HZ // 2
    return out


def _paper(duration_s: float, rng: np.random.Generator) -> str:
    sentences = [
        " ".join("".join(rng.choice(_SYLLABLES, rng.integers(1, 4))) for _ in range(10)).capitalize() + "."
        for _ in range(max(1, round(duration_s * _WORDS_PER_S / 10)))
    ]
    return "\n\n".join(sentences)
