"""A progress bar that counts hours of audio, and the tables a run ends with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text


class _Hours(ProgressColumn):
    """Hours of audio done and to do."""

    def render(self, task: Task) -> Text:
        done, total = task.completed / 3600, (task.total or 0) / 3600
        return Text(f"{done:.2f}/{total:.2f} h", style="progress.download")


class _Files(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.completed:.0f}/{task.total or 0:.0f}", style="progress.download")


class Bar:
    """One bar; `advance` moves it, and on a terminal that can't draw it, says so line by line."""

    def __init__(self, progress: Progress, what: str, total: float) -> None:
        self._progress = progress
        self._what = what
        self._task = progress.add_task(what, total=total)
        self._draws = progress.console.is_terminal

    def advance(self, amount: float, name: str) -> None:
        self._progress.advance(self._task, amount)
        if not self._draws:
            task = self._progress.tasks[self._task]
            self._progress.console.print(
                f"{self._what} {task.percentage:3.0f} %  {name}", highlight=False, markup=False
            )


@contextmanager
def bar(console: Console, what: str, total: float, *, hours: bool = False) -> Iterator[Bar]:
    """A bar of `total` files, or of `total` seconds shown as hours."""
    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}"),
        BarColumn(),
        _Hours() if hours else _Files(),
        TextColumn("to go"),
        TimeRemainingColumn(compact=True),
        TextColumn("so far"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield Bar(progress, what, total)


def table(title: str, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Table:
    """A table whose first column is text and whose others are figures; markup in cells is shown, not obeyed."""
    made = Table(title=title, title_justify="left", title_style="bold")
    for at, column in enumerate(columns):
        made.add_column(column, justify="right" if at else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    return made
