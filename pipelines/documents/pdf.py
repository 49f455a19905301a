"""A PDF, by PyMuPDF: its text layer, or what is better, into lines, and lines into paragraphs by their place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path

from wavelode.pipelines.documents.anew import shipped_digest
from wavelode.pipelines.documents.arrange import Arrangement, downwards, in_blocks, paragraph_starts
from wavelode.pipelines.documents.base import Column, Line
from wavelode.pipelines.documents.choose import Chooser
from wavelode.pipelines.documents.evidence import LEFTWARD, plainly, script_name, share_bad
from wavelode.pipelines.documents.leftward import leftward_rows, runs_leftward
from wavelode.pipelines.documents.ocr import Eye
from wavelode.pipelines.documents.order import Order, around
from wavelode.pipelines.documents.paper import Layer, LayerWord, Paper
from wavelode.schemas.records import Role
from wavelode.schemas.settings import DocumentSettings


@dataclass(frozen=True, slots=True)
class PdfReader:
    """A `Reader` of text layers; where a layer isn't what is printed, it is repaired or the page recognised."""

    version: str = "6"
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
    order = Arrangement(paper, script in LEFTWARD)
    layers = {page: paper.layer(page) for page in pages}
    told = [line for page in pages for line in _of_layer(layers[page], page, script, order)]
    read = Chooser(paper, layers, language, settings, order).chosen(told)
    by_page = {page: list(lines) for page, lines in groupby(read, lambda line: line.page)}
    for page in pages:
        yield from paragraph_starts(by_page.get(page, []))
        if page in paper.lost:
            yield Line(f"page {page} can't be read: {paper.lost[page]}", True, page, role=Role.UNREADABLE)


def _of_layer(layer: Layer, page: int, script: str, order: Order) -> Iterator[Line]:
    """The lines of a page's text layer, block by block."""
    for words, column in in_blocks(page, layer.words, lambda word: word.box, order):
        lines = [_line(row, page, script, column) for row in _merged_rows(words)]
        yield from downwards(lines)


def _merged_rows(words: Sequence[LayerWord]) -> list[list[LayerWord]]:
    """Words that follow on each other at the same height are one line, however far apart they are set."""
    if runs_leftward(words):
        return leftward_rows(words)
    rows: list[list[LayerWord]] = []
    for word in words:
        if rows and _same_row(rows[-1][-1], word):
            rows[-1].append(word)
        else:
            rows.append([word])
    return rows


def _line(row: Sequence[LayerWord], page: int, script: str, column: Column | None) -> Line:
    text = plainly(" ".join(word.text for word in row))
    sure = 1 - share_bad(text.split(), script)
    return Line(text, False, page, around([word.box for word in row]), confidence=sure, column=column)


def _same_row(above: LayerWord, word: LayerWord) -> bool:
    """At one height, and further on."""
    a, b = above.box, word.box
    shared = min(a.y1, b.y1) - max(a.y0, b.y0)
    return shared > 0.5 * min(a.y1 - a.y0, b.y1 - b.y0) and b.x0 >= a.x0
