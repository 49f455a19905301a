"""How good a run on the demo pack was, by the truth we know because we made it.

A mined clip is right when its text is that of a sentence that was printed and read, and its span and that
of the reading overlap by 0.9 of their union or more. Each reading counts once, so a headline that is read
twice and printed once asks for two clips.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from wavelode.infra.demo.truth import Spoken, Truth

MIN_IOU = 0.9
LOOSE_IOU = 0.8
_SAME_PLACE_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Clip:
    """One row of a shard, as far as it is judged."""

    recording_id: str
    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Pair:
    """A clip and the reading it is taken to be, with the intersection over the union of their spans."""

    clip: Clip
    spoken: Spoken
    iou: float


@dataclass(frozen=True, slots=True)
class Score:
    """How many of the mined clips are right, and how many of the readings were mined.

    >>> score = Score(right=3, mined=4, readings=6)
    >>> score.precision, score.recall, score.f1
    (0.75, 0.5, 0.6)
    >>> Score(0, 0, 6).f1
    0.0
    """

    right: int
    mined: int
    readings: int

    @property
    def precision(self) -> float:
        return self.right / self.mined if self.mined else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.readings if self.readings else 0.0

    @property
    def f1(self) -> float:
        both = self.mined + self.readings
        return 2 * self.right / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A run against the truth; seconds are of audio."""

    in_s: float
    asr_s: float
    ssl_s: float
    clips: tuple[Clip, ...]
    readings: tuple[tuple[str, Spoken], ...]
    pairs: tuple[Pair, ...]

    @property
    def left_out_s(self) -> float:
        return self.in_s - self.asr_s - self.ssl_s

    def score(self, min_iou: float = MIN_IOU) -> Score:
        """Counts a clip as right from this overlap on."""
        right = sum(pair.iou >= min_iou for pair in self.pairs)
        return Score(right, len(self.clips), len(self.readings))

    def boundary_error_ms(self) -> float | None:
        """The median distance of a clip's start or end from the reading's; None where nothing was found."""
        found = [pair for pair in self.pairs if pair.iou >= _SAME_PLACE_IOU]
        errors_s = [abs(pair.clip.start_s - pair.spoken.start_s) for pair in found]
        errors_s += [abs(pair.clip.end_s - pair.spoken.end_s) for pair in found]
        return 1000 * statistics.median(errors_s) if errors_s else None

    def mistakes(self) -> Iterator[str]:
        """One line for each reading that was not mined and each clip that is not right."""
        right = [pair for pair in self.pairs if pair.iou >= MIN_IOU]
        for recording_id, spoken in self.readings:
            if not any(pair.spoken is spoken for pair in right):
                yield f"not mined  {recording_id} {spoken.start_s:7.2f}-{spoken.end_s:.2f} s  {spoken.text}"
        for clip in self.clips:
            if not any(pair.clip is clip for pair in right):
                yield f"not right  {clip.recording_id} {clip.start_s:7.2f}-{clip.end_s:.2f} s  {clip.text}"


def evaluate(out: Path, truths: Iterable[Truth]) -> Evaluation:
    """Judges the shards below the output folder of a run on the pack."""
    truths = tuple(truths)
    known = {truth.recording_id for truth in truths}
    clips, unlabelled = _clips(out / "asr", known), _clips(out / "ssl", known)
    readings = tuple((t.recording_id, spoken) for t in truths for spoken in t.spoken if spoken.printed)
    return Evaluation(
        in_s=sum(truth.duration_s for truth in truths),
        asr_s=sum(clip.end_s - clip.start_s for clip in clips),
        ssl_s=sum(clip.end_s - clip.start_s for clip in unlabelled),
        clips=clips,
        readings=readings,
        pairs=tuple(_pair(clips, readings)),
    )


def _clips(shards: Path, known: set[str]) -> tuple[Clip, ...]:
    """The clips of the recordings that are `known`; an older pack may have left others."""
    columns = ["recording_id", "text", "start_s", "duration_s"]
    paths = sorted(shards.rglob("*.parquet"))
    rows = (row for path in paths for row in pq.read_table(path, columns=columns).to_pylist())
    return tuple(
        Clip(row["recording_id"], row["text"] or "", row["start_s"], row["start_s"] + row["duration_s"])
        for row in rows
        if row["recording_id"] in known
    )


def _pair(clips: Iterable[Clip], readings: Iterable[tuple[str, Spoken]]) -> Iterator[Pair]:
    """Pairs of the same recording and text, best overlap first; each clip and each reading at most once."""
    readings = tuple(readings)
    candidates = [
        Pair(clip, spoken, _iou(clip, spoken))
        for clip in clips
        for recording_id, spoken in readings
        if clip.recording_id == recording_id and _folded(clip.text) == _folded(spoken.text)
    ]
    taken: set[int] = set()
    for pair in sorted(candidates, key=lambda pair: -pair.iou):
        if pair.iou > 0 and not {id(pair.clip), id(pair.spoken)} & taken:
            taken |= {id(pair.clip), id(pair.spoken)}
            yield pair


def _iou(clip: Clip, spoken: Spoken) -> float:
    shared = min(clip.end_s, spoken.end_s) - max(clip.start_s, spoken.start_s)
    union = max(clip.end_s, spoken.end_s) - min(clip.start_s, spoken.start_s)
    return max(0.0, shared) / union if union else 0.0


def _folded(text: str) -> str:
    return " ".join(text.split())
