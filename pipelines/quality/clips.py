"""Clips that the report lets people hear: the worst, those at the limits, and some over the whole range."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wavelode.datasets.audio import decode_flac
from wavelode.datasets.homes import HOME_READS, Homes, Place
from wavelode.datasets.manifest import read_manifest
from wavelode.datasets.rows import Row
from wavelode.datasets.shards import row_groups, rows_at
from wavelode.datasets.storage import Layout
from wavelode.pipelines.quality.figures import reason_name
from wavelode.pipelines.quality.gather import batched
from wavelode.pipelines.quality.timeline import clock
from wavelode.pipelines.quality.words import Run, compare
from wavelode.schemas.verdict import Shelf

CLIPS = 24
MOST_SOUND_BYTES = 6_400_000
"""Of all clips together, before they are written as text; the page stays below 15 MB with it."""
MOST_RANKED = 1_000_000
"""Rows that are sorted to choose some over the whole range; of more, every second is left out, and so on."""
_BARS = 96


@dataclass(frozen=True, slots=True)
class Pick:
    """A clip to listen to: its row of the decision table, why it was picked, the place of that reason, its shard."""

    row: Row
    group: int
    why: str
    place: Place | None = None


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
    flac = {pick.row["clip_id"]: data for pick in picks if (data := _flac(layout, pick))}
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
    believed, doubted = _scored(layout, count)
    few = count // 4
    doubtful = believed.worst[:few]
    near = doubted.worst[: max(count * 3 // 20, count - believed.seen)]
    rest = believed.spread(few)
    places = (
        np.linspace(0, len(rest) - 1, max(count - len(doubtful) - len(near), 0)) if len(rest) else np.zeros(0)
    )
    spread = rest[np.unique(places.astype(int))]
    groups = [
        (doubtful, "Least sure of those believed"),
        (near, "Surest of those not believed"),
        (spread, "From the least to the most sure"),
    ]
    chosen = [(int(at), group, why) for group, (numbers, why) in enumerate(groups) for at in numbers]
    places_of = _places(layout, [at for at, *_ in chosen])
    row_of = rows_at(layout.selected, places_of)
    return [Pick(row_of[at], group, why, places_of[at]) for at, group, why in chosen]


_SCORED = np.dtype([("score", np.float64), ("cer", np.float64), ("row", np.int64)])


class _Ranked:
    """Rows by their score and, where that is even, their errors: the worst ones, and every n-th of all."""

    def __init__(self, few: int) -> None:
        self._few, self._every = few, 1
        self.seen = 0
        self._worst, self._held = np.zeros(0, _SCORED), np.zeros(0, _SCORED)

    def add(self, rows: NDArray[Any]) -> None:
        """Takes in rows (N,) of `_SCORED`, in the order of the table."""
        full = len(self._worst) == self._few > 0
        bad = rows[~(rows["score"] > self._worst["score"][-1])] if full else rows
        self._worst = np.sort(np.concatenate([self._worst, bad]))[: self._few]
        first = -(-self.seen // self._every) * self._every - self.seen
        self._held = np.concatenate([self._held, rows[first :: self._every]])
        self.seen += len(rows)
        while len(self._held) > MOST_RANKED:
            self._held, self._every = self._held[::2], 2 * self._every

    @property
    def worst(self) -> NDArray[np.int64]:
        """Numbers of the worst rows, the worst first."""
        found: NDArray[np.int64] = self._worst["row"]
        return found

    def spread(self, few: int) -> NDArray[np.int64]:
        """Rows over the whole range but the `few` worst, the worst first; not all where there are very many."""
        held = np.sort(self._held)
        found: NDArray[np.int64] = held[~np.isin(held["row"], self._worst["row"][:few])]["row"]
        return found


def _scored(layout: Layout, count: int) -> tuple[_Ranked, _Ranked]:
    """Believed texts, the least sure first, and kept sound whose text was not believed, the surest first."""
    columns = ["shelf", "asr_reason", "p_correct", "alignment_score", "cer"]
    believed, doubted = _Ranked(count), _Ranked(count)
    at = 0
    for batch in batched(row_groups(layout.selected, columns)):
        score = pc.coalesce(batch["p_correct"], batch["alignment_score"])
        rows = np.zeros(len(batch), _SCORED)
        rows["score"], rows["cer"] = (pc.cast(one, pa.float64()).to_numpy() for one in (score, batch["cer"]))
        rows["row"] = np.arange(at, at + len(batch))
        asr, ssl = (pc.fill_null(pc.equal(batch["shelf"], shelf), False) for shelf in (Shelf.ASR, Shelf.SSL))
        own = rows[asr.to_numpy()]
        own["cer"] *= -1
        believed.add(own)
        own = rows[pc.and_(ssl, pc.is_valid(batch["asr_reason"])).to_numpy()]
        own["score"] *= -1
        doubted.add(own)
        at += len(batch)
    return believed, doubted


def _places(layout: Layout, rows: list[int]) -> dict[int, Place | None]:
    """Where the sound of rows of the decision table lies: shards of a folder hold its clips in its order."""
    found: dict[int, Place | None] = dict.fromkeys(rows)
    if not layout.manifest.exists():
        return found
    homes = Homes(read_manifest(layout.manifest).shards)
    at = 0
    for batch in batched(row_groups(layout.selected, list(HOME_READS))):
        here = [row for row in rows if at <= row < at + len(batch)]
        found |= homes.places(batch, at, here)
        at += len(batch)
    return found


def _flac(layout: Layout, pick: Pick) -> bytes | None:
    """A clip's sound as its shard holds it; None where it isn't packed, or the shard holds another clip there."""
    if pick.place is None:
        return None
    path, at = pick.place
    for group in row_groups(layout.out / path, ["clip_id", "audio"], at, at + 1):
        for row in group.to_pylist():
            if row["clip_id"] == pick.row["clip_id"] and row["audio"]:
                data: bytes = row["audio"]["bytes"]
                return data
    return None
