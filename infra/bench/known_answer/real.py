"""The embedded listener on recordings joined from real utterances."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from wavelode.infra.bench.known_answer.cases import Wanted
from wavelode.infra.bench.known_answer.goals import Result
from wavelode.infra.bench.known_answer.hearing import Method
from wavelode.infra.bench.known_answer.listener import Errors
from wavelode.infra.bench.known_answer.ours import Wavelode
from wavelode.infra.bench.known_answer.sound import RealListener
from wavelode.infra.bench.known_answer.tasks import Row, measured
from wavelode.infra.bench.known_answer.utterances import Pool
from wavelode.pipelines.models.script_biased.listener import ScriptBiased
from wavelode.pipelines.models.silero import SileroDetector

_MINUTES = 10.0


def real_result(pool: Pool, others: Sequence[Pool], peers: Sequence[Method]) -> Result:
    """All methods on one recording as `script_biased` heard it."""
    wanted = Wanted(pool, others[0], _MINUTES, with_sound=True)
    name = f"{pool.name}, {_MINUTES:g} min of sound, script_biased"
    row = Row(name, (wanted,), Errors(0.0))
    with tempfile.TemporaryDirectory() as folder:
        listener = RealListener(SileroDetector(), ScriptBiased())
        heard = listener.hear(wanted, Path(folder))
        outcomes = [measured(row, method, [heard]) for method in (Wavelode(unseen=pool.name), *peers)]
    return Result(row, outcomes[0], tuple(outcomes[1:]))
