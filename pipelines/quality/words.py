"""Where two wordings differ, word by word."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher


@dataclass(frozen=True, slots=True)
class Run:
    """Words that follow on each other and all agree, or all don't, with the other wording."""

    text: str
    agrees: bool


def compare(printed: str, heard: str) -> tuple[list[Run], list[Run]]:
    """Both wordings in runs; case and punctuation don't count.

    >>> compare("He said: no.", "he said yes")[1]
    [Run(text='he said', agrees=True), Run(text='yes', agrees=False)]
    """
    left, right = printed.split(), heard.split()
    matcher = SequenceMatcher(None, [_bare(w) for w in left], [_bare(w) for w in right], autojunk=False)
    printed_runs: list[Run] = []
    heard_runs: list[Run] = []
    for kind, a0, a1, b0, b1 in matcher.get_opcodes():
        if a1 > a0:
            printed_runs.append(Run(" ".join(left[a0:a1]), kind == "equal"))
        if b1 > b0:
            heard_runs.append(Run(" ".join(right[b0:b1]), kind == "equal"))
    return printed_runs, heard_runs


def _bare(word: str) -> str:
    bare = "".join(
        c for c in unicodedata.normalize("NFC", word.casefold()) if unicodedata.category(c)[0] not in "PS"
    )
    return bare or word
