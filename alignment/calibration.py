"""From what is measured of a reading to the probability that it is right: a logistic model, fitted on known answers.

A calibration is a small file that a person can read: the weights, what they were fitted on, and how well they
held on what they were not fitted on. The one that ships beside this file was made by ``wavelode bench known-answer
--fit``; whoever has known answers that are more like the own archive fits another and names it in the settings.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavelode.schemas.errors import SettingsError
from wavelode.schemas.records import Match

Floats = NDArray[np.float64]

SHIPPED = Path(__file__).with_name("calibration.json")
_RIDGE = 1.0
_MOST_STEPS = 100
_INTERCEPT = "intercept"


def _letters(match: Match) -> int:
    return max(1, len(match.text_normalized.replace(" ", "")))


def _other_word(match: Match) -> float:
    """Nothing where the print explains what was heard, and as steep as the evidence where another word does."""
    return float(np.logaddexp(0.0, match.other_word + 2.0))


FEATURES: dict[str, Callable[[Match], float]] = {
    "other_word": _other_word,
    "likeness": lambda m: m.likeness,
    "cer": lambda m: m.cer,
    "log_letters": lambda m: math.log(_letters(m)),
    "log_edge_missing": lambda m: math.log1p(m.edge_missing),
    "borders": lambda m: float(m.borders),
    # A long sentence seldom stands inside another one, a formula often does.
    "open_by_length": lambda m: (2 - m.borders) / (2 + math.log(_letters(m))),
}
"""What the probability is made from."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the features and of the intercept, and where they come from.

    Args:
        weights: by feature; what is left out weighs nothing.
        fitted_on: for people: corpora, listener, rates of trouble, counts.
        without: by corpus, the weights fitted on all the others; to measure on a corpus with weights that never saw it.
        held_out: for people: what the probabilities said and what was true, each on the corpus that was left out.
    """

    weights: Mapping[str, float]
    fitted_on: Mapping[str, Any] = field(default_factory=dict)
    without: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    held_out: Sequence[Mapping[str, float]] = ()

    def probability(self, match: Match) -> float:
        """That text and sound belong together."""
        logit = self.weights.get(_INTERCEPT, 0.0)
        logit += sum(self.weights.get(name, 0.0) * measure(match) for name, measure in FEATURES.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))

    def leaving_out(self, corpus: str) -> Calibration:
        """The one fitted on all corpora but this; itself where it was not fitted on this corpus, or on it alone."""
        return Calibration(self.without.get(corpus, self.weights))

    def to_json(self) -> str:
        rounded = {name: round(weight, 4) for name, weight in self.weights.items()}
        without = {c: {n: round(w, 4) for n, w in weights.items()} for c, weights in self.without.items()}
        rows = {
            "fitted_on": self.fitted_on,
            "weights": rounded,
            "without": without,
            "held_out": self.held_out,
        }
        return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def read_calibration(path: Path | None = None) -> Calibration:
    """The calibration in a file; the one that ships where no file is given.

    Raises:
        SettingsError: if it can't be read or holds no calibration.
    """
    where = path or SHIPPED
    try:
        rows = json.loads(where.read_text(encoding="utf-8"))
        weights = _weights(rows["weights"])
        without = {corpus: _weights(found) for corpus, found in rows.get("without", {}).items()}
        return Calibration(weights, rows.get("fitted_on", {}), without, rows.get("held_out", ()))
    except OSError as error:
        raise SettingsError(
            f"{where}: can't read the calibration ({error.strerror}); check the path"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            f"{where}: no calibration ({error}); make one with `wavelode bench known-answer --fit FILE`"
        ) from None


def _weights(rows: Mapping[str, Any]) -> dict[str, float]:
    unknown = set(rows) - {_INTERCEPT, *FEATURES}
    if unknown:
        raise ValueError(f"{sorted(unknown)[0]!r} is not a feature")
    return {name: float(weight) for name, weight in rows.items()}


def features(matches: Sequence[Match]) -> Floats:
    """(K, F): what the probability is made from, a row per match."""
    rows = [[measure(match) for measure in FEATURES.values()] for match in matches]
    return np.array(rows, np.float64).reshape(len(matches), len(FEATURES))


def fit(measured: Floats, right: NDArray[np.bool_], counts: Floats) -> dict[str, float]:
    """The weights under which the answers are likeliest, by Newton's method with a small ridge.

    Args:
        measured: (K, F), see `features`.
        right: (K,), the answers; some of each kind.
        counts: (K,), how often each stands for one like it.

    Raises:
        ValueError: if all answers are the same.
    """
    if right.all() or not right.any():
        raise ValueError("all answers are the same; a calibration needs right and wrong ones")
    middle, scale = measured.mean(axis=0), measured.std(axis=0) + 1e-9
    design = np.column_stack([np.ones(len(measured)), (measured - middle) / scale])
    ridge = np.diag([0.0, *[_RIDGE] * measured.shape[1]])
    weights = np.zeros(design.shape[1])
    for _ in range(_MOST_STEPS):
        said = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        slope = design.T @ (counts * (right - said)) - ridge @ weights
        bend = (
            design.T @ (design * (counts * said * (1 - said))[:, None]) + ridge + 1e-9 * np.eye(len(weights))
        )
        step = np.linalg.solve(bend, slope)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    plain = weights[1:] / scale
    return {
        _INTERCEPT: float(weights[0] - plain @ middle),
        **dict(zip(FEATURES, plain.tolist(), strict=True)),
    }
