"""A file whose parts differ in kind broke the decoder, a wav of unknown length is no broken one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.datasets.test_audio import loudest_hz, whole
from tests.sounds import tone, write, write_wav
from wavelode.schemas.time import WORKING_RATE_HZ


def test_a_file_spliced_of_two_kinds_is_decoded_to_its_end(tmp_path: Path) -> None:
    """Stations join jingles and bulletins byte by byte; the second part has other channels and another rate."""
    parts = [
        write(tmp_path / f"{rate}.mp3", tone(2.0, rate, hz), rate, channels)
        for rate, hz, channels in ((44_100, 500, 2), (22_050, 800, 1))
    ]
    (tmp_path / "a.mp3").write_bytes(b"".join(part.read_bytes() for part in parts))
    heard = whole(tmp_path / "a.mp3")
    assert len(heard) == pytest.approx(4 * WORKING_RATE_HZ, rel=0.1)
    assert loudest_hz(heard[:30_000]) == pytest.approx(500, abs=2)
    assert loudest_hz(heard[-28_000:]) == pytest.approx(800, abs=2)


def test_a_wav_written_into_a_pipe_is_whole(tmp_path: Path) -> None:
    """Its writer could not know the length; that is no damage."""
    data = bytearray(write_wav(tmp_path / "a.wav", tone(3.0)).read_bytes())
    data[4:8] = data[40:44] = b"\xff" * 4
    (tmp_path / "b.wav").write_bytes(data)
    assert len(whole(tmp_path / "b.wav")) == 3 * WORKING_RATE_HZ
