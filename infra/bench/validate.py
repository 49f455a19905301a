"""``wavelode bench validate``: what looking at a large output folder costs: its checks, its report, its search.

The folder is made up (`made_up_tables`): ten million rows of the decision table, with everything that belongs to them.
Each step runs in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from wavelode.datasets.storage import Layout
from wavelode.infra.bench.made_up_tables import make_tables
from wavelode.infra.progress import table

if TYPE_CHECKING:
    from wavelode.infra.serve.library import Library

ROWS, QUICK_ROWS = 10_000_000, 100_000
MOST_MB = 2_000.0
MOST_REPORT_S = 60.0
MOST_REPORT_MB = 15.0
MOST_ANSWER_S = 1.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: how many clips answer it, seconds until the first page, and until the next."""

    text: str
    count: str
    first_s: float
    next_s: float


@dataclass(frozen=True, slots=True)
class Step:
    """One step in a process of its own.

    Attributes:
        said: what came of it; "" where that isn't what is expected.
    """

    name: str
    cpu_s: float
    wall_s: float
    peak_mb: float
    said: str
    asked: tuple[Asked, ...] = ()


def main(quick: bool) -> int:
    """Prints the tables; 0 where all goals hold."""
    console = Console(width=120)
    with tempfile.TemporaryDirectory(prefix="wavelode-bench-") as folder:
        layout = Layout(Path(folder, "out"))
        began = time.process_time()
        rows = make_tables(layout, QUICK_ROWS if quick else ROWS)
        console.print(f"{rows:,} rows made in {time.process_time() - began:.0f} CPU s", highlight=False)
        steps = [alone(work, layout) for work in (checked, reported, searched)]
    told = [(s.name, f"{s.cpu_s:.1f}", f"{s.wall_s:.1f}", f"{s.peak_mb:.0f}", s.said) for s in steps]
    console.print(table(f"{rows:,} rows", ("", "CPU s", "wall s", "peak, MB", ""), told))
    asked = [(a.text, a.count, f"{a.first_s:.2f}", f"{a.next_s:.2f}") for s in steps for a in s.asked]
    console.print(table("Search, in seconds", ("", "clips", "first page", "next page"), asked))
    found = goals(steps)
    for text, holds in found:
        console.print(f"{'holds' if holds else 'FAILS'}  {text}", highlight=False)
    return 0 if all(holds for _, holds in found) else 1


def goals(steps: list[Step]) -> list[tuple[str, bool]]:
    """What must hold, with its figure."""
    peak = max(step.peak_mb for step in steps)
    report = next(step for step in steps if step.name == "report")
    slowest = max(asked.first_s for step in steps for asked in step.asked)
    return [
        ("every step came to what is expected", all(step.said for step in steps)),
        (f"{peak:.0f} MB at most, {MOST_MB:.0f} allowed", peak <= MOST_MB),
        (
            f"the report in {report.cpu_s:.0f} CPU s, {MOST_REPORT_S:.0f} allowed",
            report.cpu_s <= MOST_REPORT_S,
        ),
        (f"the slowest answer in {slowest:.2f} s, {MOST_ANSWER_S:g} allowed", slowest <= MOST_ANSWER_S),
    ]


def alone(work: Callable[[Layout], Step], layout: Layout) -> Step:
    """A step in a process that nothing else ran in."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, (layout,))


def checked(layout: Layout) -> Step:
    """Every check of `wavelode validate`, with its pages."""
    from wavelode.pipelines.quality.checks.validate import validate

    begun = time.process_time(), time.perf_counter()
    found = validate(layout)
    every = found.held + len(found.broken)
    return _step("validate", begun, f"{found.held} of {every} hold" if found.holds else "")


def reported(layout: Layout) -> Step:
    from wavelode.pipelines.quality.report import write_report

    begun = time.process_time(), time.perf_counter()
    size = write_report(layout).stat().st_size / 1e6
    return _step("report", begun, f"{size:.1f} MB" if size <= MOST_REPORT_MB else "")


def searched(layout: Layout) -> Step:
    """What the local server does: it reads the table and makes its index, then answers."""
    from wavelode.infra.serve.library import Library, Question

    begun = time.process_time(), time.perf_counter()
    library = Library(layout)
    opened = _step("serve, until it answers", begun, "")
    clip = library.find(Question(rows=1)).rows[0]
    words = str(clip["asr_text"]).split()
    texts = [words[0], words[0][1:5], " ".join(words[1:3]), "a", "e d", "कि", "ना पे", "nothing holds this"]
    asked = [_asked(library, text) for text in texts]
    library.close()
    right = asked[0].count != "0" and asked[-1].count == "0"
    return Step(
        opened.name, opened.cpu_s, opened.wall_s, _peak_mb(), "answers" if right else "", tuple(asked)
    )


def _asked(library: Library, text: str) -> Asked:
    from wavelode.infra.serve.library import Question

    took = []
    for page in (0, 1):
        began = time.perf_counter()
        answer = library.find(Question(text=text, page=page))
        took.append(time.perf_counter() - began)
    return Asked(text, f"{'' if answer.exact else 'about '}{answer.count:,}", *took)


def _step(name: str, begun: tuple[float, float], said: str) -> Step:
    return Step(name, time.process_time() - begun[0], time.perf_counter() - begun[1], _peak_mb(), said)


def _peak_mb() -> float:
    unit = 1024.0 if sys.platform != "darwin" else 1024.0**2
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
