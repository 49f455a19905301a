"""Taking recordings, sources or speakers out of a finished run, and proving that they are gone.

::

    found = remove(layout, Taken(recordings=frozenset({"odia_cuttack_705"})))
    found.clips, found.rewritten, found.still_there       # still_there is empty, or remove has failed

Only shards that hold something of it are written anew, row by row as they are; the rest is not touched. What is taken
out is noted in ``removed.json``, so that no later `select` of the same mined files brings it back.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from wavelode.datasets.manifest import Manifest, Shard, describe_file, read_manifest, write_manifest
from wavelode.datasets.rows import Row
from wavelode.datasets.segments import write_segments
from wavelode.datasets.shards import Groups, row_groups, shard_rewriter, table_writer
from wavelode.datasets.storage import Layout, fingerprint, whole, write_text
from wavelode.pipelines.taken import Taken, read_removed
from wavelode.pipelines.yields import read_yield
from wavelode.schemas.errors import StorageError
from wavelode.schemas.tables import CLUSTER, REJECT, SELECTED

_TEXT_FILES = {".json", ".yaml", ".yml", ".html", ".md", ".txt", ".csv", ".tsv", ".jsonl"}
_NAMES = ("recording_id", "source_uri", "clip_id", "speaker_cluster", "a", "b")


@dataclass(frozen=True, slots=True)
class Removed:
    """What was done.

    Attributes:
        clips, seconds: what lay in shards.
        stretches: rows of the decision table.
        rewritten: shards written anew, by their old names.
        deleted: files that are no more, mined ones and the report among them.
        still_there: files that still name what was to go; empty unless something was left behind.
    """

    clips: int
    seconds: float
    stretches: int
    rewritten: tuple[str, ...]
    deleted: tuple[str, ...]
    still_there: tuple[str, ...]


_WHO = ["recording_id", "source_uri", "speaker_id", "speaker_cluster", "clip_id", "start_s"]


def remove(layout: Layout, taken: Taken) -> Removed:
    """Takes it out of shards, tables, mined files and the report; can be run again where it was stopped.

    Raises:
        StorageError: if nothing of it is there, or a file can't be read or written.
    """
    gone = _find(layout, taken)
    if not gone.clips and not gone.recordings:
        raise StorageError(f"{layout.out}: holds nothing of it; see recording_id in {layout.selected}")
    note_removed(layout, taken, gone)
    old = read_manifest(layout.manifest)
    shards = [_without(layout, shard, taken) for shard in old.shards]
    _rewrite_tables(layout, gone)
    kept = tuple(new for _, new, _, _ in shards if new)
    segments = tuple(write_segments(layout))
    write_manifest(Manifest(kept, read_yield(layout), segments), layout.manifest)
    deleted = [
        *_delete_shards(layout, old.shards, kept),
        *_delete_mined(layout, gone),
        *_delete_views(layout),
    ]
    return Removed(
        sum(clips for *_, clips, _ in shards),
        sum(seconds for *_, seconds in shards),
        len(gone.clips),
        tuple(shard.path for shard, new, *_ in shards if new != shard),
        tuple(sorted(deleted)),
        tuple(sorted(still_naming(layout, gone))),
    )


@dataclass(frozen=True, slots=True)
class _Gone:
    """The rows that go: clips by name and by place, and recordings of which nothing stays."""

    clips: frozenset[str]
    places: frozenset[tuple[str, float]]
    recordings: frozenset[str]
    sources: frozenset[str]


def _find(layout: Layout, taken: Taken) -> _Gone:
    clips, places, found = set(), set(), {}
    for group in row_groups(layout.selected, _WHO):
        for row in group.filter(taken.holds(group)).to_pylist():
            clips.add(row["clip_id"])
            places.add((row["recording_id"], row["start_s"]))
            if row["recording_id"] in taken.recordings or row["source_uri"] in taken.sources:
                found[row["recording_id"]] = row["source_uri"]
    for group in row_groups(layout.rejects, ["kind", "recording_id", "source_uri"]):
        for row in group.to_pylist():  # a recording that failed has no stretches
            if row["recording_id"] in taken.recordings or (row["source_uri"] or "") in taken.sources:
                found.setdefault(row["recording_id"], row["source_uri"])
    return _Gone(
        frozenset(clips), frozenset(places), frozenset(found), frozenset(v for v in found.values() if v)
    )


# What stays away


def note_removed(layout: Layout, taken: Taken, gone: _Gone) -> None:
    """Adds to the list of what `select` must leave out."""
    known = read_removed(layout)
    both = {
        "recordings": sorted({*known.recordings, *gone.recordings}),
        "speakers": sorted({*known.speakers, *taken.speakers}),
    }
    write_text(json.dumps(both, indent=1, ensure_ascii=False) + "\n", layout.removed)


# Shards and tables


def _without(layout: Layout, shard: Shard, taken: Taken) -> tuple[Shard, Shard | None, int, float]:
    """A shard, what stands for it afterwards (None if nothing is left), and clips and seconds that went."""
    path = layout.out / shard.path
    told = pa.concat_tables(row_groups(path, [*_WHO, "start_sample", "end_sample", "duration_s"]))
    goes = taken.holds(told)
    if not pc.any(goes).as_py():
        return shard, shard, 0, 0.0
    left, lost = told.filter(pc.invert(goes)), told.filter(goes)
    seconds = float(pc.sum(lost["duration_s"]).as_py())
    if not len(left):
        return shard, None, len(lost), seconds
    index, _, mark = path.stem.partition("-")
    new = path.with_name(f"{index}-{fingerprint(mark, left['clip_id'].to_pylist())}.parquet")
    with whole(new) as part, shard_rewriter(part, path) as groups:
        for group in row_groups(path):
            for row in group.filter(pc.invert(taken.holds(group))).to_pylist():
                groups.add(row)
    size, sha256 = describe_file(new)
    samples = pc.sum(pc.subtract(left["end_sample"], left["start_sample"])).as_py()
    name = new.relative_to(layout.out).as_posix()
    changed = replace(shard, path=name, rows=len(left), samples=samples, bytes=size, sha256=sha256)
    return shard, changed, len(lost), seconds


def _rewrite_tables(layout: Layout, gone: _Gone) -> None:
    of_clip = lambda row: row["clip_id"] in gone.clips  # noqa: E731
    _filtered(layout.selected, SELECTED, of_clip)
    if layout.clusters.exists():
        _filtered(layout.clusters, CLUSTER, of_clip)
    _filtered(
        layout.rejects,
        REJECT,
        lambda row: (
            row["recording_id"] in gone.recordings or (row["recording_id"], row["start_s"]) in gone.places
        ),
    )


def _filtered(path: Path, schema: pa.Schema, goes: Callable[[Row], bool]) -> None:
    with whole(path) as part, Groups(table_writer(part, schema)) as groups:
        for group in row_groups(path):
            for row in group.to_pylist():
                if not goes(row):
                    groups.add(row)


def _delete_shards(layout: Layout, old: Iterable[Shard], kept: Iterable[Shard]) -> Iterator[str]:
    stay = {shard.path for shard in kept}
    for shard in old:
        if shard.path not in stay:
            (layout.out / shard.path).unlink(missing_ok=True)
            yield shard.path


def _delete_mined(layout: Layout, gone: _Gone) -> Iterator[str]:
    """Mined files of recordings that went whole; ``run.json`` forgets them."""
    for path in sorted(layout.mined.rglob("*.parquet")):
        if path.stem.rpartition("-")[0] in gone.recordings and layout.documents not in path.parents:
            path.unlink(missing_ok=True)
            yield path.relative_to(layout.out).as_posix()
    if layout.run.exists() and gone.recordings:
        stood = json.loads(layout.run.read_text(encoding="utf-8"))
        stays = [p for p in stood["recordings"] if Path(p).stem.rpartition("-")[0] not in gone.recordings]
        write_text(json.dumps({**stood, "recordings": stays}, indent=1) + "\n", layout.run)


def _delete_views(layout: Layout) -> Iterator[str]:
    """What was made of the shards and holds their sound or words: the report, exports in the folder, the index."""
    if layout.report.exists():
        layout.report.unlink()
        yield layout.report.name
    for folder in (layout.out / "export", layout.search):
        if folder.exists():
            shutil.rmtree(folder)
            yield folder.name


# Proof


def still_naming(layout: Layout, gone: _Gone) -> Iterator[str]:
    """Files below the output folder that name a clip that went, or a recording of which nothing stays.

    Reads every table's columns of names and every text file; the list of what was removed aside, which has to name it.
    """
    names = {*gone.clips, *gone.recordings, *gone.sources}
    for path in sorted(p for p in layout.out.rglob("*") if p.is_file() and p != layout.removed):
        if path.suffix == ".parquet":
            found = _names_in(path, names)
        elif path.suffix in _TEXT_FILES:
            text = path.read_text(encoding="utf-8", errors="replace")
            if path == layout.run:  # a document may be called as its recording is, and is none
                text = "\n".join(json.loads(text)["recordings"])
            found = any(name in text for name in names)
        else:
            found = False
        if found:
            yield path.relative_to(layout.out).as_posix()


def _names_in(path: Path, names: set[str]) -> bool:
    with pq.ParquetFile(path) as file:
        columns = [name for name in _NAMES if name in file.schema_arrow.names]
        wanted = pa.array(sorted(names), pa.string())
        for group in range(file.num_row_groups if columns else 0):
            table = file.read_row_group(group, columns=columns)
            if any(pc.any(pc.is_in(table[name], value_set=wanted)).as_py() for name in columns):
                return True
    return False
