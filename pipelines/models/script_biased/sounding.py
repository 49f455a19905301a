"""How likely each phone is on each frame, by the Gaussians of a recording: what its print is laid onto.

Of each stream the likeliest Gaussian of a phone's codebook counts, all alike: which of them a state of a triphone
prefers is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.emissions import kept
from wavelode.pipelines.models.script_biased.gaussians import NUM_STREAMS, STREAM_SIZE, Floats, Gaussians
from wavelode.schemas.records import Emission
from wavelode.schemas.time import WORKING_RATE_HZ, Span

_FRAME_SAMPLES = WORKING_RATE_HZ // 100
_EVERY = 2
"""Of so many frames of 10 ms one is judged: with all, edges are found no better; with a third of them, fewer."""
_AT_ONCE = 500
_Singles = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sounding:
    """The Gaussians of C phones, laid out for frames by the hundred.

    Attributes:
        weights: of a feature's squares and itself, for each stream, (3, 26, C * G).
        fixed: what a Gaussian takes off whatever the feature is, (3, C * G).
    """

    weights: _Singles
    fixed: _Singles
    num_phones: int

    @classmethod
    def of(cls, gaussians: Gaussians) -> Sounding:
        precision = 1 / gaussians.variances
        weights = np.concatenate([-0.5 * precision, gaussians.means * precision], axis=3)
        fixed = -0.5 * (np.log(gaussians.variances) + gaussians.means**2 * precision).sum(axis=3)
        by_stream = weights.transpose(1, 3, 0, 2).reshape(NUM_STREAMS, 2 * STREAM_SIZE, -1)
        return cls(
            by_stream.astype(np.float32),
            fixed.transpose(1, 0, 2).reshape(NUM_STREAMS, -1).astype(np.float32),
            len(gaussians.means),
        )

    def emission(self, features: Floats, start: int) -> Emission:
        """Of features (T, 3, 13) that begin at a sample of the recording, the second of each two."""
        whole = len(features) // _EVERY * _EVERY
        likely = self.log_likelihoods(features[_EVERY // 2 : whole : _EVERY])
        shifted = likely - likely.max(axis=1, keepdims=True, initial=-np.inf)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return kept(log_p, Span(start, start + len(likely) * _EVERY * _FRAME_SAMPLES))

    def log_likelihoods(self, features: Floats) -> _Singles:
        """Of each phone, (T, C), but for what is the same for all."""
        found = [np.zeros((0, self.num_phones), np.float32)]
        for at in range(0, len(features), _AT_ONCE):
            part = features[at : at + _AT_ONCE].astype(np.float32)
            found.append(np.sum([self._of_stream(part[:, n], n) for n in range(NUM_STREAMS)], axis=0))
        return np.concatenate(found)

    def _of_stream(self, features: _Singles, stream: int) -> _Singles:
        """Features (T, 13) to (T, C): what the likeliest of a phone's Gaussians gives."""
        each = np.concatenate([features**2, features], axis=1) @ self.weights[stream] + self.fixed[stream]
        found: _Singles = each.reshape(len(features), self.num_phones, -1).max(axis=2)
        return found
