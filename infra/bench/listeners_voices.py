"""Table of ``bench listeners`` on who speaks when: a real conversation, and made ones whose every turn is known.

Made ones are turns of two to eight seconds by one to five voices with short pauses, in random order. A voice is a
minute of one broadcast of ``air/``, from its second minute on: where two read in it, the rate is higher than it should
be.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from rich.table import Table

from wavelode.datasets.audio import decoded
from wavelode.infra.bench.known_answer.utterances import Rng, data_folder
from wavelode.infra.demo.sound import loud_as
from wavelode.pipelines.models.silero import SileroDetector
from wavelode.pipelines.models.speakers.cluster import Clustering
from wavelode.pipelines.models.speakers.diarizer import VoiceVectors
from wavelode.pipelines.stages.speech import segments
from wavelode.schemas.errors import MissingDependency
from wavelode.schemas.records import Turn
from wavelode.schemas.settings import DecodeSettings, SpeechSettings
from wavelode.schemas.time import WORKING_RATE_HZ, Span

Wave = NDArray[np.float32]

_WAYS: tuple[Clustering, ...] = ("average", "spectral")
_COLLAR_S = 0.25
_SEED = 42
_FROM_S, _TO_S = 70, 130
_MOST_VOICES = 5
_LENGTH_S = 100
_TURNS = SpeechSettings(pad_s=0.05, max_segment_s=8)
_LEAST_TURN_S = 1.2
_LEVEL, _PAUSE_LEVEL = 0.06, 3e-4


@dataclass(frozen=True, slots=True)
class Conversation:
    """Sound (T,) at the working rate, and who speaks when in it."""

    name: str
    wave: Wave
    turns: list[Turn]

    @property
    def voices(self) -> int:
        return len({turn.speaker for turn in self.turns})


def voices_table(made: int) -> Table | str:
    """Error rates over the real conversations and so many made ones, or why there are none."""
    if find_spec("pyannote") is None or find_spec("pyannote.metrics") is None:
        return "Voices: left out, their error rate needs: pip install pyannote.metrics"
    diarizers = [VoiceVectors(clustering=way) for way in _WAYS]
    try:
        for diarizer in diarizers:
            diarizer.load()
    except MissingDependency as missing:
        return f"Voices: left out, {missing}"
    columns = [f"{way}: {what}" for way in _WAYS for what in ("found", "DER")]
    table = Table("conversation", "voices", *columns, "x real time, one core", title="Who speaks when")
    detector = SileroDetector()
    detector.load()
    rates = []
    for talk in (*_recorded(), *_made(made, detector)):
        speech = segments(detector.probabilities(talk.wave), len(talk.wave), SpeechSettings())
        cells, rate, speed = _told_apart(talk, speech, diarizers)
        rates += [rate] if talk.name.startswith("made") else []
        table.add_row(talk.name, str(talk.voices), *cells, f"{speed:.0f}")
    if rates:
        means = np.mean(rates, axis=0)
        table.add_row("made ones, mean", "", *(cell for mean in means for cell in ("", f"{mean:.1%}")), "")
    return table


def _told_apart(
    talk: Conversation, speech: Sequence[Span], diarizers: Sequence[VoiceVectors]
) -> tuple[list[str], list[float], float]:
    """For each way voices found and error rate, as cells and as numbers; and the speed of the first way."""
    cells, rates, speeds = [], [], []
    for diarizer in diarizers:
        begun = time.process_time()
        found = diarizer.turns(lambda span: talk.wave[span.start : span.end], speech).turns
        speeds.append(len(talk.wave) / WORKING_RATE_HZ / (time.process_time() - begun))
        rates.append(error_rate(talk.turns, found))
        cells += [str(len({turn.speaker for turn in found})), f"{rates[-1]:.1%}"]
    return cells, rates, speeds[0]


def _recorded() -> Iterator[Conversation]:
    for rttm in sorted(data_folder().glob("*/*.rttm")):
        wave, _ = soundfile.read(rttm.with_suffix(".wav"), dtype="float32")
        yield Conversation(rttm.stem, wave, read_rttm(rttm))


def _made(count: int, detector: SileroDetector) -> Iterator[Conversation]:
    if not count:
        return
    rng = np.random.default_rng(_SEED)
    voices = {path.stem: _turns_of(path, detector) for path in sorted(data_folder().glob("air/*.mp3"))}
    if len(voices) < _MOST_VOICES:
        return
    for at in range(count):
        present = [sorted(voices)[i] for i in rng.permutation(len(voices))[: 1 + at % _MOST_VOICES]]
        yield _conversation(f"made {at + 1}", {name: voices[name] for name in present}, rng)


def _turns_of(path: Path, detector: SileroDetector) -> list[Wave]:
    """Stretches of speech of a minute of a broadcast, one loudness for all broadcasts."""
    chunks = list(islice(decoded(path, DecodeSettings(accept_truncated=True)), _TO_S + 2))
    minute = np.concatenate(chunks)[_FROM_S * WORKING_RATE_HZ : _TO_S * WORKING_RATE_HZ]
    wave = loud_as(minute.astype(np.float32) / np.float32(32768), _LEVEL)
    spans = segments(detector.probabilities(wave), len(wave), _TURNS)
    return [wave[span.start : span.end] for span in spans if span.duration_s > _LEAST_TURN_S]


def _conversation(name: str, voices: dict[str, list[Wave]], rng: Rng) -> Conversation:
    """Turns in random order, nobody twice in a row unless alone."""
    parts: list[Wave] = []
    turns: list[Turn] = []
    at, last = 0, ""
    while at < _LENGTH_S * WORKING_RATE_HZ:
        others = [voice for voice in voices if voice != last] or list(voices)
        last = others[int(rng.integers(len(others)))]
        said = voices[last][int(rng.integers(len(voices[last])))]
        pause = rng.normal(0, _PAUSE_LEVEL, round(rng.uniform(0.2, 0.6) * WORKING_RATE_HZ)).astype(np.float32)
        turns.append(Turn(Span(at, at + len(said)), last))
        parts += [said, pause]
        at += len(said) + len(pause)
    return Conversation(name, np.concatenate(parts), turns)


def read_rttm(path: Path) -> list[Turn]:
    """The turns of an RTTM file (NIST): ``SPEAKER file channel start_s seconds … name``."""
    rows = (
        line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("SPEAKER")
    )
    return [Turn(Span.of_seconds(float(r[3]), float(r[3]) + float(r[4])), r[7]) for r in rows]


def error_rate(true: Sequence[Turn], found: Sequence[Turn]) -> float:
    """Diarization error rate by pyannote.metrics, collar 0.25 s, overlaps counted."""
    from pyannote.core import Annotation, Timeline
    from pyannote.core import Segment as Stretch
    from pyannote.metrics.diarization import DiarizationErrorRate

    told = []
    for turns in (true, found):
        told.append(Annotation())
        for at, turn in enumerate(turns):
            told[-1][Stretch(turn.span.start_s, turn.span.end_s), at] = turn.speaker
    whole = told[0].get_timeline().extent() | told[1].get_timeline().extent()
    return float(DiarizationErrorRate(collar=_COLLAR_S)(*told, uem=Timeline([whole])))
