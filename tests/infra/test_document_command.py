from __future__ import annotations

import re
from pathlib import Path

import pymupdf
from click.testing import CliRunner

from wavelode.infra.cli import main

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
