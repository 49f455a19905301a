"""Tells which language each segment of speech is in; whether that is the one asked for is decided later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from wavelode.pipelines.models.base import LanguageGuesser, Segment
from wavelode.pipelines.stage import Needs, Scene
from wavelode.schemas.records import Recording, Spoken

_SEGMENTS_AT_ONCE = 32


@dataclass
class FindLanguages:
    guesser: LanguageGuesser
    name: ClassVar[str] = "languages"
    version: ClassVar[str] = "1"
    reads: ClassVar[tuple[str, ...]] = ("sound", "speech")
    writes: ClassVar[tuple[str, ...]] = ("languages",)
    needs: ClassVar[Needs] = Needs(cpus=1, memory_mb=1500)

    def load(self) -> None:
        self.guesser.load()

    def identity(self, scene: Scene) -> list[Any]:
        return [self.name, self.version, self.guesser.name]

    def __call__(self, scenes: list[Scene]) -> list[Recording]:
        return [replace(scene.recording, languages=tuple(self._languages(scene))) for scene in scenes]

    def _languages(self, scene: Scene) -> Iterator[Spoken]:
        speech = scene.recording.speech or ()
        for at in range(0, len(speech), _SEGMENTS_AT_ONCE):
            spans = speech[at : at + _SEGMENTS_AT_ONCE]
            guesses = self.guesser.guess([Segment(scene.waveform.read(span), span) for span in spans])
            for span, guess in zip(spans, guesses, strict=True):
                yield Spoken(span, *guess) if guess else Spoken(span, None, 0.0)
