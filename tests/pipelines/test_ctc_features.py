"""What models hear that want filter banks, against Kaldi's definition written out slowly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sounds import Floats, bursts
from tests.tiny_models import tiny_wav2vec2_bert, write_vocabulary
from tests.tiny_onnx import write_bandwise, write_framewise
from wavelode.pipelines.models.base import Expected, Segment
from wavelode.pipelines.models.ctc.backends import load_backend, log_posteriors, padded_length
from wavelode.pipelines.models.ctc.features import filter_banks, samples
from wavelode.pipelines.models.ctc.listener import CtcListener
from wavelode.schemas.errors import MissingDependency
from wavelode.schemas.time import Span

BANDS, BINS, RATE = 80, 257, 16_000


def mel(hz: float) -> float:
    return 1127.0 * float(np.log1p(hz / 700.0))


def triangles() -> np.ndarray:
    """The weight of each bin of a spectrum (257,) in each band (80,), as Kaldi draws them: straight in mel."""
    low, high = mel(20.0), mel(8000.0)
    step = (high - low) / (BANDS + 1)
    found = np.zeros((BINS, BANDS))
    for at in range(1, BINS - 1):
        for band in range(BANDS):
            left, middle, right = (low + (band + edge) * step for edge in (0, 1, 2))
            here = mel(at * RATE / 512)
            if left < here < right:
                found[at, band] = (here - left) / step if here <= middle else (right - here) / step
    return found


TRIANGLES = triangles()


def slow_bands(sound: Floats) -> np.ndarray:
    """Log energies (F, 80): mean off, high frequencies raised, Povey's window, squared spectrum, triangles."""
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 399)) ** 0.85
    rows = []
    for start in range(0, len(sound) - 399, 160):
        frame = sound[start : start + 400].astype(np.float64) * 32768
        frame -= frame.mean()
        frame = frame - 0.97 * np.concatenate([frame[:1], frame[:-1]])
        power = np.abs(np.fft.rfft(frame * window, 512)) ** 2
        rows.append(np.log(np.maximum(power @ TRIANGLES, np.finfo(np.float32).eps)))
    return np.array(rows)


@pytest.mark.parametrize("seconds", [0.1, 0.5, 1.007, 2.0])
def test_filter_banks_are_those_of_kaldi(seconds: float) -> None:
    """A model that was trained on others would hear noise."""
    sound = np.random.default_rng(1).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)
    wanted = slow_bands(sound)
    wanted = (wanted - wanted.mean(axis=0)) / np.sqrt(wanted.var(axis=0, ddof=1) + 1e-7)
    found, own = filter_banks(sound, padded_length(len(sound)))
    pairs = found.reshape(-1, BANDS)
    assert found.shape[1] == 2 * BANDS
    assert own == -(-min(len(wanted), len(pairs)) // 2)
    kept = min(len(wanted), len(pairs))
    np.testing.assert_allclose(pairs[:kept], wanted[:kept], atol=2e-3)
    assert not pairs[kept:].any(), "padding is each band's mean"


@settings(max_examples=30, deadline=None)
@given(st.integers(1_600, 24_000), st.integers(0, 3))
def test_padding_changes_nothing_of_a_sound(count: int, more: int) -> None:
    """Every length that the listener meets gives its own part the same, and no part is lost."""
    sound = np.random.default_rng(count).normal(0, 0.1, count).astype(np.float32)
    for form, longest in ((filter_banks, 320 * 2), (samples, 1)):
        short, own = form(sound, padded_length(count))
        long, same = form(sound, padded_length(count) + 8_000 * more)
        assert same in (own, own + 1) and len(long) >= len(short)
        np.testing.assert_array_equal(short[: own - 1], long[: own - 1])
        assert abs(own * (1 if form is samples else 320) - count) <= longest


def test_silence_gives_numbers() -> None:
    """A band without any variance is divided by nearly nothing."""
    found, _ = filter_banks(np.full(8_000, 0.25, np.float32), 8_000)
    np.testing.assert_allclose(found, 0.0, atol=1e-4)


def write_ears(folder: Path, *, masked: bool) -> Path:
    """A model that writes "a" where a chosen band is louder than in the mean of the sound, else nothing."""
    weights = np.zeros((2 * BANDS, 3), np.float32)
    weights[[20, 100], 1] = 4.0
    folder.mkdir(exist_ok=True)
    write_bandwise(folder / "model.onnx", weights, masked)
    write_vocabulary(folder, ["<pad>", "a", "|"])
    return folder


def test_a_model_that_hears_filter_banks_is_heard(tmp_path: Path) -> None:
    """A tone in the band that it listens to, for the second half second of one and a half."""
    listener = CtcListener(str(write_ears(tmp_path, masked=False)), "cpu")
    listener.load()
    at = np.arange(24_000) / RATE
    middle = 700 * np.expm1((mel(20.0) + 21 * (mel(8000.0) - mel(20.0)) / (BANDS + 1)) / 1127.0)
    noise = np.random.default_rng(0).normal(0, 0.001, 24_000)
    sound = (np.where((at >= 0.5) & (at < 1.0), 0.3 * np.sin(2 * np.pi * middle * at), 0) + noise).astype(
        np.float32
    )
    (heard,) = listener.listen([Segment(sound, Span(0, len(sound)))], Expected("xx"))
    assert [word.text for word in heard] == ["a"]
    assert abs(heard[0].span.start - 8_000) <= 640
    assert abs(heard[0].span.end - 16_000) <= 640


def test_a_model_with_a_mask_is_told_what_is_padding(tmp_path: Path) -> None:
    """Where there is no mask, zeros after a short sound are heard, too."""
    backend = load_backend(write_ears(tmp_path, masked=True), "cpu", "default")
    scores = backend.logits(np.ones((2, 5, 2 * BANDS), np.float32), [5, 2])
    assert [row.any(axis=1).tolist() for row in scores] == [[True] * 5, [True] * 2 + [False] * 3]


def test_a_model_of_another_form_says_so(tmp_path: Path) -> None:
    write_bandwise(tmp_path / "model.onnx", np.ones((80, 3), np.float32))
    with pytest.raises(MissingDependency, match=r"hears \['B', 'N', 80\], neither samples \(B, T\) nor"):
        load_backend(tmp_path, "cpu", "default")
    write_framewise(tmp_path / "model.onnx", np.ones((3, 160), np.float32), hop=160)
    assert load_backend(tmp_path, "cpu", "default").form is samples


def test_wav2vec2_bert_is_loaded_and_heard_alike_in_every_batch(tmp_path: Path) -> None:
    """As CTranslate2 writes it: the file itself tells that it hears filter banks."""
    backend = load_backend(tiny_wav2vec2_bert(tmp_path), "cpu", "default")
    assert backend.form is filter_banks
    sounds = [bursts(seconds, seed) for seed, seconds in enumerate((1.2, 1.4, 1.1))]
    together = log_posteriors(backend, sounds)
    assert [len(found) for found in together] == [
        len(log_posteriors(backend, [sound])[0]) for sound in sounds
    ]
    for found, sound in zip(together, sounds, strict=True):
        assert abs(len(found) * 640 - len(sound)) <= 2 * 640, "its adapter halves the frames of 20 ms"
        np.testing.assert_array_equal(
            found.argmax(axis=1), log_posteriors(backend, [sound])[0].argmax(axis=1)
        )


@pytest.mark.parametrize("content", [b"", b"\x06\x00\x00\x00", b"\x06\x00\x00\x00\xff\x00short"])
def test_a_file_that_breaks_off_says_so(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(content)
    with pytest.raises(MissingDependency, match="can't be loaded"):
        load_backend(tmp_path, "cpu", "default")
