"""The form in which print and speech are compared, with a map back to what is printed.

Printed text becomes *normal words*: case, punctuation, compatibility forms and invisible joiners gone, numbers
spelled as they are spoken where a library knows the language, signs and abbreviations as data say (`spoken.tsv`).
Every normal word knows the printed characters it came from, so what leaves Wavelode is always the printed text
itself. Letters of these words that are written in several ways are the matter of `letters.py`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from wavelode.alignment.syllables import pieces

_INVISIBLE = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF])
_SAME_LETTER = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "\u0640": None})
_NUMBER = re.compile(r"\d+(?:,\d{2,3})*(?:\.\d+)?")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)\b", re.IGNORECASE)
_SIGNS = frozenset("%&")
_NOBODY: frozenset[str] = frozenset()
_YEAR = re.compile(r"1[1-9]\d\d|20\d\d")
_MOST_DIGITS = 12
"""Longer numbers are read digit by digit."""
_MOST_DIGITS_OF = {"am": 6}
"""num2words never comes to an end with longer ones in Amharic."""
_NOT_SPOKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
)
"""What the libraries raise for a language, a kind or a number that it does not know."""


@dataclass(frozen=True, slots=True)
class Token:
    """A printed word: its comparable form, and the printed characters ``[start, end)`` it stands for."""

    text: str
    start: int
    end: int


def tokens(text: str, longest: int = 1) -> list[Token]:
    """The printed words of `text`, lower-cased and without punctuation; numbers stay as digits.

    Scripts that leave no space between words are cut into `syllables.pieces`, joined up to `longest` characters.

    >>> [t.text for t in tokens("The Committee's 1,250 votes – 40%!")]
    ['the', "committee's", '1250', 'votes', '40', '%']
    """
    found = []
    for start, end in (piece for run in _runs(text) for piece in pieces(text, *run, longest)):
        # A ligature such as U+FDFA stands for several words.
        parts = (part.strip("'") for part in comparable(text[start:end]).split())
        found += [Token(part, start, end) for part in parts if part]
    return found


def comparable(word: str) -> str:
    """`word` with what print and speech need not share taken away; empty where nothing is left."""
    word = unicodedata.normalize("NFKC", word).translate(_INVISIBLE).translate(_SAME_LETTER)
    word = unicodedata.normalize("NFC", word.casefold()).strip("'")
    if _NUMBER.fullmatch(word):
        word = word.replace(",", "")
    return _decimal_digits(word)


def _decimal_digits(word: str) -> str:
    return "".join(str(unicodedata.decimal(c)) if unicodedata.category(c) == "Nd" else c for c in word)


def _runs(text: str) -> Iterator[tuple[int, int]]:
    """Where printed words stand: numbers, runs of letters and marks, and the signs that are read out."""
    at = 0
    while at < len(text):
        number = _ORDINAL.match(text, at) or _NUMBER.match(text, at)
        end = number.end() if number else _word_end(text, at)
        if end > at:
            yield at, end
        elif text[at] in _SIGNS:
            yield at, at + 1
        at = max(end, at + 1)


def _word_end(text: str, at: int) -> int:
    end = at
    while end < len(text) and (_in_word(text[end]) or _joins(text, end)):
        end += 1
    return end


def _in_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LM" or ord(char) in (0x200C, 0x200D)


def _joins(text: str, at: int) -> bool:
    """An apostrophe or a soft hyphen between two letters belongs to the word."""
    inside = 0 < at < len(text) - 1 and _in_word(text[at - 1]) and _in_word(text[at + 1])
    return inside and text[at] in "'’ʼ\u00ad"


def spoken(token: str, language: str, heard: Container[str] = _NOBODY) -> list[str]:
    """How a token is said, in normal words: numbers and signs spelled out where the language is known.

    Args:
        heard: words; of several ways to say the token the one with most of its words among them is taken.

    >>> spoken("42", "en"), spoken("42nd", "en"), spoken("%", "en"), spoken("word", "en")
    (['forty', 'two'], ['forty', 'second'], ['percent'], ['word'])
    >>> spoken("dr", "en"), spoken("dr", "en", {"doctor"})
    (['dr'], ['doctor'])
    """
    ways = _ways(token, language.split("-")[0].lower())
    if len(ways) == 1 or not heard:
        return ways[0]
    return max(ways, key=lambda way: sum(word in heard for word in way) / max(1, len(way)))


@cache
def _ways(token: str, language: str) -> list[list[str]]:
    """All ways to say a token, the likeliest first."""
    said = spoken_as().get((language, token), [])
    if token in _SIGNS:
        return said or [[]]
    if ordinal := _ORDINAL.fullmatch(token):
        return [number_words(ordinal.group(1), language, "ordinal") or [token]]
    if _NUMBER.fullmatch(token):
        year = number_words(token, language, "year") if _YEAR.fullmatch(token) else []
        ways = [number_words(token, language), year]
        return [way for way in ways if way] or [[token]]
    return [[token], *said]


@cache
def spoken_as() -> dict[tuple[str, str], list[list[str]]]:
    """`spoken.tsv`: language and token -> the ways it is said, in normal words."""
    lines = Path(__file__).with_name("spoken.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {
        (language, comparable(token)): [[t.text for t in tokens(way)] for way in ways.split("|")]
        for language, token, ways in rows
    }


def is_number(token: str) -> bool:
    """Whether a token is printed in digits, as it stays where no library can say it.

    >>> is_number("1250"), is_number("2.5"), is_number("forty")
    (True, True, False)
    """
    return bool(_NUMBER.fullmatch(token))


def number_words(number: str, language: str, kind: str = "cardinal") -> list[str]:
    """A number as words, or nothing where the language (or the package) is not there, or nobody would say it so.

    Args:
        kind: ``cardinal``, ``ordinal`` or ``year``.
    """
    language = language.split("-")[0]
    if len(number) > _MOST_DIGITS_OF.get(language, _MOST_DIGITS):
        return []
    said = _by_num2words(number, language, kind)
    if not said and kind == "cardinal":
        said = _by_indic_numtowords(number, language)
    return [t.text for t in tokens(said) if not is_number(t.text)]


def _by_num2words(number: str, language: str, kind: str) -> str:
    try:
        from num2words import num2words

        return str(num2words(float(number) if "." in number else int(number), lang=language, to=kind))
    except (ImportError, *_NOT_SPOKEN):
        return ""


def _by_indic_numtowords(number: str, language: str) -> str:
    """What num2words lacks, Hindi first of all; whole numbers only."""
    try:
        from indic_numtowords import num2words

        return str(num2words(int(number), lang=language))
    except (ImportError, *_NOT_SPOKEN):
        return ""


def normal_words(text: str, language: str, heard: Container[str] = _NOBODY) -> list[Token]:
    """`text` as it is spoken, word by word; several words may stand for the same printed characters.

    Args:
        heard: words that tell which of several ways to say a number or an abbreviation was taken.
    """
    return [Token(word, t.start, t.end) for t in tokens(text) for word in spoken(t.text, language, heard)]


def normal_form(text: str, language: str) -> str:
    """`normal_words` as one string.

    >>> normal_form("Over 40% of the “town’s” wells!", "en")
    "over forty percent of the town's wells"
    """
    return " ".join(word.text for word in normal_words(text, language))
