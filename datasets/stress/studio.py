"""What radio does to a voice besides its codecs: the room, the link, the processor before the transmitter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from wavelode.datasets.collate import Changed, Wave

_PACKET_S = 0.02
_BURST = 2.5
"""Lost packets follow on each other: so many at once on average (Gilbert's model of two states)."""
_FADE = 0.6
"""A lost packet is filled with the one before it, each time quieter by this."""
_ATTACK_S, _RELEASE_S = 0.01, 0.3
_TARGET = 0.1
_MOST_GAIN = 10.0
_FRAME_S = 0.005


@dataclass(frozen=True, slots=True)
class Reverberation:
    """A room whose sound falls by 60 dB in `rt60_s` (noise that dies away exponentially; Polack 1988).

    The first wave comes at once and is as loud as all that follow.
    """

    rt60_s: float
    growth: ClassVar[float] = 1.0

    def __str__(self) -> str:
        return f"reverberation {self.rt60_s:g} s"

    def __call__(self, samples: Wave, rate: int, chance: np.random.Generator) -> Changed:
        from scipy.signal import fftconvolve

        time_s = np.arange(round(self.rt60_s * rate)) / rate
        tail = chance.standard_normal(len(time_s)) * 10 ** (-3 * time_s / self.rt60_s)
        tail /= np.sqrt(np.square(tail).sum())
        tail[0] = 1.0
        heard = fftconvolve(samples, tail)[: len(samples)]
        return Changed((heard / np.sqrt(2)).astype(np.float32), str(self))


@dataclass(frozen=True, slots=True)
class PacketLoss:
    """A share of the packets of 20 ms is lost in bursts; the last one that came is repeated, quieter and quieter."""

    share: float
    growth: ClassVar[float] = 1.0

    def __str__(self) -> str:
        return f"packet loss {self.share:.0%}"

    def __call__(self, samples: Wave, rate: int, chance: np.random.Generator) -> Changed:
        size = round(_PACKET_S * rate)
        heard = np.pad(samples, (0, -len(samples) % size)).reshape(-1, size)
        for at, lost in enumerate(self._lost(len(heard), chance)):
            if lost:
                heard[at] = heard[at - 1] * np.float32(_FADE) if at else 0
        return Changed(heard.reshape(-1)[: len(samples)], str(self))

    def _lost(self, packets: int, chance: np.random.Generator) -> list[bool]:
        stay, begin = 1 - 1 / _BURST, self.share / (1 - self.share) / _BURST
        lost, now = [], False
        for draw in chance.random(packets):
            now = bool(draw < (stay if now else begin))
            lost.append(now)
        return lost


@dataclass(frozen=True, slots=True)
class ClippedAgc:
    """Driven `drive_db` into hard limits, then levelled by an automatic gain that reacts within 10 and 300 ms."""

    drive_db: float
    growth: ClassVar[float] = 1.0

    def __str__(self) -> str:
        return f"clipped {self.drive_db:g} dB and levelled"

    def __call__(self, samples: Wave, rate: int, chance: np.random.Generator) -> Changed:
        peak = float(np.abs(samples).max(initial=0))
        if not peak:
            return Changed(samples, str(self))
        limit = peak / 10 ** (self.drive_db / 20)
        clipped = np.clip(samples, -limit, limit)
        levelled = clipped * _gain(clipped, rate)
        return Changed(np.clip(levelled, -1, 1).astype(np.float32), str(self))


def _gain(samples: Wave, rate: int) -> Wave:
    """What brings the level to the target, frame by frame, faster down than up; (T,)."""
    size = round(_FRAME_S * rate)
    frames = np.pad(samples, (0, -len(samples) % size)).reshape(-1, size)
    levels = np.sqrt(np.square(frames, dtype=np.float64).mean(axis=1))
    attack, release = np.exp(-_FRAME_S / _ATTACK_S), np.exp(-_FRAME_S / _RELEASE_S)
    level, followed = levels[0], np.empty(len(levels))
    for at, now in enumerate(levels):
        keep = attack if now > level else release
        level = keep * level + (1 - keep) * now
        followed[at] = level
    gains = np.minimum(_TARGET / np.maximum(followed, 1e-9), _MOST_GAIN)
    return np.interp(np.arange(len(samples)), (np.arange(len(gains)) + 0.5) * size, gains).astype(np.float32)
