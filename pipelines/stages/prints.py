"""Takes what copies of a sound are known by: the hash of each stretch's samples, and the recording's spectral peaks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from wavelode.datasets.audio import Waveform
from wavelode.pipelines.measures.peaks import peaks_of
from wavelode.pipelines.stage import Needs, Scene
from wavelode.schemas.records import Recording
from wavelode.schemas.time import WORKING_RATE_HZ, Span

_PIECE = 60 * WORKING_RATE_HZ


@dataclass
class TakePrints:
    name: ClassVar[str] = "prints"
    version: ClassVar[str] = "1"
    reads: ClassVar[tuple[str, ...]] = ("sound", "stretches")
    writes: ClassVar[tuple[str, ...]] = ("stretches", "peaks")
    needs: ClassVar[Needs] = Needs(cpus=1, memory_mb=300)

    def load(self) -> None:
        """Nothing to load."""

    def identity(self, scene: Scene) -> list[Any]:
        return [self.name, self.version]

    def __call__(self, scenes: list[Scene]) -> list[Recording]:
        return [self._printed(scene) for scene in scenes]

    def _printed(self, scene: Scene) -> Recording:
        sound = scene.waveform
        stretches = tuple(
            replace(stretch, pcm_sha256=pcm_sha256(sound, stretch.span))
            for stretch in scene.recording.stretches or ()
        )
        peaks = peaks_of(sound.read, sound.num_samples).astype("<u4").tobytes()
        return replace(scene.recording, stretches=stretches, peaks=peaks)


def pcm_sha256(sound: Waveform, span: Span) -> str:
    """Hex sha256 of a span's samples as 16-bit little-endian integers."""
    digest = hashlib.sha256()
    for start in range(span.start, span.end, _PIECE):
        piece = Span(start, min(start + _PIECE, span.end))
        digest.update(sound.read_int16(piece).astype("<i2").tobytes())
    return digest.hexdigest()
