"""From a model's file to the edges of clips: print laid onto what a CTC model takes each frame for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.sounds import Floats, tone, write_wav
from tests.tiny_models import write_vocabulary
from tests.tiny_onnx import write_framewise
from wavelode.datasets.rows import recording_of
from wavelode.datasets.storage import Layout, read_rows
from wavelode.pipelines.listing import Printed
from wavelode.pipelines.mine import Job, Mined, MineDocument, MineRecording
from wavelode.pipelines.models.fake import FakeDetector
from wavelode.schemas.records import Match, Source
from wavelode.schemas.settings import AlignSettings, ListenerSettings, Settings

HOP = 160
LETTERS = "abdeghiklmnoprstu"
PITCHES = {" ": 7_500.0, "|": 7_000.0, **{letter: 400.0 + 300.0 * at for at, letter in enumerate(LETTERS)}}
LETTER_S = 0.08
_SOFT = 0.08
"""Between words it is softer, as in speech."""
FIRST = "the men said a test is in the garden"
SECOND = "no one likes a dark night at sea"
PRINTED = f"{FIRST.capitalize()}.\n{SECOND.capitalize()}.\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hears a pitch as a letter."""
    folder = tmp_path_factory.mktemp("pitches")
    filters = [np.sin(2 * np.pi * hz * np.arange(HOP) / 16_000) for hz in PITCHES.values()]
    write_framewise(folder / "model.onnx", np.array(filters, np.float32), hop=HOP)
    write_vocabulary(folder, ["<pad>", *[*PITCHES][1:]])
    return folder


def sung(text: str, also: str = "") -> Floats:
    """Its letters one after the other; where `also` has another one, that is sung with it, a little softer."""
    parts = []
    for nth, letter in enumerate(text):
        other = also[nth] if nth < len(also) else letter
        loud = _SOFT if letter == "|" else 0.16 if other != letter else 0.3
        sound = tone(LETTER_S, hz=PITCHES[letter], level=loud)
        parts.append(sound if other == letter else sound + tone(LETTER_S, hz=PITCHES[other], level=0.155))
    return np.concatenate(parts)


@pytest.fixture
def settings(tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of the second sentence the last word is heard as another, and what stands in no print follows at once."""
    monkeypatch.setattr("wavelode.pipelines.mine.make_detector", lambda _: FakeDetector())
    heard = "no|one|lites|a|dart|night|at|" + "tea"
    print_of_it = "no|one|likes|a|dark|night|at|" + "sea"
    gap = np.random.default_rng(0).normal(0, 0.004, 8_000).astype(np.float32)
    parts = [
        gap,
        sung(FIRST.replace(" ", "|")),
        sung("|||"),
        sung(heard, print_of_it),
        sung("|bonobo|bonobo|"),
        gap,
    ]
    write_wav(tmp_path / "audio" / "one.wav", np.concatenate(parts))
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "one.txt").write_text(PRINTED)
    return Settings(
        out=tmp_path / "out",
        audio=tmp_path / "audio",
        documents=tmp_path / "papers",
        language="en",
        listener=ListenerSettings(kind="ctc", model=str(model), device="cpu"),
        align=AlignSettings(match_in="graphemes"),
    )


def mined(settings: Settings) -> Mined:
    layout = Layout(settings.out)
    document = MineDocument(layout, settings)(Printed("one", "one.txt", "en"))
    return MineRecording(layout, settings)(Job(Source("one", "one.wav", "en", ("one",)), (document.path,)))


def matches(done: Mined) -> list[Match]:
    assert done.failed is None
    return [s.match for s in recording_of(read_rows(done.path)[0]).stretches or () if s.match]


def test_a_misheard_last_word_is_where_its_letters_are(settings: Settings) -> None:
    """Without them its end is a guess: the clock finds no pause where the reader made none."""
    plain = settings.model_copy(update={"align": AlignSettings(match_in="graphemes", onto_frames=False)})
    before, after = matches(mined(plain)), matches(mined(settings))
    assert [m.sentence.text for m in after] == [m.sentence.text for m in before] == PRINTED.splitlines()
    started = 8_000 + round((len(FIRST) + 3) * LETTER_S * 16_000)
    ends = started + round(len("no|one|likes|a|dark|night|at|sea") * LETTER_S * 16_000)
    assert after[1].end_heard and not before[1].end_heard
    assert abs(after[1].words[-1].span.end - ends) <= 2 * HOP
    assert after[1].words[-1].text == "sea"
    assert after[1].p_correct == before[1].p_correct, "what was heard is what it was"


def test_a_run_that_goes_on_finds_the_letters_of_the_first(settings: Settings) -> None:
    """Killed between hearing and aligning: what the listener left is read back, and the bytes are the same."""
    done = mined(settings)
    first = done.path.read_bytes()
    done.path.unlink()
    again = mined(settings)
    assert not again.was_done and again.path.read_bytes() == first
    (kept,) = Layout(settings.out).stage("words").iterdir()
    assert len(read_rows(kept)[0]["emissions"]) >= 1
    assert read_rows(kept)[0]["alphabet"]["writes"][:3] == ["", " ", "a"]


def test_nothing_is_kept_where_it_is_not_wanted(settings: Settings) -> None:
    plain = settings.model_copy(update={"align": AlignSettings(match_in="graphemes", onto_frames=False)})
    mined(plain)
    (kept,) = Layout(settings.out).stage("words").iterdir()
    assert "emissions" not in read_rows(kept)[0]
