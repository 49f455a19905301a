"""Why a printed sentence was not found: where it should have been read, and what was heard there instead."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from wavelode.alignment.text import normal_words
from wavelode.schemas.records import Match, NotRead, Sentence, Unread, Word
from wavelode.schemas.time import Span

_MOST_WORDS = 12
"""Heard words that a message quotes."""

Key = tuple[str, int]


def not_read(
    sentences: Sequence[Sentence],
    matches: Sequence[Match],
    words: Sequence[Word],
    language: str,
    refused: Set[str] = frozenset(),
) -> tuple[NotRead, ...]:
    """Every sentence without a match, in the order of print, each with its reason.

    Args:
        matches: in order of time.
        words: all that was heard, in order of time.
        refused: documents that are not what is read in this recording.
    """
    places = _Places.of(sentences, matches, words)
    read = {_key(match.sentence) for match in matches}
    return tuple(
        NotRead(sentence, *_why(at, sentence, places, language, refused))
        for at, sentence in enumerate(sentences)
        if _key(sentence) not in read
    )


def _why(
    at: int, sentence: Sentence, places: _Places, language: str, refused: Set[str]
) -> tuple[Unread, str]:
    if sentence.document_id in refused:
        return Unread.OTHER_DOCUMENT, "its document is not what is read in this recording"
    if not sentence.role.may_be_heard:
        return Unread.OF_THE_PAGE, "it belongs to the page and is said by nobody"
    if not normal_words(sentence.text, language):
        return Unread.NO_WORDS, "it holds no word that can be said"
    if not places.words:
        return Unread.NOTHING_HEARD, "nothing was heard in this recording"
    if (gap := places.around(at)) is None:
        return Unread.OUT_OF_PLACE, "the sentences around it were read in another order, and it nowhere"
    said = [word.text for word in places.free(gap)]
    where = f"between {gap.start_s:.1f} s and {gap.end_s:.1f} s, where it should have been read"
    if not said:
        return Unread.PASSED_OVER, f"{where}, nothing was said that is not another sentence"
    quoted = " ".join(said[:_MOST_WORDS]) + (" …" if len(said) > _MOST_WORDS else "")
    return Unread.OTHER_WORDS, f"{where}, the listener wrote what is too unlike it: {quoted}"


def _key(sentence: Sentence) -> Key:
    return sentence.document_id, sentence.index


@dataclass(frozen=True, slots=True)
class _Places:
    """Where sentences were read for the first time, and the heard words that are none of a match.

    Attributes:
        known: places in print of the sentences that were read, ascending, and `spans`: of each, its first reading.
    """

    known: tuple[int, ...]
    spans: tuple[Span, ...]
    words: tuple[Word, ...]
    free_words: tuple[Word, ...]

    @classmethod
    def of(cls, sentences: Sequence[Sentence], matches: Sequence[Match], words: Sequence[Word]) -> _Places:
        first: dict[Key, Span] = {}
        for match in matches:
            first.setdefault(_key(match.sentence), _span(match))
        read = [(at, first[_key(s)]) for at, s in enumerate(sentences) if _key(s) in first]
        free = tuple(_outside(words, sorted(_span(match) for match in matches)))
        return cls(tuple(at for at, _ in read), tuple(span for _, span in read), tuple(words), free)

    def around(self, at: int) -> Span | None:
        """From the reading of the sentence before to that of the one after; None where these run backwards."""
        place = bisect_left(self.known, at)
        rate = self.words[0].span.rate
        start = self.spans[place - 1].end if place else min(0, self.words[0].span.start)
        end = self.spans[place].start if place < len(self.spans) else max(start, self.words[-1].span.end)
        return Span(start, end, rate) if start <= end else None

    def free(self, gap: Span) -> Sequence[Word]:
        """The words in the gap that belong to no match."""
        low = bisect_left(self.free_words, gap.start, key=lambda word: word.span.start)
        return self.free_words[low : bisect_right(self.free_words, gap.end, key=lambda word: word.span.end)]


def _span(match: Match) -> Span:
    return match.words[0].span | match.words[-1].span


def _outside(words: Sequence[Word], spans: Sequence[Span]) -> Iterator[Word]:
    """The words whose middle lies in none of the spans; all in order of time."""
    ends = [span.end for span in spans]
    for word in words:
        middle = (word.span.start + word.span.end) // 2
        at = bisect_right(ends, middle)
        if at == len(spans) or middle < spans[at].start:
            yield word
