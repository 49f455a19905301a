"""Where sentences end, in any script.

Stops of other scripts are plain: nothing else is written with them. The Latin full stop also ends abbreviations,
initials and numbers; what comes before and after tells. No library we tried does this for newsrooms of India: pysbd
knows two of their languages, sentencex cuts after "P." and "डॉ.".
"""

from __future__ import annotations

import unicodedata

from wavelode.alignment.text import tokens
from wavelode.pipelines.documents.lexicon import is_one

_ENDS = "।॥۔؟!?…።፧፨。！？｡．။។៕༎᱾᱿՜՞։"
_LATIN_LIKE = "."
_CLOSERS = "\"'”’)]»」』】" + _ENDS + _LATIN_LIKE
_NEAR = 40
"""What lies further than this from a stop, in characters, doesn't tell whether it ends a sentence."""
_DANDA = "।॥"
_SHORT_LETTERS_END = ("DEVANAGARI",)
"""Without a danda its sentences may well end in a word of one letter and a sign: "है.", "थे."."""


def split_sentences(paragraph: str) -> list[tuple[int, int]]:
    """Where each sentence of a paragraph stands, as ``[start, end)`` without the spaces around it.

    A full stop ends a sentence unless it stands inside a number, after an initial or a common abbreviation, or
    among dandas after a word of one letter.

    >>> text = "Dr. Rao paid Rs. 2.5 lakh. Who knew?  Nobody"
    >>> [text[a:b] for a, b in split_sentences(text)]
    ['Dr. Rao paid Rs. 2.5 lakh.', 'Who knew?', 'Nobody']
    """
    spans, start = [], 0
    has_danda = any(char in _DANDA for char in paragraph)
    for at, char in enumerate(paragraph):
        if char in _ENDS or (char == "." and _stop_ends(paragraph, at, has_danda)):
            if at < start:
                continue  # among what closes the sentence before
            end = _past_closers(paragraph, at + 1)
            spans.append((start, end))
            start = end
    spans.append((start, len(paragraph)))
    trimmed = (_trim(paragraph, a, b) for a, b in spans)
    return [(a, b) for a, b in trimmed if a < b and tokens(paragraph[a:b])]


def _stop_ends(text: str, at: int, has_danda: bool) -> bool:
    following = text[at + 1 : at + 1 + _NEAR].lstrip("\"'”’).")
    touching = following[:1] != "" and not following[:1].isspace()
    if touching and not (following[0].isupper() and text[at - 1 : at].islower()):
        return False
    if _is_abbreviation(_word_before(text, at), has_danda):
        return not following.strip()
    return not following.lstrip()[:1].islower()


def _word_before(text: str, at: int) -> str:
    start = at
    while start > max(0, at - _NEAR) and _in_word(text[start - 1]):
        start -= 1
    return text[start:at]


def _in_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN" or char in "_\u200c\u200d"


def _is_abbreviation(word: str, has_danda: bool) -> bool:
    if is_one([token.text for token in tokens(word)], "abbreviation"):
        return True
    letters = [char for char in word if unicodedata.category(char)[0] == "L"]
    if len(letters) != 1 or any(char.isdigit() for char in word):
        return False
    cased = letters[0].lower() != letters[0].upper() or len(word) == 1
    script = unicodedata.name(letters[0], "").split()[0]
    return cased or has_danda or script not in _SHORT_LETTERS_END


def _past_closers(text: str, at: int) -> int:
    while at < len(text) and text[at] in _CLOSERS:
        at += 1
    return at


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())
