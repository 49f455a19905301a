"""PDFs for tests: typeset by PyMuPDF, spoilt on purpose, or turned into scans."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pymupdf

Placed = tuple[float, float, str]
"""``x, y`` of the baseline's start in points, and what is written there."""


def placed_pdf(path: Path, *pages: Iterable[Placed], size: float = 11.0, rotation: int = 0) -> Path:
    """Pages of text, written in the order given."""
    with pymupdf.open() as pdf:
        for words in pages:
            page = pdf.new_page()
            for x, y, text in words:
                page.insert_text((x, y), text, fontsize=size)
            page.set_rotation(rotation)
        pdf.save(path)
    return path


def ruled(path: Path, columns: list[float], rows: list[float], width: float = 0.5) -> Path:
    """Draws a grid over the first page of a PDF."""
    with pymupdf.open(path) as pdf:
        page = pdf[0]
        for x in columns:
            page.draw_line((x, rows[0]), (x, rows[-1]), width=width)
        for y in rows:
            page.draw_line((columns[0], y), (columns[-1], y), width=width)
        pdf.saveIncr()
    return path


def scanned(path: Path, out: Path, dpi: int = 200, turn: int = 0) -> Path:
    """Pictures of a PDF's pages as a PDF, lying on their side if told."""
    with pymupdf.open(path) as pdf, pymupdf.open() as scans:
        for page in pdf:
            drawn = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
            box = page.rect if turn % 180 == 0 else pymupdf.Rect(0, 0, page.rect.height, page.rect.width)
            scans.new_page(width=box.width, height=box.height).insert_image(box, pixmap=drawn, rotate=turn)
        scans.save(out)
    return out


def with_scrambled(path: Path, lines: Iterable[Placed], size: float = 11.0) -> Path:
    """Adds lines to the first page in a font whose Unicode map tells another letter for each."""
    with pymupdf.open(path) as pdf:
        page = pdf[0]
        page.insert_font("scrambled", fontbuffer=pymupdf.Font("helv").buffer)
        for x, y, text in lines:
            page.insert_text((x, y), text, fontsize=size, fontname="scrambled")
        xref = next(font[0] for font in page.get_fonts() if font[4] == "scrambled")
        told = int(pdf.xref_get_key(xref, "ToUnicode")[1].split()[0])
        pdf.update_stream(told, _shifted(pdf.xref_stream(told).decode("latin-1")).encode("latin-1"))
        pdf.saveIncr()
    return path


def _shifted(cmap: str) -> str:
    """A Unicode map with every range of codes that begins at a small letter begun seven letters on."""

    def other(found: re.Match[str]) -> str:
        return f"{found[1]}<{int(found[2], 16) + 7:04x}>"

    return re.sub(r"(<[0-9a-f]{4}> <[0-9a-f]{4}> )<(0061)>", other, cmap)


def with_picture_of(
    path: Path, text_pdf: Path, box: tuple[float, float, float, float], dpi: int = 200
) -> Path:
    """Adds a part of another PDF's first page, as a picture at the same place."""
    with pymupdf.open(path) as pdf, pymupdf.open(text_pdf) as other:
        drawn = other[0].get_pixmap(dpi=dpi, clip=box, colorspace=pymupdf.csGRAY)
        pdf[0].insert_image(box, pixmap=drawn)
        pdf.saveIncr()
    return path
