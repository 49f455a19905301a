"""Which corruption a clip gets: a wrapper that draws one, and the two sets to draw from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wavelode.datasets.collate import Change, Changed, Wave
from wavelode.datasets.stress.codecs import Aac, Mp3, Opus
from wavelode.datasets.stress.filters import Echo, HighPass, LowPass, Quantise, Smooth
from wavelode.datasets.stress.noise import Babble, GaussianNoise, Voices
from wavelode.datasets.stress.speed import Pitch, TimeStretch
from wavelode.datasets.stress.studio import ClippedAgc, PacketLoss, Reverberation


class Stress:
    """Does one of `changes` to each clip of a share of them: first a kind is drawn, then one of that kind.

    Raises:
        ValueError: if there is nothing to draw from or the share is none.
    """

    def __init__(self, changes: Sequence[Change], share: float = 1.0) -> None:
        if not changes or not 0 <= share <= 1:
            raise ValueError(
                f"{len(changes)} corruptions for a share of {share:g}: expected some, and 0 to 1"
            )
        kinds: dict[type, list[Change]] = {}
        for change in changes:
            kinds.setdefault(type(change), []).append(change)
        self._kinds, self._share = list(kinds.values()), share
        self.growth = max(change.growth for change in changes)

    def __call__(self, samples: Wave, rate: int, chance: np.random.Generator) -> Changed:
        if chance.random() >= self._share:
            return Changed(samples, "")
        kind = self._kinds[chance.integers(len(self._kinds))]
        return kind[chance.integers(len(kind))](samples, rate, chance)


def published(voices: Voices | None = None) -> list[Change]:
    """The corruptions that robustness is commonly reported on, each at the ends of its range and between.

    Args:
        voices: what babble is made of; there is none without.
    """
    decibels = (5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0)
    shares = (0.1, 0.2, 0.3, 0.4, 0.5)
    return [
        *map(GaussianNoise, decibels),
        *(Babble(snr_db, voices) for snr_db in decibels if voices),
        *map(Smooth, (6, 10, 14, 18, 22, 26)),
        *(Echo(0.1, volume) for volume in (0.1, 0.3, 0.5, 0.7, 0.9)),
        *map(HighPass, shares),
        *map(LowPass, shares),
        *map(Pitch, (-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0)),
        *map(TimeStretch, (0.7, 0.8, 0.9, 1.1, 1.2, 1.3, 1.4, 1.5)),
        *map(Quantise, (4, 8, 16, 32, 64, 128, 256, 512, 1024)),
        *map(Mp3, (8, 16, 24, 32, 40)),
        *map(Opus, (1, 2, 4, 8, 16, 24, 31)),
    ]


def radio() -> list[Change]:
    """What happens to speech between a mouth and an archive: rooms, links, lost packets, studio processing."""
    return [
        *map(Reverberation, (0.2, 0.4, 0.6, 0.9)),
        *map(Aac, (16, 24, 32, 48)),
        *map(PacketLoss, (0.02, 0.05, 0.1, 0.2)),
        *map(ClippedAgc, (6.0, 12.0, 18.0)),
    ]
