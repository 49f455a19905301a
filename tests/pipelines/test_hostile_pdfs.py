"""PDFs that mean harm, or were made by programs that might as well: a reason, within limits, and the rest is read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pymupdf
import pytest

from wavelode.pipelines.documents.paper import Paper
from wavelode.pipelines.documents.read import read_sentences
from wavelode.schemas.errors import ErrorCode, InputError
from wavelode.schemas.records import Role
from wavelode.schemas.settings import DocumentSettings

STORY = "The council met on Tuesday to speak of the new bridge."
SMALL = DocumentSettings(max_pages=50, page_timeout_s=20, max_memory_mb=600)


def written(path: Path, objects: list[str], trailer: str = "/Root 1 0 R") -> Path:
    """A PDF of these objects, with a cross-reference table."""
    parts, places, at = [b"%PDF-1.7\n"], list[int](), len(b"%PDF-1.7\n")
    for number, content in enumerate(objects, 1):
        places.append(at)
        parts.append(f"{number} 0 obj\n{content}\nendobj\n".encode())
        at += len(parts[-1])
    body = b"".join(parts)
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    head = f"xref\n0 {size}\n0000000000 65535 f \n{table}"
    end = f"{head}trailer\n<< /Size {size} {trailer} >>\nstartxref\n{len(body)}\n%%EOF\n"
    path.write_bytes(body + end.encode())
    return path


def page_objects(
    text: str = STORY, box: str = "0 0 595 842", catalog: str = "", pages: str = ""
) -> list[str]:
    """Catalog, page tree, one page, its text and its font."""
    stream = f"BT /F 12 Tf 72 700 Td ({text}) Tj ET"
    return [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
        pages or "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]


def spoken(path: Path, language: str = "en") -> list[str]:
    return [s.text for s in read_sentences(path, "doc", language, SMALL) if s.role is Role.SPOKEN]


def outcome(path: Path) -> str:
    """The text, or the code of the reason why there is none."""
    try:
        return " ".join(spoken(path))
    except InputError as refused:
        return refused.code


def refusal(path: Path, language: str = "en") -> InputError:
    with pytest.raises(InputError) as told:
        read_sentences(path, "doc", language, SMALL)
    assert path.name in told.value.message and "\n" not in told.value.message
    return told.value


def test_a_file_of_100_000_pages_is_refused_before_any_is_read(tmp_path: Path) -> None:
    """Each page would cost seconds; the count in the page tree costs nothing."""
    kids = " ".join(f"{number} 0 R" for number in range(3, 100_003))
    tree = f"<< /Type /Pages /Kids [{kids}] /Count 100000 /MediaBox [0 0 9 9] >>"
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", tree, *["<< /Type /Page /Parent 2 0 R >>"] * 100_000]
    assert refusal(written(tmp_path / "a.pdf", objects)).code is ErrorCode.TOO_LARGE


def test_a_page_tree_that_lies_about_its_length_is_refused(tmp_path: Path) -> None:
    """One page told a hundred thousand times."""
    kids = " ".join(["3 0 R"] * 100_000)
    path = written(tmp_path / "a.pdf", page_objects(pages=f"<< /Type /Pages /Kids [{kids}] /Count 100000 >>"))
    assert refusal(path).code in {ErrorCode.TOO_LARGE, ErrorCode.NOT_A_DOCUMENT}


def test_a_page_of_a_million_pixels_a_side_is_read_by_its_layer(tmp_path: Path) -> None:
    """Drawn, it would take terabytes; its text takes none."""
    assert spoken(written(tmp_path / "a.pdf", page_objects(box="0 0 1000000 1000000"))) == [STORY]


def test_and_is_refused_where_it_would_have_to_be_drawn(tmp_path: Path) -> None:
    """Without a layer there is nothing but the picture."""
    path = written(tmp_path / "a.pdf", page_objects(text="", box="0 0 1000000 1000000"))
    with Paper(path, SMALL) as paper, pytest.raises(InputError) as told:
        paper.picture(1)
    assert "megapixels" in told.value.message


@pytest.mark.parametrize("damage", ["startxref\n0", "startxref\n999999999", "startxref\nnonsense"])
def test_a_broken_table_of_objects_is_rebuilt_or_refused(damage: str, tmp_path: Path) -> None:
    """Half-finished downloads look like this; MuPDF looks for the objects itself."""
    path = written(tmp_path / "a.pdf", page_objects())
    path.write_bytes(re.sub(rb"startxref\n\d+", damage.encode(), path.read_bytes()))
    assert spoken(path) == [STORY]


def test_scripts_in_a_pdf_are_text_to_nobody(tmp_path: Path) -> None:
    """Nothing in a document is ever run."""
    script = "<< /S /JavaScript /JS (app.alert('x'); this.exportDataObject({cName: 'x', nLaunch: 2});) >>"
    path = written(tmp_path / "a.pdf", page_objects(catalog=f"/OpenAction {script} /AA << /WC {script} >>"))
    assert spoken(path) == [STORY]


@pytest.mark.parametrize("deep", ["[" * 200_000 + "]" * 200_000, "<< /A " * 100_000 + "1" + " >>" * 100_000])
def test_a_deep_tree_of_objects_ends_its_own_process_at_most(deep: str, tmp_path: Path) -> None:
    """Parsers that call themselves run out of stack."""
    path = written(tmp_path / "a.pdf", page_objects(catalog=f"/Extra {deep}"))
    fates = {ErrorCode.WORKER_DIED, ErrorCode.NOT_A_DOCUMENT, ErrorCode.NO_TEXT}
    assert outcome(path) in {STORY, *fates}


def test_pages_that_are_their_own_parents_are_no_pages(tmp_path: Path) -> None:
    """A loop in the page tree must not be walked for ever."""
    path = written(tmp_path / "a.pdf", page_objects(pages="<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>"))
    assert refusal(path).code in {ErrorCode.NOT_A_DOCUMENT, ErrorCode.NO_TEXT}


def test_a_stream_that_unpacks_to_megabytes_stays_within_the_memory_it_may_have(tmp_path: Path) -> None:
    """A few kilobytes may hold any amount of spaces."""
    import zlib

    packed = zlib.compress(zlib.compress(b" " * (1 << 27), 1), 9)
    with pymupdf.open() as pdf:
        page = pdf.new_page()
        page.insert_text((72, 72), STORY)
        xref = page.get_contents()[0]
        pdf.update_stream(xref, b"", compress=False)
        pdf.update_object(xref, f"<< /Length {len(packed)} /Filter [/FlateDecode /FlateDecode] >>")
        pdf.update_stream(xref, packed, compress=False)
        pdf.xref_set_key(xref, "Filter", "[/FlateDecode /FlateDecode]")
        pdf.save(tmp_path / "a.pdf")
    assert refusal(tmp_path / "a.pdf").code in {
        ErrorCode.NOT_A_DOCUMENT,
        ErrorCode.NO_TEXT,
        ErrorCode.TOO_LARGE,
    }


class _Stub:
    """A worker that answers for pages 1 and 3 and dies, or sleeps, on page 2."""

    SCRIPT = """
import json, sys, time, os
print(json.dumps({"pages": 3}), flush=True)
for line in sys.stdin:
    page = json.loads(line)["page"]
    if page == 2:
        %s
    text = {1: "Rain fell on all of the hills of the north today.", 3: "Snow fell on the southern plain at night."}
    print(json.dumps({"words": [[72, 72, 300, 84, text.get(page, "")]]}), flush=True)
"""


@pytest.mark.parametrize(
    ("does", "said"), [("os._exit(9)", "ended the process"), ("time.sleep(60)", "took longer")]
)
def test_a_page_that_ends_its_process_is_lost_alone(
    does: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One bad page must not take the bulletin with it, nor vanish without a word."""
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\nexec {json.dumps(_python())} -c '{_Stub.SCRIPT % does}'\n")
    program.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(program))
    path = written(tmp_path / "a.pdf", page_objects())
    settings = DocumentSettings(page_timeout_s=1.5)
    found = read_sentences(path, "doc", "en", settings)
    assert [s.page for s in found if s.role is Role.SPOKEN] == [1, 3]
    (lost,) = [s for s in found if s.role is Role.UNREADABLE]
    assert lost.page == 2 and said in lost.text


def _python() -> str:
    import sys

    return sys.executable
