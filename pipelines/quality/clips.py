"""Clips that the report lets people hear: the worst, those at the limits, and some over the whole range."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wavelode.datasets.audio import decode_flac
from wavelode.datasets.manifest import read_manifest
from wavelode.datasets.rows import Row
from wavelode.datasets.shards import row_groups
from wavelode.datasets.storage import Layout
from wavelode.pipelines.quality.figures import reason_name
from wavelode.pipelines.quality.timeline import clock
from wavelode.pipelines.quality.words import Run, compare
from wavelode.schemas.verdict import Shelf

CLIPS = 24
MOST_SOUND_BYTES = 6_400_000
"""Of all clips together, before they are written as text; the page stays below 15 MB with it."""
_BARS = 96


@dataclass(frozen=True, slots=True)
class Pick:
    """A clip to listen to: its row of the decision table, why it was picked, and the place of that reason."""

    row: Row
    group: int
    why: str


@dataclass(frozen=True, slots=True)
class Sound:
    """What the page plays, in base64, and how loud it is along its time, 0 to 1."""

    kind: str
    data: str
    loudness: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ClipCard:
    """A clip as the page shows it."""

    clip_id: str
    language: str
    group: int
    why: str
    where: str
    duration_s: float
    sure: float
    cer: float
    snr_db: float | None
    doubt: str
    printed: list[Run]
    heard: list[Run]
    sound: Sound | None


def cards(layout: Layout, count: int = CLIPS) -> list[ClipCard]:
    """The clips to hear, with their sound where they are packed.

    Raises:
        StorageError: if a table or a shard can't be read.
    """
    picks = pick_clips(layout, count)
    shards = (
        [shard.path for shard in read_manifest(layout.manifest).shards] if layout.manifest.exists() else []
    )
    flac = sound_of(layout, {pick.row["clip_id"] for pick in picks}, shards)
    small = sum(map(len, flac.values())) > MOST_SOUND_BYTES
    sounds = {name: _sound(data, small) for name, data in flac.items()}
    return [_card(pick, sounds.get(pick.row["clip_id"])) for pick in picks]


def _sound(flac: bytes, small: bool) -> Sound:
    """The bytes of the shard, or where all clips together would make the page too large, the same as MP3."""
    import soundfile

    samples, rate = decode_flac(flac)
    power = np.array([np.mean(np.square(part)) for part in np.array_split(samples, min(_BARS, len(samples)))])
    loudness = tuple(np.round(np.sqrt(power / max(float(power.max(initial=0.0)), 1e-12)), 2).tolist())
    if not small:
        return Sound("flac", base64.b64encode(flac).decode(), loudness)
    written = io.BytesIO()
    soundfile.write(written, samples, rate, format="MP3", subtype="MPEG_LAYER_III")
    return Sound("mpeg", base64.b64encode(written.getvalue()).decode(), loudness)


def _card(pick: Pick, sound: Sound | None) -> ClipCard:
    row = pick.row
    printed, heard = compare(row["text"] or "", row["asr_text"] or "")
    return ClipCard(
        clip_id=row["clip_id"],
        language=row["language"] or "",
        group=pick.group,
        why=pick.why,
        where=f"{row['recording_id']} at {clock(row['start_s'])}",
        duration_s=row["duration_s"],
        sure=row["alignment_score"] if row["p_correct"] is None else row["p_correct"],
        cer=row["cer"],
        snr_db=row["snr_db"],
        doubt=reason_name(row["asr_reason"]) if row["asr_reason"] else "",
        printed=printed,
        heard=heard,
        sound=sound,
    )


def pick_clips(layout: Layout, count: int = CLIPS) -> list[Pick]:
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
