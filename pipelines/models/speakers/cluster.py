"""Vectors to voices: agglomerative clustering by average cosine distance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wavelode.schemas.errors import MissingDependency

_MOST_AT_ONCE = 3_000
"""Clustering takes the square of this; of more vectors an even choice is clustered, the rest join the nearest."""


def voices(vectors: NDArray[np.float32], farthest: float, fewest: int) -> NDArray[np.int64]:
    """A voice's number per vector, (N,), counted from 0 in order of first appearance.

    Args:
        vectors: (N, D) of length one.
        farthest: mean cosine distance at which two groups are still one voice, 0 to 2.
        fewest: a voice with fewer vectors is taken for the nearest of the others.

    Raises:
        MissingDependency: without scipy.
    """
    if not len(vectors):
        return np.zeros(0, np.int64)
    chosen = vectors[np.linspace(0, len(vectors) - 1, min(len(vectors), _MOST_AT_ONCE)).astype(int)]
    groups = _grouped(chosen, farthest)
    sizes = np.bincount(groups)
    wanted = min(fewest * len(chosen) / len(vectors), sizes.max())
    centres = np.stack([chosen[groups == group].mean(axis=0) for group in np.flatnonzero(sizes >= wanted)])
    centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
    return _in_order((vectors @ centres.T).argmax(axis=1))


def _grouped(vectors: NDArray[np.float32], farthest: float) -> NDArray[np.int64]:
    if len(vectors) == 1:
        return np.zeros(1, np.int64)
    try:
        from scipy.cluster.hierarchy import fcluster, linkage
        from scipy.spatial.distance import squareform
    except ImportError as error:
        raise MissingDependency(
            "telling voices apart needs scipy: pip install 'wavelode[speakers]'"
        ) from error
    distances = np.maximum(0, 1 - vectors @ vectors.T).astype(np.float64)
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), "average")
    return np.asarray(fcluster(tree, farthest, "distance"), np.int64) - 1


def _in_order(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """The groups renamed by first appearance."""
    _, first, renamed = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[renamed]
