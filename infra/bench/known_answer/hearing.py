"""What a method is given, the print and what was heard, nothing of the truth; and what all of them get."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from wavelode.alignment.stretches import Edges, Silence
from wavelode.infra.bench.known_answer.scores import Found
from wavelode.schemas.records import Alphabet, Emission, Sentence, Word
from wavelode.schemas.time import Span


@dataclass(frozen=True, slots=True)
class Hearing:
    """One recording as it was heard.

    Args:
        words: heard, in order of time.
        speech: where somebody speaks.
        whole: the recording.
        silence: finds the pauses.
        emissions: what the listener takes each frame for, and `alphabet`, what their labels are; where it tells.
    """

    language: str
    sentences: tuple[Sentence, ...]
    words: tuple[Word, ...]
    speech: tuple[Span, ...]
    whole: Span
    silence: Silence
    emissions: tuple[Emission, ...] = ()
    alphabet: Alphabet | None = None


class Method(Protocol):
    """Finds printed sentences in what was heard."""

    @property
    def name(self) -> str: ...

    def find(self, hearing: Hearing) -> list[Found]:
        """All it finds, however unsure; who accepts it is decided by its score."""
        ...


@dataclass(frozen=True)
class WithEdges:
    """A method whose spans are moved to where speech begins and ends, as ours are, so that edges decide nothing."""

    method: Method

    @property
    def name(self) -> str:
        return self.method.name

    def find(self, hearing: Hearing) -> list[Found]:
        edges = Edges.of(hearing.words, hearing.whole, hearing.silence)
        whole = hearing.whole
        return [
            replace(found, span=edges.around(found.span, whole.start, whole.end))
            for found in self.method.find(hearing)
        ]
