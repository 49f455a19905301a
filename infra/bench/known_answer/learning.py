"""What it adds to learn a listener's confusions from his own sure readings (EM), round by round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wavelode.alignment.calibration import ListenerKind
from wavelode.infra.bench.known_answer.cases import Case, Wanted
from wavelode.infra.bench.known_answer.goals import P_CORRECT
from wavelode.infra.bench.known_answer.hearing import Hearing
from wavelode.infra.bench.known_answer.listener import Errors
from wavelode.infra.bench.known_answer.ours import Wavelode
from wavelode.infra.bench.known_answer.scores import Tally, best, sweep, tally
from wavelode.infra.bench.known_answer.tasks import Row, heard, measured
from wavelode.infra.bench.known_answer.utterances import Pool
from wavelode.schemas.settings import AlignSettings

_ROUNDS = (0, 1, 2, 3)
_MINUTES, _RECORDINGS = 30.0, 2
_FIRST_SEED = 700
_ERRORS = Errors(0.15, habits=0.4)
"""A listener of habit: it takes two kinds of letters in five for others, always the same, and errs besides."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What was found after so many rounds: by the calibrated probability, and at the best threshold in hindsight."""

    name: str
    rounds: int
    accepted: Tally
    best: Tally


def of_habit(pool: Pool, other: Pool) -> list[Learned]:
    """With the simulated listener that errs by habit."""
    wanted = tuple(Wanted(pool, other, _MINUTES, _FIRST_SEED + i) for i in range(_RECORDINGS))
    name = f"{pool.name}, {_RECORDINGS} x {_MINUTES:g} min, a listener of habit"
    return list(learned(Row(name, wanted, _ERRORS), [heard(w, _ERRORS) for w in wanted]))


def learned(
    row: Row, cases: Sequence[tuple[Case, Hearing]], kind: ListenerKind = ListenerKind.FREE
) -> Iterator[Learned]:
    """One row per number of rounds."""
    pool = row.wanted[0].pool
    for rounds in _ROUNDS:
        method = Wavelode(AlignSettings(learn_rounds=rounds), pool.name, kind)
        found = measured(row, method, cases)
        points = sweep(found.judged, found.planted.sound)
        accepted = tally(found.judged, found.planted.sound, P_CORRECT)
        yield Learned(row.name, rounds, accepted, best(points).tally)
