"""The clips of an output folder, to be searched and turned over page by page however many there are.

What is known of a clip comes from the decision table, which the shards were cut from row for row; it is read once into
a DuckDB table on disk that goes when the server ends. Sound is read from the shards, one row group a clip.
"""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from wavelode.datasets.homes import Place, place_in
from wavelode.datasets.manifest import Shard, read_manifest
from wavelode.datasets.rows import Row
from wavelode.datasets.shards import row_groups, rows_at, shelving_of
from wavelode.datasets.storage import Layout
from wavelode.infra.serve.search import Index, Matches, Rows, Wanted, joined, open_index
from wavelode.schemas.errors import MissingDependency, StorageError

COLUMNS = (
    *("clip_id", "recording_id", "programme_id", "station", "aired_at", "language", "split", "shelf"),
    *("asr_reason", "start_s", "duration_s", "snr_db", "loudness_lufs", "bandwidth_hz", "speaker_id"),
    *("text", "asr_text", "p_correct", "alignment_score", "cer", "document_id", "page"),
)
"""What a list of clips shows."""
SORTABLE = (
    *("clip_id", "station", "aired_at", "duration_s", "snr_db", "loudness_lufs", "bandwidth_hz"),
    *("p_correct", "alignment_score", "cer"),
)
FACETS = ("shelf", "language", "station", "split", "asr_reason", "recording_id")
RANGES = ("duration_s", "snr_db", "p_correct", "alignment_score", "cer")
_HOME = (
    "shelf || '/' || if(regexp_full_match(language, '[A-Za-z0-9]+(-[A-Za-z0-9]+)*'), language, 'und') "
    "|| if(shelf = 'asr' and split <> '', '/' || split, '')"
)
"""The folder of a clip's shard, as `wavelode.datasets.shards.Shelving` has it."""
MEMORY = "1GB"
"""Beyond it DuckDB goes on disk."""
MOST_ROWS = 200
_REMEMBERED = 8
_MOST_VALUES = 200


@dataclass(frozen=True, slots=True)
class Question:
    """Which clips are asked for.

    Attributes:
        text: must stand in what is printed or heard, whatever the case and the kind of space.
        equal: columns of `FACETS` and the value wanted.
        least, most: columns of `RANGES` and a limit, which belongs to the range.
        order: one of `SORTABLE`, with a minus before it for descending; "" for the order of the shards.
        page: from 0, of `rows` clips each.
    """

    text: str = ""
    equal: tuple[tuple[str, str], ...] = ()
    least: tuple[tuple[str, float], ...] = ()
    most: tuple[tuple[str, float], ...] = ()
    order: str = ""
    page: int = 0
    rows: int = 50


@dataclass(frozen=True, slots=True)
class Answer:
    """The clips of one page, and how many there are on all pages.

    Attributes:
        exact: whether `count` was counted, or estimated from the part of the clips that was looked at.
    """

    count: int
    exact: bool
    rows: list[Row]


class Library:
    """Answers questions about the clips of one output folder; safe to use from several threads.

    Raises:
        StorageError: if there is no selection.
        MissingDependency: without the `serve` extra.
    """

    def __init__(self, layout: Layout) -> None:
        try:
            import duckdb
        except ImportError as error:
            raise MissingDependency("serving needs DuckDB: pip install 'wavelode[serve]'") from error
        if not layout.selected.exists():
            raise StorageError(f"{layout.out}: there are no clips yet; run `wavelode run` first")
        self.layout = layout
        self._folder = tempfile.TemporaryDirectory(prefix="wavelode-serve-")
        self._lock = threading.Lock()
        place = str(Path(self._folder.name, "clips.duckdb"))
        self._base: Any = duckdb.connect(place, config={"memory_limit": MEMORY})
        self._base.execute(
            f"create table clips as select file_row_number as row, {_HOME} as home, {', '.join(COLUMNS)} "
            "from read_parquet(?, file_row_number = true) where shelf is not null",
            [str(layout.selected)],
        )
        self._shards = read_manifest(layout.manifest).shards if layout.manifest.exists() else ()
        self._index = _index_of(layout, Path(self._folder.name))
        self._found: OrderedDict[str, Matches] = OrderedDict()

    def close(self) -> None:
        self._base.close()
        self._folder.cleanup()

    def find(self, question: Question) -> Answer:
        """The clips of the page that was asked for, and how many answer the question."""
        where, values = _condition(question)
        size = min(max(question.rows, 1), MOST_ROWS)
        first = max(question.page, 0) * size
        order = _ordered(question.order)
        matches = self.holding(question.text) if question.text.strip() else None
        if matches is not None and not where and not question.order:
            shown = matches.first(first + size)[first : first + size].tolist()
            count, exact = matches.count()
        else:
            found = None if matches is None else matches.every()
            source = "clips" if found is None else "(select * from clips semi join found using (row))"
            count = self._ask(f"select count(*) as n from {source} {where}", values, found)[0]["n"]
            page = f"select row from {source} {where} {order} limit {size} offset {first}"
            shown, exact = [row["row"] for row in self._ask(page, values, found)], True
        # Only what is shown is fetched whole: sorting drags no texts along.
        listed = ", ".join(map(str, map(int, shown))) or "null"
        rows = self._ask(f"select {', '.join(COLUMNS)} from clips where row in ({listed}) {order}", [])
        return Answer(count, exact, rows)

    def holding(self, text: str) -> Matches:
        """The rows of clips in whose print or sound this text stands; the last few answers are remembered."""
        with self._lock:
            if text in self._found:
                self._found.move_to_end(text)
                return self._found[text]
        wanted = Wanted.of(text)
        look = partial(self._looked_through, wanted=wanted) if wanted.pattern else None
        found = Matches(self._index.candidates(wanted), look)
        with self._lock:
            self._found[text] = found
            while len(self._found) > _REMEMBERED:
                self._found.popitem(last=False)
        return found

    def _looked_through(self, rows: Rows, wanted: Wanted) -> Rows:
        # Clips lie in the order of their rows: DuckDB skips all but those between the first and the last.
        asked = (
            "select row, text, asr_text from (from clips where row between ? and ?) semi join found using (row) "
            "order by row"
        )
        texts = self._table(asked, [int(rows[0]), int(rows[-1])], rows)
        holds = wanted.matches(joined(texts["text"], texts["asr_text"]))
        matching: Rows = texts["row"].filter(holds).to_numpy()
        return matching

    def facets(self) -> dict[str, list[str]]:
        """The values that can be chosen from, by column, the most frequent first."""
        found = {}
        for column in FACETS:
            rows = self._ask(
                f"select {column} as value from clips where value is not null group by value "
                f"order by count(*) desc, value limit {_MOST_VALUES}",
                [],
            )
            found[column] = [row["value"] for row in rows]
        return found

    def clip(self, clip_id: str) -> Row | None:
        """Every column of the decision table of one clip; None where there is no such clip."""
        found = self._ask("select row from clips where clip_id = ?", [clip_id])
        if not found:
            return None
        at = found[0]["row"]
        return {**rows_at(self.layout.selected, [at])[at], "row": at}

    def flac(self, clip_id: str) -> bytes | None:
        """The sound of a clip as its shard holds it; None where there is no such clip, or it isn't packed."""
        clip = self.clip(clip_id)
        if clip is None:
            return None
        place = self._place(clip)
        if place is None:
            return None
        path, at = place
        for group in row_groups(self.layout.out / path, ["clip_id", "audio"], at, at + 1):
            for row in group.to_pylist():
                if row["clip_id"] == clip_id:
                    data: bytes = row["audio"]["bytes"]
                    return data
        return None

    def _place(self, clip: Row) -> Place | None:
        """The shard that a clip lies in and its row there: shards of a folder hold its clips in order."""
        shelving = shelving_of(clip)
        folder = str(shelving.folder) if shelving else ""
        asked = "select count(*) as n from clips where home = ? and row < ?"
        before = self._ask(asked, [folder, clip["row"]])[0]["n"]
        return place_in(
            sorted((s for s in self._shards if _folder(s) == folder), key=lambda s: s.path), before
        )

    def _ask(self, query: str, values: list[Any], found: Rows | None = None) -> list[Row]:
        """The rows of an answer; `found` are the rows that a query may call by that name."""
        rows: list[Row] = self._table(query, values, found).to_pylist()
        return rows

    def _table(self, query: str, values: list[Any], found: Rows | None = None) -> pa.Table:
        with self._lock:
            cursor = self._base.cursor()
        try:
            if found is not None:
                cursor.register("found", pa.table({"row": found}))
            table: pa.Table = cursor.sql(query, params=values or None).to_arrow_table()
            return table
        finally:
            cursor.close()


def _index_of(layout: Layout, scratch: Path) -> Index:
    """The index beside the shards, or where nothing may be written there, one that goes with the server."""
    try:
        return open_index(layout)
    except (StorageError, OSError):
        return open_index(layout, scratch / "search")


def _folder(shard: Shard) -> str:
    return shard.path.rpartition("/")[0]


def _condition(question: Question) -> tuple[str, list[Any]]:
    """The SQL of a question; every value is a parameter, every name one of ours."""
    parts: list[str] = []
    values: list[Any] = []
    for column, wanted in question.equal:
        parts.append(f"{_one_of(column, FACETS)} = ?")
        values.append(wanted)
    for sign, limits in ((">=", question.least), ("<=", question.most)):
        for column, limit in limits:
            parts.append(f"{_one_of(column, RANGES)} {sign} ?")
            values.append(limit)
    return (f"where {' and '.join(parts)}" if parts else ""), values


def _ordered(order: str) -> str:
    if not order:
        return "order by row"
    column = _one_of(order.removeprefix("-"), SORTABLE)
    return f"order by {column} {'desc' if order.startswith('-') else 'asc'} nulls last, row"


def _one_of(name: str, names: tuple[str, ...]) -> str:
    if name not in names:
        raise ValueError(f"{name[:40]!r} can't be asked for here; there are: {', '.join(names)}")
    return name
