"""Readings by letters: a bad listener, misheard edges, and what must not pass for a reading."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from tests.listening import PAUSE_SAMPLES, WORD_SAMPLES, script
from wavelode.alignment.align import FreeEnds, encode
from wavelode.alignment.rates import coincidence, likeliest, log_odds
from wavelode.alignment.sentences import find_readings
from wavelode.alignment.text import tokens
from wavelode.schemas.records import Sentence, Word
from wavelode.schemas.settings import AlignSettings
from wavelode.schemas.time import Span

LETTERS = "abdegiklmnoprstuv"
ENDS = FreeEnds(True, True, True, True)


def with_letter_errors(text: str, rate: float, random: Random) -> str:
    """Letters confused, dropped and doubled by others, a third each."""
    out = []
    for letter in text:
        chance = random.random() / rate
        if chance >= 1:
            out.append(letter)
        elif chance < 2 / 3:
            out.append(random.choice(LETTERS) + ("" if chance < 1 / 3 else letter))
    return "".join(out)


def heard_badly(texts: list[str], rate: float, seed: int = 0) -> tuple[list[Word], list[Span]]:
    """Every word on time, with letter errors; and where each text was said."""
    random, at, words, spans = Random(seed), 0, [], []
    for text in texts:
        start = at
        for token in tokens(text):
            said = with_letter_errors(token.text, rate, random) if rate else token.text
            if said:
                words.append(Word(said, Span(at, at + WORD_SAMPLES)))
            at += WORD_SAMPLES
        spans.append(Span(start, at))
        at += PAUSE_SAMPLES * 4
    return words, spans


def overlap(a: Span, b: Span) -> float:
    shared = a & b
    return len(shared) / len(a | b) if shared else 0.0


@pytest.mark.parametrize(("rate", "least"), [(0.1, 20), (0.2, 20), (0.4, 18)])
def test_a_listener_wrong_in_many_letters_still_finds_the_sentences(rate: float, least: int) -> None:
    """With fixed scores and whole words nearly nothing is found at two letters in five."""
    print_ = script(7, 20)
    words, spans = heard_badly([s.text for s in print_], rate)
    found = find_readings(print_, words, "xx", AlignSettings())
    right = [m for m in found if overlap(m.words[0].span | m.words[-1].span, spans[m.sentence.index]) >= 0.9]
    assert len(right) >= least
    assert len(found) - len(right) <= 1


@pytest.mark.parametrize("rate", [0.05, 0.15, 0.3, 0.45])
def test_the_likeliest_scores_are_those_of_the_listeners_error_rate(rate: float) -> None:
    """Scores for a good listener leave a bad one's speech unpaired, and the other way round."""
    text = " ".join(s.text.casefold() for s in script(3, 40))
    a, b = encode(text), encode(with_letter_errors(text, rate, Random(1)))
    rates = (0.05, 0.15, 0.3, 0.45)
    candidates = [log_odds(r, coincidence(a, b), ENDS, 10) for r in rates]
    assert abs(rates.index(rate) - candidates.index(likeliest(a, b, candidates))) <= 1


def test_coincidence_is_the_chance_that_two_letters_are_equal() -> None:
    """Scores are odds against chance; a wrong chance makes every letter look like proof."""
    a, b = np.array([1, 1, 2, 3], np.int32), np.array([1, 2, 2, 2], np.int32)
    assert coincidence(a, b) == pytest.approx(0.5 * 0.25 + 0.25 * 0.75)


def test_a_misheard_first_word_belongs_to_its_sentence() -> None:
    """A clip that begins with its second word is wrong training data."""
    print_ = script(5, 3)
    words, spans = heard_badly([s.text for s in print_], 0.0)
    at = next(i for i, word in enumerate(words) if word.span.start == spans[1].start)
    words[at] = Word("x" * len(words[at].text), words[at].span)
    match = find_readings(print_, words, "xx", AlignSettings())[1]
    assert match.words[0].span.start == spans[1].start
    assert match.start_heard


def test_two_numbers_are_no_reading_of_a_sentence() -> None:
    """Numbers spelled out share most of their words: "twenty two" of one is "twenty two" of any other."""
    headline = Sentence("paper", 0, "The hill council sets aside 250 lakh for roads.")
    footer = Sentence("paper", 1, "Ends / desk 2 / 722")
    words, _ = heard_badly([headline.text, headline.text], 0.0)
    found = find_readings([headline, footer], words, "en", AlignSettings())
    assert [(m.sentence.index, m.occurrence) for m in found] == [(0, 0), (0, 1)]


def test_an_interview_inside_a_sentence_is_not_bridged() -> None:
    """Half a sentence before and half after something else is not one reading of it."""
    print_ = script(9, 1)
    said = [token.text for token in tokens(print_[0].text)]
    middle = [token.text for s in script(11, 3) for token in tokens(s.text)]
    half = len(said) // 2
    words, _ = heard_badly([" ".join([*said[:half], *middle, *said[half:]])], 0.0)
    longest = max(
        (m.words[0].span | m.words[-1].span for m in find_readings(print_, words, "xx", AlignSettings())),
        key=len,
    )
    assert len(longest) <= len(said) * WORD_SAMPLES


def test_a_changed_word_speaks_for_another_word() -> None:
    """What was edited in print must stand out among words that were heard."""
    print_ = script(13, 2)
    words, _ = heard_badly([s.text for s in print_], 0.0)
    plain = find_readings(print_, words, "xx", AlignSettings())[0]
    own = tokens(print_[0].text)
    changed = print_[0].text.replace(print_[0].text[own[4].start : own[4].end], "zzyzzyx", 1)
    edited = find_readings([Sentence("paper", 0, changed), print_[1]], words, "xx", AlignSettings())[0]
    assert edited.other_word > plain.other_word + 5


def test_a_first_word_heard_before_misheard_ones_is_heard() -> None:
    """A misheard name after the first word must not hide that the sentence's beginning was heard."""
    print_ = script(17, 2)
    words, spans = heard_badly([s.text for s in print_], 0.0)
    first = next(i for i, word in enumerate(words) if word.span.start == spans[1].start)
    words[first - 1] = Word(words[first - 1].text, words[first - 1].span | words[first].span.shift(-1))
    for i in (first + 1, first + 2):
        words[i] = Word("x" * len(words[i].text), words[i].span)
    match = find_readings(print_, words, "xx", AlignSettings())[1]
    assert match.start_heard
    assert match.words[0].span.start == spans[1].start


def test_an_unheard_first_word_has_room_in_the_pause_before_it() -> None:
    """A short word that nobody heard was said all the same; the clip must not begin after it."""
    print_ = [
        Sentence("paper", 0, script(19, 2)[0].text),
        Sentence("paper", 1, f"Tra {script(19, 2)[1].text}"),
    ]
    words, spans = heard_badly([s.text for s in print_], 0.0)
    words = [word for word in words if word.span.start != spans[1].start]
    match = find_readings(print_, words, "xx", AlignSettings())[1]
    assert match.start_heard
    assert match.words[0].text == "Tra"
    assert match.words[0].span.start <= match.words[1].span.start - 0.15 * 16_000


@pytest.mark.parametrize("seed", range(3))
def test_a_number_nobody_can_say_is_neither_heard_nor_missed(seed: int) -> None:
    """A language without a library of numbers is most languages; a figure must not cost its sentence."""
    print_ = script(seed)
    words = print_[1].text.split()
    with_number = Sentence("paper", 1, " ".join([*words[:3], "2536", *words[4:]]))
    heard, spans = heard_badly([print_[0].text, print_[1].text, print_[2].text], 0)
    match = find_readings([print_[0], with_number, print_[2]], heard, "xx", AlignSettings())[1]
    whole = find_readings(print_[:3], heard, "xx", AlignSettings())[1]
    assert match.words[0].span.start == spans[1].start and match.words[-1].span.end == spans[1].end
    assert match.words[3].text == "2536" and match.words[3].span == whole.words[3].span
    assert (match.longest_miss, match.alignment_score) == (0, 1.0) and match.cer <= 0.15
    assert match.likeness == pytest.approx(1.0, abs=0.1)


def test_digits_the_listener_writes_are_compared_as_digits() -> None:
    """A listener that writes figures tells 2536 from 2537."""
    print_ = [Sentence("paper", 0, "the fund gave 2536 to all of them today")]
    heard, _ = heard_badly([print_[0].text], 0)
    other, _ = heard_badly([print_[0].text.replace("2536", "2537")], 0)
    assert find_readings(print_, heard, "xx", AlignSettings())[0].cer == 0
    assert find_readings(print_, other, "xx", AlignSettings())[0].cer > 0


@pytest.mark.parametrize(
    ("print_", "heard"),
    [
        ("अङ्क हिन्दी सम्पादक क़लम हँसना जगत्", "अंक हिंदी संपादक कलम हंसना जगत"),
        ("یہ کتاب اچھی ہے السَّلامُ", "يه كتاب اچهي هے السلام"),
    ],
)
def test_a_spelling_is_no_mishearing(print_: str, heard: str) -> None:
    """Print and listeners follow different orthographies; what leaves is the print."""
    words, _ = heard_badly([heard], 0)
    match = find_readings([Sentence("paper", 0, print_)], words, "xx", AlignSettings())[0]
    assert match.cer == 0 and match.alignment_score == 1
    assert [word.text for word in match.words] == print_.split()
