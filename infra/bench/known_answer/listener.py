"""A listener that is wrong as often as it is told to be: what was spoken, with errors, on time, with jitter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from wavelode.infra.bench.known_answer.cases import Case, Spoken
from wavelode.infra.bench.known_answer.damage import Letters, with_letter_errors
from wavelode.infra.bench.known_answer.utterances import Pool, Rng
from wavelode.schemas.records import Word
from wavelode.schemas.time import WORKING_RATE_HZ, Span

_NOISE_FACTOR = 1.5
_PER_WORD = 0.05
_LETTER_FACTOR = 1.05
"""Letter errors per letter, over the error rate asked for: what words cost is little, and spaces have none."""
_FOREIGN_WORDS_PER_S = 2.2
_FOREIGN_ERRORS = 0.5
_VAD_PAD_S = 0.1
_VAD_GAP_S = 0.25


@dataclass(frozen=True, slots=True)
class Errors:
    """How badly the listener hears.

    Letters are taken for others (six in ten), dropped or doubled by another (two each). Of the words a twentieth
    of the error rate each is dropped, made up, merged with the next one, or split: at 20 % one in a hundred. What
    is spoken over noise is heard half again as badly, a second language as random words of the first.

    Args:
        cer: character errors per spoken character.
        jitter_s: standard deviation of the time of every word's edge, in seconds.
        habits: share of the distinct letters that it always takes for one other letter each, besides these errors.
    """

    cer: float
    jitter_s: float = 0.04
    habits: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.cer <= 0.6 or self.jitter_s < 0:
            raise ValueError(f"cer {self.cer}, jitter {self.jitter_s}: expected 0 to 0.6, and not below 0")


@dataclass(frozen=True, slots=True)
class _Timed:
    """A word between two times, in samples that need not be whole."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class SimulatedListener:
    """Hears cases of one language.

    >>> pool = Pool("p", "en", ())
    >>> SimulatedListener.of(pool, Errors(0.2)).errors.cer
    0.2
    """

    letters: Letters
    vocabulary: tuple[str, ...]
    errors: Errors
    taken_for: Mapping[int, str] = field(default_factory=dict)
    """what letters are always taken for, as `str.translate` reads it"""

    @classmethod
    def of(cls, pool: Pool, errors: Errors) -> SimulatedListener:
        texts = [u.text for u in pool.utterances]
        letters, words = Letters.of(texts), tuple(word for text in texts for word in text.split())
        return cls(letters, words, errors, _habits(errors.habits, letters))

    def hear(self, case: Case, rng: Rng) -> tuple[Word, ...]:
        """The words heard in `case`, in order of time; nothing where there is music alone."""
        return tuple(word for spoken in case.spoken for word in self._words(spoken, case.language, rng))

    def _words(self, spoken: Spoken, language: str, rng: Rng) -> Iterator[Word]:
        rate = self.errors.cer * (_NOISE_FACTOR if spoken.under_noise else 1.0)
        if spoken.utterance.language == language:
            said = spoken.utterance.text.split()
        else:
            said = self._anything(max(1, round(spoken.span.duration_s * _FOREIGN_WORDS_PER_S)), rng)
            rate = max(rate, _FOREIGN_ERRORS)
        heard = self._with_word_errors(list(_spread(said, spoken.span)), rate * _PER_WORD, rng)
        spelled = [replace(w, text=self._misheard(w.text, rate, rng)) for w in heard]
        yield from self._jittered([w for w in spelled if w.text], spoken.span, rng)

    def _anything(self, size: int, rng: Rng) -> list[str]:
        return [self.vocabulary[i] for i in rng.integers(len(self.vocabulary), size=size)]

    def _misheard(self, word: str, rate: float, rng: Rng) -> str:
        said = word.translate(self.taken_for)
        return with_letter_errors(said, rate * _LETTER_FACTOR, self.letters, rng)

    def _with_word_errors(self, words: Sequence[_Timed], rate: float, rng: Rng) -> list[_Timed]:
        """Each of four errors for `rate` of the words."""
        out: list[_Timed] = []
        merge = False
        for word, chance in zip(words, rng.random(len(words)), strict=True):
            if merge and out:
                word = _Timed(out[-1].text + word.text, out.pop().start, word.end)
            merge = 2 * rate <= chance < 3 * rate
            if chance < rate:
                continue
            if rate <= chance < 2 * rate:
                out += _halves(word, word.text, self._anything(1, rng)[0])
            elif 3 * rate <= chance < 4 * rate and len(word.text) > 3:
                at = int(rng.integers(1, len(word.text)))
                out += _halves(word, word.text[:at], word.text[at:])
            else:
                out.append(word)
        return out

    def _jittered(self, words: Sequence[_Timed], span: Span, rng: Rng) -> Iterator[Word]:
        """The words with every edge moved; two that touch share an edge, and none runs backwards."""
        edges = np.array([edge for word in words for edge in (word.start, word.end)])
        moved = {edge: edge + rng.normal(0, self.errors.jitter_s * span.rate) for edge in np.unique(edges)}
        times = np.maximum.accumulate(np.array([max(0.0, moved[edge]) for edge in edges]))
        for word, start, end in zip(words, times[::2], times[1::2], strict=True):
            yield Word(word.text, Span(round(start), round(end), span.rate))


def _habits(share: float, letters: Letters) -> Mapping[int, str]:
    """Of each kind, this share of the letters, each with the one it is taken for; the same for the same letters."""
    rng = np.random.default_rng(0)
    known = "".join(of_kind for of_kind, _ in letters.by_kind.values())
    chosen = [letter for letter in known if rng.random() < share]
    return {ord(letter): letters.other(letter, rng) for letter in chosen}


def _spread(words: Sequence[str], span: Span) -> Iterator[_Timed]:
    """The words over the span, each as long as its letters."""
    sums = np.cumsum([0, *map(len, words)])
    times = span.start + sums / sums[-1] * len(span)
    for word, start, end in zip(words, times[:-1], times[1:], strict=True):
        yield _Timed(word, float(start), float(end))


def _halves(word: _Timed, first: str, second: str) -> list[_Timed]:
    middle = word.start + (word.end - word.start) * len(first) / (len(first) + len(second))
    return [_Timed(first, word.start, middle), _Timed(second, middle, word.end)]


def speech_of(case: Case) -> tuple[Span, ...]:
    """What a detector of speech finds: all that is spoken with 0.1 s around it, pauses below 0.25 s bridged."""
    pad, gap = round(_VAD_PAD_S * WORKING_RATE_HZ), round(_VAD_GAP_S * WORKING_RATE_HZ)
    found: list[Span] = []
    for spoken in case.spoken:
        span = Span(max(0, spoken.span.start - pad), min(spoken.span.end + pad, case.whole.end))
        if found and span.start - found[-1].end < gap:
            found[-1] = found[-1] | span
        else:
            found.append(span)
    return tuple(found)


@dataclass(frozen=True)
class Silences:
    """Finds the longest silence in a span, as the pipeline does in real sound; else nothing, at its middle."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, case: Case) -> Silences:
        """Of a case: what is between spoken sentences, in order, sound or no sound."""
        spans = [spoken.span for spoken in case.spoken]
        return cls((0, *(s.end for s in spans)), (*(s.start for s in spans), case.whole.end))

    def __call__(self, near: Span, within: Span) -> Span:
        first = int(np.searchsorted(self.ends, near.start, "right"))
        found: list[tuple[int, Span]] = []
        for start, end in zip(self.starts[first:], self.ends[first:], strict=True):
            if start >= near.end:
                break
            shared = min(end, near.end) - max(start, near.start)
            found.append((shared, Span(max(start, within.start), min(end, within.end), near.rate)))
        middle = (near.start + near.end) // 2
        return max(found, default=(0, Span(middle, middle, near.rate)))[1]
