"""A run began while a worker of the killed one before it was dying: its scratch folder went, and the run with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from wavelode.datasets.storage import Layout, files_below
from wavelode.infra.run import _sweep


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """An output folder in which each folder named ``going`` goes as soon as somebody wants to look into it."""
    listed = os.scandir

    def late(place: Any) -> Any:
        if Path(place).name == "going":
            Path(place).rmdir()
        return listed(place)

    layout = Layout(tmp_path / "out")
    (layout.mined / "going").mkdir(parents=True)
    (layout.mined / ".a.parquet.7.part").write_bytes(b"PAR1")
    (layout.mined / "a.parquet").write_bytes(b"PAR1")
    monkeypatch.setattr(os, "scandir", late)
    return layout


def test_what_others_take_away_is_passed_over(layout: Layout) -> None:
    assert list(files_below(layout.out, "*.parquet")) == [layout.mined / "a.parquet"]
    assert not (layout.mined / "going").exists()


def test_a_run_sweeps_beside_a_dying_worker(layout: Layout) -> None:
    _sweep(layout)
    assert list(files_below(layout.out)) == [layout.mined / "a.parquet"]
