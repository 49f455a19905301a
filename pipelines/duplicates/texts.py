"""Texts that are nearly the same: MinHash by `rensa`, then bands of it, so that only likely pairs are compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

LEAST_LETTERS = 20
"""Shorter ones are said again and again and are nobody's copy."""
LEAST_LIKENESS = 0.8
"""Share of letter groups that two texts have in common, of those of both (Jaccard)."""

_LETTERS = 5
_HASHES, _BANDS = 120, 20
"""Six hashes a band: four of five pairs alike to 0.8 meet in one, and hardly one alike to 0.5."""
_SEED = 1
_BLOCK = 20_000

Digests = NDArray[np.uint32]


def alike(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of texts, by number, that are nearly the same; each with the first of its like in some band."""
    long = [number for number, text in enumerate(texts) if len(text) >= LEAST_LETTERS]
    digests = digests_of([texts[number] for number in long])
    seen: set[tuple[int, int]] = set()
    for band in range(_BANDS):
        for a, b in _meeting(digests[:, band::_BANDS]):
            if (a, b) not in seen:
                seen.add((a, b))
                if np.mean(digests[a] == digests[b]) >= LEAST_LIKENESS:
                    yield long[a], long[b]


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


def _meeting(band: Digests) -> Iterator[tuple[int, int]]:
    """Rows with the same band: each with the first and with the one before it."""
    order = np.lexsort(band.T[::-1])
    lies = band[order]
    opens = np.concatenate([[True], (lies[1:] != lies[:-1]).any(axis=1)]) if len(order) else np.zeros(0, bool)
    first = np.maximum.accumulate(np.where(opens, np.arange(len(order)), 0))
    for at in np.flatnonzero(~opens).tolist():
        row = int(order[at])
        for other in {int(order[first[at]]), int(order[at - 1])}:
            yield (other, row) if other < row else (row, other)
