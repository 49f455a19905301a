"""A document as a back-off trigram model with room for speech that is not in it, in the ARPA format.

Counts are discounted by interpolated absolute discounting (Ney, Essen & Kneser 1994, eq. 23), which needs no more
than the few hundred words a bulletin has. Unprinted speech is written by single-phone *filler* words that share a
fixed part of the probability of every context.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

BEGIN, END = "<s>", "</s>"

Gram = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trigram:
    """Probabilities of all n-grams seen, and back-off weights; each a mapping from the n-gram."""

    probability: Mapping[Gram, float]
    backoff: Mapping[Gram, float]

    def of(self, gram: Gram) -> float:
        """P(last word | words before), with back-off; for tests and for reading."""
        if gram in self.probability:
            return self.probability[gram]
        if len(gram) == 1:
            return 0.0
        return self.backoff.get(gram[:-1], 1.0) * self.of(gram[1:])


def train(
    sentences: Iterable[Sequence[str]], fillers: Sequence[str], filler_share: float, discount: float = 0.5
) -> Trigram:
    """The model of `sentences`, each a sequence of words.

    Args:
        filler_share: probability of a filler word where nothing speaks for or against it, 0 to 1.
        discount: taken from each seen n-gram's count and given to the shorter context, 0 to 1.
    """
    spoken = [tuple(sentence) for sentence in sentences]
    counts = [Counter(_grams(spoken, n)) for n in (1, 2, 3)]
    probability = _unigrams(counts[0], fillers, filler_share)
    backoff: dict[Gram, float] = {}
    for order in (2, 3):
        _interpolate(counts[order - 1], discount, probability, backoff)
    probability[(BEGIN,)] = 1e-10
    return Trigram(probability, backoff)


def _grams(sentences: Iterable[tuple[str, ...]], n: int) -> Iterator[Gram]:
    for sentence in sentences:
        padded = (BEGIN, *sentence, END)
        first = 1 if n == 1 else 0  # nothing ever precedes the beginning, so it has no unigram count
        yield from (padded[i : i + n] for i in range(first, len(padded) - n + 1))


def _unigrams(counts: Counter[Gram], fillers: Sequence[str], share: float) -> dict[Gram, float]:
    total = sum(counts.values())
    found = {gram: (1 - share) * n / total for gram, n in counts.items()}
    found.update({(filler,): share / len(fillers) for filler in fillers})
    return found


def _interpolate(
    counts: Counter[Gram], discount: float, probability: dict[Gram, float], backoff: dict[Gram, float]
) -> None:
    """Adds the next order: (c - d) / c(context) + weight(context) x the shorter context's probability."""
    by_context: dict[Gram, list[Gram]] = defaultdict(list)
    for gram in counts:
        by_context[gram[:-1]].append(gram)
    for context, grams in by_context.items():
        total = sum(counts[gram] for gram in grams)
        weight = discount * len(grams) / total
        backoff[context] = weight
        for gram in grams:
            lower = Trigram(probability, backoff).of(gram[1:])
            probability[gram] = (counts[gram] - discount) / total + weight * lower


def arpa(model: Trigram) -> str:
    """The model as an ARPA file's text."""
    orders = [sorted(g for g in model.probability if len(g) == n) for n in (1, 2, 3)]
    lines = ["\\data\\", *(f"ngram {n}={len(grams)}" for n, grams in enumerate(orders, 1))]
    for n, grams in enumerate(orders, 1):
        lines += ["", f"\\{n}-grams:", *(_arpa_line(model, gram) for gram in grams)]
    return "\n".join([*lines, "", "\\end\\", ""])


def _arpa_line(model: Trigram, gram: Gram) -> str:
    line = f"{math.log10(model.probability[gram]):.5f} {' '.join(gram)}"
    if len(gram) == 3:
        return line
    return f"{line} {math.log10(model.backoff.get(gram, 1.0)):.5f}"
