"""Moves an acoustic model's Gaussians to what a recording itself sounds like, by what was surely heard in it.

First all means of a stream by one affine map, which takes channel and voice (maximum likelihood linear regression:
Leggetter & Woodland 1995), then each by its own frames as far as there are any (maximum a posteriori: Gauvain & Lee
1994), which takes sounds that the model's language lacks: a codebook of English T becomes the language's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wavelode.pipelines.models.script_biased.gaussians import NUM_STREAMS, STREAM_SIZE, Floats, Gaussians

_PRIOR_FRAMES = 20.0
"""So many frames weigh as much as where a Gaussian stood before."""
_LEAST_FRAMES = 1000
"""Less surely heard speech than ten seconds teaches nothing."""
_RIDGE = 1.0


@dataclass(frozen=True, slots=True)
class Labelled:
    """Frames of speech and what was heard in each.

    Attributes:
        features: (T, 3, 13).
        codebooks: of the phone heard, (T,); -1 where none was.
        weights: how sure that is, 0 to 1, (T,).
    """

    features: Floats
    codebooks: NDArray[np.int64]
    weights: Floats


@dataclass(frozen=True, slots=True)
class _Counts:
    """Of each Gaussian: frames, (C, 3, G), and the sum of their features, (C, 3, G, 13)."""

    frames: Floats
    sums: Floats


def features_of(cepstra: Floats) -> Floats:
    """Cepstra (T, 13) less their mean, with differences over 4 frames and differences of these, (T, 3, 13).

    As pocketsphinx makes its feature ``1s_c_d_dd`` with the mean of the whole utterance taken off.
    """
    level = cepstra - cepstra.mean(axis=0)
    padded = np.pad(level, ((3, 3), (0, 0)), mode="edge")

    def at(shift: int) -> Floats:
        return padded[3 + shift : 3 + shift + len(level)]

    return np.stack([level, at(2) - at(-2), (at(3) - at(-1)) - (at(1) - at(-3))], axis=1)


def mapped(gaussians: Gaussians, heard: Labelled) -> Gaussians:
    """All means of a stream moved alike, so that each phone is still what it was."""
    return replace(gaussians, means=_mapped(gaussians, _counted(gaussians, heard)))


def drawn(gaussians: Gaussians, heard: Labelled) -> Gaussians:
    """Each mean moved to what was heard for its phone."""
    return replace(gaussians, means=_drawn(gaussians, _counted(gaussians, heard)))


def together(heard: Sequence[Labelled]) -> Labelled | None:
    """All frames in which something was heard; None where that is too little."""
    known = [part.codebooks >= 0 for part in heard]
    frames = sum(float(part.weights[sure].sum()) for part, sure in zip(heard, known, strict=True))
    if frames < _LEAST_FRAMES:
        return None
    return Labelled(
        np.concatenate([part.features[sure] for part, sure in zip(heard, known, strict=True)]),
        np.concatenate([part.codebooks[sure] for part, sure in zip(heard, known, strict=True)]),
        np.concatenate([part.weights[sure] for part, sure in zip(heard, known, strict=True)]),
    )


def _counted(gaussians: Gaussians, heard: Labelled) -> _Counts:
    books, _, size, _ = gaussians.means.shape
    counts = _Counts(np.zeros((books, NUM_STREAMS, size)), np.zeros((books, NUM_STREAMS, size, STREAM_SIZE)))
    for book in np.unique(heard.codebooks):
        of_book = heard.codebooks == book
        for stream in range(NUM_STREAMS):
            features = heard.features[of_book, stream]
            share = _shares(features, gaussians.means[book, stream], gaussians.variances[book, stream])
            share *= heard.weights[of_book, None]
            counts.frames[book, stream] = share.sum(axis=0)
            counts.sums[book, stream] = share.T @ features
    return counts


def _shares(features: Floats, means: Floats, variances: Floats) -> Floats:
    """How much of each frame (T, 13) each of G Gaussians (G, 13) accounts for, (T, G)."""
    precision = 1 / variances
    fixed = np.log(variances).sum(axis=1) + (means**2 * precision).sum(axis=1)
    logs = -0.5 * (features**2 @ precision.T - 2 * features @ (means * precision).T + fixed)
    shares: Floats = np.exp(logs - logs.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def _mapped(gaussians: Gaussians, counts: _Counts) -> Floats:
    """All means of a stream by the affine map under which the frames are likeliest."""
    means = np.empty_like(gaussians.means)
    for stream in range(NUM_STREAMS):
        old = gaussians.means[:, stream]
        extended = np.concatenate([np.ones((*old.shape[:2], 1)), old], axis=2).reshape(-1, STREAM_SIZE + 1)
        frames = counts.frames[:, stream].reshape(-1)
        sums = counts.sums[:, stream].reshape(-1, STREAM_SIZE)
        precision = 1 / gaussians.variances[:, stream].reshape(-1, STREAM_SIZE)
        rows = [
            _row(extended, frames * precision[:, i], sums[:, i] * precision[:, i], i)
            for i in range(STREAM_SIZE)
        ]
        means[:, stream] = (extended @ np.array(rows).T).reshape(old.shape)
    return means


def _row(extended: Floats, weights: Floats, targets: Floats, place: int) -> Floats:
    """One row of the map, (14,): weighted least squares, held near the row that leaves things as they are."""
    same = np.eye(STREAM_SIZE + 1)[place + 1]
    normal = (extended * weights[:, None]).T @ extended + _RIDGE * np.eye(STREAM_SIZE + 1)
    found: Floats = np.linalg.solve(normal, extended.T @ targets + _RIDGE * same)
    return found


def _drawn(gaussians: Gaussians, counts: _Counts) -> Floats:
    """Each mean drawn towards that of its own frames."""
    drawn: Floats = (_PRIOR_FRAMES * gaussians.means + counts.sums) / (
        _PRIOR_FRAMES + counts.frames[..., None]
    )
    return drawn
