"""Vectors to voices: agglomerative clustering by average cosine distance, or spectral clustering.

The spectral way (normalised Laplacian: Ng, Jordan & Weiss 2001; each vector tied to its nearest alone, the number of
voices at the widest gap between eigenvalues: von Luxburg 2007) needs no distance at which voices part.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wavelode.schemas.errors import MissingDependency

_MOST_AT_ONCE = 3_000
"""Clustering takes the square of this; of more vectors an even choice is clustered, the rest join the nearest."""
_MOST_SPECTRAL = 1_200
"""Its cube, two seconds of a core."""
_MOST_VOICES = 12
_TIED_SHARE, _LEAST_TIED = 8, 6
"""A vector is tied to the nearest eighth of all; to the others by a hundredth of what they have in common."""
_LOOSE = 0.01
_ROUNDS = 50

Clustering = Literal["average", "spectral"]


def voices(
    vectors: NDArray[np.float32], farthest: float, fewest: int, by: Clustering = "average"
) -> NDArray[np.int64]:
    """A voice's number per vector, (N,), counted from 0 in order of first appearance.

    Args:
        vectors: (N, D) of length one.
        farthest: mean cosine distance at which two groups are still one voice, 0 to 2; spectral clustering needs none.
        fewest: a voice with fewer vectors is taken for the nearest of the others.

    Raises:
        MissingDependency: without scipy.
    """
    if not len(vectors):
        return np.zeros(0, np.int64)
    most = _MOST_SPECTRAL if by == "spectral" else _MOST_AT_ONCE
    chosen = vectors[np.linspace(0, len(vectors) - 1, min(len(vectors), most)).astype(int)]
    groups = _spectral(chosen) if by == "spectral" else _grouped(chosen, farthest)
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


def _spectral(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    if len(vectors) <= _LEAST_TIED:
        return np.zeros(len(vectors), np.int64)
    ties = _ties(vectors)
    scale = 1 / np.sqrt(ties.sum(axis=1))
    values, axes = np.linalg.eigh(np.eye(len(ties)) - scale[:, None] * ties * scale)
    count = int(np.argmax(np.diff(values[: _MOST_VOICES + 1]))) + 1
    places = axes[:, :count] / np.maximum(np.linalg.norm(axes[:, :count], axis=1, keepdims=True), 1e-9)
    return _nearest_centres(places, count)


def _ties(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """How much any two have in common, (N, N), symmetric, little but for the nearest of each."""
    alike = np.maximum(vectors @ vectors.T, 0).astype(np.float64)
    nearest = max(_LEAST_TIED, len(alike) // _TIED_SHARE)
    least = np.sort(alike, axis=1)[:, -nearest][:, None]
    tied = np.where(alike >= least, alike, _LOOSE * alike)
    ties: NDArray[np.float64] = (tied + tied.T) / 2
    np.fill_diagonal(ties, 0)
    return ties


def _nearest_centres(places: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """K-means on a sphere (N, D), begun at the first place, then each time at the farthest from all before."""
    first = [0]
    for _ in range(count - 1):
        first.append(int(np.argmin((places @ places[first].T).max(axis=1))))
    centres = places[first]
    groups = np.zeros(len(places), np.int64)
    for _ in range(_ROUNDS):
        groups = (places @ centres.T).argmax(axis=1)
        centres = np.stack(
            [places[groups == g].mean(axis=0) if (groups == g).any() else centres[g] for g in range(count)]
        )
    return groups


def _in_order(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """The groups renamed by first appearance."""
    _, first, renamed = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[renamed]
