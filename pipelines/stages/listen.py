"""Has somebody write down what is said in each speech segment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from wavelode.pipelines.models.base import Listener, Segment
from wavelode.pipelines.stage import Needs, Scene
from wavelode.schemas.records import Recording, Word

_SEGMENTS_AT_ONCE = 256
"""Half a minute each at most: two hours of sound, some 500 MB."""


@dataclass
class Listen:
    listener: Listener
    name: ClassVar[str] = "words"
    version: ClassVar[str] = "1"
    reads: ClassVar[tuple[str, ...]] = ("sound", "speech")
    writes: ClassVar[tuple[str, ...]] = ("words", "listener")
    needs: ClassVar[Needs] = Needs(cpus=1, memory_mb=1500)

    def load(self) -> None:
        self.listener.load()

    def identity(self, scene: Scene) -> list[Any]:
        sentences = list(scene.expected.sentences) if self.listener.needs_text else []
        return [self.name, self.version, self.listener.name, scene.expected.language, sentences]

    def __call__(self, scenes: list[Scene]) -> list[Recording]:
        return [self._heard(scene.recording, tuple(self._words(scene))) for scene in scenes]

    def _heard(self, recording: Recording, words: tuple[Word, ...]) -> Recording:
        return replace(recording, words=words, listener=self.listener.name)

    def _words(self, scene: Scene) -> Iterator[Word]:
        if self.listener.needs_text and not scene.expected.sentences:
            return
        for spans in _in_batches(scene.recording.speech or ()):
            segments = [Segment(scene.waveform.read(span), span) for span in spans]
            for words in self.listener.listen(segments, scene.expected):
                yield from words


class ListenAgain(Listen):
    """A second recogniser: its words stand beside the first one's and are laid onto nothing."""

    name: ClassVar[str] = "second_words"
    writes: ClassVar[tuple[str, ...]] = ("second_words", "second_listener")

    def _heard(self, recording: Recording, words: tuple[Word, ...]) -> Recording:
        return replace(recording, second_words=words, second_listener=self.listener.name)


def _in_batches(spans: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    for at in range(0, len(spans), _SEGMENTS_AT_ONCE):
        yield spans[at : at + _SEGMENTS_AT_ONCE]
