"""Lays the printed sentences onto the heard words and names every stretch of the recording."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from wavelode.alignment.calibration import read_calibration
from wavelode.alignment.confusions import read_confusions
from wavelode.alignment.sentences import VERSION, find_readings
from wavelode.alignment.stretches import name_stretches
from wavelode.datasets.audio import Waveform
from wavelode.pipelines.stage import Needs, Scene
from wavelode.pipelines.stages.spelling import speller
from wavelode.schemas.records import Recording
from wavelode.schemas.settings import AlignSettings
from wavelode.schemas.time import WORKING_RATE_HZ, Span

_FRAME_SAMPLES = WORKING_RATE_HZ // 200
_WINDOW_FRAMES = 5
_QUIET_RATIO = 4.0
_QUIET = 1e-8
"""Power below which all is silence: -80 dB of full scale."""


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
        calibration = read_calibration(self.settings.calibration)
        settings = self.settings.model_dump(exclude={"calibration", "confusions"})
        found = read_confusions(self.settings.confusions).get(scene.recording.source.language)
        return [self.name, self.version, settings, calibration.weights, found and found.plain()]

    def __call__(self, scenes: list[Scene]) -> list[Recording]:
        return [self._aligned(scene) for scene in scenes]

    def _aligned(self, scene: Scene) -> Recording:
        recording = scene.recording
        printed_all = [s for document in scene.documents for s in document.sentences]
        sentences = [s for s in printed_all if s.role.may_be_heard]
        words = recording.words or ()
        language = recording.source.language
        printed, heard = (s.text for s in sentences), (word.text for word in words)
        spell = speller(self.settings.match_in, language, printed, heard)
        matches = find_readings(sentences, words, language, self.settings, spell)
        whole = Span(0, scene.waveform.num_samples)
        silence = Silences(scene.waveform)
        stretches = name_stretches(matches, words, recording.speech or (), whole, silence)
        read = {(m.sentence.document_id, m.sentence.index) for m in matches}
        not_read = tuple(s for s in printed_all if (s.document_id, s.index) not in read)
        return replace(recording, stretches=stretches, not_read=not_read)


@dataclass(frozen=True, slots=True)
class Silences:
    """Finds silence by the energy of 25 ms around each step of 5 ms: up to 6 dB above the quietest place."""

    waveform: Waveform

    def __call__(self, near: Span, within: Span) -> Span:
        """The silence around the quietest place of `near`, as far as it reaches within `within`."""
        samples = self.waveform.read(within)
        frames = len(samples) // _FRAME_SAMPLES
        first = (near.start - within.start) // _FRAME_SAMPLES
        past = min(frames, (near.end - within.start) // _FRAME_SAMPLES)
        if past - first < 2:
            middle = (near.start + near.end) // 2
            return Span(middle, middle, near.rate)
        power = np.square(samples[: frames * _FRAME_SAMPLES]).reshape(frames, _FRAME_SAMPLES).mean(axis=1)
        around = np.convolve(power, np.ones(min(_WINDOW_FRAMES, frames)) / _WINDOW_FRAMES, mode="same")
        quietest = first + int(np.argmin(around[first:past]))
        loud = np.flatnonzero(around > _QUIET_RATIO * around[quietest] + _QUIET)
        at = int(np.searchsorted(loud, quietest))
        start = int(loud[at - 1]) + 1 if at else 0
        end = int(loud[at]) if at < len(loud) else frames
        return Span(start * _FRAME_SAMPLES, end * _FRAME_SAMPLES, near.rate).shift(within.start)
