"""On the console: why clips were left out, what other limits would give, what two sets share."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from wavelode.datasets.storage import Layout
from wavelode.pipelines.leaks import Leaks
from wavelode.pipelines.selecting.counts import count_reasons
from wavelode.pipelines.selecting.whatif import curve, parse
from wavelode.schemas.settings import SelectSettings


def print_reasons(console: Console, layout: Layout) -> None:
    """Each reason with what it left out, as the first that was found and as one of several.

    Raises:
        StorageError: if there is no selection.
    """
    table = Table(title="Left out")
    for name in ("shelf", "reason", "first: clips", "hours", "any: clips", "hours"):
        table.add_column(name, justify="left" if name in {"shelf", "reason"} else "right")
    for shelf, reason, left in count_reasons(layout).rows():
        first = (f"{left.clips}", f"{left.seconds / 3600:.3f}")
        table.add_row(shelf, reason, *first, f"{left.any_clips}", f"{left.any_seconds / 3600:.3f}")
    if table.row_count:
        console.print(table)


def print_curve(console: Console, layout: Layout, settings: SelectSettings, asked: str) -> None:
    """What each value of a limit would keep.

    Raises:
        SettingsError: if `asked` is no limit with values.
        StorageError: if there is no selection.
    """
    name, values = parse(asked)
    table = Table(title=f"What if {name} were …")
    for column in (name, "asr clips", "asr hours", "ssl hours", "mean p_correct"):
        table.add_column(column, justify="right")
    for point in curve(layout, settings, name, values):
        hours = (f"{point.asr_hours:.3f}", f"{point.ssl_hours:.3f}")
        table.add_row(f"{point.value:g}", f"{point.asr_clips}", *hours, f"{point.sure:.3f}")
    console.print(table)


_SHOWN = 10


def print_leaks(console: Console, found: Leaks) -> None:
    """How many clips of the first set are in the second, by what they share, and some of them."""
    console.print(f"{found.clips[0]} clips against {found.clips[1]}")
    for kind, rows in (("sound", found.sound), ("text", found.texts), ("speaker", found.speakers)):
        clips = len({row["a"] for row in rows})
        console.print(
            f"{kind}: {clips} of the first shared with the second" if rows else f"{kind}: none shared"
        )
        for row in rows[:_SHOWN]:
            figure = f"{row['likeness']:.2f}" if "likeness" in row else row["what"]
            console.print(
                f"  {row['a']}  =  {row['b']}  {figure}", highlight=False, markup=False, soft_wrap=True
            )
