"""Scripts that leave no space between words, cut into pieces small enough to align.

Chinese, Japanese, Thai, Lao, Khmer, Burmese and their kin run a whole sentence together. Taken for one word it would
be heard as a whole or not at all, so a run of such letters is cut by what its letters show without a dictionary: a
Han letter or a kana alone, elsewhere a consonant with all that is written around it. Pieces are no words and often no
whole syllables either (a Thai final stands alone); all they must be is the same in print and in what was heard.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

_UNSPACED = frozenset(
    (
        *("CJK", "HIRAGANA", "KATAKANA", "BOPOMOFO", "YI", "THAI", "LAO", "KHMER", "MYANMAR"),
        *("TAI", "NEW", "BALINESE", "JAVANESE", "BUGINESE"),
    )
)
"""By the first word of a letter's Unicode name; NEW is New Tai Lue."""
_BEFORE = frozenset("เแโใไເແໂໃໄ")
"""Vowels that are written before the consonant after which they are spoken."""
_STACKING = frozenset("\u1039\u17d2\u1b44\ua9c0\u1a60")
"""What ties the next consonant below the one before."""
_KILLERS = frozenset("\u103a\u1039\u0e4c\u0ecc")
"""A consonant with one of these ends the syllable before it."""
_AFTER = frozenset("ะาำๅๆະາຳຽໆーｰﾞﾟ々〻ゝゞヽヾぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶｧｨｩｪｫｯｬｭｮ")
"""Letters that only follow another one."""


def pieces(text: str, start: int, end: int, longest: int = 1) -> Iterator[tuple[int, int]]:
    """The run of letters ``[start, end)`` of `text` in pieces; whole where its script has spaces.

    Args:
        longest: pieces side by side are one while they have no more characters than this.

    >>> text = "ကျေးဇူးတင်ပါသည်"
    >>> [text[a:b] for a, b in pieces(text, 0, len(text))]
    ['ကျေး', 'ဇူး', 'တင်', 'ပါ', 'သည်']
    >>> text = "เมืองไทย"
    >>> [text[a:b] for a, b in pieces(text, 0, len(text))]
    ['เมื', 'อ', 'ง', 'ไท', 'ย']
    """
    begins = [at for at in range(start + 1, end) if _begins(text, at, end)]
    first = start
    for past, further in pairwise([*begins, end]):
        if further - first > longest:
            yield first, past
            first = past
    if first < end:
        yield first, end


def _begins(text: str, at: int, end: int) -> bool:
    """Whether a piece begins at the letter `at`, which another letter stands before."""
    char, before = text[at], text[at - 1]
    if unicodedata.category(char)[0] == "M" or char in _AFTER or before in _BEFORE or before in _STACKING:
        return False
    return (is_unspaced(char) or is_unspaced(before)) and not _ends_a_syllable(text, at, end)


def _ends_a_syllable(text: str, at: int, end: int) -> bool:
    """Whether the consonant `at` bears a sign that takes its vowel, perhaps after another mark."""
    past = at + 1
    while past < end and unicodedata.category(text[past])[0] == "M":
        if text[past] in _KILLERS:
            return True
        past += 1
    return False


@cache
def is_unspaced(char: str) -> bool:
    """Whether a letter is of a script that leaves no space between words.

    >>> is_unspaced("語"), is_unspaced("ཀ"), is_unspaced("ક")
    (True, False, False)
    """
    name = unicodedata.name(char, "").removeprefix("HALFWIDTH ")
    return name.split(" ")[0] in _UNSPACED
