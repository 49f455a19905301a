"""Printed letters onto frames: when each word was said, by a model that tells of each frame which letters it may be.

What was heard is only the likeliest spelling. Where a word was misheard its own letters are still likelier on its
frames than elsewhere; so the print of a sentence that was found is laid onto them once more, letter by letter (forced
alignment with the labels of CTC, Graves et al. 2006), with anything at all allowed before and after. Words whose
letters are likely there get those times; of others nothing is claimed that was not known before.
"""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.sentences import filled
from wavelode.schemas.records import Emission, Match, Word
from wavelode.schemas.time import Span

VERSION = "1"

Posteriors = NDArray[np.float32]
"""log P(label | frame), (F, V)."""

_LEAST_LOG_P = -7.0
"""Labels less likely than one in a thousand are not kept …"""
_UNLIKELY = -8.0
"""… and count as so likely."""
_STEPS_PER_NAT = 32
_CLEAR = 0.3
"""How likely the letters of a word must be on their frames, on average, to tell when it was said."""
_REACH_S = 2.0
"""A sentence may begin, or end, so far beyond what was known of it."""
_MOST_CELLS = 20_000_000
"""A sentence of so many letters times frames keeps its times: the path through it would not fit."""


def kept(log_p: Posteriors, span: Span) -> Emission:
    """What is worth keeping of a segment's posteriors (F, V): the likely labels, to a 32nd of a nat."""
    likely = log_p >= _LEAST_LOG_P
    likely[np.arange(len(log_p)), log_p.argmax(axis=1)] = True
    frames, labels = np.nonzero(likely)
    nats = np.clip(np.round(-log_p[frames, labels] * _STEPS_PER_NAT), 0, 255)
    counts = np.bincount(frames, minlength=len(log_p)).astype(np.uint16)
    return Emission(
        span, counts.tobytes(), labels.astype(np.uint16).tobytes(), nats.astype(np.uint8).tobytes()
    )


def dense(emission: Emission, num_labels: int) -> Posteriors:
    """(F, V) of what `kept` kept."""
    counts = np.frombuffer(emission.counts, np.uint16)
    found = np.full((len(counts), num_labels), _UNLIKELY, np.float32)
    frames = np.repeat(np.arange(len(counts)), counts)
    nats = np.frombuffer(emission.nats, np.uint8).astype(np.float32) / _STEPS_PER_NAT
    found[frames, np.frombuffer(emission.labels, np.uint16)] = -nats
    return found


def best_path(scores: Posteriors, skip: NDArray[np.bool_]) -> NDArray[np.int64] | None:
    """The state (F,) of each frame on the likeliest path through (F, S) scores; None where there is none.

    It begins in one of the first two states, ends in one of the last two, and goes on by none, one, or, where `skip`
    (S,) of the state it comes to says so, two. Of equally likely paths the one that moves on earlier is taken.
    """
    frames, size = scores.shape
    if not frames:
        return None
    best = np.full(size, -np.inf)
    best[:2] = scores[0, :2]
    came = np.zeros((frames, size), np.int8)
    for frame in range(1, frames):
        one = np.concatenate([[-np.inf], best[:-1]])
        two = np.where(skip, np.concatenate([[-np.inf, -np.inf], best[:-2]]), -np.inf)
        choices = np.stack([best, one, two])
        came[frame] = choices.argmax(axis=0)
        best = choices.max(axis=0) + scores[frame]
    return _traced(came, best)


def _traced(came: NDArray[np.int8], best: NDArray[np.float64]) -> NDArray[np.int64] | None:
    state = len(best) - 1 if best[-1] >= best[-2] else len(best) - 2
    if not np.isfinite(best[state]):
        return None
    path = np.empty(len(came), np.int64)
    for frame in range(len(came) - 1, -1, -1):
        path[frame] = state
        state -= int(came[frame, state])
    return path


@dataclass(frozen=True, slots=True)
class Alphabet:
    """What a model's labels write.

    Args:
        writes: of each label: its letters, ``""`` for the one that says nothing, ``" "`` for a gap between words, None
            for marks.
    """

    writes: Sequence[str | None]

    @property
    def blank(self) -> int:
        return self.writes.index("")

    @property
    def gaps(self) -> list[int]:
        return [label for label, text in enumerate(self.writes) if text == " "]

    def spelled(self, word: str) -> list[int] | None:
        """The labels that write a printed word, longest first; None where it has letters that they can't write."""
        known = {text: label for label, text in enumerate(self.writes) if text and text.strip()}
        longest = max(map(len, known), default=0)
        found: list[int] = []
        rest = unicodedata.normalize("NFC", word)
        while rest:
            sizes = range(min(longest, len(rest)), 0, -1)
            size, label = next(
                ((n, known[way]) for n in sizes for way in _cases(rest[:n]) if way in known), (1, None)
            )
            if label is not None:
                found.append(label)
            elif unicodedata.category(rest[0])[0] in "LMN":
                return None
            rest = rest[size:]
        return found or None


def _cases(text: str) -> tuple[str, ...]:
    return text, text.lower(), text.upper()


@dataclass(frozen=True, slots=True)
class Frames:
    """Some time of a recording: log-posteriors (F, V), and where each frame begins and ends, in samples (F,)."""

    log_p: Posteriors
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    rate: int

    def span(self, first: int, past: int) -> Span:
        return Span(int(self.starts[first]), int(self.ends[past - 1]), self.rate)


def refined(
    matches: Sequence[Match], emissions: Sequence[Emission], writes: Sequence[str | None]
) -> list[Match]:
    """The matches with their words where their letters are likely; none reaches into another.

    Args:
        matches: in order of time.
        emissions: of segments in order of time that don't overlap.
        writes: of the labels; see `Alphabet`.
    """
    alphabet, starts = Alphabet(writes), [emission.span.start for emission in emissions]
    out: list[Match] = []
    for at, match in enumerate(matches):
        floor = out[-1].words[-1].span.end if out else 0
        window = _window(match, matches[at + 1] if at + 1 < len(matches) else None, floor)
        frames = _frames(emissions[max(0, bisect_right(starts, window.start) - 1) :], window, len(writes))
        found = _said(match, frames, alphabet) if frames else [None] * len(match.words)
        out.append(_with(match, found, floor))
    return out


def _window(match: Match, after: Match | None, floor: int) -> Span:
    """Where the sentence may be: as far as nothing surely belongs to its neighbours."""
    first, last = match.words[0].span, match.words[-1].span
    reach = round(_REACH_S * first.rate)
    ceiling = last.end + reach
    if after:
        heard = [word.span.start for word in after.words if word.confidence is not None]
        ceiling = min(ceiling, max(last.end, heard[0] if heard else after.words[0].span.start))
    start = max(floor, first.start - reach)
    return Span(start, max(start, ceiling), first.rate)


def _frames(emissions: Sequence[Emission], window: Span, num_labels: int) -> Frames | None:
    """The frames that lie wholly inside; None where there are none."""
    parts: list[tuple[Posteriors, NDArray[np.int64], NDArray[np.int64]]] = []
    for emission in emissions:
        if emission.span.start >= window.end:
            break
        log_p = dense(emission, num_labels)
        edges = emission.span.start + np.round(
            np.arange(len(log_p) + 1) * len(emission.span) / max(1, len(log_p))
        ).astype(np.int64)
        inside = (edges[:-1] >= window.start) & (edges[1:] <= window.end)
        parts.append((log_p[inside], edges[:-1][inside], edges[1:][inside]))
    if not any(len(log_p) for log_p, _, _ in parts):
        return None
    log_p, begin, end = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Frames(log_p, begin, end, window.rate)


def _said(match: Match, frames: Frames, alphabet: Alphabet) -> list[Word | None]:
    """Of each printed word, when it was said and how likely its letters are there; None where they are unlikely."""
    unknown: list[Word | None] = [None] * len(match.words)
    spelled = [alphabet.spelled(word.text) for word in match.words]
    symbols = [label for labels in spelled for label in labels or [_ANY]]
    states = 2 * len(symbols) + 1
    if not any(spelled) or states * len(frames.log_p) > _MOST_CELLS:
        return unknown
    path = best_path(_scores(frames.log_p, spelled, alphabet), _may_skip(symbols))
    if path is None:
        return unknown
    found = zip(match.words, spelled, _places(spelled), strict=True)
    return [
        _word(word.text, path, place, frames, symbols) if labels else None for word, labels, place in found
    ]


_ANY = -1
"""Stands for a word that the labels can't write: any of them, for any time."""
_ANY_COSTS = 0.01
"""Nats: where a sentence's last letter is held, its frames are that letter's rather than anything's."""


def _scores(log_p: Posteriors, spelled: Sequence[Sequence[int] | None], alphabet: Alphabet) -> Posteriors:
    """(F, 2 N + 1): silence, the first of N symbols, silence …; at both ends anything, between words also a gap."""
    anything = log_p.max(axis=1) - _ANY_COSTS
    blank = log_p[:, alphabet.blank]
    between = np.maximum(blank, log_p[:, alphabet.gaps].max(axis=1)) if alphabet.gaps else blank
    columns = [anything]
    for labels in spelled:
        for label in labels or [_ANY]:
            columns += [anything if label == _ANY else log_p[:, label], blank]
        columns[-1] = between
    columns[-1] = anything
    return np.stack(columns, axis=1)


def _may_skip(symbols: Sequence[int]) -> NDArray[np.bool_]:
    """Silence is left out between different labels."""
    skip = np.zeros(2 * len(symbols) + 1, np.bool_)
    row = np.array(symbols)
    skip[3::2] = (row[1:] != row[:-1]) | (row[1:] == _ANY)
    return skip


def _places(spelled: Sequence[Sequence[int] | None]) -> Iterator[range]:
    """The symbols of each word, by number."""
    at = 0
    for labels in spelled:
        size = len(labels) if labels else 1
        yield range(at, at + size)
        at += size


def _word(
    text: str, path: NDArray[np.int64], place: range, frames: Frames, symbols: Sequence[int]
) -> Word | None:
    """The word from the first frame of its first letter to the last of its last, if its letters are likely."""
    first = int(np.searchsorted(path, 2 * place.start + 1, "left"))
    past = int(np.searchsorted(path, 2 * (place.stop - 1) + 1, "right"))
    states = path[first:past]
    letters = states % 2 == 1
    labels = np.array(symbols)[states[letters] // 2]
    sure = math.exp(float(frames.log_p[first:past][letters, labels].mean()))
    return Word(text, frames.span(first, past), min(1.0, sure)) if sure >= _CLEAR else None


def _with(match: Match, found: Sequence[Word | None], floor: int) -> Match:
    """The match with what was found; what was not found stays where it was, as far as the rest leaves room."""
    if not any(found):
        words = tuple(_not_before(word, floor) for word in match.words)
        return match if words == match.words else replace(match, words=words)
    known = list(found)
    before = floor
    for at, old in enumerate(match.words):
        after = next((word.span.start for word in found[at:] if word), math.inf)
        if (
            known[at] is None
            and old.confidence is not None
            and before <= old.span.start
            and old.span.end <= after
        ):
            known[at] = old
        before = known[at].span.end if known[at] else before  # type: ignore[union-attr]
    sure = [word.span for word in known if word]
    whole = Span(
        max(floor, min(match.words[0].span.start, sure[0].start)),
        max(match.words[-1].span.end, sure[-1].end),
        sure[0].rate,
    )
    return replace(
        match,
        words=tuple(filled([word.text for word in match.words], known, whole)),
        start_heard=match.start_heard or found[0] is not None,
        end_heard=match.end_heard or found[-1] is not None,
    )


def _not_before(word: Word, floor: int) -> Word:
    start = max(word.span.start, floor)
    return replace(word, span=Span(start, max(start, word.span.end), word.span.rate))
