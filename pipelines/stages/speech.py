"""Finds where somebody speaks: detector probabilities to segments of at most half a minute."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wavelode.datasets.audio import Waveform
from wavelode.pipelines.measures.line import WINDOW_SAMPLES, by_line, with_depths
from wavelode.pipelines.models.base import FRAME_SAMPLES, SpeechDetector
from wavelode.pipelines.stage import Needs, Scene
from wavelode.schemas.records import Recording
from wavelode.schemas.settings import SpeechSettings
from wavelode.schemas.time import WORKING_RATE_HZ, Span

_BLOCK_SAMPLES = FRAME_SAMPLES * 18_750  # ten minutes: the detector starts afresh, memory stays constant
_LINE_FRAMES = WINDOW_SAMPLES // FRAME_SAMPLES // 2
"""About a second: the steps in which a telephone line is looked for."""
_HEARD_SHARE = 0.9
"""Where the detector finds so much speech there is nothing to be heard again."""
_MOST_FRAMES = 60 * _LINE_FRAMES
"""A minute at once: memory stays constant in a recording that is one long call."""
_SILENT_RMS = 1e-3
Frames = NDArray[np.float32]


@dataclass
class FindSpeech:
    detector: SpeechDetector
    settings: SpeechSettings
    name: ClassVar[str] = "speech"
    version: ClassVar[str] = "2"
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
        found = [heard(self.detector, waveform.read(span), self.settings.onset) for span in spans]
        probabilities = np.concatenate(found) if found else np.zeros(0, np.float32)
        return tuple(segments(probabilities, waveform.num_samples, self.settings))


def heard(detector: SpeechDetector, samples: Frames, onset: float) -> Frames:
    """Probability of speech per frame of samples (T,), (F,); what came by telephone is heard twice.

    A detector that knows voices by their fundamentals misses calls, of some voices wholly: there it hears once more,
    with the depths put back, and the higher probability counts. Other sound is heard as it is.
    """
    found = detector.probabilities(samples)
    for first, past in _line_runs(samples, found >= onset):
        part = np.nan_to_num(samples[first * FRAME_SAMPLES : past * FRAME_SAMPLES])
        found[first:past] = np.maximum(found[first:past], detector.probabilities(with_depths(part)))
    return found


def _line_runs(samples: Frames, spoken: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Runs of frames that came over a line and in which speech may have been missed."""
    runs: list[tuple[int, int]] = []
    for first in range(0, len(spoken), _LINE_FRAMES):
        past = min(first + 2 * _LINE_FRAMES, len(spoken))
        window = np.nan_to_num(samples[first * FRAME_SAMPLES : past * FRAME_SAMPLES])
        if spoken[first:past].mean() >= _HEARD_SHARE or np.square(window).mean() < _SILENT_RMS**2:
            continue
        if by_line(window):
            runs.append((first, past))
    whole = _bridged(runs, _LINE_FRAMES + 1)
    return [
        (at, min(at + _MOST_FRAMES, past)) for first, past in whole for at in range(first, past, _MOST_FRAMES)
    ]


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
