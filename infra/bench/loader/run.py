"""Runs all of it and prints the tables; the goals stand at the end."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from wavelode.datasets.corpus import Corpus
from wavelode.infra.bench.loader.contender import Contender, missing
from wavelode.infra.bench.loader.corpus import Made, make
from wavelode.infra.bench.loader.exact import WORLDS, killed_jobs, same_order, two_jobs
from wavelode.infra.bench.loader.many import going_on
from wavelode.infra.bench.loader.ours import BareDecoding, Wavelode
from wavelode.infra.bench.loader.peers import PEERS
from wavelode.infra.bench.loader.race import WORLD, Figures, killed, race, resume_s
from wavelode.infra.bench.loader.sizes import planned, resumed
from wavelode.infra.bench.loader.store import LATE_S, far_away, useful_per_s
from wavelode.schemas.errors import MissingDependency

_MOST_PADDING = 0.10
_TIMES_AHEAD = 2.0
_NEAR_BARE = 0.8
_FAR_SHARE = 0.8
_MANY = 5_000_000


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done; from afar, enough that an epoch's first requests are a small part of it."""

    clips: int
    small: int
    far: int
    rounds: int
    kills: int
    plans: tuple[int, ...]
    peers: tuple[Contender, ...]


_QUICK = Size(500, 200, 500, 1, 5, (1_000_000,), PEERS[1:2])
_FULL = Size(1000, 240, 4000, 5, 20, (_MANY, 10 * _MANY), PEERS)


@dataclass(frozen=True, slots=True)
class Goal:
    """What is claimed, what was found, and whether that is enough."""

    claim: str
    found: str
    met: bool


def main(quick: bool) -> int:
    """Prints the tables; 0 where all goals hold, else 1."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    warnings.filterwarnings("ignore")
    console, size = Console(width=150), _QUICK if quick else _FULL
    with tempfile.TemporaryDirectory(prefix="wavelode-bench-") as scratch:
        made, small = make(Path(scratch) / "clips", size.clips), make(Path(scratch) / "small", size.small)
        console.print(
            f"{size.clips} clips, {made.seconds / 3600:.1f} h, {made.bytes_per_sample:.2f} bytes a sample",
            highlight=False,
        )
        goals = [
            *_exactness(console, small, size),
            *_sizes(console, made, size, Path(scratch)),
            *_side_by_side(console, made, size),
            *_far(console, make(Path(scratch) / "many", size.far), size),
        ]
    return _say(console, goals)


def _exactness(console: Console, small: Made, size: Size) -> list[Goal]:
    beside = two_jobs(small)
    corpus = Corpus.open(small.shards)
    table = Table(
        "ahead of need", f"sha256 of the order, {', '.join(map(str, WORLDS))} ranks", title="One order"
    )
    orders = same_order(corpus, with_torch=size is _FULL)
    for who, digests in orders.items():
        table.add_row(who, " ".join(sorted(digest[:16] for digest in digests)))
    console.print(table)
    different = len(set().union(*orders.values()))
    left = killed_jobs(corpus, size.kills)
    ranks = ", ".join(map(str, left.worlds))
    return [
        Goal(
            "two jobs at once on one host, none of them having an index yet, give the same batches",
            f"{len(set(beside))} orders, {min(clips for _, clips in beside)} of {len(small.lengths)} clips",
            set(beside) == {(beside[0][0], len(small.lengths))},
        ),
        Goal("one global order", f"{different} for {len(orders)} x {len(WORLDS)} ways", different == 1),
        Goal(
            f"each clip once an epoch though {left.kills} jobs of {ranks} ranks are killed",
            f"{left.lost} lost, {left.doubled} doubled in {left.epochs} epochs",
            not left.lost and not left.doubled,
        ),
    ]


def _sizes(console: Console, made: Made, size: Size, scratch: Path) -> list[Goal]:
    columns = (
        "clips",
        "CPU s",
        "peak MB",
        "padding, 30 buckets",
        "over their seconds",
        "padding, 16 as they come",
    )
    table = Table(*columns, title="Planning an epoch")
    plans = [planned(clips) for clips in size.plans]
    for plan in plans:
        figures = (f"{plan.cpu_s:.1f}", f"{plan.peak_mb:.0f}", f"{plan.padding:.1%}", str(plan.over))
        table.add_row(f"{plan.clips:,}", *figures, f"{plan.random_padding:.1%}")
    console.print(table)
    again = resumed(made, size.plans[0], scratch / "many")
    console.print(
        f"Going on in the middle of {again.clips:,} clips, from nothing to the next batch: {again.wall_s:.1f} s "
        f"({again.cpu_s:.1f} CPU s, {again.peak_mb:.0f} MB)",
        highlight=False,
    )
    worst = max(plan.padding for plan in plans)
    over = sum(plan.over for plan in plans)
    return [
        Goal(f"at most {_MOST_PADDING:.0%} padding", f"{worst:.1%}", worst <= _MOST_PADDING),
        Goal("no micro-batch over its seconds", str(over), not over),
    ]


def _side_by_side(console: Console, made: Made, size: Size) -> list[Goal]:
    there = [peer for peer in size.peers if not missing(peer)]
    for peer in size.peers:
        if absent := missing(peer):
            console.print(f"{peer.name}: left out, not installed: {', '.join(absent)}", highlight=False)
    ours, bare = Wavelode(), BareDecoding()
    everybody: list[Contender] = [bare, ours, *there]
    for contender in everybody:
        contender.prepare(made)
    turns = [everybody, everybody[::-1]]
    rounds = [{c.name: race(c, made) for c in turns[turn % 2]} for turn in range(size.rounds)]
    best = {c.name: _middle([one[c.name] for one in rounds]) for c in everybody}
    _print_race(console, everybody, best, made, size)
    share = best[ours.name].hours_per_core_s / best[bare.name].hours_per_core_s
    times = min((best[ours.name].useful_per_s / best[peer.name].useful_per_s for peer in there), default=0.0)
    return [
        Goal(
            f"{_TIMES_AHEAD:g} x the best peer, or {_NEAR_BARE:.0%} of soundfile alone for each second of processor",
            f"{times:.2f} x, {share:.0%}",
            times >= _TIMES_AHEAD or share >= _NEAR_BARE,
        )
    ]


def _middle(found: Sequence[Figures]) -> Figures:
    """The round whose speed is in the middle."""
    return sorted(found, key=lambda one: one.useful_per_s)[len(found) // 2]


def _print_race(
    console: Console, everybody: Sequence[Contender], best: dict[str, Figures], made: Made, size: Size
) -> None:
    columns = ("clips/s", "useful s/s", "hours per core-second", "first batch, s", "padding")
    after = f"after {size.kills} kills: lost, doubled"
    table = Table(
        "", *columns, after, "going on, s", f"of {_MANY // 1_000_000} million, s", title=f"{WORLD} processes"
    )
    for contender in everybody:
        one = best[contender.name]
        row = [f"{one.clips_per_s:.0f}", f"{one.useful_per_s:.0f}", f"{one.hours_per_core_s:.2f}"]
        row += [f"{one.first_s:.2f}", f"{one.padding:.1%}"]
        table.add_row(contender.name, *row, *_resuming(contender, made, size.kills))
    console.print(table)


def _resuming(contender: Contender, made: Made, kills: int) -> list[str]:
    if isinstance(contender, BareDecoding):
        return []
    left, seconds = killed(contender, made, kills), resume_s(contender, made)
    told = "starts over" if seconds is None else f"{seconds:.2f}"
    return [f"{left.lost}, {left.doubled}", told, going_on(contender, made, _MANY)]


def _far(console: Console, made: Made, size: Size) -> list[Goal]:
    try:
        with far_away(made) as address, tempfile.TemporaryDirectory() as keep:
            pairs = [
                (useful_per_s(str(made.shards), Path(keep)), useful_per_s(address, Path(keep)))
                for _ in range(size.rounds)
            ]
    except MissingDependency as error:
        console.print(f"S3: left out, {error}", highlight=False)
        return []
    near, far = sorted(pairs, key=lambda pair: pair[1] / pair[0])[len(pairs) // 2]
    how = "one process, one decoding thread, the store on a core of its own"
    claim = f"S3, {LATE_S * 1000:g} ms away: {_FAR_SHARE:.0%} of a disk's speed ({how})"
    return [Goal(claim, f"{far / near:.0%} ({far:.0f} of {near:.0f} s/s)", far >= _FAR_SHARE * near)]


def _say(console: Console, goals: Sequence[Goal]) -> int:
    table = Table("goal", "found", "", title="Goals")
    for goal in goals:
        table.add_row(goal.claim, goal.found, "met" if goal.met else "missed")
    console.print(table)
    met = sum(goal.met for goal in goals)
    console.print(f"{met} of {len(goals)} goals met", highlight=False)
    return 0 if met == len(goals) else 1
