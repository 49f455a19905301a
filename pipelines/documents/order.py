"""The order in which a page is read, by the place of what is printed on it: tables cell by cell, columns one by one.

A table is told by its ruling lines. A column is told by the strip of white beside it: one that runs down several
lines, wider than any gap between words, with real lines of text on both sides. Where a page shows neither, its one
block keeps the order of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from wavelode.schemas.records import Box

_TOUCH_PT = 4.0
"""Rulings nearer than this touch; what is nearer to a table's edge than this is its edge."""
_WHOLE = 0.93
"""A ruling as long as this share of a region cuts it."""
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
class Block:
    """What is read in one go.

    Attributes:
        members: indices of what lies in it, in the order they were given.
        left, right: of the column or cell.
        runs_on: text may run on into it from the block before, as from column to column.
        is_cell: of a table.
    """

    members: tuple[int, ...]
    left: float
    right: float
    runs_on: bool = False
    is_cell: bool = False


Order = Callable[[int, Sequence[Box]], Sequence[Block]]
"""The blocks of a page, for what stands on it."""


def one_block(_: int, boxes: Sequence[Box]) -> Sequence[Block]:
    """All of it as it comes: an `Order`.

    >>> one_block(1, [Box(0, 0, 9, 9)])
    [Block(members=(0,), left=0, right=9, runs_on=False, is_cell=False)]
    """
    box = around(boxes) if boxes else Box(0, 0, 0, 0)
    return [Block(tuple(range(len(boxes))), box.x0, box.x1)] if boxes else []


@dataclass(frozen=True, slots=True)
class Rulings:
    """A page's ruling lines, as thin boxes."""

    across: tuple[Box, ...] = ()
    down: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class _Item:
    """One word; or a whole table, which is read at its place."""

    box: Box
    blocks: tuple[Block, ...] = ()
    index: int = -1


def blocks_of(boxes: Sequence[Box], rulings: Rulings, leftward: bool) -> list[Block]:
    """The blocks of a page in reading order; every index stands in just one.

    Args:
        boxes: of words, or of pieces of lines with nothing wide between them.
        leftward: the script runs from right to left, and so do columns and cells.
    """
    if not boxes:
        return []
    left = set(range(len(boxes)))
    items: list[_Item] = []
    for table in _tables(rulings):
        inside = [i for i in sorted(left) if _holds(table.box, boxes[i])]
        if inside:
            left -= set(inside)
            found = tuple(_in_cells(table, [_Item(boxes[i], (), i) for i in inside], leftward))
            items.append(_Item(around([boxes[i] for i in inside]), found))
    items += [_Item(boxes[i], (), i) for i in sorted(left)]
    return list(_split(items, leftward, _extent(items)))


def is_in_order(boxes: Sequence[Box]) -> bool:
    """Whether no line lies above the one before it."""
    return all(_middle(b) > a.y0 for a, b in pairwise(boxes))


# Tables


@dataclass(frozen=True, slots=True)
class _Table:
    box: Box
    across: tuple[Box, ...]
    down: tuple[Box, ...]


def _tables(rulings: Rulings) -> list[_Table]:
    """Rulings that touch each other and have something across and something down; smaller ones in others are theirs."""
    lines = [*rulings.across, *rulings.down]
    groups: list[list[int]] = []
    for i in range(len(lines)):
        touched = [g for g in groups if any(_touch(lines[i], lines[k]) for k in g)]
        groups = [g for g in groups if g not in touched] + [[i, *(k for g in touched for k in g)]]
    found = []
    for group in groups:
        across = tuple(lines[i] for i in sorted(group) if i < len(rulings.across))
        down = tuple(lines[i] for i in sorted(group) if i >= len(rulings.across))
        if len(across) >= 2 and down and len(across) + len(down) > 3:
            found.append(_Table(around([*across, *down]), across, down))
    found.sort(key=lambda table: -_area(table.box))
    return [t for n, t in enumerate(found) if not any(_holds(u.box, t.box) for u in found[:n])]


def _touch(a: Box, b: Box) -> bool:
    return (
        a.x0 - _TOUCH_PT < b.x1
        and b.x0 - _TOUCH_PT < a.x1
        and a.y0 - _TOUCH_PT < b.y1
        and b.y0 - _TOUCH_PT < a.y1
    )


def _in_cells(table: _Table, items: Sequence[_Item], leftward: bool) -> Iterator[Block]:
    cells = list(_cells(table.box, table, items, leftward))
    for region, cell in cells:
        inner = _split(cell, leftward, _without_padding(region, cell))
        if len(cells) == 1:
            yield from inner  # a frame, no table
            continue
        for n, block in enumerate(inner):
            yield replace(block, runs_on=block.runs_on and n > 0, is_cell=True)


def _without_padding(cell: Box, items: Sequence[_Item]) -> tuple[float, float]:
    """From where to where text may stand in a cell: as far from both its sides as what stands nearest to one."""
    left, right = _extent(items)
    padding = max(0.0, min(left - cell.x0, cell.x1 - right))
    return cell.x0 + padding, cell.x1 - padding


def _cells(
    region: Box, table: _Table, items: Sequence[_Item], leftward: bool
) -> Iterator[tuple[Box, list[_Item]]]:
    """Cuts at rulings that run all through the region, across first: row by row."""
    if not items:
        return
    if levels := _levels(region, table.across, down=False):
        for top, bottom in pairwise([region.y0, *levels, region.y1]):
            band = Box(region.x0, top, region.x1, bottom)
            yield from _cells(band, table, [i for i in items if top <= _middle(i.box) < bottom], leftward)
        return
    levels = _levels(region, table.down, down=True)
    if not levels:
        yield region, list(items)
        return
    strips = list(pairwise([region.x0, *levels, region.x1]))
    for start, end in reversed(strips) if leftward else strips:
        strip = Box(start, region.y0, end, region.y1)
        yield from _cells(strip, table, [i for i in items if start <= _centre(i.box) < end], leftward)


def _levels(region: Box, lines: Sequence[Box], down: bool) -> list[float]:
    """Where rulings cut all of the region, without its own edges."""
    (low, high), (start, end) = _spans(region, down)
    found = []
    for line in lines:
        (a, b), (c, d) = _spans(line, down)
        if (
            low + _TOUCH_PT < a
            and b < high - _TOUCH_PT
            and min(d, end) - max(c, start) >= _WHOLE * (end - start)
        ):
            found.append((a + b) / 2)
    return sorted(found)


def _spans(box: Box, down: bool) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where it lies across the rulings' direction, and along."""
    x, y = (box.x0, box.x1), (box.y0, box.y1)
    return (x, y) if down else (y, x)


# Columns


@dataclass(frozen=True, slots=True)
class _Cut:
    """Columns side by side: the gutters' places, and from where to where they run down."""

    gutters: tuple[float, ...]
    top: float
    bottom: float


def _split(items: Sequence[_Item], leftward: bool, extent: tuple[float, float]) -> Iterator[Block]:
    """What lies above columns, then the columns one after another, then what lies below."""
    if not items:
        return
    cut = _best_cut(items)
    if cut is None:
        yield from _as_blocks(items, extent)
        return
    yield from _split([i for i in items if _middle(i.box) < cut.top], leftward, extent)
    within = [i for i in items if cut.top <= _middle(i.box) <= cut.bottom]
    strips = list(pairwise([float("-inf"), *cut.gutters, float("inf")]))
    for n, (start, end) in enumerate(reversed(strips) if leftward else strips):
        column = [i for i in within if start <= _centre(i.box) < end]
        for m, block in enumerate(_split(column, leftward, _extent(column))):
            yield replace(block, runs_on=block.runs_on or (n > 0 and m == 0))
    yield from _split([i for i in items if _middle(i.box) > cut.bottom], leftward, extent)


def _as_blocks(items: Sequence[_Item], extent: tuple[float, float]) -> Iterator[Block]:
    """One block, or what lies between tables and these."""
    held: list[_Item] = []
    if not any(item.blocks for item in items):
        yield _block(items, extent)
        return
    for item in sorted(items, key=lambda item: _middle(item.box)):
        if item.blocks:
            yield from [_block(held, extent)] if held else []
            yield from item.blocks
            held = []
        else:
            held.append(item)
    yield from [_block(held, extent)] if held else []


def _block(items: Sequence[_Item], extent: tuple[float, float]) -> Block:
    return Block(tuple(sorted(item.index for item in items)), *extent)


def _extent(items: Sequence[_Item]) -> tuple[float, float]:
    return min((i.box.x0 for i in items), default=0.0), max((i.box.x1 for i in items), default=0.0)


def _best_cut(items: Sequence[_Item]) -> _Cut | None:
    """The tallest strip of white between lines of text on both sides, and those beside it."""
    placed = np.array([[i.box.x0, i.box.y0, i.box.x1, i.box.y1] for i in items])
    height = float(np.median(placed[:, 3] - placed[:, 1]))
    wide = max(_LEAST_GUTTER * height, _GUTTER_GAPS * _usual_gap(placed, height))
    runs = sorted(
        {run for x in np.unique(placed[:, 2].round()) for run in _white_runs(placed, float(x) + 1, wide)},
        key=lambda run: run[0] - run[1],
    )
    for top, bottom in runs:
        if bottom - top < _LEAST_LINES * height:
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
) -> _Cut | None:
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
    return _Cut(gutters, top, bottom)


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


def around(boxes: Sequence[Box]) -> Box:
    box = boxes[0]
    for other in boxes[1:]:
        box = box | other
    return box


def _area(box: Box) -> float:
    return (box.x1 - box.x0) * (box.y1 - box.y0)


def _middle(box: Box) -> float:
    return (box.y0 + box.y1) / 2


def _centre(box: Box) -> float:
    return (box.x0 + box.x1) / 2


def _holds(outer: Box, inner: Box) -> bool:
    """Whether its middle lies within."""
    return outer.x0 <= _centre(inner) <= outer.x1 and outer.y0 <= _middle(inner) <= outer.y1
