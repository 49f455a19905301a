"""Names every part of a recording: matched, untranscribed or non-speech, without gap or overlap."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from wavelode.schemas.records import Heard, Match, Stretch, Word
from wavelode.schemas.time import Span, overlapping

Silence = Callable[[Span, Span], Span]
"""The silence around the quietest place of the first span, as far as it reaches within the second; may be empty."""

_REACH_S = 0.1
"""The silence before a sentence's first word is looked for this far before it, in seconds, and so behind its last."""
_BLEED_S = 0.03
"""A listener's word edges may be this late or early, in seconds."""
_INSIDE_S = 0.15
"""Silence that begins at a word's edge may go on this far into where the listener heard the word, in seconds."""
_MARGIN_S = 0.01
_MARGIN_SHARE = 0.04
"""Silence that a sentence keeps on each side: seconds, and no more than this share of its length."""


def name_stretches(
    matches: Sequence[Match],
    words: Sequence[Word],
    speech: Sequence[Span],
    whole: Span,
    silence: Silence,
) -> tuple[Stretch, ...]:
    """The stretches of a recording in order of time.

    Args:
        matches: in order of time.
        words: all that was heard, in order of time.
        speech: where somebody speaks.
        whole: the recording.
        silence: finds the pause between a sentence and what is next to it.
    """
    cores = [_core(match) for match in matches]
    spans = fitted(cores, words, whole, silence)
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
        ordered, spans = sorted(words, key=lambda word: _middle(word.span)), sorted(speech)
        ends = accumulate((span.end for span in spans), max)
        middles, starts = (_middle(word.span) for word in ordered), (span.start for span in spans)
        return cls(tuple(ordered), tuple(middles), tuple(spans), tuple(starts), tuple(ends))

    def text(self, span: Span) -> str:
        """The words that lie mostly inside."""
        low, high = bisect_left(self.middles, span.start), bisect_left(self.middles, span.end)
        return " ".join(word.text for word in self.words[low:high])

    def speech_in(self, span: Span) -> list[Span]:
        low, high = bisect_right(self.last_ends, span.start), bisect_left(self.starts, span.end)
        return list(overlapping(self.speech[low:high], span))


def _core(match: Match) -> Span:
    return match.words[0].span | match.words[-1].span


def fitted(cores: Sequence[Span], words: Sequence[Word], whole: Span, silence: Silence) -> list[Span]:
    """Each core with both edges moved to where its speech ends, never across a heard word or another core.

    Args:
        cores: from the first to the last word of each sentence, in order of time, none overlapping another.
    """
    edges = Edges.of(words, whole, silence)
    out: list[Span] = []
    floor = whole.start
    for i, core in enumerate(cores):
        ceiling = cores[i + 1].start if i + 1 < len(cores) else whole.end
        out.append(edges.around(core, floor, ceiling))
        floor = out[-1].end
    return out


@dataclass(frozen=True, slots=True)
class Edges:
    """Moves the edges of what a listener heard to where speech begins and ends."""

    starts: tuple[int, ...]
    """of all words, in order"""
    ends: tuple[int, ...]
    whole: Span
    silence: Silence

    @classmethod
    def of(cls, words: Sequence[Word], whole: Span, silence: Silence) -> Edges:
        starts, ends = {word.span.start for word in words}, {word.span.end for word in words}
        return cls(tuple(sorted(starts)), tuple(sorted(ends)), whole, silence)

    def around(self, core: Span, floor: int, ceiling: int) -> Span:
        """The core with its edges moved, not below `floor`; a word beyond `ceiling` is another sentence's."""
        word_before, word_after = bisect_right(self.ends, core.start), bisect_left(self.starts, core.end)
        before = max(floor, self.ends[word_before - 1] if word_before else floor)
        after = min(ceiling, self.starts[word_after] if word_after < len(self.starts) else ceiling)
        start = min(max(floor, self._start(core, before)), self.whole.end)
        return Span(start, min(max(start, self._end(core, after)), self.whole.end), core.rate)

    def _start(self, core: Span, word_end: int) -> int:
        """Where the speech of a sentence begins, given where the word before it ends."""
        reach, bleed, inside = (round(s * core.rate) for s in (_REACH_S, _BLEED_S, _INSIDE_S))
        low = max(word_end - bleed, core.start - reach, 0)
        high = max(low, min(core.start + bleed, core.end))
        heard = self._first(core)
        pause = self._pause(low, high, low, max(high, min(heard + inside, max(heard, _middle(core)))))
        return pause.end - _kept(pause, core) if pause is not None else core.start

    def _end(self, core: Span, word_start: int) -> int:
        reach, bleed, inside = (round(s * core.rate) for s in (_REACH_S, _BLEED_S, _INSIDE_S))
        low = max(core.end - bleed, core.start)
        high = max(low, min(word_start + bleed, core.end + reach))
        heard = self._last(core)
        pause = self._pause(low, high, min(low, max(heard - inside, min(heard, _middle(core)))), high)
        return pause.start + _kept(pause, core) if pause is not None else core.end

    def _first(self, core: Span) -> int:
        """Where the first word in the core begins: where nobody heard its first letters, it may be silent till then."""
        at = bisect_left(self.starts, core.start)
        return self.starts[at] if at < len(self.starts) and self.starts[at] < core.end else core.start

    def _last(self, core: Span) -> int:
        at = bisect_right(self.ends, core.end) - 1
        return self.ends[at] if at >= 0 and self.ends[at] > core.start else core.end

    def _pause(self, low: int, high: int, least: int, most: int) -> Span | None:
        """The silence in ``[low, high)``, as far as it reaches in ``[least, most)``; None outside the recording."""
        near = Span(low, high, self.whole.rate) & self.whole
        within = Span(least, most, self.whole.rate) & self.whole
        return self.silence(near, within) if near and within else None


def _middle(span: Span) -> int:
    return (span.start + span.end) // 2


def _kept(pause: Span, core: Span) -> int:
    """How much of a pause a sentence keeps: half of a short one, so that two sentences can share it."""
    return min(round(_MARGIN_S * pause.rate), round(_MARGIN_SHARE * len(core)), len(pause) // 2)


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
