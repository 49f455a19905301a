"""Noise at a set distance below the speech."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np

from wavelode.datasets.audio import decode_flac
from wavelode.datasets.collate import Changed, Wave

if TYPE_CHECKING:
    from wavelode.datasets.corpus import Corpus


class Voices(Protocol):
    """Where the voices of babble come from; can be pickled."""

    def __call__(self, chance: np.random.Generator) -> Wave:
        """One voice, (T,)."""
        ...


@dataclass(frozen=True, slots=True)
class CorpusVoices:
    """Clips of a corpus, any of them."""

    corpus: Corpus

    def __call__(self, chance: np.random.Generator) -> Wave:
        return decode_flac(self.corpus.read(int(chance.integers(len(self.corpus)))))[0]


@dataclass(frozen=True, slots=True)
class GaussianNoise:
    """White noise `snr_db` below the clip."""

    snr_db: float
    growth: ClassVar[float] = 1.0

    def __str__(self) -> str:
        return f"gaussian noise {self.snr_db:g} dB"

    def __call__(self, samples: Wave, rate: int, chance: np.random.Generator) -> Changed:
        noise = chance.standard_normal(len(samples), np.float32)
        return Changed(mixed(samples, noise, self.snr_db), str(self))


@dataclass(frozen=True, slots=True)
class Babble:
    """So many others who speak at once, together `snr_db` below the clip."""

    snr_db: float
    voices: Voices
    number: int = 5
    growth: ClassVar[float] = 1.0

    def __str__(self) -> str:
        return f"babble {self.snr_db:g} dB"

    def __call__(self, samples: Wave, rate: int, chance: np.random.Generator) -> Changed:
        noise = np.zeros(len(samples), np.float32)
        for _ in range(self.number):
            voice = self.voices(chance)
            start = int(chance.integers(max(1, len(voice))))
            noise += _as_loud(np.resize(np.roll(voice, -start), len(samples)))
        return Changed(mixed(samples, noise, self.snr_db), str(self))


def mixed(samples: Wave, noise: Wave, snr_db: float) -> Wave:
    """Noise below samples by so many decibels of mean power; of silence, silence."""
    power, of_noise = _power(samples), _power(noise)
    if not of_noise:
        return samples
    scaled: Wave = samples + noise * np.float32(np.sqrt(power / of_noise / 10 ** (snr_db / 10)))
    return scaled


def _power(samples: Wave) -> float:
    return float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0


def _as_loud(voice: Wave) -> Wave:
    power = _power(voice)
    return voice / np.float32(np.sqrt(power)) if power else voice
