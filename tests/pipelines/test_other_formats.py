from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from wavelode.pipelines.documents.read import read_sentences
from wavelode.schemas.errors import ErrorCode, InputError
from wavelode.schemas.records import Role
from wavelode.schemas.settings import DocumentSettings

STORY = "The council met on Tuesday to speak of the new bridge."
OTHER = "Work on it begins in May."


def read(path: Path, settings: DocumentSettings | None = None) -> list[tuple[str, Role]]:
    found = read_sentences(path, "doc", "en", settings or DocumentSettings())
    return [(sentence.text, sentence.role) for sentence in found]


def refusal(path: Path, settings: DocumentSettings | None = None) -> ErrorCode:
    with pytest.raises(InputError) as told:
        read(path, settings)
    assert path.name in told.value.message and "\n" not in told.value.message
    return told.value.code


def word_file(path: Path) -> Path:
    import docx

    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "Radio Tesk, desk 2"
    document.add_heading("Bridge", 2)
    document.add_paragraph(f"{STORY} {OTHER}")
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text = "Rain fell on the hills."
    table.cell(0, 1).text = "Snow fell on the plains."
    document.add_paragraph("The market opens again at noon.")
    document.save(str(path))
    return path


def test_a_word_file_is_read_in_its_order_with_tables_and_headings(tmp_path: Path) -> None:
    """Newsrooms put their running order into tables; python-docx's `paragraphs` leaves those out."""
    assert read(word_file(tmp_path / "a.docx")) == [
        ("Radio Tesk, desk 2", Role.HEADER),
        ("Bridge", Role.SLUG),
        (STORY, Role.SPOKEN),
        (OTHER, Role.SPOKEN),
        ("Rain fell on the hills.", Role.SPOKEN),
        ("Snow fell on the plains.", Role.SPOKEN),
        ("The market opens again at noon.", Role.SPOKEN),
    ]


def test_a_word_file_that_is_none_or_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    """A zip of a few kilobytes may hold gigabytes."""
    (tmp_path / "a.docx").write_bytes(b"PK\x03\x04 nothing")
    assert refusal(tmp_path / "a.docx") is ErrorCode.NOT_A_DOCUMENT
    (tmp_path / "b.docx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    assert refusal(tmp_path / "b.docx") is ErrorCode.ENCRYPTED
    path = word_file(tmp_path / "c.docx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/media/zeros.bin", b"\0" * 3_000_000)
    assert refusal(path, DocumentSettings(max_bytes=2_000_000)) is ErrorCode.TOO_LARGE


def test_a_web_page_is_read_without_what_browsers_do_not_show(tmp_path: Path) -> None:
    """Scripts, styles and comments are nobody's news; menus are on every page."""
    page = f"""<!doctype html><html><head><title>Radio</title><style>p {{color: red}}</style></head><body>
    <nav><a href="/">Home</a></nav><h2>Bridge</h2><p>The council met <b>on Tuesday</b> to speak
    of the new bridge.<br>{OTHER}</p><!-- <p>hidden</p> --><script>document.write("no")</script>
    <ul><li>Rain fell &amp; stayed.</li></ul><footer>All rights reserved</footer></body></html>"""
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    assert read(tmp_path / "a.html") == [
        ("Home", Role.HEADER),
        ("Bridge", Role.SLUG),
        (STORY, Role.SPOKEN),
        (OTHER, Role.SPOKEN),
        ("Rain fell & stayed.", Role.SPOKEN),
        ("All rights reserved", Role.FOOTER),
    ]


def test_a_web_page_says_its_own_encoding_and_may_be_nested_deep(tmp_path: Path) -> None:
    """Old pages of Indian stations are in anything; some programs nest a table into each cell."""
    text = "Ceský rozhlas: vláda schválila nový most přes řeku a opravu staré silnice."
    page = f'<html><head><meta charset="iso-8859-2"></head><body>{"<div>" * 1500}{text}</body></html>'
    (tmp_path / "a.html").write_bytes(page.encode("iso-8859-2"))
    assert (text, Role.SPOKEN) in read(tmp_path / "a.html")
    (tmp_path / "c.html").write_text("<p>Rain fell.</p>" + "<div>" * 9000 + "and snow.", encoding="utf-8")
    assert refusal(tmp_path / "c.html") is ErrorCode.TOO_LARGE
    (tmp_path / "b.html").write_bytes(b"")
    assert refusal(tmp_path / "b.html") in {ErrorCode.NOT_A_DOCUMENT, ErrorCode.NO_TEXT}


SRT = """1
00:00:01,000 --> 00:00:03,000
The council met <i>on Tuesday</i>

2
00:00:03,100 --> 00:00:05,000
to speak of the new bridge.

3
00:00:09,000 --> 00:00:11,000
- Work on it begins in May.
"""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.srt", SRT),
        ("a.vtt", "WEBVTT\n\nNOTE made by hand\n\n" + SRT.replace(",", ".")),
        ("a.srt", SRT.replace("\n", "\r\n")),
    ],
)
def test_a_sentence_runs_on_over_subtitles(name: str, content: str, tmp_path: Path) -> None:
    """A subtitle holds two lines, a sentence often four."""
    (tmp_path / name).write_text(content, encoding="utf-8", newline="")
    assert read(tmp_path / name) == [(STORY, Role.SPOKEN), (OTHER, Role.SPOKEN)]
