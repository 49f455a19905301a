"""Whether an output folder is what it should be; the answer as a value, as JSON and as pages.

::

    OUT/quality/validation.json   what held and what didn't
    OUT/quality/docs/index.html   Great Expectations' Data Docs, to be opened from disk
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa

from wavelode.datasets.storage import Layout, write_text
from wavelode.pipelines.quality.checks import whole
from wavelode.pipelines.quality.checks.batches import ROWS, batches
from wavelode.pipelines.quality.checks.merge import Merged
from wavelode.pipelines.quality.checks.pages import write_pages
from wavelode.pipelines.quality.checks.suites import (
    Suite,
    expectations,
    great_expectations,
    part_of,
    row_suites,
    whole_suites,
)
from wavelode.schemas.errors import StorageError
from wavelode.schemas.settings import SelectSettings, Settings, SplitSettings, parse_settings, read_yaml

_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Broken:
    """An expectation that didn't hold.

    Attributes:
        table: the suite.
        expectation: its type and column, e.g. ``expect_column_values_to_not_be_null(text)``.
        says: why it is expected.
        count: how many rows broke it.
        examples: some of them, by what tells a row.
    """

    table: str
    expectation: str
    says: str
    count: int
    examples: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Validation:
    """Attributes:
    rows: of each table that was looked at.
    held: how many expectations held.
    """

    rows: dict[str, int]
    held: int
    broken: tuple[Broken, ...]

    @property
    def holds(self) -> bool:
        return not self.broken


def installed() -> bool:
    """Whether what checking needs is there; imports none of it."""
    return all(find_spec(name) for name in ("great_expectations", "duckdb", "pandas"))


def validation_path(layout: Layout) -> Path:
    return layout.quality / "validation.json"


def validate(layout: Layout, rows: int = ROWS, *, pages: bool = True) -> Validation:
    """Checks the tables and shards of an output folder, in batches of so many rows, and leaves the answer there.

    Args:
        pages: also write the Data Docs.

    Raises:
        MissingDependency: without the `quality` extra.
        StorageError: if there is no selection, or a table can't be read.
    """
    limits, splitting = _profile(layout)
    with _context() as context:
        results = _results(context, layout, rows, limits, splitting)
        if pages:
            write_pages(context, results, layout.quality / "docs")
    found = _told(results)
    text = json.dumps(asdict(found), indent=1, ensure_ascii=False, default=str)
    write_text(text + "\n", validation_path(layout))
    return found


def read_validation(layout: Layout) -> Validation | None:
    """What the last check found; None where there was none.

    Raises:
        StorageError: if it can't be read.
    """
    path = validation_path(layout)
    if not path.exists():
        return None
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        broken = tuple(Broken(**{**one, "examples": tuple(one["examples"])}) for one in held["broken"])
        return Validation(held["rows"], held["held"], broken)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(f"{path}: can't read it ({error}); run `wavelode validate` again") from error


def _profile(layout: Layout) -> tuple[SelectSettings, SplitSettings]:
    """The limits that the folder was selected with."""
    if not layout.settings.exists():
        settings = Settings(out=layout.out)
    else:
        settings = parse_settings(read_yaml(layout.settings), str(layout.settings))
    return settings.select, settings.split


@contextmanager
def _context() -> Iterator[Any]:
    gx = great_expectations()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    try:
        yield context
    finally:
        # It makes a folder for pages of its own, which nobody wants and nothing else clears away.
        for site in (context.variables.data_docs_sites or {}).values():
            shutil.rmtree(site["store_backend"]["base_directory"], ignore_errors=True)


class _Table:
    """One suite on one table, batch after batch."""

    def __init__(self, context: Any, suite: Suite) -> None:
        gx = great_expectations()
        source = context.data_sources.add_pandas(suite.name)
        asset = source.add_dataframe_asset(suite.name)
        self._batch = asset.add_batch_definition_whole_dataframe(suite.name)
        self._suite = context.suites.add(
            gx.ExpectationSuite(suite.name, expectations=expectations(suite.expected))
        )
        self._format = suite.result_format
        self.merged = Merged()

    def add(self, frame: Any) -> None:
        batch = self._batch.get_batch(batch_parameters={"dataframe": frame})
        self.merged.add(batch.validate(self._suite, result_format=self._format))


def _results(
    context: Any, layout: Layout, rows: int, limits: SelectSettings, splitting: SplitSettings
) -> dict[str, Any]:
    tables = {suite.name: _Table(context, suite) for suite in [*row_suites(limits), *whole_suites()]}
    for batch in batches(layout, rows):
        for suite in row_suites(limits):
            tables[suite.name].add(part_of(batch, suite.name))
    with whole.opened(layout) as corpus:
        made: dict[str, Callable[[], pa.Table]] = {
            "columns": partial(whole.columns, layout),
            "ids": partial(whole.ids, corpus),
            "recordings": partial(whole.recordings, corpus),
            "shelves": partial(whole.shelves, corpus),
            "sets": partial(whole.sets, corpus, splitting),
            "stations": partial(whole.stations, corpus),
        }
        for name, make in made.items():
            tables[name].add(make().to_pandas())
    return {name: table.merged.result for name, table in tables.items() if table.merged.result is not None}


def _told(results: dict[str, Any]) -> Validation:
    broken = [
        _broken(name, one) for name, result in results.items() for one in result.results if not one.success
    ]
    every = sum(len(result.results) for result in results.values())
    rows = {
        name: max((one.result.get("element_count", 0) for one in result.results), default=0)
        for name, result in results.items()
    }
    return Validation(rows, every - len(broken), tuple(broken))


def _plain(value: Any) -> Any:
    """A number as Python's own, where it is one of NumPy's."""
    return value.item() if hasattr(value, "item") else value


def _broken(table: str, one: Any) -> Broken:
    config = one.expectation_config
    column = config.kwargs.get("column") or config.kwargs.get("column_A")
    raised = one.exception_info or {}
    if raised.get("raised_exception"):
        said = f"could not be checked: {raised.get('exception_message')}"
        return Broken(table, f"{config.type}({column})", said, 0)
    rows = (one.result.get("partial_unexpected_index_list") or ())[:_EXAMPLES]
    examples = tuple({name: _plain(value) for name, value in row.items()} for row in rows)
    return Broken(
        table,
        f"{config.type}({column})",
        str(config.notes or ""),
        one.result.get("unexpected_count", 0),
        examples,
    )
