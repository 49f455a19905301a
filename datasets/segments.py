"""The segments table: every stretch of every recording, named, with where it went and why; without sound."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from wavelode.datasets.manifest import Table, describe_file
from wavelode.datasets.shards import folder_name, row_groups, table_writer
from wavelode.datasets.storage import Layout, fingerprint, whole
from wavelode.schemas.tables import SCHEMA_VERSION, SEGMENT

_NAME = "00000"


def write_segments(layout: Layout) -> list[Table]:
    """Writes ``segments/<language>/`` from the decision table, a file per language, and deletes what else lies there.

    Raises:
        StorageError: if there is no selection, or where the disk refuses.
    """
    tables = [_written(layout, language) for language in _languages(layout)]
    kept = {layout.out / table.path for table in tables}
    for path in sorted(layout.segments.rglob("*.parquet")):
        if path not in kept:
            path.unlink(missing_ok=True)
    return tables


def _languages(layout: Layout) -> list[str | None]:
    found: set[str | None] = set()
    for group in row_groups(layout.selected, ["language"]):
        found.update(pc.unique(group["language"]).to_pylist())
    return sorted(found, key=lambda language: language or "")


def _written(layout: Layout, language: str | None) -> Table:
    folder = layout.segments / folder_name(language or "")
    tables: list[Table] = []

    def named(part: Path) -> Path:
        size, sha256 = describe_file(part)
        place = folder / f"{_NAME}-{fingerprint(SCHEMA_VERSION, sha256)}.parquet"
        rows = pq.read_metadata(part).num_rows
        tables.append(Table(place.relative_to(layout.out).as_posix(), rows, size, sha256))
        return place

    with whole(folder / f"{_NAME}.parquet", named) as part, table_writer(part, SEGMENT) as writer:
        for group in _rows(layout.selected, language):
            writer.write_table(group)
    return tables[0]


def _rows(selected: Path, language: str | None) -> Iterator[pa.Table]:
    for group in row_groups(selected, SEGMENT.names):
        column = group["language"]
        mine = pc.equal(column, language) if language is not None else pc.is_null(column)
        yield group.filter(pc.fill_null(mine, False)).cast(SEGMENT)
