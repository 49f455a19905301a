from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.archive import make_archive, settings_for
from tests.sounds import tone, write_wav
from wavelode.alignment.calibration import ListenerKind
from wavelode.datasets.audio import Waveform
from wavelode.datasets.rows import document_of, recording_of
from wavelode.datasets.storage import Layout, read_rows
from wavelode.pipelines.listing import Printed
from wavelode.pipelines.mine import Job, Mined, MineDocument, MineRecording
from wavelode.pipelines.stages.align import Align, Silences
from wavelode.schemas.errors import ErrorCode, MissingDependency
from wavelode.schemas.records import Heard, Source
from wavelode.schemas.settings import DiarizerSettings, ListenerSettings, Settings
from wavelode.schemas.time import Span

SOURCE = Source("bulletin0", "bulletin0.wav", "en", ("bulletin0",))
PRINTED = Printed("bulletin0", "bulletin0.txt", "en")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(make_archive(tmp_path / "archive", 1, 8.0), tmp_path / "out")


def mine_document(settings: Settings, printed: Printed = PRINTED) -> Mined:
    return MineDocument(Layout(settings.out), settings)(printed)


def mine_recording(settings: Settings, *documents: Path, source: Source = SOURCE) -> Mined:
    return MineRecording(Layout(settings.out), settings)(Job(source, documents))


def test_a_document_leaves_its_sentences(settings: Settings) -> None:
    """The file is all that later phases see of the document."""
    done = mine_document(settings)
    document = document_of(read_rows(done.path)[0])
    assert (document.document_id, len(document.sentences), document.failed) == ("bulletin0", 3, None)
    assert (done.was_done, mine_document(settings).was_done) == (False, True)


def test_a_recording_leaves_all_that_is_known_of_it(settings: Settings) -> None:
    """`select` and `pack` read nothing else."""
    done = mine_recording(settings, mine_document(settings).path)
    recording = recording_of(read_rows(done.path)[0])
    assert done.num_samples == 8 * 16_000
    assert recording.sound is not None and recording.sound.num_samples == done.num_samples
    assert (recording.sound.native_sample_rate_hz, recording.sound.channels) == (16_000, 1)
    assert recording.listener == "fake-listener"
    assert recording.fingerprint in done.path.name
    assert sum(s.kind is Heard.MATCHED for s in recording.stretches or ()) == 3
    assert recording.not_read == ()


def test_a_broken_recording_leaves_a_row_that_says_why(settings: Settings, tmp_path: Path) -> None:
    """It is done, too: nobody decodes it again tomorrow."""
    (tmp_path / "archive" / "audio" / "bulletin0.wav").write_bytes(b"none")
    done = mine_recording(settings)
    assert done.failed is not None and done.failed.code is ErrorCode.NOT_AUDIO
    assert done.failed.stage == "decode"
    again = mine_recording(settings)
    assert again.was_done and again.failed == done.failed
    assert not mine_recording(settings.model_copy(update={"retry_failed": True})).was_done


def test_a_missing_file_that_appears_later_is_mined(settings: Settings, tmp_path: Path) -> None:
    """A download that was late must not stay failed."""
    path = tmp_path / "archive" / "audio" / "bulletin0.wav"
    data = path.read_bytes()
    path.unlink()
    failed = mine_recording(settings).failed
    assert failed is not None and failed.code is ErrorCode.MISSING_FILE
    path.write_bytes(data)
    assert mine_recording(settings).failed is None


def test_the_scratch_sound_goes_when_the_work_ends(settings: Settings) -> None:
    """A day of broadcast is gigabytes of samples."""
    mine_recording(settings)
    assert list(Layout(settings.out).scratch.iterdir()) == []


def test_a_missing_model_stops_and_leaves_no_row(settings: Settings, tmp_path: Path) -> None:
    """Kept as a failed row, it would look like a bad recording for ever."""
    listener = settings.listener.model_copy(update={"kind": "faster_whisper", "model": str(tmp_path)})
    with pytest.raises(MissingDependency):
        mine_recording(settings.model_copy(update={"listener": listener}))
    assert list(Layout(settings.out).mined.glob("*.parquet")) == []


def test_silence_is_found_where_it_is_and_as_long_as_it_is(tmp_path: Path) -> None:
    """A pause taken for shorter or longer than it is puts the end of a word on the wrong side."""
    samples = tone(2.0)
    samples[20_000:21_000] = 0
    path = write_wav(tmp_path / "a.wav", samples)
    np.fromfile(path, np.int16)[22:].tofile(tmp_path / "samples")
    silence = Silences(Waveform(tmp_path / "samples", 32_000))
    found = silence(Span(19_000, 20_600), Span(16_000, 24_000))
    assert 20_000 <= found.start <= 20_300 and 20_700 <= found.end <= 21_000
    assert silence(Span(19_000, 20_600), Span(19_000, 20_600)).end == 20_600
    assert not silence(Span(100, 110), Span(0, 400))


def test_a_diarizer_set_later_tells_of_voices_and_has_nothing_heard_again(settings: Settings) -> None:
    """Recognition costs hours of GPU; who speaks is often asked afterwards."""
    document = mine_document(settings).path
    before = recording_of(read_rows(mine_recording(settings, document).path)[0])
    heard = sorted(Layout(settings.out).stage("words").iterdir())
    asked = settings.model_copy(update={"diarizer": DiarizerSettings(kind="fake")})
    done = mine_recording(asked, document)
    after = recording_of(read_rows(done.path)[0])
    assert not done.was_done
    assert sorted(Layout(settings.out).stage("words").iterdir()) == heard
    assert (before.turns, before.overlaps, before.diarizer) == (None, None, None)
    assert after.diarizer == "fake-diarizer" and after.overlaps == ()
    assert [turn.span for turn in after.turns or ()] == list(after.speech or ())


@pytest.mark.parametrize(
    ("listener", "kind"), [("script_biased", ListenerKind.LED), ("faster_whisper", ListenerKind.FREE)]
)
def test_what_a_listener_is_worth_depends_on_whether_it_is_led_by_the_print(
    listener: str, kind: ListenerKind, settings: Settings
) -> None:
    chosen = settings.model_copy(update={"listener": ListenerSettings(kind=listener, model="somewhere")})
    stages = MineRecording(Layout(settings.out), chosen).stages
    assert [stage.listener for stage in stages if isinstance(stage, Align)] == [kind]
