"""The same cases with real sound and a real listener: utterances joined, music between and under them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from wavelode.datasets.audio import Waveform
from wavelode.infra.bench.known_answer.cases import Case, Wanted, build
from wavelode.infra.bench.known_answer.hearing import Hearing
from wavelode.infra.bench.known_answer.utterances import Rng, Utterance
from wavelode.infra.demo.sound import bed, fade, gain, hiss, jingle, rms
from wavelode.pipelines.models.base import Expected, Segment, SpeechDetector, SpellingListener
from wavelode.pipelines.stages.align import Silences
from wavelode.pipelines.stages.speech import segments
from wavelode.schemas.records import Sentence
from wavelode.schemas.settings import SpeechSettings
from wavelode.schemas.time import WORKING_RATE_HZ, Span

Wave = NDArray[np.float32]

_FRAME = WORKING_RATE_HZ // 100
_SILENCE_DB = -25.0
_FLOOR_DB = -60.0
_UNDER_DB = -12.0
_EDGE_S = 0.005


def speech_inside(wave: Wave) -> Span:
    """Where the speech of a clip lies: from the first to the last 10 ms louder than 25 dB below its loud parts.

    Clips keep silence at their ends, up to two seconds in one of the sets we know; what a pair is judged by is the
    speech, not the file, nor the room: where it rings for half a second, 35 dB below lie 0.7 s after the last word.
    """
    frames = wave[: len(wave) // _FRAME * _FRAME].reshape(-1, _FRAME)
    power = np.square(frames.astype(np.float64)).mean(axis=1)
    if not power.size or power.max() == 0:
        return Span(0, len(wave))
    loud = np.flatnonzero(power > np.percentile(power, 95) * gain(_SILENCE_DB) ** 2)
    return Span(int(loud[0]) * _FRAME, (int(loud[-1]) + 1) * _FRAME)


def read_clip(utterance: Utterance) -> Wave:
    """The speech of an utterance, (T,) at the working rate."""
    wave, rate = soundfile.read(utterance.audio, dtype="float32", always_2d=False)
    if rate != WORKING_RATE_HZ or wave.ndim != 1:
        raise ValueError(f"{utterance.audio}: {rate} Hz, expected {WORKING_RATE_HZ} Hz mono")
    span = speech_inside(wave)
    return fade(wave[span.start : span.end], _EDGE_S, _EDGE_S, WORKING_RATE_HZ)


def length_of_clip(utterance: Utterance, _rng: Rng) -> int:
    """The length to `build` a case with, in samples."""
    return len(read_clip(utterance))


def broadcast(case: Case, rng: Rng) -> Wave:
    """The case's sound, (T,): speech and music where they are, music under some speech, hiss everywhere."""
    wave = hiss(len(case.whole), WORKING_RATE_HZ, rng) * np.float32(gain(_FLOOR_DB))
    for spoken in case.spoken:
        clip = read_clip(spoken.utterance)
        if spoken.under_noise:
            clip = clip + _music_under(clip, rng)
        wave[spoken.span.start : spoken.span.end] += clip[: len(spoken.span)]
    for span in case.music:
        wave[span.start : span.end] += jingle(span.duration_s, WORKING_RATE_HZ, rng)[: len(span)]
    clipped: Wave = np.clip(wave, -1, 1)
    return clipped


def _music_under(clip: Wave, rng: Rng) -> Wave:
    music = bed(len(clip) / WORKING_RATE_HZ + 1, WORKING_RATE_HZ, rng)[: len(clip)]
    under: Wave = (music * (rms(clip) * gain(_UNDER_DB))).astype(np.float32)
    return under


def with_print_of(other: Case, case: Case) -> Case:
    """The case with what is printed for another one, but for the sentences that are spoken in it: none is right."""
    said = {spoken.utterance.text for spoken in case.spoken}
    read_as = {
        index: spoken.utterance.text
        for spoken in other.spoken
        for index in (spoken.exact | spoken.edited | spoken.damaged)
    }
    foreign = [s.text for s in other.sentences if read_as.get(s.index, s.text.rstrip("।.")) not in said]
    nowhere: frozenset[int] = frozenset()
    spoken = tuple(replace(s, exact=nowhere, edited=nowhere, damaged=nowhere) for s in case.spoken)
    return replace(
        case, sentences=tuple(Sentence("print", i, text) for i, text in enumerate(foreign)), spoken=spoken
    )


@dataclass(frozen=True)
class RealListener:
    """A detector of speech and a listener, as the pipeline uses them."""

    detector: SpeechDetector
    listener: SpellingListener
    speech: SpeechSettings = field(default_factory=SpeechSettings)

    def hear(self, wanted: Wanted, folder: Path, printed: Wanted | None = None) -> tuple[Case, Hearing]:
        """The case and what was heard of it; its sound is made and rests in `folder`.

        Args:
            printed: the recording whose print it is given, where that is not its own.
        """
        case = build(wanted, length_of_clip)
        case = with_print_of(build(printed, length_of_clip), case) if printed else case
        waveform = _at_rest(broadcast(case, wanted.rng("sound")), folder / "sound.raw")
        self.detector.load()
        self.listener.load()
        samples = waveform.read(case.whole)
        speech = tuple(segments(self.detector.probabilities(samples), len(samples), self.speech))
        expected = Expected(case.language, tuple(s.text for s in case.sentences))
        spelling = self.listener.spell([Segment(waveform.read(span), span) for span in speech], expected, 0)
        words = tuple(word for part in spelling.hearings for word in part.words)
        emissions = tuple(part.emission for part in spelling.hearings if part.emission)
        known = (case.language, case.sentences, words, speech, case.whole, Silences(waveform))
        return case, Hearing(*known, emissions, spelling.alphabet)


def _at_rest(wave: Wave, path: Path) -> Waveform:
    np.round(wave * 32767).astype(np.int16).tofile(path)
    return Waveform(path, len(wave))
