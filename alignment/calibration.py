"""From what is measured of a reading to the probability that it is right: two logistic models, fitted on known answers.

A claim is wrong in two ways that different things speak of: something else was said there, or the same but for a word.
So one model says how likely this sentence was spoken there at all, the other how likely it is then unchanged; what
counts is the product. The same measures mean one thing of a listener that writes what it hears, letter by letter, and
another of one that is led by the print and writes whole words of it: each kind has a calibration of its own.
Calibrations are a small file that a person can read: the weights, what they were fitted on, and how well they held on
what they were not fitted on. The one that ships beside this file was made by ``wavelode bench known-answer --fit``;
whoever has known answers that are more like the own archive fits another and names it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavelode.schemas.errors import SettingsError
from wavelode.schemas.records import Match

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Weights = Mapping[str, Mapping[str, float]]
"""By part of `PARTS`, what each feature and the intercept weigh; what is left out weighs nothing."""

SHIPPED = Path(__file__).with_name("calibration.json")
_RIDGE = 1.0
_MOST_STEPS = 100
_INTERCEPT = "intercept"


class ListenerKind(StrEnum):
    """How a listener comes by its words."""

    FREE = "free"
    """writes what it hears; its errors are letters"""
    LED = "led"
    """is told what is printed and writes words of it; its errors are whole words, right ones in wrong places"""


def _letters(match: Match) -> int:
    return max(1, len(match.text_normalized.replace(" ", "")))


def _words(match: Match) -> int:
    return max(1, len(match.text_normalized.split()))


def _sureness(match: Match) -> float:
    """What the listener said of its own words, on average; a word that nobody heard is worth nothing."""
    return sum(word.confidence or 0.0 for word in match.words) / max(1, len(match.words))


FEATURES: dict[str, Callable[[Match], float]] = {
    "other_word_nats": lambda m: m.other_word,
    # What explains what was heard no better than the print says less, nat by nat, than what explains it better.
    "other_word_clear": lambda m: float(np.logaddexp(0.0, m.other_word - 1.0)),
    # Where much is misheard, a word that is another one says less of whether the sentence was spoken.
    "other_word_nats_by_cer": lambda m: m.other_word * m.cer,
    "likeness": lambda m: m.likeness,
    "cer": lambda m: m.cer,
    "log_words": lambda m: math.log(_words(m)),
    "letters_per_word": lambda m: _letters(m) / _words(m),
    "log_edge_missing": lambda m: math.log1p(m.edge_missing),
    "borders": lambda m: float(m.borders),
    # A long sentence seldom stands inside another one, a formula often does.
    "open_by_length": lambda m: (2 - m.borders) / (2 + math.log(_letters(m))),
    "in_order": lambda m: float(m.in_order),
    "alone": lambda m: float(m.in_order == 0),
    # What has neither a pause around it nor its neighbour in print beside it is hardly ever a reading.
    "open_and_alone": lambda m: float((2 - m.borders) * (2 - m.in_order)),
    # Without neighbours it must speak for itself.
    "log_evidence_alone": lambda m: math.log1p(max(0.0, m.likeness * _letters(m))) * (2 - m.in_order),
    # What a led listener can't make up: words of the print in its order, and words that it was sure of.
    "run_share": lambda m: m.alignment_score,
    "log_run": lambda m: math.log1p(m.longest_run),
    "sureness": _sureness,
}
"""What the probability is made from."""

SPOKEN, UNCHANGED = "spoken", "unchanged"
PARTS: dict[ListenerKind, dict[str, tuple[str, ...]]] = {
    ListenerKind.FREE: {
        SPOKEN: (
            *("likeness", "cer", "log_words", "log_edge_missing", "borders", "open_by_length", "in_order"),
            *("alone", "open_and_alone", "log_evidence_alone", "other_word_nats_by_cer"),
        ),
        UNCHANGED: (
            *("other_word_nats", "other_word_clear", "likeness", "cer", "log_edge_missing", "open_by_length"),
            "letters_per_word",
        ),
    },
    ListenerKind.LED: {
        SPOKEN: ("run_share", "log_run", "sureness", "likeness", "cer", "log_words", "in_order", "borders"),
        UNCHANGED: (),
    },
}
"""The features of each of the two models, by kind of listener. One that is led by the print writes the changed word."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the two models, and where they come from.

    Args:
        weights: of both; a part that is left out says nothing.
        fitted_on: for people: corpora, listener, rates of trouble, counts.
        without: by corpus, the weights fitted on all the others; to measure on a corpus with weights that never saw it.
        held_out: for people: what the probabilities said and what was true, each on the corpus that was left out.
    """

    weights: Weights
    fitted_on: Mapping[str, Any] = field(default_factory=dict)
    without: Mapping[str, Weights] = field(default_factory=dict)
    held_out: Sequence[Mapping[str, float]] = ()

    def probability(self, match: Match) -> float:
        """That text and sound belong together."""
        measured = _measured(match)
        return math.prod(_sigmoid(part, measured) for part in self.weights.values())

    def spoken(self, match: Match) -> float:
        """How likely this sentence was spoken there at all, be it with another word."""
        return _sigmoid(self.weights.get(SPOKEN, {}), _measured(match))

    def leaving_out(self, corpus: str) -> Calibration:
        """The one fitted on all corpora but this; itself where it was not fitted on this corpus, or on it alone."""
        return Calibration(self.without.get(corpus, self.weights))

    def plain(self) -> dict[str, Any]:
        """As it is written to a file."""
        return {
            "fitted_on": self.fitted_on,
            "weights": _rounded(self.weights),
            "without": {corpus: _rounded(weights) for corpus, weights in self.without.items()},
            "held_out": self.held_out,
        }


def calibrations_json(by_kind: Mapping[ListenerKind, Calibration]) -> str:
    """A file of calibrations; the file that ships speaks for a kind that is left out."""
    rows = {kind: calibration.plain() for kind, calibration in by_kind.items()}
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"


def read_calibration(path: Path | None = None, kind: ListenerKind = ListenerKind.FREE) -> Calibration:
    """The calibration for a kind of listener in a file; the one that ships where no file is given or it holds none.

    Raises:
        SettingsError: if it can't be read or holds no calibration.
    """
    where = path or SHIPPED
    try:
        found = {ListenerKind(name): rows for name, rows in json.loads(where.read_text("utf-8")).items()}
        if not found:
            raise ValueError("it is empty")
        calibrations = {name: _calibration(rows, name) for name, rows in found.items()}
        if kind in calibrations or where == SHIPPED:
            return calibrations[kind]
    except OSError as error:
        raise SettingsError(
            f"{where}: can't read the calibration ({error.strerror}); check the path"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            f"{where}: no calibration ({error}); make one with `wavelode bench known-answer --fit FILE`"
        ) from None
    return read_calibration(SHIPPED, kind)


def _calibration(rows: Mapping[str, Any], kind: ListenerKind) -> Calibration:
    without = {corpus: _weights(found, kind) for corpus, found in rows.get("without", {}).items()}
    fitted_on, held_out = rows.get("fitted_on", {}), rows.get("held_out", ())
    return Calibration(_weights(rows["weights"], kind), fitted_on, without, held_out)


def _measured(match: Match) -> dict[str, float]:
    return {name: measure(match) for name, measure in FEATURES.items()}


def _sigmoid(weights: Mapping[str, float], measured: Mapping[str, float]) -> float:
    logit = sum(weight * measured.get(name, 1.0) for name, weight in weights.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def _rounded(weights: Weights) -> dict[str, dict[str, float]]:
    return {part: {name: round(w, 4) for name, w in of.items()} for part, of in weights.items()}


def _weights(rows: Mapping[str, Mapping[str, Any]], kind: ListenerKind) -> Weights:
    if unknown := sorted(set(rows) - set(PARTS[kind])):
        raise ValueError(f"{unknown[0]!r} is none of {', '.join(PARTS[kind])}")
    if unknown := sorted({name for of in rows.values() for name in of} - {_INTERCEPT, *FEATURES}):
        raise ValueError(f"{unknown[0]!r} is not a feature")
    return {part: {name: float(weight) for name, weight in of.items()} for part, of in rows.items()}


def features(matches: Sequence[Match], names: Sequence[str]) -> Floats:
    """(K, F): some of what the probability is made from, a row per match."""
    rows = [[FEATURES[name](match) for name in names] for match in matches]
    return np.array(rows, np.float64).reshape(len(matches), len(names))


def fit_both(
    matches: Sequence[Match], spoken: Bools, unchanged: Bools, counts: Floats, kind: ListenerKind
) -> Weights:
    """The weights of both models.

    Args:
        matches: (K,) claims of a listener of this kind.
        spoken: (K,), whether the sentence was spoken there, and `unchanged`: in these words.
        counts: (K,), how often each stands for one like it.

    Raises:
        ValueError: if none is changed, or all are, where that is to be told by something.
    """
    there = np.flatnonzero(spoken)
    said = [matches[i] for i in there.tolist()]
    of_both = ((SPOKEN, matches, spoken, counts), (UNCHANGED, said, unchanged[there], counts[there]))
    weights: dict[str, Mapping[str, float]] = {}
    for part, claims, answers, times in of_both:
        names = PARTS[kind][part]
        if answers.all() and (part == SPOKEN or not names):
            weights[part] = {_INTERCEPT: math.log(1 + float(times.sum()))}
        else:
            weights[part] = fit(features(claims, names), answers, times, names)
    return weights


def fit(measured: Floats, right: Bools, counts: Floats, names: Sequence[str]) -> dict[str, float]:
    """The weights under which the answers are likeliest, by Newton's method with a small ridge.

    Args:
        measured: (K, F), see `features`.
        right: (K,), the answers; some of each kind.
        counts: (K,), how often each stands for one like it.
        names: of the features, (F,).

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
        **dict(zip(names, plain.tolist(), strict=True)),
    }
