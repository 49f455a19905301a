"""A run whose recordings, documents and output lie in a bucket, S3 or Google, leaves what a run on a disk leaves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.archive import make_archive, outcome, run_here, settings_for
from tests.bucket import Weather, bucket_server, needs
from tests.google_bucket import google_server
from wavelode.datasets import far
from wavelode.datasets.far import FarPath, reach
from wavelode.datasets.storage import Layout, read_rows, write_text
from wavelode.infra.outlook import look
from wavelode.schemas.errors import StorageError
from wavelode.schemas.settings import Settings, parse_settings


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Weather]]:
    needs()
    with bucket_server() as (address, weather):
        yield address, weather


@pytest.fixture
def weather(server: tuple[str, Weather], monkeypatch: pytest.MonkeyPatch) -> Iterator[Weather]:
    """Fair to begin with; Arrow finds the server as it would find any."""
    address, weather = server
    for name, value in {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    yield weather
    weather.busy = weather.slow_s = 0.0
    weather.told.clear()


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An archive on a disk, and what a run there leaves."""
    archive = make_archive(tmp_path_factory.mktemp("disk"), 2)
    out = tmp_path_factory.mktemp("run") / "out"
    assert run_here(settings_for(archive, out)) == 0
    return archive, out


def upload(archive: Path, to: str) -> Path:
    for path in archive.rglob("*"):
        if path.is_file():
            there = reach(Path(to)) / path.relative_to(archive)
            assert isinstance(there, FarPath)
            there.put(path)
    return Path(to)


def everything(out: Path) -> dict[str, bytes]:
    """`outcome` with every file of `mine`."""
    root = Layout(out).out
    left = Layout(out).mined.rglob("*.parquet")
    return outcome(root) | {path.relative_to(root).as_posix(): path.read_bytes() for path in left}


def of(archive: Path, out: str) -> Settings:
    given = {"audio": str(archive / "audio"), "documents": str(archive / "papers"), "language": "en"}
    return parse_settings({**given, "out": out, "listener": {"kind": "fake"}})


@pytest.mark.parametrize(("busy", "slow_s"), [(0.0, 0.0), (0.2, 0.02)])
def test_a_run_in_a_bucket_leaves_the_bytes_of_a_run_on_a_disk(
    busy: float,
    slow_s: float,
    weather: Weather,
    disk: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every fifth request turned away and every read slow: it takes longer, and nothing else."""
    monkeypatch.chdir(tmp_path)
    name = f"s3://corpus/{'storm' if busy else 'fair'}"
    archive = upload(disk[0], f"{name}/in")
    weather.busy, weather.slow_s = busy, slow_s
    settings = of(archive, f"{name}/out")
    assert run_here(settings) == 0
    assert (weather.told["503"] > 5) == bool(busy)
    weather.busy = weather.slow_s = 0.0
    assert everything(settings.out) == everything(disk[1])
    assert list(tmp_path.iterdir()) == [], "something took an address for a folder here"


@contextmanager
def google(monkeypatch: pytest.MonkeyPatch, busy: float = 0.0) -> Iterator[None]:
    pytest.importorskip(
        "gcp_storage_emulator", reason="such a bucket needs: pip install gcp-storage-emulator"
    )
    with google_server(busy) as host:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://{host}")
        far._files.cache_clear()
        try:
            yield
        finally:
            far._files.cache_clear()


def test_a_run_in_a_google_bucket_does_too(disk: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    with google(monkeypatch):
        settings = of(upload(disk[0], "gs://corpus/in"), "gs://corpus/out")
        assert run_here(settings) == 0
        assert everything(settings.out) == everything(disk[1])


def test_a_google_bucket_that_is_busy_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with google(monkeypatch, busy=0.5):
        path = reach(Path("gs://corpus/folder/a.txt"))
        write_text("one", path)
        assert path.read_text() == "one"
        assert [one.name for one in path.parent.iterdir()] == ["a.txt"]


def test_a_run_in_a_bucket_goes_on_where_it_was(weather: Weather, disk: tuple[Path, Path]) -> None:
    """The names of the objects alone tell what is done; nothing is put a second time."""
    archive = upload(disk[0], "s3://corpus/again/in")
    settings = of(archive, "s3://corpus/again/out")
    assert run_here(settings) == 0
    seen = look(settings, exact=False)
    assert {one.state.value for one in (*seen.recordings, *seen.documents)} == {"done"}
    for path in Layout(settings.out).mined.glob("bulletin0-*.parquet"):
        path.unlink()
    before = {path.name: path.stat().st_mtime_ns for path in Layout(settings.out).stage("words").glob("*")}
    assert run_here(settings) == 0
    assert everything(settings.out) == everything(disk[1])
    after = {path.name: path.stat().st_mtime_ns for path in Layout(settings.out).stage("words").glob("*")}
    assert after == before


def test_a_store_that_stays_away_stops_the_run_with_a_sentence(
    weather: Weather, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wavelode.datasets.far._FIRST_WAIT_S", 0.0)
    monkeypatch.setattr("wavelode.datasets.far._TRIES", 2)
    weather.busy = 1.0
    with pytest.raises(StorageError, match=r"s3://corpus/x.txt: can't write it"):
        write_text("a", reach(Path("s3://corpus/x.txt")))
    weather.busy = 0.0
    with pytest.raises(StorageError, match="can't read it"):
        read_rows(reach(Path("s3://corpus/not-there.parquet")))


def test_an_object_behaves_like_a_file(weather: Weather, tmp_path: Path) -> None:
    folder = reach(Path("s3://corpus/files"))
    assert not folder.exists()
    weather.told.clear()
    write_text("één\n", folder / "a" / "b.txt")
    assert weather.told["PUT"] == 1 and not weather.told["POST"]
    path = folder / "a" / "b.txt"
    assert str(path) == "s3://corpus/files/a/b.txt"
    assert (path.read_text("utf-8"), path.stat().st_size) == ("één\n", 6)
    assert [p.name for p in folder.rglob("*.txt")] == ["b.txt"]
    assert list(folder.glob("*.txt")) == []
    assert (path.is_file(), path.parent.is_dir(), path.relative_to(folder).as_posix()) == (
        True,
        True,
        "a/b.txt",
    )
    with pytest.raises(StorageError, match="needs a file on a disk"):
        os.fspath(path)
    with pytest.raises(StorageError, match="put whole"):
        path.open("w")
    path.unlink()
    path.unlink(missing_ok=True)
    with pytest.raises(FileNotFoundError):
        path.read_bytes()
    with pytest.raises(StorageError, match="names no bucket"):
        reach(Path("s3:"))
