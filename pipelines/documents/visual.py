"""The order in which Indic text is drawn, and back to the order in which Unicode spells it.

Fonts draw some vowel signs before the consonants they follow in spelling, and the first ``ra`` of a cluster as a
hook after it. Old encodings and broken text layers hold this order of drawing. Between spelling and drawing there
is a rule per script, so that what each glyph stands for can be read off from left to right.

>>> visual("स्थिति"), logical(visual("कार्यों के"))
('िस्थित', 'कार्यों के')
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

REPH, ASSAMESE_REPH = "\ue000", "\ue001"
"""Stand for the hook of a first ``ra``; private characters, which no text holds."""
_HOOK = f"[{REPH}{ASSAMESE_REPH}]"
RephAt = Literal["cluster", "vowels", "end"]
"""Where a font puts the hook: after the consonants, after the vowel signs as well, or after all marks."""

_LEFT = "\u093f\u094e\u09bf\u09c7\u09c8\u0a3f\u0abf\u0b47\u0bc6\u0bc7\u0bc8\u0d46\u0d47\u0d48\u0dd9\u0ddb"
_CONSONANT = (
    "[\u0915-\u0939\u0958-\u095f\u0978-\u097f\u0995-\u09b9\u09dc-\u09df\u09f0\u09f1\u0a15-\u0a39\u0a59-\u0a5e"
    "\u0a95-\u0ab9\u0b15-\u0b39\u0b5c-\u0b5f\u0b71\u0b95-\u0bb9\u0c15-\u0c39\u0c58-\u0c5a\u0c95-\u0cb9\u0cde"
    "\u0d15-\u0d3a\u0d9a-\u0dc6]"
)
_VIRAMA = "[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0c4d\u0ccd\u0d4d\u0dca]"
_NUKTA = "[\u093c\u09bc\u0a3c\u0abc\u0b3c\u0cbc]?"
_JOINED = f"{_CONSONANT}{_NUKTA}(?:{_VIRAMA}\u200d?{_CONSONANT}{_NUKTA})*"
_TAMIL = "[\u0b95-\u0bb9]"
_CLUSTER = f"(?:{_TAMIL}|{_JOINED})"
"""Tamil writes its clusters apart, with a dot, and its vowel signs stand at the last consonant."""
_VOWELS = (
    "[\u093a\u093b\u093e-\u094c\u094e\u094f\u0955-\u0957\u09be-\u09cc\u09d7\u0a3e-\u0a4c\u0abe-\u0acc\u0b3e-\u0b4c"
    "\u0b56\u0b57\u0bbe-\u0bcc\u0bd7\u0c3e-\u0c4c\u0c55\u0c56\u0cbe-\u0ccc\u0cd5\u0cd6\u0d3e-\u0d4c\u0d57\u0dcf-\u0ddf]"
)
_MARKS = (
    "[\u0901-\u0903\u0981-\u0983\u0a01-\u0a03\u0a70\u0a71\u0a81-\u0a83\u0b01-\u0b03\u0c01-\u0c03\u0c82\u0c83]"
)
_RA = "[\u0930\u09b0\u09f0\u0ab0\u0b30\u0cb0]"
_SUBJOINING = "[\u0c15-\u0c39\u0c95-\u0cb9\u0cde]"

_LOGICAL_LEFT = re.compile(f"({_CLUSTER})({_HOOK}?)([{_LEFT}])")
_VISUAL_LEFT = re.compile(f"([{_LEFT}])({_CLUSTER})({_HOOK}?)")
_LOGICAL_REPH = re.compile(f"(?<!{_VIRAMA})({_RA})({_VIRAMA})({_JOINED})({_VOWELS}*)({_MARKS}*)")
_VISUAL_REPH = re.compile(f"({_JOINED})({_VOWELS}*)({_MARKS}*)({_HOOK})({_VOWELS}*)")
_LOGICAL_BELOW = re.compile(f"({_SUBJOINING}{_NUKTA})((?:{_VIRAMA}{_SUBJOINING})+)({_VOWELS}+)")
_VISUAL_BELOW = re.compile(f"({_SUBJOINING}{_NUKTA})({_VOWELS}+)((?:{_VIRAMA}{_SUBJOINING})+)")
_LOGICAL_BARE = re.compile(f"({_SUBJOINING}{_NUKTA})((?:{_VIRAMA}{_SUBJOINING})+)({_VIRAMA})(?!{_CONSONANT})")
_VISUAL_BARE = re.compile(f"({_SUBJOINING}{_NUKTA})({_VIRAMA})((?:{_VIRAMA}{_SUBJOINING})+)")
_IMPOSSIBLE = re.compile(f"{_VIRAMA}(?={_VOWELS}|{_VIRAMA})")
"""Nobody writes a vowel sign to a letter without a vowel: a half letter with its stem drawn apart is a whole one."""
_ASSAMESE_RA = "\u09f0"


def _composed() -> dict[str, str]:
    """Letters that are drawn of parts Unicode doesn't know of: the long a is a short one and a stroke, and so on."""
    long_a: dict[int, tuple[int, ...]] = {0x06: (0x05, 0x3E)}
    strokes: dict[int, tuple[int, ...]] = {
        0x13: (0x05, 0x3E, 0x47),
        0x14: (0x05, 0x3E, 0x48),
        0x11: (0x05, 0x3E, 0x45),
        0x4B: (0x3E, 0x47),
        0x4C: (0x3E, 0x48),
        0x49: (0x3E, 0x45),
    }
    drawn_so = {0x900: long_a | strokes, 0x980: long_a, 0xA00: long_a, 0xA80: long_a | strokes, 0xB00: long_a}
    return {
        chr(block + whole): "".join(chr(block + part) for part in parts)
        for block, letters in drawn_so.items()
        for whole, parts in letters.items()
    }


_APART = str.maketrans(_composed())
_WHOLE = sorted(((parts, whole) for whole, parts in _composed().items()), key=lambda item: -len(item[0]))


def visual(text: str, reph: RephAt = "vowels") -> str:
    """`text` in the order of drawing, vowel signs of two parts taken apart."""
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFC", text)).translate(_APART)

    def hooked(found: re.Match[str]) -> str:
        ra, _, cluster, vowels, marks = found.groups()
        hook = ASSAMESE_REPH if ra == _ASSAMESE_RA else REPH
        parts = {
            "cluster": (cluster, hook, vowels, marks),
            "vowels": (cluster, vowels, hook, marks),
            "end": (cluster, vowels, marks, hook),
        }
        return "".join(parts[reph])

    text = _LOGICAL_REPH.sub(hooked, text)
    text = _LOGICAL_BELOW.sub(r"\1\3\2", text)
    text = _LOGICAL_BARE.sub(r"\1\3\2", text)
    return _LOGICAL_LEFT.sub(r"\3\1\2", text)


def logical(drawn: str) -> str:
    """Text as Unicode spells it (NFC), from the order of drawing."""
    text = _VISUAL_LEFT.sub(r"\2\3\1", drawn)
    text = _VISUAL_BELOW.sub(r"\1\3\2", text)
    text = _VISUAL_BARE.sub(r"\1\3\2", text)
    text = _VISUAL_REPH.sub(_unhooked, text)
    for parts, whole in _WHOLE:
        text = text.replace(parts, whole)
    text = _IMPOSSIBLE.sub("", text)
    return unicodedata.normalize("NFC", text)


def _unhooked(found: re.Match[str]) -> str:
    cluster, vowels, marks, hook, late = found.groups()
    block = ord(cluster[0]) & ~0x7F  # every Indic script has ra and virama at the same places
    ra = _ASSAMESE_RA if hook == ASSAMESE_REPH else chr(block + 0x30)
    return f"{ra}{chr(block + 0x4D)}{cluster}{vowels}{late}{marks}"
