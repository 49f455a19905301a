from __future__ import annotations

import pickle
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from tests.sounds import Floats, bursts
from tests.tiny_voices import random_weights, write_weights
from wavelode.datasets.rows import recording_of, recording_row
from wavelode.datasets.storage import read_rows, write_rows
from wavelode.pipelines.models.base import Diarizer
from wavelode.pipelines.models.fake import FakeDiarizer
from wavelode.pipelines.models.speakers.cluster import voices
from wavelode.pipelines.models.speakers.diarizer import VoiceVectors, carried_weights
from wavelode.pipelines.models.speakers.ge2e import WINDOW_SAMPLES, VoiceEncoder
from wavelode.pipelines.models.speakers.pyannote import Pyannote
from wavelode.pipelines.models.speakers.torch_file import read_state
from wavelode.pipelines.voices import Voices
from wavelode.schemas.errors import MissingDependency, SettingsError
from wavelode.schemas.records import Recording, Source, Turn
from wavelode.schemas.tables import MINED
from wavelode.schemas.time import Span

EMPTY = Recording(Source("r", "r.mp3", "en"))
DIARIZERS: dict[str, Callable[[Path], Diarizer]] = {
    "fake": lambda _: FakeDiarizer(),
    "voices": lambda folder: VoiceVectors(write_weights(folder / "voices.pt", random_weights())),
    "spectral": lambda folder: VoiceVectors(write_weights(folder / "v.pt", random_weights()), "spectral"),
}


@pytest.fixture(scope="module", params=DIARIZERS)
def diarizer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Diarizer:
    pytest.importorskip("scipy", reason="clustering voices needs the `speakers` extra")
    made = DIARIZERS[request.param](tmp_path_factory.mktemp("voices"))
    made.load()
    return made


def sounds() -> Floats:
    silence, nothing = np.zeros(40_000, np.float32), np.full(20_000, np.nan, np.float32)
    return np.concatenate([bursts(6.0, 1), silence, nothing, bursts(3.0, 2)])


SPEECH = [
    Span(0, 70_000),
    Span(70_001, 70_002),
    Span(80_000, 95_000),
    Span(100_000, 150_000),
    Span(150_000, 203_000),
]


def test_turns_lie_in_speech_in_order_and_are_the_same_again(diarizer: Diarizer) -> None:
    """A sample, silence and what is no number among them; every bit of speech is somebody's."""
    sound = sounds()

    def read(span: Span) -> Floats:
        return sound[span.start : span.end]

    found = diarizer.turns(read, SPEECH)
    spans = [turn.span for turn in found.turns]
    assert all(any(s & span == s for span in SPEECH) for s in spans)
    assert sum(map(len, spans)) == sum(map(len, SPEECH))
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert found == diarizer.turns(read, SPEECH)
    assert diarizer.turns(read, []).turns == ()


def test_the_encoder_reads_what_was_written_and_nothing_else(tmp_path: Path) -> None:
    """A file of weights is untrusted: it may be cut short, or hold a call."""
    weights = random_weights()
    path = write_weights(tmp_path / "w.pt", weights)
    read = read_state(path, "model_state")
    assert read.keys() == weights.keys()
    assert all(np.array_equal(read[name], weights[name]) for name in weights)
    whole = path.read_bytes()
    evil = pickle.dumps(0x1950A86A20F9469CFC6C, 2) + b"\x80\x02cos\nsystem\n" + b"X\x04\0\0\0true\x85R."
    for content in (b"", b"PK\x03\x04", whole[:40], whole[: len(whole) // 2], evil):
        path.write_bytes(content)
        with pytest.raises(ValueError):  # noqa: PT011 - the sentence is the caller's
            read_state(path, "model_state")
        with pytest.raises(MissingDependency, match=r"w\.pt: can't be loaded"):
            VoiceEncoder(path)


def test_the_encoder_is_the_lstm_written_out(tmp_path: Path) -> None:
    """One unit at a time, gate by gate, on a few frames: the matrix form must say the same."""
    weights = random_weights(3)
    encoder = VoiceEncoder(write_weights(tmp_path / "w.pt", weights))
    series = np.random.default_rng(0).normal(size=(1, 4, 40)).astype(np.float32)
    into, around = weights["lstm.weight_ih_l0"], weights["lstm.weight_hh_l0"]
    bias = weights["lstm.bias_ih_l0"] + weights["lstm.bias_hh_l0"]
    state, memory = np.zeros(256), np.zeros(256)
    for frame in series[0]:
        gates = [float(into[row] @ frame + around[row] @ state + bias[row]) for row in range(1024)]
        opened = [1 / (1 + np.exp(-gate)) for gate in gates]
        memory = np.array(
            [opened[256 + u] * memory[u] + opened[u] * np.tanh(gates[512 + u]) for u in range(256)]
        )
        state = np.array([opened[768 + u] * np.tanh(memory[u]) for u in range(256)])
    assert encoder._lstm(series, 0)[0, -1] == pytest.approx(state, abs=1e-5)


def test_vectors_have_length_one_and_do_not_depend_on_their_batch(tmp_path: Path) -> None:
    encoder = VoiceEncoder(write_weights(tmp_path / "w.pt", random_weights()))
    windows = np.random.default_rng(1).normal(0, 0.1, (70, WINDOW_SAMPLES)).astype(np.float32)
    together = encoder.embed(windows)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(70), abs=1e-5)
    assert encoder.embed(windows[66:67])[0] == pytest.approx(together[66], abs=1e-5)
    assert encoder.embed(windows[:0]).shape == (0, 256)


@given(st.lists(st.integers(0, 2), min_size=1, max_size=40), st.integers(0, 100))
def test_vectors_around_few_centres_are_that_many_voices(truth: list[int], seed: int) -> None:
    """Numbered by first appearance, whatever the order of the centres."""
    pytest.importorskip("scipy")
    centres = np.eye(8, dtype=np.float32)[:3]
    vectors = centres[truth] + np.random.default_rng(seed).normal(0, 0.02, (len(truth), 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names: dict[int, int] = {}
    wanted = [names.setdefault(t, len(names)) for t in truth]
    assert voices(vectors.astype(np.float32), 0.3, fewest=1).tolist() == wanted


@given(st.lists(st.integers(0, 2), min_size=24, max_size=60), st.integers(0, 100))
def test_the_spectrum_tells_how_many_voices_there_are(truth: list[int], seed: int) -> None:
    """Each heard a third of the time or so, without a distance at which they part."""
    kinds = [*truth, *([0, 1, 2] * 12)]
    vectors = np.eye(8, dtype=np.float32)[kinds] + np.random.default_rng(seed).normal(
        0, 0.05, (len(kinds), 8)
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names: dict[int, int] = {}
    wanted = [names.setdefault(kind, len(names)) for kind in kinds]
    assert voices(vectors.astype(np.float32), 0.0, 1, "spectral").tolist() == wanted


def test_one_voice_is_one_however_it_is_grouped() -> None:
    rng = np.random.default_rng(0)
    vectors = np.abs(np.eye(1, 64) + rng.normal(0, 0.1, (90, 64)))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for count in (0, 1, 3, 90):
        assert set(voices(vectors[:count].astype(np.float32), 0.3, 5, "spectral").tolist()) <= {0}


def test_a_cough_is_no_voice() -> None:
    """Too few windows to be anyone: they go to the nearest."""
    pytest.importorskip("scipy")
    centres = np.array([[1, 0, 0], [0, 1, 0], [0, 0.6, 0.8]], np.float32)
    found = voices(centres[[0] * 6 + [2] + [1] * 6], 0.3, fewest=3)
    assert found.tolist() == [0] * 6 + [1] * 7


def test_many_vectors_are_clustered_by_a_part_of_them() -> None:
    """A day of speech has a hundred thousand windows; their square fits no memory."""
    pytest.importorskip("scipy")
    truth = np.arange(7_001) * 2 // 7_001
    vectors = np.eye(4, dtype=np.float32)[truth]
    assert voices(vectors, 0.3, fewest=5).tolist() == truth.tolist()


def test_the_weights_are_part_of_the_name(tmp_path: Path) -> None:
    one = VoiceVectors(write_weights(tmp_path / "a.pt", random_weights(0)))
    two = VoiceVectors(write_weights(tmp_path / "b.pt", random_weights(1)))
    same = VoiceVectors(write_weights(tmp_path / "c.pt", random_weights(0)))
    assert one.name == same.name != two.name
    with pytest.raises(MissingDependency, match="can't be loaded"):
        _ = VoiceVectors(tmp_path / "none.pt").name


def test_pyannote_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"diarizer\.model"):
        _ = Pyannote("").name
    with pytest.raises(MissingDependency):
        _ = Pyannote(str(tmp_path / "none")).name
    (tmp_path / "config.yaml").write_text("pipeline: {}")
    before = Pyannote(str(tmp_path)).name
    (tmp_path / "config.yaml").write_text("pipeline: {name: other}")
    assert Pyannote(str(tmp_path)).name != before
    assert Pyannote("pyannote/speaker-diarization-community-1").name.endswith("community-1")


def turns(*told: tuple[int, int, str]) -> tuple[Turn, ...]:
    return tuple(Turn(Span(start, end), who) for start, end, who in told)


@pytest.mark.parametrize(
    ("clip", "speaker"),
    [
        (Span(0, 100), "s1"),
        (Span(0, 105), "s1"),
        (Span(0, 200), None),
        (Span(110, 190), "s2"),
        (Span(300, 400), None),
        (Span(210, 260), "s1"),
    ],
)
def test_a_clip_has_the_speaker_who_is_nearly_alone_in_it(clip: Span, speaker: str | None) -> None:
    """A voice labelled wrongly is worse than none."""
    told = turns((0, 100, "s1"), (100, 200, "s2"), (200, 280, "s1"))
    assert Voices(replace(EMPTY, turns=told)).speaker(clip) == speaker


@given(
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 60), st.sampled_from(["s1", "s2"])), max_size=8),
    st.integers(0, 120),
    st.integers(1, 40),
)
def test_looking_turns_up_by_place_finds_what_looking_at_all_does(
    told: list[tuple[int, int, str]], start: int, size: int
) -> None:
    """Overlapping turns of any length, against the sum over all of them."""
    clip = Span(start, start + size)
    made = turns(*((at, at + length, who) for at, length, who in told))
    shares = {w: sum(len(t.span & clip or ()) for t in made if t.speaker == w) for w in ("s1", "s2")}
    said = Voices(replace(EMPTY, turns=made)).speaker(clip)
    most = max(shares.values())
    sure = most > 0 and most >= 0.9 * sum(shares.values())
    assert said == (max(shares, key=lambda who: shares[who]) if sure else None)


def test_nothing_is_said_of_voices_nobody_listened_for() -> None:
    """Null is no zero: a corpus without diarization must not look free of overlap."""
    assert Voices(EMPTY).speaker(Span(0, 10)) is None
    assert Voices(EMPTY).overlap_ratio(Span(0, 10)) is None
    heard = replace(EMPTY, turns=turns((0, 10, "s1")), overlaps=(Span(2, 4), Span(8, 20)))
    assert Voices(heard).overlap_ratio(Span(0, 10)) == pytest.approx(0.4)
    assert Voices(replace(heard, overlaps=())).overlap_ratio(Span(0, 10)) == 0


def test_turns_come_back_from_a_table(tmp_path: Path) -> None:
    heard = replace(EMPTY, turns=turns((0, 10, "s1"), (5, 20, "s2")), overlaps=(Span(5, 10),), diarizer="d")
    write_rows([recording_row(heard)], MINED, tmp_path / "r.parquet")
    assert recording_of(read_rows(tmp_path / "r.parquet")[0]) == heard


def test_the_real_weights_tell_two_voices_apart(tmp_path: Path) -> None:
    """With the weights Resemblyzer carries and the voices flite has, where both are installed."""
    try:
        diarizer = VoiceVectors(carried_weights())
    except MissingDependency as missing:
        pytest.skip(str(missing))
    if shutil.which("flite") is None:
        pytest.skip("needs flite to speak")
    diarizer.load()
    said = [spoken(voice, text, tmp_path) for text in TEXTS for voice in ("rms", "slt")]
    edges = np.cumsum([0, *map(len, said)])
    speech = [Span(int(a), int(b)) for a, b in pairwise(edges)]
    sound = np.concatenate(said)
    found = diarizer.turns(lambda span: sound[span.start : span.end], speech)
    assert [turn.speaker for turn in found.turns] == ["s1", "s2"] * len(TEXTS)
    assert [turn.span for turn in found.turns] == speech


TEXTS = (
    "The council met on Tuesday and decided that the wells would be opened again in spring.",
    "Farmers from nine villages came to the market with more wheat than last year.",
    "Heavy rain is expected over the northern hills, and the ferry will not run tomorrow.",
)


def spoken(voice: str, text: str, folder: Path) -> Floats:
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", folder / "said.wav"], check=True)
    samples, _ = soundfile.read(folder / "said.wav", dtype="float32")
    return np.asarray(samples, np.float32)
