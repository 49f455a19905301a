"""Who speaks when, from voice vectors of short windows. Two who speak at once are heard as one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wavelode.datasets.storage import file_sha256
from wavelode.pipelines.models.base import Diarized, Read
from wavelode.pipelines.models.speakers.cluster import Clustering, voices
from wavelode.pipelines.models.speakers.ge2e import WINDOW_SAMPLES, VoiceEncoder, carried_weights
from wavelode.pipelines.windows import windows
from wavelode.schemas.errors import MissingDependency
from wavelode.schemas.records import Turn, Voice
from wavelode.schemas.time import Span

_FARTHEST = 0.28
"""Amid the range, 0.26 to 0.30, in which real and synthetic conversations of one to four voices all came out right."""
_FEWEST = 5
"""Windows, some four seconds of speech: less is no voice of its own."""
_AT_ONCE = 256


@dataclass
class VoiceVectors:
    """A `Diarizer` that needs no token: GE2E vectors, clustered.

    Args:
        weights: Resemblyzer's ``pretrained.pt``; None takes the one of the installed package.
        clustering: how vectors become voices.
    """

    weights: Path | None = None
    clustering: Clustering = "average"
    _encoder: VoiceEncoder | None = field(default=None, repr=False)
    _digest: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """With the weights' content.

        Raises:
            MissingDependency: if they aren't there.
        """
        try:
            self._digest = self._digest or file_sha256(self._file())[:12]
        except OSError as error:
            raise MissingDependency(
                f"{self._file()}: can't be loaded ({error.strerror}); check the path"
            ) from error
        how = "" if self.clustering == "average" else f"-{self.clustering}"
        return f"voice-vectors-2{how}/ge2e@{self._digest}"

    def load(self) -> None:
        """Raises:
        MissingDependency: without weights.
        """
        if self._encoder is None:
            self._encoder = VoiceEncoder(self._file())

    def unload(self) -> None:
        self._encoder = None

    def turns(self, read: Read, speech: Sequence[Span]) -> Diarized:
        heard = [window for span in speech for window in windows(span, WINDOW_SAMPLES)]
        vectors = self._vectors(read, heard)
        found = voices(vectors, _FARTHEST, _FEWEST, self.clustering)
        owners: list[tuple[Span, int]] = []
        at = 0
        for span in speech:
            count = len(windows(span, WINDOW_SAMPLES))
            owners += _owned(span, found[at : at + count])
            at += count
        turns = tuple(Turn(span, f"s{voice + 1}") for span, voice in owners)
        return Diarized(turns, None, tuple(_typical(vectors, found, {turn.speaker for turn in turns})))

    def _vectors(self, read: Read, heard: Sequence[Span]) -> NDArray[np.float32]:
        if self._encoder is None:
            raise RuntimeError("turns() before load()")
        parts = [
            self._encoder.embed(np.stack([_filled(read(w)) for w in heard[at : at + _AT_ONCE]]))
            for at in range(0, len(heard), _AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)

    def _file(self) -> Path:
        return self.weights or carried_weights()


def _typical(vectors: NDArray[np.float32], found: NDArray[np.int64], speakers: set[str]) -> Iterator[Voice]:
    """The mean vector, of length one, of each speaker who has a turn."""
    for voice in range(int(found.max(initial=-1)) + 1):
        mean = vectors[found == voice].mean(axis=0)
        if (name := f"s{voice + 1}") in speakers:
            yield Voice(name, tuple((mean / max(float(np.linalg.norm(mean)), 1e-9)).astype(float).tolist()))


def _filled(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """A whole window: what is too short is repeated."""
    clean = np.nan_to_num(samples)
    return np.resize(clean, WINDOW_SAMPLES) if clean.size else np.zeros(WINDOW_SAMPLES, np.float32)


def _owned(span: Span, labels: NDArray[np.int64]) -> Iterator[tuple[Span, int]]:
    """The span shared out among its windows' voices, cut in the middle between two windows' centres."""
    centres = [(w.start + w.end) // 2 for w in windows(span, WINDOW_SAMPLES)]
    cuts = [span.start, *((a + b) // 2 for a, b in pairwise(centres)), span.end]
    start = 0
    for label, group in groupby(_smoothed(labels)):
        end = start + len(list(group))
        yield Span(cuts[start], cuts[end]), int(label)
        start = end


def _smoothed(labels: NDArray[np.int64]) -> list[int]:
    """A single window between two of one other voice is theirs."""
    out = [int(label) for label in labels]
    for at in range(1, len(out) - 1):
        if out[at - 1] == int(labels[at + 1]):
            out[at] = out[at - 1]
    return out
