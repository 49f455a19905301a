"""Printed sentences that became clips, counted by document."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


@dataclass(slots=True)
class Mined:
    """Which printed sentences became clips, each counted once: eight bytes a sentence, however many there are."""

    _numbers: dict[str, int] = field(default_factory=dict)
    _seen: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, clips: pa.Table) -> None:
        clips = clips.filter(pc.is_valid(clips["document_id"]))
        if not len(clips):
            return
        documents = pc.dictionary_encode(clips["document_id"]).combine_chunks()
        own = [
            self._numbers.setdefault(name, len(self._numbers)) for name in documents.dictionary.to_pylist()
        ]
        number = np.array(own, np.int64)[documents.indices.to_numpy()]
        self._seen.append(number << 32 | clips["sentence_index"].to_numpy())
        if len(self._seen) > 64:
            self._seen = [_distinct(self._seen)]

    def by_document(self) -> Counter[str]:
        """How many sentences of each document became clips."""
        if not self._seen:
            return Counter()
        self._seen = [_distinct(self._seen)]
        counts = np.bincount(self._seen[0] >> 32, minlength=len(self._numbers)).tolist()
        return Counter(dict(zip(self._numbers, counts, strict=True)))


def _distinct(parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The different numbers of all parts, in order; `np.unique` hashes, and takes longer where most are sorted."""
    every = np.sort(np.concatenate(parts))
    distinct: NDArray[np.int64] = every[np.diff(every, prepend=-1) != 0]
    return distinct
