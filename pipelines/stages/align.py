"""Lays the printed sentences onto the heard words and names every stretch of the recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar

import numpy as np

from wavelode.alignment.belonging import Belonging, Paired, paired, sentences_of
from wavelode.alignment.calibration import ListenerKind, read_calibration
from wavelode.alignment.confusions import read_confusions
from wavelode.alignment.emissions import VERSION as EMISSIONS
from wavelode.alignment.emissions import refined
from wavelode.alignment.sentences import VERSION, find_readings
from wavelode.alignment.stretches import name_stretches
from wavelode.alignment.unread import not_read
from wavelode.datasets.audio import Waveform
from wavelode.pipelines.library import likely_documents
from wavelode.pipelines.stage import Needs, Scene
from wavelode.pipelines.stages.spelling import speller
from wavelode.schemas.records import Document, Match, Recording, Refused, Sentence
from wavelode.schemas.settings import AlignSettings, PairingSettings
from wavelode.schemas.time import WORKING_RATE_HZ, Span

_FRAME_SAMPLES = WORKING_RATE_HZ // 200
_WINDOW_FRAMES = 5
_QUIET_RATIO = 4.0
_QUIET = 1e-8
"""Power below which all is silence: -80 dB of full scale."""


@dataclass
class Align:
    settings: AlignSettings
    pairing: PairingSettings = field(default_factory=PairingSettings)
    listener: ListenerKind = ListenerKind.FREE
    name: ClassVar[str] = "align"
    version: ClassVar[str] = f"3/{VERSION}/{EMISSIONS}"
    reads: ClassVar[tuple[str, ...]] = ("sound", "speech", "words", "emissions", "alphabet")
    writes: ClassVar[tuple[str, ...]] = ("document_ids", "stretches", "not_read", "refused")
    needs: ClassVar[Needs] = Needs(cpus=1, memory_mb=500)

    def load(self) -> None:
        """Nothing to load."""

    def identity(self, scene: Scene) -> list[Any]:
        calibration = read_calibration(self.settings.calibration, self.listener)
        settings = self.settings.model_dump(exclude={"calibration", "confusions"})
        found = read_confusions(self.settings.confusions).get(scene.recording.source.language)
        pairing = [self.pairing.model_dump(), scene.library and scene.library.name]
        return [self.name, self.version, settings, calibration.weights, found and found.plain(), pairing]

    def __call__(self, scenes: list[Scene]) -> list[Recording]:
        return [self._aligned(scene) for scene in scenes]

    def _aligned(self, scene: Scene) -> Recording:
        recording = scene.recording
        words, language = recording.words or (), recording.source.language
        spoken = read_calibration(self.settings.calibration, self.listener).spoken
        find, least = partial(self._find, scene), self.pairing.min_share
        found = paired(self._documents(scene), find, words, language, least, spoken)
        whole = Span(0, scene.waveform.num_samples)
        silence, matches = Silences(scene.waveform), self._timed(recording, found.matches)
        stretches = name_stretches(matches, words, recording.speech or (), whole, silence)
        own = [document for document in scene.documents if document.document_id in found.refused]
        sentences = sentences_of([*found.documents, *own])
        return replace(
            recording,
            source=replace(recording.source, document_ids=tuple(d.document_id for d in found.documents)),
            stretches=stretches,
            not_read=not_read(sentences, found.matches, words, language, found.refused.keys()),
            refused=_told(own, found, scene),
        )

    def _timed(self, recording: Recording, matches: Sequence[Match]) -> Sequence[Match]:
        """The matches with the times that the listener's letters give, where it left them."""
        if not self.settings.onto_frames or recording.emissions is None or recording.alphabet is None:
            return matches
        return refined(matches, recording.emissions, recording.alphabet)

    def _documents(self, scene: Scene) -> list[Document]:
        """Its own documents, then those that sound like it."""
        recording = scene.recording
        own = list(scene.documents)
        if scene.library is None:
            return own
        words, language = recording.words or (), recording.source.language
        known = {document.document_id for document in own}
        likely = likely_documents(scene.library, words, language, self.pairing.candidates)
        return [*own, *(document for document in likely if document.document_id not in known)]

    def _find(self, scene: Scene, sentences: Sequence[Sentence]) -> list[Match]:
        words, language = scene.recording.words or (), scene.recording.source.language
        printed, heard = (s.text for s in sentences), (word.text for word in words)
        spell = speller(self.settings.match_in, language, printed, heard)
        speech = scene.recording.speech or ()
        return find_readings(sentences, words, language, self.settings, spell, self.listener, speech)


def _told(own: Sequence[Document], found: Paired, scene: Scene) -> tuple[Refused, ...]:
    """Each of its own documents that was refused; where there is a library, that nothing in it belongs."""
    told = tuple(Refused(d.document_id, _why_refused(found.refused[d.document_id])) for d in own)
    if scene.library is None or found.documents:
        return told
    return (*told, Refused(None, "no document of this run is what is read in it"))


def _why_refused(share: Belonging) -> str:
    return (
        f"{share.found} of its {share.sentences} sentences were heard, {share.of_print:.0%} of its letters and "
        f"{share.of_speech:.0%} of the speech: it is not what is read in this recording; give it its own "
        "document, or lower pairing.min_share"
    )


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
