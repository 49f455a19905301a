"""The whole path on the demo pack, with nothing faked: what `make demo` does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from rich.console import Console

from wavelode.infra.demo.evaluate import Evaluation
from wavelode.infra.demo.run import mine_pack, run_demo, verdict


@pytest.mark.skipif(not shutil.which("flite"), reason="flite is not installed")
def test_the_demo_mines_what_was_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for needed in ("av", "pocketsphinx", "onnxruntime", "pymupdf", "plotly"):
        pytest.importorskip(needed)
    assert run_demo(tmp_path) == 0
    said = capsys.readouterr().out
    assert "against the truth" in said
    assert "from wavelode.datasets.views import Clips" in said
    assert (tmp_path / "out" / "report.html").exists()
    first = _shards(tmp_path)
    assert mine_pack(tmp_path) == 0
    assert _shards(tmp_path) == first


def _shards(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*.parquet")}


def test_a_run_that_finds_too_little_fails(capsys: pytest.CaptureFixture[str]) -> None:
    nothing = Evaluation(in_s=10.0, asr_s=0.0, ssl_s=0.0, clips=(), readings=(), pairs=())
    assert verdict(Console(), nothing) == 1
    assert "F1 is 0.000" in capsys.readouterr().out
