from __future__ import annotations

from pathlib import Path
from typing import Any

import pymupdf
import pytest

from wavelode.pipelines.documents.read import SUFFIXES, lacking, read_sentences, reader_version
from wavelode.schemas.errors import ErrorCode, InputError
from wavelode.schemas.records import Role, Sentence
from wavelode.schemas.settings import DocumentSettings

PLAIN = DocumentSettings()
LINES = ["The council met on Tuesday to speak", "of the new bridge. Work on it begins", "in May."]
SENTENCES = [
    "The council met on Tuesday to speak of the new bridge.",
    "Work on it begins in May.",
]


def pdf_of(path: Path, *pages: list[str], step: float = 14.0) -> Path:
    """Lines of text from the top of each page; an empty line leaves a gap."""
    with pymupdf.open() as pdf:
        for lines in pages:
            page = pdf.new_page()
            for n, line in enumerate(lines):
                if line:
                    page.insert_text((72, 72 + n * step), line, fontsize=11)
        pdf.save(path)
    return path


def sentences(path: Path, settings: DocumentSettings = PLAIN, language: str = "xx") -> tuple[Sentence, ...]:
    return read_sentences(path, "doc", language, settings)


def texts(path: Path) -> list[str]:
    return [sentence.text for sentence in sentences(path)]


def refusal(path: Path, settings: DocumentSettings = PLAIN) -> InputError:
    with pytest.raises(InputError) as told:
        sentences(path, settings)
    assert path.name in told.value.message and "\n" not in told.value.message
    return told.value


def test_the_lines_of_a_pdf_become_sentences_with_their_place(tmp_path: Path) -> None:
    """Page and box lead a person from a clip back to the print."""
    found = sentences(pdf_of(tmp_path / "a.pdf", LINES))
    assert [s.text for s in found] == SENTENCES
    assert [(s.index, s.page, s.document_id, s.text_source) for s in found] == [
        (0, 1, "doc", "text_layer"),
        (1, 1, "doc", "text_layer"),
    ]
    for sentence in found:
        assert sentence.box is not None
        assert 70 < sentence.box.x0 < sentence.box.x1 < 300 and 50 < sentence.box.y0 < sentence.box.y1 < 120


def test_a_sentence_runs_over_the_page_s_end(tmp_path: Path) -> None:
    """Cut in two there, both halves are found in one place or not at all."""
    found = sentences(
        pdf_of(
            tmp_path / "a.pdf",
            ["Rain fell on all of", "the northern"],
            ["districts. Then the", "sun came out."],
        )
    )
    assert [s.text for s in found] == [
        "Rain fell on all of the northern districts.",
        "Then the sun came out.",
    ]
    assert [s.page for s in found] == [1, 2]


def test_a_wide_gap_or_a_short_line_ends_a_paragraph(tmp_path: Path) -> None:
    """A headline without a stop must not flow into the first sentence below it."""
    lines = ["Bridge to be built over the river", "", "", *LINES, "Farmers want water now", *LINES]
    found = texts(pdf_of(tmp_path / "a.pdf", lines))
    assert found[0] == "Bridge to be built over the river"
    assert found[1:3] == SENTENCES
    assert "Farmers want water now" in found


def test_a_slug_line_stands_alone(tmp_path: Path) -> None:
    """ "HEADLINES:" is printed for the reader's eyes; joined to the text it would never be heard."""
    path = tmp_path / "a.txt"
    path.write_text("HEADLINES:\nThe council met on Tuesday.\n\n*****\n\nWEATHER: -\nRain will fall.\n")
    found = sentences(path)
    assert [(s.text, s.role) for s in found] == [
        ("HEADLINES:", Role.SLUG),
        ("The council met on Tuesday.", Role.SPOKEN),
        ("*****", Role.SEPARATOR),
        ("WEATHER: -", Role.SLUG),
        ("Rain will fall.", Role.SPOKEN),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_in_any_encoding_that_says_so(encoding: str, tmp_path: Path) -> None:
    """Notepad writes UTF-16 with a mark; without one nobody can know."""
    mark = "\ufeff" if encoding in {"utf-16-le", "utf-16-be"} else ""
    text = mark + "मुख्यमंत्री ने कहा है।\r\nYes, he did.\r\n"
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    assert texts(tmp_path / "a.txt") == ["मुख्यमंत्री ने कहा है।", "Yes, he did."]


@pytest.mark.parametrize(
    ("encoding", "language", "text"),
    [
        (
            "cp1252",
            "fr",
            "Le café de la gare rouvre lundi après une année de travaux, a déclaré la municipalité hier soir.",
        ),
        (
            "cp1251",
            "ru",
            "Совет собрался во вторник, чтобы обсудить новый мост через реку и ремонт старой дороги.",
        ),
        (
            "cp1256",
            "ar",
            "اجتمع المجلس يوم الثلاثاء لمناقشة الجسر الجديد على النهر وإصلاح الطريق القديم في المدينة.",
        ),
    ],
)
def test_an_encoding_that_says_nothing_is_told_by_its_bytes(
    encoding: str, language: str, text: str, tmp_path: Path
) -> None:
    """Old text files say nothing of their encoding."""
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    (found,) = sentences(tmp_path / "a.txt", language=language)
    assert found.text == text and found.text_source.startswith("plain+cp125")


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 20, b"\xff\xfe\x00\xd8"]
)
def test_bytes_that_are_no_text_are_refused(data: bytes, tmp_path: Path) -> None:
    """Read as Latin-1 they would be garbage that is aligned for hours."""
    (tmp_path / "a.txt").write_bytes(data)
    assert refusal(tmp_path / "a.txt").code is ErrorCode.NOT_A_DOCUMENT


def test_a_locked_pdf_says_so(tmp_path: Path) -> None:
    """Its text can't be had, and only a person can change that."""
    kept: dict[str, Any] = {"encryption": pymupdf.PDF_ENCRYPT_AES_256, "user_pw": "a", "owner_pw": "b"}
    with pymupdf.open() as pdf:
        pdf.new_page().insert_text((72, 72), "Nobody may read this line of text.")
        pdf.save(tmp_path / "a.pdf", **kept)
    assert refusal(tmp_path / "a.pdf").code is ErrorCode.ENCRYPTED


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "empty"), (b"just some text, not a PDF at all", "damaged"), (b"%PDF-1.7\n" + b"\0" * 500, "")],
)
def test_what_is_no_pdf_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    """Downloads end as error pages under the name of a PDF."""
    (tmp_path / "a.pdf").write_bytes(content)
    error = refusal(tmp_path / "a.pdf")
    assert error.code in {ErrorCode.NOT_A_DOCUMENT, ErrorCode.NO_TEXT}
    assert said in error.message


def test_a_pdf_without_text_is_told_to_be_a_scan(tmp_path: Path) -> None:
    """No sentences and no word about it would look like a bulletin nobody read."""
    error = refusal(pdf_of(tmp_path / "a.pdf", ["1"]))
    assert error.code is ErrorCode.NO_TEXT
    assert "scan" in error.message


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"max_pages": 1}, ErrorCode.TOO_LARGE),
        ({"max_bytes": 100}, ErrorCode.TOO_LARGE),
        ({"min_characters": 999}, ErrorCode.NO_TEXT),
    ],
)
def test_a_document_beyond_the_limits_is_refused(
    limits: dict[str, int], code: ErrorCode, tmp_path: Path
) -> None:
    """Somebody's whole law library must not hold a worker for a day."""
    path = pdf_of(tmp_path / "a.pdf", LINES, LINES)
    assert refusal(path, DocumentSettings(**limits)).code is code


def test_an_unknown_kind_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    """A person then knows what to save it as."""
    (tmp_path / "a.xyz").write_text("text")
    assert all(suffix in refusal(tmp_path / "a.xyz").message for suffix in SUFFIXES)


def test_versions_tell_kinds_apart() -> None:
    """The version enters the fingerprint of what was read."""
    assert len({reader_version(Path(name), "hi") for name in ("a.pdf", "a.txt", "a.xyz")}) == 3
    assert reader_version(Path("a.PDF"), "hi") == reader_version(Path("b.pdf"), "hi")


def test_what_is_missing_for_recognition_is_told_before_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A night's run must not end with a thousand documents that wanted one package."""
    monkeypatch.setenv("PATH", "/nonexistent")
    (told,) = lacking([("a.pdf", "ta"), ("b.PDF", "ta"), ("c.txt", "hi")])
    assert "apt-get install tesseract-ocr tesseract-ocr-tam" in told


def test_another_tesseract_or_pack_is_another_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was recognised by an older program would stand for ever otherwise."""
    told = set()
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for version, pack in (("5.1", b"a"), ("5.2", b"a"), ("5.2", b"b")):
        folder = tmp_path / f"{version}{pack.decode()}"
        folder.mkdir()
        (folder / "hin.traineddata").write_bytes(pack)
        program = folder / "tesseract"
        program.write_text(
            f'#!/bin/sh\nif [ "$1" = --version ]; then echo tesseract {version}; exit; fi\n'
            f"echo 'List of available languages in \"{folder}/\" (1):'; echo hin\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        told.add(reader_version(Path("a.pdf"), "hi"))
    monkeypatch.setenv("PATH", "/nonexistent")
    told.add(reader_version(Path("a.pdf"), "hi"))
    assert len(told) == 4
