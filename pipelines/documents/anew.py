"""Decides whether a PDF's text layer is believed, repaired, or left aside for what is seen on its pages."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

from wavelode.pipelines.documents.base import Line
from wavelode.pipelines.documents.doubt import with_words
from wavelode.pipelines.documents.evidence import LEAST_BAD, script_name, share_bad, share_of_script
from wavelode.pipelines.documents.families import Families, Printed, digits_by_heart, families
from wavelode.pipelines.documents.glyphs import Row
from wavelode.pipelines.documents.learn import best_order
from wavelode.pipelines.documents.ocr import Eye, Seen
from wavelode.pipelines.documents.packwords import pack_words
from wavelode.pipelines.documents.paper import Paper
from wavelode.pipelines.documents.repair import (
    as_typeset,
    beside,
    examples,
    held_out_error,
    prior_of,
    recognised,
    repaired,
    words_of,
)
from wavelode.pipelines.documents.rules import LITERAL, FontMap, Piece, Rule
from wavelode.schemas.errors import ErrorCode, InputError
from wavelode.schemas.settings import DocumentSettings

_MOST_HELD_OUT = 0.3
"""A map that disagrees more with recognition on rows it hasn't seen reads no better than it."""
_LEAST_ROWS = 8
_LEAST_KNOWN = 0.985
"""The share of words that maps learned before must read where nothing can be recognised."""
_LEAST_OF_SCRIPT = 0.2


def read_anew(
    paper: Paper, layer: Sequence[Line], language: str, settings: DocumentSettings
) -> list[Line] | None:
    """The lines as printed, or nothing where the layer has them already.

    Raises:
        InputError: the layer is wrong, no learned font map reads it, and recognition isn't installed.
    """
    script = script_name(language)
    bad = _badness(layer, script)
    is_empty = sum(len(line.text) for line in layer) < settings.min_characters * paper.pages
    if bad < LEAST_BAD and not is_empty:
        return None
    eye = Eye(language, settings.page_timeout_s)
    missing = eye.why_not()
    if missing and is_empty:
        return _or_refuse(layer, missing, settings)
    found = [] if is_empty else rows_of(paper)
    if missing:
        return _by_heart(found, script, missing)
    pages = seen_on(paper, eye)
    if is_empty:
        return list(recognised(pages))
    return _by_both(beside(found, pages), pages, script, pack_words(eye))


def _or_refuse(layer: Sequence[Line], missing: str, settings: DocumentSettings) -> list[Line]:
    if sum(len(line.text) for line in layer) < settings.min_characters:
        raise InputError(ErrorCode.NO_TEXT, f"the pages are a scan, and {missing}")
    return list(layer)


def _badness(layer: Sequence[Line], script: str) -> float:
    """The share of the layer that can't be what is printed; all of it where the language's script is missing."""
    if not script or not layer:
        return 0.0
    text = " ".join(line.text for line in layer)
    if share_of_script(text, script) < _LEAST_OF_SCRIPT:
        return 1.0
    return share_bad(text.split(), script)


def rows_of(paper: Paper) -> list[Row]:
    """All rows of glyphs of a PDF."""
    return [row for page in range(1, paper.pages + 1) for row in paper.rows(page)]


def seen_on(paper: Paper, eye: Eye) -> dict[int, list[Seen]]:
    """The recognised words of each page; a page that can't be recognised is lost, with the reason."""
    found: dict[int, list[Seen]] = {}
    for page in range(1, paper.pages + 1):
        if (picture := paper.picture(page)) is not None:
            try:
                found[page] = eye.read(picture)
            except InputError as error:
                paper.lost[page] = error.message
    return found


def _by_both(
    printed: Sequence[Printed], pages: dict[int, list[Seen]], script: str, words: Collection[str]
) -> list[Line]:
    """The repaired layer where a map holds on rows it hasn't seen, else what was recognised.

    Args:
        words: of the language; they find the rules that recognition taught wrong.
    """
    earlier = shipped()
    known = families(printed, script, earlier)
    rows_seen = examples(printed, known)
    prior = prior_of(printed, known, script, earlier)
    if len(rows_seen) < _LEAST_ROWS or held_out_error(rows_seen, prior) > _MOST_HELD_OUT:
        return list(recognised(pages))
    said = [word.names for row in printed for word in words_of(row.row, known)]
    fonts = with_words(as_typeset(best_order(rows_seen, prior), printed, known), said, words)
    return list(repaired(printed, fonts, known))


def _by_heart(found: Sequence[Row], script: str, missing: str) -> list[Line]:
    """What maps learned before make of the rows."""
    earlier, printed = shipped(), beside(found, {})
    known = families(printed, script, earlier)
    known = replace(known, digits=digits_by_heart(known.kinds, script, earlier))
    if _share_known(printed, known, earlier) >= _LEAST_KNOWN:
        return list(repaired(printed, earlier, known))
    raise InputError(ErrorCode.NO_TEXT, f"its text layer is not what is printed, and {missing}")


def _share_known(printed: Iterable[Printed], known: Families, fonts: FontMap) -> float:
    words = [word for row in printed for word in words_of(row.row, known)]
    read = sum(all(_is_known(word.names[p.start], p) for p in fonts.pieces(word.names)) for word in words)
    return read / len(words) if words else 0.0


def _is_known(name: str, piece: Piece) -> bool:
    """A rule reads it, or its layer is believed and holds no private code."""
    if not name.startswith(LITERAL):
        return piece.rule is not None
    return all(unicodedata.category(char)[0] != "C" for char in name)


@cache
def shipped() -> FontMap:
    """All rules that come with the project, learned from documents seen before."""
    return joined(FontMap.load(path) for path in _maps())


@cache
def shipped_digest() -> str:
    """Tells one set of such rules from another."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in _maps())).hexdigest()[:12]


def _maps() -> list[Path]:
    folder = Path(str(files("wavelode.pipelines.documents").joinpath("fonts")))
    return sorted(folder.glob("*.json"))


def joined(maps: Iterable[FontMap]) -> FontMap:
    """Several maps as one; where two know the same glyphs, the better supported rule holds."""
    rules: dict[tuple[str, ...], Rule] = {}
    for fonts in maps:
        for glyphs, rule in fonts.rules.items():
            if glyphs not in rules or rules[glyphs].support < rule.support:
                rules[glyphs] = rule
    return FontMap(rules)
