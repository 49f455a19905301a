"""Columns of text on a page: told by the strip of white between them.

One that runs down several lines, wider than any gap between words, with real lines of text on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from wavelode.schemas.records import Box

_LEAST_GUTTER, _GUTTER_GAPS = 0.8, 2.0
"""A gutter is wider than this many line heights, and than this many usual gaps between words."""
_LEAST_LINES = 4
_LEAST_COLUMN = 6.0
"""A column of text is at least so many line heights wide; what is narrower are marks of a list, or labels."""
_LEAST_FILLED = 0.5
"""And its lines fill this share of it; the cells of a table are shorter."""
_APART_ABOVE, _APART_BELOW = 1.0, 3.0
"""What stands by itself above or below columns, at such a distance in line heights, is none of them."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Columns side by side: the gutters' places, and from where to where they run down."""

    gutters: tuple[float, ...]
    top: float
    bottom: float


def best_cut(boxes: Sequence[Box]) -> Cut | None:
    """The tallest strip of white between lines of text on both sides, and those beside it."""
    placed = np.array([[box.x0, box.y0, box.x1, box.y1] for box in boxes])
    height = float(np.median(placed[:, 3] - placed[:, 1]))
    wide = max(_LEAST_GUTTER * height, _GUTTER_GAPS * _usual_gap(placed, height))
    runs = sorted(
        {run for x in np.unique(placed[:, 2].round()) for run in _white_runs(placed, float(x) + 1, wide)},
        key=lambda run: run[0] - run[1],
    )
    for top, bottom in runs:
        # Lines may be set closer than their boxes are high: whether they are enough is counted later.
        if bottom - top < (_LEAST_LINES - 1) * height:
            break
        if cut := _columns(placed, top, bottom, height, wide):
            return cut
    return None


def _usual_gap(placed: NDArray[np.float64], height: float) -> float:
    """Between a word and the next one on its line."""
    gaps = []
    for _, y0, x1, y1 in placed:
        middle = (y0 + y1) / 2
        right = placed[
            (placed[:, 0] >= x1 - 0.1 * height) & (placed[:, 1] < middle) & (placed[:, 3] > middle)
        ]
        if len(right):
            gaps.append(float(right[:, 0].min()) - x1)
    return max(0.0, median(gaps)) if gaps else 0.0


def _white_runs(placed: NDArray[np.float64], x: float, wide: float) -> Iterator[tuple[float, float]]:
    """Where nothing is printed on ``[x, x + wide)``, between what is, with something on both sides."""
    blocking = placed[(placed[:, 0] < x + wide) & (placed[:, 2] > x)]
    top, bottom = float(placed[:, 1].min()), float(placed[:, 3].max())
    at = top - 1
    for y0, y1 in [*blocking[np.argsort(blocking[:, 1])][:, (1, 3)].tolist(), [bottom + 1, bottom + 1]]:
        if y0 > at:
            yield round(at, 1), round(y0, 1)
        at = max(at, y1)


def _columns(
    placed: NDArray[np.float64], top: float, bottom: float, height: float, wide: float
) -> Cut | None:
    """The columns between two heights, if all of them are columns of text; trimmed to where they stand together."""
    middle = (placed[:, 1] + placed[:, 3]) / 2
    top, bottom = _longest(placed[(middle > top) & (middle < bottom)][:, (1, 3)], _APART_BELOW * height)
    within = placed[(middle > top) & (middle < bottom)]
    columns = [c for c in _side_by_side(within, wide) if len(c)]
    columns = _with_marks(columns, height)
    if len(columns) < 2:
        return None
    within, top, bottom = _trimmed(columns, top, bottom, height)
    columns = _with_marks([c for c in _side_by_side(within, wide) if len(c)], height)
    if len(columns) < 2 or not all(_is_text(column, height) for column in columns):
        return None
    shared = min(c[:, 3].max() for c in columns) - max(c[:, 1].min() for c in columns)
    if shared < (_LEAST_LINES - 1) * height:
        return None
    gutters = tuple(float(a[:, 2].max() + b[:, 0].min()) / 2 for a, b in pairwise(columns))
    return Cut(gutters, top, bottom)


def _longest(spans: NDArray[np.float64], apart: float) -> tuple[float, float]:
    """The longest of the parts that white bands cut: headers and footers stand far from the text."""
    parts: list[tuple[float, float]] = []
    for start, end in spans[np.argsort(spans[:, 0])].tolist():
        if parts and start <= parts[-1][1] + apart:
            parts[-1] = (parts[-1][0], max(parts[-1][1], end))
        else:
            parts.append((start, end))
    return max(parts, key=lambda part: part[1] - part[0], default=(0.0, 0.0))


def _side_by_side(placed: NDArray[np.float64], wide: float) -> list[NDArray[np.float64]]:
    """Cut at all gaps in what lies side by side that are `wide`."""
    ordered = placed[np.argsort(placed[:, 0])]
    reach = np.maximum.accumulate(ordered[:, 2]) if len(ordered) else ordered[:, 2]
    return np.split(ordered, np.flatnonzero(ordered[1:, 0] - reach[:-1] >= wide) + 1)


def _with_marks(columns: Sequence[NDArray[np.float64]], height: float) -> list[NDArray[np.float64]]:
    """Narrow columns go with the wide one on their right: numbers and marks of a list."""
    found: list[NDArray[np.float64]] = []
    narrow: list[NDArray[np.float64]] = []
    for column in columns:
        narrow.append(column)
        if column[:, 2].max() - column[:, 0].min() >= _LEAST_COLUMN * height:
            found.append(np.concatenate(narrow))
            narrow = []
    if narrow and found:
        found[-1] = np.concatenate([found[-1], *narrow])
    return found


def _trimmed(
    columns: Sequence[NDArray[np.float64]], top: float, bottom: float, height: float
) -> tuple[NDArray[np.float64], float, float]:
    """Without what stands by itself above or below the others in one column: a date, a footer."""
    starts = max(float(c[:, 1].min()) for c in columns)
    ends = min(float(c[:, 3].max()) for c in columns)
    for column in columns:
        above = _lonely(column[:, (1, 3)], starts, _APART_ABOVE * height)
        top = max(top, above)
        below = _lonely(-column[:, (3, 1)], -ends, _APART_BELOW * height)
        bottom = min(bottom, -below)
    every = np.concatenate(columns)
    middle = (every[:, 1] + every[:, 3]) / 2
    return every[(middle > top) & (middle < bottom)], top, bottom


def _lonely(spans: NDArray[np.float64], until: float, apart: float) -> float:
    """The last place before `until` where so much white follows on what was printed before; minus infinity if none."""
    found, reach = float("-inf"), float("inf")
    for start, end in spans[np.argsort(spans[:, 0])].tolist():
        if start > reach + apart and reach <= until:
            found = (start + reach) / 2
        reach = end if reach == float("inf") else max(reach, end)
    return found


def _is_text(column: NDArray[np.float64], height: float) -> bool:
    """Whether it holds several lines that mostly fill it."""
    width = float(column[:, 2].max() - column[:, 0].min())
    middles = np.sort((column[:, 1] + column[:, 3]) / 2)
    lines = 1 + int((np.diff(middles) > 0.5 * height).sum())
    if lines < _LEAST_LINES or width < _LEAST_COLUMN * height:
        return False
    return float((column[:, 2] - column[:, 0]).sum()) >= _LEAST_FILLED * width * lines
