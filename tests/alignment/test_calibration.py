"""Probabilities are what the known answers say, and a file that holds none is refused in one sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from tests.strategies import matches
from wavelode.alignment.calibration import (
    FEATURES,
    PARTS,
    Calibration,
    features,
    fit,
    fit_both,
    read_calibration,
)
from wavelode.schemas.errors import SettingsError
from wavelode.schemas.records import Match, Sentence

NAMES = list(FEATURES)


def _match(**of: float) -> Match:
    plain = Match(Sentence("p", 0, "ka lo"), 0, (), "ka lo", 1.0, 0.0, True, True, 0, 5)
    return replace(plain, **of)


@given(matches)
def test_whatever_is_measured_gives_a_probability(match: Match) -> None:
    assert 0 < read_calibration().probability(match) < 1


def test_the_shipped_one_believes_what_speaks_for_a_reading() -> None:
    calibration = read_calibration()
    sure = calibration.probability(_match(likeness=1.0, other_word=-8.0))
    for worse in ({"other_word": 4.0}, {"edge_missing": 8}, {"borders": 0}):
        assert calibration.probability(_match(**{"likeness": 1.0, "other_word": -8.0, **worse})) < sure


def test_the_shipped_one_says_where_it_comes_from_and_how_it_held() -> None:
    calibration = read_calibration()
    assert [c["name"] for c in calibration.fitted_on["corpora"]] == list(calibration.without)
    assert calibration.held_out
    assert calibration.leaving_out("elsewhere").weights == calibration.weights
    for corpus, weights in calibration.without.items():
        assert calibration.leaving_out(corpus).weights == weights != calibration.weights


def test_a_fit_finds_the_weights_that_made_the_answers() -> None:
    random = np.random.default_rng(0)
    measured = random.normal(size=(20_000, len(FEATURES)))
    weights = np.linspace(-1.0, 1.5, len(FEATURES))
    right = random.random(len(measured)) < 1 / (1 + np.exp(-(0.5 + measured @ weights)))
    found = fit(measured, right, np.ones(len(measured)), NAMES)
    assert found.pop("intercept") == pytest.approx(0.5, abs=0.1)
    assert list(found.values()) == pytest.approx(weights.tolist(), abs=0.1)


def test_an_answer_counted_twice_is_two_answers() -> None:
    random = np.random.default_rng(1)
    measured = random.normal(size=(200, len(FEATURES)))
    right = random.random(200) < 0.7
    doubled = fit(np.tile(measured, (2, 1)), np.tile(right, 2), np.ones(400), NAMES)
    assert fit(measured, right, np.full(200, 2.0), NAMES) == pytest.approx(doubled)


def test_answers_that_are_all_the_same_teach_nothing() -> None:
    with pytest.raises(ValueError, match="all answers are the same"):
        fit(np.zeros((3, len(FEATURES))), np.ones(3, bool), np.ones(3), NAMES)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    weights, other = {"spoken": {"intercept": 1.0, "cer": -2.0}}, {"unchanged": {"cer": 1.0}}
    calibration = Calibration(weights, {"made_by": "x"}, {"one": other}, ())
    (tmp_path / "c.json").write_text(calibration.to_json(), encoding="utf-8")
    back = read_calibration(tmp_path / "c.json")
    assert (back.weights, back.fitted_on, back.without) == (
        calibration.weights,
        {"made_by": "x"},
        {"one": other},
    )


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", '{"weights": {"beauty": {}}}', '{"weights": {"spoken": {"beauty": 1}}}'),
        *('{"weights": {"cer": 1}}', json.dumps({"weights": {"spoken": {"cer": "x"}}})),
    ],
)
def test_what_is_no_calibration_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"no calibration.*--fit"):
        read_calibration(path)
    with pytest.raises(SettingsError, match="check the path"):
        read_calibration(tmp_path / "absent.json")


def test_features_are_a_row_per_match() -> None:
    assert features([], NAMES).shape == (0, len(NAMES))
    assert features([_match(), _match(cer=0.5)], NAMES)[:, NAMES.index("cer")].tolist() == [0.0, 0.5]


def test_the_two_models_are_told_apart_and_multiplied() -> None:
    """What was never spoken says nothing of changed words, and either doubt is enough."""
    near, far = _match(likeness=1.0, in_order=2), _match(likeness=0.1, in_order=0)
    changed = _match(likeness=1.0, in_order=2, other_word=6.0)
    claims = [near] * 50 + [far] * 50 + [changed] * 20
    spoken = np.array([True] * 50 + [False] * 50 + [True] * 20)
    unchanged = np.array([True] * 100 + [False] * 20)
    weights = fit_both(claims, spoken, unchanged, np.ones(120))
    assert {part: set(of) for part, of in weights.items()} == {
        part: {"intercept", *names} for part, names in PARTS.items()
    }
    both = Calibration(weights)
    each = [Calibration({part: of}) for part, of in weights.items()]
    for claim in (near, far, changed):
        assert both.probability(claim) == pytest.approx(
            each[0].probability(claim) * each[1].probability(claim)
        )
    assert min(c.probability(near) for c in (both, *each)) > 0.8
    assert each[0].probability(far) < 0.2 and each[1].probability(changed) < 0.2
