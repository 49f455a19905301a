"""Measures the sound of every stretch that somebody speaks in; decides nothing."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wavelode.datasets.audio import Waveform
from wavelode.pipelines.measures.codec import spectral_holes_ratio
from wavelode.pipelines.measures.disagreement import Twice
from wavelode.pipelines.measures.levels import clipping_ratio, loudness_lufs
from wavelode.pipelines.measures.noise import frame_powers, snr_db, wada_snr_db
from wavelode.pipelines.measures.pitch import pitch_range_hz
from wavelode.pipelines.measures.rate import syllables_per_s
from wavelode.pipelines.measures.reverberation import reverberation_s
from wavelode.pipelines.measures.spectrum import bandwidth_hz
from wavelode.pipelines.models.base import QualityModel
from wavelode.pipelines.stage import Needs, Scene
from wavelode.schemas.records import Heard, Measures, Recording, Stretch
from wavelode.schemas.time import WORKING_RATE_HZ, Span

_AROUND_S = 10.0
"""Noise is looked for in the pauses this near to a clip, in seconds."""
_LONGEST_PAUSE_S = 1.5
"""A longer one is a break with something else in it, music perhaps."""
_FADE_S = 0.05
"""What is left of speech at both ends of a pause."""
_LONGEST_S = 60.0
"""Of a longer stretch no more than this is measured."""


@dataclass
class Measure:
    quality: QualityModel | None = None
    name: ClassVar[str] = "measure"
    version: ClassVar[str] = "5"
    reads: ClassVar[tuple[str, ...]] = ("sound", "speech", "stretches")
    writes: ClassVar[tuple[str, ...]] = ("stretches",)
    needs: ClassVar[Needs] = Needs(cpus=1, memory_mb=300)

    def load(self) -> None:
        if self.quality:
            self.quality.load()

    def identity(self, scene: Scene) -> list[Any]:
        return [self.name, self.version, self.quality.name if self.quality else None]

    def __call__(self, scenes: list[Scene]) -> list[Recording]:
        return [self._measured(scene) for scene in scenes]

    def _measured(self, scene: Scene) -> Recording:
        recording = scene.recording
        twice = Twice.of(recording)
        pauses = Pauses(scene.waveform, quiet_spans(recording.speech or (), scene.waveform.num_samples))
        stretches = tuple(
            stretch
            if stretch.kind is Heard.NON_SPEECH
            else self._with_measures(stretch, scene.waveform, pauses, twice)
            for stretch in recording.stretches or ()
        )
        return replace(recording, stretches=stretches)

    def _with_measures(
        self, stretch: Stretch, waveform: Waveform, pauses: Pauses, twice: Twice | None
    ) -> Stretch:
        end = min(stretch.span.end, stretch.span.start + round(_LONGEST_S * WORKING_RATE_HZ))
        span = Span(stretch.span.start, end)
        samples = waveform.read(span)
        measures = replace(
            measures_of(samples),
            snr_db=snr_db(frame_powers(samples), pauses.near(span)),
            mos=self.quality.mos(samples) if self.quality else None,
            disagreement=twice.disagreement(stretch.span) if twice else None,
        )
        return replace(stretch, measures=measures)


def measures_of(samples: NDArray[np.float32]) -> Measures:
    """All that a clip's own samples (T,) tell, without its surroundings and without a model."""
    low_hz, high_hz = pitch_range_hz(samples) or (None, None)
    width_hz = bandwidth_hz(samples)
    return Measures(
        snr_db=snr_db(frame_powers(samples), np.zeros(0)),
        wada_snr_db=wada_snr_db(samples),
        loudness_lufs=loudness_lufs(samples),
        clipping_ratio=clipping_ratio(samples),
        bandwidth_hz=width_hz,
        pitch_low_hz=low_hz,
        pitch_high_hz=high_hz,
        reverberation_s=reverberation_s(samples),
        syllables_per_s=syllables_per_s(samples),
        spectral_holes_ratio=spectral_holes_ratio(samples, width_hz),
    )


def quiet_spans(speech: tuple[Span, ...], num_samples: int) -> list[Span]:
    """The inside of each short pause between speech, in order."""
    fade = round(_FADE_S * WORKING_RATE_HZ)
    edges = [0, *(at for span in speech for at in (span.start, span.end)), num_samples]
    pauses = zip(edges[::2], edges[1::2], strict=True)
    return [
        Span(start + fade, end - fade)
        for start, end in pauses
        if 2 * fade < end - start <= _LONGEST_PAUSE_S * WORKING_RATE_HZ
    ]


class Pauses:
    """The noise between speech, found by place."""

    def __init__(self, waveform: Waveform, spans: list[Span]) -> None:
        self._powers = [frame_powers(waveform.read(span)) for span in spans]
        self._starts = [span.start for span in spans]

    def near(self, span: Span) -> NDArray[np.float64]:
        """Powers of the frames of all pauses that begin not far from a span, (F,)."""
        reach = round(_AROUND_S * WORKING_RATE_HZ)
        first = bisect_left(self._starts, span.start - reach)
        past = bisect_right(self._starts, span.end + reach)
        return np.concatenate([np.zeros(0), *self._powers[first:past]])
