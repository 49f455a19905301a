"""Filters, an echo, coarse steps: what costs no more than a pass over the samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from wavelode.datasets.collate import Changed, Wave

_ORDER = 5


@dataclass(frozen=True, slots=True)
class Smooth:
    """The mean of so many samples around each."""

    samples: int
    growth: ClassVar[float] = 1.0

    def __str__(self) -> str:
        return f"smoothing {self.samples} samples"

    def __call__(self, samples: Wave, rate: int, chance: np.random.Generator) -> Changed:
        window = np.full(self.samples, 1 / self.samples, np.float32)
        half = self.samples // 2
        smooth = np.convolve(samples, window)[half : half + len(samples)]
        return Changed(smooth.astype(np.float32), str(self))


@dataclass(frozen=True, slots=True)
class Echo:
    """The clip once more, so many seconds later, at a share of its volume."""

    delay_s: float
    volume: float
    growth: ClassVar[float] = 1.0

    def __str__(self) -> str:
        return f"echo {self.delay_s:g} s {self.volume:g}"

    def __call__(self, samples: Wave, rate: int, chance: np.random.Generator) -> Changed:
        late = round(self.delay_s * rate)
        echoed = samples.copy()
        echoed[late:] += np.float32(self.volume) * samples[: max(0, len(samples) - late)]
        return Changed(echoed, str(self))


@dataclass(frozen=True, slots=True)
class HighPass:
    """Butterworth of order 5 from this share of the Nyquist frequency up."""

    share: float
    growth: ClassVar[float] = 1.0

    def __str__(self) -> str:
        return f"high-pass {self.share:g} of Nyquist"

    def __call__(self, samples: Wave, rate: int, chance: np.random.Generator) -> Changed:
        return Changed(_butterworth(samples, self.share, "highpass"), str(self))


@dataclass(frozen=True, slots=True)
class LowPass:
    """Butterworth of order 5 up to this share of the Nyquist frequency."""

    share: float
    growth: ClassVar[float] = 1.0

    def __str__(self) -> str:
        return f"low-pass {self.share:g} of Nyquist"

    def __call__(self, samples: Wave, rate: int, chance: np.random.Generator) -> Changed:
        return Changed(_butterworth(samples, self.share, "lowpass"), str(self))


def _butterworth(samples: Wave, share: float, kind: str) -> Wave:
    from scipy.signal import butter, sosfilt

    sections: Any = butter(_ORDER, share, kind, output="sos")
    filtered: Wave = sosfilt(sections, samples).astype(np.float32)
    return filtered


@dataclass(frozen=True, slots=True)
class Quantise:
    """So many levels from -1 to 1."""

    levels: int
    growth: ClassVar[float] = 1.0

    def __str__(self) -> str:
        return f"quantised to {self.levels} levels"

    def __call__(self, samples: Wave, rate: int, chance: np.random.Generator) -> Changed:
        step = np.float32(2 / (self.levels - 1))
        coarse: Wave = np.rint((samples + 1) / step) * step - 1
        return Changed(np.clip(coarse, -1, 1), str(self))
