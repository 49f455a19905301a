"""Rows of glyphs to the text that is printed, where the text layer isn't it.

What glyphs stand for is learned from the recognised rows of the document itself, on top of what was learned before.
A word all of whose rules are sure is the repaired layer's; any other is the recognised one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from wavelode.pipelines.documents.arrange import downwards, in_blocks
from wavelode.pipelines.documents.base import Column, Line
from wavelode.pipelines.documents.evidence import is_of
from wavelode.pipelines.documents.families import Families, Kind, Printed, cut, native_digit
from wavelode.pipelines.documents.glyphs import Glyph, Row
from wavelode.pipelines.documents.learn import SPACE, Example, decoded, edits, learn
from wavelode.pipelines.documents.ocr import Seen
from wavelode.pipelines.documents.order import Order, around, one_block
from wavelode.pipelines.documents.rules import LITERAL, FontMap, Rule
from wavelode.schemas.records import Box

REPAIRED, RECOGNISED = "repaired_layer", "ocr"
_MOST_EARLIER = 20.0
_TYPEWRITTEN = {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-"}
_SURE_SEEN = 0.6
_UNSURE = 0.3
"""What is left where neither rules nor recognition are sure."""
_LAYER, _DIGIT, _KEPT = 0.5, 5.0, 1000.0
"""How many sightings the layer's word is worth for a letter, for a digit, and in a kept family."""


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


def words_of(row: Row, known: Families) -> list[Word]:
    """The words of a row."""
    return [_word(glyphs, known) for glyphs in cut(row, known.word_gap)]


def _word(glyphs: Sequence[Glyph], known: Families) -> Word:
    box = glyphs[0].box
    for glyph in glyphs[1:]:
        box = box | glyph.box
    return Word(known.names(glyphs), box)


def examples(printed: Sequence[Printed], known: Families) -> list[Example]:
    """Rows to learn from."""
    found = []
    for row in printed:
        names = f"{SPACE}\n".join("\n".join(word.names) + "\n" for word in words_of(row.row, known))
        if row.seen and names:
            found.append(Example(tuple(name for name in names.split("\n") if name), row.seen_text))
    return found


def prior_of(
    printed: Sequence[Printed], known: Families, script: str, earlier: FontMap
) -> dict[tuple[str, ...], dict[str, float]]:
    """What is believed of each glyph before recognition is asked."""
    prior: dict[tuple[str, ...], dict[str, float]] = {}
    for row in printed:
        for word in cut(row.row, known.word_gap):
            for glyph, name in zip(word, known.names(word), strict=True):
                if (name,) not in prior:
                    prior[(name,)] = _believed(glyph, name, known.kind(glyph), script)
    for glyphs, rule in earlier.rules.items():
        share = rule.support / rule.seen
        prior[glyphs] = {**prior.get(glyphs, {}), rule.text: share * min(rule.seen, _MOST_EARLIER)}
    return {name: texts for name, texts in prior.items() if texts}


def _believed(glyph: Glyph, name: str, kind: Kind, script: str) -> dict[str, float]:
    if name.startswith(LITERAL):
        return {name[1:]: _KEPT} if len(glyph.text) <= 5 else {}
    if glyph.text.isdecimal():
        value = unicodedata.decimal(glyph.text[0])
        return dict.fromkeys({str(value), native_digit(script, value)}, _DIGIT)
    if kind is Kind.SHAPES and all(is_of(char, script) for char in glyph.text) and len(glyph.text) <= 5:
        return {unicodedata.normalize("NFD", glyph.text): _LAYER}
    return {}


def as_typeset(fonts: FontMap, printed: Sequence[Printed], known: Families) -> FontMap:
    """The rules with quotes and dashes as the layer tells them, where recognition takes them for a typewriter's."""
    told = {known.plain_name(g): g.text for row in printed for g in row.row.glyphs if g.text in _TYPEWRITTEN}
    finer: dict[tuple[str, ...], Rule] = {
        (name,): replace(rule, text=text)
        for name, text in told.items()
        if (rule := fonts.rules.get((name,))) and rule.text in _TYPEWRITTEN[text]
    }
    return replace(fonts, rules={**fonts.rules, **finer})


def held_out_error(rows: Sequence[Example], prior: Mapping[tuple[str, ...], dict[str, float]]) -> float:
    """How far rows decoded by rules of the other rows are from what was recognised, per character."""
    fonts = learn(rows[::2], prior, merges=1)
    wrong = sum(edits(row.text, decoded(fonts, row.glyphs)) for row in rows[1::2])
    return wrong / max(1, sum(len(row.text) for row in rows[1::2]))


def repaired(printed: Sequence[Printed], fonts: FontMap, known: Families) -> Iterator[Line]:
    """The text of each row, word by word from where it is surest."""
    for row in printed:
        texts = [_best(word, row.seen, fonts) for word in words_of(row.row, known)]
        if said := [(text, sure) for text, sure in texts if text]:
            text = " ".join(text for text, _ in said)
            yield Line(text, False, row.row.page, row.row.box, REPAIRED, _mean(said), None, row.row.column)


def _mean(said: Sequence[tuple[str, float]]) -> float:
    """How sure the words of a line are, by their length."""
    return sum(sure * len(text) for text, sure in said) / sum(len(text) for text, _ in said)


def _best(word: Word, seen: Sequence[Seen], fonts: FontMap) -> tuple[str, float]:
    """The word's text, and how sure it is: as its least sure rule, or as recognition is."""
    rules = [piece.rule for piece in fonts.pieces(word.names)]
    if all(rule and rule.is_sure for rule in rules):
        return decoded(fonts, word.names), min(rule.share for rule in rules if rule)
    if (looked := _looked_up(word.box, seen)) is not None:
        return looked.text, looked.confidence
    return decoded(replace(fonts, rules={**_spelled(word.names), **fonts.rules}), word.names), _UNSURE


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


def recognised(pages: Mapping[int, Sequence[Seen]], order: Order = one_block) -> Iterator[Line]:
    """The lines of recognised pages."""
    for page in sorted(pages):
        for words, column in in_blocks(page, pages[page], lambda word: word.box, order):
            lines: dict[int, list[Seen]] = {}
            for word in words:
                lines.setdefault(word.line, []).append(word)
            yield from downwards([_seen_line(page, line, column) for line in lines.values()])


def _seen_line(page: int, words: Sequence[Seen], column: Column | None) -> Line:
    sure = _mean([(word.text, word.confidence) for word in words])
    text, box = " ".join(word.text for word in words), around([word.box for word in words])
    return Line(text, False, page, box, RECOGNISED, sure, None, column)
