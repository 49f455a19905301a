"""One archive through every engine: the same files, byte for byte."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.archive import failures, make_archive, outcome, run_here, run_quietly, settings_for
from wavelode.datasets.storage import Layout

PACKAGES = {"ray": "ray", "beam": "apache_beam"}
CASES = [("local", 1), ("ray", 2), ("beam", 2)]


@pytest.fixture(scope="module", autouse=True)
def _ray_ends_with_these_tests() -> Iterator[None]:
    yield
    if "ray" in sys.modules:
        sys.modules["ray"].shutdown()


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with a recording that is none."""
    archive = make_archive(tmp_path_factory.mktemp("spoilt"), 2)
    (archive / "audio" / "text.mp3").write_text("Here is the news, which nobody has recorded.\n" * 50)
    return archive


@pytest.fixture(scope="module")
def plain(spoilt: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a plain loop leaves of it."""
    out = tmp_path_factory.mktemp("plain") / "out"
    run_here(settings_for(spoilt, out))
    return out


def everything(out: Path) -> dict[str, bytes]:
    """`outcome` with every file of `mine`, those of the stages too."""
    left = Layout(out).mined.rglob("*.parquet")
    return outcome(out) | {path.relative_to(out).as_posix(): path.read_bytes() for path in left}


@pytest.mark.parametrize(("engine", "workers"), CASES)
def test_every_engine_leaves_the_bytes_of_a_plain_loop(
    engine: str, workers: int, spoilt: Path, plain: Path, tmp_path: Path
) -> None:
    """A laptop's run can be gone on with on a cluster, and a bad recording is the same row on each."""
    if engine in PACKAGES:
        pytest.importorskip(PACKAGES[engine], reason=f"engine {engine!r} needs the extra of that name")
    out = tmp_path / "out"
    assert run_quietly(settings_for(spoilt, out, engine=engine, workers=workers)) == 1
    assert everything(out) == everything(plain)
    assert [row["reason"] for row in failures(out)] == ["not_audio"]
    assert not Layout(out).scratch.exists()
