"""`wavelode bench nw`: the alignment core against its peers, in one run on one machine.

Every figure is CPU time of this process (`time.process_time`), the best of a few calls; every goal is a ratio of two
such figures, so a slow or a busy machine changes both sides. Peers that are not installed are named and skipped, and
what depends on them counts as not measured.
"""

from __future__ import annotations

import ctypes
import gc
import os
import platform
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from wavelode.alignment import _nw
from wavelode.alignment.align import Gap, Scoring, align, align_batch, score_only
from wavelode.infra.bench import nw_peers as peers
from wavelode.infra.bench.nw_inputs import Pair, pair
from wavelode.infra.bench.nw_quality import quality_table

UNIT = Scoring(0, -1, Gap(0, 1))
LINEAR = Scoring(2, -3, Gap(0, 2))
AFFINE = Scoring(2, -3, Gap(3, 1))
TWO_PIECE = Scoring()
SLOPED = Scoring(4, -6, Gap(6, 2, 40, 1))  # twice the costs, the second piece rising by half a point
OURS = {"unit": UNIT, "linear": LINEAR, "affine": AFFINE, "two-piece": TWO_PIECE}
OPERATIONS = {"linear": 6, "affine": 11, "two-piece": 21}  # byte operations per cell, the fewest we know


@dataclass
class Goal:
    """A ratio that must reach a limit; `ratio` is None where a peer is missing."""

    name: str
    ratio: float | None
    least: float

    def line(self) -> str:
        """One line of the table."""
        if self.ratio is None:
            return f"  not measured           {self.name} (goal {self.least:g})"
        word = "holds " if self.ratio >= self.least else "FAILS "
        return f"  {word} {self.ratio:8.2f} >= {self.least:<5g} {self.name}"


@dataclass
class Report:
    """What was measured so far, printed as it comes."""

    goals: list[Goal] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)

    def goal(self, name: str, slow: float | None, fast: float, least: float) -> None:
        """Notes and prints the goal that `slow` takes at least `least` times as long as `fast`."""
        self.goals.append(Goal(name, None if slow is None else slow / fast, least))
        print(self.goals[-1].line(), flush=True)

    def time_peer(self, peer: peers.Peer, on: Pair, times: int = 1) -> float | None:
        """CPU seconds, printed, or None where it is not installed."""
        solve = peer.on(on)
        if solve is None:
            self.missing.add(peer.module.partition(".")[0])
            return None
        try:
            seconds = cpu_seconds(solve, times)
        except ValueError as refusal:
            print(f"{on.name:22} {peer.name:42} refuses: {refusal}", flush=True)
            return None
        print_row(on, peer.name, seconds)
        return seconds


def cpu_seconds(solve: Callable[[], object], times: int = 3) -> float:
    """The least CPU time of a few calls."""
    best = float("inf")
    gc.disable()
    for _ in range(times):
        start = time.process_time()
        solve()
        best = min(best, time.process_time() - start)
    gc.enable()
    return best


def print_row(on: Pair, name: str, seconds: float) -> None:
    """One measurement."""
    rate = on.cells / seconds / 1e9
    print(f"{on.name:22} {name:42} {seconds * 1e3:12.3f} ms {rate:9.2f} G cells/s", flush=True)


def time_ours(on: Pair, kind: str, times: int = 3) -> float:
    """CPU seconds of `align`, printed."""
    seconds = cpu_seconds(lambda: align(on.a, on.b, OURS[kind]), times)
    print_row(on, f"Wavelode, {kind}, path", seconds)
    return seconds


def best_of(*seconds: float | None) -> float | None:
    """The least of those that were measured."""
    return min((s for s in seconds if s is not None), default=None)


def long_texts(report: Report, n: int, times: int) -> None:
    """Four kinds of pairs of n symbols: unit and linear cost against the unit cost peers."""
    for case in ("e10", "e30", "blk", "b20"):
        on = pair(case, n)
        ours = {kind: time_ours(on, kind, times) for kind in OURS}
        fuzz, edlib = report.time_peer(peers.RAPIDFUZZ, on, times), report.time_peer(peers.EDLIB, on, times)
        least = 4 if case == "e10" else 5
        report.goal(f"{on.name}: unit cost with path, times edlib", edlib, ours["unit"], least)
        if case != "e10":
            report.goal(f"{on.name}: unit cost with path, times RapidFuzz", fuzz, ours["unit"], least)
        if case == "b20":
            user_case(report, on, ours, fuzz, edlib)


def user_case(
    report: Report, on: Pair, ours: dict[str, float], fuzz: float | None, edlib: float | None
) -> None:
    """Errors and blocks missing on both sides: what real scripts and recordings look like."""
    affine = report.time_peer(peers.PARASAIL_SCORE, on)
    wfa = report.time_peer(peers.WFA_AFFINE, on)
    if on.cells < 1e10:  # the goals are set for long texts
        return
    report.goal(
        f"{on.name}: affine with path, times the faster unit cost peer",
        best_of(fuzz, edlib),
        ours["affine"],
        3,
    )
    report.goal(f"{on.name}: two-piece with path, times RapidFuzz's unit cost", fuzz, ours["two-piece"], 1)
    report.goal(f"{on.name}: affine with path, times parasail's score", affine, ours["affine"], 12)
    report.goal(f"{on.name}: affine with path, times pywfa", wfa, ours["affine"], 100)


def other_symbols(report: Report, n: int) -> None:
    """The user's case in another script and in word ids."""
    for script in ("devanagari", "words"):
        on = pair("b20", n, script)
        affine, _ = (time_ours(on, kind, 1) for kind in ("affine", "two-piece"))
        both = best_of(report.time_peer(peers.RAPIDFUZZ, on), report.time_peer(peers.EDLIB, on))
        report.goal(f"{on.name}: affine with path, times the faster unit cost peer", both, affine, 3)


def two_piece_peer(report: Report, n: int) -> None:
    """The one peer that knows two-piece gaps."""
    on = pair("b20", n)
    ours = cpu_seconds(lambda: align(on.a, on.b, SLOPED))
    print_row(on, "Wavelode, two-piece with a slope, path", ours)
    report.goal(f"{on.name}: two-piece, times pywfa's", report.time_peer(peers.WFA_TWO_PIECE, on), ours, 40)


def short_texts(report: Report) -> None:
    """2,000 and 10,000 symbols, where what surrounds the kernel counts."""
    for case in ("e10", "b20"):
        on = pair(case, 10_000)
        report.goal(
            f"{on.name}: affine with path, times parasail's with path",
            report.time_peer(peers.PARASAIL_PATH, on, 3),
            time_ours(on, "affine", 5),
            15,
        )
        if case == "b20":
            for peer in peers.OTHERS:
                report.time_peer(peer, on)
        on = pair(case, 2_000)
        fuzz = report.time_peer(peers.RAPIDFUZZ, on, 200)
        for kind in OURS:
            seconds = time_ours(on, kind, 200)
            if kind in ("unit", "affine"):
                report.goal(f"{on.name}: {kind} with path, times RapidFuzz's unit cost", fuzz, seconds, 1)


def batches(report: Report, count: int) -> None:
    """Many pairs of 2,000 symbols: per pair no slower than one by one; over two threads in half the time."""
    on = pair("e10", 2_000)
    pairs = [(on.a, on.b)] * count
    single = cpu_seconds(lambda: [align(a, b, AFFINE) for a, b in pairs], 2)
    batch = cpu_seconds(lambda: align_batch(pairs, AFFINE, threads=1), 2)
    report.goal(f"a batch of {count:,} pairs of 2k, rate over that of one by one", single, batch, 0.9)
    if cores() > 1:
        one, two = (wall_seconds(lambda t=t: align_batch(pairs, AFFINE, threads=t)) for t in (1, 2))  # type: ignore[misc]
        report.goal("that batch on two threads, wall time of one over that of two", one, two, 1.6)


def one_pair_on_two_threads(report: Report, n: int) -> None:
    """A long pair, shared by two threads."""
    if cores() < 2:
        return
    on = pair("b20", n)
    for kind in ("affine", "two-piece"):
        scoring = OURS[kind]
        one, two = (wall_seconds(lambda t=t: align(on.a, on.b, scoring, threads=t)) for t in (1, 2))  # type: ignore[misc]  # noqa: B023
        report.goal(f"{on.name}: {kind} on two threads, wall time of one over that of two", one, two, 1.6)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def wall_seconds(solve: Callable[[], object]) -> float:
    """The least wall time of three calls; means little on a busy machine."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        solve()
        best = min(best, time.perf_counter() - start)
    return best


def kernels(report: Report, n: int) -> None:
    """The sweep by itself, nothing pruned, against what the machine's byte operations allow; symbols and classes."""
    turns = 2_000_000
    operations = _nw.spin(turns) / cpu_seconds(lambda: _nw.spin(turns))
    rng = np.random.default_rng(1)
    on = Pair(f"random {n // 1000}k", *(rng.integers(0, 200, n).astype(np.int32) for _ in range(2)))
    wide = Pair(f"random {n // 1000}k wide", *(rng.integers(0, 9000, n).astype(np.int32) for _ in range(2)))
    for kind, count in OPERATIONS.items():
        scoring = OURS[kind]
        plain, many = (cpu_seconds(lambda p=p: score_only(p.a, p.b, scoring)) for p in (on, wide))  # type: ignore[misc]  # noqa: B023
        print_row(on, f"Wavelode, {kind}, score only", plain)
        if operations:
            ceiling, most = on.cells * count / operations, f"{operations / count / 1e9:.0f} G cells/s"
            report.goal(f"{kind}: share of the ceiling of {most}", ceiling, plain, 0.6)
        report.goal(f"{kind}: 200 symbols over 9,000, time", plain, many, 1 / 1.15)
        for name, other in with_classes(scoring).items():
            seconds = cpu_seconds(lambda s=other: score_only(on.a, on.b, s))  # type: ignore[misc]
            report.goal(f"{kind}: plain over {name}, time", plain, seconds, 1 / 1.5)


def with_classes(scoring: Scoring) -> dict[str, Scoring]:
    """The same gaps with class scores and with a table, for 200 symbols."""
    match, mismatch, gap = scoring.match, scoring.mismatch, scoring.gap
    table = np.where(np.eye(200, dtype=bool), match, mismatch).astype(np.int32)
    return {
        "class scores": Scoring(match, mismatch, gap, classes={k: k // 4 for k in range(200)}, same_class=-1),
        "a table of 200 classes": Scoring(gap=gap, table=table),
    }


def fallback(report: Report, n: int) -> None:
    """The path that needs no instruction set, against a peer that has none either."""
    on = pair("b20", n)
    before = os.environ.get("WAVELODE_NW_ISA")
    fast = align(on.a, on.b, AFFINE)
    os.environ["WAVELODE_NW_ISA"] = "portable"
    try:
        seconds = cpu_seconds(lambda: align(on.a, on.b, AFFINE))
        print_row(on, "Wavelode, affine, path, portable", seconds)
        same = 1.0 if align(on.a, on.b, AFFINE) == fast else 0.0
    finally:
        os.environ.pop("WAVELODE_NW_ISA")
        if before is not None:
            os.environ["WAVELODE_NW_ISA"] = before
    report.goal(f"{on.name}: the portable path is the same (1: yes)", same, 1, 1)
    report.goal(
        f"{on.name}: portable affine, times pywfa", report.time_peer(peers.WFA_AFFINE, on), seconds, 1
    )


def growth(report: Report, sizes: tuple[int, ...]) -> None:
    """Time and memory of the user's case as it grows."""
    limits = {200_000: 100, 1_000_000: 250}
    for n in sizes:
        for kind in ("affine", "two-piece"):
            on = pair("b20", n)
            held = peak_bytes(lambda on=on, kind=kind: time_ours(on, kind, 1))  # type: ignore[misc]
            if held is None:
                continue
            print(f"{on.name:22} {kind}: {held / 1e6:.0f} MB above the inputs", flush=True)
            if n in limits:
                name = f"{on.name}: {kind}, {limits[n]} MB over the memory held"
                report.goal(name, limits[n] * 1e6, held, 1)


def peak_bytes(solve: Callable[[], object]) -> int | None:
    """How far the resident memory rises over what it is now; None where the system does not tell."""
    reset = Path("/proc/self/clear_refs")
    if not reset.exists():
        return None
    _give_back_freed()
    reset.write_text("5")
    before = _status("VmRSS")
    solve()
    return max(1, _status("VmHWM") - before)


def _give_back_freed() -> None:
    """Memory that was freed but not given back would hide what the next call needs."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _status(key: str) -> int:
    found = re.search(rf"{key}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found.group(1)) * 1024 if found else 0


def main(quick: bool) -> int:
    """Prints measurements and goals; 0 where all that were measured hold.

    Args:
        quick: only what fits into 50 seconds: 50,000 symbols instead of 200,000, and no million.
    """
    report = Report()
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, instruction sets: {' '.join(_nw.instruction_sets())}"
    )
    kernels(report, 20_000 if quick else 40_000)
    short_texts(report)
    batches(report, 500 if quick else 10_000)
    one_pair_on_two_threads(report, 50_000 if quick else 200_000)
    two_piece_peer(report, 20_000 if quick else 50_000)
    fallback(report, 10_000 if quick else 50_000)
    long_texts(report, 50_000, 2)
    if not quick:
        long_texts(report, 200_000, 1)
        other_symbols(report, 200_000)
        quality_table()
    growth(report, (50_000,) if quick else (50_000, 200_000, 1_000_000))
    return summary(report)


def summary(report: Report) -> int:
    """The last lines and the exit status."""
    if report.missing:
        print(f"not installed, so not compared: {', '.join(sorted(report.missing))}")
    for goal in report.goals:
        if goal.ratio is not None and goal.ratio < goal.least:
            print(goal.line())
    measured = [g for g in report.goals if g.ratio is not None]
    held = sum(g.ratio is not None and g.ratio >= g.least for g in measured)
    unmeasured = len(report.goals) - len(measured)
    print(f"{held} of {len(measured)} goals hold, {unmeasured} not measured")
    return 0 if measured and held == len(measured) else 1
