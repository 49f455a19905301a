"""Real bulletins, where somebody has laid them beside the project: they belong to others and are not in it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from wavelode.alignment.sentences import find_readings
from wavelode.datasets.audio import Decoder, Waveform, decoded
from wavelode.pipelines.documents.read import read_sentences
from wavelode.pipelines.models.base import Expected, Segment
from wavelode.pipelines.models.script_biased.listener import ScriptBiased
from wavelode.pipelines.models.silero import SileroDetector
from wavelode.pipelines.stages.speech import FindSpeech
from wavelode.schemas.records import Match
from wavelode.schemas.settings import AlignSettings, DecodeSettings, DocumentSettings, SpeechSettings
from wavelode.schemas.time import WORKING_RATE_HZ, Span

DATA = Path(os.environ.get("WAVELODE_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
AIR = DATA / "air"
ENGLISH = ("english_kohima_2025-07-01_730", "english_shillong_2025-07-01_830")
pytestmark = pytest.mark.skipif(
    not AIR.is_dir(), reason="needs real bulletins in ../shared/data/air, or WAVELODE_TEST_DATA"
)


@pytest.mark.parametrize("name", sorted(path.name for path in AIR.glob("*.mp3")))
def test_the_beginning_of_every_bulletin_is_decoded(name: str) -> None:
    """Broadcasters' encoders write what no test of ours does; half a minute shows it."""
    decoder = Decoder(AIR / name, DecodeSettings())
    heard = []
    for chunk in decoder.chunks():
        heard.append(chunk)
        if decoder.num_samples > 30 * WORKING_RATE_HZ:
            break
    samples = np.concatenate(heard).astype(np.float64)
    assert decoder.native_sample_rate_hz >= 16_000 and decoder.channels in (1, 2)
    assert np.sqrt(np.mean(samples**2)) > 200
    assert (np.abs(samples) >= 32_767).mean() < 0.01


def test_a_whole_bulletin_is_as_long_as_it_says() -> None:
    """Ten minutes decoded to the end, no more than a second a chunk."""
    sizes = [len(chunk) for chunk in decoded(AIR / f"{ENGLISH[1]}.mp3", DecodeSettings())]
    assert 240 < sum(sizes) / WORKING_RATE_HZ < 660
    assert max(sizes) < 1.2 * WORKING_RATE_HZ


@pytest.mark.parametrize("name", ENGLISH)
def test_an_english_script_is_read_into_sentences(name: str) -> None:
    """The plainest scripts of the archive; less than that and nothing can be aligned."""
    found = read_sentences(AIR / f"{name}.pdf", name, "en", DocumentSettings())
    assert len(found) > 25
    assert all(sentence.page and sentence.box for sentence in found)
    assert not any("Commi$ee" in sentence.text for sentence in found)


def test_a_minute_of_a_bulletin_is_found_in_its_script(tmp_path: Path) -> None:
    """The whole chain on real sound: decode, find speech, listen, align."""
    script = read_sentences(AIR / f"{ENGLISH[1]}.pdf", "script", "en", DocumentSettings())
    waveform = _excerpt(AIR / f"{ENGLISH[1]}.mp3", Span.of_seconds(120, 180), tmp_path / "samples")
    speech = FindSpeech(SileroDetector(), SpeechSettings())
    speech.load()
    segments = [Segment(waveform.read(span), span) for span in speech._speech(waveform)]
    listener = ScriptBiased()
    listener.load()
    heard = listener.listen(segments, Expected("en", tuple(s.text for s in script)))
    words = [word for part in heard for word in part]
    matches: list[Match] = find_readings(script, words, "en", AlignSettings())
    good = [match for match in matches if match.cer < 0.3]
    assert len(good) >= 3
    indexes = [match.sentence.index for match in good]
    assert indexes == sorted(indexes)
    assert sum(m.words[-1].span.end - m.words[0].span.start for m in good) > 20 * WORKING_RATE_HZ


def _excerpt(path: Path, span: Span, scratch: Path) -> Waveform:
    chunks, at = [], 0
    for chunk in decoded(path, DecodeSettings()):
        chunks.append(chunk)
        at += len(chunk)
        if at >= span.end:
            break
    np.concatenate(chunks)[span.start : span.end].tofile(scratch)
    return Waveform(scratch, len(span))
