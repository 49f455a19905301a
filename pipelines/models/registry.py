"""Settings to models; nothing is loaded here."""

from __future__ import annotations

from pathlib import Path

from wavelode.pipelines.models.base import (
    Diarizer,
    LanguageGuesser,
    Listener,
    MusicDetector,
    QualityModel,
    SpeechDetector,
)
from wavelode.pipelines.models.ctc.listener import CtcListener
from wavelode.pipelines.models.events.onnx import OnnxEvents
from wavelode.pipelines.models.events.rules import SteadyPartials
from wavelode.pipelines.models.fake import (
    FakeDetector,
    FakeDiarizer,
    FakeLanguage,
    FakeListener,
    FakeMusic,
    FakeQuality,
)
from wavelode.pipelines.models.faster_whisper import FasterWhisper
from wavelode.pipelines.models.languages import WhisperLanguage
from wavelode.pipelines.models.quality import OnnxQuality
from wavelode.pipelines.models.script_biased.listener import ScriptBiased
from wavelode.pipelines.models.silero import SileroDetector
from wavelode.pipelines.models.speakers.diarizer import VoiceVectors
from wavelode.pipelines.models.speakers.pyannote import Pyannote
from wavelode.pipelines.models.voted import Voted
from wavelode.schemas.settings import (
    DiarizerSettings,
    EventsSettings,
    LanguageSettings,
    ListenerSettings,
    QualitySettings,
    SecondSettings,
)


def make_detector(settings: ListenerSettings) -> SpeechDetector:
    return FakeDetector() if settings.kind == "fake" else SileroDetector()


def make_listener(settings: ListenerSettings) -> Listener:
    match settings.kind:
        case "fake":
            return FakeListener()
        case "faster_whisper":
            return FasterWhisper(settings.model, settings.device, settings.batch_size, settings.compute_type)
        case "ctc":
            return CtcListener(settings.model, settings.device, settings.batch_size, settings.compute_type)
        case "script_biased":
            return ScriptBiased()


def make_diarizer(settings: DiarizerSettings) -> Diarizer | None:
    match settings.kind:
        case "none":
            return None
        case "fake":
            return FakeDiarizer()
        case "voices":
            return VoiceVectors(Path(settings.model) if settings.model else None, settings.clustering)
        case "pyannote":
            return Pyannote(settings.model, settings.device)


def make_music_detector(settings: EventsSettings) -> MusicDetector | None:
    match settings.kind:
        case "none":
            return None
        case "fake":
            return FakeMusic()
        case "rules":
            return SteadyPartials()
        case "onnx":
            return OnnxEvents(settings.model, settings.device)


def make_quality_model(settings: QualitySettings) -> QualityModel | None:
    match settings.kind:
        case "none":
            return None
        case "fake":
            return FakeQuality()
        case "dnsmos" | "utmos":
            return OnnxQuality(settings.kind, settings.model, settings.device)


def make_second_listener(settings: SecondSettings) -> Listener | None:
    if settings.kind == "none":
        return None
    return make_listener(ListenerSettings.model_validate(settings.model_dump(exclude={"combine"})))


def make_first_listener(first: ListenerSettings, second: SecondSettings) -> Listener:
    """Whose words are laid onto the print: the first one's, or those that both vote for."""
    other = make_second_listener(second) if second.combine else None
    return Voted(make_listener(first), other) if other else make_listener(first)


def make_language_guesser(settings: LanguageSettings) -> LanguageGuesser | None:
    match settings.kind:
        case "none":
            return None
        case "fake":
            return FakeLanguage()
        case "whisper":
            return WhisperLanguage(settings.model, settings.device)
