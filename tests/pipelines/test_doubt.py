from __future__ import annotations

from wavelode.pipelines.documents.doubt import with_words
from wavelode.pipelines.documents.rules import FontMap, Rule

SURE = 9.0


def font(**texts: str) -> FontMap:
    return FontMap({(name,): Rule(text, SURE, SURE) for name, text in texts.items()})


ALPHABET = font(a="क", b="म", c="ल", d="र", e="ब", f="ग", g="न")
KNOWN = {"कमलन", "कमरन", "नकमल", "रलमन", "कबलन"}


def test_a_glyph_that_makes_no_words_is_read_as_what_makes_them() -> None:
    """Recognition that takes one letter for another all through a font teaches the font that letter."""
    wrong = FontMap({**ALPHABET.rules, ("b",): Rule("भ", SURE, SURE)})
    found = with_words(wrong, ["abcg", "abdg", "gabc"], KNOWN)
    assert found.rules[("b",)].text == "म"


def test_a_glyph_that_makes_words_stays_whatever_names_hold_it() -> None:
    """Names are in no list of words, and they hold the same letters."""
    found = with_words(ALPHABET, ["abcg", "abdg", "aecg", "aedg", "gaec"], KNOWN)
    assert found == ALPHABET


def test_one_unknown_word_changes_nothing() -> None:
    """One name that is a letter away from a word must not spoil a font."""
    found = with_words(ALPHABET, ["aecg"], KNOWN)
    assert found == ALPHABET


def test_glyphs_read_together_against_what_each_stands_for_need_one_word() -> None:
    """A word that is always misread alike becomes a rule of its glyphs; one by one they are known."""
    rules = {**ALPHABET.rules, ("b", "c"): Rule("मर", 4, 4)}
    found = with_words(FontMap(rules), ["gdabc"], {"नरकमल"})
    assert found.rules[("b", "c")].text == "मल"


def test_a_reading_that_shares_no_letter_with_what_was_seen_is_none() -> None:
    """Two glyphs may well be another thing together than one by one."""
    rules = {**ALPHABET.rules, ("b", "c"): Rule("भभ", 4, 4)}
    assert with_words(FontMap(rules), ["gdabc"], {"नरकमल"}).rules[("b", "c")].text == "भभ"


def test_without_words_nothing_changes() -> None:
    """Where Tesseract's programs are missing there are none."""
    assert with_words(ALPHABET, ["abc"], frozenset()) == ALPHABET
