"""A second look at recognised words: numbers and Latin words, which packs of other scripts read badly.

The English pack reads the page as well. Its word is taken for one of the other pack where both stand on the same
place it is a number or a Latin word, and surer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import replace

from wavelode.pipelines.documents.ocr import Seen
from wavelode.schemas.records import Box

_NUMBER = re.compile(r"^\W?\d+(?:[.,:/-]\d+)*%?\W?$", re.ASCII)
_LATIN = re.compile(r"^\W?[A-Za-z][A-Za-z.&'/-]*[A-Za-z.]\W?$")
_OPEN = 0.9
"""Words that the first pack is surer of stay."""
_SURE, _SURER = 0.6, 0.1
_WITHIN = 0.6
_LEAST_CAPITALS = 3


def needs_second(seen: Sequence[Seen]) -> bool:
    """Whether there is anything among the words that another pack might read better."""
    return any(_is_open(word) for word in seen)


def with_second(seen: Sequence[Seen], latin: Sequence[Seen], english: Collection[str]) -> list[Seen]:
    """The words, with what the English pack read better.

    Args:
        latin: the words of the same page as the English pack reads them.
        english: words in lower case; others are taken only where they are written in capitals.
    """
    found: list[Seen] = []
    taken: Seen | None = None
    for word in seen:
        better = _better(word, latin, english)
        if better is None:
            found.append(word)
        elif better is not taken:  # else the rest of a word that was cut in two
            found.append(replace(word, text=better.text, confidence=better.confidence))
        taken = better
    return found


def _better(word: Seen, latin: Sequence[Seen], english: Collection[str]) -> Seen | None:
    if not _is_open(word):
        return None
    other = next((o for o in latin if _same_place(word.box, o.box)), None)
    if other is None or other.confidence < max(_SURE, word.confidence + _SURER):
        return None
    is_number = bool(_NUMBER.match(other.text)) and _has_ascii_digit(word.text)
    bare = other.text.strip(".,;:'\"()")
    is_name = bare.isupper() and len(bare) >= _LEAST_CAPITALS
    is_latin = bool(_LATIN.match(other.text)) and (is_name or bare.lower() in english)
    return other if is_number or is_latin else None


def _is_open(word: Seen) -> bool:
    return word.confidence < _OPEN


def _has_ascii_digit(text: str) -> bool:
    return any(unicodedata.category(char) == "Nd" and char.isascii() for char in text)


def _same_place(word: Box, other: Box) -> bool:
    """Whether a word lies within another one that begins or ends where it does: badly read words are boxed badly."""
    x = min(word.x1, other.x1) - max(word.x0, other.x0)
    y = min(word.y1, other.y1) - max(word.y0, other.y0)
    near = word.y1 - word.y0
    level = abs(word.x0 - other.x0) < near or abs(word.x1 - other.x1) < near
    inside = x > _WITHIN * (word.x1 - word.x0) and y > _WITHIN * min(near, other.y1 - other.y0)
    return level and inside
