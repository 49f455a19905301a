"""A disk that was full while a recording was decoded made it a `Failed` row, and so on to the last recording."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from tests.archive import make_archive, settings_for
from wavelode.datasets.audio import Decoder, decode_to
from wavelode.infra.engines.base import Done, Work
from wavelode.infra.run import Run, mine
from wavelode.pipelines.listing import kept_on_disk
from wavelode.schemas.errors import StorageError
from wavelode.schemas.settings import DecodeSettings


class _Endless(Decoder):
    def chunks(self) -> Iterator[Any]:
        yield np.zeros(16_000, np.int16)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the device that is always full is Linux's")
def test_decoding_onto_a_full_disk_stops_the_run() -> None:
    with pytest.raises(
        StorageError, match=r"/dev/full: can't write decoded sound \(No space left on device\)"
    ):
        decode_to(Path("/dev/full"), _Endless(Path("a.wav"), DecodeSettings()))


def test_a_listing_that_finds_no_space_is_told_in_a_sentence() -> None:
    with pytest.raises(StorageError, match=r"database or disk is full.*TMPDIR"), kept_on_disk():
        raise sqlite3.OperationalError("database or disk is full")


class _Here:
    """An engine that places all work here, unguarded."""

    def map(self, task: Any, items: Any, _work: Work) -> Iterator[Done[Any, Any]]:
        return (Done(item, task(item)) for item in items)


def test_what_was_done_before_the_disk_was_full_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence, no row that blames the recording, and the next start goes on."""
    archive = make_archive(tmp_path / "archive", 2)
    settings = settings_for(archive, tmp_path / "out")

    def refused(*_: Any) -> None:
        raise StorageError("decoded: can't write decoded sound (No space left on device); free space")

    this = Run(settings, _Here(), Console(file=io.StringIO()))  # type: ignore[arg-type]
    with monkeypatch.context() as patched:
        patched.setattr("wavelode.datasets.audio._write_all", refused)
        with pytest.raises(StorageError, match="free space"):
            mine(this)
    assert not list((tmp_path / "out/mined").glob("*.parquet")) and not this.layout.lost.exists()
    counted = mine(this)
    assert (counted.recordings, counted.already_done) == (2, 0)
