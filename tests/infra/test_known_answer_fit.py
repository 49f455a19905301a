"""A calibration fitted on known answers is written, can be used, and says what other shares of edits would give."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.infra.test_known_answer_scores import _s
from wavelode.alignment.calibration import read_calibration
from wavelode.infra.bench.known_answer import fitting
from wavelode.infra.bench.known_answer.cases import Wanted
from wavelode.infra.bench.known_answer.edits import at_shares
from wavelode.infra.bench.known_answer.goals import Result
from wavelode.infra.bench.known_answer.listener import Errors
from wavelode.infra.bench.known_answer.ours import Wavelode
from wavelode.infra.bench.known_answer.scores import Found, Judged, Planted, Verdict
from wavelode.infra.bench.known_answer.tasks import Outcome, Row, heard
from wavelode.infra.bench.known_answer.utterances import Pool, Utterance
from wavelode.schemas.errors import SettingsError


def _judged(*rows: tuple[float, Verdict]) -> tuple[Judged, ...]:
    return tuple(Judged(Found(0, _s(0, 1), score, True), verdict, None, None) for score, verdict in rows)


def _pool(name: str, letters: str) -> Pool:
    words = [a + b + c + d for a in letters for b in "aeiou" for c in letters for d in "ao"]
    texts = [" ".join(words[(at * 7 + k * 13) % len(words)] for k in range(9)) for at in range(60)]
    return Pool(name, "xx", tuple(Utterance(text, "xx") for text in texts))


def test_an_edited_sentence_counts_by_the_share_that_is_asked_for() -> None:
    """20 of 100 sound ones are edited; at another share each stands for as many as there would be."""
    right, edited = [(0.99, Verdict.RIGHT)] * 100, [(0.95, Verdict.EDITED)] * 10
    outcome = Outcome("row", "ours", _judged(*right, *edited), Planted(100, 20, 0), 0.0, 0.0)
    row = Row("row", (), Errors(0.2), False)
    few, many = at_shares(Result(row, outcome, ()), (0.01, 0.04))
    weight = 0.01 / (1 - 0.01 - 0.28) / 0.2
    assert few.false == pytest.approx(10 * weight / (100 + 10 * weight))
    assert few.f1 == pytest.approx(200 / (200 + 10 * weight))
    assert many.false > few.false
    assert few.best_f1 == 1.0


@pytest.mark.parametrize("cer", [0.2])
def test_answers_of_a_recording_are_its_claims_without_damaged_print(cer: float) -> None:
    wanted = Wanted(_pool("one", "kmtrs"), _pool("two", "bdgln"), 3.0, 1)
    answers = fitting._answered(wanted, cer)
    claims = Wavelode().claims(heard(wanted, Errors(cer))[1])
    assert 10 < len(answers.matches) <= len(claims)
    assert set(answers.matches) <= {claim.match for claim in claims}
    assert Verdict.DAMAGED not in answers.verdicts
    assert answers.right.mean() > 0.8


def test_a_fit_leaves_out_each_corpus_once_and_can_be_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "_LENGTHS", ((4.0, 3),))
    monkeypatch.setattr(fitting, "_CERS", (0.4,))
    pools = (_pool("one", "kmtrs"), _pool("two", "bdgln"))
    answers = [
        sum((fitting._answered(w, cer) for w, cer in rest), fitting._answered(*first))
        for first, *rest in (list(fitting._recordings(pool, pools)) for pool in pools)
    ]
    monkeypatch.setattr(fitting, "_simulated", lambda _pools, _workers: answers)
    (made,) = fitting.write_fitted(pools, tmp_path / "fit.json").values()
    back = read_calibration(tmp_path / "fit.json")
    assert set(back.without) == {"one", "two"}
    assert [c["name"] for c in back.fitted_on["corpora"]] == ["one", "two"]
    assert {row["corpus"] for row in back.held_out} == {"one", "two"}
    for part, weights in made.weights.items():
        assert back.weights[part] == pytest.approx(weights, abs=1e-4)


def test_too_few_answers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_wrong = fitting._answered(Wanted(_pool("one", "kmtrs"), _pool("one", "kmtrs"), 0.2, 1), 0.0)
    sure = fitting.Answers("one", nothing_wrong.matches, (Verdict.RIGHT,) * len(nothing_wrong.matches))
    monkeypatch.setattr(fitting, "_simulated", lambda _pools, _workers: [sure])
    with pytest.raises(SettingsError, match="give it more utterances"):
        fitting.fitted(())
