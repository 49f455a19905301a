"""What became of a run's documents and recordings, in a table on disk like the listing that it began with."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from wavelode.datasets.storage import whole
from wavelode.pipelines.mine import Mined

_KINDS = ("recordings", "documents")
_TABLE = (
    "CREATE TABLE {0} (name TEXT PRIMARY KEY, path TEXT, failed INTEGER, was_done INTEGER) WITHOUT ROWID;"
)


class Ended:
    """Where each result lies within an output folder; a run that is killed forgets it, its files tell it again."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self._root = f"{out}/"
        self._held = sqlite3.connect("", isolation_level=None)
        tables = " ".join(map(_TABLE.format, _KINDS))
        self._held.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {tables} BEGIN;")

    def document(self, name: str, mined: Mined) -> None:
        self._add("documents", name, mined)

    def recording(self, name: str, mined: Mined) -> None:
        self._add("recordings", name, mined)

    def _add(self, kind: str, name: str, mined: Mined) -> None:
        path = str(mined.path).removeprefix(self._root)
        values = (name, path, mined.failed is not None, mined.was_done)
        self._held.execute(f"INSERT OR REPLACE INTO {kind} VALUES (?, ?, ?, ?)", values)

    def readable(self, names: Iterable[str]) -> tuple[Path, ...]:
        """The files of those documents that could be read, in that order."""
        asked = "SELECT path FROM documents WHERE name = ? AND NOT failed"
        found = (self._held.execute(asked, (name,)).fetchone() for name in names)
        return tuple(self.out / row[0] for row in found if row)

    def all_readable(self) -> Iterator[Path]:
        """The files of all documents that could be read."""
        for (path,) in self._held.execute("SELECT path FROM documents WHERE NOT failed ORDER BY name"):
            yield self.out / path

    def count(self, where: str = "TRUE") -> int:
        """How many recordings ended, or of those the ones `where` holds for."""
        found: int = self._held.execute(f"SELECT COUNT(*) FROM recordings WHERE {where}").fetchone()[0]
        return found

    def write(self, place: Path, other_language: int) -> None:
        """Leaves word of which files the run stands on, as JSON, a line at a time."""
        with whole(place) as scratch, scratch.open("w", encoding="utf-8") as file:
            file.writelines(self._lines(other_language))

    def _lines(self, other_language: int) -> Iterator[str]:
        yield "{\n"
        for kind in _KINDS:
            yield f' "{kind}": ['
            comma = ""
            for (path,) in self._held.execute(f"SELECT path FROM {kind} ORDER BY path"):
                yield f"{comma}\n  {json.dumps(path)}"
                comma = ","
            yield "\n ],\n" if comma else "],\n"
        yield f' "other_language": {other_language}\n}}\n'
