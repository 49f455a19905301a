"""Files that are no recordings, whatever they are called."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.datasets.test_audio import refusal, whole
from tests.sounds import tone, write_picture, write_wav
from wavelode.schemas.errors import ErrorCode

TEXT = "Good evening. Here is the news, read by nobody in particular.\n" * 40


@pytest.mark.parametrize("suffix", [".mp3", ".wav", ".m4a", ".opus", ".flac", ".aac", ".ts"])
@pytest.mark.parametrize("content", [b"", b"\0", b"\0" * 5000, TEXT.encode(), b"%PDF-1.4\n" + b"x" * 900])
def test_what_holds_no_sound_is_called_that(suffix: str, content: bytes, tmp_path: Path) -> None:
    """A mislabelled file is one failed row, not a stopped run."""
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    assert refusal(path).code is ErrorCode.NOT_AUDIO


@pytest.mark.parametrize("seed", range(8))
def test_noise_called_mp3_is_refused_or_decoded_but_never_worse(seed: int, tmp_path: Path) -> None:
    """Random bytes hold frame headers by chance: whatever comes of it, the decoder must survive."""
    path = tmp_path / "a.mp3"
    path.write_bytes(np.random.default_rng(seed).bytes(20_000))
    assert refusal(path).code in {ErrorCode.NOT_AUDIO, ErrorCode.TRUNCATED}


@pytest.mark.parametrize("moving", [False, True])
def test_a_picture_or_a_silent_film_has_no_audio_track(moving: bool, tmp_path: Path) -> None:
    """They open without complaint, so the track must be looked for."""
    path = write_picture(tmp_path / ("a.mp4" if moving else "a.png"), moving=moving)
    error = refusal(path)
    assert error.code is ErrorCode.NOT_AUDIO
    assert "no audio track" in error.message


def test_a_missing_file_is_called_missing(tmp_path: Path) -> None:
    """A wrong path in a manifest is not a broken recording."""
    assert refusal(tmp_path / "none.mp3").code is ErrorCode.MISSING_FILE


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    """A manifest may name one by mistake."""
    (tmp_path / "a.mp3").mkdir()
    assert refusal(tmp_path / "a.mp3").code is ErrorCode.NOT_AUDIO


def test_a_wav_header_without_samples_is_no_sound(tmp_path: Path) -> None:
    """A recorder that was switched off at once leaves such a file."""
    assert refusal(write_wav(tmp_path / "a.wav", np.zeros(0, np.int16))).code is ErrorCode.NOT_AUDIO


def test_samples_that_are_no_numbers_become_silence(tmp_path: Path) -> None:
    """One NaN in a float file must not spread over the filter's whole reach, nor depend on the machine."""
    samples = tone(2.0, 44_100)
    samples[40_000], samples[40_100], samples[40_200] = np.nan, np.inf, -np.inf
    soundfile.write(tmp_path / "a.wav", samples, 44_100, subtype="FLOAT")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        heard = whole(tmp_path / "a.wav")
    clean = whole(write_wav(tmp_path / "b.wav", tone(2.0)))
    assert np.abs(heard[100:13_000].astype(int) - clean[100:13_000]).max() < 100
    assert np.abs(heard[16_000:-100].astype(int) - clean[16_000:-100]).max() < 100
