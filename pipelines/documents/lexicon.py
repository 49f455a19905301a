"""Words that tell what a printed line is for, from ``roles.tsv``: the same words in any newsroom of a language."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from wavelode.alignment.text import comparable, tokens

_CHILLU = str.maketrans({0x0D7A: "ണ്", 0x0D7B: "ന്", 0x0D7C: "ര്", 0x0D7D: "ല്", 0x0D7E: "ള്", 0x0D7F: "ക്"})
"""Malayalam's vowelless letters, which are one character or two."""
_LONGEST = 9
"""No phrase of the table has more words."""


def plain_words(text: str) -> list[str]:
    """The words of `text` as the table has them: without case and punctuation.

    >>> plain_words("V/O - Ram:")
    ['v', 'o', 'ram']
    """
    return [_known_as(token.text) for token in tokens(text)]


def _known_as(word: str) -> str:
    return comparable(word).translate(_CHILLU)


@cache
def phrases(kind: str) -> frozenset[str]:
    """All phrases of a kind, their words divided by single spaces."""
    rows = _table().decode().splitlines()
    fields = (row.split("\t") for row in rows if row and not row.startswith("#"))
    return frozenset(
        " ".join(map(_known_as, phrase.split()))
        for of, listed in fields
        if of == kind
        for phrase in listed.split("|")
    )


@cache
def _table() -> bytes:
    return Path(__file__).with_name("roles.tsv").read_bytes()


def table_digest() -> str:
    """Tells one state of the table from another."""
    return hashlib.sha256(_table()).hexdigest()[:12]


def holds(words: list[str], kind: str) -> bool:
    """Whether a phrase of the kind stands somewhere among the words."""
    return any(begins(words[start:], kind) for start in range(len(words)))


def begins(words: list[str], kind: str) -> bool:
    """Whether the words begin with a phrase of the kind."""
    known = phrases(kind)
    return any(" ".join(words[:length]) in known for length in range(1, min(_LONGEST, len(words)) + 1))


def is_one(words: list[str], kind: str) -> bool:
    """Whether the words are just one phrase of the kind."""
    return " ".join(words) in phrases(kind)
