"""``wavelode bench known-answer``: the aligner and its peers on recordings whose every second is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from wavelode.alignment.calibration import ListenerKind
from wavelode.infra.bench.known_answer.cases import Trouble, Wanted
from wavelode.infra.bench.known_answer.content import Pairing, pairing
from wavelode.infra.bench.known_answer.fitting import write_fitted
from wavelode.infra.bench.known_answer.goals import Goal, Result, goals, paired_goals
from wavelode.infra.bench.known_answer.hearing import Method, WithEdges
from wavelode.infra.bench.known_answer.learning import learned, of_habit
from wavelode.infra.bench.known_answer.listener import Errors
from wavelode.infra.bench.known_answer.ours import Wavelode
from wavelode.infra.bench.known_answer.peers import DifflibWindows, RapidfuzzPartial, RapidfuzzWindows
from wavelode.infra.bench.known_answer.peers_published import GreedyCer, SmithWatermanWindows
from wavelode.infra.bench.known_answer.real import real_result, really_heard
from wavelode.infra.bench.known_answer.tables import (
    calibration_table,
    edits_table,
    goal_table,
    held_out_table,
    learning_table,
    method_table,
    own_table,
    pairing_table,
)
from wavelode.infra.bench.known_answer.tasks import Row, Task, run_all
from wavelode.infra.bench.known_answer.utterances import DATA_VARIABLE, Pool, data_folder, read_pools

STOPPED = 2
_FULL = ((5, 12, 0.2), (60, 2, 0.2), (480, 1, 0.2), (5, 12, 0.4), (60, 2, 0.4))
"""Minutes, recordings, character error rate."""
_MORE = ((5, 36, 0.2), (60, 4, 0.4))
"""The same without the peers: false accepts of short recordings and unsure claims are few."""
_MORE_SEED = 100
_MANY_EDITED, _MANY_EDITED_RECORDINGS = 0.2, 2
_PAIRS, _QUICK_PAIRS = (12, 2000), (3, 40)
"""Recordings, and documents among which each finds its own."""
_QUICK = ((5, 5, 0.2), (30, 1, 0.2), (5, 5, 0.4))


def main(quick: bool, alone: bool = False) -> int:
    """Prints the tables, ours before those of the slow peers; 0 where all goals hold, 2 where there is no data.

    Args:
        quick: the shortest recordings of the first language only.
        alone: without peers, and so without the goals against them.
    """
    console = Console(width=150)
    if not (pools := _pools(console)):
        return STOPPED
    wanted = list(rows(pools[:1] if quick else pools, pools, quick))
    own = ours(wanted)
    console.print(own_table(own))
    pairs = list(_pairs(pools[:1] if quick else pools, pools, quick))
    console.print(pairing_table(pairs))
    if not quick:
        _print_learned(console, pools, () if alone else peers())
    results = own if alone else list(_against_peers(console, own))
    found = [*goals(results), *paired_goals(pairs)]
    _print(console, results, found)
    console.print(_main_figure(results, found), highlight=False)
    return 0 if all(goal.holds for goal in found) else 1


def fit_into(path: Path) -> int:
    """Fits the calibration of `p_correct` on the known answers there are; 0, or 2 where there is no data."""
    console = Console(width=150)
    if not (pools := _pools(console)):
        return STOPPED
    console.print(held_out_table(write_fitted(pools, path)))
    console.print(f"{path} holds it; use it with --align-calibration", highlight=False, soft_wrap=True)
    return 0


def _pools(console: Console) -> tuple[Pool, ...]:
    pools = read_pools(data_folder())
    if not pools:
        console.print(
            f"No folder below {data_folder()} holds an utterances.json: set {DATA_VARIABLE} to where some lie.",
            highlight=False,
            soft_wrap=True,
        )
    return pools


def rows(pools: Sequence[Pool], others: Sequence[Pool], quick: bool) -> Iterator[Row]:
    """What is measured: each pool with the next one as the second language."""
    for pool in pools:
        other = _other(pool, others)
        for minutes, recordings, cer in _QUICK if quick else _FULL:
            wanted = tuple(Wanted(pool, other, minutes, seed) for seed in range(recordings))
            yield Row(_named(pool, minutes, recordings, cer), wanted, Errors(cer))
        if not quick:
            yield from (_more(pool, other, *row) for row in _MORE)
            yield _edited_row(pool, other)


def _more(pool: Pool, other: Pool, minutes: float, recordings: int, cer: float) -> Row:
    seeds = range(_MORE_SEED, _MORE_SEED + recordings)
    wanted = tuple(Wanted(pool, other, minutes, seed) for seed in seeds)
    return Row(_named(pool, minutes, recordings, cer), wanted, Errors(cer), has_peers=False)


def _named(pool: Pool, minutes: float, recordings: int, cer: float) -> str:
    times = f"{recordings} x " if recordings > 1 else ""
    return f"{pool.name}, {times}{_length(minutes)}, CER {cer:.0%}"


def _edited_row(pool: Pool, other: Pool) -> Row:
    """Enough edited sentences to see which share of them is accepted; what share of the print they are is no matter."""
    trouble = replace(Trouble(), edited=_MANY_EDITED)
    wanted = tuple(Wanted(pool, other, 60, seed, trouble) for seed in range(_MANY_EDITED_RECORDINGS))
    return Row(
        f"{pool.name}, {len(wanted)} x 1 h, CER 20%, {_MANY_EDITED:.0%} edited", wanted, Errors(0.2), False
    )


def _length(minutes: float) -> str:
    return f"{minutes:g} min" if minutes < 60 else f"{minutes / 60:g} h"


def peers() -> tuple[Method, ...]:
    """All that run here, with edges like ours."""
    plain: tuple[Method, ...] = (DifflibWindows(), SmithWatermanWindows())
    fuzzy: tuple[Method, ...] = (RapidfuzzPartial(), RapidfuzzWindows(), GreedyCer())
    return tuple(WithEdges(peer) for peer in (*plain, *(fuzzy if find_spec("rapidfuzz") else ())))


def ours(wanted: Sequence[Row]) -> list[Result]:
    """Ours on all rows with the simulated listener, alone in its processes, so that its memory is known."""
    outcomes = run_all([Task(row, (_ours(row),)) for row in wanted])
    return [Result(row, own[0], ()) for row, own in zip(wanted, outcomes, strict=True)]


def with_peers(results: Sequence[Result]) -> Iterator[Result]:
    """The same with the peers' outcomes on the same rows, where they are asked for."""
    outcomes = run_all([Task(result.row, peers()) for result in results if result.row.has_peers])
    for result in results:
        yield replace(result, peers=tuple(next(outcomes))) if result.row.has_peers else result


def _against_peers(console: Console, own: Sequence[Result]) -> Iterator[Result]:
    for result in with_peers(own):
        if result.peers:
            console.print(method_table(result))
        yield result


def _ours(row: Row) -> Method:
    """With probabilities fitted on other corpora than the row's."""
    return Wavelode(unseen=row.wanted[0].pool.name)


def _print(console: Console, results: Sequence[Result], found: Sequence[Goal]) -> None:
    if (table := calibration_table(results)) is not None:
        console.print(table)
    if (edits := edits_table(results)) is not None:
        console.print(edits)
    console.print(goal_table(found))
    if not find_spec("rapidfuzz"):
        console.print("Three peers need rapidfuzz, which is not installed: pip install rapidfuzz")


def _pairs(pools: Sequence[Pool], others: Sequence[Pool], quick: bool) -> Iterator[Pairing]:
    recordings, documents = _QUICK_PAIRS if quick else _PAIRS
    for pool in pools:
        yield from pairing(pool, _other(pool, others), (0.2,) if quick else (0.2, 0.4), recordings, documents)


def _other(pool: Pool, pools: Sequence[Pool]) -> Pool:
    return pools[(pools.index(pool) + 1) % len(pools)]


def _print_learned(console: Console, pools: Sequence[Pool], rivals: Sequence[Method]) -> None:
    """What EM adds, for the listener of habit, and for the embedded one on real sound, with its table of methods."""
    found = [row for pool in pools for row in of_habit(pool, _other(pool, pools))]
    for pool in pools:
        with TemporaryDirectory() as folder:
            row, heard = really_heard(pool, [_other(pool, pools)], Path(folder))
            console.print(method_table(real_result(pool, row, heard, rivals)))
            found += learned(row, [heard], ListenerKind.LED)
    console.print(learning_table(found))


def _main_figure(results: Sequence[Result], found: Sequence[Goal]) -> str:
    worst = min(
        (r for r in results if r.row.is_default and r.row.errors.cer == 0.2),
        key=lambda r: r.accepted.tally.f1,
    )
    tally = worst.accepted.tally
    holds = sum(goal.holds for goal in found)
    return (
        f"F1 {tally.f1:.3f} at {tally.false_accept_rate:.2%} false accepts (worst of 20 % CER: {worst.row.name}); "
        f"{holds} of {len(found)} goals hold"
    )
