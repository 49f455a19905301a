"""What a listener takes for what: counted in confident readings, turned into scores that fit this listener.

A listener that never hears aspiration writes one letter for two, always the same one. To scores that know an error
rate alone these are errors like any other; to scores that know which letter is written for which they are hardly
errors at all. Counting and aligning take turns (hard EM): better scores find better readings to count in.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.align import FreeEnds, Gap, Scoring, align, encode
from wavelode.alignment.rates import SUBSTITUTED, UNITS_PER_NAT, Symbols
from wavelode.alignment.sides import WILD
from wavelode.schemas.errors import SettingsError

_PRIOR_LETTERS = 20.0
"""The rate model counts as much as this many letters heard of each printed one."""
_LEAST_LETTERS = 1500
"""Fewer confident letters, some two minutes of speech, tell nothing about a listener."""
_RATES = (0.02, 0.6)
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Confusions:
    """Counts of what was written for each printed letter; sums add up.

    Args:
        pairs: (printed, heard) -> times.
        missed: printed letters for which nothing was heard.
        extra: heard letters for which nothing is printed.
    """

    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    extra: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, claims: Iterable[tuple[str, str]], scoring: Scoring) -> Confusions:
        """Counted along the best path of each pair of texts, printed and heard.

        Args:
            scoring: for this listener; short gaps only, since both texts are one reading.
        """
        total = cls()
        scoring = replace(scoring, gap=Gap(scoring.gap.open, scoring.gap.extend), ends=FreeEnds())
        for printed, heard in claims:
            a, b = encode(printed), encode(heard)
            known = scoring if scoring.table is None else fitted(scoring, a, b)
            path = align(a, b, known).pairs()
            total._count(printed, heard, path)
        return total

    def _count(self, printed: str, heard: str, path: NDArray[np.int64]) -> None:
        pairs = [(printed[i], heard[j]) for i, j in path.tolist() if printed[i] != WILD]
        self.pairs.update(pairs)
        self.missed.update(Counter(printed.replace(WILD, "")) - Counter(p for p, _ in pairs))
        self.extra.update(heard[j] for j in sorted(set(range(len(heard))) - set(path[:, 1].tolist())))

    def __add__(self, other: Confusions) -> Confusions:
        return Confusions(self.pairs + other.pairs, self.missed + other.missed, self.extra + other.extra)

    @property
    def letters(self) -> int:
        """Printed letters that were counted."""
        return self.pairs.total() + self.missed.total()

    @property
    def error_rate(self) -> float:
        """Errors per printed letter."""
        right = sum(times for (p, h), times in self.pairs.items() if p == h)
        errors = self.letters - right + self.extra.total()
        return float(np.clip(errors / max(1, self.letters), *_RATES))

    def tells(self) -> bool:
        """Whether enough was counted to trust it."""
        return self.letters >= _LEAST_LETTERS

    @property
    def habits(self) -> dict[int, str]:
        """Printed letters for which another letter is written more often than not, as `str.translate` reads them."""
        seen = self.missed.copy()
        for (printed, _), times in self.pairs.items():
            seen[printed] += times
        return {
            ord(printed): heard
            for (printed, heard), times in self.pairs.items()
            if printed != heard and 2 * times > seen[printed] + _PRIOR_LETTERS
        }

    def plain(self) -> dict[str, Any]:
        """As it is written to a file."""
        heard: dict[str, dict[str, int]] = {}
        for (p, h), times in sorted(self.pairs.items(), key=lambda row: (row[0][0], -row[1], row[0][1])):
            heard.setdefault(p, {})[h] = times
        return {
            "letters": self.letters,
            "error_rate": round(self.error_rate, 4),
            "heard": heard,
            "missed": dict(sorted(self.missed.items())),
            "extra": dict(sorted(self.extra.items())),
        }

    def scored(self, scoring: Scoring) -> Scoring:
        """These scores, with a table for the letters that were counted: log-odds in the units of `alignment.rates`.

        A pair scores log P(heard | printed) / P(heard). The first is what was counted and, as much as a few letters,
        what the error rate alone says.
        """
        letters = sorted({c for pair in self.pairs for c in pair} | {*self.missed, *self.extra})
        place = {letter: i for i, letter in enumerate(letters)}
        counts = np.zeros((len(letters), len(letters)))
        for (p, h), times in self.pairs.items():
            counts[place[p], place[h]] = times
        missed = np.array([self.missed[letter] for letter in letters])
        chance = counts.sum(axis=0) + np.array([self.extra[letter] for letter in letters]) + 0.5
        chance /= chance.sum()
        rate = self.error_rate
        prior = np.broadcast_to(rate * SUBSTITUTED * chance, counts.shape) + (1 - rate) * np.eye(len(letters))
        heard = counts + _PRIOR_LETTERS * prior
        heard /= (counts.sum(axis=1) + missed + _PRIOR_LETTERS)[:, None]
        table = np.round(UNITS_PER_NAT * np.log(heard / chance)).astype(np.int32)
        classes = {ord(letter): i for letter, i in place.items()}
        return replace(scoring, classes=classes, table=table)


def fitted(scoring: Scoring, a: Symbols, b: Symbols) -> Scoring:
    """The same scores for just the symbols of `a` and `b`: those nobody counted score by equality, wildcards nothing.

    Args:
        scoring: with or without a table.
    """
    if scoring.table is None and not (a == ord(WILD)).any():
        return scoring
    symbols = np.unique(np.concatenate([a, b]))
    table = np.full((len(symbols), len(symbols)), scoring.mismatch, np.int32)
    np.fill_diagonal(table, scoring.match)
    if scoring.table is not None and scoring.classes is not None:
        known = [i for i, symbol in enumerate(symbols.tolist()) if symbol in scoring.classes]
        rows = [scoring.classes[symbol] for symbol in symbols[known].tolist()]
        table[np.ix_(known, known)] = scoring.table[np.ix_(rows, rows)]
    table[symbols == ord(WILD)] = 0
    return replace(scoring, classes={symbol: i for i, symbol in enumerate(symbols.tolist())}, table=table)


@cache
def read_confusions(path: Path | None) -> Mapping[str, Confusions]:
    """Confusions by language of a file that `write_confusions` made; none without a file.

    Raises:
        SettingsError: the file is not one.
    """
    if path is None:
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["format"] != _FORMAT:
            raise ValueError(f"format {found['format']}")
        return {language: _parsed(counts) for language, counts in found["languages"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(f"{path} is no file of `wavelode learn` ({error}); make one anew") from error


def confusions_json(by_language: Mapping[str, Confusions], made_from: Mapping[str, Any]) -> str:
    """A file that a person can read: where it comes from, and what was heard for each printed letter."""
    languages = {language: found.plain() for language, found in sorted(by_language.items())}
    content = {"format": _FORMAT, "made_from": made_from, "languages": languages}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _parsed(content: Mapping[str, Any]) -> Confusions:
    pairs = {(p, h): int(times) for p, row in content["heard"].items() for h, times in row.items()}
    missed = {p: int(times) for p, times in content["missed"].items()}
    extra = {h: int(times) for h, times in content["extra"].items()}
    if min([0, *pairs.values(), *missed.values(), *extra.values()]) < 0:
        raise ValueError("a count below 0")
    if any(len(c) != 1 for c in (*missed, *extra, *(c for pair in pairs for c in pair))):
        raise ValueError("a letter that is none")
    return Confusions(Counter(pairs), Counter(missed), Counter(extra))
