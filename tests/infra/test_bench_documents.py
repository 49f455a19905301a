from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from wavelode.infra.bench.document_pages import texts, typeset, why_not
from wavelode.infra.bench.document_roles import Counted, Mark, count, read_marks
from wavelode.pipelines.documents.pdf import PdfReader
from wavelode.schemas.records import Box, Role, Sentence
from wavelode.schemas.settings import DocumentSettings

NOTO = Path("/usr/share/fonts/truetype/noto/NotoSansDevanagari-Regular.ttf")


def at(top: float, role: Role) -> Sentence:
    return Sentence("doc", 0, "text", 1, Box(72, top, 300, top + 10), "ocr", role)


def marked(top: float, role: str) -> Mark:
    either = frozenset(role.split("|")) if "|" in role else frozenset()
    return Mark(1, top, top + 10, frozenset() if either else frozenset(role.split("+")), either)


def test_roles_are_counted_where_they_stand() -> None:
    """A figure that can't fall is no figure: each kind of error must be seen in it."""
    counted = Counted.zero()
    said = [
        at(0, Role.SLUG),
        at(20, Role.SLUG),
        at(40, Role.SPOKEN),
        at(60, Role.CUE),
        at(80, Role.SPOKEN),
        at(80, Role.CUE),
    ]
    marks = [marked(0, "slug"), marked(40, "cue"), marked(60, "spoken|cue"), marked(80, "spoken+cue")]
    count(said, marks, counted)
    assert (counted.precision(["slug"]), counted.recall(["slug"])) == (0.5, 1.0)
    assert (counted.precision(["cue"]), counted.recall(["cue"])) == (1.0, 2 / 3)


def test_marks_name_roles_and_hold_no_text() -> None:
    """They are facts about documents of others."""
    known = {str(role) for role in Role}
    for marks in read_marks().values():
        for mark in marks:
            assert mark.present | mark.either and mark.present | mark.either <= known
            assert mark.page >= 1 and mark.top < mark.bottom


@pytest.mark.skipif(bool(why_not()) or not NOTO.is_file(), reason=f"{why_not() or 'needs fonts-noto-core'}")
def test_the_layer_of_a_page_set_in_a_sound_font_is_kept_as_it_is(tmp_path: Path) -> None:
    """What is sound must not be made worse by recognition."""
    assert shutil.which("chromium")
    lines = list(PdfReader().lines(typeset("hi", tmp_path), "hi", DocumentSettings()))
    assert " ".join(line.text for line in lines) == texts()["hi"][1]
    assert {line.source for line in lines} == {""}
