"""A made-up bulletin and a made-up listener: what was printed, what was read, what was heard of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from wavelode.alignment.sentences import find_readings
from wavelode.alignment.text import tokens
from wavelode.schemas.records import Match, Sentence, Word
from wavelode.schemas.settings import AlignSettings
from wavelode.schemas.time import Span

WORD_SAMPLES = 6_400
PAUSE_SAMPLES = 800
_ONSETS = ["b", "d", "k", "l", "m", "n", "p", "r", "s", "t", "v", "sh", "tr", "gl"]
_RHYMES = ["a", "e", "i", "o", "u", "an", "er", "in", "ol", "us"]


def vocabulary(seed: int, size: int = 400) -> list[str]:
    """Distinct words of two to four syllables."""
    random = Random(seed)
    words = {
        "".join(random.choice(_ONSETS) + random.choice(_RHYMES) for _ in range(random.randint(2, 4)))
        for _ in range(2 * size)
    }
    return sorted(words)[:size]


def script(seed: int, count: int = 12) -> list[Sentence]:
    """`count` sentences of 8 to 14 words."""
    random, words = Random(seed), vocabulary(seed)
    texts = (
        " ".join(random.choices(words, k=random.randint(8, 14))).capitalize() + "." for _ in range(count)
    )
    return [Sentence("paper", i, text) for i, text in enumerate(texts)]


@dataclass
class Listener:
    """Writes down words one after the other; some of them wrongly.

    Args:
        wrong: share of words that come out as another, twice, or not at all.
    """

    wrong: float = 0.0
    seed: int = 0
    heard: list[Word] = field(default_factory=list)
    at: int = 0

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._other = vocabulary(self.seed + 1000)

    def hear(self, text: str) -> Span:
        """Hears a sentence; returns where it was said."""
        start = self.at
        for token in tokens(text):
            for said in self._said(token.text):
                self.heard.append(Word(said, Span(self.at, self.at + WORD_SAMPLES), 0.9))
                self.at += WORD_SAMPLES
        span = Span(start, self.at)
        self.at += PAUSE_SAMPLES
        return span

    def _said(self, word: str) -> list[str]:
        if self._random.random() >= self.wrong:
            return [word]
        return self._random.choice([[], [self._random.choice(self._other)], [word, word[:2]]])


def hear_all(sentences: Sequence[Sentence], wrong: float = 0.0, seed: int = 0) -> Listener:
    listener = Listener(wrong, seed)
    for sentence in sentences:
        listener.hear(sentence.text)
    return listener


def found_in(sentences: Sequence[Sentence], listener: Listener, language: str = "xx") -> list[Match]:
    return find_readings(sentences, listener.heard, language, AlignSettings())


def readings(matches: Sequence[Match]) -> list[tuple[int, int]]:
    """Sentence and occurrence of each match, in order of time."""
    return [(match.sentence.index, match.occurrence) for match in matches]
