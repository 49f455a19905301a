"""The embedded listener on recordings joined from real utterances."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wavelode.alignment.calibration import ListenerKind
from wavelode.infra.bench.known_answer.cases import Case, Wanted
from wavelode.infra.bench.known_answer.goals import Result
from wavelode.infra.bench.known_answer.hearing import Hearing, Method
from wavelode.infra.bench.known_answer.listener import Errors
from wavelode.infra.bench.known_answer.ours import Wavelode
from wavelode.infra.bench.known_answer.sound import RealListener
from wavelode.infra.bench.known_answer.tasks import Row, measured
from wavelode.infra.bench.known_answer.utterances import Pool
from wavelode.pipelines.models.script_biased.listener import ScriptBiased
from wavelode.pipelines.models.silero import SileroDetector

_MINUTES = 10.0


Heard = tuple[Case, Hearing]


def really_heard(pool: Pool, others: Sequence[Pool], folder: Path) -> tuple[Row, Heard]:
    """One recording as `script_biased` heard it; its sound rests in `folder` as long as pauses are looked for."""
    wanted = Wanted(pool, others[0], _MINUTES, with_sound=True)
    name = f"{pool.name}, {_MINUTES:g} min of sound, script_biased"
    row = Row(name, (wanted,), Errors(0.0))
    return row, RealListener(SileroDetector(), ScriptBiased()).hear(wanted, folder)


def real_result(pool: Pool, row: Row, heard: Heard, peers: Sequence[Method]) -> Result:
    """All methods on what was really heard."""
    own = Wavelode(unseen=pool.name, kind=ListenerKind.LED)
    outcomes = [measured(row, method, [heard]) for method in (own, *peers)]
    return Result(row, outcomes[0], tuple(outcomes[1:]))
