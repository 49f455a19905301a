"""Which printed words were heard as printed, and which of them in runs: what a biased listener can't make up."""

from __future__ import annotations

import numpy as np

from wavelode.alignment.align import Scoring
from wavelode.alignment.sides import Hearing, Ints, Printed, Side

_AGREES = 0.7
"""Share of a word's letters that must be heard for the word to count as heard."""
_RUN_WORDS = 3
"""Fewer agreeing words in a row prove nothing: a listener biased by the script hears single words anywhere."""
_RUN_STEP = 2
"""Agreeing words this far apart, on both sides, are still one run: one misheard word does not end it."""


def agreeing(printed: Side, hearing: Side, pairs: Ints, scoring: Scoring) -> dict[int, int]:
    """Printed word -> heard word, where most letters of both lie on letters that speak for the other.

    These are equal letters, and what this listener is known to write for them.

    Args:
        pairs: the path's diagonal steps, (K, 2).
    """
    fits = scoring.substitution(printed.symbols[pairs[:, 0]], hearing.symbols[pairs[:, 1]]) > 0
    owners = np.stack([printed.owner[pairs[fits, 0]], hearing.owner[pairs[fits, 1]]], axis=1)
    owners = owners[(owners >= 0).all(axis=1)]
    if not owners.size:
        return {}
    couples, letters = np.unique(owners, axis=0, return_counts=True)
    longer = np.maximum(printed.sizes[couples[:, 0]], hearing.sizes[couples[:, 1]])
    return {int(p): int(h) for p, h in couples[letters >= _AGREES * longer]}


def in_runs(heard_as: dict[int, int], printed: Printed, hearing: Hearing) -> dict[int, int]:
    """The printed words in runs of agreement long enough to mean something, each with the length of its run."""
    found: dict[int, int] = {}
    run: list[int] = []
    for word in [*sorted(heard_as), None]:
        if run and (word is None or not _follows(run[-1], word, heard_as)):
            length = _run_length(run, heard_as, printed, hearing)
            found.update(dict.fromkeys(run, length) if length >= _RUN_WORDS else {})
            run = []
        run += [] if word is None else [word]
    return found


def _follows(word: int, following: int, heard_as: dict[int, int]) -> bool:
    return max(following - word, heard_as[following] - heard_as[word]) <= _RUN_STEP


def _run_length(run: list[int], heard_as: dict[int, int], printed: Printed, hearing: Hearing) -> int:
    """Words as they are printed and heard are counted: a number spelled out is one word, however long."""
    seen = {(printed.sentence_of[w], printed.words[w].start) for w in run}
    heard = {int(hearing.origin[heard_as[w]]) for w in run}
    return min(len(seen), len(heard))
