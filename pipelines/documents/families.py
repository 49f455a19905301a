"""What the fonts of a document show themselves to be: believed, codes, or shapes; and which of its signs are believed.

Each family of fonts is taken for what it shows itself to be: *kept*, where its layer can be believed (Latin headers
in an Indic script); *codes*, where Latin codes are drawn as other letters; *shapes*, where the layer has the right
script and wrong letters. Digits, at which recognition is weakest, are the layer's where the two mostly agree.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import pairwise

from wavelode.pipelines.documents.evidence import is_of, share_of_script
from wavelode.pipelines.documents.glyphs import Glyph, Row, family
from wavelode.pipelines.documents.ocr import Seen
from wavelode.pipelines.documents.rules import LITERAL, FontMap

_WORD_GAP, _WIDE_GAP = 0.18, 1.0
"""Glyphs further apart than this share of their height are two words, though no space is drawn: the first where
programs move the pen instead of drawing spaces, the second where spaces are drawn."""
_ROOM = 0.03
"""A space that takes no room is a joiner, whatever the layer calls it."""
_DRAWN = 5
"""So many drawn spaces for each narrow gap, and gaps mean nothing."""
_LEAST_DIGITS, _LEAST_AGREED = 3, 0.5
_LEAST_OWN = 0.2
_LEAST_LETTERS = 200
"""A family with fewer letters is not judged: rows of asterisks are recognised as anything."""
_ALONE = 0.8
"""What is recognised on a row tells of a family that draws more than this share of it."""


class Kind(Enum):
    """What a family's layer is."""

    KEPT = "kept"
    CODES = "codes"
    SHAPES = "shapes"


@dataclass(frozen=True, slots=True)
class Families:
    """What is known of the fonts of a document.

    Attributes:
        kinds: by family, what its layer is.
        digits: families whose layer tells digits as they are drawn, with the zero of those that are drawn.
        numbers: the same for words of digits and signs alone.
        word_gap: glyphs further apart than this share of their height are two words.
    """

    kinds: Mapping[str, Kind]
    digits: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    word_gap: float = _WORD_GAP

    def kind(self, glyph: Glyph) -> Kind:
        return self.kinds.get(family(glyph.font), Kind.KEPT)

    def names(self, word: Sequence[Glyph]) -> tuple[str, ...]:
        """What rules call the glyphs of a word: their own text where that is believed, else as `plain_name`.

        Numbers are believed by themselves: a layer that takes letters for digits doesn't make whole words of them.
        """
        digits = self.numbers if _is_number(word) else self.digits
        return tuple(self._believed_digit(glyph, digits) or self.plain_name(glyph) for glyph in word)

    def _believed_digit(self, glyph: Glyph, digits: Mapping[str, str]) -> str:
        zero = digits.get(family(glyph.font))
        if not zero or not glyph.text.isdecimal() or len(glyph.text) != 1:
            return ""
        if not glyph.text.isascii():  # the layer tells both kinds apart
            return f"{LITERAL}{glyph.text}"
        return f"{LITERAL}{chr(ord(zero) + unicodedata.decimal(glyph.text))}"

    def plain_name(self, glyph: Glyph) -> str:
        """By outline, or by family and code."""
        kind = self.kind(glyph)
        if kind is Kind.CODES:
            return f"{family(glyph.font)}:{glyph.text}"
        return glyph.shape if kind is Kind.SHAPES and glyph.shape else f"{LITERAL}{glyph.text}"


@dataclass(frozen=True, slots=True)
class Printed:
    """A row of glyphs and the words recognised at its place."""

    row: Row
    seen: tuple[Seen, ...]

    @property
    def seen_text(self) -> str:
        return " ".join(word.text for word in self.seen)


def families(printed: Sequence[Printed], script: str, earlier: FontMap) -> Families:
    """What the fonts of a document show themselves to be."""
    gap = _word_gap(printed)
    every = [(row, [glyph for glyph in row.row.glyphs if glyph.text.isdecimal()]) for row in printed]
    alone = [(row, _in_numbers(row.row, gap)) for row in printed]
    zeros = _believed_digits(every, script), _believed_digits(alone, script)
    return Families(kinds(printed, script, earlier), zeros[0], {**zeros[1], **zeros[0]}, gap)


def digits_by_heart(kinds: Mapping[str, Kind], script: str, earlier: FontMap) -> dict[str, str]:
    """The zero of families of codes where nothing can be recognised: a code of a digit draws that digit.

    Whether of the script or not is told by the rules learned before, most of which recognition got right.
    """
    zero = native_digit(script, 0)
    natives: Counter[str] = Counter()
    for glyphs, rule in earlier.rules.items():
        name, _, code = glyphs[0].rpartition(":")
        if len(glyphs) == 1 and code.isdecimal() and rule.text.isdecimal():
            natives[name] += 1 if is_of(rule.text[0], script) else -1
    codes = (name for name, kind in kinds.items() if kind is Kind.CODES)
    return {name: zero if natives[name] > 0 else "0" for name in codes}


def _in_numbers(row: Row, gap: float) -> list[Glyph]:
    """The digits that stand in words of digits and signs alone."""
    words = (word for word in cut(row, gap) if _is_number(word))
    return [glyph for word in words for glyph in word if glyph.text.isdecimal()]


def _is_number(word: Sequence[Glyph]) -> bool:
    text = "".join(glyph.text for glyph in word)
    return any(c.isdecimal() for c in text) and not any(unicodedata.category(c)[0] in "LM" for c in text)


def cut(row: Row, gap: float) -> list[list[Glyph]]:
    """The words of a row: cut at spaces and at gaps wider than `gap` heights."""
    found: list[list[Glyph]] = [[]]
    spaced = False
    for glyph in row.glyphs:
        if glyph.is_space:
            spaced = True
            continue
        if found[-1] and is_apart(found[-1][-1], glyph, _ROOM if spaced else gap):
            found.append([])
        found[-1].append(glyph)
        spaced = False
    return [glyphs for glyphs in found if glyphs]


def _word_gap(printed: Sequence[Printed]) -> float:
    glyphs = [row.row.glyphs for row in printed]
    spaces = sum(glyph.is_space for row in glyphs for glyph in row)
    gaps = sum(
        is_apart(a, b, _WORD_GAP) and not a.is_space and not b.is_space
        for row in glyphs
        for a, b in pairwise(row)
    )
    return _WIDE_GAP if spaces > _DRAWN * gaps else _WORD_GAP


def _believed_digits(rows: Sequence[tuple[Printed, list[Glyph]]], script: str) -> dict[str, str]:
    """Families whose digits the layer tells: recognition, weak at digits, sees at least half of them alike."""
    told: Counter[str] = Counter()
    agreed: Counter[str] = Counter()
    native: Counter[str] = Counter()
    for row, drawn in rows:
        seen = Counter(str(unicodedata.decimal(c)) for c in row.seen_text if c.isdecimal())
        natives = sum(c.isdecimal() and is_of(c, script) for c in row.seen_text)
        natives -= sum(glyph.text.isdecimal() and not glyph.text.isascii() for glyph in drawn)
        own: dict[str, Counter[str]] = defaultdict(Counter)
        for glyph in drawn:
            if len(glyph.text) == 1:
                own[family(glyph.font)][str(unicodedata.decimal(glyph.text))] += 1
        for name, digits in own.items():
            told[name] += digits.total()
            agreed[name] += (digits & seen).total()
            native[name] += natives * 2 - seen.total()
    zero = native_digit(script, 0)
    return {
        name: zero if native[name] > 0 else "0"
        for name, count in told.items()
        if count >= _LEAST_DIGITS and agreed[name] >= _LEAST_AGREED * count
    }


def kinds(printed: Sequence[Printed], script: str, earlier: FontMap) -> dict[str, Kind]:
    """What each family's layer is, by its letters and by what was recognised where it is drawn."""
    layer: dict[str, list[str]] = defaultdict(list)
    seen: dict[str, list[str]] = defaultdict(list)
    for row in printed:
        drawn = [(family(glyph.font), glyph.text) for glyph in row.row.glyphs if not glyph.is_space]
        for name, text in drawn:
            layer[name].append(text)
        for name, count in Counter(name for name, _ in drawn).items():
            if count > _ALONE * len(drawn):
                seen[name].append(row.seen_text)
    known = {glyph.split(":")[0] for glyphs in earlier.rules for glyph in glyphs if ":" in glyph}
    return {
        name: _kind("".join(texts), " ".join(seen[name]), script, name in known)
        for name, texts in layer.items()
    }


def _kind(layer: str, seen: str, script: str, is_known: bool) -> Kind:
    if is_known:
        return Kind.CODES
    if share_of_script(layer, script) >= _LEAST_OWN:
        return Kind.SHAPES
    letters = sum(char.isalpha() for char in layer)
    return Kind.CODES if share_of_script(seen, script) > 0.5 and letters > _LEAST_LETTERS else Kind.KEPT


def is_apart(left: Glyph, right: Glyph, gap: float) -> bool:
    return right.box.x0 - left.box.x1 > gap * (right.box.y1 - right.box.y0)


def native_digit(script: str, value: int) -> str:
    names = ("ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE")
    try:
        return unicodedata.lookup(f"{script} DIGIT {names[value]}")
    except KeyError:
        return str(value)
