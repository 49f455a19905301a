"""A second look at recognised words: numbers and Latin words, which packs of other scripts read badly.

The English pack reads the page as well. Its word is taken for one of the other pack where both stand on the same
place it is a number or a Latin word, and surer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from wavelode.pipelines.documents.ocr import Seen
from wavelode.schemas.records import Box

_NUMBER = re.compile(r"^\W?\d+(?:[.,:/-]\d+)*%?\W?$", re.ASCII)
_LATIN = re.compile(r"^\W?[A-Za-z][A-Za-z.&'/-]*[A-Za-z.]\W?$")
_OPEN = 0.9
"""Words that the first pack is surer of stay."""
_SURE, _SURER = 0.6, 0.1
_SAME_PLACE = 0.7


def needs_second(seen: Sequence[Seen]) -> bool:
    """Whether there is anything among the words that another pack might read better."""
    return any(_is_open(word) for word in seen)


def with_second(seen: Sequence[Seen], latin: Sequence[Seen]) -> list[Seen]:
    """The words, with what the English pack read better.

    Args:
        latin: the words of the same page as the English pack reads them.
    """
    return [_better(word, latin) for word in seen]


def _better(word: Seen, latin: Sequence[Seen]) -> Seen:
    if not _is_open(word):
        return word
    other = next((o for o in latin if _same_place(word.box, o.box)), None)
    if other is None:
        return word
    surer = other.confidence >= _SURE and other.confidence >= word.confidence + _SURER
    is_number = bool(_NUMBER.match(other.text)) and _has_ascii_digit(word.text)
    if surer and (is_number or _LATIN.match(other.text)):
        return replace(word, text=other.text, confidence=other.confidence)
    return word


def _is_open(word: Seen) -> bool:
    return word.confidence < _OPEN


def _has_ascii_digit(text: str) -> bool:
    return any(unicodedata.category(char) == "Nd" and char.isascii() for char in text)


def _same_place(a: Box, b: Box) -> bool:
    x = min(a.x1, b.x1) - max(a.x0, b.x0)
    y = min(a.y1, b.y1) - max(a.y0, b.y0)
    if x <= 0 or y <= 0:
        return False
    both = (max(a.x1, b.x1) - min(a.x0, b.x0)) * (max(a.y1, b.y1) - min(a.y0, b.y0))
    return x * y >= _SAME_PLACE * both
