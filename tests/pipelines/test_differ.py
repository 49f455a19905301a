from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.archive import wavelode
from tests.corpus import RATE, leave_mined, matched, paper, recording
from wavelode.datasets.storage import Layout
from wavelode.pipelines.quality.differ import Change, diff
from wavelode.pipelines.select import run_select
from wavelode.schemas.errors import StorageError
from wavelode.schemas.records import Recording, Stretch
from wavelode.schemas.settings import SelectSettings
from wavelode.schemas.time import Span

pytest.importorskip("duckdb", reason="needs the extra: pip install 'wavelode[quality]'")

TEXT = "The council met on Tuesday to open number"


def _sentence(n: int, start_s: float, end_s: float, cer: float = 0.05) -> Stretch:
    part = matched(Span(round(start_s * RATE), round(end_s * RATE)), f"{TEXT} {n}", cer=cer)
    if part.match is None:
        raise ValueError("a matched stretch has a match")
    return replace(part, match=replace(part.match, sentence=replace(part.match.sentence, index=n)))


def _out(
    folder: Path, recordings: list[Recording], settings: str = "", limits: SelectSettings | None = None
) -> Layout:
    layout = Layout(folder)
    leave_mined(layout, recordings, [paper()])
    run_select(layout, layout.mined.glob("*.parquet"), [], limits or SelectSettings())
    layout.settings.write_text(f"out: {folder}\n{settings}")
    return layout


def _by_kind(changes: tuple[Change, ...]) -> dict[tuple[str, str], int]:
    return {(change.kind, change.reason): change.clips for change in changes}


def test_a_run_is_the_same_as_itself(tmp_path: Path) -> None:
    one = _out(tmp_path / "a", [recording("r", (_sentence(0, 0, 3), _sentence(1, 3, 6)))])
    found = diff(one, one)
    assert not found.settings and not found.versions and found.recordings == (0, 1, 0, 0)
    assert _by_kind(found.changes) == {("same", ""): 2}
    assert all(a == b for a, b in found.seconds.values())


def test_clips_are_gained_lost_and_moved_for_a_reason(tmp_path: Path) -> None:
    before = recording("r", (_sentence(0, 0, 3), _sentence(1, 3, 6, cer=0.5), _sentence(2, 6, 9)))
    after = recording("r", (_sentence(0, 0, 3.3), _sentence(1, 3.3, 6, cer=0.5), _sentence(3, 6, 9)))
    strict = SelectSettings(max_cer=0.3)
    a = _out(tmp_path / "a", [before])
    b = _out(tmp_path / "b", [replace(after, fingerprint="e" * 16)], "select: {max_cer: 0.3}\n", strict)
    found = diff(a, b, tmp_path / "rows.parquet")
    assert _by_kind(found.changes) == {
        ("moved", ""): 1,
        ("lost", "high_cer"): 1,
        ("lost", "not found"): 1,
        ("gained", "not found"): 1,
    }
    (because,) = next(change for change in found.changes if change.reason == "high_cer").because
    assert (because.name, because.a, because.b) == ("select.max_cer", None, "0.3")
    assert next(change for change in found.changes if change.kind == "moved").moved_s == pytest.approx(0.3)
    assert found.recordings == (0, 1, 0, 1)
    rows = pq.read_table(tmp_path / "rows.parquet").to_pylist()
    assert sorted(row["change"] for row in rows) == ["gained", "lost", "lost", "moved"]


def test_swapping_the_runs_swaps_what_is_gained_and_lost(tmp_path: Path) -> None:
    a = _out(tmp_path / "a", [recording("r", (_sentence(0, 0, 3), _sentence(1, 3, 6)))])
    b = _out(tmp_path / "b", [recording("r", (_sentence(0, 0, 3),)), recording("s", (_sentence(1, 0, 3),))])
    there, back = diff(a, b), diff(b, a)
    swapped = {"gained": "lost", "lost": "gained"}
    flipped = {(swapped.get(kind, kind), why): clips for (kind, why), clips in _by_kind(back.changes).items()}
    assert _by_kind(there.changes) == flipped
    assert there.seconds == {key: (y, x) for key, (x, y) in back.seconds.items()}


def test_the_command_says_so(tmp_path: Path) -> None:
    a = _out(tmp_path / "a", [recording("r", (_sentence(0, 0, 3, cer=0.5),))])
    strict = SelectSettings(max_cer=0.3)
    b = _out(
        tmp_path / "b", [recording("r", (_sentence(0, 0, 3, cer=0.5),))], "select: {max_cer: 0.3}\n", strict
    )
    said = wavelode("diff", a.out, b.out).stdout
    assert "select.max_cer" in said and "high cer" in said and "1 in both, 0 of them mined anew" in said


def test_without_a_selection_it_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="run `wavelode select` first"):
        diff(Layout(tmp_path), Layout(tmp_path))
