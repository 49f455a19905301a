"""What stands on a page, set into lines in the order of reading: words, recognised words, rows of glyphs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from statistics import median
from typing import TypeVar

from wavelode.pipelines.documents.base import Column, Line
from wavelode.pipelines.documents.evidence import is_leftward
from wavelode.pipelines.documents.glyphs import Glyph, Row
from wavelode.pipelines.documents.layout import ENDS
from wavelode.pipelines.documents.order import Block, Order, Rulings, around, blocks_of, is_in_order
from wavelode.pipelines.documents.paper import Paper
from wavelode.schemas.records import Box

_PARAGRAPH_GAP = 1.35
"""Lines further apart than this many times the usual distance begin a paragraph."""
_SHORT_LINE = 0.85
"""A line that ends before this share of the column's width ends its paragraph."""
_PIECE_GAP = 0.6
"""A row of glyphs may belong to several columns where a gap in it is wider than this share of its height."""
_ABOUT = 1.15
"""Words may be wider than the letters of their line are on the whole."""
_BROKEN_WORD = re.compile(r"[^\W\d_]-$|\u00ad$")
_LEAST_WORDS = 8
"""With fewer there is no order to be found."""


@dataclass(slots=True)
class Arrangement:
    """The order of a document's pages: an `Order` that looks for ruling lines when first asked for a page."""

    paper: Paper
    leftward: bool
    _rulings: dict[int, Rulings] = field(default_factory=dict)

    def __call__(self, page: int, boxes: Sequence[Box]) -> Sequence[Block]:
        if len(boxes) < _LEAST_WORDS:
            return blocks_of(boxes, Rulings(), self.leftward)
        if page not in self._rulings:
            self._rulings[page] = self.paper.rulings(page)
        return blocks_of(boxes, self._rulings[page], self.leftward)


def column_of(number: int, block: Block) -> Column:
    """What a line remembers of its block."""
    return Column(number, block.left, block.right, block.runs_on, block.is_cell)


T = TypeVar("T")


def in_blocks(
    page: int, things: Sequence[T], box: Callable[[T], Box], order: Order
) -> Iterator[tuple[list[T], Column | None]]:
    """The things of a page block by block, each with its column where there are several."""
    blocks = order(page, [box(thing) for thing in things])
    for number, block in enumerate(blocks):
        yield [things[i] for i in block.members], column_of(number, block) if len(blocks) > 1 else None


def downwards(lines: Sequence[Line]) -> list[Line]:
    """The lines of one block: as they come, or from top to bottom where the file jumps up."""
    boxes = [line.box for line in lines if line.box]
    if len(boxes) < len(lines) or is_in_order(boxes):
        return list(lines)
    return sorted(lines, key=lambda line: line.box.y0 + line.box.y1 if line.box else 0.0)


def paragraph_starts(lines: Sequence[Line]) -> Iterator[Line]:
    """Marks the lines of a page that begin a paragraph: after a wide gap, after a short line, or in another column."""
    above: Line | None = None
    for column, held in groupby(lines, key=lambda line: line.column):
        block = list(held)
        first = block[0]
        runs_on = column is not None and column.runs_on and above is not None and _is_open(above)
        starts = above is not None and not runs_on
        yield replace(first, starts_paragraph=starts)
        yield from _starts_within(block)
        above = block[-1]


def _is_open(line: Line) -> bool:
    """Whether its text goes on elsewhere: a full line without an end."""
    if line.text.rstrip("\"'”’) ").endswith(ENDS) or line.box is None or line.column is None:
        return False
    width = line.column.right - line.column.left
    return line.box.x1 - line.box.x0 >= _SHORT_LINE * width


def _starts_within(block: Sequence[Line]) -> Iterator[Line]:
    boxes = [line.box for line in block if line.box]
    if len(boxes) < len(block):
        yield from block[1:]
        return
    steps = [b.y0 - a.y0 for a, b in pairwise(boxes) if b.y0 > a.y0]
    usual = median(steps) if steps else 0.0
    left, right = min(b.x0 for b in boxes), max(b.x1 for b in boxes)
    if column := block[0].column:
        left, right = column.left, column.right
    for (above, line), (a, b) in zip(pairwise(block), pairwise(boxes), strict=True):
        step = b.y0 - a.y0
        breaks = step <= 0 or step > _PARAGRAPH_GAP * usual or _ends_short(above, line, left, right)
        yield replace(line, starts_paragraph=breaks)


def _ends_short(above: Line, line: Line, left: float, right: float) -> bool:
    """Whether a line leaves room that the next line's first word would have fitted into."""
    if above.box is None or line.box is None or _BROKEN_WORD.search(above.text):
        return False
    room = above.box.x0 - left if is_leftward(above.text) else right - above.box.x1
    words = line.text.split()
    share = (_letters(words[0]) + 1) / max(1, _letters(line.text)) if words else 0.0
    first = _ABOUT * share * (line.box.x1 - line.box.x0)
    return room > max(first, (1 - _SHORT_LINE) * (right - left))


def _letters(text: str) -> int:
    """Characters that take room."""
    return sum(unicodedata.category(char)[0] != "M" for char in text)


def arranged_rows(rows: Sequence[Row], order: Order) -> list[Row]:
    """Rows of glyphs in the order of reading, cut where they run over several columns."""
    found: list[Row] = []
    for page, held in groupby(rows, key=lambda row: row.page):
        own = list(held)
        pieces = [(n, piece) for n, row in enumerate(own) for piece in _pieces(row)]
        blocks = list(in_blocks(page, pieces, lambda piece: _box(piece[1]), order))
        if len(blocks) == 1:
            found += _downwards(own)
            continue
        for members, column in blocks:
            joined = [
                Row(tuple(glyph for _, piece in same for glyph in piece), page, column)
                for _, same in groupby(members, key=lambda piece: piece[0])
            ]
            found += _downwards(joined)
    return found


def _downwards(rows: Sequence[Row]) -> list[Row]:
    if is_in_order([row.box for row in rows]):
        return list(rows)
    return sorted(rows, key=lambda row: row.box.y0 + row.box.y1)


def _pieces(row: Row) -> Iterator[list[Glyph]]:
    """A row cut at its wide gaps; spaces stay with what stands before them."""
    held: list[Glyph] = []
    reach = 0.0
    for glyph in row.glyphs:
        wide = _PIECE_GAP * (glyph.box.y1 - glyph.box.y0)
        if held and not glyph.is_space and glyph.box.x0 - reach > wide:
            yield held
            held, reach = [], 0.0
        held.append(glyph)
        if not glyph.is_space:
            reach = max(reach, glyph.box.x1)
    if held:
        yield held


def _box(glyphs: Sequence[Glyph]) -> Box:
    return around([glyph.box for glyph in glyphs if not glyph.is_space] or [glyphs[0].box])
