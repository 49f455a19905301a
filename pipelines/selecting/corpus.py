"""What only the whole corpus can tell of a row: how much its speaker speaks, and what is there twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wavelode.datasets.rows import Row
from wavelode.datasets.shards import row_groups
from wavelode.pipelines.duplicates.clusters import components, ranks, same
from wavelode.pipelines.duplicates.prints import Prints
from wavelode.pipelines.duplicates.shuffle import Shuffle
from wavelode.pipelines.duplicates.texts import alike
from wavelode.pipelines.grouping import Grouping
from wavelode.pipelines.selecting.columns import Columns, Mask
from wavelode.pipelines.selecting.decide import Fates
from wavelode.pipelines.splitting.splits import DEV, TEST, TRAIN

LEAST_SHARED = 0.5
"""Two clips are copies if they share this much of the shorter one."""
_BEST_SETS = {TEST: 0, DEV: 1, TRAIN: 2}

Ints = NDArray[np.int64]
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Clusters:
    """Which rows are one another's copies.

    Attributes:
        first: the first member of each row's cluster, (N,).
        rank: each row's place in its cluster, 0 for the best, (N,).
        likeness, shared_s: of the best pair that a row is in.
    """

    kind: str
    first: Ints
    rank: Ints
    likeness: Mapping[int, float] = field(default_factory=dict)
    shared_s: Mapping[int, float] = field(default_factory=dict)

    def members(self) -> Iterator[list[int]]:
        """The rows of each cluster of two or more, the best first."""
        crowded = np.flatnonzero(np.bincount(self.first, minlength=len(self.first))[self.first] > 1)
        clusters: dict[int, list[int]] = defaultdict(list)
        for row in crowded[np.argsort(self.rank[crowded], kind="stable")].tolist():
            clusters[int(self.first[row])].append(row)
        yield from (clusters[first] for first in sorted(clusters))


class Told:
    """The small columns of all rows, held at once."""

    def __init__(self, table: Path) -> None:
        names = [*_KEYS, "text_normalized", *_QUALITIES]
        groups = [group.select(names) for group in row_groups(table, names)]
        self.table = pa.concat_tables(groups) if groups else pa.table({name: [] for name in names})

    def texts(self, name: str) -> list[Any]:
        values: list[Any] = self.table[name].to_pylist()
        return values

    @property
    def durations_s(self) -> NDArray[np.float64]:
        return np.asarray(self.table["duration_s"].to_numpy())

    def best_first(self, fates: Fates, sets: Mapping[str, str]) -> Ints:
        """All rows, the better before the worse: with text, long in a set, sure, wide, clean."""
        columns = Columns(self.table)
        there = [_BEST_SETS.get(sets.get(name, ""), 3) for name in self.texts("recording_id")]
        worse = [-np.nan_to_num(columns.numbers(name), nan=0.0) for name in _QUALITIES]
        return np.lexsort((*worse[::-1], np.array(there, np.int64), ~fates.in_asr, ~fates.kept))


_KEYS = ("recording_id", "source_uri", "speaker_id", "speaker_cluster", "pcm_sha256", "duration_s")
_QUALITIES = ("p_correct", "alignment_score", "bandwidth_hz", "snr_db")


def speaker_minutes(told: Told, fates: Fates) -> NDArray[np.float64]:
    """How long the speaker of each row speaks in all that is kept, in minutes, (N,); NaN where nobody is known."""
    total: dict[str, float] = defaultdict(float)
    names = [
        cluster or (f"{recording}/{speaker}" if speaker else None)
        for recording, speaker, cluster in zip(
            *(told.texts(name) for name in ("recording_id", "speaker_id", "speaker_cluster")), strict=True
        )
    ]
    for name, kept, seconds in zip(names, fates.kept.tolist(), told.durations_s.tolist(), strict=True):
        if name and kept:
            total[name] += seconds / 60
    return np.array([total[name] if name else np.nan for name in names], np.float64)


def find_copies(
    told: Told, prints: Prints, fates: Fates, sets: Mapping[str, str], grouping: Grouping
) -> tuple[Clusters, list[Pair]]:
    """Clusters of the same sound, and all pairs of rows that share any of it.

    Args:
        sets: which set a recording was in before.
    """
    pairs = Shuffle.sized(grouping.folder / "sound", len(prints)).copies(prints, grouping.group)
    durations_s = told.durations_s
    shorter = np.minimum(durations_s[pairs["a"]], durations_s[pairs["b"]])
    copies = pairs[pairs["shared_s"] >= LEAST_SHARED * shorter]
    exact = same(told.texts("pcm_sha256"), fates.kept)
    first = components(len(durations_s), [*_rows(copies), *exact])
    likeness: dict[int, float] = {}
    shared_s: dict[int, float] = {}
    for a, b, _, seconds, share in copies[np.argsort(copies["likeness"])].tolist():
        likeness |= {a: share, b: share}
        shared_s |= {a: seconds, b: seconds}
    for row in {row for pair in exact for row in pair}:
        likeness[row], shared_s[row] = 1.0, float(durations_s[row])
    rank = ranks(first, told.best_first(fates, sets))
    return Clusters("sound", first, rank, likeness, shared_s), [*_rows(pairs), *exact]


def _rows(pairs: NDArray[Any]) -> Iterable[Pair]:
    return zip(pairs["a"].tolist(), pairs["b"].tolist(), strict=True)


def find_same_texts(told: Told, fates: Fates, sets: Mapping[str, str], grouping: Grouping) -> Clusters:
    """Clusters of rows, kept with their text, whose texts are nearly the same."""
    rows = np.flatnonzero(fates.in_asr)
    texts = told.table["text_normalized"].take(pa.array(rows)).to_pylist()
    pairs = [(int(rows[a]), int(rows[b])) for a, b in alike(texts, grouping.folder / "texts", grouping.group)]
    first = components(len(told.durations_s), pairs)
    return Clusters("text", first, ranks(first, told.best_first(fates, sets)))


def loose_ties(told: Told, groups: Iterable[Ints], most_tied: int) -> dict[str, list[str]]:
    """Names of what recordings share, for those that few share.

    Args:
        groups: the first member of each row's group, (N,), for each way to group them.
    """
    recordings = told.texts("recording_id")
    found: dict[str, list[str]] = defaultdict(list)
    for way, first in enumerate(groups):
        sharing: dict[int, set[str]] = defaultdict(set)
        crowded = np.flatnonzero(np.bincount(first, minlength=len(first))[first] > 1)
        for row in crowded.tolist():
            sharing[int(first[row])].add(recordings[row])
        for name, members in sharing.items():
            if 1 < len(members) <= most_tied:
                for recording in members:
                    found[recording].append(f"copies:{way}:{name}")
    return found


def elsewhere(
    told: Told, clusters: Clusters, kept: Mask, sets: Mapping[str, str], before: Mapping[str, str]
) -> Mask:
    """Rows whose copies stay in another set, (N,): those in test if any were there before, else the most seconds.

    Args:
        sets, before: the set of each recording, now and in an earlier selection.
    """
    recordings, durations_s = told.texts("recording_id"), told.durations_s
    found = np.zeros(len(kept), np.bool_)
    for rows in clusters.members():
        seconds: dict[str, float] = defaultdict(float)
        for row in rows:
            if kept[row]:
                seconds[sets.get(recordings[row], "")] += float(durations_s[row])
        if len(seconds) < 2:
            continue
        old = {before[recordings[row]] for row in rows if kept[row] and recordings[row] in before}
        order = {
            name: (_BEST_SETS.get(name, 3) if name in old else 3, -time) for name, time in seconds.items()
        }
        stays = min(order, key=lambda name: (order[name], name))
        for row in rows:
            found[row] = sets.get(recordings[row], "") != stays
    return found


def cluster_rows(clusters: Clusters, rows: Mapping[int, Row]) -> Iterator[Row]:
    """Rows of ``CLUSTER`` for clusters whose members are given as rows of ``SELECTED``."""
    for members in clusters.members():
        exact = clusters.kind == "sound" and len({rows[row]["pcm_sha256"] for row in members}) == 1
        for row in members:
            clip = rows[row]
            yield {
                **{name: clip[name] for name in _CLIP_COLUMNS},
                "cluster": rows[int(clusters.first[row])]["clip_id"],
                "kind": "exact" if exact else clusters.kind,
                "rank": int(clusters.rank[row]),
                "shared_s": clusters.shared_s.get(row),
                "likeness": clusters.likeness.get(row),
            }


_CLIP_COLUMNS = (
    *("clip_id", "recording_id", "language", "split", "shelf"),
    *("start_s", "duration_s", "text"),
)
CLUSTER_READS = (*_CLIP_COLUMNS, "pcm_sha256")
