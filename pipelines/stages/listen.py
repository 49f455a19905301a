"""Has somebody write down what is said in each speech segment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from wavelode.alignment.emissions import VERSION as EMISSIONS
from wavelode.pipelines.models.base import Hearing, Listener, RankingListener, Segment, Spelling, spells
from wavelode.pipelines.stage import Needs, Scene
from wavelode.schemas.errors import SettingsError
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
        if _is_lost(self.listener, scene):
            return
        for segments in _in_batches(scene):
            for words in self.listener.listen(segments, scene.expected):
                yield from words


@dataclass
class ListenForReadings(Listen):
    """Also keeps the likeliest readings of each segment.

    Args:
        most: readings of a segment, what was heard among them.
    """

    most: int = 10
    writes: ClassVar[tuple[str, ...]] = ("words", "listener", "readings")

    def __post_init__(self) -> None:
        """Raises:
        SettingsError: if the listener makes up its mind once.
        """
        if self.most and not isinstance(self.listener, RankingListener):
            raise SettingsError(
                f"listener.readings={self.most}: {self.listener.name.partition('/')[0]} has one reading of a segment; "
                "use script_biased or ctc without second.combine, or leave it 0"
            )

    def identity(self, scene: Scene) -> list[Any]:
        return [*super().identity(scene), self.most]

    def __call__(self, scenes: list[Scene]) -> list[Recording]:
        return [self._read(scene, tuple(self._hearings(scene))) for scene in scenes]

    def _read(self, scene: Scene, hearings: tuple[Hearing, ...]) -> Recording:
        readings = tuple(reading for hearing in hearings for reading in hearing.readings)
        words = tuple(word for hearing in hearings for word in hearing.words)
        return replace(self._heard(scene.recording, words), readings=readings if self.most else None)

    def _hearings(self, scene: Scene) -> Iterator[Hearing]:
        if not isinstance(self.listener, RankingListener) or _is_lost(self.listener, scene):
            return
        for segments in _in_batches(scene):
            yield from self.listener.hear(segments, scene.expected, self.most)


@dataclass
class ListenForLetters(ListenForReadings):
    """Also keeps which letters a listener that spells takes each frame for."""

    most: int = 0
    writes: ClassVar[tuple[str, ...]] = ("words", "listener", "readings", "emissions", "alphabet")

    def identity(self, scene: Scene) -> list[Any]:
        return [*super().identity(scene), EMISSIONS]

    def __call__(self, scenes: list[Scene]) -> list[Recording]:
        return [self._spelled(scene) for scene in scenes]

    def _spelled(self, scene: Scene) -> Recording:
        found = [*self._spellings(scene)]
        hearings = tuple(hearing for spelling in found for hearing in spelling.hearings)
        emissions = tuple(hearing.emission for hearing in hearings if hearing.emission)
        alphabet = found[0].alphabet if found else None
        return replace(self._read(scene, hearings), emissions=emissions, alphabet=alphabet)

    def _spellings(self, scene: Scene) -> Iterator[Spelling]:
        if not spells(self.listener) or _is_lost(self.listener, scene):
            return
        for segments in _in_batches(scene):
            yield self.listener.spell(segments, scene.expected, self.most)


def listening(listener: Listener, readings: int = 0, keep_letters: bool = False) -> Listen:
    """The stage that keeps so many readings of a segment, and letters frame by frame where the listener has them.

    Raises:
        SettingsError: if this listener has one reading only.
    """
    if keep_letters and spells(listener):
        return ListenForLetters(listener, readings)
    return ListenForReadings(listener, readings) if readings else Listen(listener)


class ListenAgain(Listen):
    """A second recogniser: its words stand beside the first one's and are laid onto nothing."""

    name: ClassVar[str] = "second_words"
    writes: ClassVar[tuple[str, ...]] = ("second_words", "second_listener")

    def _heard(self, recording: Recording, words: tuple[Word, ...]) -> Recording:
        return replace(recording, second_words=words, second_listener=self.listener.name)


def _is_lost(listener: Listener, scene: Scene) -> bool:
    """Whether it needs a text and there is none."""
    return listener.needs_text and not scene.expected.sentences


def _in_batches(scene: Scene) -> Iterator[list[Segment]]:
    spans = scene.recording.speech or ()
    for at in range(0, len(spans), _SEGMENTS_AT_ONCE):
        yield [Segment(scene.waveform.read(span), span) for span in spans[at : at + _SEGMENTS_AT_ONCE]]
