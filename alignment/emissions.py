"""Print onto frames: when words were said that nobody heard, by what a model takes each frame of sound for.

What was heard is only the likeliest text. Where words of a sentence were misheard, its own letters, or sounds, are
still likelier there than elsewhere: between the words that were heard, or from the last of them to where something else
begins, they are laid onto the frames one by one (forced alignment with the labels of CTC, Graves et al. 2006). Beyond
a sentence anything may be said, at a cost. Words whose labels fit get those times; of others nothing is claimed that
was not known before.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.sentences import filled
from wavelode.schemas.records import Alphabet, Emission, Match, Word
from wavelode.schemas.time import Span

VERSION = "1"

Posteriors = NDArray[np.float32]
"""log P(label | frame), (F, V)."""

_LEAST_LOG_P = -7.0
"""Labels less likely than one in a thousand are not kept …"""
_UNLIKELY = -8.0
"""… and count as so likely."""
_STEPS_PER_NAT = 32
_SURE = 0.5
_WORDS_TO_JUDGE_BY = 200
"""So many heard words, this sure, tell how far behind the likeliest label that of what is said usually is."""
_ANY_DOUBTS, _ANY_COSTS = 2.0, 0.01
"""What is said beyond a sentence costs twice that on each frame, or so many nats. If it cost as little as the sentence
itself, words would be squeezed into few frames; if it cost much more, they would be drawn out over others."""
_MOST_DOUBTS, _MOST_DOUBT = 2.5, 1.0
"""A word's labels fit where they are no farther behind than so many times that, or than so many nats."""
_REACH_S, _PACES = 1.0, 2.0
"""Words are looked for as far as they reach at half the pace of those that were heard, and a second on for a pause."""
_MOST_CELLS = 20_000_000
"""A sentence of so many labels times frames keeps its times: the path through it would not fit."""


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


def may_skip(symbols: Sequence[int]) -> NDArray[np.bool_]:
    """Of the states silence, symbol, silence, symbol …, (2 N + 1,): a symbol may follow at once on another one."""
    skip = np.zeros(2 * len(symbols) + 1, np.bool_)
    row = np.array(symbols)
    skip[3::2] = row[1:] != row[:-1]
    return skip


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
class Frames:
    """Some time of a recording: log-posteriors (F, V), and where each frame begins and ends, in samples (F,)."""

    log_p: Posteriors
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def span(self, first: int, past: int, rate: int) -> Span:
        return Span(int(self.starts[first]), int(self.ends[past - 1]), rate)


@dataclass(frozen=True)
class Labels:
    """Words as the labels of a model."""

    alphabet: Alphabet
    _known: dict[str, int] = field(default_factory=dict, repr=False)
    _lexicon: dict[str, tuple[int, ...]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, alphabet: Alphabet) -> Labels:
        known = {text: label for label, text in enumerate(alphabet.writes) if text and text.strip()}
        return cls(alphabet, known, dict(alphabet.lexicon or ()))

    @property
    def blank(self) -> int | None:
        """None in models that take each frame for some sound."""
        writes = self.alphabet.writes
        return writes.index("") if "" in writes else None

    @property
    def silent(self) -> list[int]:
        """What may be between words."""
        gaps = [label for label, text in enumerate(self.alphabet.writes) if text == " "]
        return gaps if self.blank is None else [self.blank, *gaps]

    def spelled(self, word: str) -> list[int] | None:
        """The labels that say a printed word; None where they can't."""
        if self.alphabet.lexicon is not None:
            return [*self._lexicon.get(word, ())] or None
        return self._written(unicodedata.normalize("NFC", word))

    def _written(self, rest: str) -> list[int] | None:
        """The longest label first; None where there are letters or digits that none writes."""
        longest = max(map(len, self._known), default=0)
        found: list[int] = []
        while rest:
            sizes = range(min(longest, len(rest)), 0, -1)
            ways = ((size, way) for size in sizes for way in _cases(rest[:size]) if way in self._known)
            size, way = next(ways, (1, ""))
            if way:
                found.append(self._known[way])
            elif unicodedata.category(rest[0])[0] in "LMN":
                return None
            rest = rest[size:]
        return found or None


def _cases(text: str) -> tuple[str, ...]:
    return text, text.lower(), text.upper()


def refined(matches: Sequence[Match], emissions: Sequence[Emission], alphabet: Alphabet) -> list[Match]:
    """The matches with words that nobody heard where their labels fit; none reaches into another.

    Args:
        matches: in order of time.
        emissions: of segments in order of time that don't overlap.
    """
    recording = _Recording.of(matches, emissions, alphabet)
    out: list[Match] = []
    for at, match in enumerate(matches):
        floor = out[-1].words[-1].span.end if out else 0
        ceiling = _first_heard(matches[at + 1]) if at + 1 < len(matches) else None
        out.append(recording.refined(match, floor, ceiling))
    return out


def _first_heard(match: Match) -> int:
    """Where it begins for sure."""
    heard = (word.span.start for word in match.words if word.confidence is not None)
    return next(heard, match.words[0].span.start)


@dataclass(frozen=True, slots=True)
class _Run:
    """Words in a row that nobody heard, and where they may be; on a side where a word was heard it is just there."""

    words: Sequence[Word]
    window: Span
    follows: bool
    precedes: bool


@dataclass(frozen=True, slots=True)
class _Recording:
    """A recording's emissions, found by time.

    Attributes:
        starts: of the segments, in samples.
        doubt: how much less likely than the likeliest label that of what is said usually is, in nats.
    """

    emissions: Sequence[Emission]
    labels: Labels
    starts: Sequence[int]
    doubt: float = 0.0

    @classmethod
    def of(cls, matches: Sequence[Match], emissions: Sequence[Emission], alphabet: Alphabet) -> _Recording:
        bare = cls(emissions, Labels.of(alphabet), [emission.span.start for emission in emissions])
        surely = [word for match in matches for word in match.words if (word.confidence or 0.0) >= _SURE]
        every = max(1, len(surely) // _WORDS_TO_JUDGE_BY)
        doubts = [doubt for word in surely[::every] if (doubt := bare._doubt_in(word)) is not None]
        return replace(bare, doubt=float(np.median(doubts)) if doubts else 0.0)

    def refined(self, match: Match, floor: int, ceiling: int | None) -> Match:
        """The match with all words after `floor`, and those that nobody heard before `ceiling`."""
        known: list[Word | None] = [word if word.confidence is not None else None for word in match.words]
        if not any(known):
            return _not_before(match, floor)
        per_label = self._pace([word for word in known if word])
        for first, past in _unheard(known):
            reach, rate = self._reach(match.words[first:past], per_label), match.words[0].span.rate
            window = _window(known, first, past, reach, floor, ceiling, rate)
            run = _Run(match.words[first:past], window, first > 0, past < len(known))
            known[first:past] = self._said(run)
        return _with(match, known, floor)

    def _pace(self, heard: Sequence[Word]) -> float:
        """Samples per label."""
        return sum(len(word.span) for word in heard) / max(1, self._count(heard))

    def _reach(self, words: Sequence[Word], per_label: float) -> int:
        return round(_REACH_S * words[0].span.rate + _PACES * per_label * self._count(words))

    def _count(self, words: Sequence[Word]) -> int:
        """Labels, or letters of what the labels can't say."""
        return sum(len(self.labels.spelled(word.text) or word.text) for word in words)

    def _said(self, run: _Run) -> list[Word | None]:
        """When each word of a run was said; None where its labels don't fit."""
        unknown: list[Word | None] = [None] * len(run.words)
        spelled = [self.labels.spelled(word.text) for word in run.words]
        frames = self._frames(run.window) if any(spelled) else None
        symbols = [label for labels in spelled for label in labels or [_ANY]]
        if frames is None or (2 * len(symbols) + 1) * len(frames.log_p) > _MOST_CELLS:
            return unknown
        path = best_path(self._scores(frames.log_p, spelled, run), self._may_skip(symbols))
        if path is None:
            return unknown
        found = zip(run.words, spelled, _places(spelled), strict=True)
        return [
            self._placed(word, path, place, frames, symbols) if labels else None
            for word, labels, place in found
        ]

    def _placed(
        self, word: Word, path: NDArray[np.int64], place: range, frames: Frames, symbols: Sequence[int]
    ) -> Word | None:
        """The word from the first frame of its first label to the last of its last, if they fit."""
        first = int(np.searchsorted(path, 2 * place.start + 1, "left"))
        past = int(np.searchsorted(path, 2 * (place.stop - 1) + 1, "right"))
        states = path[first:past]
        said = states % 2 == 1
        log_p = frames.log_p[first:past][said]
        labels = np.array(symbols)[states[said] // 2]
        doubt = float((log_p.max(axis=1) - log_p[np.arange(len(labels)), labels]).mean())
        fits = doubt <= max(_MOST_DOUBT, _MOST_DOUBTS * self.doubt)
        return replace(word, span=frames.span(first, past, word.span.rate)) if fits else None

    def _doubt_in(self, word: Word) -> float | None:
        """How far behind the likeliest labels its own are where a word was heard; None where that can't be told."""
        labels, frames = self.labels.spelled(word.text), self._frames(word.span)
        if labels is None or frames is None:
            return None
        scores = self._scores(frames.log_p, [labels], _Run([word], word.span, True, True))
        path = best_path(scores, self._may_skip(labels))
        if path is None:
            return None
        return float((frames.log_p.max(axis=1) - scores[np.arange(len(path)), path]).mean())

    def _frames(self, window: Span) -> Frames | None:
        """The frames that lie wholly inside; None where there are none."""
        parts: list[tuple[Posteriors, NDArray[np.int64], NDArray[np.int64]]] = []
        for emission in self.emissions[max(0, bisect_right(self.starts, window.start) - 1) :]:
            if emission.span.start >= window.end:
                break
            log_p = dense(emission, len(self.labels.alphabet.writes))
            steps = np.arange(len(log_p) + 1) * len(emission.span) / max(1, len(log_p))
            edges = emission.span.start + np.round(steps).astype(np.int64)
            inside = (edges[:-1] >= window.start) & (edges[1:] <= window.end)
            parts.append((log_p[inside], edges[:-1][inside], edges[1:][inside]))
        if not any(len(log_p) for log_p, _, _ in parts):
            return None
        return Frames(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _scores(self, log_p: Posteriors, spelled: Sequence[Sequence[int] | None], run: _Run) -> Posteriors:
        """(F, 2 N + 1): what is before, the first of N symbols, silence, the second, …, what is after them.

        Between words any silence may be, within them the blank; beside a word that was heard silence, else anything.
        """
        likeliest = log_p.max(axis=1)
        beyond = likeliest - max(_ANY_COSTS, _ANY_DOUBTS * self.doubt)
        between, within = (
            _best_of(log_p, labels) for labels in (self.labels.silent, self.labels.silent[: self._has_blank])
        )
        columns = [between if run.follows else beyond]
        for labels in spelled:
            for label in labels or [_ANY]:
                columns += [likeliest - _ANY_COSTS if label == _ANY else log_p[:, label], within]
            columns[-1] = between
        columns[-1] = between if run.precedes else beyond
        return np.stack(columns, axis=1)

    def _may_skip(self, symbols: Sequence[int]) -> NDArray[np.bool_]:
        """As `may_skip`, and between words that the labels can't say; where labels have no blank, between any."""
        skip = may_skip(symbols)
        skip[3::2] |= (np.array(symbols)[1:] == _ANY) | (not self._has_blank)
        return skip

    @property
    def _has_blank(self) -> bool:
        return self.labels.blank is not None


_ANY = -1
"""Stands for a word that the labels can't say: any of them, for any time."""


def _best_of(log_p: Posteriors, labels: Sequence[int]) -> NDArray[np.float32]:
    """Of some labels, (F,); none is never."""
    if not labels:
        return np.full(len(log_p), -np.inf, np.float32)
    best: NDArray[np.float32] = log_p[:, labels].max(axis=1)
    return best


def _places(spelled: Sequence[Sequence[int] | None]) -> Iterator[range]:
    """The symbols of each word, by number."""
    at = 0
    for labels in spelled:
        size = len(labels) if labels else 1
        yield range(at, at + size)
        at += size


def _unheard(known: Sequence[Word | None]) -> Iterator[tuple[int, int]]:
    """The runs of words that are not known, as first and past."""
    edges = np.flatnonzero(np.diff([0, *(int(word is None) for word in known), 0]))
    yield from ((int(a), int(b)) for a, b in edges.reshape(-1, 2))


def _window(
    known: Sequence[Word | None],
    first: int,
    past: int,
    reach: int,
    floor: int,
    ceiling: int | None,
    rate: int,
) -> Span:
    """Where a run of unheard words may be: between heard words, or so far from one, and not in another sentence."""
    before = known[first - 1] if first else None
    after = known[past] if past < len(known) else None
    start = before.span.end if before else max(floor, after.span.start - reach if after else floor)
    most = start + reach if ceiling is None else min(ceiling, start + reach)
    end = after.span.start if after else most
    return Span(start, max(start, end), rate)


def _with(match: Match, known: Sequence[Word | None], floor: int) -> Match:
    """The match with what is known; the rest shares what is left, up to where the match began and ended."""
    sure = [word.span for word in known if word]
    first, last = match.words[0].span, match.words[-1].span
    whole = Span(max(floor, min(first.start, sure[0].start)), max(last.end, sure[-1].end), first.rate)
    return replace(
        match,
        words=tuple(filled([word.text for word in match.words], [*known], whole)),
        start_heard=match.start_heard or known[0] is not None,
        end_heard=match.end_heard or known[-1] is not None,
    )


def _not_before(match: Match, floor: int) -> Match:
    starts = (max(word.span.start, floor) for word in match.words)
    spans = [Span(s, max(s, w.span.end), w.span.rate) for s, w in zip(starts, match.words, strict=True)]
    return replace(match, words=tuple(replace(w, span=s) for w, s in zip(match.words, spans, strict=True)))
