"""How far two recognisers differ on a clip: where they agree, both are seldom wrong."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from wavelode.alignment.sentences import character_error_rate
from wavelode.alignment.text import tokens
from wavelode.schemas.records import Recording, Word
from wavelode.schemas.time import Span


@dataclass(frozen=True, slots=True)
class Twice:
    """The words of two recognisers, each in order of time."""

    first: Sequence[Word]
    second: Sequence[Word]

    @classmethod
    def of(cls, recording: Recording) -> Twice | None:
        """None where only one has listened."""
        if recording.words is None or recording.second_words is None:
            return None
        return cls(*(sorted(w, key=_middle) for w in (recording.words, recording.second_words)))

    def disagreement(self, clip: Span) -> float:
        """Edits between the two texts of a clip per letter of the longer one, 0 to 1; 0 where neither heard a word."""
        texts = sorted((_said(words, clip) for words in (self.first, self.second)), key=len)
        return min(1.0, character_error_rate(texts[1], texts[0])) if texts[1] else 0.0


def _middle(word: Word) -> int:
    return (word.span.start + word.span.end) // 2


def _said(words: Sequence[Word], clip: Span) -> str:
    """The normal form of what has its middle within a clip."""
    inside = words[bisect_left(words, clip.start, key=_middle) : bisect_left(words, clip.end, key=_middle)]
    return " ".join(token.text for word in inside for token in tokens(word.text))
