"""Letters get the sounds that were heard for them, and no others."""

from __future__ import annotations

import shutil
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavelode.infra.demo.voices import Utterance, speak
from wavelode.pipelines.models.base import Expected, Segment
from wavelode.pipelines.models.script_biased import phones
from wavelode.pipelines.models.script_biased.letter_sounds import Heard, LetterSounds, Said, Timed, learned
from wavelode.pipelines.models.script_biased.listener import ScriptBiased
from wavelode.pipelines.models.script_biased.phones import Letter, PhoneBook, letters_of, romanised, table
from wavelode.schemas.time import Span

LATIN = table("latin.tsv")
SHA: tuple[Letter, ...] = (("ṣ", "s"), ("a", "a"))
SA: tuple[Letter, ...] = (("s", "s"), ("a", "a"))
LETTERS = {"ṣa": SHA, "sa": SA}


def heard(word: str, as_phones: str, free: str, sure: float = 0.9, times: int = 1) -> list[Heard]:
    """A word laid onto frames of ten per phone, and what a search among phones heard in them."""

    def timed(names: str) -> tuple[Timed, ...]:
        return tuple((name, 10 * at, 10 * at + 10) for at, name in enumerate(names.split()))

    return [((Said(word, timed(as_phones), sure),), timed(free))] * times


def words_heard(
    letters: dict[str, tuple[Letter, ...]], as_phones: str, free: str, **how: float
) -> list[Heard]:
    return [one for word in letters for one in heard(word, as_phones, free, **how)]


def many(letters: tuple[Letter, ...], count: int = 30) -> dict[str, tuple[Letter, ...]]:
    """So many words of the same letters."""
    return {f"word{at}": letters for at in range(count)}


def test_a_letter_that_is_romanised_as_another_gets_its_own_sound() -> None:
    """ṣ and s are both romanised s; nobody ever says the one as the other."""
    both = many(SHA) | {f"other{at}": SA for at in range(30)}
    said = words_heard(many(SHA), "S AH", "SH AH")
    said += [one for at in range(30) for one in heard(f"other{at}", "S AH", "S AH")]
    sounds = learned(said, both, LATIN)
    assert sounds.pronunciations(SHA)[0] == ("SH", "AH")
    assert sounds.pronunciations(SA)[0] == ("S", "AH")


def test_a_letter_of_two_sounds_keeps_both() -> None:
    words = many(SA)
    said = words_heard(words, "S AH", "S AH") + words_heard(words, "S AH", "Z AH")
    found = learned(said, words, LATIN).pronunciations(SA)
    assert found[0] == ("S", "AH") and ("Z", "AH") in found


def test_a_letter_nobody_heard_sounds_as_others_romanised_like_it() -> None:
    """A rare letter is better guessed by those that look like it in Latin than by English."""
    sounds = learned(words_heard(many(SA), "S AH", "Z AH"), many(SA), LATIN)
    assert sounds.pronunciations((("ś", "s"), ("a", "a")))[0] == ("Z", "AH")


@pytest.mark.parametrize(
    ("how", "count"), [({"sure": 0.4}, 30), ({"sure": 0.9}, 1)], ids=["unsure", "heard once"]
)
def test_what_is_unsure_or_rare_teaches_nothing(how: dict[str, float], count: int) -> None:
    words = many(SA, count)
    sounds = learned(words_heard(words, "S AH", "Z AH", **how), words, LATIN)
    assert sounds.pronunciations(SA) == LetterSounds({}, LATIN).pronunciations(SA)


def test_one_word_said_all_the_time_does_not_teach_like_many() -> None:
    """Its letters are heard as this word is said, not as they sound elsewhere."""
    words = many(SA, 12) | {"ever": SA}
    said = words_heard(words, "S AH", "S AH") + heard("ever", "S AH", "Z AH", times=60)
    assert learned(said, words, LATIN).pronunciations(SA)[0] == ("S", "AH")


@pytest.mark.parametrize("free", ["SIL AH", "+NSN+ AH"])
def test_silence_is_no_sound_of_a_letter(free: str) -> None:
    sounds = learned(words_heard(many(SA), "S AH", free), many(SA), LATIN)
    assert sounds.pronunciations(SA)[0] == ("S", "AH")
    assert all(
        all(phone.isalpha() and phone != "SIL" for phone in said) for said in sounds.pronunciations(SA)
    )


def test_words_laid_out_by_no_reading_of_their_letters_are_passed_over() -> None:
    """A number's name has the phones of other words."""
    sounds = learned(words_heard(many(SA), "W AH N", "Z AH M"), many(SA), LATIN)
    assert not sounds.counts


@given(st.lists(st.sampled_from(sorted(LATIN)), min_size=1, max_size=8))
def test_where_nothing_was_heard_a_word_is_said_as_the_table_has_it(symbols: list[str]) -> None:
    """The first reading is the table's own, and never are there more than four."""
    letters = [(symbol, symbol) for symbol in symbols]
    found = LetterSounds({}, LATIN).pronunciations(letters)
    first = phones.without_echo(phone for symbol in symbols for phone in LATIN[symbol][0])
    assert found[:1] == [first] or not first
    assert len(set(found)) == len(found) <= 4


@given(st.text(string.ascii_lowercase + "ṣọẹकमलाि", max_size=12))
def test_letters_read_a_word_as_its_romanised_form_is_read(word: str) -> None:
    """Where the two differ, nothing heard would ever be laid to a letter."""
    book = PhoneBook("xx", {})
    book.learn([word])
    letters = letters_of(word, "xx")
    said = LetterSounds({}, LATIN).pronunciations(letters) if letters else []
    assert said[:1] == book.pronunciations(word)[:1]
    assert all(symbol in LATIN for _, symbol in letters)
    assert "".join(symbol for _, symbol in letters) in "".join(romanised([word], "xx")).lower() or not letters


def test_a_book_is_respelled_only_where_nobody_speaks_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """What espeak-ng or the dictionary says of a word is better than what was heard for its letters."""
    monkeypatch.setattr(phones, "espeak_voices", lambda: frozenset({"yo"}))
    for language, read in (("yo", False), ("en-IN", False), ("lus", True)):
        book = PhoneBook(language, {}, {"sa": [("S", "AH")]})
        assert bool(book.letters()) is read
    respelled = book.respelled({"sa": [("SH", "AH")]})
    assert respelled.pronunciations("sa") == [("SH", "AH")] and book.pronunciations("sa") == [("S", "AH")]


def test_the_name_says_whether_letters_are_learned() -> None:
    names = {ScriptBiased().name, ScriptBiased(learns_letters=False).name, ScriptBiased(adapts=False).name}
    assert len(names) == 3
    assert ScriptBiased(adapts=False).name == ScriptBiased(adapts=False, learns_letters=False).name


SPOKEN = (
    "The harvest has begun in the northern valleys this week.",
    "A new bridge will carry lorries over the river by autumn.",
    "Teachers asked for smaller classes and better books.",
    "Heavy rain is expected along the coast until Thursday.",
    "The museum opens its garden to visitors on Sunday.",
    "Farmers sold their onions at a higher price than last year.",
    "Doctors warn that the clinic has too few nurses.",
    "Two trains were late because of snow on the line.",
)
_EXCHANGED = str.maketrans("smgtSMGT", "mstgMSTG")


@pytest.mark.skipif(not shutil.which("flite"), reason="flite is not installed here")
def test_a_spelling_that_nobody_knows_is_heard_better_once_its_letters_were_learned() -> None:
    """English in which s is written m, m is s, g is t and t is g: no table knows that."""
    printed = tuple(text.translate(_EXCHANGED) for text in SPOKEN)
    said = [text for _ in ("slt", "kal16") for text in printed]
    waves = speak([Utterance(voice, text) for voice in ("slt", "kal16") for text in SPOKEN], 16_000).values()
    segments = [Segment(wave, Span(at * 160_000, at * 160_000 + len(wave))) for at, wave in enumerate(waves)]
    right = []
    for learns in (False, True):
        listener = ScriptBiased(speaks=False, learns_letters=learns)
        listener.load()
        heard = listener.listen(segments, Expected("xx", printed))
        own = [text.lower().strip(".").split() for text in said]
        right.append(sum(word.text in words for one, words in zip(heard, own, strict=True) for word in one))
    assert right[1] > 1.1 * right[0]
