"""What the report tells, read from the tables of an output folder in one pass, whatever their size."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wavelode.datasets.rows import Row
from wavelode.datasets.shards import row_groups
from wavelode.datasets.storage import Layout
from wavelode.pipelines.select import NOT_READ
from wavelode.schemas.errors import StorageError
from wavelode.schemas.records import Heard, Role
from wavelode.schemas.verdict import Shelf

MOST_RECORDINGS = 300
MOST_TIMELINES = 60
MOST_FAILURES = 500
MOST_SENTENCES = 400

DURATION_S = np.arange(0.0, 30.5, 0.5)
SHARE = np.linspace(0.0, 1.0, 26)

_COLUMNS = [
    *("recording_id", "station", "language", "start_sample", "end_sample", "start_s", "duration_s", "kind"),
    *("shelf", "reason", "asr_reason", "document_id", "sentence_index", "alignment_score", "cer"),
]


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch on a timeline; `role` is what it is and what became of it."""

    start_s: float
    duration_s: float
    role: str


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
class DocumentFacts:
    """One document: how much it printed and how much of that became clips."""

    document_id: str
    source_uri: str
    text_source: str
    sentences: int
    paired: bool
    failed: str
    mined: int = 0
    aside: str = ""
    """What else is printed in it, by what that is for: "4 slug, 2 cue"."""

    @property
    def state(self) -> str:
        if self.failed:
            return "failed"
        if not self.paired:
            return "belongs to no recording"
        return "read" if self.mined else "nothing of it was found"


@dataclass(slots=True)
class Histogram:
    """Counts per bin, by role."""

    edges: NDArray[np.float64]
    counts: dict[str, NDArray[np.int64]] = field(default_factory=dict)

    def add(self, role: str, value: float | None) -> None:
        """Counts a value; those beyond the last edge go into the last bin."""
        if value is None:
            return
        counts = self.counts.setdefault(role, np.zeros(len(self.edges) - 1, np.int64))
        # Table values are float32: 0.7 must fall into the bin that begins at 0.7.
        at = int(np.searchsorted(self.edges, value + 1e-6, side="right")) - 1
        counts[min(max(at, 0), len(counts) - 1)] += 1


@dataclass(slots=True)
class Facts:
    """Everything the report tells, sound aside."""

    recordings: list[RecordingFacts] = field(default_factory=list)
    num_recordings: int = 0
    kept_without_text_s: Counter[str] = field(default_factory=Counter)
    sentences_mined: set[tuple[str, int]] = field(default_factory=set)
    durations: Histogram = field(default_factory=lambda: Histogram(DURATION_S))
    scores: Histogram = field(default_factory=lambda: Histogram(SHARE))
    cers: Histogram = field(default_factory=lambda: Histogram(SHARE))
    clips: Counter[str] = field(default_factory=Counter)
    failures: list[Row] = field(default_factory=list)
    num_failed: Counter[str] = field(default_factory=Counter)
    not_read: list[Row] = field(default_factory=list)
    num_not_read: int = 0
    documents: list[DocumentFacts] = field(default_factory=list)

    @property
    def sentences_printed(self) -> int:
        return sum(document.sentences for document in self.documents)


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
    facts.documents = _documents(layout, Counter(document for document, _ in facts.sentences_mined))
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
    one.length_s += seconds
    one.pieces.append(Piece(row["start_s"], seconds, role))
    if shelf:
        one.clips += 1
        facts.clips[shelf] += 1
    if shelf == Shelf.ASR:
        one.asr_s += seconds
        facts.sentences_mined.add((row["document_id"], row["sentence_index"]))
    elif shelf == Shelf.SSL:
        one.ssl_s += seconds
        facts.kept_without_text_s[row["asr_reason"] or ""] += seconds
    if row["kind"] != Heard.NON_SPEECH:
        facts.durations.add(shelf or "dropped", seconds)
    believed = "asr" if role == "asr" else "doubted"
    facts.scores.add(believed, row["alignment_score"])
    facts.cers.add(believed, row["cer"])


def _count_reject(facts: Facts, row: Row) -> None:
    if row["kind"] in ("recording", "document"):
        facts.num_failed[row["kind"]] += 1
        if len(facts.failures) < MOST_FAILURES:
            facts.failures.append(row)
    elif row["reason"] == NOT_READ:
        facts.num_not_read += 1
        if len(facts.not_read) < MOST_SENTENCES:
            facts.not_read.append(row)


def _documents(layout: Layout, mined: Counter[str]) -> list[DocumentFacts]:
    paired: set[str] = set()
    for path in standing(layout, "recordings", layout.mined):
        for group in row_groups(path, ["document_ids"]):
            paired.update(name for names in group["document_ids"].to_pylist() for name in names or ())
    return [_document(path, paired, mined) for path in standing(layout, "documents", layout.documents)]


def _document(path: Path, paired: set[str], mined: Counter[str]) -> DocumentFacts:
    (row,) = (row for group in row_groups(path) for row in group.to_pylist())
    name, failed = row["document_id"], row["failed"]
    printed = row["sentences"] or []
    sentences = [sentence for sentence in printed if sentence["role"] == Role.SPOKEN]
    others = Counter(s["role"].replace("_", " ") for s in printed if s["role"] != Role.SPOKEN)
    aside = ", ".join(f"{count} {role}" for role, count in others.most_common())
    how = sorted({sentence["text_source"] for sentence in sentences})
    said = f"{failed['stage']}: {failed['message']}" if failed else ""
    return DocumentFacts(
        name, row["source_uri"], ", ".join(how), len(sentences), name in paired, said, mined[name], aside
    )


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


@dataclass(frozen=True, slots=True)
class Pick:
    """A clip to listen to: its row of the decision table, why it was picked, and the place of that reason."""

    row: Row
    group: int
    why: str


def pick_clips(layout: Layout, count: int = 20) -> list[Pick]:
    """Clips over the whole range of scores, the doubtful ones on both sides of the limits first.

    Raises:
        StorageError: if the table can't be read.
    """
    believed, doubted = _scored(layout)
    doubtful, rest = believed[: count // 4], believed[count // 4 :]
    near = doubted[: max(count * 3 // 20, count - len(believed))]
    places = np.linspace(0, len(rest) - 1, max(count - len(doubtful) - len(near), 0)) if rest else np.zeros(0)
    spread = [rest[at] for at in np.unique(places.astype(int))]
    groups = [
        (doubtful, "Least sure of those believed"),
        (near, "Surest of those not believed"),
        (spread, "From the least to the most sure"),
    ]
    return [
        Pick(_row_at(layout.selected, at), group, why)
        for group, (numbers, why) in enumerate(groups)
        for at in numbers
    ]


def _scored(layout: Layout) -> tuple[list[int], list[int]]:
    """Row numbers of believed texts, worst first, and of kept sound whose text was not, best first."""
    columns = ["shelf", "asr_reason", "p_correct", "alignment_score", "cer"]
    believed: list[tuple[float, float, int]] = []
    doubted: list[tuple[float, float, int]] = []
    at = 0
    for group in row_groups(layout.selected, columns):
        for number, row in enumerate(group.to_pylist(), at):
            sure, cer = row["p_correct"], row["cer"]
            score = row["alignment_score"] if sure is None else sure
            if row["shelf"] == Shelf.ASR:
                believed.append((score, -cer, number))
            elif row["shelf"] == Shelf.SSL and row["asr_reason"]:
                doubted.append((-score, cer, number))
        at += group.num_rows
    return [number for *_, number in sorted(believed)], [number for *_, number in sorted(doubted)]


def _row_at(path: Path, at: int) -> Row:
    (row,) = (row for group in row_groups(path, None, at, at + 1) for row in group.to_pylist())
    found: Row = row
    return found


def sound_of(layout: Layout, clip_ids: set[str], shards: list[str]) -> dict[str, bytes]:
    """The FLAC bytes of clips, as they lie in the shards; those that aren't packed are left out."""
    found: dict[str, bytes] = {}
    for name in shards:
        at = 0
        for group in row_groups(layout.out / name, ["clip_id"]):
            for number, clip in enumerate(group["clip_id"].to_pylist(), at):
                if clip in clip_ids:
                    found[clip] = _row_at(layout.out / name, number)["audio"]["bytes"]
            at += group.num_rows
        if len(found) == len(clip_ids):
            break
    return found
