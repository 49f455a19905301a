"""a.mp3 and a.wav had one id, and the second overwrote the first; long names in other scripts fitted no file."""

from __future__ import annotations

from pathlib import Path

from tests.pipelines.test_pairing import archive, pairs


def test_two_files_of_one_name_are_two(tmp_path: Path) -> None:
    """With one id for both, the second would overwrite the first."""
    found = archive(tmp_path, ["a.mp3", "a.wav", "A.mp3"], ["a.pdf", "a.txt"])
    assert len({s.recording_id.casefold() for s in found.sources}) == 3
    assert len({printed.document_id for printed in found.documents}) == 2
    assert pairs(found)["a.mp3"] == pairs(found)["a.wav"] == ("a.pdf", "a.txt")


def test_a_long_name_in_another_script_is_shortened(tmp_path: Path) -> None:
    """A letter of Devanagari takes three bytes, and a file name has room for 255."""
    found = archive(tmp_path, ["क" * 80 + ".mp3"], [])
    assert len(found.sources[0].recording_id.encode()) < 140
