"""Pack: the clips that `select` chose into shards that hold their sound.

::

    plan = plan_pack(layout, settings.pack)              reads the decision table
    task = PackShard(layout, settings.pack, sources)     runs anywhere, on one shard of the plan
    shards = [task(shard) for shard in plan.shards]      or wherever an engine finds room
    finish_pack(layout, plan, shards)                    manifest.json, then what is no part of it goes

`run_pack` does all three. A shard that is there is done; killed at any instant and started again, the same
selection gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wavelode.datasets.manifest import Manifest, Shard, describe_file, write_manifest
from wavelode.datasets.segments import write_segments
from wavelode.datasets.shards import (
    SHARD_NAME,
    CutSound,
    ShardPlan,
    plan_shards,
    planned_rows,
    row_groups,
    write_shard,
)
from wavelode.datasets.storage import Layout
from wavelode.pipelines.yields import read_yield
from wavelode.schemas.errors import StorageError
from wavelode.schemas.settings import PackSettings
from wavelode.schemas.verdict import Failed, Shelf


class Mapper(Protocol):
    """Runs a task on each item wherever there is room, in any order; what breaks comes back as `Failed`.

    The built-in `map` is one.
    """

    def __call__(self, task: PackShard, items: Iterable[ShardPlan], /) -> Iterable[Shard | Failed]: ...


@dataclass(frozen=True, slots=True)
class PackPlan:
    """Every shard of a selection, sorted by folder and number."""

    shards: tuple[ShardPlan, ...]

    @property
    def samples(self) -> int:
        """Length of all clips together, at the working rate."""
        return sum(shard.samples for shard in self.shards)


@dataclass(frozen=True, slots=True)
class PackShard:
    """Writes one shard unless it is there, and says what it holds; can be pickled."""

    layout: Layout
    settings: PackSettings
    cut_sound: CutSound

    def __call__(self, plan: ShardPlan) -> Shard:
        """What the shard holds.

        Raises:
            InputError: if a recording is gone or has changed since it was mined.
            StorageError: where the disk refuses.
        """
        path = self.layout.out / plan.path
        if not path.exists():
            rows = planned_rows(plan, self.layout.selected)
            write_shard(rows, path, self.cut_sound, self.settings)
        size, sha256 = describe_file(path)
        where = plan.shelving
        return Shard(
            str(plan.path), where.shelf, where.language, where.split, plan.rows, plan.samples, size, sha256
        )


def plan_pack(layout: Layout, settings: PackSettings) -> PackPlan:
    """Which shards the current selection makes.

    Raises:
        StorageError: if there is no selection.
    """
    rows = (row for group in row_groups(layout.selected) for row in group.to_pylist())
    return PackPlan(tuple(plan_shards(rows, settings)))


def finish_pack(layout: Layout, plan: PackPlan, shards: Iterable[Shard | Failed]) -> Manifest:
    """Writes ``manifest.json``, then deletes shards and half-written files that are no part of it.

    Raises:
        StorageError: if a shard of the plan is missing; then nothing is deleted and the old manifest stays.
    """
    done: dict[str, Shard] = {}
    broken: list[Failed] = []
    for shard in shards:
        if isinstance(shard, Failed):
            broken.append(shard)
        else:
            done[shard.path] = shard
    missing = [path for planned in plan.shards if (path := str(planned.path)) not in done]
    if missing:
        why = broken[0].message if broken else "its task did not end"
        raise StorageError(
            f"{len(missing)} of {len(plan.shards)} shards could not be packed, first {missing[0]}: {why}"
        )
    segments = tuple(write_segments(layout))
    manifest = Manifest(tuple(done[path] for path in sorted(done)), read_yield(layout), segments)
    write_manifest(manifest, layout.manifest)
    _delete_strangers(layout.out, set(done))
    return manifest


def run_pack(layout: Layout, settings: PackSettings, cut_sound: CutSound, mapper: Mapper = map) -> Manifest:
    """`plan_pack`, every shard, `finish_pack`.

    Args:
        cut_sound: `wavelode.datasets.shards.Sources` for recordings on disk.
        mapper: runs the tasks, e.g. on an engine.

    Raises:
        StorageError: where the disk refuses or a shard could not be packed.
    """
    plan = plan_pack(layout, settings)
    return finish_pack(layout, plan, mapper(PackShard(layout, settings, cut_sound), plan.shards))


def _delete_strangers(out: Path, keep: set[str]) -> None:
    for path in _shard_files(out):
        if path.relative_to(out).as_posix() not in keep:
            path.unlink(missing_ok=True)
            _drop_empty(path.parent, out)


def _shard_files(out: Path) -> Iterator[Path]:
    """Files named as only shards are, finished or left half-written by a run that was killed."""
    for shelf in Shelf:
        for path in sorted((out / shelf).rglob("*")):
            name = path.name
            half = name.startswith(".") and name.endswith(".part")
            finished = name[1:].rsplit(".", 2)[0] if half else name
            if path.is_file() and SHARD_NAME.fullmatch(finished):
                yield path


def _drop_empty(folder: Path, out: Path) -> None:
    while folder != out and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
