"""Gives lost ligatures back: "Commi$ee" and "reserva(on" to what is printed, "Committee" and "reservation".

Some fonts draw two letters with one glyph and declare that glyph to be a sign, so the text layer holds the sign. A
sign between letters that turns word after word into a word of the language, by one and the same pair of letters,
is such a glyph. What is no clear case is left as it is.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from wavelode.pipelines.documents.base import Line

VERSION = "1"

LETTERS = (
    "tt",
    "ti",
    "ft",
    "fi",
    "fl",
    "ff",
    "ffi",
    "ffl",
    "tti",
    "tf",
    "th",
    "ct",
    "st",
    "fj",
    "fb",
    "fh",
    "fk",
)
"""What ligatures stand for in Latin fonts, commonest first."""
_DECLARED = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})
_SIGN = r"""[!"#$%&()*+/:;<=>?@\[\\\]^_`{|}~]"""
_LETTER = r"[^\W\d_]"
_HURT = re.compile(rf"(?:{_LETTER}|{_SIGN})*{_LETTER}(?:{_LETTER}|{_SIGN})*")
_LEAST_WORDS = 2
_LEAST_SHARE = 0.8


def restore(lines: Sequence[Line], words: Collection[str]) -> list[Line]:
    """The lines with their ligatures back.

    Args:
        words: lower-case words of the language; without any, only ligatures that declare themselves are resolved.
    """
    plain = [replace(line, text=line.text.translate(_DECLARED)) for line in lines]
    meaning = _meanings((m.group() for line in plain for m in _HURT.finditer(line.text)), words)
    if not meaning:
        return plain
    return [replace(line, text=_restored(line.text, meaning, words)) for line in plain]


def _meanings(found: Iterable[str], words: Collection[str]) -> dict[str, str]:
    """What each sign stands for, where the words that hold it agree on that."""
    hurt: dict[str, set[str]] = defaultdict(set)
    for word in found:
        for inner in re.finditer(rf"(?<={_LETTER}){_SIGN}(?={_LETTER})", word):
            hurt[inner.group()].add(word.casefold())
    return {sign: letters for sign, held in hurt.items() if (letters := _agreed(sign, held, words))}


def _agreed(sign: str, held: set[str], words: Collection[str]) -> str | None:
    votes: Counter[str] = Counter()
    judged = 0
    for word in held:
        if len({c for c in word if not c.isalpha()}) > 1:
            continue  # hurt twice: what one sign stands for can't be told before the other is known
        judged += 1
        votes.update(letters for letters in LETTERS if _known(word.replace(sign, letters), words))
    best = max(votes, key=lambda letters: (votes[letters], -LETTERS.index(letters)), default=None)
    if best is None or votes[best] < max(_LEAST_WORDS, _LEAST_SHARE * judged):
        return None
    return best


def _known(word: str, words: Collection[str]) -> bool:
    """A word, or two words written as one."""
    if word in words:
        return True
    return any(word[:i] in words and word[i:] in words for i in range(3, len(word) - 2))


def _restored(text: str, meaning: dict[str, str], words: Collection[str]) -> str:
    return _HURT.sub(lambda found: _mended(found.group(), meaning, words), text)


def _mended(word: str, meaning: dict[str, str], words: Collection[str]) -> str:
    """Signs between letters are replaced; at the word's ends only where that makes a word, for they may be meant."""
    for sign, letters in meaning.items():
        word = re.sub(rf"(?<={_LETTER}){re.escape(sign)}(?={_LETTER})", letters, word)
    if word[0] in meaning and _known((start := meaning[word[0]] + word[1:]).casefold(), words):
        word = start
    if word[-1] in meaning and _known((end := word[:-1] + meaning[word[-1]]).casefold(), words):
        word = end
    return word
