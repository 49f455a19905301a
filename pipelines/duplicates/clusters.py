"""Clusters: what is joined by pairs, through others too, and which of each cluster is the best."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def components(count: int, pairs: Iterable[tuple[int, int]]) -> Ints:
    """The first member of everybody's cluster, (N,); who is in no pair is alone (disjoint sets, Tarjan 1975)."""
    above = list(range(count))

    def root(one: int) -> int:
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    for a, b in pairs:
        low, high = sorted((root(a), root(b)))
        above[high] = low
    return np.array([root(one) for one in range(count)], np.int64)


def same(values: Iterable[str | None], kept: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Pairs of rows with the very same value, each with the first of them; among those kept."""
    first: dict[str, int] = {}
    pairs = []
    for row, (value, wanted) in enumerate(zip(values, kept.tolist(), strict=True)):
        if wanted and value is not None and first.setdefault(value, row) != row:
            pairs.append((first[value], row))
    return pairs


def leads(sorted_values: NDArray[Any]) -> Ints:
    """The place of the first of those equal to each, (N,)."""
    opens = np.ones(len(sorted_values), np.bool_)
    opens[1:] = sorted_values[1:] != sorted_values[:-1]
    return np.maximum.accumulate(np.where(opens, np.arange(len(sorted_values)), 0))


def ranks(clusters: Ints, best_first: Ints) -> Ints:
    """The place of each member in its cluster, (N,), 0 for the best.

    Args:
        best_first: all rows, the better before the worse, (N,).
    """
    order = best_first[np.argsort(clusters[best_first], kind="stable")]
    place = np.arange(len(order)) - leads(clusters[order])
    found = np.zeros(len(clusters), np.int64)
    found[order] = place
    return found
