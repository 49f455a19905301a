"""The decision table as arrays: what filters are asked of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from wavelode.schemas.records import Heard

Mask = NDArray[np.bool_]
Numbers = NDArray[np.floating[Any]]


class Columns:
    """Columns of N rows of ``SELECTED``. What was not measured is NaN or None, and below or above no limit.

    Args:
        extra: columns (N,) that only the whole corpus can tell.
    """

    def __init__(self, table: pa.Table, extra: Mapping[str, NDArray[Any]] | None = None) -> None:
        self._table, self._extra = table, extra or {}

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def numbers(self, name: str) -> Numbers:
        """A measure, (N,), as precise as the table holds it; NaN where it was not taken."""
        if name in self._extra:
            return self._extra[name]
        column = self._table[name]
        kind = column.type if pa.types.is_floating(column.type) else pa.float64()
        values: Numbers = pc.fill_null(column.cast(kind), np.nan).to_numpy()
        return values

    def flags(self, name: str) -> Mask:
        """A yes or no, (N,); no where nothing is known."""
        if name in self._extra:
            return self._extra[name].astype(np.bool_)
        known: Mask = pc.fill_null(self._table[name], False).to_numpy().astype(np.bool_)
        return known

    def texts(self, name: str) -> list[str | None]:
        values: list[str | None] = self._table[name].to_pylist()
        return values

    def among(self, name: str, wanted: tuple[str, ...]) -> Mask:
        """Whether a text is one of those wanted, (N,); one that is not known is none."""
        found: Mask = pc.is_in(self._table[name], value_set=pa.array(wanted, pa.string())).to_numpy()
        return found

    def known(self, name: str) -> Mask:
        found: Mask = pc.is_valid(self._table[name]).to_numpy()
        return found

    @cached_property
    def matched(self) -> Mask:
        return self.among("kind", (str(Heard.MATCHED),))

    @cached_property
    def chars_per_s(self) -> Numbers:
        """Letters of the compared text for each second, (N,)."""
        letters = pc.fill_null(pc.utf8_length(self._table["text_normalized"]), 0).to_numpy()
        return np.asarray(letters / np.maximum(self.numbers("duration_s"), 1e-9))

    @cached_property
    def has_text(self) -> Mask:
        trimmed = pc.utf8_trim_whitespace(self._table["text_normalized"])
        found: Mask = pc.fill_null(pc.greater(pc.utf8_length(trimmed), 0), False).to_numpy()
        return found

    def where_text(self, bad: Callable[[str, str], bool]) -> Mask:
        """Where something is said of a matched text and its language, (N,)."""
        pairs = zip(self.texts("text"), self.texts("language"), self.matched.tolist(), strict=True)
        return np.array([bool(m and t and bad(t, language or "")) for t, language, m in pairs], np.bool_)
