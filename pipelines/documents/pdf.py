"""A PDF, by PyMuPDF: its text layer, or what is better, into lines, and lines into paragraphs by their place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path
from statistics import median
from typing import Any

from wavelode.pipelines.documents.anew import read_anew
from wavelode.pipelines.documents.base import Line
from wavelode.pipelines.documents.evidence import plainly
from wavelode.schemas.errors import ErrorCode, InputError, MissingDependency
from wavelode.schemas.records import Box
from wavelode.schemas.settings import DocumentSettings

_PARAGRAPH_GAP = 1.35
"""Lines further apart than this many times the usual distance begin a paragraph."""
_SHORT_LINE = 0.85
"""A line that ends before this share of the column's width ends its paragraph."""


@dataclass(frozen=True, slots=True)
class PdfReader:
    """A `Reader` of text layers; where a layer isn't what is printed, it is repaired or the page recognised."""

    version: str = "2"
    text_source: str = "text_layer"

    def lines(self, path: Path, language: str, settings: DocumentSettings) -> Iterator[Line]:
        """Raises:
        InputError: encrypted, not_a_document or too_large.
        MissingDependency: without the `documents` extra.
        """
        with opened(path) as pdf:
            if pdf.needs_pass:
                raise InputError(
                    ErrorCode.ENCRYPTED,
                    f"{path.name}: the PDF asks for a password; save it again without one",
                )
            if len(pdf) > settings.max_pages:
                raise InputError(
                    ErrorCode.TOO_LARGE,
                    f"{path.name}: {len(pdf)} pages, more than document.max_pages={settings.max_pages}; "
                    "split it or raise that",
                )
            yield from _lines(pdf, language, settings)


def _lines(pdf: Any, language: str, settings: DocumentSettings) -> Iterator[Line]:
    """The layer's lines where it can be believed, else those of its repair or of recognition, page by page."""
    layer = [line for page in pdf for line in _merged_rows(_words(page), page.number + 1)]
    read = read_anew(pdf, layer, language, settings)
    for _, lines in groupby(layer if read is None else read, key=lambda line: line.page):
        yield from _paragraph_starts(list(lines))


def opened(path: Path) -> Any:
    """The PDF (PyMuPDF's document).

    Raises:
        InputError: it is none.
        MissingDependency: without the `documents` extra.
    """
    try:
        import pymupdf
    except ImportError as error:
        raise MissingDependency("reading PDF needs PyMuPDF: pip install 'wavelode[documents]'") from error
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    try:
        return pymupdf.open(path, filetype="pdf")
    except (pymupdf.FileDataError, pymupdf.EmptyFileError, RuntimeError) as error:
        said = "the file is empty" if path.stat().st_size == 0 else "it is damaged or no PDF"
        raise InputError(
            ErrorCode.NOT_A_DOCUMENT, f"{path.name}: can't be opened as PDF: {said}; fetch it again"
        ) from error


_Word = tuple[Box, str]


def _words(page: Any) -> list[_Word]:
    """The page's words in the order of the file, which is the reading order of nearly all scripts."""
    return [(Box(*word[:4]), word[4]) for word in page.get_text("words", sort=False)]


def _merged_rows(words: list[_Word], page: int) -> list[Line]:
    """Words that follow on each other at the same height are one line, however far apart they are set."""
    rows: list[list[_Word]] = []
    for word in words:
        if rows and _same_row(rows[-1][-1][0], word[0]):
            rows[-1].append(word)
        else:
            rows.append([word])
    return [Line(plainly(" ".join(text for _, text in row)), False, page, _around(row)) for row in rows]


def _same_row(a: Box, b: Box) -> bool:
    shared = min(a.y1, b.y1) - max(a.y0, b.y0)
    return shared > 0.5 * min(a.y1 - a.y0, b.y1 - b.y0) and b.x0 >= a.x0


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
