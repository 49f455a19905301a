"""The clips of an output folder, to be searched and turned over page by page however many there are.

What is known of a clip comes from the decision table, which the shards were cut from row for row; it is read once into
a DuckDB table on disk that goes when the server ends. Sound is read from the shards, one row group a clip.
"""

from __future__ import annotations

import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wavelode.datasets.manifest import Shard, read_manifest
from wavelode.datasets.rows import Row
from wavelode.datasets.shards import row_groups, shelving_of
from wavelode.datasets.storage import Layout
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
_MOST_VALUES = 200


@dataclass(frozen=True, slots=True)
class Question:
    """Which clips are asked for.

    Attributes:
        text: must stand in what is printed or heard, whatever the case.
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

    def close(self) -> None:
        self._base.close()
        self._folder.cleanup()

    def find(self, question: Question) -> tuple[int, list[Row]]:
        """How many clips answer a question, and those of the page that was asked for."""
        where, values = _condition(question)
        size = min(max(question.rows, 1), MOST_ROWS)
        page = f"limit {size} offset {max(question.page, 0) * size}"
        order = _ordered(question.order)
        count = self._ask(f"select count(*) as n from clips {where}", values)[0]["n"]
        # Only what is shown is fetched whole: sorting drags no texts along.
        rows = self._ask(
            f"select {', '.join(COLUMNS)} from clips semi join (select row from clips {where} {order} {page}) "
            f"using (row) {order}",
            values,
        )
        return count, rows

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
        (row,) = (
            r for group in row_groups(self.layout.selected, None, at, at + 1) for r in group.to_pylist()
        )
        return {**row, "row": at}

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

    def _place(self, clip: Row) -> tuple[str, int] | None:
        """The shard that a clip lies in and its row there: shards of a folder hold its clips in order."""
        shelving = shelving_of(clip)
        folder = str(shelving.folder) if shelving else ""
        asked = "select count(*) as n from clips where home = ? and row < ?"
        before = self._ask(asked, [folder, clip["row"]])[0]["n"]
        for shard in sorted((s for s in self._shards if _folder(s) == folder), key=lambda s: s.path):
            if before < shard.rows:
                return shard.path, before
            before -= shard.rows
        return None

    def _ask(self, query: str, values: list[Any]) -> list[Row]:
        with self._lock:
            cursor = self._base.cursor()
        try:
            asked = cursor.execute(query, values)
            names = [column[0] for column in asked.description]
            return [dict(zip(names, row, strict=True)) for row in asked.fetchall()]
        finally:
            cursor.close()


def _folder(shard: Shard) -> str:
    return shard.path.rpartition("/")[0]


def _condition(question: Question) -> tuple[str, list[Any]]:
    """The SQL of a question; every value is a parameter, every name one of ours."""
    parts: list[str] = []
    values: list[Any] = []
    if question.text:
        parts.append("(contains(lower(text), lower(?)) or contains(lower(asr_text), lower(?)))")
        values += [question.text, question.text]
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
