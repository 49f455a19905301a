from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wavelode.alignment.text import (
    comparable,
    normal_form,
    normal_words,
    spoken,
    spoken_as,
    tokens,
)

LANGUAGES = ("en", "hi", "bn", "ar", "yo", "te", "fr", "xx", "en-IN")
KINDS = ("cardinal", "ordinal", "year")
scripts = st.text(
    st.sampled_from("aAéß ßﬁK'’.,-!?।॥؟ 09१২٣%&()\u200c\u200d\u00adिक्षাংলাعـﷺ\u0301ŉ  \n")
    | st.characters(exclude_categories=["Cs"]),
    max_size=40,
)


@given(scripts)
@example("صلى ﷺ وسلم")
@example("ﹰ ﱞ ͺ")
def test_a_token_is_a_plain_word_of_its_slice(text: str) -> None:
    """A space inside a word breaks the listener's dictionary; an empty word breaks the alignment."""
    for token in tokens(text):
        assert token.text and not any(c.isspace() for c in token.text)
        assert 0 <= token.start < token.end <= len(text)


@given(scripts)
def test_tokens_stand_in_order_and_do_not_overlap(text: str) -> None:
    """What leaves is cut out of the print by these places."""
    for a, b in pairwise(tokens(text)):
        assert a.end <= b.start or (a.start, a.end) == (b.start, b.end)


@given(scripts, st.sampled_from(LANGUAGES))
def test_every_letter_of_the_print_is_in_a_normal_word(text: str, language: str) -> None:
    """A letter outside of every slice would be read out and never compared."""
    inside = {at for word in normal_words(text, language) for at in range(word.start, word.end)}
    for at, char in enumerate(text):
        if unicodedata.category(char)[0] == "L" and comparable(char):
            assert at in inside, (char, text)


@given(scripts)
def test_the_comparable_form_is_its_own(text: str) -> None:
    """What is heard comes back through the same form; twice must be the same as once."""
    once = [token.text for token in tokens(text)]
    assert [token.text for token in tokens(" ".join(once))] == once


@given(scripts)
def test_case_does_not_matter(text: str) -> None:
    """Headlines are printed in capitals and heard in small letters."""
    plain = [token.text for token in tokens(text.casefold())]
    assert [token.text for token in tokens(text)] == plain or not text.isascii()


@pytest.mark.parametrize(
    ("text", "language", "normal"),
    [
        ("The “Committee’s” 2nd e-mail!", "en", "the committee's second e mail"),
        ("1,250 votes – 40%", "en", "one thousand two hundred and fifty votes forty percent"),
        ("Rs. 2.5 crore & more", "en-IN", "rs two point five crore and more"),
        ("1,00,000 people", "en", "one hundred thousand people"),
        ("मुख्यमंत्री ने १२ योजनाएं", "hi", "मुख्यमंत्री ने बारह योजनाएं"),
        ("বাংলা ভাষা।", "bn", "বাংলা ভাষা"),
        ("اَلسَّلَامُ عَلَيْكُمْ", "ar", "اَلسَّلَامُ عَلَيْكُمْ"),
        ("الرحمـــن", "ar", "الرحمن"),
        ("क्‍षमा", "hi", "क्षमा"),
        ("co\u00adoperate", "en", "cooperate"),
        ("ﬁnal ﬂood", "en", "final flood"),
        ("ÉCOLE e\u0301cole", "fr", "école école"),
        ("Ìròyìn ọ̀sán", "yo", "ìròyìn ọ̀sán"),
        ("", "en", ""),
        ("— … !!", "en", ""),
    ],
)
def test_print_in_its_normal_form(text: str, language: str, normal: str) -> None:
    """What is heard is compared with this; both sides must write a word alike."""
    expected = unicodedata.normalize("NFC", normal)
    assert normal_form(text, language) == expected


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("21st", ["twenty", "first"]),
        ("3rd", ["third"]),
        ("12th", ["twelfth"]),
        ("0", ["zero"]),
        ("7.5", ["seven", "point", "five"]),
        ("&", ["and"]),
    ],
)
def test_english_numbers_are_spelled_as_read(token: str, words: list[str]) -> None:
    """Digits are printed and words are heard."""
    assert spoken(token, "en") == words


def test_a_number_in_an_unknown_language_stays_itself() -> None:
    """A number dropped would leave its sentence a word short."""
    assert spoken("42", "xx") == ["42"]
    assert spoken("%", "xx") == []


@pytest.mark.parametrize(
    ("token", "language", "heard", "words"),
    [
        ("1947", "en", "in nineteen forty seven", "nineteen forty seven"),
        ("1947", "en", "", "one thousand nine hundred and forty seven"),
        ("dr", "en", "the doctor came", "doctor"),
        ("dr", "en", "the dr came", "dr"),
        ("st", "en", "down the street", "street"),
        ("%", "hi", "", "प्रतिशत"),
        ("%", "hi", "दस फीसदी", "फीसदी"),
        ("किमी", "hi", "दो किलोमीटर", "किलोमीटर"),
        ("2536", "hi", "", "दो हज़ार पाँच सौ छत्तीस"),
        ("2.5", "hi", "", "2.5"),
    ],
)
def test_of_several_ways_to_say_it_the_heard_one_is_compared(
    token: str, language: str, heard: str, words: str
) -> None:
    """A year read as a year is no error of the reader's, and "Dr." is read as doctor."""
    assert " ".join(spoken(token, language, set(heard.split()))) == words


def test_every_way_to_say_something_is_words() -> None:
    """A row of the table that is no word could never be heard."""
    for (language, token), ways in spoken_as().items():
        assert token and all(ways) and language.islower()
