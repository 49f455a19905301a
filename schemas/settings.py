"""Everything that can be set, refused where it is unknown, has the wrong unit or can't be.

Read from YAML by `load_settings`; the command line's options are made from the same fields. What changes the
result of `mine` enters the fingerprints of what `mine` leaves; nothing of `select` or `pack` does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from wavelode.schemas.choosing import LIMITS as LIMITS
from wavelode.schemas.choosing import PackSettings as PackSettings
from wavelode.schemas.choosing import SelectSettings as SelectSettings
from wavelode.schemas.choosing import SplitSettings as SplitSettings
from wavelode.schemas.errors import SettingsError
from wavelode.schemas.strict import Strict

_LEAST_SPEECH_S = 0.5
"""Segments are cut at their quietest frame; in less than this there is no choice of frames."""


class DecodeSettings(Strict):
    accept_truncated: bool = Field(False, description="mine what can be heard of a recording that breaks off")
    max_duration_h: float = Field(30.0, gt=0, description="refuse recordings longer than this, in hours")


class DocumentSettings(Strict):
    max_bytes: int = Field(200_000_000, gt=0, description="refuse documents larger than this, in bytes")
    max_pages: int = Field(2_000, gt=0, description="refuse documents with more pages")
    timeout_s: float = Field(300.0, gt=0, description="give up reading a document after this many seconds")
    page_timeout_s: float = Field(120.0, gt=0, description="give up a page after this many seconds")
    max_page_pixels: int = Field(
        40_000_000, gt=100_000, description="draw no page larger than this, in pixels, to recognise it"
    )
    max_memory_mb: int = Field(2_000, ge=200, description="memory for the process that opens a PDF, in MB")
    min_characters: int = Field(20, ge=1, description="fewer letters than this is no text")


class SpeechSettings(Strict):
    """Voice activity: hysteresis on the detector's probability, then cut and merge."""

    onset: float = Field(0.5, gt=0, lt=1, description="speech begins at this probability")
    offset: float = Field(0.35, gt=0, lt=1, description="speech ends below this probability")
    min_silence_s: float = Field(0.25, ge=0, description="shorter pauses don't end a segment, in seconds")
    min_speech_s: float = Field(0.25, ge=0, description="shorter bursts are not speech, in seconds")
    pad_s: float = Field(0.1, ge=0, description="kept around each segment, in seconds")
    max_segment_s: float = Field(
        30.0, gt=1, description="longer segments are cut at the quietest place, in seconds"
    )

    @model_validator(mode="after")
    def _hysteresis(self) -> SpeechSettings:
        if self.offset > self.onset:
            raise ValueError("offset must not be above onset")
        return self

    @model_validator(mode="after")
    def _room_between_pads(self) -> SpeechSettings:
        if self.max_segment_s - 2 * self.pad_s < _LEAST_SPEECH_S:
            raise ValueError("max_segment_s must leave half a second or more between two times pad_s")
        return self


class ListenerSettings(Strict):
    kind: Literal["script_biased", "faster_whisper", "ctc", "fake"] = Field(
        "script_biased", description="which speech recogniser writes down what is said"
    )
    model: str = Field(
        "", description="faster_whisper: a local folder or a hub name, e.g. large-v3; ctc: a local folder"
    )
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where the model runs")
    batch_size: int = Field(8, ge=1, description="segments heard at once; halved where memory runs out")
    compute_type: Literal["default", "int8", "int8_float16", "float16", "bfloat16", "float32"] = Field(
        "default", description="faster_whisper, ctc: numbers to compute with; int8 is fastest on a CPU"
    )
    readings: int = Field(
        0,
        ge=0,
        le=1000,
        description="script_biased, ctc: the likeliest readings of each segment to keep in the mined table",
    )


class SecondSettings(Strict):
    """A second recogniser, whose words are compared with the first one's, or put together with them."""

    kind: Literal["none", "script_biased", "faster_whisper", "ctc", "fake"] = Field(
        "none", description="which recogniser hears everything once more; where the two differ is measured"
    )
    model: str = Field("", description="as of the first one")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where the model runs")
    batch_size: int = Field(8, ge=1, description="segments heard at once; halved where memory runs out")
    combine: bool = Field(
        False, description="lay the words that both vote for onto the print, not the first one's alone"
    )


class LanguageSettings(Strict):
    kind: Literal["none", "whisper", "fake"] = Field(
        "none", description="who tells which language each segment of speech is in"
    )
    model: str = Field("", description="whisper: a local folder or a hub name, e.g. tiny")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where the model runs")


class DiarizerSettings(Strict):
    kind: Literal["none", "voices", "pyannote", "fake"] = Field(
        "none", description="who tells the voices of a recording apart"
    )
    model: str = Field("", description="pyannote: a folder or hub name; voices: another file of weights")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where pyannote runs")
    clustering: Literal["average", "spectral"] = Field(
        "average", description="voices: how vectors become voices, by mean distance or by a graph's spectrum"
    )


class EventsSettings(Strict):
    kind: Literal["none", "rules", "onnx", "fake"] = Field(
        "rules", description="who tells music from speech: rules on the spectrum, or a model of sound events"
    )
    model: str = Field("", description="onnx: a folder with model.onnx and labels.txt (PANNs, AST, BEATs …)")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where the model runs")


class QualitySettings(Strict):
    kind: Literal["none", "dnsmos", "utmos", "fake"] = Field(
        "none", description="which model predicts what listeners would say of a clip's sound"
    )
    model: str = Field("", description="dnsmos, utmos: an ONNX file")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where the model runs")


MatchIn = Literal["auto", "graphemes", "roman", "phones"]


class AlignSettings(Strict):
    """How print and hearing are compared; scores follow from the error rate under which the recording is likeliest."""

    error_rates: tuple[float, ...] = Field(
        (0.05, 0.15, 0.3, 0.45), min_length=1, description="how often the listener may be wrong, per letter"
    )
    match_in: MatchIn = Field(
        "auto",
        description="letters to compare in: graphemes, roman (by uroman), phones (by espeak-ng), "
        "or auto: graphemes where print and listener share a script, else roman",
    )
    long_gap_nats: float = Field(10.0, gt=0, description="what a gap costs at most, in nats of log-odds")
    learn_rounds: int = Field(
        0, ge=0, le=5, description="times scores are learned from a recording's own sure readings"
    )
    confusions: Path | None = Field(
        None, description="file of `learn`: what this listener confuses in other recordings"
    )
    onto_frames: bool = Field(
        True,
        description="script_biased, ctc: keep which sound or letter each frame may be, and lay onto the frames those "
        "words of found sentences that nobody heard; that times them, and tells edges",
    )
    calibration: Path | None = Field(
        None,
        description="file of `bench known-answer --fit` that gives p_correct  [default: the one that ships]",
    )


class PairingSettings(Strict):
    """Which documents are what is read in a recording."""

    by: Literal["name", "content"] = Field(
        "name",
        description="documents of a recording: those its name or the manifest says, or besides them those of the run "
        "that sound like it (needs a listener that hears without a text: faster_whisper or ctc)",
    )
    candidates: int = Field(
        3, ge=1, description="by content: documents that are tried for five minutes of a recording"
    )
    min_share: float = Field(
        0.05,
        ge=0,
        le=1,
        description="a document is refused where less of it was read, and less of the speech is it; 0 refuses none",
    )


class Settings(Strict):
    """One run: what goes in, where it goes, and how."""

    out: Path = Field(description="folder for everything the run writes")
    audio: Path | None = Field(None, description="folder with the recordings")
    documents: Path | None = Field(None, description="folder with the documents of what was read")
    manifest: Path | None = Field(
        None,
        description="CSV, JSONL or Parquet with a row per recording: audio, documents, language, station …",
    )
    name_pattern: str = Field(
        "",
        description="how file names tell what they hold, by default '{language}_{station}_{date}_{time}'",
    )
    language: str = Field(
        "",
        description="BCP-47 code of what is spoken; recordings known to be in another language are left aside",
    )
    license: str = Field("", description="licence of the recordings, carried into every row")
    engine: Literal["local", "ray", "beam"] = Field("local", description="what places the work")
    workers: int = Field(0, ge=0, description="processes; 0 means one per core")
    gpus_per_worker: float = Field(
        0.0, ge=0, description="share of a GPU that each worker of `mine` reserves on a Ray cluster"
    )
    ray_address: str = Field("", description="a running Ray cluster; empty starts Ray on this machine")
    beam_options: str = Field(
        "", description="options for Beam, e.g. '--runner=FlinkRunner --flink_master=host:8081'"
    )
    check: bool = Field(True, description="check what was packed, where the extra `quality` is installed")
    retry_failed: bool = Field(False, description="try again what failed in an earlier run")
    decode: DecodeSettings = DecodeSettings()
    document: DocumentSettings = DocumentSettings()
    speech: SpeechSettings = SpeechSettings()
    listener: ListenerSettings = ListenerSettings()
    second: SecondSettings = SecondSettings()
    spoken: LanguageSettings = LanguageSettings()
    diarizer: DiarizerSettings = DiarizerSettings()
    events: EventsSettings = EventsSettings()
    quality: QualitySettings = QualitySettings()
    align: AlignSettings = AlignSettings()
    pairing: PairingSettings = PairingSettings()
    select: SelectSettings = SelectSettings()
    split: SplitSettings = SplitSettings()
    pack: PackSettings = PackSettings()

    @property
    def audio_root(self) -> Path:
        """What the addresses of recordings count from; they hold no more of this machine than that."""
        return self.audio or (self.manifest.parent if self.manifest else Path())

    @property
    def documents_root(self) -> Path:
        """What the addresses of documents count from."""
        return self.documents or (self.manifest.parent if self.manifest else Path())


def parse_settings(
    values: dict[str, Any], where: str = "the options", source: Path | None = None
) -> Settings:
    """Checked settings.

    Args:
        where: what the values were read from, for the message.
        source: the YAML file they were read from, to name the line.

    Raises:
        SettingsError: naming the first key that is wrong, what is wrong with it and where it stands.
    """
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        path = [str(part) for part in first["loc"]]
        said = "is not a setting" if first["type"] == "extra_forbidden" else _plain(first["msg"])
        line = _line_of(source, path) if source else None
        place = f"{where}, line {line}" if line else where
        raise SettingsError(
            f"{place}: {'.'.join(path)!r}: {said}; see `wavelode run --help` for what can be set"
        ) from None


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").lower()


def _line_of(source: Path, path: list[str]) -> int | None:
    """The line, from 1, of a key in a YAML file; None where it isn't there."""
    node = yaml.compose(source.read_text(encoding="utf-8-sig"))
    line = None
    for part in path:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        found = next(((key, value) for key, value in pairs if key.value == part), None)
        if found is None:
            return line
        line, node = found[0].start_mark.line + 1, found[1]
    return line


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping a settings file holds.

    Raises:
        SettingsError: if the file can't be read or is no YAML mapping; names the line.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(
            f"{path}: can't read the settings file ({error.strerror}); check the path"
        ) from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except yaml.YAMLError as error:
        raise SettingsError(f"{path}: not valid YAML: {' '.join(str(error).split())}") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise SettingsError(f"{path}: holds a {type(values).__name__}, expected 'key: value' lines")
    return values
