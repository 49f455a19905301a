"""Finds where somebody speaks: detector probabilities to segments of at most half a minute."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wavelode.datasets.audio import Waveform
from wavelode.pipelines.models.base import FRAME_SAMPLES, SpeechDetector
from wavelode.pipelines.stage import Needs, Scene
from wavelode.schemas.records import Recording
from wavelode.schemas.settings import SpeechSettings
from wavelode.schemas.time import WORKING_RATE_HZ, Span

_BLOCK_SAMPLES = FRAME_SAMPLES * 18_750  # ten minutes: the detector starts afresh, memory stays constant
Frames = NDArray[np.float32]


@dataclass
class FindSpeech:
    detector: SpeechDetector
    settings: SpeechSettings
    name: ClassVar[str] = "speech"
    version: ClassVar[str] = "1"
    reads: ClassVar[tuple[str, ...]] = ("sound",)
    writes: ClassVar[tuple[str, ...]] = ("speech",)
    needs: ClassVar[Needs] = Needs(cpus=1, memory_mb=300)

    def load(self) -> None:
        self.detector.load()

    def identity(self, scene: Scene) -> list[Any]:
        return [self.name, self.version, self.detector.name, self.settings.model_dump()]

    def __call__(self, scenes: list[Scene]) -> list[Recording]:
        return [replace(scene.recording, speech=self._speech(scene.waveform)) for scene in scenes]

    def _speech(self, waveform: Waveform) -> tuple[Span, ...]:
        blocks = range(0, waveform.num_samples, _BLOCK_SAMPLES)
        spans = [Span(at, min(at + _BLOCK_SAMPLES, waveform.num_samples)) for at in blocks]
        found = [self.detector.probabilities(waveform.read(span)) for span in spans]
        probabilities = np.concatenate(found) if found else np.zeros(0, np.float32)
        return tuple(segments(probabilities, waveform.num_samples, self.settings))


def segments(probabilities: Frames, num_samples: int, settings: SpeechSettings) -> list[Span]:
    """Speech segments in order, apart from each other, none longer than the settings allow.

    Args:
        probabilities: of speech per frame, (F,).
        num_samples: length of the recording; nothing reaches beyond it.
    """
    runs = _hysteresis(probabilities, settings.onset, settings.offset)
    runs = _bridged(runs, round(settings.min_silence_s * WORKING_RATE_HZ / FRAME_SAMPLES))
    shortest = settings.min_speech_s * WORKING_RATE_HZ / FRAME_SAMPLES
    runs = [(a, b) for a, b in runs if b - a >= shortest]
    longest = int((settings.max_segment_s - 2 * settings.pad_s) * WORKING_RATE_HZ / FRAME_SAMPLES)
    pieces = [piece for a, b in runs for piece in _cut(a, b, probabilities, longest)]
    return _padded(pieces, num_samples, round(settings.pad_s * WORKING_RATE_HZ))


def _hysteresis(probabilities: Frames, onset: float, offset: float) -> list[tuple[int, int]]:
    """Runs of frames that begin at `onset` and last until the probability falls below `offset`."""
    runs: list[tuple[int, int]] = []
    start = -1
    for frame, probability in enumerate(probabilities):
        if start < 0 and probability >= onset:
            start = frame
        elif start >= 0 and probability < offset:
            runs.append((start, frame))
            start = -1
    if start >= 0:
        runs.append((start, len(probabilities)))
    return runs


def _bridged(runs: list[tuple[int, int]], gap: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in runs:
        if merged and start - merged[-1][1] < gap:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def _cut(start: int, end: int, probabilities: Frames, longest: int) -> list[tuple[int, int]]:
    """Cuts a run where speech is least likely in the later half of each piece."""
    pieces = []
    while end - start > longest:
        later_half = probabilities[start + longest // 2 : start + longest]
        at = start + longest // 2 + int(np.argmin(later_half))
        pieces.append((start, at))
        start = at
    return [*pieces, (start, end)]


def _padded(runs: list[tuple[int, int]], num_samples: int, pad: int) -> list[Span]:
    """Runs of frames as spans of samples, each widened by up to `pad` but never into its neighbour."""
    starts = [a * FRAME_SAMPLES for a, _ in runs]
    ends = [min(b * FRAME_SAMPLES, num_samples) for _, b in runs]
    spans = []
    for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
        left = (ends[i - 1] + start + 1) // 2 if i else 0
        right = (end + starts[i + 1]) // 2 if i + 1 < len(runs) else num_samples
        spans.append(Span(max(left, start - pad), min(right, end + pad)))
    return [span for span in spans if span]
