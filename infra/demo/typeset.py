"""A script on paper, as newsrooms print them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wavelode.infra.demo.running_order import Bulletin, Item

_WIDTH_PT, _HEIGHT_PT, _MARGIN_PT = 595.0, 842.0, 72.0
_SIZE_PT, _LEADING_PT = 13.0, 21.0
_CHARACTERS = 74
_PLAIN, _BOLD = "tiro", "tibo"
_BULLET = "\x95 "
"""A bullet in the encoding of the PDF's built-in fonts."""


@dataclass(slots=True)
class _Paper:
    """Pages as they fill; `y` is where the next line stands, in points from the top."""

    pages: Any
    y: float = _HEIGHT_PT

    def paragraph(self, text: str, font: str = _PLAIN, size: float = _SIZE_PT, bullet: str = "") -> None:
        """Wrapped lines, without hyphens, then a little space."""
        indent = bullet and "   "
        wrapped = textwrap.wrap(
            bullet + text,
            _CHARACTERS,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in wrapped:
            self._line(line, font, size)
        self.y += 7

    def _line(self, text: str, font: str, size: float) -> None:
        if self.y > _HEIGHT_PT - _MARGIN_PT:
            self.pages.new_page(width=_WIDTH_PT, height=_HEIGHT_PT)
            self.y = _MARGIN_PT
        page = self.pages[-1]
        page.insert_text((_MARGIN_PT, self.y), text, fontname=font, fontsize=size)
        self.y += _LEADING_PT


def write_pdf(bulletin: Bulletin, path: Path) -> None:
    """Writes the script of a bulletin; the same bulletin gives the same bytes."""
    import pymupdf  # an extra, and slow to load

    open_pages: Any = pymupdf.open  # has no types
    with open_pages() as pages:
        paper = _Paper(pages)
        paper.paragraph(bulletin.title, _BOLD, 15.0)
        paper.paragraph(bulletin.dateline)
        for item in bulletin.running_order:
            if item.on_paper:
                _print(paper, item)
        paper.paragraph(bulletin.sign_off)
        pages.set_metadata({"title": bulletin.title, "producer": "wavelode demo"})
        pages.save(str(path), no_new_id=True, deflate=True)


def _print(paper: _Paper, item: Item) -> None:
    texts = [line.printed for line in item.lines]
    if item.kind == "cue":
        paper.paragraph(" ".join(texts), _BOLD)
    elif item.bullets:
        for text in texts:
            paper.paragraph(text, bullet=_BULLET)
    else:
        paper.paragraph(" ".join(texts))
