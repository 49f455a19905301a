from __future__ import annotations

import pickle
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.corpus import bulletins, leave_mined, on_disk
from wavelode.datasets.manifest import Shard, read_manifest
from wavelode.datasets.shards import ShardPlan, Sources
from wavelode.datasets.storage import Layout
from wavelode.pipelines.pack import PackShard, finish_pack, plan_pack, run_pack
from wavelode.pipelines.select import run_select
from wavelode.schemas.errors import ErrorCode, InputError, StorageError
from wavelode.schemas.settings import DecodeSettings, PackSettings, SelectSettings
from wavelode.schemas.verdict import Failed

SMALL = PackSettings(shard_mb=0.2, rows_per_group=2)


def _selected(out: Path, audio: Path, count: int = 4, settings: SelectSettings | None = None) -> Layout:
    layout = Layout(out)
    recordings = [on_disk(one, audio, seed) for seed, one in enumerate(bulletins(count))]
    leave_mined(layout, recordings, [])
    run_select(layout, layout.mined.glob("*.parquet"), [], settings or SelectSettings())
    return layout


def _pack(layout: Layout, audio: Path) -> None:
    run_pack(layout, SMALL, Sources(audio, DecodeSettings()))


def _contents(out: Path) -> dict[str, bytes]:
    found = [path for folder in ("asr", "ssl") for path in (out / folder).rglob("*") if path.is_file()]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in [*found, out / "manifest.json"]}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """A folder of recordings, and what an undisturbed run packs from them."""
    audio, out = tmp_path_factory.mktemp("audio"), tmp_path_factory.mktemp("whole")
    _pack(_selected(out, audio), audio)
    return audio, _contents(out)


def test_manifest_tells_exactly_what_is_there(tmp_path: Path, whole: tuple[Path, dict[str, bytes]]) -> None:
    import hashlib

    _, contents = whole
    for name, data in contents.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    manifest = read_manifest(tmp_path / "manifest.json")
    assert {shard.path for shard in manifest.shards} == set(contents) - {"manifest.json"}
    assert len(manifest.shards) >= 4
    for shard in manifest.shards:
        data, table = contents[shard.path], pq.read_table(tmp_path / shard.path)
        assert (shard.bytes, shard.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        assert shard.rows == table.num_rows
        assert shard.samples == sum(table["end_sample"].to_numpy() - table["start_sample"].to_numpy())
    assert sum(shard.samples for shard in manifest.shards) == manifest.total.kept_samples


_DYING = """
import os, signal, sys
from pathlib import Path
from wavelode.datasets.shards import Sources
from wavelode.datasets.storage import Layout
from wavelode.pipelines.pack import run_pack
from wavelode.schemas.settings import DecodeSettings, PackSettings

out, audio, at = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])

def cut(row, spans):
    for number, samples in enumerate(Sources(audio, DecodeSettings())(row, spans)):
        if row["recording_id"] == "bulletin02" and number == at:
            os.kill(os.getpid(), signal.SIGKILL)
        yield samples

run_pack(Layout(out), PackSettings(shard_mb=0.2, rows_per_group=2), cut)
"""


@pytest.mark.parametrize("clip", [0, 1])
def test_a_run_killed_in_the_middle_of_a_shard_ends_the_same(
    tmp_path: Path, whole: tuple[Path, dict[str, bytes]], clip: int
) -> None:
    audio, contents = whole
    layout = _selected(tmp_path / "out", audio)
    run = subprocess.run([sys.executable, "-c", _DYING, layout.out, audio, str(clip)], cwd=tmp_path)
    assert run.returncode == -signal.SIGKILL
    assert len(list(layout.out.rglob("*.part"))) == 1
    assert len(list((layout.out / "asr").rglob("0*.parquet"))) == 1
    assert not layout.manifest.exists()
    _pack(layout, audio)
    assert _contents(layout.out) == contents


def test_a_run_that_stops_between_shards_does_only_the_rest(
    tmp_path: Path, whole: tuple[Path, dict[str, bytes]]
) -> None:
    audio, contents = whole
    layout = _selected(tmp_path, audio)
    plan = plan_pack(layout, SMALL)
    task = PackShard(layout, SMALL, Sources(audio, DecodeSettings()))
    done = [task(shard) for shard in plan.shards[::2]]
    times = [(tmp_path / shard.path).stat().st_mtime_ns for shard in done]
    _pack(layout, audio)
    assert [(tmp_path / shard.path).stat().st_mtime_ns for shard in done] == times
    assert _contents(tmp_path) == contents


def test_any_order_of_the_work_gives_the_same_bytes(
    tmp_path: Path, whole: tuple[Path, dict[str, bytes]]
) -> None:
    audio, contents = whole
    layout = _selected(tmp_path, audio)

    def backwards(task: PackShard, items: Iterable[ShardPlan]) -> list[Shard | Failed]:
        return [pickle.loads(pickle.dumps(task))(item) for item in reversed(list(items))]

    run_pack(layout, SMALL, Sources(audio, DecodeSettings()), backwards)
    assert _contents(tmp_path) == contents


def test_another_selection_leaves_nothing_of_the_last_but_strangers_stay(
    tmp_path: Path, whole: tuple[Path, dict[str, bytes]]
) -> None:
    audio, _ = whole
    layout = _selected(tmp_path, audio)
    _pack(layout, audio)
    mine = tmp_path / "asr" / "notes.txt"
    mine.write_text("mine")
    run_select(layout, layout.mined.glob("*.parquet"), [], SelectSettings(min_alignment_score=1.0))
    _pack(layout, audio)
    manifest = read_manifest(layout.manifest)
    assert {shard.shelf for shard in manifest.shards} == {"ssl"}
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("0*.parquet")} == {
        one.path for one in (*manifest.shards, *manifest.segments)
    }
    assert mine.exists() and not (tmp_path / "asr" / "en").exists()


def test_a_shard_that_fails_leaves_the_old_manifest_and_every_file(
    tmp_path: Path, whole: tuple[Path, dict[str, bytes]]
) -> None:
    audio, _ = whole
    layout = _selected(tmp_path, audio)
    _pack(layout, audio)
    before = _contents(tmp_path)
    run_select(layout, layout.mined.glob("*.parquet"), [], SelectSettings(min_alignment_score=1.0))
    plan = plan_pack(layout, SMALL)
    with pytest.raises(StorageError, match=r"of \d shards could not be packed, first ssl/en/.*: it is gone"):
        finish_pack(layout, plan, [Failed("pack", ErrorCode.MISSING_FILE, "it is gone")])
    assert _contents(tmp_path) == before


def test_a_recording_that_is_gone_is_named(tmp_path: Path, whole: tuple[Path, dict[str, bytes]]) -> None:
    audio, _ = whole
    layout = _selected(tmp_path, audio)
    with pytest.raises(InputError, match=r"bulletin00\.wav: can't read it"):
        _pack(layout, tmp_path / "elsewhere")


def test_nothing_selected_packs_an_empty_manifest(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    run_select(layout, [], [], SelectSettings())
    run_pack(layout, SMALL, Sources(tmp_path, DecodeSettings()))
    assert read_manifest(layout.manifest).shards == ()


def test_pack_before_select_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="run `wavelode select` again"):
        plan_pack(Layout(tmp_path), SMALL)
