"""Pitch and pace, each without the other, by Signalsmith Stretch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from wavelode.datasets.collate import Changed, Wave
from wavelode.schemas.errors import MissingDependency

_SEED = 1
"""The library has chance of its own; with a seed the same clip always sounds the same."""


@dataclass(frozen=True, slots=True)
class Pitch:
    """Higher or lower by so many semitones; as long as before."""

    semitones: float
    growth: ClassVar[float] = 1.0

    def __str__(self) -> str:
        return f"pitch {self.semitones:+g} semitones"

    def __call__(self, samples: Wave, rate: int, chance: np.random.Generator) -> Changed:
        stretch = _stretch(rate)
        stretch.setTransposeSemitones(self.semitones)
        return Changed(_processed(stretch, samples), str(self))


@dataclass(frozen=True, slots=True)
class TimeStretch:
    """So many times as fast, at the same pitch: the clip's length and the times of its words are divided by it."""

    speed: float

    @property
    def growth(self) -> float:
        return max(1.0, 1 / self.speed)

    def __str__(self) -> str:
        return f"time stretch {self.speed:g}"

    def __call__(self, samples: Wave, rate: int, chance: np.random.Generator) -> Changed:
        stretch = _stretch(rate)
        stretch.setTimeFactor(self.speed)
        # The library may give a sample more; no batch may be longer than planned.
        return Changed(_processed(stretch, samples)[: int(len(samples) / self.speed)], str(self))


def _stretch(rate: int) -> Any:
    try:
        from python_stretch.Signalsmith import Stretch
    except ImportError as error:
        raise MissingDependency(
            "pitch and pace need python-stretch: pip install 'wavelode[stress]'"
        ) from error
    stretch = Stretch(_SEED)
    stretch.preset(1, float(rate))
    return stretch


def _processed(stretch: Any, samples: Wave) -> Wave:
    changed: Wave = np.asarray(stretch.process(samples[None, :]), np.float32)[0]
    return changed
