"""What a run says at its end: in = kept + dropped + failed, what failed and why, and where things are."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from wavelode.datasets.storage import Layout, read_rows
from wavelode.infra.progress import table
from wavelode.pipelines.select import read_yield
from wavelode.schemas.stats import Yield
from wavelode.schemas.time import WORKING_RATE_HZ


def print_summary(console: Console, layout: Layout, other_language: int, report: Path) -> int:
    """Prints it; returns how many recordings and documents failed."""
    total = read_yield(layout)
    console.print(table("What became of the audio", ("", "seconds", "share"), _yield_rows(total)))
    rejects = read_rows(layout.rejects)
    failed = [row for row in rejects if row["kind"] in ("recording", "document")]
    if failed:
        rows = [(str(r["kind"]), _name(r), str(r["reason"]), str(r["message"])) for r in failed]
        console.print(table("Failed", ("", "which", "code", "why"), rows))
    not_read = sum(row["kind"] == "sentence" for row in rejects)
    console.print(
        f"{not_read} printed sentences were not heard; see {layout.rejects}", highlight=False, markup=False
    )
    if other_language:
        console.print(
            f"{other_language} recordings left aside: their names say another language", highlight=False
        )
    console.print(f"Report: {report}", highlight=False, markup=False, soft_wrap=True)
    return len(failed)


def _name(row: dict[str, object]) -> str:
    return str(row["recording_id"] or row["document_id"])


def _yield_rows(total: Yield) -> list[tuple[str, str, str]]:
    parts = [("in", total.in_samples)]
    parts += [(f"kept: {shelf}", samples) for shelf, samples in total.kept.items()]
    parts += [(f"dropped: {reason}", samples) for reason, samples in total.dropped.items()]
    parts += [("failed", total.failed_samples)]
    whole = total.in_samples or 1
    return [(name, f"{n / WORKING_RATE_HZ:.1f}", f"{100 * n / whole:.1f} %") for name, n in parts]
