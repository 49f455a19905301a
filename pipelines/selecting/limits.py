"""Limits: one number for all, a language's own, or a quantile of a language's own data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavelode.pipelines.selecting.columns import Columns
from wavelode.schemas.settings import SelectSettings

LEAST_ROWS = 100
"""A quantile of fewer says little; then the limit set for all stands."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings, and the limits in which a language differs from them.

    Attributes:
        by_language: from a setting's name to each such language's limit.
    """

    settings: SelectSettings
    by_language: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @classmethod
    def fixed(cls, settings: SelectSettings) -> Limits:
        """The limits that were set, for all and by language."""
        found: dict[str, dict[str, float]] = {}
        for line in settings.for_language:
            language, _, rest = line.rpartition(":")
            name, _, number = rest.partition("=")
            found.setdefault(name, {})[language] = float(number)
        return cls(settings, found)

    def of(self, setting: str, rows: Columns, kind: Any) -> NDArray[Any]:
        """The limit of each row, (N,) or one for all; NaN, which nothing is below or above, where none is set.

        Rounded as the tables store measures: a score of 0.7 read back from them is not below 0.7.
        """
        said = getattr(self.settings, setting)
        common = np.nan if said is None else said
        own = self.by_language.get(setting)
        if not own:
            return np.asarray(common, kind)
        return np.array([own.get(language or "", common) for language in rows.texts("language")], kind)


MEASURES = {
    "chars_per_s": "chars_per_s",
    "run_words": "longest_run",
    "ssl_duration_s": "duration_s",
    "ssl_speech_ratio": "speech_ratio",
}
"""What a limit bounds where its name does not say."""


class Quantiles:
    """Collects measures of what was kept and cuts each language at a quantile of its own.

    Taken over what breaks no fixed limit, so that garbage doesn't move them, and never looser than those.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._levels = {
            name: float(level) for name, _, level in (s.partition("=") for s in limits.settings.from_data)
        }
        self._seen: dict[tuple[str, str], list[NDArray[Any]]] = {}

    def __bool__(self) -> bool:
        return bool(self._levels)

    def add(self, rows: Columns, kept: NDArray[np.bool_]) -> None:
        """Takes in rows (N,) of which some are kept."""
        languages = np.array([language or "" for language in rows.texts("language")])
        for name in self._levels:
            measure = MEASURES.get(name[4:], name[4:])
            values = rows.chars_per_s if measure == "chars_per_s" else rows.numbers(measure)
            for language in np.unique(languages[kept]):
                seen = values[kept & (languages == language) & ~np.isnan(values)]
                self._seen.setdefault((name, str(language)), []).append(seen)

    def limits(self) -> Limits:
        """The limits with those that the data gave."""
        found = {name: dict(own) for name, own in self._limits.by_language.items()}
        for (name, language), parts in self._seen.items():
            values = np.concatenate(parts)
            if len(values) < LEAST_ROWS or language in found.get(name, {}):
                continue
            cut = float(np.quantile(values, self._levels[name]))
            fixed = getattr(self._limits.settings, name)
            stricter = max if name.startswith("min_") else min
            found.setdefault(name, {})[language] = cut if fixed is None else stricter(cut, fixed)
        return Limits(self._limits.settings, found)
