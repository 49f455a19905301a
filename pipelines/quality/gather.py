"""What the report tells, read from the tables of an output folder in one pass, whatever their size."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wavelode.datasets.rows import Row
from wavelode.datasets.shards import row_groups
from wavelode.datasets.storage import Layout
from wavelode.pipelines.rejects import NOT_READ
from wavelode.schemas.errors import StorageError
from wavelode.schemas.records import Heard
from wavelode.schemas.verdict import Shelf

MOST_RECORDINGS = 300
MOST_TIMELINES = 60
MOST_FAILURES = 500
MOST_SENTENCES = 400
MOST_POINTS = 1200
"""On one plot; more would only hide each other."""
MOST_PARTS = 30
"""Stations, languages or programmes that are told apart; the rest is told together."""

_COLUMNS = [
    *("clip_id", "recording_id", "station", "language", "programme_id", "start_sample", "end_sample"),
    *("start_s", "duration_s", "kind", "shelf", "reason", "asr_reason", "document_id", "sentence_index"),
    *("alignment_score", "p_correct", "cer", "snr_db", "bandwidth_hz", "loudness_lufs", "speech_ratio"),
    "text_normalized",
]
_OF_SOUND = ("duration_s", "snr_db", "bandwidth_hz", "loudness_lufs", "speech_ratio")
KINDS = ("language", "station", "programme")
_OTHERS = "all others"
_UNNAMED = "not named"


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch on a timeline; `role` is what it is and what became of it, `sentence` names what was read."""

    start_s: float
    duration_s: float
    role: str
    sentence: tuple[str, int] | None = None


@dataclass(slots=True)
class RecordingFacts:
    """One recording that was heard, in seconds."""

    recording_id: str
    station: str
    language: str
    length_s: float = 0.0
    asr_s: float = 0.0
    ssl_s: float = 0.0
    clips: int = 0
    pieces: list[Piece] = field(default_factory=list)

    @property
    def left_out_s(self) -> float:
        return self.length_s - self.asr_s - self.ssl_s


@dataclass(slots=True)
class Fates:
    """Seconds that came in and what became of them; `without_text` counts kept speech by why its text isn't."""

    asr_s: float = 0.0
    without_text_s: Counter[str] = field(default_factory=Counter)
    dropped_s: Counter[str] = field(default_factory=Counter)
    failed_s: float = 0.0

    @property
    def in_s(self) -> float:
        return self.asr_s + self.without_text_s.total() + self.dropped_s.total() + self.failed_s

    def add(self, row: Row) -> None:
        if row["shelf"] == Shelf.ASR:
            self.asr_s += row["duration_s"]
        elif row["shelf"] == Shelf.SSL:
            self.without_text_s[row["asr_reason"] or ""] += row["duration_s"]
        else:
            self.dropped_s[row["reason"] or ""] += row["duration_s"]

    def merge(self, other: Fates) -> None:
        self.asr_s += other.asr_s
        self.without_text_s.update(other.without_text_s)
        self.dropped_s.update(other.dropped_s)
        self.failed_s += other.failed_s


@dataclass(slots=True)
class Histogram:
    """Counts per bin, by role."""

    edges: NDArray[np.float64]
    counts: dict[str, NDArray[np.int64]] = field(default_factory=dict)

    def add(self, role: str, value: float | None) -> None:
        """Counts a value; those beyond the outer edges go into the outer bins."""
        if value is None:
            return
        counts = self.counts.setdefault(role, np.zeros(len(self.edges) - 1, np.int64))
        # Table values are float32: 0.7 must fall into the bin that begins at 0.7.
        at = int(np.searchsorted(self.edges, value + 1e-6, side="right")) - 1
        counts[min(max(at, 0), len(counts) - 1)] += 1


@dataclass(frozen=True, slots=True)
class Point:
    """One stretch on a plot."""

    clip_id: str
    role: str
    duration_s: float
    letters: int | None
    score: float | None
    cer: float | None
    snr_db: float | None
    bandwidth_hz: float | None
    text: str


@dataclass(slots=True)
class Points:
    """Every n-th stretch, so that there are never more than twice `MOST_POINTS`; which ones hangs on nothing else."""

    held: list[Point] = field(default_factory=list)
    seen: int = 0
    every: int = 1

    def add(self, role: str, row: Row) -> None:
        if self.seen % self.every == 0:
            self.held.append(_point(role, row))
        self.seen += 1
        if len(self.held) >= 2 * MOST_POINTS:
            self.held, self.every = self.held[::2], 2 * self.every


def _point(role: str, row: Row) -> Point:
    text, score = row["text_normalized"], row["p_correct"]
    return Point(
        row["clip_id"],
        role,
        row["duration_s"],
        len(text) if text else None,
        row["alignment_score"] if score is None else score,
        row["cer"],
        row["snr_db"],
        row["bandwidth_hz"],
        (text or "")[:70],
    )


def _histograms() -> dict[str, Histogram]:
    share = np.linspace(0.0, 1.0, 26)
    edges = {
        "duration_s": np.arange(0.0, 30.5, 0.5),
        "score": share,
        "alignment_score": share,
        "speech_ratio": share,
        "cer": share,
        "rate": np.arange(0.0, 41.0, 1.0),
        "snr_db": np.arange(-10.0, 62.0, 2.0),
        "bandwidth_hz": np.arange(0.0, 8250.0, 250.0),
        "loudness_lufs": np.arange(-50.0, 1.0, 1.0),
    }
    return {name: Histogram(values) for name, values in edges.items()}


@dataclass(slots=True)
class Facts:
    """Everything the report tells of the tables of `select`, sound and documents aside."""

    recordings: list[RecordingFacts] = field(default_factory=list)
    num_recordings: int = 0
    fates: Fates = field(default_factory=Fates)
    parts: dict[str, dict[str, Fates]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    sentences_mined: set[tuple[str, int]] = field(default_factory=set)
    histograms: dict[str, Histogram] = field(default_factory=_histograms)
    points: Points = field(default_factory=Points)
    clips: Counter[str] = field(default_factory=Counter)
    failures: list[Row] = field(default_factory=list)
    num_failed: Counter[str] = field(default_factory=Counter)
    not_read: list[Row] = field(default_factory=list)
    num_not_read: int = 0


def gather(layout: Layout) -> Facts:
    """The facts of a run.

    Raises:
        StorageError: if there is no selection, or a table can't be read.
    """
    facts = Facts()
    rows = (row for group in row_groups(layout.selected, _COLUMNS) for row in group.to_pylist())
    for _, of_one in groupby(rows, key=lambda row: row["recording_id"]):
        _count_recording(facts, of_one)
    for group in row_groups(layout.rejects):
        for row in group.to_pylist():
            _count_reject(facts, row)
    facts.parts = {kind: _largest(parts) for kind, parts in facts.parts.items()}
    return facts


def role_of(row: Row) -> str:
    """What a stretch is and what became of it, in one word."""
    if row["kind"] == Heard.NON_SPEECH:
        return "silent"
    if row["kind"] == Heard.MATCHED:
        return "asr" if row["shelf"] == Shelf.ASR else "doubted"
    return "ssl" if row["shelf"] == Shelf.SSL else "unused"


def _count_recording(facts: Facts, rows: Iterator[Row]) -> None:
    facts.num_recordings += 1
    one: RecordingFacts | None = None
    for row in rows:
        if one is None:
            one = RecordingFacts(row["recording_id"], row["station"] or "", row["language"] or "")
        _count_stretch(facts, one, row)
    if one and len(facts.recordings) < MOST_RECORDINGS:
        if len(facts.recordings) >= MOST_TIMELINES:
            one.pieces.clear()
        facts.recordings.append(one)


def _count_stretch(facts: Facts, one: RecordingFacts, row: Row) -> None:
    role, seconds, shelf = role_of(row), row["duration_s"], row["shelf"]
    sentence = (row["document_id"], row["sentence_index"]) if row["document_id"] else None
    one.length_s += seconds
    one.pieces.append(Piece(row["start_s"], seconds, role, sentence))
    if shelf:
        one.clips += 1
        facts.clips[shelf] += 1
    if shelf == Shelf.ASR:
        one.asr_s += seconds
        facts.sentences_mined.add((row["document_id"], row["sentence_index"]))
    elif shelf == Shelf.SSL:
        one.ssl_s += seconds
    _count_fate(facts, row)
    if role != "silent":
        _measure(facts, role, row)


def _count_fate(facts: Facts, row: Row) -> None:
    facts.fates.add(row)
    names = {"language": row["language"], "station": row["station"], "programme": row["programme_id"]}
    for kind, name in names.items():
        facts.parts[kind].setdefault(name or _UNNAMED, Fates()).add(row)


def _measure(facts: Facts, role: str, row: Row) -> None:
    shelf, text, seconds = row["shelf"] or "dropped", row["text_normalized"], row["duration_s"]
    score = row["alignment_score"] if row["p_correct"] is None else row["p_correct"]
    of_sound = {name: row[name] for name in _OF_SOUND}
    for name, value in of_sound.items():
        facts.histograms[name].add(shelf, value)
    rate = len(text) / seconds if text and seconds else None
    matched = {"score": score, "alignment_score": row["alignment_score"], "cer": row["cer"], "rate": rate}
    for name, value in matched.items():
        facts.histograms[name].add("asr" if role == "asr" else "doubted", value)
    facts.points.add(role, row)


def _count_reject(facts: Facts, row: Row) -> None:
    if row["kind"] in ("recording", "document"):
        facts.num_failed[row["kind"]] += 1
        facts.fates.failed_s += (row["duration_s"] or 0.0) if row["kind"] == "recording" else 0.0
        if len(facts.failures) < MOST_FAILURES:
            facts.failures.append(row)
    elif row["reason"] == NOT_READ:
        facts.num_not_read += 1
        if len(facts.not_read) < MOST_SENTENCES:
            facts.not_read.append(row)


def _largest(parts: dict[str, Fates]) -> dict[str, Fates]:
    """The parts with most sound, by their names; the others together."""
    ranked = sorted(parts, key=lambda name: (-parts[name].in_s, name))
    if len(ranked) <= MOST_PARTS:
        return {name: parts[name] for name in ranked}
    rest: dict[str, Fates] = defaultdict(Fates)
    for name in ranked[MOST_PARTS - 1 :]:
        rest[_OTHERS].merge(parts[name])
    return {**{name: parts[name] for name in ranked[: MOST_PARTS - 1]}, **rest}


def standing(layout: Layout, what: str, folder: Path) -> list[Path]:
    """The files that the last `mine` stands on, or where it left no word of that, the newest."""
    try:
        told = json.loads(layout.run.read_text(encoding="utf-8"))[what]
    except FileNotFoundError:
        return _newest(folder)
    except (OSError, ValueError, KeyError) as error:
        raise StorageError(f"{layout.run}: can't read it ({error}); run `wavelode mine` again") from error
    return [layout.out / path for path in told]


def _newest(folder: Path) -> list[Path]:
    """The last file of each id, by name: files of earlier settings may still lie beside it."""
    newest: dict[str, Path] = {}
    for path in sorted(folder.glob("[!.]*.parquet"), key=lambda path: (path.stat().st_mtime_ns, path.name)):
        newest[path.stem.rpartition("-")[0]] = path
    return [newest[name] for name in sorted(newest)]
