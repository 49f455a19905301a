"""What a file holds besides its first sound, and what is missing from that, is noted."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.sounds import tone, write
from wavelode.datasets.audio import Decoder
from wavelode.schemas.settings import DecodeSettings
from wavelode.schemas.time import WORKING_RATE_HZ


def film(path: Path, seconds: float, leap_s: float = 0.0) -> Path:
    """A film with a picture and a tone; its sound is stamped `leap_s` later from the middle on."""
    with av.open(str(path), "w") as container:
        picture = container.add_stream("mpeg4", rate=5)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream("pcm_s16le", rate=WORKING_RATE_HZ)
        sound.layout = "mono"
        for _ in range(round(5 * seconds)):
            container.mux(picture.encode(av.VideoFrame(64, 48, "yuv420p")))
        samples = (tone(seconds) * 32767).astype(np.int16)
        for at in range(0, len(samples), 1600):
            frame = av.AudioFrame.from_ndarray(samples[None, at : at + 1600], "s16", "mono")
            later = round(leap_s * WORKING_RATE_HZ) if at >= len(samples) // 2 else 0
            frame.rate, frame.pts = WORKING_RATE_HZ, at + later
            frame.time_base = Fraction(1, WORKING_RATE_HZ)
            container.mux(sound.encode(frame))
        container.mux([*picture.encode(None), *sound.encode(None)])
    return path


def decoded(path: Path) -> Decoder:
    decoder = Decoder(path, DecodeSettings())
    for _ in decoder.chunks():
        pass
    return decoder


def test_the_sound_of_a_film_is_decoded_and_its_streams_are_kept(tmp_path: Path) -> None:
    decoder = decoded(film(tmp_path / "film.mkv", 2.0))
    assert decoder.num_samples == pytest.approx(2 * WORKING_RATE_HZ, abs=1)
    assert decoder.streams == ("video mpeg4 64x48", "audio pcm_s16le 16000 Hz 1 ch")
    assert decoder.skipped_s == 0


def test_a_leap_of_time_stamps_is_noted_and_nothing_put_in_its_place(tmp_path: Path) -> None:
    """What was decoded is the truth: all spans count decoded samples."""
    decoder = decoded(film(tmp_path / "film.mkv", 2.0, leap_s=1.5))
    assert decoder.num_samples == pytest.approx(2 * WORKING_RATE_HZ, abs=1)
    assert decoder.skipped_s == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize("suffix", [".mp3", ".m4a", ".opus", ".flac", ".wav"])
def test_sound_without_gaps_has_none(suffix: str, tmp_path: Path) -> None:
    decoder = decoded(write(tmp_path / f"tone{suffix}", tone(3.0, rate=48_000), rate=48_000, channels=2))
    assert decoder.skipped_s == 0
    assert decoder.damaged_packets == 0
    assert len(decoder.streams) == 1
    assert decoder.streams[0].startswith("audio ") and decoder.streams[0].endswith("48000 Hz 2 ch")
