"""What belongs to a sentence at its edges: misheard words by their time, stray words and pauses not at all."""

from __future__ import annotations

import pytest

from tests.listening import WORD_SAMPLES, Listener, found_in, script
from wavelode.alignment.stretches import fitted
from wavelode.schemas.records import Match, Sentence, Word
from wavelode.schemas.time import Span

GAP = 10_000
"""A bit more than half a second."""
FIRST, SECOND = script(4, 2)
WORDS = SECOND.text.rstrip(".").split()


def heard(listener: Listener, *parts: tuple[str, int]) -> Match:
    """The reading of the second sentence, of which the listener wrote these parts, each with a pause after it."""
    listener.hear(FIRST.text)
    listener.at += GAP
    for said, pause in parts:
        listener.hear(said)
        listener.at += pause
    found = [match for match in found_in([FIRST, SECOND], listener) if match.sentence == SECOND]
    assert len(found) == 1
    return found[0]


def span(match: Match) -> Span:
    return match.words[0].span | match.words[-1].span


def test_misheard_first_words_are_the_sentences_though_one_after_them_went_unheard() -> None:
    """A garbled word, a gap where more was said, then the rest: the clip must not begin with the fourth."""
    listener = Listener()
    match = heard(listener, ("wyxehogy", GAP), (" ".join(WORDS[3:]), GAP))
    first = next(word for word in listener.heard if word.text == "wyxehogy")
    assert span(match).start <= first.span.start


def test_so_are_misheard_last_words() -> None:
    listener = Listener()
    match = heard(listener, (" ".join(WORDS[:-3]), GAP), ("wyxehogy", GAP))
    assert span(match).end >= listener.heard[-1].span.end


def test_a_word_that_is_like_the_first_one_but_long_before_it_is_anothers() -> None:
    """The sentence before may end with the word that this one begins with; a clip must not hold the pause."""
    printed, listener = Sentence("paper", 0, f"Ka {' '.join(WORDS)}."), Listener()
    listener.hear("wyxehogy hyxejuqo ka")
    listener.at += 24_000
    listener.hear(" ".join(WORDS))
    (match,) = found_in([printed], listener)
    assert span(match).start > listener.heard[2].span.end


@pytest.mark.parametrize("length", [1_600, 3_200, 16_000])
def test_a_sentence_keeps_little_of_the_silence_beside_its_own_length(length: int) -> None:
    """Ten milliseconds on each side are much of a sentence of a tenth of a second."""
    core = Span(20_000, 20_000 + length)
    whole = Span(0, 60_000)

    def silent_around(_near: Span, within: Span) -> Span:
        side = Span(0, core.start) if within.start < core.start else Span(core.end, whole.end)
        return Span(max(side.start, within.start), min(side.end, within.end))

    (found,) = fitted([core], [Word("ka", core)], whole, silent_around)
    assert found.start <= core.start and core.end <= found.end
    assert len(core) / len(found) > 0.92
    assert found.start == core.start - min(160, round(0.04 * length))


def test_silence_before_what_is_heard_is_passed_over_though_unheard_letters_were_expected_there() -> None:
    """Letters nobody heard are given room in the pause; where that is silent, the sentence begins after it."""
    core, word = Span(20_000, 40_000), Word("kalo", Span(26_000, 40_000))
    voice = 24_500

    def silent_until_the_voice(near: Span, within: Span) -> Span:
        return (
            Span(within.start, min(within.end, voice)) if near.start < voice else Span(within.end, within.end)
        )

    (found,) = fitted([core], [word], Span(0, 60_000), silent_until_the_voice)
    assert voice - 160 <= found.start <= voice


def test_printed_words_that_were_not_heard_are_named() -> None:
    """People ask which words are missing; those of a wrong sentence are in the table of what was left out."""
    listener = Listener()
    match = heard(listener, (" ".join([*WORDS[:2], "wyxehogy", *WORDS[3:]]), GAP))
    assert match.unheard == (WORDS[2],)
    assert match.words[2].text == WORDS[2] and len(match.words[2].span) <= 2 * WORD_SAMPLES
    assert found_in([Sentence("paper", 0, FIRST.text)], listener)[0].unheard == ()
