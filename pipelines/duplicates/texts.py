"""Texts that are nearly the same: MinHash by `rensa`, then bands of it, so that only likely pairs are compared.

::

    spread    a block of texts  -> (band, text), by the band's hash                 map
    meet      a group of bands  -> pairs of texts: each with the first of its band,
                                   and with the one before it                       group by band
    confirm   a group of pairs  -> those that are alike                             group by pair
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wavelode.datasets.storage import whole
from wavelode.pipelines.duplicates.clusters import leads
from wavelode.pipelines.duplicates.keys import mix
from wavelode.pipelines.grouping import ByFiles, GroupBy, Grouper, Parted, Table

LEAST_LETTERS = 20
"""Shorter ones are said again and again and are nobody's copy."""
LEAST_LIKENESS = 0.8
"""Share of letter groups that two texts have in common, of those of both (Jaccard)."""

BAND = np.dtype([("band", "<u8"), ("text", "<u4")])
ALIKE = np.dtype([("a", "<u4"), ("b", "<u4")])

_LETTERS = 5
_HASHES, _BANDS = 120, 20
"""Six hashes a band: four of five pairs alike to 0.8 meet in one, and hardly one alike to 0.5."""
_SEED = 1
_BLOCK = 20_000
_LEAST_GROUPS, _BLOCKS_A_GROUP = 8, 2

Digests = NDArray[np.uint32]


def alike(
    texts: Sequence[str], folder: Path, group: Grouper | None = None, block: int = _BLOCK
) -> list[tuple[int, int]]:
    """Pairs of texts, by number, that are nearly the same; each with the first of its like in some band.

    Args:
        folder: for texts and digests, seen from wherever `group` runs its steps; by default here.
        block: so many texts are an item.
    """
    long = np.array([number for number, text in enumerate(texts) if len(text) >= LEAST_LETTERS], np.int64)
    folder.mkdir(parents=True, exist_ok=True)
    with whole(folder / "texts.parquet") as scratch:
        pq.write_table(pa.table({"text": [texts[number] for number in long]}), scratch, row_group_size=block)
    blocks = range(-(-len(long) // block))
    meeting = Meeting(folder, max(_LEAST_GROUPS, len(blocks) // _BLOCKS_A_GROUP), block)
    by = GroupBy(meeting.groups, ("bands", "met"), meeting.spread, meeting.confirm, (meeting.meet,))
    found = np.concatenate([np.zeros(0, ALIKE), *(group or ByFiles(folder))(by, blocks)])
    return sorted(zip(long[found["a"]].tolist(), long[found["b"]].tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Meeting:
    """The steps by which texts meet; they read texts and leave digests in a folder."""

    folder: Path
    groups: int
    block: int

    def spread(self, block: int) -> Parted:
        """The bands of a block of texts: `BAND` rows."""
        texts = pq.ParquetFile(self.folder / "texts.parquet").read_row_group(block)["text"].to_pylist()
        digests = digests_of(texts)
        with whole(self._digests_at(block)) as scratch, scratch.open("wb") as file:
            np.save(file, digests)
        rows = np.zeros((_BANDS, len(texts)), BAND)
        rows["text"] = np.arange(len(texts)) + block * self.block
        for band in range(_BANDS):
            rows["band"][band] = _hashed(band, digests[:, band::_BANDS])
        return Parted(rows.ravel(), rows["band"].ravel() % np.uint64(self.groups))

    def meet(self, _group: int, rows: Table) -> Parted:
        """Pairs that share a band: `ALIKE` rows."""
        rows = rows[np.lexsort((rows["text"], rows["band"]))]
        first = leads(rows["band"])
        later = np.flatnonzero(first != np.arange(len(rows)))
        pairs = np.zeros((2, len(later)), ALIKE)
        pairs["a"] = rows["text"][first[later]], rows["text"][later - 1]
        pairs["b"] = rows["text"][later]
        pairs = np.unique(pairs.ravel())
        both = pairs["a"].astype(np.uint64) << np.uint64(32) | pairs["b"]
        return Parted(pairs, mix(both) % np.uint64(self.groups))

    def confirm(self, _group: int, pairs: Table) -> Table:
        """Those pairs whose digests say that they are alike: `ALIKE` rows."""
        pairs = np.unique(pairs)
        likeness = (self._digests(pairs["a"]) == self._digests(pairs["b"])).mean(axis=1)
        found: Table = pairs[likeness >= LEAST_LIKENESS]
        return found

    def _digests(self, texts: NDArray[np.uint32]) -> Digests:
        """The digests of texts (N,), (N, 120)."""
        found = np.zeros((len(texts), _HASHES), np.uint32)
        for block in np.unique(texts // self.block).tolist():
            here = texts // self.block == block
            found[here] = np.load(self._digests_at(block), mmap_mode="r")[texts[here] % self.block]
        return found

    def _digests_at(self, block: int) -> Path:
        return self.folder / f"digests-{block:06d}.npy"


def _hashed(band: int, digests: Digests) -> NDArray[np.uint64]:
    """One number for each row of a band, (N,)."""
    hashed = np.full(len(digests), band + 1, np.uint64)
    for column in digests.T:
        hashed = mix(hashed ^ column.astype(np.uint64))
    return hashed


def digests_of(texts: Sequence[str]) -> Digests:
    """MinHashes of the groups of five letters in each text, (N, 120)."""
    from rensa import RMinHash

    parts = [np.zeros((0, _HASHES), np.uint32)]
    for first in range(0, len(texts), _BLOCK):
        groups = [letter_groups(text) for text in texts[first : first + _BLOCK]]
        parts.append(np.array(RMinHash.digests_from_token_sets(groups, _HASHES, _SEED), np.uint32))
    return np.concatenate(parts)


def letter_groups(text: str) -> list[str]:
    """All groups of five letters in a row, each once, in order of their letters."""
    return sorted({text[at : at + _LETTERS] for at in range(max(1, len(text) - _LETTERS + 1))})
