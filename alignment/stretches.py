"""Names every part of a recording: matched, untranscribed or non-speech, without gap or overlap."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from wavelode.schemas.records import Heard, Match, Stretch, Word
from wavelode.schemas.time import Span, overlapping

Quietest = Callable[[Span], int]
"""Where, inside a span, to cut so that the least sound is cut; a sample."""

_REACH_S = 0.08
"""A sentence may take this much of the silence before its first and after its last word, in seconds."""
_BLEED_S = 0.03
"""A listener's word edges may be this late or early, in seconds."""


def name_stretches(
    matches: Sequence[Match],
    words: Sequence[Word],
    speech: Sequence[Span],
    whole: Span,
    quietest: Quietest,
) -> tuple[Stretch, ...]:
    """The stretches of a recording in order of time.

    Args:
        matches: in order of time.
        words: all that was heard, in order of time.
        speech: where somebody speaks.
        whole: the recording.
        quietest: chooses the cut between a sentence and what is next to it.
    """
    cores = [_core(match) for match in matches]
    spans = _widened(cores, words, whole, quietest)
    said = _Said.of(words, speech)
    matched = [
        _stretch(span, Heard.MATCHED, said, match) for span, match in zip(spans, matches, strict=True) if span
    ]
    rest = (part for part in whole.minus(s.span for s in matched))
    between = [stretch for part in rest for stretch in _unmatched(part, said)]
    return tuple(sorted([*matched, *between], key=lambda s: s.span))


@dataclass(frozen=True, slots=True)
class _Said:
    """Words and speech by time: a long recording has as many stretches as it has words, so none may look at all."""

    words: tuple[Word, ...]
    """by their middles"""
    middles: tuple[int, ...]
    speech: tuple[Span, ...]
    """by their starts"""
    starts: tuple[int, ...]
    last_ends: tuple[int, ...]
    """where all speech up to and with this one has ended"""

    @classmethod
    def of(cls, words: Sequence[Word], speech: Sequence[Span]) -> _Said:
        ordered, spans = sorted(words, key=_middle), sorted(speech)
        ends = accumulate((span.end for span in spans), max)
        middles, starts = map(_middle, ordered), (span.start for span in spans)
        return cls(tuple(ordered), tuple(middles), tuple(spans), tuple(starts), tuple(ends))

    def text(self, span: Span) -> str:
        """The words that lie mostly inside."""
        low, high = bisect_left(self.middles, span.start), bisect_left(self.middles, span.end)
        return " ".join(word.text for word in self.words[low:high])

    def speech_in(self, span: Span) -> list[Span]:
        low, high = bisect_right(self.last_ends, span.start), bisect_left(self.starts, span.end)
        return list(overlapping(self.speech[low:high], span))


def _middle(word: Word) -> int:
    return (word.span.start + word.span.end) // 2


def _core(match: Match) -> Span:
    return match.words[0].span | match.words[-1].span


def _widened(cores: Sequence[Span], words: Sequence[Word], whole: Span, quietest: Quietest) -> list[Span]:
    """Each core with both edges moved into the silence around it, never across a heard word or another core."""
    starts = sorted({word.span.start for word in words})
    ends = sorted({word.span.end for word in words})
    edges: list[Span] = []
    floor = whole.start
    for i, core in enumerate(cores):
        ceiling = cores[i + 1].start if i + 1 < len(cores) else whole.end
        word_before = bisect_right(ends, core.start)
        word_after = bisect_left(starts, core.end)
        before = max(floor, ends[word_before - 1] if word_before else floor)
        after = min(ceiling, starts[word_after] if word_after < len(starts) else ceiling)
        start = max(floor, _cut(_before(core, before) & whole, core.start, quietest))
        end = max(start, _cut(_after(core, after) & whole, core.end, quietest))
        edges.append(Span(start, end, core.rate))
        floor = end
    return edges


def _before(core: Span, word_end: int) -> Span:
    """Where the cut before a sentence may lie: after the word before, not far off, hardly inside its own first word."""
    reach, bleed = round(_REACH_S * core.rate), round(_BLEED_S * core.rate)
    low = max(word_end - bleed, core.start - reach, 0)
    return Span(low, max(low, min(core.start + bleed, core.end)), core.rate)


def _after(core: Span, word_start: int) -> Span:
    reach, bleed = round(_REACH_S * core.rate), round(_BLEED_S * core.rate)
    low = max(core.end - bleed, core.start)
    return Span(low, max(low, min(word_start + bleed, core.end + reach)), core.rate)


def _cut(place: Span | None, otherwise: int, quietest: Quietest) -> int:
    return quietest(place) if place else otherwise


def _unmatched(part: Span, said: _Said) -> Iterator[Stretch]:
    spoken = said.speech_in(part)
    for span in spoken:
        yield _stretch(span, Heard.UNTRANSCRIBED, said, None)
    for span in part.minus(spoken):
        yield _stretch(span, Heard.NON_SPEECH, said, None)


def _stretch(span: Span, kind: Heard, said: _Said, match: Match | None) -> Stretch:
    spoken = sum(len(part) for part in said.speech_in(span))
    kept = replace(match, words=tuple(_clipped(word, span) for word in match.words)) if match else None
    return Stretch(span, kind, said.text(span), round(spoken / len(span), 4) if span else 0.0, kept)


def _clipped(word: Word, span: Span) -> Word:
    """A word's time kept inside its stretch, whose edge may lie a few frames inside the listener's."""
    start = min(max(word.span.start, span.start), span.end)
    end = min(max(word.span.end, start), span.end)
    return replace(word, span=Span(start, end, span.rate))
