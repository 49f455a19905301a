"""What a method is given: the print and what was heard, nothing of the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from wavelode.infra.bench.known_answer.scores import Found
from wavelode.schemas.records import Sentence, Word
from wavelode.schemas.time import Span


@dataclass(frozen=True, slots=True)
class Hearing:
    """One recording as it was heard.

    Args:
        words: heard, in order of time.
        speech: where somebody speaks.
        whole: the recording.
        quietest: the quietest sample of a span.
    """

    language: str
    sentences: tuple[Sentence, ...]
    words: tuple[Word, ...]
    speech: tuple[Span, ...]
    whole: Span
    quietest: Callable[[Span], int]


class Method(Protocol):
    """Finds printed sentences in what was heard."""

    @property
    def name(self) -> str: ...

    def find(self, hearing: Hearing) -> list[Found]:
        """All it finds, however unsure; who accepts it is decided by its score."""
        ...
