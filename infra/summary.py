"""What a run says at its end: in = kept + dropped + failed, what failed and why, and where things are."""

from __future__ import annotations

from pathlib import Path

from pyarrow.dataset import dataset, field
from rich.console import Console

from wavelode.datasets.storage import Layout
from wavelode.infra.progress import table
from wavelode.pipelines.select import NOT_READ, read_yield
from wavelode.schemas.stats import Yield
from wavelode.schemas.time import WORKING_RATE_HZ

_MOST_FAILURES = 50


def print_summary(console: Console, layout: Layout, other_language: int, report: Path) -> int:
    """Prints it; returns how many recordings and documents failed."""
    total = read_yield(layout)
    console.print(table("What became of the audio", ("", "seconds", "share"), _yield_rows(total)))
    num_failed = _print_failures(console, layout)
    not_read = dataset(layout.rejects).count_rows(filter=field("reason") == NOT_READ)
    _say(console, f"{not_read} printed sentences were not heard; see {layout.rejects}")
    if other_language:
        _say(console, f"{other_language} recordings left aside: their names say another language")
    _say(console, f"Report: {report}")
    return num_failed


def _print_failures(console: Console, layout: Layout) -> int:
    """Prints the first of what failed whole; returns how many there are."""
    rejects, whole = dataset(layout.rejects), field("kind").isin(["recording", "document"])
    count: int = rejects.count_rows(filter=whole)
    if count:
        console.print("Failed", style="bold")
    for row in rejects.head(_MOST_FAILURES, filter=whole).to_pylist():
        name = row["recording_id"] or row["document_id"]
        _say(console, f"  {row['kind']} {name}: {row['reason']}: {row['message']}")
    if count > _MOST_FAILURES:
        _say(console, f"  … and {count - _MOST_FAILURES} more, see {layout.rejects}")
    return count


def _say(console: Console, text: str) -> None:
    """One line, however long; nothing in it is taken for markup."""
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def _yield_rows(total: Yield) -> list[tuple[str, str, str]]:
    parts = [("in", total.in_samples)]
    parts += [(f"kept: {shelf}", samples) for shelf, samples in total.kept.items()]
    parts += [(f"dropped: {reason}", samples) for reason, samples in total.dropped.items()]
    parts += [("failed", total.failed_samples)]
    whole = total.in_samples or 1
    return [(name, f"{n / WORKING_RATE_HZ:.1f}", f"{100 * n / whole:.1f} %") for name, n in parts]
