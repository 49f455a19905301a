"""Every filter asked of every row: what breaks none is kept, of the rest each reason is known and which comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from wavelode.pipelines.selecting.columns import Columns, Mask
from wavelode.pipelines.selecting.filters import ASR_FILTERS, SSL_FILTERS, Filter
from wavelode.pipelines.selecting.limits import Limits
from wavelode.schemas.verdict import Reason, Shelf

Bits = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Fates:
    """What becomes of N rows.

    Attributes:
        asr: the ASR filters that a matched row breaks, a bit each, (N,); nothing for rows without a match.
        ssl: the same of the SSL filters, for rows that are not kept with their text.
        matched: whether a row has a text at all, (N,).
    """

    asr: Bits
    ssl: Bits
    matched: Mask

    @property
    def in_asr(self) -> Mask:
        return np.asarray(self.matched & (self.asr == 0))

    @property
    def in_ssl(self) -> Mask:
        return np.asarray(~self.in_asr & (self.ssl == 0))

    @property
    def kept(self) -> Mask:
        return self.in_asr | self.in_ssl

    def __getitem__(self, rows: slice) -> Fates:
        return Fates(self.asr[rows], self.ssl[rows], self.matched[rows])


def decide(rows: Columns, limits: Limits) -> Fates:
    """The fate of each row."""
    matched = rows.matched
    asr = np.where(matched, _broken(rows, limits, ASR_FILTERS), np.uint64(0))
    ssl = _broken(rows, limits, SSL_FILTERS)
    in_asr = matched & (asr == 0)
    return Fates(asr, np.where(in_asr, np.uint64(0), ssl), matched)


def _broken(rows: Columns, limits: Limits, filters: Sequence[Filter]) -> Bits:
    bits = np.zeros(len(rows), np.uint64)
    for place, one in enumerate(filters):
        bits |= one.broken(rows, limits).astype(np.uint64) << np.uint64(place)
    return bits


def joined(parts: Sequence[Fates]) -> Fates:
    """Fates of parts of a table, one after the other."""
    none = np.zeros(0, np.uint64)
    return Fates(
        np.concatenate([none, *(part.asr for part in parts)]),
        np.concatenate([none, *(part.ssl for part in parts)]),
        np.concatenate([np.zeros(0, np.bool_), *(part.matched for part in parts)]),
    )


def reasons(bits: Bits, filters: Sequence[Filter]) -> list[list[Reason]]:
    """Every reason of each row, the first one first."""
    named = {
        value: [one.reason for place, one in enumerate(filters) if value >> place & 1]
        for value in np.unique(bits).tolist()
    }
    return [named[value] for value in bits.tolist()]


def with_fates(table: pa.Table, fates: Fates) -> pa.Table:
    """Rows of ``SELECTED`` with shelf and reasons filled."""
    asr, ssl = reasons(fates.asr, ASR_FILTERS), reasons(fates.ssl, SSL_FILTERS)
    shelves = (None, str(Shelf.ASR), str(Shelf.SSL))
    filled = {
        "shelf": [shelves[place] for place in (fates.in_asr + 2 * fates.in_ssl).tolist()],
        "reason": [all_of[0] if all_of else None for all_of in ssl],
        "reasons": ssl,
        "asr_reason": [all_of[0] if all_of else None for all_of in asr],
        "asr_reasons": asr,
    }
    for name, values in filled.items():
        at = table.schema.get_field_index(name)
        field = table.schema.field(name)
        table = table.set_column(at, field, pa.array(values, field.type))
    return table
