from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.sounds import bursts, tone
from tests.tiny_models import tiny_wav2vec2, tiny_whisper, write_vocabulary
from tests.tiny_onnx import write_bandwise
from wavelode.alignment.emissions import dense
from wavelode.pipelines.models.base import (
    FRAME_SAMPLES,
    Expected,
    Listener,
    RankingListener,
    Segment,
    SpeechDetector,
    SpellingListener,
    spells,
)
from wavelode.pipelines.models.ctc.listener import CtcListener
from wavelode.pipelines.models.fake import FakeDetector, FakeListener
from wavelode.pipelines.models.faster_whisper import FasterWhisper
from wavelode.pipelines.models.registry import make_detector, make_listener
from wavelode.pipelines.models.script_biased.listener import ScriptBiased
from wavelode.pipelines.models.silero import SileroDetector
from wavelode.pipelines.models.voted import Voted
from wavelode.schemas.settings import ListenerSettings
from wavelode.schemas.time import Span

Floats = NDArray[np.float32]
EXPECTED = Expected("en", ("The council met on Tuesday.", "40% of the wells – ﷺ — are “dry”."))
SOUNDS: dict[str, Floats] = {
    "nothing": np.zeros(0, np.float32),
    "one sample": np.ones(1, np.float32),
    "half a frame": tone(0.016),
    "silence": np.zeros(16_000, np.float32),
    "no numbers": np.full(16_000, np.nan, np.float32),
    "full scale": np.sign(tone(1.0, hz=100)),
    "noise": bursts(2.0, 1),
}


@pytest.fixture(scope="module", params=[FakeDetector, SileroDetector], ids=lambda kind: kind.__name__)
def detector(request: pytest.FixtureRequest) -> SpeechDetector:
    made: SpeechDetector = request.param()
    made.load()
    return made


def _ears(folder: Path) -> Path:
    """Random letters of what filter banks say."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = np.random.default_rng(0).normal(0, 1, (160, 6)).astype(np.float32)
    write_bandwise(folder / "model.onnx", weights, masked=True)
    write_vocabulary(folder, ["<pad>", "a", "b", "c", "d", "|"])
    return folder


LISTENERS: dict[str, Callable[[Path], Listener]] = {
    "fake": lambda _: FakeListener(),
    "script_biased": lambda _: ScriptBiased(),
    "faster_whisper": lambda folder: FasterWhisper(str(tiny_whisper(folder)), "cpu"),
    "ctc": lambda folder: CtcListener(str(tiny_wav2vec2(folder)), "cpu"),
    "ctc on filter banks": lambda folder: CtcListener(str(_ears(folder)), "cpu"),
    "voted": lambda folder: Voted(ScriptBiased(adapts=False), CtcListener(str(tiny_wav2vec2(folder)), "cpu")),
}


@pytest.fixture(scope="module", params=LISTENERS)
def listener(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Listener:
    made = LISTENERS[request.param](tmp_path_factory.mktemp("weights"))
    made.load()
    return made


def laid_out(sounds: list[Floats], start: int = 5_000) -> list[Segment]:
    """One after the other, a second apart."""
    segments = []
    for sound in sounds:
        segments.append(Segment(sound, Span(start, start + len(sound))))
        start += len(sound) + 16_000
    return segments


@pytest.mark.parametrize("name", SOUNDS)
def test_a_detector_gives_a_probability_per_frame(name: str, detector: SpeechDetector) -> None:
    """Frames too many or too few shift every later segment."""
    found = detector.probabilities(SOUNDS[name])
    assert found.shape == (-(-len(SOUNDS[name]) // FRAME_SAMPLES),)
    assert found.dtype == np.float32
    assert ((found >= 0) & (found <= 1)).all()
    assert np.array_equal(found, detector.probabilities(SOUNDS[name]))


@pytest.mark.parametrize("name", ["silence", "no numbers"])
def test_silence_is_no_speech(name: str, detector: SpeechDetector) -> None:
    """What is no number must not be the loudest of all."""
    assert detector.probabilities(SOUNDS[name]).max() < 0.5


def test_a_listener_gives_words_per_segment_in_order(listener: Listener) -> None:
    """A result too few puts every later word into the wrong place."""
    segments = laid_out(list(SOUNDS.values()))
    heard = listener.listen(segments, EXPECTED)
    assert len(heard) == len(segments)
    for words, segment in zip(heard, segments, strict=True):
        starts = [word.span.start for word in words]
        assert starts == sorted(starts)
        assert all(word.text and word.span in segment.span for word in words)
        assert all(word.confidence is not None and 0 <= word.confidence <= 1 for word in words)
    assert heard == listener.listen(segments, EXPECTED)


@pytest.mark.parametrize("name", ["nothing", "one sample", "silence", "no numbers"])
def test_nobody_is_heard_where_there_is_no_sound(name: str, listener: Listener) -> None:
    """Made-up words would be laid onto print like any others."""
    if isinstance(listener, FakeListener):
        pytest.skip("the fake hears what is printed, whatever the sound")
    assert listener.listen(laid_out([SOUNDS[name]]), EXPECTED) == [()]


@pytest.mark.parametrize(("shape", "rate"), [((800, 2), 16_000), ((2, 800), 16_000), ((800,), 8_000)])
def test_two_channels_or_another_rate_are_no_segment(shape: tuple[int, ...], rate: int) -> None:
    """Taken for samples at the working rate they would be heard at the wrong speed."""
    with pytest.raises(ValueError, match=r"one channel at 16000 Hz"):
        Segment(np.zeros(shape, np.float32), Span(0, 800, rate))


def test_no_segments_are_no_results(listener: Listener) -> None:
    """A recording without speech reaches the listener too."""
    assert listener.listen([], EXPECTED) == []


@pytest.mark.parametrize("sentences", [(), ("",), ("— …",)])
def test_a_listener_without_a_text_hears_nothing_and_does_not_break(
    sentences: tuple[str, ...], listener: Listener
) -> None:
    """A document may hold ornaments only."""
    if not listener.needs_text:
        pytest.skip("it hears without a text")
    assert listener.listen(laid_out([SOUNDS["noise"]]), Expected("en", sentences)) == [()]


def test_where_a_segment_lies_does_not_change_what_is_heard(listener: Listener) -> None:
    """Only the times move: a resumed run cuts the same segments."""
    near, far = (listener.listen(laid_out([SOUNDS["noise"]], at), EXPECTED)[0] for at in (0, 800_000))
    assert [w.text for w in near] == [w.text for w in far]
    assert [w.span.shift(800_000) for w in near] == [w.span for w in far]


@pytest.fixture
def ranking(listener: Listener) -> RankingListener:
    if not isinstance(listener, RankingListener):
        pytest.skip("it has one reading of a segment")
    return listener


@pytest.mark.parametrize("most", [1, 3, 20])
def test_the_first_reading_is_what_was_heard_and_others_follow_by_likelihood(
    most: int, ranking: RankingListener
) -> None:
    """A person who doubts a clip is shown what else may have been said, the likeliest first."""
    segments = laid_out([SOUNDS["noise"], SOUNDS["full scale"], bursts(3.0, 2)])
    hearings = ranking.hear(segments, EXPECTED, most)
    assert [hearing.words for hearing in hearings] == ranking.listen(segments, EXPECTED)
    for hearing, segment in zip(hearings, segments, strict=True):
        texts = [reading.text for reading in hearing.readings]
        assert texts[:1] == ([" ".join(w.text for w in hearing.words)] if hearing.words else [])
        assert len(set(texts)) == len(texts) <= most and all(text == text.strip() != "" for text in texts)
        behind = [reading.behind_nats for reading in hearing.readings]
        assert behind == sorted(behind) and behind[:1] in ([], [0.0])
        assert all(reading.span == segment.span for reading in hearing.readings)
    told = [hearing.readings for hearing in hearings if hearing.words]
    assert not told or max(map(len, told)) >= min(most, 3)
    assert hearings == ranking.hear(segments, EXPECTED, most)


def test_where_nobody_asks_or_nothing_is_heard_there_are_no_readings(ranking: RankingListener) -> None:
    assert not any(hearing.readings for hearing in ranking.hear(laid_out([SOUNDS["noise"]]), EXPECTED, 0))
    silent = laid_out([SOUNDS[name] for name in ("nothing", "one sample", "silence", "no numbers")])
    if not isinstance(ranking, FakeListener):
        assert not any(hearing.readings for hearing in ranking.hear(silent, EXPECTED, 5))
    assert ranking.hear([], EXPECTED, 5) == []


@pytest.fixture(scope="module")
def spelling(listener: Listener) -> SpellingListener:
    if not spells(listener):
        pytest.skip("it does not tell what it takes each frame for")
    return listener


def test_a_listener_that_spells_tells_of_each_segment_that_can_be_heard(spelling: SpellingListener) -> None:
    """One hearing per segment, in order, the words as heard otherwise; frames lie in their segment."""
    segments = laid_out([SOUNDS["noise"], *SOUNDS.values()])
    found = spelling.spell(segments, EXPECTED, 2)
    assert found == spelling.spell(segments, EXPECTED, 2)
    assert [h.words for h in found.hearings] == [h.words for h in spelling.hear(segments, EXPECTED, 2)]
    labels = len(found.alphabet.writes)
    for hearing, segment in zip(found.hearings, segments, strict=True):
        assert (hearing.emission is not None) == segment.is_audible
        if hearing.emission:
            span = hearing.emission.span
            assert span in segment.span and len(segment.span) - len(span) <= 16_000 // 20
            log_p = dense(hearing.emission, labels)
            assert len(log_p) >= len(span) // 16_000 * 10
            assert (log_p <= 0).all() and np.isfinite(log_p).all()
    assert all(0 <= at < labels for _, said in found.alphabet.lexicon or () for at in said)


@pytest.mark.parametrize("kind", ["script_biased", "faster_whisper", "ctc", "fake"])
def test_every_kind_of_listener_can_be_had_without_loading_it(kind: str, tmp_path: Path) -> None:
    """The run makes the models before it knows whether there is anything to do."""
    (tmp_path / "model.bin").write_bytes(b"no model at all")
    settings = ListenerSettings.model_validate({"kind": kind, "model": str(tmp_path)})
    assert make_listener(settings).name
    assert make_detector(settings).name
