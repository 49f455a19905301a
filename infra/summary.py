"""What a run says at its end: in = kept + dropped + failed, what failed and why, and where things are."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from rich.console import Console

from wavelode.datasets.shards import row_groups
from wavelode.datasets.storage import Layout
from wavelode.infra.progress import table
from wavelode.pipelines.quality.checks.validate import Validation
from wavelode.pipelines.quality.differ import Difference
from wavelode.pipelines.rejects import NOT_ITS_DOCUMENT, NOT_READ
from wavelode.pipelines.yields import read_yield
from wavelode.schemas.stats import Yield
from wavelode.schemas.time import WORKING_RATE_HZ

_MOST_FAILURES = 50


def print_summary(console: Console, layout: Layout, other_language: int, report: Path) -> int:
    """Prints it; returns how many recordings and documents failed."""
    total = read_yield(layout)
    console.print(table("What became of the audio", ("", "seconds", "share"), _yield_rows(total)))
    not_read, failures, num_failed, refused = _left_out(layout)
    if failures:
        console.print("Failed", style="bold")
    for line in failures:
        _say(console, line)
    if num_failed > len(failures):
        _say(console, f"  … and {num_failed - len(failures)} more, see {layout.rejects}")
    _say(console, f"{not_read} printed sentences were not heard; see {layout.rejects}")
    if aside := _aside(layout):
        _say(console, f"Print that is not for speech: {aside}; see {layout.rejects}")
    if refused:
        _say(console, f"{refused} documents are not what is read in their recordings; see {layout.rejects}")
    if other_language:
        _say(console, f"{other_language} recordings left aside: their names say another language")
    _say(console, f"Report: {report}")
    return num_failed


def _aside(layout: Layout) -> str:
    """How many printed lines are there for something else than being spoken, by what that is."""
    counted: Counter[str] = Counter()
    for group in row_groups(layout.rejects, ["kind", "reason"]):
        counted.update(
            r["reason"] for r in group.to_pylist() if r["kind"] == "sentence" and r["reason"] != NOT_READ
        )
    return ", ".join(f"{count} {role.replace('_', ' ')}" for role, count in counted.most_common())


def _left_out(layout: Layout) -> tuple[int, list[str], int, int]:
    """Sentences not read, the first of what failed whole as lines, how many failed, and documents refused."""
    not_read, num_failed, refused = 0, 0, 0
    lines: list[str] = []
    for group in row_groups(layout.rejects, ["kind", "recording_id", "document_id", "reason", "message"]):
        for row in group.to_pylist():
            not_read += row["reason"] == NOT_READ
            refused += row["reason"] == NOT_ITS_DOCUMENT
            if row["kind"] in ("recording", "document"):
                num_failed += 1
                if len(lines) < _MOST_FAILURES:
                    name = row["recording_id"] or row["document_id"]
                    lines.append(f"  {row['kind']} {name}: {row['reason']}: {row['message']}")
    return not_read, lines, num_failed, refused


def say_validation(console: Console, layout: Layout, found: Validation) -> None:
    """What held of what is expected, and of each thing that didn't: how often, and an example."""
    _say(
        console,
        f"{found.held} of {found.held + len(found.broken)} expectations hold; see {layout.quality / 'docs'}",
    )
    for one in found.broken:
        _say(console, f"  {one.table}: {one.expectation}: {one.says}; broken by {one.count}")
        for example in one.examples[:1]:
            _say(console, f"    e.g. {', '.join(f'{name} {value}' for name, value in example.items())}")


def print_difference(console: Console, found: Difference) -> None:
    """Settings and versions that differ, then clips by what became of them and why, then seconds by fate."""
    for title, settings in (("Settings", found.settings), ("Made by", found.versions)):
        rows = [(s.name, s.a or "–", s.b or "–") for s in settings]
        _say(console, f"{title}: {'the same' if not rows else ''}".rstrip())
        if rows:
            console.print(table("", ("", "first", "second"), rows))
    only_a, both, only_b, anew = found.recordings
    _say(
        console,
        f"Recordings: {both} in both, {anew} of them mined anew; {only_a} in the first only, {only_b} in the second",
    )
    console.print(
        table(
            "Clips with text",
            ("", "why", "clips", "first, s", "second, s", "edges moved by"),
            _changes(found),
        )
    )
    moved = [
        (" ".join(key).strip(), f"{a:.1f}", f"{b:.1f}", f"{b - a:+.1f}")
        for key, (a, b) in found.seconds.items()
    ]
    console.print(table("Seconds by what became of them", ("", "first", "second", "change"), moved))


def _changes(found: Difference) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for one in found.changes:
        because = "; ".join(f"{s.name} {s.a or 'default'} → {s.b or 'default'}" for s in one.because)
        why = one.reason.replace("_", " ") + (f" ({because})" if because else "")
        moved = (
            f"{one.moved_s:.2f} s" if one.moved_s is not None and one.kind in ("moved", "other text") else ""
        )
        rows.append((one.kind, why, str(one.clips), f"{one.a_s:.1f}", f"{one.b_s:.1f}", moved))
    return rows


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
