"""What the report tells, read from the tables of an output folder in one pass, whatever their size.

Rows are counted in batches by Arrow and NumPy; only the few that are shown become Python values.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wavelode.datasets.rows import Row
from wavelode.datasets.shards import row_groups
from wavelode.datasets.storage import Layout
from wavelode.pipelines.quality.sentences import Mined
from wavelode.pipelines.rejects import NOT_READ
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
MOST_WORDS = 100_000
"""Words that are counted at a time."""
BATCH_ROWS = 65_536

_COLUMNS = [
    *("clip_id", "recording_id", "station", "language", "programme_id", "start_s", "duration_s", "kind"),
    *("shelf", "reason", "asr_reason", "document_id", "sentence_index", "alignment_score", "p_correct"),
    *("cer", "snr_db", "bandwidth_hz", "loudness_lufs", "speech_ratio", "text_normalized"),
    "unheard",
]
_OF_SOUND = ("duration_s", "snr_db", "bandwidth_hz", "loudness_lufs", "speech_ratio")
_OF_MATCH = ("score", "alignment_score", "cer", "rate")
_OF_PIECE = ["recording_id", "start_s", "duration_s", "role", "document_id", "sentence_index"]
_OF_POINT = ["clip_id", "duration_s", "snr_db", "bandwidth_hz", "cer", "score", "text_normalized"]
KINDS = {"language": "language", "station": "station", "programme": "programme_id"}
"""What the sound is told apart by, and its column."""
ROLES = ("silent", "asr", "doubted", "ssl", "unused")
"""What a stretch is and what became of it, in one word."""
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
        return max(self.length_s - self.asr_s - self.ssl_s, 0.0)


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

    def add(self, group: Row) -> None:
        """Takes in the `seconds` of one shelf and reason."""
        if group["shelf"] == Shelf.ASR:
            self.asr_s += group["seconds"]
        elif group["shelf"] == Shelf.SSL:
            self.without_text_s[group["asr_reason"] or ""] += group["seconds"]
        else:
            self.dropped_s[group["reason"] or ""] += group["seconds"]

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

    def add(self, role: str, values: NDArray[np.float64]) -> None:
        """Counts values (N,); those beyond the outer edges go into the outer bins, and NaN is none."""
        known = values[~np.isnan(values)]
        if not len(known):
            return
        bins = len(self.edges) - 1
        # Table values are float32: 0.7 must fall into the bin that begins at 0.7.
        at = np.searchsorted(self.edges, known + 1e-6, side="right") - 1
        found = np.bincount(at.clip(0, bins - 1), minlength=bins)
        self.counts[role] = self.counts.get(role, np.zeros(bins, np.int64)) + found


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

    def add(self, stretches: pa.Table) -> None:
        """Takes in stretches with their `role` and the columns of a point."""
        end = self.seen + len(stretches)
        while -(-end // self.every) >= 2 * MOST_POINTS:
            self.held, self.every = self.held[::2], 2 * self.every
        first = -(-self.seen // self.every) * self.every
        chosen = np.arange(first, end, self.every) - self.seen
        self.held += map(_point, stretches.take(pa.array(chosen, pa.int64())).to_pylist())
        self.seen = end


def _point(row: Row) -> Point:
    text = row["text_normalized"]
    return Point(
        row["clip_id"],
        row["role"],
        row["duration_s"],
        len(text) if text else None,
        row["score"],
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
    """Everything the report tells of the tables of `select`, sound and documents aside.

    Attributes:
        mined: how many sentences of each document became clips.
        unheard: printed words of found sentences that were not heard, and how often; the frequent ones where there
            are more than `MOST_WORDS`.
    """

    recordings: list[RecordingFacts] = field(default_factory=list)
    num_recordings: int = 0
    fates: Fates = field(default_factory=Fates)
    parts: dict[str, dict[str, Fates]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    mined: Counter[str] = field(default_factory=Counter)
    histograms: dict[str, Histogram] = field(default_factory=_histograms)
    points: Points = field(default_factory=Points)
    clips: Counter[str] = field(default_factory=Counter)
    failures: list[Row] = field(default_factory=list)
    num_failed: Counter[str] = field(default_factory=Counter)
    not_read: list[Row] = field(default_factory=list)
    num_not_read: int = 0
    unheard: Counter[str] = field(default_factory=Counter)


def gather(layout: Layout, rows: int = BATCH_ROWS) -> Facts:
    """The facts of a run, read so many rows at a time.

    Raises:
        StorageError: if there is no selection, or a table can't be read.
    """
    facts, mined = Facts(), Mined()
    last: str | None = None
    for batch in batched(row_groups(layout.selected, _COLUMNS), rows):
        stretches = with_roles(batch)
        last = _count_recordings(facts, stretches, last)
        _count_fates(facts, stretches)
        mined.add(stretches.filter(pc.equal(stretches["role"], "asr")))
        _count_unheard(facts.unheard, stretches)
        _measure(facts, stretches.filter(pc.not_equal(stretches["role"], "silent")))
    facts.mined = mined.by_document()
    for batch in batched(row_groups(layout.rejects), rows):
        _count_rejects(facts, batch)
    facts.parts = {kind: _largest(parts) for kind, parts in facts.parts.items()}
    return facts


def batched(groups: Iterator[pa.Table], rows: int = BATCH_ROWS) -> Iterator[pa.Table]:
    """The same rows in tables of about as many as given: the cost of a call is spread over more of them."""
    waiting: list[pa.Table] = []
    held = 0
    for group in groups:
        waiting.append(group)
        held += len(group)
        if held >= rows:
            yield pa.concat_tables(waiting).combine_chunks()
            waiting, held = [], 0
    if held:
        yield pa.concat_tables(waiting).combine_chunks()


def with_roles(batch: pa.Table) -> pa.Table:
    """The rows of a batch with their `role`, one of `ROLES`."""
    matched, believed, kept = (
        pc.fill_null(pc.equal(batch[name], value), False)
        for name, value in (("kind", Heard.MATCHED), ("shelf", Shelf.ASR), ("shelf", Shelf.SSL))
    )
    of_matched, of_others = pc.if_else(believed, "asr", "doubted"), pc.if_else(kept, "ssl", "unused")
    role = pc.if_else(matched, of_matched, of_others)
    silent = pc.fill_null(pc.equal(batch["kind"], Heard.NON_SPEECH), False)
    role = pc.if_else(silent, "silent", role)
    return batch.append_column("role", role)


def _count_recordings(facts: Facts, stretches: pa.Table, last: str | None) -> str | None:
    """Counts recordings, whose rows lie together, and keeps the first ones; `last` is that of the row before."""
    names = stretches["recording_id"].to_numpy()
    begins = np.flatnonzero(np.concatenate([[names[0] != last], names[1:] != names[:-1]]))
    before = facts.num_recordings
    facts.num_recordings += len(begins)
    kept = _first(stretches, begins, MOST_RECORDINGS - before)
    for row in _lengths(kept).to_pylist():
        _keep_lengths(facts.recordings, row)
    by_name = {one.recording_id: one for one in facts.recordings[:MOST_TIMELINES]}
    for row in _first(stretches, begins, MOST_TIMELINES - before).select(_OF_PIECE).to_pylist():
        by_name[row["recording_id"]].pieces.append(_piece(row))
    return str(names[-1])


def _first(stretches: pa.Table, begins: NDArray[np.int64], room: int) -> pa.Table:
    """The rows of the recording that goes on from the batch before, and of the next `room` ones."""
    if room >= len(begins):
        return stretches
    return stretches.slice(0, int(begins[room]) if room >= 0 else 0)


def _lengths(stretches: pa.Table) -> pa.Table:
    """Seconds and stretches per recording and shelf, in the order of the table."""
    keys = ["recording_id", "station", "language", "shelf"]
    summed = stretches.group_by(keys, use_threads=False)
    return summed.aggregate([("duration_s", "sum"), ("duration_s", "count")])


def _keep_lengths(recordings: list[RecordingFacts], row: Row) -> None:
    if not recordings or recordings[-1].recording_id != row["recording_id"]:
        recordings.append(RecordingFacts(row["recording_id"], row["station"] or "", row["language"] or ""))
    one, seconds = recordings[-1], row["duration_s_sum"] or 0.0
    one.length_s += seconds
    one.clips += row["duration_s_count"] if row["shelf"] else 0
    one.asr_s += seconds if row["shelf"] == Shelf.ASR else 0.0
    one.ssl_s += seconds if row["shelf"] == Shelf.SSL else 0.0


def _piece(row: Row) -> Piece:
    sentence = (row["document_id"], row["sentence_index"]) if row["document_id"] else None
    return Piece(row["start_s"], row["duration_s"], row["role"], sentence)


def _count_fates(facts: Facts, stretches: pa.Table) -> None:
    told = ["shelf", "reason", "asr_reason"]
    grouped = stretches.group_by([*told, *KINDS.values()], use_threads=False)
    for group in grouped.aggregate([("duration_s", "sum"), ("duration_s", "count")]).to_pylist():
        group["seconds"] = group["duration_s_sum"] or 0.0
        facts.fates.add(group)
        if group["shelf"]:
            facts.clips[group["shelf"]] += group["duration_s_count"]
        for kind, column in KINDS.items():
            facts.parts[kind].setdefault(group[column] or _UNNAMED, Fates()).add(group)


def _count_unheard(counted: Counter[str], stretches: pa.Table) -> None:
    if "unheard" not in stretches.column_names:  # of an earlier version
        return
    words = pc.list_flatten(stretches["unheard"])
    for row in pc.value_counts(words).to_pylist():
        counted[row["values"]] += row["counts"]
    if len(counted) > 2 * MOST_WORDS:
        kept = counted.most_common(MOST_WORDS)
        counted.clear()
        counted.update(dict(kept))


def _measure(facts: Facts, stretches: pa.Table) -> None:
    """Counts speech into the histograms, by where it went, and keeps some of it as points."""
    score = pc.coalesce(stretches["p_correct"], stretches["alignment_score"])
    stretches = stretches.append_column("score", score)
    facts.points.add(stretches.select([*_OF_POINT, "role"]))
    letters, seconds = (
        _numbers(pc.utf8_length(stretches["text_normalized"])),
        _numbers(stretches["duration_s"]),
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        rate = np.where((letters > 0) & (seconds > 0), letters / seconds, np.nan)
    values = {
        name: _numbers(stretches[name]) for name in dict.fromkeys((*_OF_SOUND, *_OF_MATCH)) if name != "rate"
    }
    values["rate"] = rate
    shelf = pc.fill_null(stretches["shelf"], "dropped")
    for role in sorted(pc.unique(shelf).to_pylist()):
        here = pc.equal(shelf, role).to_numpy()
        for name in _OF_SOUND:
            facts.histograms[name].add(role, values[name][here])
    believed = pc.equal(stretches["role"], "asr").to_numpy()
    for role, here in (("asr", believed), ("doubted", ~believed)):
        for name in _OF_MATCH:
            facts.histograms[name].add(role, values[name][here])


def _numbers(column: Any) -> NDArray[np.float64]:
    """A column as numbers (N,), NaN where it is null."""
    found: NDArray[np.float64] = pc.cast(column, pa.float64()).to_numpy()
    return found


def _count_rejects(facts: Facts, rejects: pa.Table) -> None:
    whole = rejects.filter(pc.is_in(rejects["kind"], pa.array(["recording", "document"])))
    for row in pc.value_counts(whole["kind"]).to_pylist():
        facts.num_failed[row["values"]] += row["counts"]
    heard = whole.filter(pc.equal(whole["kind"], "recording"))
    facts.fates.failed_s += pc.sum(heard["duration_s"]).as_py() or 0.0
    facts.failures += whole.slice(0, MOST_FAILURES - len(facts.failures)).to_pylist()
    unread = rejects.filter(pc.equal(rejects["reason"], NOT_READ))
    facts.num_not_read += len(unread)
    facts.not_read += unread.slice(0, MOST_SENTENCES - len(facts.not_read)).to_pylist()


def _largest(parts: dict[str, Fates]) -> dict[str, Fates]:
    """The parts with most sound, by their names; the others together."""
    ranked = sorted(parts, key=lambda name: (-parts[name].in_s, name))
    if len(ranked) <= MOST_PARTS:
        return {name: parts[name] for name in ranked}
    rest: dict[str, Fates] = defaultdict(Fates)
    for name in ranked[MOST_PARTS - 1 :]:
        rest[_OTHERS].merge(parts[name])
    return {**{name: parts[name] for name in ranked[: MOST_PARTS - 1]}, **rest}
