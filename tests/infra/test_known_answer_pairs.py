"""The benchmark of pairs and of learning: small, with made-up languages."""

from __future__ import annotations

from dataclasses import replace

from tests.infra.test_known_answer_methods import POOLS
from wavelode.infra.bench.known_answer.cases import Wanted, build
from wavelode.infra.bench.known_answer.content import Pairing, pairing
from wavelode.infra.bench.known_answer.goals import paired_goals
from wavelode.infra.bench.known_answer.learning import learned
from wavelode.infra.bench.known_answer.listener import Errors, SimulatedListener
from wavelode.infra.bench.known_answer.tasks import Row, heard


def test_recordings_find_their_documents_and_wrong_ones_are_refused() -> None:
    (found,) = pairing(*POOLS, (0.2,), recordings=2, documents=6)
    assert found == Pairing(
        "made-up-1, CER 20%", 2, 6, first=2, tried=2, found=2, others=0, refused=2, kept=2
    )
    assert [goal.holds for goal in paired_goals([found, replace(found, refused=1)])] == [True, False]


def test_a_listener_of_habit_writes_one_letter_for_another_always() -> None:
    wanted = Wanted(*POOLS, 1)
    case = build(wanted)
    listener = SimulatedListener.of(POOLS[0], Errors(0.0, jitter_s=0.0, habits=0.4))
    assert 0 < len(listener.taken_for) < 17
    said = "".join(
        s.utterance.text.replace(" ", "") for s in case.spoken if s.utterance.language == case.language
    )
    own = {s.span for s in case.spoken if s.utterance.language == case.language}
    words = [w.text for w in listener.hear(case, wanted.rng("x")) if any(w.span & span for span in own)]
    assert "".join(words) == said.translate(listener.taken_for)


def test_rounds_of_learning_are_measured_on_the_same_recordings() -> None:
    errors = Errors(0.1, habits=0.4)
    wanted = Wanted(*POOLS, 4)
    rows = list(learned(Row("row", (wanted,), errors), [heard(wanted, errors)]))
    assert [row.rounds for row in rows] == [0, 1, 2, 3]
    assert len({row.best.spoken for row in rows}) == 1
    assert rows[-1].best.f1 >= rows[0].best.f1
