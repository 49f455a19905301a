"""How likely what was heard is one of the words of a print, misheard: what another word would most likely be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.align import encode
from wavelode.alignment.misheard import Floats, log_misheard
from wavelode.alignment.retrieval import Index

_GROUP = 2
_MOST_WORDS = 16
"""Words that share most letter pairs with what was heard; what the others add is less than any of these."""
_BATCH = 2000
"""Texts at once: eight hours have so many that all of their pairs would take a gigabyte."""
_START, _END = "\x02", "\x03"
_NEVER = -200.0


@dataclass(frozen=True, slots=True)
class KnownWords:
    """Distinct words, the log of how often each is printed, (V,), and which of them share letters with a text."""

    words: tuple[str, ...]
    log_shares: Floats
    index: Index

    @classmethod
    def of(cls, words: Iterable[str]) -> KnownWords:
        counts = Counter(words)
        shares = np.array(list(counts.values()), np.float64) / max(1, counts.total())
        index = Index.of([encode(f"{_START}{word}{_END}") for word in counts], _GROUP)
        return cls(tuple(counts), np.log(shares), index)

    def log_chance(
        self, said: Sequence[str], texts: Sequence[str], rates: Floats, letters: Mapping[str, float]
    ) -> Floats:
        """(K,): log-probability that a word of these, but not `said`, is heard as `texts`.

        Args:
            said: the word that is printed in each place, (K,).
            rates: how often letters are misheard there, (K,), and letters: what is written instead, as shares.
        """
        if len(self.words) < 2 or not texts:
            return np.full(len(texts), _NEVER)
        bounds = [(start, start + _BATCH) for start in range(0, len(texts), _BATCH)]
        parts = [self._chances(said[a:b], texts[a:b], rates[a:b], letters) for a, b in bounds]
        chances: Floats = np.concatenate(parts)
        return chances

    def _chances(
        self, said: Sequence[str], texts: Sequence[str], rates: Floats, letters: Mapping[str, float]
    ) -> Floats:
        near = np.array([self._near(text) for text in texts])
        others = [[self.words[w] for w in row] for row in near.tolist()]
        width = near.shape[1]
        written = [text for text in texts for _ in range(width)]
        flat = [word for row in others for word in row]
        misheard = log_misheard(flat, written, np.repeat(rates, width), letters).reshape(near.shape)
        chance = misheard + self.log_shares[near]
        same = np.array([[word == own for word in row] for row, own in zip(others, said, strict=True)])
        total: Floats = np.logaddexp.reduce(np.where(same, _NEVER, chance), axis=1)
        return total

    def _near(self, text: str) -> NDArray[np.int64]:
        scores = self.index.scores(encode(f"{_START}{text}{_END}"))
        most = min(_MOST_WORDS, len(scores))
        near: NDArray[np.int64] = np.argpartition(-scores, most - 1)[:most]
        return near
