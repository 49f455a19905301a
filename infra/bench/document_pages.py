"""Pages we typeset ourselves, in sound Unicode fonts: their layer must be kept as it is, their pictures be recognised.

Chromium sets them, whose PDFs tell their text soundly; the sentences are our own.
"""

from __future__ import annotations

import html
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from wavelode.pipelines.documents.learn import edits
from wavelode.pipelines.documents.ocr import Eye
from wavelode.pipelines.documents.paper import Paper
from wavelode.pipelines.documents.pdf import PdfReader
from wavelode.pipelines.documents.repair import recognised
from wavelode.schemas.settings import DocumentSettings

_ROWS = Path(__file__).with_name("document_pages.tsv")


def texts() -> dict[str, tuple[str, str]]:
    """By language: a font, and what is set in it."""
    rows = (row.split("\t") for row in _ROWS.read_text(encoding="utf-8").splitlines())
    return {language: (font, text) for language, font, text in rows}


@dataclass(frozen=True, slots=True)
class Page:
    """Errors of one typeset page, in characters, and CPU seconds for it by both ways."""

    language: str
    characters: int
    layer: int
    picture: int | None
    layer_s: float
    picture_s: float


def cpu_seconds() -> float:
    """What this process and those it has waited for have used."""
    return sum(os.times()[:4])


def why_not() -> str:
    """What is missing for typesetting."""
    return (
        ""
        if shutil.which("chromium")
        else "needs Chromium to typeset: apt-get install chromium fonts-noto-core"
    )


def typeset(language: str, folder: Path) -> Path:
    """A PDF of the language's text; raises OSError where Chromium leaves none."""
    font, text = texts()[language]
    page, out = folder / f"{language}.html", folder / f"{language}.pdf"
    style = f"font: 15pt '{font}'; width: 16cm; line-height: 2"
    page.write_text(
        f'<meta charset="utf-8"><p lang="{language}" dir="auto" style="{style}">{html.escape(text)}</p>',
        encoding="utf-8",
    )
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--print-to-pdf={out}"]
    subprocess.run(["chromium", *flags, page.as_uri()], capture_output=True, timeout=60)
    if not out.is_file():
        raise FileNotFoundError(out)
    return out


def measured(languages: Iterator[str]) -> Iterator[Page]:
    """Each language's page, read by its layer and by its picture."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for language in languages:
            yield _measured(language, typeset(language, folder), folder / "cache")


def _measured(language: str, path: Path, cache: Path) -> Page:
    truth, settings = texts()[language][1], DocumentSettings()
    began = cpu_seconds()
    layer = " ".join(line.text for line in PdfReader().lines(path, language, settings))
    layer_s = cpu_seconds() - began
    eye, seen = Eye(language, cache=cache), None
    began = cpu_seconds()
    if not eye.why_not():
        with Paper(path, settings) as paper:
            drawn = paper.picture(1)
        words = eye.read(drawn) if drawn else []
        seen = edits(truth, " ".join(line.text for line in recognised({1: words})))
    return Page(language, len(truth), edits(truth, layer), seen, layer_s, cpu_seconds() - began)


def table_of(pages: list[Page]) -> Table:
    table = Table(title="Pages typeset in sound fonts: errors by the layer, and by the picture")
    for name in ("language", "font", "characters", "layer", "picture", "CPU s, layer", "CPU s, picture"):
        table.add_column(name, justify="left" if name in {"language", "font"} else "right")
    for page in pages:
        seen = "no pack" if page.picture is None else f"{page.picture} ({page.picture / page.characters:.1%})"
        seconds = (f"{page.layer_s:.1f}", f"{page.picture_s:.1f}")
        table.add_row(
            page.language, texts()[page.language][0], str(page.characters), str(page.layer), seen, *seconds
        )
    return table
