from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pocketsphinx import get_model_path

from wavelode.pipelines.models.script_biased import phones
from wavelode.pipelines.models.script_biased.phones import PhoneBook, read_dictionary, table

WORDS = {
    "hi": ["मुख्यमंत्री", "योजना", "कहा"],
    "mr": ["मुंबई"],
    "bn": ["বাংলা", "মুখ্যমন্ত্রী"],
    "as": ["অসম"],
    "ta": ["தமிழ்", "செய்திகள்"],
    "te": ["తెలుగు", "వార్తలు"],
    "pa": ["ਪੰਜਾਬੀ", "ਖ਼ਬਰਾਂ"],
    "or": ["ଓଡ଼ିଆ", "ସମାଚାର"],
    "en": ["committee", "kohima", "nagaland's"],
    "yo": ["ìròyìn", "ọ̀sán"],
    "xx": ["word"],
}


@pytest.fixture(scope="module")
def english() -> dict[str, list[tuple[str, ...]]]:
    return read_dictionary(Path(get_model_path("en-us/cmudict-en-us.dict")))


@pytest.fixture(params=[True, False], ids=["espeak-ng", "no espeak-ng"])
def espeak(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[bool]:
    """With the program on the path, and without."""
    if request.param and shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed here")
    if not request.param:
        monkeypatch.setenv("PATH", "")
    phones.espeak_voices.cache_clear()
    yield bool(request.param)
    phones.espeak_voices.cache_clear()


@pytest.mark.parametrize("language", WORDS)
def test_words_of_any_script_can_be_said(
    language: str, espeak: bool, english: dict[str, list[tuple[str, ...]]]
) -> None:
    """A word without a pronunciation is never heard, and its sentence never found."""
    known = {phone for readings in english.values() for reading in readings for phone in reading}
    book = PhoneBook(language, english)
    book.learn(WORDS[language])
    for word in WORDS[language]:
        readings = book.pronunciations(word)
        assert 1 <= len(readings) <= 4, word
        assert len(set(readings)) == len(readings)
        for reading in readings:
            assert 2 <= len(reading) <= 4 * len(word) and set(reading) <= known, (word, reading)


def test_letters_that_espeak_only_names_are_romanised(espeak: bool) -> None:
    """Its Japanese voice calls a Han letter "Chinese letter", in English: as a pronunciation that is never heard."""
    book = PhoneBook("ja", {})
    book.learn(["東京"])
    romanised = PhoneBook("xx", {})
    romanised.learn(["東京"])
    assert book.pronunciations("東京") == romanised.pronunciations("東京")


def test_english_words_are_those_of_the_dictionary(english: dict[str, list[tuple[str, ...]]]) -> None:
    """What phoneticians wrote down is better than any rule."""
    book = PhoneBook("en-IN", english)
    book.learn(["the", "committee"])
    assert book.pronunciations("committee") == english["committee"]
    assert ("DH", "AH") in book.pronunciations("the")


@pytest.mark.parametrize(
    ("number", "part"), [("42", "T UW"), ("1947", "N AY N T IY N"), ("21st", "F ER S T"), ("2.5", "P OY N T")]
)
def test_a_number_is_said_as_it_is_read(
    number: str, part: str, english: dict[str, list[tuple[str, ...]]]
) -> None:
    """Years are read in two halves, ordinals as ordinals."""
    book = PhoneBook("en", english)
    book.learn([number])
    assert any(part in " ".join(reading) for reading in book.pronunciations(number))


def test_nothing_to_say_is_no_pronunciation(espeak: bool) -> None:
    """A sign without a sound must not enter the dictionary with no phones."""
    book = PhoneBook("xx", {})
    book.learn(["ॐ", "्", "%"])
    assert all(all(reading) for word in ("ॐ", "्", "%") for reading in book.pronunciations(word))


@pytest.mark.parametrize("name", ["ipa.tsv", "latin.tsv"])
def test_the_tables_hold_phones_of_the_acoustic_model_only(
    name: str, english: dict[str, list[tuple[str, ...]]]
) -> None:
    """One unknown phone and the decoder refuses the whole dictionary."""
    known = {phone for readings in english.values() for reading in readings for phone in reading}
    for symbol, options in table(name).items():
        assert symbol and options
        assert {phone for option in options for phone in option} <= known, symbol
