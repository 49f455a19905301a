"""Arrow can't read back a null fixed-size list inside a list of structs: a box on a page is a plain list."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.corpus import TALK, TEXT, TUNE, recording, stretches
from wavelode.datasets.rows import recording_of, recording_row
from wavelode.datasets.storage import read_rows, write_rows
from wavelode.schemas.tables import MINED


def test_stretches_with_and_without_a_box_survive_the_disk(tmp_path: Path) -> None:
    parts = stretches((TUNE, 1.0, ""), (TEXT, 2.0, "a b"), (TALK, 1.0, "c"), (TEXT, 2.0, "d e"))
    boxed = parts[3].match
    if boxed is None:
        raise ValueError("the fourth stretch is a match")
    bare = replace(parts[3], match=replace(boxed, sentence=replace(boxed.sentence, box=None)))
    rows = [recording_row(recording("a", (*parts[:3], bare)))]
    write_rows(rows, MINED, tmp_path / "a.parquet")
    back = recording_of(read_rows(tmp_path / "a.parquet")[0]).stretches or ()
    boxes = [stretch.match.sentence.box if stretch.match else None for stretch in back]
    assert [box is not None for box in boxes] == [False, True, False, False]
