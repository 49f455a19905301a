"""Where two wordings differ, word by word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_PIECE = re.compile(r"(\S+?[-‐–—](?=\w)|\S+)(\s*)")
"""A word, or its part up to a hyphen, and the space behind it."""


@dataclass(frozen=True, slots=True)
class Run:
    """Words that follow on each other and all agree, or all don't, with the other wording.

    Attributes:
        gap: the space between this run and the next.
    """

    text: str
    agrees: bool
    gap: str = ""


def compare(printed: str, heard: str) -> tuple[list[Run], list[Run]]:
    """Both wordings in runs; case, punctuation and hyphens don't count.

    >>> compare("He said: no.", "he said yes")[1]
    [Run(text='he said', agrees=True, gap=' '), Run(text='yes', agrees=False, gap='')]
    """
    left, right = _pieces(printed), _pieces(heard)
    matcher = SequenceMatcher(None, [_bare(w) for w, _ in left], [_bare(w) for w, _ in right], autojunk=False)
    printed_runs: list[Run] = []
    heard_runs: list[Run] = []
    for kind, a0, a1, b0, b1 in matcher.get_opcodes():
        printed_runs.extend(_run(left[a0:a1], kind == "equal"))
        heard_runs.extend(_run(right[b0:b1], kind == "equal"))
    return printed_runs, heard_runs


def _pieces(text: str) -> list[tuple[str, str]]:
    """Words with the space behind each; a sign that stands by itself belongs to the word before it."""
    pieces: list[tuple[str, str]] = []
    for word, gap in _PIECE.findall(text.strip()):
        if pieces and not any(char.isalnum() for char in word):
            before, space = pieces.pop()
            word = before + space + word
        pieces.append((word, gap))
    return pieces


def _run(pieces: Sequence[tuple[str, str]], agrees: bool) -> list[Run]:
    if not pieces:
        return []
    *before, (last, gap) = pieces
    return [Run("".join(word + space for word, space in before) + last, agrees, gap)]


def _bare(word: str) -> str:
    folded = unicodedata.normalize("NFC", word.casefold())
    return "".join(c for c in folded if unicodedata.category(c)[0] not in "PSZ") or word
