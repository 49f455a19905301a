"""Rows of glyphs to the text that is printed, where the text layer isn't it.

Each family of fonts is taken for what it shows itself to be: *kept*, where its layer can be believed (Latin headers
in an Indic script); *codes*, where Latin codes are drawn as other letters; *shapes*, where the layer has the right
script and wrong letters. What glyphs stand for is learned from the recognised rows of the document itself, on top of
what was learned before. A word all of whose rules are sure is the repaired layer's; any other is the recognised one.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from wavelode.pipelines.documents.base import Line
from wavelode.pipelines.documents.evidence import is_of, share_of_script
from wavelode.pipelines.documents.glyphs import Glyph, Row, family
from wavelode.pipelines.documents.learn import SPACE, Example, decoded, edits, learn
from wavelode.pipelines.documents.ocr import Seen
from wavelode.pipelines.documents.rules import LITERAL, FontMap, Rule
from wavelode.schemas.records import Box

REPAIRED, RECOGNISED = "repaired_layer", "ocr"
_WORD_GAP = 0.18
"""Glyphs further apart than this share of their height are two words, though no space is drawn."""
_LEAST_OWN = 0.2
_LEAST_LETTERS = 200
"""A family with fewer letters is not judged: rows of asterisks are recognised as anything."""
_ALONE = 0.8
"""What is recognised on a row tells of a family that draws more than this share of it."""
_MOST_EARLIER = 20.0
_SURE_SEEN = 0.6
_LAYER, _DIGIT, _KEPT = 0.5, 5.0, 1000.0
"""How many sightings the layer's word is worth for a letter, for a digit, and in a kept family."""


class Kind(Enum):
    """What a family's layer is."""

    KEPT = "kept"
    CODES = "codes"
    SHAPES = "shapes"


@dataclass(frozen=True, slots=True)
class Printed:
    """A row of glyphs and the words recognised at its place."""

    row: Row
    seen: tuple[Seen, ...]

    @property
    def seen_text(self) -> str:
        return " ".join(word.text for word in self.seen)


@dataclass(frozen=True, slots=True)
class Word:
    """Glyphs between two spaces: their names, and where they stand."""

    names: tuple[str, ...]
    box: Box


def beside(rows: Sequence[Row], pages: Mapping[int, Sequence[Seen]]) -> list[Printed]:
    """Each row with the recognised words that lie on it."""
    return [Printed(row, tuple(_on(row.box, pages.get(row.page, ())))) for row in rows]


def _on(box: Box, seen: Sequence[Seen]) -> list[Seen]:
    return sorted((word for word in seen if _lies_on(word.box, box)), key=lambda word: word.box.x0)


def _lies_on(word: Box, row: Box) -> bool:
    shared = min(row.y1, word.y1) - max(row.y0, word.y0)
    inside = row.x0 - 3 <= (word.x0 + word.x1) / 2 <= row.x1 + 3
    return inside and shared > 0.5 * min(row.y1 - row.y0, word.y1 - word.y0)


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


def words_of(row: Row, kind_of: Mapping[str, Kind]) -> list[Word]:
    """The words of a row: cut at spaces and at wide gaps."""
    found: list[list[Glyph]] = [[]]
    for glyph in row.glyphs:
        if glyph.is_space or (found[-1] and _is_apart(found[-1][-1], glyph)):
            found.append([])
        if not glyph.is_space:
            found[-1].append(glyph)
    return [_word(glyphs, kind_of) for glyphs in found if glyphs]


def _is_apart(left: Glyph, right: Glyph) -> bool:
    return right.box.x0 - left.box.x1 > _WORD_GAP * (right.box.y1 - right.box.y0)


def _word(glyphs: Sequence[Glyph], kind_of: Mapping[str, Kind]) -> Word:
    box = glyphs[0].box
    for glyph in glyphs[1:]:
        box = box | glyph.box
    return Word(tuple(_name(glyph, kind_of) for glyph in glyphs), box)


def _name(glyph: Glyph, kind_of: Mapping[str, Kind]) -> str:
    """What rules call a glyph: by its outline, by family and code, or by its own text where that is kept."""
    kind = kind_of.get(family(glyph.font), Kind.KEPT)
    if kind is Kind.CODES:
        return f"{family(glyph.font)}:{glyph.text}"
    return glyph.shape if kind is Kind.SHAPES and glyph.shape else f"{LITERAL}{glyph.text}"


def examples(printed: Sequence[Printed], kind_of: Mapping[str, Kind]) -> list[Example]:
    """Rows to learn from."""
    found = []
    for row in printed:
        names = f"{SPACE}\n".join("\n".join(word.names) + "\n" for word in words_of(row.row, kind_of))
        if row.seen and names:
            found.append(Example(tuple(name for name in names.split("\n") if name), row.seen_text))
    return found


def prior_of(
    printed: Sequence[Printed], kind_of: Mapping[str, Kind], script: str, earlier: FontMap
) -> dict[tuple[str, ...], dict[str, float]]:
    """What is believed of each glyph before recognition is asked."""
    prior: dict[tuple[str, ...], dict[str, float]] = {}
    for row in printed:
        for glyph in row.row.glyphs:
            name = (_name(glyph, kind_of),)
            if name not in prior and not glyph.is_space:
                prior[name] = _believed(glyph, kind_of.get(family(glyph.font), Kind.KEPT), script)
    for glyphs, rule in earlier.rules.items():
        share = rule.support / rule.seen
        prior[glyphs] = {**prior.get(glyphs, {}), rule.text: share * min(rule.seen, _MOST_EARLIER)}
    return {name: texts for name, texts in prior.items() if texts}


def _believed(glyph: Glyph, kind: Kind, script: str) -> dict[str, float]:
    if kind is Kind.KEPT:
        return {glyph.text: _KEPT} if len(glyph.text) <= 5 else {}
    if glyph.text.isdecimal():
        value = unicodedata.decimal(glyph.text[0])
        return dict.fromkeys({str(value), _native_digit(script, value)}, _DIGIT)
    if kind is Kind.SHAPES and all(is_of(char, script) for char in glyph.text) and len(glyph.text) <= 5:
        return {unicodedata.normalize("NFD", glyph.text): _LAYER}
    return {}


def _native_digit(script: str, value: int) -> str:
    names = ("ZERO", "ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE")
    try:
        return unicodedata.lookup(f"{script} DIGIT {names[value]}")
    except KeyError:
        return str(value)


def held_out_error(rows: Sequence[Example], prior: Mapping[tuple[str, ...], dict[str, float]]) -> float:
    """How far rows decoded by rules of the other rows are from what was recognised, per character."""
    fonts = learn(rows[::2], prior, merges=1)
    wrong = sum(edits(row.text, decoded(fonts, row.glyphs)) for row in rows[1::2])
    return wrong / max(1, sum(len(row.text) for row in rows[1::2]))


def repaired(printed: Sequence[Printed], fonts: FontMap, kind_of: Mapping[str, Kind]) -> Iterator[Line]:
    """The text of each row, word by word from where it is surest."""
    for row in printed:
        words = words_of(row.row, kind_of)
        texts = [_best(word, row.seen, fonts) for word in words]
        if words:
            yield Line(" ".join(text for text in texts if text), False, row.row.page, row.row.box, REPAIRED)


def _best(word: Word, seen: Sequence[Seen], fonts: FontMap) -> str:
    pieces = fonts.pieces(word.names)
    if all(piece.rule and piece.rule.is_sure for piece in pieces):
        return decoded(fonts, word.names)
    if (looked := _looked_up(word.box, seen)) is not None:
        return looked.text
    return decoded(replace(fonts, rules={**_spelled(word.names), **fonts.rules}), word.names)


def _spelled(names: Sequence[str]) -> dict[tuple[str, ...], Rule]:
    """A last resort for kept glyphs that no rule names: their own text."""
    return {(name,): Rule(name[1:], 1.0, 1.0) for name in names if name.startswith(LITERAL)}


def _looked_up(box: Box, seen: Sequence[Seen]) -> Seen | None:
    """The one recognised word that covers just this place."""
    width = max(box.x1 - box.x0, 1e-6)
    for word in seen:
        shared = min(box.x1, word.box.x1) - max(box.x0, word.box.x0)
        alone = word.box.x1 - word.box.x0 < 1.4 * width
        if shared > 0.7 * width and alone and word.confidence >= _SURE_SEEN:
            return word
    return None


def recognised(pages: Mapping[int, Sequence[Seen]]) -> Iterator[Line]:
    """The lines of recognised pages."""
    for page in sorted(pages):
        lines: dict[int, list[Seen]] = {}
        for word in pages[page]:
            lines.setdefault(word.line, []).append(word)
        for words in lines.values():
            box = words[0].box
            for word in words[1:]:
                box = box | word.box
            yield Line(" ".join(word.text for word in words), False, page, box, RECOGNISED)
