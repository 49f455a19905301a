"""Which of many texts a stretch of hearing may come from: found by the letter groups they share, before any alignment.

Every text is cut into overlapping groups of letters (n-grams). A group that few texts hold says much, one that most
hold says little (inverse document frequency). Nothing is known of a language or a script, and wrong letters spoil only
the groups they are in. What is found this way is a candidate; the aligner decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Symbols = NDArray[np.int32]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_Hashes = NDArray[np.uint64]

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_SPREAD = np.uint64(32)


@dataclass(frozen=True, slots=True)
class Index:
    """Texts by the letter groups they hold.

    Attributes:
        size: letters of a group.
        one_in: of all groups, only those whose hash is a multiple of this are looked at.
        groups: (G,) hashes of the groups, ascending.
        bounds: (G + 1,): the entries of group g are ``[bounds[g], bounds[g + 1])``.
        texts: (E,) of each entry, the text that holds the group.
        weights: (G,) what sharing a group says, in nats.
        usual: (T,) the score of each text for a letter of any hearing.
    """

    size: int
    one_in: int
    groups: _Hashes
    bounds: Ints
    texts: NDArray[np.int32]
    weights: Floats
    usual: Floats

    @classmethod
    def of(cls, texts: Sequence[Symbols], size: int, one_in: int = 1) -> Index:
        """An index of texts, which may be empty; a group counts once for a text."""
        held = [np.unique(_kept(groups_of(text, size), one_in)) for text in texts]
        owners = np.repeat(np.arange(len(texts), dtype=np.int32), [len(own) for own in held])
        hashes = np.concatenate([*held, np.zeros(0, np.uint64)])
        order = np.argsort(hashes, kind="stable")
        groups, counts = np.unique(hashes, return_counts=True)
        weights = np.log((len(texts) + 1) / counts)
        # A hearing's groups are about as frequent as the texts' own: a long text shares more of them by chance.
        seen = counts * weights
        chance = np.bincount(owners[order], np.repeat(seen, counts), len(texts)) / max(1, len(hashes))
        bounds = np.concatenate([[0], np.cumsum(counts)])
        return cls(size, one_in, groups, bounds, owners[order], weights, chance)

    def scores(self, heard: Symbols) -> Floats:
        """(T,): how much of `heard` each text shares, in nats, over what it would share by chance."""
        asked = np.unique(_kept(groups_of(heard, self.size), self.one_in))
        places = _found(asked, self.groups)
        entries = _ranges(self.bounds[places], self.bounds[places + 1])
        sizes = self.bounds[places + 1] - self.bounds[places]
        shared = np.bincount(self.texts[entries], np.repeat(self.weights[places], sizes), len(self.usual))
        found: Floats = shared - len(asked) * self.usual
        return found


def groups_of(text: Symbols, size: int) -> _Hashes:
    """(N - size + 1,): a hash of every group of `size` letters in a row; none where there are fewer letters."""
    count = max(0, len(text) - size + 1)
    hashes = np.zeros(count, np.uint64)
    for at in range(size if count else 0):
        hashes = (hashes ^ text[at : at + count].astype(np.uint64)) * _FACTOR
        hashes ^= hashes >> _SPREAD
    return hashes


def _kept(hashes: _Hashes, one_in: int) -> _Hashes:
    return hashes if one_in == 1 else hashes[hashes % np.uint64(one_in) == 0]


def _found(asked: _Hashes, groups: _Hashes) -> Ints:
    """Where those of `asked` that are among `groups` stand there; both ascending."""
    places: Ints = np.searchsorted(groups, asked)
    inside = places < len(groups)
    places, asked = places[inside], asked[inside]
    found: Ints = places[groups[places] == asked]
    return found


def _ranges(starts: Ints, ends: Ints) -> Ints:
    """All whole numbers of the ranges ``[starts[i], ends[i])``, one range after the other."""
    sizes = ends - starts
    before = np.cumsum(sizes) - sizes
    ranges: Ints = np.arange(int(sizes.sum()), dtype=np.int64) + np.repeat(starts - before, sizes)
    return ranges
