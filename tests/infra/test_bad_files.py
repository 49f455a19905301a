from __future__ import annotations

from pathlib import Path

import pymupdf
import pytest

from tests.archive import failures, make_archive, run_here, settings_for, wavelode
from tests.sounds import tone, write, write_wav
from wavelode.datasets.storage import read_rows
from wavelode.schemas.settings import parse_settings

CODES = {
    "broken-off": "truncated",
    "text": "not_audio",
    "script": "unsafe_name",
    "locked": "encrypted",
    "empty": "not_a_document",
}


def spoil(archive: Path, script: str = "..x<script>.mp3") -> None:
    """Everything that is wrong with archives, beside what is there."""
    audio, papers = archive / "audio", archive / "papers"
    whole = write(archive / "whole.mp3", tone(4.0, 44_100), 44_100).read_bytes()
    (audio / "broken-off.mp3").write_bytes(whole[: len(whole) // 2 + 17])
    (audio / "text.mp3").write_text("Here is the news, which nobody has recorded.\n" * 50)
    (audio / script).write_bytes(whole)
    (papers / "empty.pdf").write_bytes(b"")
    with pymupdf.open() as pdf:
        pdf.new_page().insert_text((72, 72), "Nobody may read this line of text.")
        pdf.save(
            papers / "locked.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="secret", owner_pw="owner"
        )


def check_five_failures(out: Path) -> None:
    failed = failures(out)
    found = {next(name for name in CODES if name in row["source_uri"]): row["reason"] for row in failed}
    assert found == CODES
    assert len(failed) == 5
    for row in failed:
        message = row["message"]
        assert message.isprintable() and len(message) > 30
        assert ";" in message, "it says what to do"
        assert str(out.parent) not in message


def texts(out: Path) -> list[str]:
    return [row["text"] for path in (out / "asr").rglob("*.parquet") for row in read_rows(path)]


def test_a_folder_of_bad_files_costs_five_rows_and_not_the_good_one(tmp_path: Path) -> None:
    """The run goes on, its exit status says that something failed, and the table says what and why."""
    archive = make_archive(tmp_path / "archive", 1)
    spoil(archive)
    out = tmp_path / "out"
    places = ("--audio", archive / "audio", "--documents", archive / "papers", "--out", out)
    done = wavelode("run", *places, "--language", "en", "--listener-kind", "fake", "--workers", "2")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert all(code in done.stdout for code in CODES.values())
    check_five_failures(out)
    assert len(texts(out)) == 3
    assert "<script>.mp3" not in (out / "report.html").read_text(encoding="utf-8")


def test_the_same_named_by_a_manifest(tmp_path: Path) -> None:
    """A manifest can name what no folder holds: a path that leaves it."""
    archive = make_archive(tmp_path / "archive", 1)
    spoil(archive, "x.mp3")
    rows = [
        "audio,documents",
        "audio/bulletin0.wav,papers/bulletin0.txt",
        "audio/broken-off.mp3,papers/empty.pdf",
        "audio/text.mp3,papers/locked.pdf",
        "../x<script>.mp3,",
    ]
    (archive / "all.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "x<script>.mp3").write_bytes((archive / "whole.mp3").read_bytes())
    settings = parse_settings(
        {
            "manifest": archive / "all.csv",
            "language": "en",
            "out": tmp_path / "out",
            "listener": {"kind": "fake"},
        }
    )
    assert run_here(settings) == 1
    check_five_failures(tmp_path / "out")
    assert len(texts(tmp_path / "out")) == 3


def test_a_manifest_may_lie_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path to the manifest itself may hold "..": that is no path out of a folder."""
    archive = make_archive(tmp_path / "archive", 1)
    (archive / "all.csv").write_text("audio,documents\naudio/bulletin0.wav,papers/bulletin0.txt\n")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    settings = parse_settings(
        {
            "manifest": Path("../archive/all.csv"),
            "language": "en",
            "out": Path("out"),
            "listener": {"kind": "fake"},
        }
    )
    assert run_here(settings) == 0
    assert len(texts(Path("out"))) == 3


def test_a_recording_of_silence_is_dropped_not_failed(tmp_path: Path) -> None:
    """An hour of dead air is a fact about the archive, not an error."""
    archive = make_archive(tmp_path / "archive", 1)
    write_wav(archive / "audio" / "silence.wav", tone(3.0, level=0.0))
    assert run_here(settings_for(archive, tmp_path / "out")) == 0
