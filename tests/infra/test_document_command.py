from __future__ import annotations

import base64
import re
from pathlib import Path

import pymupdf
import pytest
from click.testing import CliRunner

from tests.pipelines.typeset import scanned
from wavelode.infra.cli import main
from wavelode.pipelines.documents.ocr import Eye

EVIL = "<script>alert(1)</script> & the council met."


def script(path: Path) -> Path:
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        for n, line in enumerate(
            ["Tesk Radio News Bulletin", "Date: 01-07-2025", "", EVIL, "", "VOICE CAST - council"]
        ):
            page.insert_text((72, 72 + 20 * n), line, fontsize=11)
        pdf.save(path)
    return path


def test_what_was_understood_is_printed_and_drawn(tmp_path: Path) -> None:
    """A person must see why a line is no clip without opening a table."""
    path, page = script(tmp_path / "english_tesk.pdf"), tmp_path / "a.html"
    told = CliRunner().invoke(main, ["document", str(path), "--html", str(page)])
    assert told.exit_code == 0, told.output
    lines = [line.split(maxsplit=3) for line in told.stdout.splitlines()]
    assert [line[2] for line in lines if line[0].isdigit()] == ["station", "date", "spoken", "cue"]
    html = page.read_text(encoding="utf-8")
    assert EVIL not in html and "&lt;script&gt;alert(1)&lt;/script&gt; &amp; the council met." in html
    assert len(re.findall("<rect", html)) == 4 and "data:image/png;base64," in html
    assert not re.search(r"(?:src|href)=\"(?!data:)", html)


def test_a_language_that_is_not_told_is_asked_for(tmp_path: Path) -> None:
    """Guessed, it would be recognised in the wrong script."""
    told = CliRunner().invoke(main, ["document", str(script(tmp_path / "bulletin.pdf"))])
    assert told.exit_code == 2 and "--language" in told.output


@pytest.mark.skipif(bool(Eye("en").why_not()), reason="needs tesseract-ocr-eng")
def test_a_scan_on_its_side_is_drawn_as_it_was_read(tmp_path: Path) -> None:
    """Boxes lie where the words stood when they were read: beside the lines of a page that isn't turned."""
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        for n in range(20):
            page.insert_text(
                (72, 72 + 30 * n), f"The council met on day {n + 1} and agreed on the bridge.", fontsize=14
            )
        pdf.save(tmp_path / "text.pdf")
    look = tmp_path / "a.html"
    scan = scanned(tmp_path / "text.pdf", tmp_path / "english_tesk.pdf", turn=90)
    told = CliRunner().invoke(main, ["document", str(scan), "--html", str(look)])
    assert told.exit_code == 0 and "The council met on day 20" in told.stdout
    html = look.read_text(encoding="utf-8")
    picture = base64.b64decode(re.findall(r"data:image/png;base64,([^\"]+)", html)[0])
    width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
    assert width < height
