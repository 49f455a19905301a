"""Who tells languages keeps one contract; two recognisers that differ are measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sounds import bursts
from tests.tiny_models import tiny_whisper
from wavelode.datasets.audio import Waveform
from wavelode.datasets.rows import recording_of, recording_row
from wavelode.pipelines.measures.disagreement import Twice
from wavelode.pipelines.models.base import LanguageGuesser, Segment
from wavelode.pipelines.models.fake import FakeLanguage, FakeListener
from wavelode.pipelines.models.languages import WhisperLanguage
from wavelode.pipelines.stage import Scene
from wavelode.pipelines.stages.languages import FindLanguages
from wavelode.pipelines.stages.listen import ListenAgain
from wavelode.schemas.records import Document, Recording, Sentence, Source, Word
from wavelode.schemas.time import Span

GUESSERS: dict[str, Callable[[Path], LanguageGuesser]] = {
    "fake": lambda _: FakeLanguage(),
    "whisper": lambda folder: WhisperLanguage(str(tiny_whisper(folder)), "cpu"),
}
SOUNDS = [bursts(2.0, 1), np.zeros(0, np.float32), np.zeros(16_000, np.float32), np.ones(1, np.float32)]
SOUNDS += [np.full(16_000, np.nan, np.float32), bursts(2.0, 2)]


@pytest.fixture(scope="module", params=GUESSERS)
def guesser(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LanguageGuesser:
    made = GUESSERS[request.param](tmp_path_factory.mktemp("languages"))
    made.load()
    return made


def test_a_guess_per_segment_in_order_and_none_where_nothing_is_heard(guesser: LanguageGuesser) -> None:
    segments = [Segment(sound, Span(0, len(sound))) for sound in SOUNDS]
    found = guesser.guess(segments)
    assert [guess is not None for guess in found] == [True, False, False, False, False, True]
    assert all(guess is None or (guess[0] and 0 <= guess[1] <= 1) for guess in found)
    assert guesser.guess(segments) == found
    assert guesser.guess([]) == []


def scene(folder: Path, seconds: float = 3.0) -> Scene:
    sound = bursts(seconds, 4)
    (np.clip(sound, -1, 1) * 32767).astype(np.int16).tofile(folder / "samples")
    half = len(sound) // 2
    recording = Recording(Source("r", "r.wav", "en"), speech=(Span(0, half), Span(half, len(sound))))
    paper = Document("p", "p.txt", "0" * 64, "en", (Sentence("p", 0, "The council met on Tuesday."),))
    return Scene(recording, Waveform(folder / "samples", len(sound)), (paper,))


def test_every_segment_of_speech_has_its_language_and_a_row_keeps_it(tmp_path: Path) -> None:
    told = FindLanguages(FakeLanguage())([scene(tmp_path)])[0]
    assert [(s.span, s.language) for s in told.languages or ()] == [
        (span, "en") for span in told.speech or ()
    ]
    assert recording_of(recording_row(told)).languages == told.languages


def test_a_second_listener_s_words_stand_beside_the_first_one_s(tmp_path: Path) -> None:
    before = scene(tmp_path)
    heard = ListenAgain(FakeListener())([before])[0]
    assert [word.text for word in heard.second_words or ()] == ["the", "council", "met", "on", "tuesday"]
    assert heard.words is None and heard.listener is None and heard.second_listener == "fake-listener"
    assert recording_of(recording_row(heard)) == heard


def words(text: str, start: int = 0) -> tuple[Word, ...]:
    return tuple(
        Word(word, Span(start + 100 * at, start + 100 * at + 90)) for at, word in enumerate(text.split())
    )


def test_disagreement_is_the_share_of_letters_that_differ() -> None:
    twice = Twice(words("rain fell in kohima"), words("rain fall in kohima"))
    assert twice.disagreement(Span(0, 1000)) == pytest.approx(1 / 19)
    assert twice.disagreement(Span(0, 100)) == 0
    assert Twice(words("rain"), ()).disagreement(Span(0, 100)) == 1
    assert Twice((), ()).disagreement(Span(0, 100)) == 0
    assert Twice.of(Recording(Source("r", "r.wav", "en"), words=words("rain"))) is None


@given(*[st.lists(st.sampled_from(["a", "bo", "kohima", "नमस्ते"]), max_size=6).map(" ".join)] * 2)
def test_disagreement_is_mutual_and_none_with_oneself(first: str, second: str) -> None:
    a, b, clip = words(first), words(second), Span(0, 10_000)
    assert Twice(a, b).disagreement(clip) == Twice(b, a).disagreement(clip) <= 1
    assert Twice(a, a).disagreement(clip) == 0
