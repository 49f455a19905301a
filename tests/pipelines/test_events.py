"""What kind of sound: one contract for every music detector, and how the stage names what they hear."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sounds import Floats, bursts, tone
from tests.tiny_onnx import write_event_model
from wavelode.datasets.audio import Waveform
from wavelode.datasets.rows import recording_of, recording_row
from wavelode.infra.demo.sound import bed, jingle, telephone
from wavelode.pipelines.measures.line import by_line
from wavelode.pipelines.models.base import CELL_SAMPLES, MusicDetector
from wavelode.pipelines.models.events.onnx import OnnxEvents
from wavelode.pipelines.models.events.rules import SteadyPartials
from wavelode.pipelines.models.fake import FakeMusic
from wavelode.pipelines.music import music_ratio
from wavelode.pipelines.stage import Scene
from wavelode.pipelines.stages.events import NameSounds, bridged, name_cells, narrow_cells
from wavelode.schemas.errors import MissingDependency, SettingsError
from wavelode.schemas.records import Event, Recording, Sound, Source
from wavelode.schemas.time import WORKING_RATE_HZ, Span

DETECTORS: dict[str, Callable[[Path], MusicDetector]] = {
    "fake": lambda _: FakeMusic(),
    "rules": lambda _: SteadyPartials(),
    "onnx": lambda folder: OnnxEvents(str(write_event_model(folder)), "cpu"),
}
SOUNDS: dict[str, Floats] = {
    "nothing": np.zeros(0, np.float32),
    "one sample": np.ones(1, np.float32),
    "silence": np.zeros(16_000, np.float32),
    "no numbers": np.full(12_345, np.nan, np.float32),
    "full scale": np.sign(tone(1.0, hz=100)),
    "noise": bursts(3.0, 1),
}


@pytest.fixture(scope="module", params=DETECTORS)
def detector(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> MusicDetector:
    made = DETECTORS[request.param](tmp_path_factory.mktemp("events"))
    made.load()
    return made


@pytest.mark.parametrize("name", SOUNDS)
def test_a_detector_gives_a_probability_per_cell(name: str, detector: MusicDetector) -> None:
    found = detector.music(SOUNDS[name])
    assert found.shape == (-(-len(SOUNDS[name]) // CELL_SAMPLES),)
    assert found.dtype == np.float32
    assert ((found >= 0) & (found <= 1)).all()
    assert np.array_equal(found, detector.music(SOUNDS[name]))


@pytest.mark.parametrize("name", ["silence", "no numbers"])
def test_silence_is_no_music(name: str, detector: MusicDetector) -> None:
    assert (detector.music(SOUNDS[name]) < 0.5).all()


def test_held_notes_are_music_and_noise_is_not() -> None:
    rng = np.random.default_rng(0)
    rules = SteadyPartials()
    for music in (jingle(8, WORKING_RATE_HZ, rng), 0.1 * bed(8, WORKING_RATE_HZ, rng)):
        assert (rules.music(music)[1:-1] > 0.5).mean() > 0.9
    assert (rules.music(bursts(8, 3)) < 0.5).all()


def test_a_model_hears_its_label_of_music_alone(tmp_path: Path) -> None:
    """The tiny model calls a loud window music: labels in another order must not change that."""
    model = OnnxEvents(str(write_event_model(tmp_path)), "cpu")
    model.load()
    heard = model.music(np.concatenate([np.zeros(48_000, np.float32), np.ones(48_000, np.float32)]))
    assert heard[0] < 0.5 < heard[-2]


def test_a_folder_without_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingDependency, match=r"labels\.txt"):
        OnnxEvents(str(tmp_path)).load()
    with pytest.raises(SettingsError, match=r"events\.model"):
        _ = OnnxEvents("").name


SPOKEN, MUSIC, LOUD, NARROW = (
    np.array(row) for row in ([0, 0, 1, 1, 0], [0, 1, 1, 0, 0], [0, 1, 1, 1, 1], [0, 0, 0, 1, 0])
)


def test_each_cell_is_called_what_it_is() -> None:
    named = name_cells(SPOKEN.astype(bool), MUSIC.astype(bool), LOUD, NARROW.astype(bool))
    assert named == [Sound.SILENCE, Sound.JINGLE, Sound.SPEECH_OVER_MUSIC, Sound.TELEPHONE, Sound.NOISE]


@pytest.mark.parametrize(("cells", "kind"), [(30, Sound.JINGLE), (31, Sound.MUSIC)])
def test_a_jingle_is_shorter_than_a_piece(cells: int, kind: Sound) -> None:
    nobody, always = np.zeros(cells, bool), np.ones(cells, bool)
    assert set(name_cells(nobody, always, np.ones(cells), nobody)) == {kind}


def test_short_pauses_are_speech() -> None:
    spoken = np.array([0, 1, 0, 0, 1, 0, 0, 0, 1, 0], bool)
    assert bridged(spoken).astype(int).tolist() == [0, 1, 1, 1, 1, 0, 0, 0, 1, 0]


def test_a_line_is_told_from_a_recording_that_lacks_its_heights_alone() -> None:
    at = np.arange(2 * WORKING_RATE_HZ) / WORKING_RATE_HZ
    voice = sum(np.sin(2 * np.pi * 120 * k * at + k * k) / k**0.5 for k in range(1, 60)).astype(np.float32)
    dull = np.fft.rfft(voice)
    dull[int(len(dull) * 4000 / 8000) :] = 0
    assert by_line(telephone(voice, WORKING_RATE_HZ))
    assert not by_line(np.fft.irfft(dull).astype(np.float32))
    assert not by_line(voice)


def test_a_call_is_one_whatever_is_played_on_the_line() -> None:
    """Music in the studio would fill the depths; what seems music is in the line, or the voice's own."""
    always = np.ones(4, bool)
    assert set(name_cells(always, always, np.ones(4), always)) == {Sound.TELEPHONE}


def test_a_segment_changes_from_the_studio_to_a_call(tmp_path: Path) -> None:
    """A segment is cut at pauses, and a caller need not leave one; a word of its own is judged too."""
    at = np.arange(6 * WORKING_RATE_HZ) / WORKING_RATE_HZ
    voice = 0.02 * sum(np.sin(2 * np.pi * 120 * k * at + k * k) / k**0.5 for k in range(1, 60))
    sound = np.concatenate([voice, telephone(voice.astype(np.float32), WORKING_RATE_HZ)[: len(voice)]])
    (sound * 32767).astype(np.int16).tofile(tmp_path / "samples")
    told = narrow_cells(Waveform(tmp_path / "samples", len(sound)), [Span(0, len(sound) - 20_000)], 24)
    assert not told[:11].any() and told[14:21].all()
    word = [Span(len(sound) - 6_000, len(sound))]
    assert narrow_cells(Waveform(tmp_path / "samples", len(sound)), word, 24)[23]


@given(st.lists(st.sampled_from(["speech", "silence", "hum"]), max_size=6), st.integers(0, CELL_SAMPLES - 1))
def test_events_follow_on_each_other_over_the_whole(parts: list[str], rest: int) -> None:
    import tempfile

    seconds = {"speech": bursts(2, 0), "silence": np.zeros(20_000, np.float32), "hum": tone(1.3)}
    sound = np.concatenate([*(seconds[part] for part in parts), np.zeros(rest, np.float32)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "samples")
        (sound * 32767).astype(np.int16).tofile(path)
        recording = Recording(
            Source("r", "r.wav", "en"), speech=(Span(0, len(sound) // 3),) if len(sound) > 2 else ()
        )
        named = NameSounds(FakeMusic())([Scene(recording, Waveform(path, len(sound)))])[0]
    events = named.events or ()
    edges = [0, *(event.span.end for event in events)]
    assert [event.span.start for event in events] == edges[:-1]
    assert edges[-1] == len(sound)
    assert recording_of(recording_row(named)).events == events


def test_the_share_of_music_in_a_clip() -> None:
    events = (
        Event(Span(0, 100), Sound.JINGLE),
        Event(Span(100, 200), Sound.SPEECH),
        Event(Span(200, 300), Sound.SPEECH_OVER_MUSIC),
    )
    assert music_ratio(events, Span(50, 250)) == 0.5
    assert music_ratio(events, Span(100, 200)) == 0
    assert music_ratio(None, Span(0, 10)) is None
