"""Which frames say which symbol: the likeliest CTC path, and the likeliest one that spells a given sequence.

CTC (Graves et al. 2006) writes one label per frame, the blank among them; a sequence is what is left when repeats
are merged and blanks dropped. Every function is pure numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.emissions import Posteriors, best_path, may_skip


@dataclass(frozen=True, slots=True)
class Uttered:
    """One symbol on the frames [start, end) that say it; `log_p` is the mean log-probability over them."""

    symbol: int
    start: int
    end: int
    log_p: float


def greedy(log_p: Posteriors, blank: int) -> list[int]:
    """The sequence of the likeliest path of (F, V) posteriors.

    >>> greedy(np.log(np.array([[.1, .9], [.1, .9], [.9, .1], [.2, .8]], np.float32)), blank=0)
    [1, 1]
    """
    best = log_p.argmax(axis=1) if log_p.size else np.zeros(0, np.int64)
    first = np.diff(best, prepend=-1) != 0
    return [int(label) for label in best[first & (best != blank)]]


def align(log_p: Posteriors, symbols: Sequence[int], blank: int) -> list[Uttered] | None:
    """The likeliest place of each symbol, in order; None where there are too few frames to say them all.

    Of equally likely paths the one that moves on earlier is taken.

    Args:
        log_p: (F, V) log-posteriors.
        symbols: labels to lay onto the frames, the blank not among them.
    """
    if not symbols:
        return []
    states = np.full(2 * len(symbols) + 1, blank)
    states[1::2] = symbols
    path = best_path(log_p[:, states], may_skip(symbols))
    return None if path is None else _uttered(path, log_p, symbols)


def _uttered(path: NDArray[np.int64], log_p: Posteriors, symbols: Sequence[int]) -> list[Uttered]:
    """Every symbol's frames: states 1, 3, 5 … of a path are the symbols, each at least one frame long."""
    places = 2 * np.arange(len(symbols)) + 1
    starts, ends = np.searchsorted(path, places, "left"), np.searchsorted(path, places, "right")
    found = zip(symbols, starts, ends, strict=True)
    return [Uttered(s, int(a), int(b), float(log_p[a:b, s].mean())) for s, a, b in found]
