"""A PDF, by PyMuPDF: its text layer, or what is better, into lines, and lines into paragraphs by their place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby, pairwise
from pathlib import Path
from statistics import median

from wavelode.pipelines.documents.anew import read_anew, shipped_digest
from wavelode.pipelines.documents.base import Line
from wavelode.pipelines.documents.evidence import is_leftward, plainly, script_name, share_bad
from wavelode.pipelines.documents.ocr import Eye
from wavelode.pipelines.documents.paper import Paper
from wavelode.schemas.records import Box, Role
from wavelode.schemas.settings import DocumentSettings

_PARAGRAPH_GAP = 1.35
"""Lines further apart than this many times the usual distance begin a paragraph."""
_SHORT_LINE = 0.85
"""A line that ends before this share of the column's width ends its paragraph."""


@dataclass(frozen=True, slots=True)
class PdfReader:
    """A `Reader` of text layers; where a layer isn't what is printed, it is repaired or the page recognised."""

    version: str = "3"
    text_source: str = "text_layer"

    def depends_on(self, language: str) -> str:
        """The font maps that ship, MuPDF, and Tesseract with its pack: each may change what is read."""
        try:
            mupdf = version("pymupdf")
        except PackageNotFoundError:
            mupdf = "none"
        return f"{shipped_digest()}/mupdf {mupdf}/{Eye(language).identity}"

    def lines(self, path: Path, language: str, settings: DocumentSettings) -> Iterator[Line]:
        """Raises:
        InputError: encrypted, not_a_document or too_large.
        MissingDependency: without the `documents` extra.
        """
        with Paper(path, settings) as paper:
            yield from _lines(paper, language, settings)


def _lines(paper: Paper, language: str, settings: DocumentSettings) -> Iterator[Line]:
    """The layer's lines where it can be believed, else those of its repair or of recognition, page by page."""
    script = script_name(language)
    pages = range(1, paper.pages + 1)
    layer = [line for page in pages for line in _merged_rows(paper.words(page), page, script)]
    read = read_anew(paper, layer, language, settings)
    by_page = {
        page: list(lines) for page, lines in groupby(layer if read is None else read, lambda line: line.page)
    }
    for page in pages:
        yield from _paragraph_starts(by_page.get(page, []))
        if page in paper.lost:
            yield Line(f"page {page} can't be read: {paper.lost[page]}", True, page, role=Role.UNREADABLE)


_Word = tuple[Box, str]


def _merged_rows(words: list[_Word], page: int, script: str) -> list[Line]:
    """Words that follow on each other at the same height are one line, however far apart they are set."""
    rows: list[list[_Word]] = []
    for word in words:
        if rows and _same_row(rows[-1][-1], word):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [_line(row, page, script) for row in rows]


def _line(row: list[_Word], page: int, script: str) -> Line:
    text = plainly(" ".join(text for _, text in row))
    return Line(text, False, page, _around(row), confidence=1 - share_bad(text.split(), script))


def _same_row(above: _Word, word: _Word) -> bool:
    """At one height, and further on in the direction of reading."""
    (a, _), (b, text) = above, word
    shared = min(a.y1, b.y1) - max(a.y0, b.y0)
    onward = b.x0 <= a.x0 if is_leftward(text) else b.x0 >= a.x0
    return shared > 0.5 * min(a.y1 - a.y0, b.y1 - b.y0) and onward


def _around(row: list[_Word]) -> Box:
    box = row[0][0]
    for other, _ in row[1:]:
        box = box | other
    return box


def _paragraph_starts(lines: list[Line]) -> Iterator[Line]:
    """Marks the lines that begin a paragraph: after a wide gap, after a short line, or in another column."""
    boxes = [line.box for line in lines if line.box]
    if not boxes:
        return
    steps = [b.y0 - a.y0 for a, b in pairwise(boxes) if b.y0 > a.y0]
    usual = median(steps) if steps else 0.0
    left, right = min(b.x0 for b in boxes), max(b.x1 for b in boxes)
    for i, (line, box) in enumerate(zip(lines, boxes, strict=True)):
        above = boxes[i - 1] if i else None
        starts = above is not None and _breaks(above, box, usual, left + _SHORT_LINE * (right - left))
        yield replace(line, starts_paragraph=starts)


def _breaks(above: Box, box: Box, usual: float, short_of: float) -> bool:
    step = box.y0 - above.y0
    return step <= 0 or step > _PARAGRAPH_GAP * usual or above.x1 < short_of
