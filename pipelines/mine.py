"""Phase one: everything known about each document and each recording, as one immutable file each.

A file's name holds the fingerprint of all its content depends on, so work whose file is there is done, and a run
can be killed at any instant and started again. What an expensive stage found rests in such a file of its own.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from wavelode.alignment.calibration import ListenerKind
from wavelode.datasets.audio import VERSION as DECODER_VERSION
from wavelode.datasets.audio import Decoder, Waveform, decode_to
from wavelode.datasets.far import at_hand, reach
from wavelode.datasets.rows import document_of, document_row, failed_of, recording_row, stage_row, with_stage
from wavelode.datasets.storage import Layout, file_sha256, fingerprint, read_rows, write_rows
from wavelode.pipelines.documents.read import read_sentences, reader_version
from wavelode.pipelines.listing import Printed
from wavelode.pipelines.models.registry import (
    make_detector,
    make_diarizer,
    make_first_listener,
    make_language_guesser,
    make_listener,
    make_music_detector,
    make_quality_model,
    make_second_listener,
)
from wavelode.pipelines.pairing import check_name
from wavelode.pipelines.stage import Needs, Scene, Stage
from wavelode.pipelines.stages.align import Align
from wavelode.pipelines.stages.events import NameSounds
from wavelode.pipelines.stages.languages import FindLanguages
from wavelode.pipelines.stages.listen import ListenAgain, listening
from wavelode.pipelines.stages.measure import Measure
from wavelode.pipelines.stages.prints import TakePrints
from wavelode.pipelines.stages.speech import FindSpeech
from wavelode.pipelines.stages.turns import FindTurns
from wavelode.pipelines.usage import Usage, used
from wavelode.schemas.errors import ErrorCode, InputError, SettingsError
from wavelode.schemas.records import Document, Recording, Sentence, SoundFile, Source
from wavelode.schemas.settings import Settings
from wavelode.schemas.tables import DOCUMENT, MINED, stage_table
from wavelode.schemas.verdict import Failed

DECODE = "decode"
_EXPENSIVE = {"speech", "turns", "words", "second_words", "languages"}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds that one step took on one recording, or on one document.

    Attributes:
        label: changes with the step's model and settings.
        cpu_s, gpu_s: seconds of processor, and those in which the GPU was busy; None where no GPU can be asked.
    """

    step: str
    label: str
    seconds: float
    cpu_s: float = 0.0
    gpu_s: float | None = None


@dataclass(frozen=True, slots=True)
class Mined:
    """Where the result of one unit of work rests, and how it went.

    Attributes:
        spent: what each step took, of those whose result was not read back.
    """

    path: Path
    num_samples: int = 0
    failed: Failed | None = None
    was_done: bool = False
    spent: tuple[Spent, ...] = ()
    num_pages: int = 0


@dataclass(frozen=True, slots=True)
class MineDocument:
    """Reads one document into its sentences."""

    layout: Layout
    settings: Settings

    def __call__(self, printed: Printed) -> Mined:
        with brought(self.source_of(printed)) as path:
            return self._read(printed, path)

    def _read(self, printed: Printed, path: Path) -> Mined:
        failed = None
        digest = content_mark(path)
        mark = self.mark(printed, digest)
        place = self.place(printed, mark)
        if done := _done(place, self.settings.retry_failed, ["failed"]):
            return done
        document = Document(printed.document_id, printed.uri, digest, printed.language)
        begun = time.perf_counter()
        try:
            check_name(printed.uri)
            _refuse_missing(path)
            sentences = read_sentences(path, printed.document_id, printed.language, self.settings.document)
            document = replace(document, sentences=sentences)
        except InputError as error:
            failed = Failed("document", error.code, error.message)
            document = replace(document, failed=failed)
        write_rows([document_row(document, mark)], DOCUMENT, place)
        pages = max((one.page or 0 for one in document.sentences), default=0)
        spent = (Spent("document", _way(document.sentences), time.perf_counter() - begun),)
        return Mined(place, failed=failed, spent=() if failed else spent, num_pages=pages)

    def source_of(self, printed: Printed) -> Path:
        return reach(self.settings.documents_root) / printed.uri

    def mark(self, printed: Printed, digest: str) -> str:
        """The fingerprint of what is read from a document of that content."""
        identity = [str(DOCUMENT), digest, printed.language, printed.document_id, printed.uri]
        version = reader_version(Path(printed.uri), printed.language)
        return fingerprint("document", *identity, version, self.settings.document.model_dump())

    def place(self, printed: Printed, mark: str) -> Path:
        return self.layout.documents / f"{printed.document_id}-{mark}.parquet"


def _way(sentences: Iterable[Sentence]) -> str:
    """How most of a document was read."""
    ways = Counter(one.text_source or "" for one in sentences).most_common(1)
    return ways[0][0] if ways else ""


@dataclass(frozen=True, slots=True)
class Job:
    """One recording to be mined, the files of its documents' sentences, and the library of all where it is asked."""

    source: Source
    documents: tuple[Path, ...] = ()
    library: Path | None = None


class MineRecording:
    """Takes one recording through all stages; a callable that can be sent to a worker."""

    def __init__(self, layout: Layout, settings: Settings) -> None:
        self.layout = layout
        self.settings = settings
        diarizer, music = make_diarizer(settings.diarizer), make_music_detector(settings.events)
        listener = make_first_listener(settings.listener, settings.second)
        kind = ListenerKind.LED if listener.needs_text else ListenerKind.FREE
        second, guesser = make_second_listener(settings.second), make_language_guesser(settings.spoken)
        self.stages: list[Stage] = [
            FindSpeech(make_detector(settings.listener), settings.speech),
            listening(listener, settings.listener.readings, settings.align.onto_frames),
            *([ListenAgain(second)] if second else []),
            *([FindLanguages(guesser)] if guesser else []),
            *([FindTurns(diarizer)] if diarizer else []),  # after listening, which no diarizer must repeat
            *([NameSounds(music)] if music else []),
            Align(settings.align, settings.pairing, kind),
            Measure(make_quality_model(settings.quality)),
            TakePrints(),
        ]

    @property
    def needs(self) -> Needs:
        """What a worker takes that runs all stages, one after the other."""
        each = [stage.needs for stage in self.stages]
        return Needs(
            max(needs.cpus for needs in each),
            max(needs.gpus for needs in each),
            max(needs.memory_mb for needs in each),
        )

    def __call__(self, job: Job) -> Mined:
        documents = tuple(document_of(read_rows(path)[0]) for path in job.documents)
        with brought(self.sound_of(job.source)) as path:
            return self._heard(job, documents, path)

    def _heard(self, job: Job, documents: tuple[Document, ...], path: Path) -> Mined:
        digest = content_mark(path)
        marks = self.marks(job, digest, documents)
        rests = self.place(job.source, marks[-1])
        if done := _done(rests, self.settings.retry_failed, ["failed", "num_samples"]):
            return done
        watch = Stopwatch()
        scene = Scene(Recording(job.source, marks[-1]), Waveform(Path(), 0), documents, job.library)
        decoder = Decoder(path, self.settings.decode)
        recording = self._mined(scene, decoder, (digest, *marks), watch)
        write_rows([recording_row(recording)], MINED, rests)
        samples = recording.sound.num_samples if recording.sound else 0
        labels = self.labels
        spent = tuple(
            Spent(step, labels[step], use.seconds, use.cpu_s, use.gpu_s) for step, use in watch.spent.items()
        )
        return Mined(rests, samples, recording.failed, spent=spent)

    @property
    def labels(self) -> dict[str, str]:
        """A name for each step that changes with its model and settings: what its rate is the rate of."""
        nothing = Scene(Recording(Source("", "", "und")), Waveform(Path(), 0))
        of_stages = {stage.name: fingerprint(stage.identity(nothing)) for stage in self.stages}
        return {DECODE: fingerprint(DECODER_VERSION), **of_stages}

    def marks(self, job: Job, digest: str, documents: tuple[Document, ...]) -> list[str]:
        """A fingerprint after each stage, the last one of all; each holds those before it."""
        scene = Scene(Recording(job.source), Waveform(Path(), 0), documents, job.library)
        sources = [document.source_sha256 for document in documents]
        told = recording_row(Recording(job.source))
        marks = [fingerprint("recording", DECODER_VERSION, digest, self.settings.decode.model_dump())]
        for stage in self.stages:
            marks.append(fingerprint(marks[-1], stage.identity(scene), str(stage_table(stage.writes))))
        sentences = [
            [s.index, s.text, s.page, str(s.role)] for document in documents for s in document.sentences
        ]
        return [*marks[:-1], fingerprint(marks[-1], told, sources, sentences, str(MINED))]

    def _mined(self, scene: Scene, decoder: Decoder, marks: tuple[str, ...], watch: Stopwatch) -> Recording:
        """The row after all stages.

        Args:
            marks: the sound's digest, then a fingerprint after each stage.
        """
        recording = scene.recording
        scratch = self.layout.scratch
        scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            try:
                decode = partial(self._decoded, recording, decoder, Path(folder, "samples"))
                with watch.step(DECODE):
                    waveform = _guarded(DECODE, decode)
                sound = _sound(marks[0], decoder)
                scene = replace(scene, recording=replace(recording, sound=sound), waveform=waveform)
                for stage, mark in zip(self.stages, marks[2:], strict=True):
                    row = _guarded(stage.name, partial(self._step, stage, mark, scene, watch))
                    scene = replace(scene, recording=row)
            except _StageFailed as broken:
                heard = _sound(marks[0], decoder) if decoder.num_samples else None
                return replace(recording, sound=heard, failed=broken.failed)
        return scene.recording

    def sound_of(self, source: Source) -> Path:
        return reach(self.settings.audio_root) / source.audio_uri

    def _decoded(self, recording: Recording, decoder: Decoder, scratch: Path) -> Waveform:
        check_name(recording.source.audio_uri)
        _refuse_missing(decoder.path)
        return decode_to(scratch, decoder)

    def place(self, source: Source, mark: str) -> Path:
        """Where everything known of a recording rests, by its last mark."""
        return self.layout.mined / f"{source.recording_id}-{mark}.parquet"

    def kept_at(self, stage: Stage, source: Source, mark: str) -> Path | None:
        """Where a stage leaves what it found; None where it is cheap enough to be repeated."""
        name = f"{source.recording_id}-{mark}.parquet"
        return self.layout.stage(stage.name) / name if stage.name in _EXPENSIVE else None

    def _step(self, stage: Stage, mark: str, scene: Scene, watch: Stopwatch) -> Recording:
        """The row after a stage: read back where the stage has been here before, else made and kept."""
        place = self.kept_at(stage, scene.recording.source, mark)
        if place and place.exists():
            return with_stage(scene.recording, read_rows(place)[0], stage.writes)
        stage.load()
        with watch.step(stage.name):
            recording = stage([scene])[0]
        if place:
            write_rows([stage_row(recording, stage.writes)], stage_table(stage.writes), place)
        return recording


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """What the steps of one recording took."""

    spent: dict[str, Usage] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        with used() as usage:
            yield
        self.spent[name] = usage


def refuse_biased(settings: Settings) -> None:
    """Raises:
    SettingsError: documents are to be found by what was heard, by a listener that hears only what it expects.
    """
    kind = settings.listener.kind
    if settings.pairing.by == "content" and make_listener(settings.listener).needs_text:
        raise SettingsError(
            f"pairing.by is 'content', but the listener {kind!r} hears only the text it is given; "
            "use faster_whisper or ctc"
        )


class _StageFailed(Exception):
    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.message)
        self.failed = failed


def _guarded(stage: str, work: Callable[[], _T]) -> _T:
    try:
        return work()
    except InputError as error:
        raise _StageFailed(Failed(stage, error.code, error.message)) from error


def _sound(digest: str, decoder: Decoder) -> SoundFile:
    known = (digest, decoder.native_sample_rate_hz, decoder.channels, decoder.num_samples)
    return SoundFile(*known, decoder.streams, decoder.damaged_packets, decoder.skipped_s)


def content_mark(path: Path) -> str:
    """The content's hash, or why there is none: a file that appears later is another input."""
    try:
        return file_sha256(path)
    except OSError as error:
        return f"unreadable:{error.errno}"
    except ValueError:
        return "unreadable: no name of a file"


@contextmanager
def brought(path: Path) -> Iterator[Path]:
    """A file on this machine with a path's content; the path itself where it is one, or can't be had."""
    with ExitStack() as held:
        try:
            local = held.enter_context(at_hand(path))
        except OSError:
            local = path
        yield local


def _refuse_missing(path: Path) -> None:
    try:
        there = path.is_file()
    except OSError:  # a name longer than any file's
        there = False
    if not there:
        raise InputError(
            ErrorCode.MISSING_FILE, f"{path.name}: there is no such file; check the path or manifest"
        )


def _done(place: Path, retry_failed: bool, columns: list[str]) -> Mined | None:
    """What rests at `place`; reads no more of it than `columns`, for a resumed run asks this of every file."""
    if not place.exists():
        return None
    row = read_rows(place, columns)[0]
    failed = failed_of(row["failed"])
    if failed and retry_failed:
        return None
    return Mined(place, row.get("num_samples") or 0, failed, was_done=True)
