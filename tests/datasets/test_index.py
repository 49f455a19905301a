"""The index: what the shards tell, where each sound lies, and nothing read that needn't be."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wavelode.datasets.audio import encode_flac
from wavelode.datasets.blobs import Folder, ShardBlobs
from wavelode.datasets.corpus import Corpus, Tier
from wavelode.datasets.index import Asked, Index
from wavelode.datasets.places import NotingWriter, find_places
from wavelode.datasets.shards import shard_writer
from wavelode.schemas.errors import MissingDependency, StorageError
from wavelode.schemas.tables import CLIP

RATE = 16_000


def clip(number: int, language: str, snr_db: float | None) -> dict[str, object]:
    samples = np.random.default_rng(number).integers(-3000, 3000, RATE // 2 + 160 * number).astype(np.int16)
    row: dict[str, object] = dict.fromkeys(CLIP.names)
    told = {"clip_id": f"clip{number}", "duration_s": len(samples) / RATE, "text": f"text {number}"}
    audio = {"bytes": encode_flac(samples), "path": f"clip{number}.flac"}
    return {**row, **told, "language": language, "snr_db": snr_db, "audio": audio}


def write(path: Path, rows: list[dict[str, object]], noting: bool = True) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = shard_writer(path)
    writer = NotingWriter(plain, path) if noting else plain
    for at in range(0, len(rows), 2):
        writer.write_table(pa.Table.from_pylist(rows[at : at + 2], schema=CLIP))
    writer.close()


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten clips in two shards: Odia first, row groups of two, louder and louder."""
    folder = tmp_path_factory.mktemp("asr")
    rows = [clip(at, "or" if at < 6 else "hi", None if at == 9 else float(at)) for at in range(10)]
    write(folder / "or" / "00000.parquet", rows[:6])
    write(folder / "hi" / "00000.parquet", rows[6:])
    return folder


def copy_without_index(shards: Path, to: Path) -> Path:
    return shutil.copytree(shards, to / "asr", ignore=shutil.ignore_patterns(".clips-*"))


def sounds(path: Path) -> dict[str, bytes]:
    return {row["clip_id"]: row["audio"]["bytes"] for row in pq.read_table(path).to_pylist()}


def test_a_clip_is_the_one_range_that_is_noted(shards: Path) -> None:
    corpus, wanted = Corpus.open(shards), sounds(shards)
    assert {corpus[at].clip_id: corpus.read(at) for at in range(len(corpus))} == wanted
    assert all(corpus[at].text == "text " + corpus[at].clip_id[4:] for at in range(len(corpus)))


def test_places_are_found_where_nobody_noted_them(tmp_path: Path, shards: Path) -> None:
    """As in shards that another program wrote; with its page headers between the clips."""
    rows = [clip(at, "or", 1.0) for at in range(5)]
    write(tmp_path / "plain" / "a.parquet", rows, noting=False)
    write(tmp_path / "noted" / "a.parquet", rows)
    plain, noted = Corpus.open(tmp_path / "plain"), Corpus.open(tmp_path / "noted")
    assert [plain.read(at) for at in range(5)] == [noted.read(at) for at in range(5)]
    assert plain.sha256 == noted.sha256


def test_sound_that_was_compressed_again_is_refused(tmp_path: Path) -> None:
    """Also where the note of what it was before is still there."""
    row = clip(0, "or", 1.0) | {"audio": {"bytes": b"fLaC" * 1000, "path": "a.flac"}}
    write(tmp_path / "a.parquet", [row])
    assert Corpus.open(tmp_path).read(0) == b"fLaC" * 1000
    pq.write_table(pq.read_table(tmp_path / "a.parquet"), tmp_path / "b.parquet", compression="zstd")
    with pytest.raises(
        StorageError, match=r"b\.parquet: the sound .* not lie there in one piece; pack it again"
    ):
        Corpus.open(tmp_path)


def test_a_filter_reads_only_row_groups_that_may_hold_something(
    shards: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    whole = pq.ParquetFile.read_row_groups

    def counted(self: pq.ParquetFile, groups: list[int], columns: list[str]) -> pa.Table:
        read.extend(groups)
        return whole(self, groups, columns=columns)

    monkeypatch.setattr(pq.ParquetFile, "read_row_groups", counted)
    corpus = Corpus.open(shards, where=[("language", "=", "or"), ("snr_db", ">=", 3)])
    assert [corpus[at].clip_id for at in range(len(corpus))] == ["clip3", "clip4", "clip5"]
    assert read == [1, 2], "of five row groups"
    with pytest.raises(StorageError, match="no clip is left"):
        Corpus.open(shards, where=[("snr_db", ">", 99)])


def test_an_index_is_made_once_and_again_when_the_shards_change(shards: Path, tmp_path: Path) -> None:
    folder = copy_without_index(shards, tmp_path)
    before = Corpus.open(folder)
    (index,) = folder.glob(".clips-*.arrow")
    made = index.stat().st_mtime_ns
    assert Corpus.open(folder).sha256 == before.sha256 and index.stat().st_mtime_ns == made
    (folder / "hi" / "00000.parquet").unlink()
    after = Corpus.open(folder)
    assert len(after) == 6 and after.sha256 != before.sha256
    assert index not in folder.glob(".clips-*.arrow"), "the old one goes"
    assert before.index.row(0)["clip_id"] == "clip6", "and stays for who has it open"


def test_a_folder_that_can_t_be_written_to_is_enough(shards: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    held = Corpus.open(shards, keep_index=tmp_path / "file" / "index")
    assert held.sha256 == Corpus.open(shards).sha256
    assert pickle.loads(pickle.dumps(held))[3].clip_id == held[3].clip_id


def test_groups_are_values_and_tiers_together(shards: Path) -> None:
    corpus = Corpus.open(shards, by=["language", Tier("snr_db", (2.0, 8.0))])
    told = [corpus.group_names[group] for group in corpus.groups]
    by_name = dict(zip([corpus[at].clip_id for at in range(10)], told, strict=True))
    assert by_name["clip1"] == "or, snr_db < 2" and by_name["clip2"] == "or, snr_db >= 2"
    assert by_name["clip8"] == "hi, snr_db >= 8" and by_name["clip9"] == "hi, no snr_db"


def test_what_isn_t_there_is_named(shards: Path) -> None:
    with pytest.raises(StorageError, match="no column 'snr' here; there are: clip_id, recording_id"):
        Corpus.open(shards, where=[("snr", ">", 1)])
    with pytest.raises(StorageError, match="column 'text' holds no numbers"):
        Corpus.open(shards).numbers("text")
    with pytest.raises(StorageError, match="there are no shards"):
        Corpus.open(shards / "nowhere")
    with pytest.raises(MissingDependency, match="addresses with none://"):
        Folder.at("none://bucket/asr")


def test_other_stores_give_the_same_bytes(shards: Path) -> None:
    """Arrow's own file systems and those of fsspec, as an object store would be read."""
    memory = pytest.importorskip("fsspec", reason="fsspec is not installed").filesystem("memory")
    memory.put(str(shards), "/corpus", recursive=True)
    here = Corpus.open(shards)
    for address in (f"file://{shards}", "memory://corpus"):
        index = Index.of(Folder.at(address), Asked(("clip_id", "duration_s")), shards)
        there = Corpus(index, ShardBlobs(address, index.shards))
        assert there.sha256 == here.sha256 and there.read(7) == here.read(7)


def test_sounds_that_begin_alike_are_told_apart() -> None:
    one, other = b"a" * 100 + b"x", b"a" * 100 + b"y"
    raw = b"".join(len(sound).to_bytes(4, "little") + sound for sound in (other, one, b"", other))
    assert find_places(raw, [one, b"", other], 7)["offset"].tolist() == [7 + 109, 7 + 214, 7 + 218]
    with pytest.raises(ValueError, match="not found"):
        find_places(raw, [one, one])
