"""Ruling lines of a page, out of its picture: so those of a scan are found like those of a program.

A ruling is a long thin run of ink. What is as long and thick is a picture or a bar, and tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DPI = 100
_POINTS = 72 / DPI
_INK = 200
"""Grey below this is ink; a hairline of half a point is half grey where it falls between two rows of pixels."""
_LEAST_ACROSS_PT, _LEAST_DOWN_PT = 90.0, 25.0
"""Shorter runs of ink are letters: words of some scripts hang from a bar."""
_MOST_THICK_PT = 4.0
_MOST_RUNS = 4_000
"""More are pictures."""

Ruling = tuple[float, float, float, float]
"""``x0, y0, x1, y1`` in points."""


@dataclass(slots=True)
class _Stroke:
    """Runs of neighbouring rows: ``[start, end)`` along, ``[first, last]`` across, in pixels; and the last run."""

    start: int
    end: int
    first: int
    last: int
    run: tuple[int, int]

    def goes_on(self, start: int, end: int) -> bool:
        """Whether a run of the next row is the same stroke: a bar that a line crosses is none of it."""
        a, b = self.run
        return min(b, end) - max(a, start) >= 0.5 * max(b - a, end - start)


def rulings(grey: NDArray[np.uint8]) -> tuple[list[Ruling], list[Ruling]]:
    """Those across and those down a page drawn at `DPI`.

    Args:
        grey: (H, W), 0 is black.
    """
    ink = grey < _INK
    across = [(s.start, s.first, s.end, s.last + 1) for s in _strokes(ink, _LEAST_ACROSS_PT)]
    down = [(s.first, s.start, s.last + 1, s.end) for s in _strokes(ink.T, _LEAST_DOWN_PT)]
    return [_in_points(line) for line in across], [_in_points(line) for line in down]


def _in_points(line: tuple[int, int, int, int]) -> Ruling:
    x0, y0, x1, y1 = (value * _POINTS for value in line)
    return x0, y0, x1, y1


def _strokes(ink: NDArray[np.bool_], least_pt: float) -> list[_Stroke]:
    """Thin strokes along the rows of `ink`; a scan that isn't quite straight breaks none."""
    thick = ink.copy()
    thick[1:] |= ink[:-1]
    thick[:-1] |= ink[1:]
    rows, starts, ends = _runs(thick, round(least_pt / _POINTS))
    if len(rows) > _MOST_RUNS:
        return []
    found: list[_Stroke] = []
    open_: list[_Stroke] = []
    for row, start, end in zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True):
        open_ = [stroke for stroke in open_ if stroke.last >= row - 1]
        beside = next((s for s in open_ if s.goes_on(start, end)), None)
        if beside is None:
            beside = _Stroke(start, end, row, row, (start, end))
            found.append(beside)
            open_.append(beside)
        beside.start, beside.end, beside.last = min(beside.start, start), max(beside.end, end), row
        beside.run = (start, end)
    most = round(_MOST_THICK_PT / _POINTS) + 2  # one more on each side, by `thick`
    return [stroke for stroke in found if stroke.last - stroke.first < most]


def _runs(ink: NDArray[np.bool_], least: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Rows, starts and ends of runs of at least `least` pixels, row by row."""
    height, width = ink.shape
    framed = np.zeros((height, width + 1), dtype=np.int8)
    framed[:, :width] = ink
    steps = np.diff(framed.ravel(), prepend=0, append=0)
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    long = ends - starts >= least
    rows, first = np.divmod(starts[long], width + 1)
    return rows, first, first + (ends - starts)[long]
