"""Fits the calibration of `p_correct` on known answers, and says how well it holds where it was not fitted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from wavelode.alignment.calibration import Calibration, Weights, fit_both
from wavelode.infra.bench.known_answer.cases import Trouble, Wanted
from wavelode.infra.bench.known_answer.listener import Errors
from wavelode.infra.bench.known_answer.ours import Wavelode
from wavelode.infra.bench.known_answer.scores import BINS, Found, Judged, Verdict, judge
from wavelode.infra.bench.known_answer.tasks import heard
from wavelode.infra.bench.known_answer.utterances import Pool
from wavelode.schemas.errors import SettingsError
from wavelode.schemas.records import Match

_CERS = (0.1, 0.2, 0.3, 0.4)
_LENGTHS = ((240.0, 1), (60.0, 3), (5.0, 24))
"""Minutes and recordings of each: the longer one is, the more places there are to be wrong."""
_FIRST_SEED = 1000
"""Other recordings than those that are measured."""
_OFTENER = 5
"""Edited sentences are few; there are made this many times more, and each counts as much less."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Claims on recordings of one pool, and whether each is right; damaged print is neither."""

    pool: str
    matches: tuple[Match, ...]
    verdicts: tuple[Verdict, ...]

    def __add__(self, other: Answers) -> Answers:
        return Answers(self.pool, self.matches + other.matches, self.verdicts + other.verdicts)

    @property
    def right(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        return np.array([v in {Verdict.RIGHT, Verdict.CUT} for v in self.verdicts], np.bool_)

    @property
    def counts(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.array([1 / _OFTENER if v is Verdict.EDITED else 1.0 for v in self.verdicts])


def fitted(pools: Sequence[Pool], workers: int = 2) -> Calibration:
    """The calibration of all pools together, with those that leave out one pool each.

    Raises:
        SettingsError: if too little was claimed wrongly, or rightly, to learn from.
    """
    answers = _answers(pools, workers)
    without = {
        name: _weights([a for a in answers if a.pool != name]) for name in _names(answers) if len(answers) > 1
    }
    table = (
        [row for a in answers for row in _held_out(a, Calibration(without.get(a.pool, {})))]
        if without
        else []
    )
    return Calibration(_weights(answers), _provenance(answers), without, table)


def _names(answers: Sequence[Answers]) -> list[str]:
    return [a.pool for a in answers]


def _weights(answers: Sequence[Answers]) -> Weights:
    matches = [match for a in answers for match in a.matches]
    verdicts = np.array([str(verdict) for a in answers for verdict in a.verdicts])
    counts = np.concatenate([a.counts for a in answers])
    try:
        return fit_both(matches, verdicts != Verdict.ABSENT, verdicts != Verdict.EDITED, counts)
    except ValueError as error:
        raise SettingsError(f"can't fit a calibration: {error}; give it more utterances") from None


def _answers(pools: Sequence[Pool], workers: int) -> list[Answers]:
    """The answers of each pool, in order."""
    wanted = [(pool, w, cer) for pool in pools for w, cer in _recordings(pool, pools)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as engine:
        found = list(engine.map(_answered, (w for _, w, _ in wanted), (cer for _, _, cer in wanted)))
    by_pool: dict[str, Answers] = {}
    for (pool, _, _), answers in zip(wanted, found, strict=True):
        by_pool[pool.name] = by_pool.get(pool.name, Answers(pool.name, (), ())) + answers
    return list(by_pool.values())


def _recordings(pool: Pool, pools: Sequence[Pool]) -> Iterator[tuple[Wanted, float]]:
    other = pools[(pools.index(pool) + 1) % len(pools)]
    trouble = replace(Trouble(), edited=_OFTENER * Trouble().edited)
    for cer in _CERS:
        for minutes, recordings in _LENGTHS:
            for seed in range(_FIRST_SEED, _FIRST_SEED + recordings):
                yield Wanted(pool, other, minutes, seed, trouble), cer


def _answered(wanted: Wanted, cer: float) -> Answers:
    case, hearing = heard(wanted, Errors(cer))
    claims = Wavelode().claims(hearing)
    # The order in which claims are judged tells which is which: a score of its own for each.
    found = [Found(c.match.sentence.index, c.span, -at) for at, c in enumerate(claims)]
    judged: list[Judged] = [j for j in judge(case, found) if j.verdict is not Verdict.DAMAGED]
    matches = tuple(claims[-round(j.found.score)].match for j in judged)
    return Answers(wanted.pool.name, matches, tuple(j.verdict for j in judged))


def _provenance(answers: Sequence[Answers]) -> dict[str, Any]:
    return {
        "made_by": "wavelode bench known-answer --fit",
        "corpora": [
            {"name": a.pool, "claims": len(a.verdicts), **dict(sorted(Counter(map(str, a.verdicts)).items()))}
            for a in answers
        ],
        "recordings": [{"minutes": minutes, "of_each": number} for minutes, number in _LENGTHS],
        "listener": {
            "kind": "simulated",
            "character_error_rates": list(_CERS),
            "jitter_s": Errors(0.0).jitter_s,
        },
        "trouble": asdict(Trouble()),
        "edited_sentences": f"made {_OFTENER} times as often as `trouble` says, each counted as 1/{_OFTENER}",
        "right": "these words were spoken there, up to letters wrong in print; such print was left out",
    }


def _held_out(answers: Answers, calibration: Calibration) -> Iterator[Mapping[str, Any]]:
    """What was said and what was true, bin by bin; edited sentences counted as in the fit."""
    said = np.array([calibration.probability(match) for match in answers.matches])
    right, counts = answers.right, answers.counts
    for low, high in pairwise(BINS):
        inside = (said >= low) & (said < high)
        if total := float(counts[inside].sum()):
            yield {
                "corpus": answers.pool,
                "from": low,
                "to": min(high, 1.0),
                "claims": int(inside.sum()),
                "said": round(float((said * counts)[inside].sum()) / total, 4),
                "true": round(float((right * counts)[inside].sum()) / total, 4),
            }


def write_fitted(pools: Sequence[Pool], path: Path) -> Calibration:
    """Fits and writes; the file can be given as ``--align-calibration``."""
    calibration = fitted(pools)
    path.write_text(calibration.to_json(), encoding="utf-8")
    return calibration
