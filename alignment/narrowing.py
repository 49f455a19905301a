"""Aligns a short stretch of hearing to only those sentences of a long print that it may be a reading of.

What is left over of an 8-hour recording is some thousand short stretches, and each may come from anywhere in print. To
align every one to all of it costs more than the rest of the work together. The sentences that share most letter groups
with a stretch are found by `retrieval`, and only these are aligned to, in the order of print.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.align import Scoring, align
from wavelode.alignment.retrieval import Index, Symbols
from wavelode.alignment.sides import Ints, Printed

_GROUP = 3
"""Letters in a row that must be heard right; one group in five survives a listener wrong in four letters of ten."""
_CHUNK = 64
"""Letters looked up at once, about a short sentence: in a longer stretch the groups of one are lost among the rest."""
_MOST_SENTENCES = 128
"""Sentences that a chunk may come from. Of what a search of all print finds, less is lost the more there are."""
_SMALL_PRINT = 20_000
"""Letters of print, about twenty minutes: so few are compared as they are."""
_BREAK = 16
"""Symbols nobody hears where sentences are left out: crossing them costs as much as what is left out."""
_NOBODY_HEARS = -1


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A print, and the index of its sentences; without one where the print is small."""

    printed: Printed
    index: Index | None

    @classmethod
    def of(cls, printed: Printed) -> Narrowing:
        side = printed.side
        if len(side.symbols) <= _SMALL_PRINT:
            return cls(printed, None)
        spans = [side.letters(a, b) if a < b else (0, 0) for a, b in printed.bounds]
        return cls(printed, Index.of([side.symbols[a:b] for a, b in spans], _GROUP))

    def pairs(self, heard: Symbols, scoring: Scoring) -> Ints:
        """(K, 2): the diagonal steps of the best path between the likely sentences and `heard`."""
        symbols = self.printed.side.symbols
        if self.index is None:
            return align(symbols, heard, scoring).pairs()
        places = self._places(self._likely(self.index, heard))
        narrow = np.where(places >= 0, symbols[places], np.int32(_NOBODY_HEARS))
        pairs = align(narrow, heard, _with_break(scoring)).pairs()
        printed = places[pairs[:, 0]]
        return np.stack([printed, pairs[:, 1]], axis=1)[printed >= 0]

    def _likely(self, index: Index, heard: Symbols) -> Ints:
        """The sentences that share most with any chunk of `heard`, in the order of print."""
        likely = np.zeros(len(self.printed.bounds), bool)
        for start in range(0, max(1, len(heard) - _CHUNK // 2), _CHUNK // 2):
            scores = index.scores(heard[start : start + _CHUNK])
            most = min(_MOST_SENTENCES, len(scores))
            best = np.argpartition(-scores, most - 1)[:most]
            likely[best[scores[best] > 0]] = True
        return np.flatnonzero(likely)

    def _places(self, sentences: Ints) -> Ints:
        """(N,): the letters of these sentences with a break, -1, wherever some between them are left out."""
        pieces: list[NDArray[np.int64]] = []
        past = 0
        for sentence in sentences.tolist():
            start, end = self.printed.side.letters(*self.printed.bounds[sentence])
            pieces.append(np.arange(past, start) if start - past <= _BREAK else np.full(_BREAK, -1, np.int64))
            pieces.append(np.arange(start, end))
            past = end
        return np.concatenate([*pieces, np.zeros(0, np.int64)])


def _with_break(scoring: Scoring) -> Scoring:
    """The scores with a class for the break where they are a table, which must know every symbol."""
    if scoring.table is None or scoring.classes is None:
        return scoring
    table = np.pad(scoring.table, (0, 1), constant_values=scoring.mismatch)
    return replace(scoring, classes={**scoring.classes, _NOBODY_HEARS: len(scoring.table)}, table=table)
