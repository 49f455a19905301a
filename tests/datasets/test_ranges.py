"""Reading places of an object by the lighter client gives what Arrow gives, and Arrow's errors."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.bucket import Weather, bucket_server, needs
from wavelode.datasets import far, ranges
from wavelode.datasets.blobs import Folder, ShardBlobs
from wavelode.datasets.far import FarPath, reach

DATA = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Weather]]:
    needs("obstore")
    with bucket_server() as (address, weather):
        yield address, weather


@pytest.fixture
def weather(server: tuple[str, Weather], monkeypatch: pytest.MonkeyPatch) -> Iterator[Weather]:
    address, weather = server
    told = {"AWS_ENDPOINT_URL": address, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    for name, value in {**told, "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(name, value)
    far._files.cache_clear()
    yield weather
    weather.busy = 0.0
    far._files.cache_clear()


@pytest.fixture
def blobs(weather: Weather, tmp_path: Path) -> ShardBlobs:
    (tmp_path / "a.parquet").write_bytes(DATA)
    there = reach(Path("s3://corpus/ranges/a.parquet"))
    assert isinstance(there, FarPath)
    there.put(tmp_path / "a.parquet")
    weather.told.clear()
    return ShardBlobs("s3://corpus/ranges", ["a.parquet", "missing.parquet"])


def test_places_are_what_they_are(blobs: ShardBlobs, weather: Weather) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda at: blobs.read(0, at, 100), range(0, 10_000, 97)))
    assert found == [DATA[at : at + 100] for at in range(0, 10_000, 97)]
    assert sum(weather.told.values()) == len(found), "one request each, and none to open"


def test_where_the_object_ends(blobs: ShardBlobs) -> None:
    assert blobs.read(0, len(DATA) - 3, 100) == DATA[-3:]
    assert blobs.read(0, len(DATA), 100) == b""


def test_what_is_not_there_is_told_as_ever(blobs: ShardBlobs) -> None:
    with pytest.raises(FileNotFoundError):
        blobs.read(1, 0, 10)


def test_a_busy_store_is_asked_again(blobs: ShardBlobs, weather: Weather) -> None:
    weather.busy = 0.4
    assert [blobs.read(0, at, 10) for at in range(20)] == [DATA[at : at + 10] for at in range(20)]
    assert weather.told["503"] > 0


@pytest.mark.parametrize("without", ["keys", "obstore"])
def test_all_else_goes_through_arrow(
    without: str, blobs: ShardBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    if without == "keys":
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    else:
        monkeypatch.setitem(__import__("sys").modules, "obstore.store", None)
        ranges._store.cache_clear()
    assert ranges.ranges(reach(Path("s3://corpus/ranges/a.parquet"))) is None  # type: ignore[arg-type]
    assert ranges.ranges(reach(Path("gs://corpus/ranges/a.parquet"))) is None  # type: ignore[arg-type]
    monkeypatch.undo()
    ranges._store.cache_clear()


def test_a_folder_on_a_disk_knows_nothing_of_it(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(DATA)
    assert Folder.at(tmp_path).reader("a.parquet").read_at(5, 7) == DATA[7:12]
