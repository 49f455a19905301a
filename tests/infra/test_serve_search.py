"""Search by an index finds what looking through every text finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from wavelode.datasets.storage import Layout
from wavelode.infra.serve import search
from wavelode.infra.serve.search import Index, Matches, Rows, Wanted, folded, joined, open_index

LETTERS = "abAİßé कखकि़้ไท東京\u00a0.-%"
TEXT = st.text(LETTERS, max_size=9)
_SPACES = "\u00a0"


def _layout(folder: Path, texts: list[tuple[str | None, str | None]]) -> Layout:
    layout = Layout(folder / "out")
    layout.selected.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"shelf": "asr" if n % 3 else None, "text": a, "asr_text": b} for n, (a, b) in enumerate(texts)]
    schema = pa.schema([(name, pa.string()) for name in ("shelf", "text", "asr_text")])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), layout.selected, row_group_size=4)
    return layout


def _found(index: Index, texts: list[tuple[str | None, str | None]], text: str) -> list[int]:
    wanted = Wanted.of(text)
    rows = index.candidates(wanted)
    if wanted.pattern:
        lines = joined(*(pa.array([texts[row][side] for row in rows], pa.string()) for side in (0, 1)))
        rows = rows[np.array(wanted.matches(lines).to_pylist(), bool)]
    return [int(row) for row in rows]


def _slowly(texts: list[tuple[str | None, str | None]], text: str) -> list[int]:
    """Every text looked through, with one space for each run of them."""
    part = " ".join(folded(pa.array([text]))[0].as_py().split())
    return [
        row
        for row, both in enumerate(texts)
        if row % 3
        for lines in [[" ".join(folded(pa.array([one or ""]))[0].as_py().split(" ")) for one in both]]
        if any(part in " ".join(line.replace(_SPACES, " ").split()) for line in lines)
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=12), st.text(LETTERS, min_size=1, max_size=5))
@example([("x", "y"), ("a b", ""), ("ba", "b a")], "a b")
@example([("", ""), ("東京 ไท", "")], "京ไ")
@example([("", ""), ("a.b", "axb")], ".b")
def test_the_index_finds_what_every_text_holds(
    tmp_path: Path, texts: list[tuple[str | None, str | None]], text: str
) -> None:
    if not text.strip():
        return
    index = open_index(_layout(tmp_path, texts))
    assert _found(index, texts, text) == _slowly(texts, text)


def test_parts_of_very_many_words_are_found_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[tuple[str | None, str | None]] = [(f"rain{n} sun{n % 5}", None) for n in range(50)]
    index = open_index(_layout(tmp_path, texts))
    one_by_one = {part: _found(index, texts, part) for part in ("a", "n4", "sun3", "n1 s", "x")}
    monkeypatch.setattr(search, "_MANY_WORDS", 1)
    monkeypatch.setattr(search, "_AT_ONCE", 7)
    assert {part: _found(index, texts, part) for part in one_by_one} == one_by_one
    assert one_by_one["x"] == [] and len(one_by_one["a"]) == 33


@settings(max_examples=80)
@given(st.sets(st.integers(0, 60)), st.integers(0, 9), st.lists(st.integers(0, 70), min_size=1, max_size=5))
def test_what_is_looked_through_bit_by_bit_is_what_is_looked_through_at_once(
    candidates: set[int], of: int, pages: list[int]
) -> None:
    looked: list[int] = []

    def look(rows: Rows) -> Rows:
        looked.extend(rows.tolist())
        return rows[rows % 10 >= of]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_FIRST_LOOK", 3)
        matches = Matches(np.array(sorted(candidates), np.int64), look)
        every = [row for row in sorted(candidates) if row % 10 >= of]
        for wanted in pages:
            assert matches.first(wanted)[:wanted].tolist() == every[:wanted]
            count, exact = matches.count()
            assert count == len(every) if exact else len(looked) < len(candidates)
    assert looked == sorted(candidates)[: len(looked)]
    assert matches.every().tolist() == every and matches.count() == (len(every), True)
    assert looked == sorted(candidates)


def test_without_a_look_all_candidates_hold_it() -> None:
    matches = Matches(np.arange(5), None)
    assert matches.first(2).tolist() == [0, 1, 2, 3, 4] and matches.count() == (5, True)


def test_an_index_is_made_once_and_anew_where_the_table_changed(tmp_path: Path) -> None:
    layout = _layout(tmp_path, [("one", None), ("two", None)])
    open_index(layout)
    made = (layout.out / "search" / "rows.npy").stat().st_mtime_ns
    open_index(layout)
    assert (layout.out / "search" / "rows.npy").stat().st_mtime_ns == made
    texts: list[tuple[str | None, str | None]] = [("one", None), ("three", None), ("four", None)]
    assert _found(open_index(_layout(tmp_path, texts)), texts, "hree") == [1]


def test_nothing_to_find_in_is_no_error(tmp_path: Path) -> None:
    texts: list[tuple[str | None, str | None]] = [("left out", None)]
    assert _found(open_index(_layout(tmp_path, texts)), texts, "left") == []
