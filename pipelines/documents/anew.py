"""A PDF's rows read anew: by rules that its own pages teach beside what is seen on them, or by rules learned before."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path

from wavelode.pipelines.documents.arrange import arranged_rows
from wavelode.pipelines.documents.base import Line
from wavelode.pipelines.documents.doubt import with_words
from wavelode.pipelines.documents.evidence import share_bad, share_of_script
from wavelode.pipelines.documents.families import Families, Printed, digits_by_heart, families
from wavelode.pipelines.documents.glyphs import Row
from wavelode.pipelines.documents.learn import best_order
from wavelode.pipelines.documents.ocr import Eye, Seen
from wavelode.pipelines.documents.order import Order
from wavelode.pipelines.documents.paper import Paper
from wavelode.pipelines.documents.repair import (
    as_typeset,
    beside,
    examples,
    held_out_error,
    prior_of,
    repaired,
    words_of,
)
from wavelode.pipelines.documents.rules import LITERAL, FontMap, Piece, Rule
from wavelode.pipelines.documents.sides import seen_upright
from wavelode.pipelines.documents.voted import seen_surely
from wavelode.schemas.errors import ErrorCode, InputError
from wavelode.schemas.settings import DocumentSettings

_MOST_HELD_OUT = 0.3
"""A map that disagrees more with recognition on rows it hasn't seen reads no better than it."""
_LEAST_ROWS = 8
_LEAST_KNOWN = 0.985
"""The share of words that maps learned before must read where nothing can be recognised."""
_LEAST_OF_SCRIPT = 0.2


def badness(layer: Sequence[Line], script: str) -> float:
    """The share of the layer that can't be what is printed; all of it where the language's script is missing."""
    if not script or not layer:
        return 0.0
    text = " ".join(line.text for line in layer)
    if share_of_script(text, script) < _LEAST_OF_SCRIPT:
        return 1.0
    return share_bad(text.split(), script)


def read_unseen(
    paper: Paper, layer: Sequence[Line], script: str, missing: str, settings: DocumentSettings, order: Order
) -> list[Line]:
    """What can be read of a wrong or empty layer where nothing can be recognised.

    Args:
        missing: for recognition.

    Raises:
        InputError: there is no text, or no learned font map reads it.
    """
    letters = sum(len(line.text) for line in layer)
    if letters < settings.min_characters:
        raise InputError(ErrorCode.NO_TEXT, f"the pages are a scan, and {missing}")
    if letters < settings.min_characters * paper.pages:
        return list(layer)
    return _by_heart(arranged_rows(rows_of(paper), order), script, missing)


def rows_of(paper: Paper) -> list[Row]:
    """All rows of glyphs of a PDF."""
    return [row for page in range(1, paper.pages + 1) for row in paper.rows(page)]


def seen_on(paper: Paper, eye: Eye, pages: Iterable[int] = ()) -> dict[int, list[Seen]]:
    """The recognised words of each page, or of `pages`; one that can't be recognised is lost, with the reason."""
    found: dict[int, list[Seen]] = {}
    for page in pages or range(1, paper.pages + 1):
        try:
            words = seen_upright(paper, page, eye)
        except InputError as error:
            paper.lost[page] = error.message
            continue
        if words is not None:
            found[page] = list(seen_surely(paper, page, eye, words))
    return found


def read_rows(printed: Sequence[Printed], script: str, words: Collection[str]) -> list[Line] | None:
    """The rows as rules read them that hold on rows they haven't seen; of a few rows, as rules learned before do.

    Args:
        words: of the language; they find the rules that recognition taught wrong.
    """
    earlier = shipped()
    known = families(printed, script, earlier)
    rows_seen = examples(printed, known)
    prior = prior_of(printed, known, script, earlier)
    if len(rows_seen) < _LEAST_ROWS:
        by_heart = replace(known, digits=digits_by_heart(known.kinds, script, earlier))
        is_known = _share_known(printed, by_heart, earlier) >= _LEAST_KNOWN
        return list(repaired(printed, earlier, by_heart)) if is_known else None
    if held_out_error(rows_seen, prior) > _MOST_HELD_OUT:
        return None
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
