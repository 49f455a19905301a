"""Choosing among measured rows: limits, then speakers, copies and sets, and after each the filters are asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wavelode.datasets.shards import row_groups
from wavelode.pipelines.duplicates.clusters import components
from wavelode.pipelines.duplicates.prints import Prints
from wavelode.pipelines.grouping import Grouping
from wavelode.pipelines.selecting.columns import Columns
from wavelode.pipelines.selecting.corpus import (
    Clusters,
    Told,
    elsewhere,
    find_copies,
    find_same_texts,
    loose_ties,
    speaker_minutes,
)
from wavelode.pipelines.selecting.decide import Fates, decide, joined
from wavelode.pipelines.selecting.limits import Limits, Quantiles
from wavelode.pipelines.splitting.splits import Splits, split
from wavelode.pipelines.splitting.ties import parts_of
from wavelode.pipelines.splitting.units import Unit
from wavelode.pipelines.taken import Taken
from wavelode.schemas.settings import SelectSettings, SplitSettings
from wavelode.schemas.time import WORKING_RATE_HZ

READS = (
    *("kind", "text", "text_normalized", "language", "license", "role", "duration_s", "speech_ratio"),
    *("p_correct", "alignment_score", "longest_run", "cer", "start_heard", "end_heard"),
    *("snr_db", "bandwidth_hz", "clipping_ratio", "overlap_ratio", "music_ratio"),
)
"""The columns that filters look at."""

Extra = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Measured:
    """All rows, measured and not decided, on disk; and what must be known of all at once.

    Attributes:
        prints: the peaks of each row.
        units: the recordings that the rows are of.
        removed: what was taken out of the run before.
    """

    table: Path
    prints: Prints
    units: Sequence[Unit]
    removed: Taken | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of all rows, and which are one another's copies.

    Attributes:
        names: what a cluster is called, by its first row: the clip of its best.
    """

    fates: Fates
    splits: Splits
    copies: Clusters
    texts: Clusters
    names: Mapping[int, str]


def choose(
    measured: Measured,
    settings: SelectSettings,
    splitting: SplitSettings,
    before: Mapping[str, str],
    grouping: Grouping,
) -> Choice:
    """Decides over a table of measured rows, which stays as it is.

    Args:
        before: the set of each recording in an earlier selection.
        grouping: where and how copies, and recordings that share something, meet.
    """
    told = Told(measured.table)
    asked = Asked.of(measured.table, settings, len(measured.prints))
    if measured.removed and measured.removed.speakers:
        asked.know(removed=np.asarray(measured.removed.holds(told.table)))
    asked.know(speaker_minutes=speaker_minutes(told, asked.fates))
    copies, pairs = find_copies(told, measured.prints, asked.fates, before, grouping)
    asked.know(copy_rank=copies.rank.astype(np.float64))
    texts = find_same_texts(told, asked.fates, before, grouping)
    asked.know(text_rank=texts.rank.astype(np.float64))
    units = [
        replace(unit, samples=n)
        for unit, n in zip(measured.units, _samples(measured.units, told, asked.fates), strict=True)
    ]
    apart = "copies" in splitting.together
    if apart:
        meeting = components(len(told.durations_s), pairs)
        shared = loose_ties(told, (meeting, texts.first), splitting.most_tied)
        units = [replace(unit, loose_ties=tuple(shared.get(unit.recording_id, ()))) for unit in units]
    splits = split(parts_of(units, grouping.folder / "ties", grouping.group), splitting, before)
    if apart:
        asked.know(copy_elsewhere=elsewhere(told, copies, asked.fates.kept, splits.of, before))
        asked.know(text_elsewhere=elsewhere(told, texts, asked.fates.in_asr, splits.of, before))
    return Choice(asked.fates, splits, copies, texts, _names(measured.table, copies, texts))


class Asked:
    """The filters' answers over a whole table, asked anew as more is known of it."""

    def __init__(self, table: Path, limits: Limits, extra: Extra) -> None:
        self.table, self.limits, self._extra = table, limits, extra
        self.fates = joined([])

    @classmethod
    def of(cls, table: Path, settings: SelectSettings, rows: int, extra: Extra | None = None) -> Asked:
        """Limits found and filters asked, of rows of whose corpus nothing is known yet but what `extra` says."""
        asked = cls(table, Limits.fixed(settings), nothing_known(rows) | (extra or {}))
        asked.know()
        quantiles = Quantiles(asked.limits)
        if quantiles:
            for columns, here in asked.groups():
                quantiles.add(columns, asked.fates.in_asr[here])
            asked.limits = quantiles.limits()
            asked.know()
        return asked

    def know(self, **found: NDArray[Any]) -> None:
        """Takes in columns (N,) and asks again."""
        self._extra |= found
        self.fates = joined([decide(columns, self.limits) for columns, _ in self.groups()])

    def groups(self) -> Iterator[tuple[Columns, slice]]:
        """The table a row group at a time, and where in it each lies."""
        start = 0
        for group in row_groups(self.table, list(READS)):
            here = slice(start, start := start + len(group))
            yield Columns(group, {name: values[here] for name, values in self._extra.items()}), here


def nothing_known(rows: int) -> Extra:
    """The columns that only a whole corpus can fill, (N,) each, before it is known."""
    numbers: Callable[[], NDArray[Any]] = lambda: np.full(rows, np.nan)  # noqa: E731
    return {
        **{name: numbers() for name in ("speaker_minutes", "copy_rank", "text_rank")},
        **{name: np.zeros(rows, np.bool_) for name in ("copy_elsewhere", "text_elsewhere", "removed")},
    }


def _samples(units: Sequence[Unit], told: Told, fates: Fates) -> list[int]:
    """How much of each recording is kept with its text."""
    total: dict[str, float] = {}
    rows = zip(told.texts("recording_id"), told.durations_s.tolist(), fates.in_asr.tolist(), strict=True)
    for name, seconds, kept in rows:
        total[name] = total.get(name, 0.0) + seconds * kept
    return [round(total.get(unit.recording_id, 0.0) * WORKING_RATE_HZ) for unit in units]


def _names(table: Path, *ways: Clusters) -> dict[int, str]:
    """A name for each row that is the first of a cluster."""
    wanted = sorted({int(clusters.first[many[0]]) for clusters in ways for many in clusters.members()})
    named: list[str] = []
    start = 0
    for group in row_groups(table, ["clip_id"]):
        here = [row - start for row in wanted if start <= row < start + len(group)]
        named += group["clip_id"].take(pa.array(here, pa.int64())).to_pylist()
        start += len(group)
    return dict(zip(wanted, named, strict=True))
