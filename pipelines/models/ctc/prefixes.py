"""The likeliest label sequences, each over all paths that spell it: prefix beam search (Hannun et al. 2014)."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from wavelode.alignment.emissions import Posteriors

_LEAST_LOG_P = -7.0
"""A label less likely than one in a thousand is not tried on its frame, unless it is the likeliest."""
_NEVER = -math.inf

Labels = tuple[int, ...]
_Ends = tuple[float, float]
"""How likely a prefix is to have ended with a blank, and with its last label, as logarithms."""


def likeliest(log_p: Posteriors, blank: int, most: int) -> list[tuple[Labels, float]]:
    """At most `most` label sequences and their log-probabilities, likeliest first.

    >>> even = np.log(np.array([[.6, .4], [.6, .4]], np.float32))
    >>> [(labels, round(math.exp(sure), 2)) for labels, sure in likeliest(even, blank=0, most=2)]
    [((1,), 0.64), ((), 0.36)]

    Args:
        log_p: (F, V) log-posteriors.
        most: also how many prefixes are followed at once.
    """
    beam: dict[Labels, _Ends] = {(): (0.0, _NEVER)}
    for frame in log_p.astype(np.float64):
        beam = dict(_best(_longer(beam, frame, blank), most))
    return [(labels, _either(*ends)) for labels, ends in _best(beam, most)]


def _longer(beam: dict[Labels, _Ends], frame: np.ndarray, blank: int) -> dict[Labels, _Ends]:
    """The prefixes after one more frame (V,)."""
    tried = [
        (int(label), float(frame[label])) for label in np.flatnonzero(frame >= min(_LEAST_LOG_P, frame.max()))
    ]
    after: dict[Labels, _Ends] = defaultdict(lambda: (_NEVER, _NEVER))
    for labels, ends in beam.items():
        for label, said in tried:
            for longer, in_blank, in_label in _steps(labels, ends, label, said, blank):
                if max(in_blank, in_label) > _NEVER:
                    old = after[longer]
                    after[longer] = (_either(old[0], in_blank), _either(old[1], in_label))
    return after


def _steps(
    labels: Labels, ends: _Ends, label: int, said: float, blank: int
) -> Iterator[tuple[Labels, float, float]]:
    """What one label makes of a prefix: a repeat stays the same label, unless a blank was in between."""
    if label == blank:
        yield labels, _either(*ends) + said, _NEVER
    elif labels[-1:] == (label,):
        yield labels, _NEVER, ends[1] + said
        yield (*labels, label), _NEVER, ends[0] + said
    else:
        yield (*labels, label), _NEVER, _either(*ends) + said


def _either(a: float, b: float) -> float:
    """log(exp(a) + exp(b))"""
    high, low = max(a, b), min(a, b)
    return high if low == _NEVER else high + math.log1p(math.exp(low - high))


def _best(beam: dict[Labels, _Ends], most: int) -> list[tuple[Labels, _Ends]]:
    return heapq.nsmallest(most, beam.items(), key=lambda item: (-_either(*item[1]), item[0]))
