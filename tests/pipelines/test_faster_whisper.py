from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sounds import bursts
from tests.tiny_models import tiny_whisper
from wavelode.pipelines.models.base import Expected, Segment
from wavelode.pipelines.models.batches import in_batches
from wavelode.pipelines.models.faster_whisper import FasterWhisper
from wavelode.pipelines.models.guard import Decoded, Guard, compression, unlooped
from wavelode.schemas.errors import MissingDependency, SettingsError, WavelodeError
from wavelode.schemas.time import Span

HINDI = "आज राज्य के सभी जिलों में वर्षा हुई और किसानों ने बुवाई शुरू कर दी है "


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_whisper(tmp_path_factory.mktemp("whisper"))


def heard_by(whisper: FasterWhisper, seconds: Sequence[float], language: str = "en") -> list[Any]:
    whisper.load()
    segments, at = [], 0
    for nth, length in enumerate(seconds):
        samples = bursts(length, nth + 1)
        segments.append(Segment(samples, Span(at, at + len(samples))))
        at += len(samples)
    return whisper.listen(segments, Expected(language))


def test_a_batch_hears_what_each_segment_alone_says(folder: Path) -> None:
    """Words of one segment must not come out of another, nor depend on who shares its batch."""
    seconds = [3.0, 2.0, 5.0, 2.5, 4.0]
    alone = heard_by(FasterWhisper(str(folder), "cpu", batch_size=1), seconds)
    together = heard_by(FasterWhisper(str(folder), "cpu", batch_size=4), seconds)
    assert any(alone)
    assert [[w.text for w in words] for words in alone] == [[w.text for w in words] for words in together]


@pytest.mark.parametrize("language", ["or", "lus", "und", "nb"])
def test_a_language_whisper_does_not_know_is_detected(language: str, folder: Path) -> None:
    """Odia and Mizo are broadcast daily; their recordings must not fail."""
    assert len(heard_by(FasterWhisper(str(folder), "cpu"), [2.0, 2.0], language)) == 2


def test_what_the_guard_doubts_twice_is_not_heard(folder: Path) -> None:
    """A made-up sentence that looks like print would be believed."""
    strict = FasterWhisper(str(folder), "cpu", guard=Guard(min_avg_logprob=0.0, max_no_speech=0.0))
    assert heard_by(strict, [3.0, 2.0]) == [(), ()]


def test_another_weight_is_another_model(folder: Path, tmp_path: Path) -> None:
    """Words of last month's fine-tuning under the same folder name must not pass for this month's."""
    copy = Path(shutil.copytree(folder, tmp_path / folder.name))
    assert FasterWhisper(str(copy)).name == FasterWhisper(str(folder)).name
    weights = bytearray((copy / "model.bin").read_bytes())
    weights[-1] ^= 1
    (copy / "model.bin").write_bytes(weights)
    assert FasterWhisper(str(copy)).name != FasterWhisper(str(folder)).name
    assert FasterWhisper(str(folder), compute_type="int8").name != FasterWhisper(str(folder)).name


def test_whisper_without_a_model_says_what_to_give(tmp_path: Path) -> None:
    """These stop the run: each must say what to do about it."""
    with pytest.raises(SettingsError, match=r"listener\.model: .*large-v3"):
        FasterWhisper("").load()
    (tmp_path / "empty").mkdir()
    for absent in (tmp_path / "empty", tmp_path / "none"):
        with pytest.raises(MissingDependency, match=r"can't be loaded .*give a folder") as told:
            FasterWhisper(str(absent), "cpu").load()
        assert "\n" not in str(told.value)
        with pytest.raises(MissingDependency):
            _ = FasterWhisper(str(absent), "cpu").name


def test_ordinary_text_of_any_script_is_no_loop() -> None:
    """A ratio over UTF-8 bytes finds ordinary Hindi more compressible than an English loop."""
    for text in (HINDI, "Rain fell in every district today and farmers have begun to sow their fields."):
        assert compression(text) < 1.5
        assert compression(text * 6) > 2.4


@pytest.mark.parametrize(
    ("decoded", "seconds", "doubt"),
    [
        (Decoded(("rain", "fell"), -0.3, 0.1), 2.0, None),
        (Decoded(("rain", "fell"), -3.0, 0.1), 2.0, None),
        (Decoded(("thank", "you"), -1.5, 0.9), 2.0, "no speech"),
        (Decoded(tuple("abcdefghijklmnopqrstuvwxyz"), -0.3, 0.1), 1.0, "too fast"),
        (Decoded(tuple(("the rain fell " * 20).split()), -0.1, 0.1), 20.0, "repeats itself"),
        (Decoded(("so",) * 5, -0.1, 0.1), 20.0, "loops"),
        (Decoded((), 0.0, 0.0), 2.0, None),
    ],
)
def test_the_guard_says_why_it_doubts(decoded: Decoded, seconds: float, doubt: str | None) -> None:
    assert Guard().doubt(decoded, seconds) == doubt


@given(st.lists(st.sampled_from("ab"), max_size=30), st.integers(1, 5))
def test_what_is_left_of_a_loop_loops_no_more_at_its_places(words: list[str], most: int) -> None:
    """Places are kept in order, the first word of all always, and text without a loop whole."""
    kept = unlooped(words, most)
    assert kept == sorted(set(kept))
    assert kept[:1] == [0][: len(words)]
    assert unlooped([str(at) for at in range(len(words))], most) == list(range(len(words)))


@given(st.lists(st.integers(), max_size=40), st.integers(1, 16), st.integers(1, 16))
def test_a_batch_too_large_for_the_device_is_halved(items: list[int], size: int, room: int) -> None:
    """Nothing is lost, doubled or moved when memory runs out in between."""

    def work(batch: Sequence[int]) -> list[int]:
        if len(batch) > room:
            raise RuntimeError("CUDA failed with error out of memory")
        return [2 * item for item in batch]

    results, fitted = in_batches(work, items, size)
    assert results == [2 * item for item in items]
    assert fitted <= size and (len(items) <= room or fitted <= max(room, 1))


def test_a_device_without_room_for_one_segment_stops_the_run() -> None:
    """And another error of the same type is not taken for it."""
    for said, raised in (("CUDA failed with error out of memory", WavelodeError), ("broken", RuntimeError)):

        def work(_: Sequence[int], said: str = said) -> list[int]:
            raise RuntimeError(said)

        with pytest.raises(raised):
            in_batches(work, [1, 2], 2)


def test_silence_between_sounds_is_left_out_and_the_rest_stays_in_place(folder: Path) -> None:
    """A silent segment takes no place in the batch; the words after it must not move up."""
    whisper = FasterWhisper(str(folder), "cpu")
    whisper.load()
    loud = Segment(bursts(3.0, 1), Span(0, 48_000))
    silent = Segment(np.zeros(48_000, np.float32), Span(48_000, 96_000))
    later = replace(loud, span=loud.span.shift(96_000))
    first, nothing, third = whisper.listen([loud, silent, later], Expected("en"))
    assert first and nothing == ()
    assert [w.span.shift(96_000) for w in first] == [w.span for w in third]
