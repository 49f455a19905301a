"""The expectations as Great Expectations' own, and a checkpoint of them for anybody's project.

::

    import great_expectations as gx
    from wavelode.pipelines.quality.checks.batches import batches
    from wavelode.pipelines.quality.checks.suites import add_checkpoint

    context = gx.get_context(mode="file")
    checkpoint = add_checkpoint(context, SelectSettings())     # the clips with text; "stretches" and "ssl" alike
    for batch in batches(Layout(Path("OUT"))):
        frame = part_of(batch, "asr")
        checkpoint.run(batch_parameters={"dataframe": frame})
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from wavelode.pipelines.quality.checks.expected import WHOLE, Expected, of_asr, of_ssl, of_stretches
from wavelode.schemas.errors import MissingDependency
from wavelode.schemas.settings import SelectSettings

SHOWN = 20
"""Values that broke an expectation, with where they are; more are counted."""
_NAMED_BY = {
    **{name: ["clip_id"] for name in ("stretches", "asr", "ssl")},
    "columns": ["file", "column"],
    "ids": ["clip_id"],
    "recordings": ["recording_id"],
    "shelves": ["shelf"],
    "sets": ["kind", "name", "which"],
    "stations": ["station", "measure", "usual", "now"],
}
"""What tells a row of each table."""


@dataclass(frozen=True, slots=True)
class Suite:
    """One table's expectations."""

    name: str
    expected: tuple[Expected, ...]

    @property
    def result_format(self) -> dict[str, Any]:
        """How much a result says; rows are named by their own columns, never by a number."""
        return {
            "result_format": "SUMMARY",
            "unexpected_index_column_names": _NAMED_BY[self.name],
            "partial_unexpected_count": SHOWN,
        }


def row_suites(limits: SelectSettings) -> list[Suite]:
    """Of what is checked batch by batch."""
    return [
        Suite("stretches", tuple(of_stretches())),
        Suite("asr", tuple(of_asr(limits))),
        Suite("ssl", tuple(of_ssl(limits))),
    ]


def whole_suites() -> list[Suite]:
    """Of the tables in `whole`."""
    return [Suite(name, tuple(expected)) for name, expected in WHOLE.items()]


def part_of(batch: pa.Table, suite: str) -> Any:
    """The rows of a batch that a suite is about, as a pandas frame."""
    rows = batch if suite == "stretches" else batch.filter(pc.equal(batch["shelf"], suite))
    return rows.to_pandas()


def great_expectations() -> ModuleType:
    """The package, with its telemetry off.

    Raises:
        MissingDependency: without the `quality` extra.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    try:
        import great_expectations as gx
    except ImportError as error:
        raise MissingDependency(
            "checking needs Great Expectations: pip install 'wavelode[quality]'"
        ) from error
    found: ModuleType = gx
    return found


def expectations(expected: Iterable[Expected]) -> list[Any]:
    """Objects of Great Expectations."""
    from great_expectations import expectations as classes

    return [getattr(classes, f"Expect{one.kind}")(**_arguments(one), notes=one.says) for one in expected]


def _arguments(one: Expected) -> dict[str, Any]:
    if one.kind == "ColumnPairValuesToBeEqual":
        # A type that should be there and isn't, or the other way round, is what this looks for.
        return {"column_A": one.column, "column_B": one.other, "ignore_row_if": "neither"}
    given: dict[str, Any] = {"column": one.column}
    if one.kind == "ColumnValuesToBeBetween":
        given |= {"min_value": one.least, "max_value": one.most}
    elif one.among:
        given["value_set"] = list(one.among)
    elif one.pattern:
        given["regex"] = one.pattern
    return given


def add_checkpoint(context: Any, limits: SelectSettings, suite: str = "asr") -> Any:
    """Adds a suite, where its rows come from and a checkpoint to a project of Great Expectations.

    Args:
        context: of the project; what it holds already under the same names is replaced.
        suite: ``stretches``, ``asr`` or ``ssl``; `part_of` a batch gives the frame to run it on.

    Returns:
        The checkpoint; run it with ``batch_parameters={"dataframe": frame}``.
    """
    gx = great_expectations()
    chosen = next(one for one in row_suites(limits) if one.name == suite)
    name = f"wavelode-{suite}"
    held = context.suites.add_or_update(gx.ExpectationSuite(name, expectations=expectations(chosen.expected)))
    source = context.data_sources.add_or_update_pandas(name)
    data = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe(name)
    definition = context.validation_definitions.add_or_update(
        gx.ValidationDefinition(name=name, data=data, suite=held)
    )
    return context.checkpoints.add_or_update(
        gx.Checkpoint(name=name, validation_definitions=[definition], result_format=chosen.result_format)
    )
