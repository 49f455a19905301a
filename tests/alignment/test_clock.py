"""Edges that nobody heard are told by the clock: where a pause, or a neighbour, leaves just the time they take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from wavelode.alignment.sentences import find_readings
from wavelode.schemas.records import Match, Sentence, Word
from wavelode.schemas.settings import AlignSettings
from wavelode.schemas.time import Span

TEXTS = [
    "alpha bravo charlie delta echoes foxtrot golfing hotels",
    "indian juliet kilowatt limas mikado november oscars papas",
    "quebec romeo sierra tangos uniform victor whiskey yankee",
]
RATE = 16_000
PER_LETTER_S, PAUSE_S = 0.06, 0.5
PRINT = [Sentence("paper", index, text) for index, text in enumerate(TEXTS)]


def read(pause_s: float = PAUSE_S) -> list[list[Word]]:
    """All words of all sentences, letter by letter at one pace."""
    at, said = 1.0, []
    for text in TEXTS:
        words = []
        for word in text.split():
            end = at + PER_LETTER_S * len(word)
            words.append(Word(word, span(at, end), 0.9))
            at = end
        said.append(words)
        at += pause_s
    return said


def span(start_s: float, end_s: float) -> Span:
    return Span(round(start_s * RATE), round(end_s * RATE), RATE)


def speech_of(said: Sequence[Sequence[Word]]) -> list[Span]:
    return [words[0].span | words[-1].span for words in said]


def second(said: Sequence[Sequence[Word]], dropped: set[int], speech: Sequence[Span]) -> Match:
    """The second sentence's match where these of its words were not heard."""
    kept = [w for n, words in enumerate(said) for at, w in enumerate(words) if n != 1 or at not in dropped]
    found = find_readings(PRINT, kept, "xx", AlignSettings(), speech=speech)
    (match,) = (m for m in found if m.sentence.index == 1)
    return match


def edges(match: Match) -> Span:
    return match.words[0].span | match.words[-1].span


@pytest.mark.parametrize("dropped", [{0}, {0, 1}, {7}, {6, 7}, {0, 7}])
def test_where_speech_begins_and_ends_the_sentence_does(dropped: set[int]) -> None:
    said = read()
    match = second(said, dropped, speech_of(said))
    assert match.start_heard and match.end_heard
    assert edges(match) == said[1][0].span | said[1][-1].span


@pytest.mark.parametrize(("dropped", "start", "end"), [({0, 1}, False, True), ({6, 7}, True, False)])
def test_without_knowing_where_there_is_speech_nothing_is_told(
    dropped: set[int], start: bool, end: bool
) -> None:
    match = second(read(), dropped, [])
    assert (match.start_heard, match.end_heard) == (start, end)


@pytest.mark.parametrize("longer_s", [1.5, -0.5])
def test_time_that_does_not_fit_what_is_printed_tells_nothing(longer_s: float) -> None:
    """More was said there than is missing, or less: what, nobody knows."""
    said = read(pause_s=3.0)
    first, own, last = speech_of(said)
    begins = Span(own.start - round(longer_s * RATE), own.end, RATE)
    assert not second(said, {0, 1}, [first, begins, last]).start_heard
    ends = Span(own.start, own.end + round(longer_s * RATE), RATE)
    assert not second(said, {6, 7}, [first, ends, last]).end_heard


def test_a_neighbour_in_print_that_was_heard_up_to_its_edge_tells_it_too() -> None:
    """Who reads on without a pause."""
    said = read(pause_s=0.02)
    whole = said[0][0].span | said[2][-1].span
    start, end = second(said, {0, 1}, [whole]), second(said, {6, 7}, [whole])
    assert start.start_heard and edges(start).start == said[0][-1].span.end
    assert end.end_heard and edges(end).end == said[2][0].span.start


def test_a_neighbour_whose_own_edge_was_not_heard_tells_nothing() -> None:
    """Where it ends is not known, so neither is where this one begins."""
    said = read(pause_s=0.02)
    whole = said[0][0].span | said[2][-1].span
    said[0][-1], said[2][0] = (replace(word, text="x" * len(word.text)) for word in (said[0][-1], said[2][0]))
    assert not second(said, {0, 1}, [whole]).start_heard
    assert not second(said, {6, 7}, [whole]).end_heard


def test_a_word_that_was_misheard_keeps_its_own_time() -> None:
    said = read(pause_s=0.2)
    whole = said[0][0].span | said[2][-1].span
    said[1][0], said[1][-1] = (replace(word, text="x" * len(word.text)) for word in (said[1][0], said[1][-1]))
    match = second(said, set(), [whole])
    assert match.start_heard and match.end_heard
    assert edges(match) == said[1][0].span | said[1][-1].span


def test_what_was_heard_needs_no_clock() -> None:
    said = read()
    with_speech = second(said, set(), [span(0, 30)])
    assert with_speech == second(said, set(), [])


def test_a_pause_before_the_neighbour_is_not_this_sentence_s() -> None:
    """Speech that began before the sentence before had ended is that one's."""
    said = read(pause_s=0.02)
    said[0] = said[0][:-1]
    begins_in_the_first = Span(said[0][-2].span.start, said[2][-1].span.end, RATE)
    match = second(said, {0}, [begins_in_the_first])
    assert edges(match).start >= said[0][-1].span.end
