"""Fits the calibration of `p_correct` on known answers, and says how well it holds where it was not fitted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from wavelode.alignment.calibration import Calibration, ListenerKind, Weights, calibrations_json, fit_both
from wavelode.infra.bench.known_answer.cases import Case, Trouble, Wanted
from wavelode.infra.bench.known_answer.hearing import Hearing
from wavelode.infra.bench.known_answer.listener import Errors
from wavelode.infra.bench.known_answer.ours import Wavelode
from wavelode.infra.bench.known_answer.scores import BINS, Found, Judged, Verdict, judge
from wavelode.infra.bench.known_answer.sound import RealListener
from wavelode.infra.bench.known_answer.tasks import heard
from wavelode.infra.bench.known_answer.utterances import Pool
from wavelode.pipelines.models.script_biased.listener import ScriptBiased
from wavelode.pipelines.models.silero import SileroDetector
from wavelode.schemas.errors import SettingsError
from wavelode.schemas.records import Match

_CERS = (0.1, 0.2, 0.3, 0.4)
_LENGTHS = ((240.0, 1), (60.0, 3), (5.0, 24))
"""Minutes and recordings of each: the longer one is, the more places there are to be wrong."""
_FIRST_SEED = 1000
"""Other recordings than those that are measured."""
_OFTENER = 5
"""Edited sentences are few; there are made this many times more, and each counts as much less."""
_SOUND_MIN, _SOUND_RECORDINGS, _WRONG_PRINTS = 10.0, 2, 3
"""Recordings of joined sound for the listener that is led by the print; so many more are heard with a wrong print."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Claims on recordings of one pool, and whether each is right; damaged print is neither.

    Args:
        oftener: how many times more edited sentences there were than there should be.
    """

    pool: str
    matches: tuple[Match, ...]
    verdicts: tuple[Verdict, ...]
    oftener: int = 1

    def __add__(self, other: Answers) -> Answers:
        return replace(self, matches=self.matches + other.matches, verdicts=self.verdicts + other.verdicts)

    @property
    def right(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        return np.array([v in {Verdict.RIGHT, Verdict.CUT} for v in self.verdicts], np.bool_)

    @property
    def counts(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.array([1 / self.oftener if v is Verdict.EDITED else 1.0 for v in self.verdicts])


def fitted(pools: Sequence[Pool], workers: int = 2) -> dict[ListenerKind, Calibration]:
    """The calibrations of all pools together, with those that leave out one pool each.

    There is one for a listener that is led by the print where there is sound, and pocketsphinx to hear it.

    Raises:
        SettingsError: if too little was claimed wrongly, or rightly, to learn from.
    """
    found = {ListenerKind.FREE: _fitted(_simulated(pools, workers), ListenerKind.FREE)}
    with_sound = [pool for pool in pools if all(u.audio and u.audio.exists() for u in pool.utterances)]
    if with_sound and find_spec("pocketsphinx"):
        found[ListenerKind.LED] = _fitted(_really_heard(with_sound, workers), ListenerKind.LED)
    return found


def _fitted(answers: Sequence[Answers], kind: ListenerKind) -> Calibration:
    names = [a.pool for a in answers] if len(answers) > 1 else []
    without = {name: _weights([a for a in answers if a.pool != name], kind) for name in names}
    table = [row for a in answers for row in _held_out(a, Calibration(without[a.pool]))] if without else []
    return Calibration(_weights(answers, kind), _provenance(answers, kind), without, table)


def _weights(answers: Sequence[Answers], kind: ListenerKind) -> Weights:
    matches = [match for a in answers for match in a.matches]
    verdicts = np.array([str(verdict) for a in answers for verdict in a.verdicts])
    counts = np.concatenate([a.counts for a in answers])
    try:
        return fit_both(matches, verdicts != Verdict.ABSENT, verdicts != Verdict.EDITED, counts, kind)
    except ValueError as error:
        raise SettingsError(f"can't fit a calibration: {error}; give it more utterances") from None


def _simulated(pools: Sequence[Pool], workers: int) -> list[Answers]:
    """The answers of each pool, in order, as the simulated listener hears it."""
    wanted = [(pool, w, cer) for pool in pools for w, cer in _recordings(pool, pools)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as engine:
        found = engine.map(_answered, (w for _, w, _ in wanted), (cer for _, _, cer in wanted))
        return _by_pool(found)


def _really_heard(pools: Sequence[Pool], workers: int) -> list[Answers]:
    """The same of `script_biased` on real sound."""
    wanted = [row for pool in pools for row in _sounds(pool, pools)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as engine:
        return _by_pool(engine.map(_answered_with_sound, *zip(*wanted, strict=True)))


def _by_pool(found: Iterable[Answers]) -> list[Answers]:
    by_pool: dict[str, Answers] = {}
    for answers in found:
        by_pool[answers.pool] = by_pool[answers.pool] + answers if answers.pool in by_pool else answers
    return list(by_pool.values())


def _recordings(pool: Pool, pools: Sequence[Pool]) -> Iterator[tuple[Wanted, float]]:
    other = pools[(pools.index(pool) + 1) % len(pools)]
    trouble = replace(Trouble(), edited=_OFTENER * Trouble().edited)
    for cer in _CERS:
        for minutes, recordings in _LENGTHS:
            for seed in range(_FIRST_SEED, _FIRST_SEED + recordings):
                yield Wanted(pool, other, minutes, seed, trouble), cer


def _sounds(pool: Pool, pools: Sequence[Pool]) -> Iterator[tuple[Wanted, Wanted | None]]:
    """Recordings, and whose print each is given where that is not its own."""
    other = pools[(pools.index(pool) + 1) % len(pools)]
    seeds = range(_FIRST_SEED, _FIRST_SEED + _SOUND_RECORDINGS + _WRONG_PRINTS)
    wanted = [Wanted(pool, other, _SOUND_MIN, seed, with_sound=True) for seed in seeds]
    own, wrong = wanted[:_SOUND_RECORDINGS], wanted[_SOUND_RECORDINGS:]
    yield from ((recording, None) for recording in own)
    yield from zip(wrong, [*wrong[1:], own[0]], strict=True)


def _answered(wanted: Wanted, cer: float) -> Answers:
    case, hearing = heard(wanted, Errors(cer))
    return replace(_judged(case, hearing, wanted.pool.name, ListenerKind.FREE), oftener=_OFTENER)


def _answered_with_sound(wanted: Wanted, printed: Wanted | None) -> Answers:
    with TemporaryDirectory() as folder:
        case, hearing = RealListener(SileroDetector(), ScriptBiased()).hear(wanted, Path(folder), printed)
        return _judged(case, hearing, wanted.pool.name, ListenerKind.LED)


def _judged(case: Case, hearing: Hearing, pool: str, kind: ListenerKind) -> Answers:
    claims = Wavelode(kind=kind).claims(hearing)
    # The order in which claims are judged tells which is which: a score of its own for each.
    found = [Found(c.match.sentence.index, c.span, -at) for at, c in enumerate(claims)]
    judged: list[Judged] = [j for j in judge(case, found) if j.verdict is not Verdict.DAMAGED]
    matches = tuple(claims[-round(j.found.score)].match for j in judged)
    return Answers(pool, matches, tuple(j.verdict for j in judged))


def _provenance(answers: Sequence[Answers], kind: ListenerKind) -> dict[str, Any]:
    corpora = [
        {"name": a.pool, "claims": len(a.verdicts), **dict(sorted(Counter(map(str, a.verdicts)).items()))}
        for a in answers
    ]
    how = _of_simulated() if kind is ListenerKind.FREE else _of_sound()
    return {
        "made_by": "wavelode bench known-answer --fit",
        "corpora": corpora,
        **how,
        "trouble": asdict(Trouble()),
        "right": "these words were spoken there, up to letters wrong in print; such print was left out",
    }


def _of_simulated() -> dict[str, Any]:
    return {
        "recordings": [{"minutes": minutes, "of_each": number} for minutes, number in _LENGTHS],
        "listener": {
            "kind": "simulated",
            "character_error_rates": list(_CERS),
            "jitter_s": Errors(0.0).jitter_s,
        },
        "edited_sentences": f"made {_OFTENER} times as often as `trouble` says, each counted as 1/{_OFTENER}",
    }


def _of_sound() -> dict[str, Any]:
    one = {"minutes": _SOUND_MIN}
    wrong = {**one, "of_each": _WRONG_PRINTS, "print": "of another recording"}
    rows = [{**one, "of_each": _SOUND_RECORDINGS}, wrong]
    return {"recordings": rows, "listener": {"kind": "script_biased, on sound that was joined"}}


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


def write_fitted(pools: Sequence[Pool], path: Path) -> dict[ListenerKind, Calibration]:
    """Fits and writes; the file can be given as ``--align-calibration``."""
    calibrations = fitted(pools)
    path.write_text(calibrations_json(calibrations), encoding="utf-8")
    return calibrations
