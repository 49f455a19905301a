"""`wavelode fetch`: an index to files, to a manifest, to a run; the same on every engine."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from rich.console import Console

from tests.liar import Seen, content, liar
from wavelode.infra.engines.base import Engine
from wavelode.infra.engines.beam import BeamEngine
from wavelode.infra.engines.local import LocalEngine
from wavelode.infra.engines.ray import RayEngine
from wavelode.infra.fetch import Wanted, fetch
from wavelode.pipelines.documents.read import SUFFIXES
from wavelode.pipelines.fetch.download import FetchFile
from wavelode.pipelines.fetch.index import read_indexes
from wavelode.pipelines.fetch.manners import Manners
from wavelode.pipelines.pairing import find_archive
from wavelode.schemas.settings import Settings

pytest.importorskip("requests", reason="fetching needs the extra 'fetch'")
REAL = Path(__file__).parents[2].parent / "shared" / "data" / "air_index"
ENGINES = ("local", "ray", "beam")
PACKAGES = {"ray": "ray", "beam": "apache_beam"}
QUICK = Manners(per_s=1000.0, workers=2, timeout_s=2.0, tries=3, first_wait_s=0.01)
ROWS = (
    ("Kohima", "English", "good/a.mp3", "good/a.pdf"),
    ("Bhopal", "Hindi", "cut/b.mp3", "busy/b.pdf"),
    ("Nowhere", "Unheard-of", "good/c.mp3", "gone/c.pdf"),
)


@pytest.fixture(scope="module", autouse=True)
def _ray_ends_with_these_tests() -> Iterator[None]:
    yield
    if "ray" in sys.modules:
        sys.modules["ray"].shutdown()


@pytest.fixture
def server() -> Iterator[tuple[str, Seen]]:
    with liar() as (address, seen):
        yield address, seen


def engine_of(name: str, folder: Path) -> Engine:
    if name in PACKAGES:
        pytest.importorskip(PACKAGES[name], reason=f"engine {name!r} needs the extra of that name")
    made = {"local": LocalEngine(2), "ray": RayEngine(2), "beam": BeamEngine(folder, 2)}
    return made[name]


def index(folder: Path, address: str) -> Path:
    path = folder / "index.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("station", "language", "time", "date", "url", "page"))
        for station, language, *names in ROWS:
            for name in names:
                rows.writerow((station, language, "19:20", "09 Aug 2025", f"{address}/{name}", "p.html"))
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ENGINES)
def test_an_index_becomes_an_archive(name: str, server: tuple[str, Seen], tmp_path: Path) -> None:
    """Fetched, paired and found by a run; what could not be had is told, and only that."""
    address, seen = server
    out, console = tmp_path / "archive", Console(file=io.StringIO())
    wanted = Wanted((index(tmp_path, address),), out)
    assert fetch(wanted, FetchFile(out, QUICK), engine_of(name, tmp_path / "beam"), console) == 1
    assert [(row["url"], row["code"]) for row in rows_of(out / "failed.csv")] == [
        (f"{address}/gone/c.pdf", "gone")
    ]
    manifest = rows_of(out / "manifest.csv")
    assert [row["recording_id"] for row in manifest] == [
        "en_Kohima_2025-08-09_1920",
        "hi_Bhopal_2025-08-09_1920",
        "und_Nowhere_2025-08-09_1920",
    ]
    assert all((out / row["audio"]).read_bytes()[:3] == b"ID3" for row in manifest)
    assert (out / manifest[1]["documents"]).read_bytes() == content("/busy/b.pdf")
    found = find_archive(Settings(out=tmp_path / "run", manifest=out / "manifest.csv"), SUFFIXES)
    assert [len(source.document_ids) for source in found.sources] == [1, 1, 0]
    asked = len(seen.asked)
    if name == "local":
        assert fetch(wanted, FetchFile(out, QUICK), LocalEngine(1), console) == 1
        assert len(seen.asked) == asked


def test_only_what_is_wanted_is_fetched(server: tuple[str, Seen], tmp_path: Path) -> None:
    path = index(tmp_path, server[0])
    assert len(list(Wanted((path,), tmp_path, languages=("hindi",)).entries())) == 2
    assert len(list(Wanted((path, path), tmp_path, stations=("KOHIMA", "bhopal")).entries())) == 4
    assert len(list(Wanted((path,), tmp_path, limit=3).entries())) == 3


@pytest.mark.skipif(not REAL.exists(), reason="needs the real index beside the repository")
def test_the_real_index_is_read() -> None:
    entries = list(islice(read_indexes(sorted(REAL.glob("*.csv.gz"))), 0, None, 20))
    addressed = [entry for entry in entries if entry.place]
    assert len(addressed) > 0.97 * len(entries) > 5_000
    assert len({entry.place for entry in addressed}) == len({entry.url for entry in addressed})
    dated = [entry for entry in addressed if entry.date]
    assert sum(entry.day[:2] == "20" for entry in dated) > 0.99 * len(dated)
