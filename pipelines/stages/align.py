"""Lays the printed sentences onto the heard words and names every stretch of the recording."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from wavelode.alignment.sentences import VERSION, find_readings
from wavelode.alignment.stretches import name_stretches
from wavelode.datasets.audio import Waveform
from wavelode.pipelines.stage import Needs, Scene
from wavelode.schemas.records import Recording
from wavelode.schemas.settings import AlignSettings
from wavelode.schemas.time import WORKING_RATE_HZ, Span

_FRAME_SAMPLES = WORKING_RATE_HZ // 200
_WINDOW_FRAMES = 5


@dataclass
class Align:
    settings: AlignSettings
    name: ClassVar[str] = "align"
    version: ClassVar[str] = f"1/{VERSION}"
    reads: ClassVar[tuple[str, ...]] = ("sound", "speech", "words")
    writes: ClassVar[tuple[str, ...]] = ("stretches", "not_read")
    needs: ClassVar[Needs] = Needs(cpus=1, memory_mb=500)

    def load(self) -> None:
        """Nothing to load."""

    def identity(self, scene: Scene) -> list[Any]:
        return [self.name, self.version, self.settings.model_dump()]

    def __call__(self, scenes: list[Scene]) -> list[Recording]:
        return [self._aligned(scene) for scene in scenes]

    def _aligned(self, scene: Scene) -> Recording:
        recording = scene.recording
        sentences = [s for document in scene.documents for s in document.sentences]
        words = recording.words or ()
        matches = find_readings(sentences, words, recording.source.language, self.settings)
        whole = Span(0, scene.waveform.num_samples)
        cut = Quietest(scene.waveform)
        stretches = name_stretches(matches, words, recording.speech or (), whole, cut)
        read = {(m.sentence.document_id, m.sentence.index) for m in matches}
        not_read = tuple(s for s in sentences if (s.document_id, s.index) not in read)
        return replace(recording, stretches=stretches, not_read=not_read)


@dataclass(frozen=True, slots=True)
class Quietest:
    """Finds the sample with the least energy around it (25 ms, by steps of 5 ms)."""

    waveform: Waveform

    def __call__(self, span: Span) -> int:
        samples = self.waveform.read(span)
        frames = len(samples) // _FRAME_SAMPLES
        if frames < 2:
            return (span.start + span.end) // 2
        power = np.square(samples[: frames * _FRAME_SAMPLES]).reshape(frames, _FRAME_SAMPLES).mean(axis=1)
        around = np.convolve(power, np.ones(min(_WINDOW_FRAMES, frames)), mode="same")
        lowest = np.flatnonzero(around <= around.min() * 1.5 + 1e-9)
        # Of many equally quiet places the middle one keeps most distance from speech on both sides.
        frame = int(lowest[len(lowest) // 2])
        return span.start + frame * _FRAME_SAMPLES + _FRAME_SAMPLES // 2
