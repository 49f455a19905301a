"""Is a text layer what is printed? What its own letters tell, before anything is looked at."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from langcodes import Language

LEAST_BAD = 0.03
"""From this share of words that can't be words on, a layer is not believed."""
_NAMES = {
    "Arab": "ARABIC", "Beng": "BENGALI", "Deva": "DEVANAGARI", "Ethi": "ETHIOPIC", "Gujr": "GUJARATI",
    "Guru": "GURMUKHI", "Knda": "KANNADA", "Khmr": "KHMER", "Laoo": "LAO", "Mlym": "MALAYALAM", "Mymr": "MYANMAR",
    "Olck": "OL CHIKI", "Orya": "ORIYA", "Sinh": "SINHALA", "Taml": "TAMIL", "Telu": "TELUGU", "Thai": "THAI",
    "Tibt": "TIBETAN",
}  # fmt: skip
LEFTWARD = frozenset({"ARABIC"})
"""Scripts that run from right to left."""
_FORMAT = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u00ad\ufeff"


@cache
def script_name(language: str) -> str:
    """What the names of the script's letters begin with in Unicode; empty for Latin and what we don't know.

    >>> script_name("hi"), script_name("en")
    ('DEVANAGARI', '')
    """
    return _NAMES.get(Language.get(language).maximize().script or "", "")


@cache
def is_of(char: str, script: str) -> bool:
    """A letter, mark or digit of the script."""
    return unicodedata.name(char, "").startswith(script)


def share_bad(words: Iterable[str], script: str) -> float:
    """The share of words, of those with anything like letters, that no one can have written."""
    judged = [word for word in words if any(_letterlike(char) for char in word)]
    return sum(_is_bad(word, script) for word in judged) / len(judged) if judged else 0.0


def share_unknown(words: Iterable[str]) -> float:
    """The share of words, of any script, with characters that stand for nothing."""
    every = list(words)
    return sum(any(_is_unknown(char) for char in word) for word in every) / len(every) if every else 0.0


def _is_unknown(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Co", "Cn"} or char == "\ufffd"


def _letterlike(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMC" and char not in _FORMAT


def _is_bad(word: str, script: str) -> bool:
    """Unknown characters, a mark without a letter, or the script mixed with other letters and signs in a word."""
    word = "".join(char for char in word if char not in _FORMAT).strip("()[]{}“”‘’\"'.,;:!?-–—।॥/*•")
    if any(_is_unknown(char) for char in word):
        return True
    own = [char for char in word if is_of(char, script)]
    if not own:
        return False
    if unicodedata.category(word[0])[0] == "M":
        return True
    strange = set(word) - set(own) - set("()-–—.,/:;'’‘&\"“”।?!")
    return any(unicodedata.category(char)[0] in "LS" or char in "%$#*<>" for char in strange)


def share_of_script(text: str, script: str) -> float:
    """Of the letters, the share that is the script's."""
    letters = [char for char in text if unicodedata.category(char)[0] in "LM"]
    return sum(is_of(char, script) for char in letters) / len(letters) if letters else 0.0


def is_leftward(text: str) -> bool:
    """Whether the first letter is of a script that runs from right to left.

    >>> is_leftward("کام"), is_leftward("काम"), is_leftward("25")
    (True, False, False)
    """
    sides = (unicodedata.bidirectional(char) for char in text)
    return next((side in {"R", "AL"} for side in sides if side in {"L", "R", "AL"}), False)


_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MARKS = "".join(chr(code) for code in range(0x300, 0x1B00) if unicodedata.category(chr(code))[0] == "M")
_MARK_AGAIN = re.compile(rf"([{_MARKS}]{{1,3}}?)\s?\1")


_CHILLUS = {"ണ്": "\u0d7a", "ന്": "\u0d7b", "ര്": "\u0d7c", "ല്": "\u0d7d", "ള്": "\u0d7e", "ക്": "\u0d7f"}
_OLD_CHILLU = re.compile("([ണനരലളക]\u0d4d)\u200d")


def with_chillus(text: str) -> str:
    """Malayalam's vowelless letters as one character each, as Unicode has had them since 5.1."""
    return _OLD_CHILLU.sub(lambda found: _CHILLUS[found[1]], text)


def plainly(text: str) -> str:
    """`text` without what extraction adds: signs of direction, and a mark told twice, of which no letter has two."""
    return _MARK_AGAIN.sub(r"\1", with_chillus(_CONTROLS.sub("", text)))
