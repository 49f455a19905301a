"""A file name in Latin-1, with a zero byte or too long for any file system ended the run with a traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.archive import failures, make_archive, run_here, settings_for
from wavelode.schemas.settings import parse_settings


def test_names_no_table_can_hold_are_failed_rows(tmp_path: Path) -> None:
    """Old archives name files in Latin-1: bytes that are no text, which neither Arrow nor FFmpeg takes."""
    archive = make_archive(tmp_path / "archive", 1)
    try:
        (archive / "audio" / os.fsdecode(b"caf\xe9.mp3")).write_bytes(b"x")
        (archive / "papers" / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"x" * 50)
    except OSError:
        pytest.skip("this file system refuses such names")
    assert run_here(settings_for(archive, tmp_path / "out")) == 1
    assert [row["reason"] for row in failures(tmp_path / "out")] == ["unsafe_name"] * 2


@pytest.mark.parametrize("name", ["nul\0.mp3", "x" * 300 + ".mp3", "none.mp3", "audio"])
def test_names_no_file_system_can_hold_are_failed_rows(name: str, tmp_path: Path) -> None:
    """A manifest is made by a machine; its mistakes must not end as tracebacks."""
    archive = make_archive(tmp_path / "archive", 1)
    (archive / "all.csv").write_text(
        f"audio,documents\naudio/bulletin0.wav,{name}\n{name},papers/bulletin0.txt\n"
    )
    settings = parse_settings(
        {
            "manifest": archive / "all.csv",
            "language": "en",
            "out": tmp_path / "out",
            "listener": {"kind": "fake"},
        }
    )
    assert run_here(settings) == 1
    assert {row["reason"] for row in failures(tmp_path / "out")} <= {"unsafe_name", "missing_file"}
    assert len(failures(tmp_path / "out")) == 2
