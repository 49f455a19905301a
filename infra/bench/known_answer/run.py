"""``wavelode bench known-answer``: the aligner and its peers on recordings whose every second is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from wavelode.infra.bench.known_answer.cases import Trouble, Wanted
from wavelode.infra.bench.known_answer.fitting import write_fitted
from wavelode.infra.bench.known_answer.goals import Goal, Result, goals
from wavelode.infra.bench.known_answer.hearing import Method, WithEdges
from wavelode.infra.bench.known_answer.listener import Errors
from wavelode.infra.bench.known_answer.ours import Wavelode
from wavelode.infra.bench.known_answer.peers import DifflibWindows, RapidfuzzPartial, RapidfuzzWindows
from wavelode.infra.bench.known_answer.peers_published import GreedyCer, SmithWatermanWindows
from wavelode.infra.bench.known_answer.real import real_result
from wavelode.infra.bench.known_answer.tables import (
    calibration_table,
    edits_table,
    goal_table,
    held_out_table,
    method_table,
)
from wavelode.infra.bench.known_answer.tasks import Row, Task, run_all
from wavelode.infra.bench.known_answer.utterances import DATA_VARIABLE, Pool, data_folder, read_pools

STOPPED = 2
_FULL = ((5, 12, 0.2), (60, 2, 0.2), (480, 1, 0.2), (5, 12, 0.4), (60, 2, 0.4))
"""Minutes, recordings, character error rate."""
_MANY_EDITED, _MANY_EDITED_RECORDINGS = 0.2, 2
_QUICK = ((5, 5, 0.2), (30, 1, 0.2), (5, 5, 0.4))


def main(quick: bool) -> int:
    """Prints the tables; 0 where all goals hold, 2 where there is no data.

    Args:
        quick: the shortest recordings of the first language only.
    """
    console = Console(width=150)
    if not (pools := _pools(console)):
        return STOPPED
    results = simulated(list(rows(pools[:1] if quick else pools, pools, quick)))
    found = goals(results)
    _print(console, results, found)
    if not quick:
        _print_real(console, pools)
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
        other = others[(others.index(pool) + 1) % len(others)]
        for minutes, recordings, cer in _QUICK if quick else _FULL:
            wanted = tuple(Wanted(pool, other, minutes, seed) for seed in range(recordings))
            times = f"{recordings} x " if recordings > 1 else ""
            yield Row(f"{pool.name}, {times}{_length(minutes)}, CER {cer:.0%}", wanted, Errors(cer))
        if not quick:
            yield _edited_row(pool, other)


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


def simulated(wanted: Sequence[Row]) -> list[Result]:
    """All methods on all rows with the simulated listener; ours alone in its processes, so that its memory is known."""
    ours = list(run_all([task for row in wanted for task in (Task(row, (_ours(row),)), Task(row, peers()))]))
    return [
        Result(row, own[0], tuple(rivals))
        for row, own, rivals in zip(wanted, ours[::2], ours[1::2], strict=True)
    ]


def _ours(row: Row) -> Method:
    """With probabilities fitted on other corpora than the row's."""
    return Wavelode(unseen=row.wanted[0].pool.name)


def _print(console: Console, results: Sequence[Result], found: Sequence[Goal]) -> None:
    for result in results:
        console.print(method_table(result))
    if (table := calibration_table(results)) is not None:
        console.print(table)
    if (edits := edits_table(results)) is not None:
        console.print(edits)
    console.print(goal_table(found))
    if not find_spec("rapidfuzz"):
        console.print("Three peers need rapidfuzz, which is not installed: pip install rapidfuzz")


def _print_real(console: Console, pools: Sequence[Pool]) -> None:
    for pool in pools:
        console.print(method_table(real_result(pool, [p for p in pools if p is not pool] or [pool], peers())))


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
