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
    ListenerKind,
    calibrations_json,
    features,
    fit,
    fit_both,
    read_calibration,
)
from wavelode.schemas.errors import SettingsError
from wavelode.schemas.records import Match, Sentence, Word
from wavelode.schemas.time import Span

NAMES = list(FEATURES)


def _match(**of: float) -> Match:
    plain = Match(Sentence("p", 0, "ka lo"), 0, (), "ka lo", 1.0, 0.0, True, True, 0, 5)
    return replace(plain, **of)


KINDS = pytest.mark.parametrize("kind", list(ListenerKind))


@KINDS
@given(match=matches)
def test_whatever_is_measured_gives_a_probability(kind: ListenerKind, match: Match) -> None:
    assert 0 < read_calibration(kind=kind).probability(match) < 1


def test_the_shipped_one_believes_what_speaks_for_a_reading() -> None:
    calibration = read_calibration()
    sure = calibration.probability(_match(likeness=1.0, other_word=-8.0))
    for worse in ({"other_word": 4.0}, {"edge_missing": 8}, {"borders": 0}):
        assert calibration.probability(_match(**{"likeness": 1.0, "other_word": -8.0, **worse})) < sure


def test_a_listener_led_by_the_print_is_believed_by_its_runs_not_by_its_letters() -> None:
    """Words misheard as others of the print are its way to err; three of them in a row prove little."""
    heard = _match(text_normalized=" ".join(["kalo"] * 15), cer=0.2, other_word=6.0, likeness=0.7)
    words = tuple(Word("kalo", Span(i, i + 1), 0.7) for i in range(15))
    long = replace(heard, alignment_score=0.75, longest_run=12, in_order=2, words=words)
    made_up = replace(heard, cer=0.55, alignment_score=0.2, longest_run=3, in_order=0, borders=1, words=())
    free, led = (read_calibration(kind=kind) for kind in ListenerKind)
    assert free.probability(long) < 0.7 and led.probability(long) > 0.9
    assert led.probability(made_up) < 0.3


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
    content = calibrations_json({ListenerKind.FREE: calibration})
    (tmp_path / "c.json").write_text(content, encoding="utf-8")
    back = read_calibration(tmp_path / "c.json")
    assert (back.weights, back.fitted_on, back.without) == (
        calibration.weights,
        {"made_by": "x"},
        {"one": other},
    )


def test_the_shipped_one_speaks_for_a_kind_that_a_file_leaves_out(tmp_path: Path) -> None:
    weights = {"spoken": {"intercept": 1.0}}
    content = calibrations_json({ListenerKind.FREE: Calibration(weights)})
    (tmp_path / "c.json").write_text(content, encoding="utf-8")
    free, led = (read_calibration(tmp_path / "c.json", kind) for kind in ListenerKind)
    assert free.weights == weights
    assert led == read_calibration(kind=ListenerKind.LED)


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", '{"weights": {}}', '{"dreaming": {"weights": {}}}', '{"free": {}}'),
        *(
            json.dumps({"free": {"weights": weights}})
            for weights in (
                *({"beauty": {}}, {"spoken": {"beauty": 1}}, {"cer": 1}, {"spoken": {"cer": "x"}}),
            )
        ),
    ],
)
def test_what_is_no_calibration_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"no calibration.*--fit"):
        read_calibration(path)
    with pytest.raises(SettingsError, match="check the path"):
        read_calibration(tmp_path / "absent.json")


def test_weights_of_what_used_to_be_measured_otherwise_are_refused(tmp_path: Path) -> None:
    """Files of before have weights for an odd word up to eight nats, whoever heard it: another evidence."""
    path = tmp_path / "before.json"
    weights = {"spoken": {"other_word_by_cer": -1.0}, "unchanged": {"other_word": -1.0}}
    path.write_text(json.dumps({"free": {"weights": weights}}), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"'other_word' is not a feature.*--fit"):
        read_calibration(path)


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
    weights = fit_both(claims, spoken, unchanged, np.ones(120), ListenerKind.FREE)
    assert {part: set(of) for part, of in weights.items()} == {
        part: {"intercept", *names} for part, names in PARTS[ListenerKind.FREE].items()
    }
    both = Calibration(weights)
    each = [Calibration({part: of}) for part, of in weights.items()]
    for claim in (near, far, changed):
        assert both.probability(claim) == pytest.approx(
            each[0].probability(claim) * each[1].probability(claim)
        )
    assert min(c.probability(near) for c in (both, *each)) > 0.8
    assert each[0].probability(far) < 0.2 and each[1].probability(changed) < 0.2


def test_where_nothing_tells_of_changed_words_their_share_does() -> None:
    claims = [_match(longest_run=9)] * 50 + [_match(longest_run=0)] * 50
    spoken = np.array([True] * 50 + [False] * 50)
    unchanged = np.array([False] * 5 + [True] * 95)
    for there, share in ((unchanged, 0.9), (np.ones(100, bool), 50.5 / 51.5)):
        weights = fit_both(claims, spoken, there, np.ones(100), ListenerKind.LED)
        assert set(weights["unchanged"]) == {"intercept"}
        assert Calibration({"unchanged": weights["unchanged"]}).probability(claims[0]) == pytest.approx(
            share, abs=0.02
        )
