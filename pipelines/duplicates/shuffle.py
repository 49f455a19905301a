"""Which clips hold the same sound, found without comparing each with each.

::

    spread    a block of clips  -> (key, clip, frame), by partition of the key       map
    meet      a key partition   -> (pair of clips, offset) of those that share a key  group by key
    confirm   a pair partition  -> pairs whose peaks lie on each other                group by pair

Each step is a task that any engine may run, on any machine that sees the folder with the peaks of all clips; what
lies between two steps is the engine's shuffle. No step holds more than one partition. A key that very many clips share
joins each to its neighbours and to the first, not all to all.

Pairs that meet by chance grow by the square of the clips, so many clips get wide keys, which meet ten times less.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wavelode.pipelines.duplicates.clusters import leads
from wavelode.pipelines.duplicates.confirm import COPY, confirmed
from wavelode.pipelines.duplicates.keys import mix
from wavelode.pipelines.duplicates.prints import Prints
from wavelode.pipelines.grouping import ByFiles, GroupBy, Grouper, Parted, Table

POSTING = np.dtype([("key", "<u8"), ("clip", "<u4"), ("frame", "<i4")])
PAIR = np.dtype([("pair", "<u8"), ("offset", "<i4")])

_NEIGHBOURS = 15
"""Clips that share a key are joined to so many after them."""
_SAME_OFFSET = 8
"""Frames by which offsets of two shared keys may differ and still be one."""
_LEAST_KEYS = 2
_WIDE_USED = 8 / 3
"""Of wide keys so many times as many are used: as many copies are then found (.957 and .958 of the made-up ones)."""
_LEAST_PARTITIONS, _CLIPS_A_PARTITION = 8, 32_000


@dataclass(frozen=True, slots=True)
class Shuffle:
    """A folder in which clips meet.

    Attributes:
        left: 0 compares all clips with each other; else only the first so many with the rest.
        every: one of so many keys is used; more where the keys are wide.
        partitions: parts in which keys and pairs are grouped.
        many: so many clips and more get wide keys.
    """

    folder: Path
    left: int = 0
    every: int = 16
    partitions: int = 8
    many: int = 50_000

    def copies(self, prints: Prints, group: Grouper | None = None) -> Table:
        """All pairs of clips that hold the same sound: a `COPY` table, sorted.

        Args:
            group: runs the group-bys, by default here and through files of the folder; the folder must be seen from
                wherever it does.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        np.save(self.folder / "peaks.npy", prints.peaks)
        np.save(self.folder / "bounds.npy", prints.bounds)
        blocks = range(len(list(prints.blocks())))
        by = GroupBy(self.partitions, ("keys", "pairs"), self.spread, self.confirm, (self.meet,))
        found = [np.zeros(0, COPY), *(group or ByFiles(self.folder))(by, blocks)]
        return np.sort(np.concatenate(found), order=["a", "b"])

    @classmethod
    def sized(cls, folder: Path, clips: int) -> Shuffle:
        """One whose partitions take about the same memory, however many clips there are."""
        return cls(folder, partitions=max(_LEAST_PARTITIONS, clips // _CLIPS_A_PARTITION))

    def prints(self) -> Prints:
        """The clips, read where they are needed."""
        peaks = np.load(self.folder / "peaks.npy", mmap_mode="r")
        return Prints(peaks, np.load(self.folder / "bounds.npy"))

    def chosen(self, clips: int) -> tuple[int, bool]:
        """One of how many keys is used among so many clips, and whether they are wide."""
        wide = clips >= self.many
        return (max(1, int(self.every / _WIDE_USED)) if wide else self.every), wide

    def spread(self, block: int) -> Parted:
        """The keys of a block of clips: `POSTING` rows."""
        prints = self.prints()
        every, wide = self.chosen(len(prints))
        found, clips = prints.keys(list(prints.blocks())[block], every, wide=wide)
        postings = np.zeros(len(clips), POSTING)
        postings["key"], postings["clip"], postings["frame"] = found.keys, clips, found.frames
        postings = postings[np.argsort(clips, kind="stable")]
        return Parted(postings, postings["key"] % np.uint64(self.partitions))

    def meet(self, _partition: int, postings: Table) -> Parted:
        """Every pair that shares a key of one partition: `PAIR` rows."""
        postings = postings[np.argsort(postings["key"], kind="stable")]
        pairs = np.concatenate([np.zeros(0, PAIR), *_meetings(postings, self.left)])
        return Parted(pairs, mix(pairs["pair"]) % np.uint64(self.partitions))

    def confirm(self, _partition: int, pairs: Table) -> Table:
        """Those pairs of one partition that are copies: a `COPY` table."""
        return confirmed(self.prints(), coherent(pairs))


def _meetings(postings: Table, left: int) -> Iterator[Table]:
    """Pairs of postings, sorted by key then clip, that share a key: `PAIR` tables."""
    keys = postings["key"]
    if not len(keys):
        return
    opens = np.concatenate([[True], keys[1:] != keys[:-1]])
    sizes = np.diff(np.append(np.flatnonzero(opens), len(keys)))
    shared = np.repeat(sizes > 1, sizes)
    postings = postings[shared]
    keys = postings["key"]
    for step in range(1, min(_NEIGHBOURS, len(keys) - 1) + 1):
        same = np.flatnonzero(keys[step:] == keys[:-step])
        if not len(same):
            return
        yield _paired(postings[same], postings[same + step], left)
    first = leads(keys)
    far = np.flatnonzero(np.arange(len(keys)) - first > _NEIGHBOURS)
    yield _paired(postings[first[far]], postings[far], left)


def _paired(one: Table, other: Table, left: int) -> Table:
    a, b = one["clip"].astype(np.uint64), other["clip"].astype(np.uint64)
    kept = a != b
    if left:
        kept &= (a < left) & (b >= left)
    pairs = np.zeros(int(kept.sum()), PAIR)
    pairs["pair"] = (a[kept] << np.uint64(32)) | b[kept]
    pairs["offset"] = other["frame"][kept] - one["frame"][kept]
    return pairs


def coherent(pairs: Table) -> Table:
    """One row for each pair that shares two keys or more at one offset: the offset that most of them have."""
    pairs = np.sort(pairs)
    if not len(pairs):
        return pairs
    other = pairs["pair"][1:] != pairs["pair"][:-1]
    opens = np.concatenate([[True], other | (np.diff(pairs["offset"]) > _SAME_OFFSET)])
    starts = np.flatnonzero(opens)
    sizes = np.diff(np.append(starts, len(pairs)))
    middle = pairs[starts + sizes // 2]
    order = np.lexsort((-sizes, middle["pair"]))
    middle, sizes = middle[order], sizes[order]
    best = np.concatenate([[True], middle["pair"][1:] != middle["pair"][:-1]])
    chosen: Table = middle[best & (sizes >= _LEAST_KEYS)]
    return chosen
