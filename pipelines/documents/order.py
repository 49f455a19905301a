"""The order in which a page is read, by the place of what is printed on it: tables cell by cell, columns one by one.

A table is told by its ruling lines. A column is told by the strip of white beside it: one that runs down several
lines, wider than any gap between words, with real lines of text on both sides. Where a page shows neither, its one
block keeps the order of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from wavelode.pipelines.documents.columns import best_cut
from wavelode.schemas.records import Box

_TOUCH_PT = 4.0
"""Rulings nearer than this touch; what is nearer to a table's edge than this is its edge."""
_WHOLE = 0.93
"""A ruling as long as this share of a region cuts it."""


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
    found.sort(key=lambda table: -table.box.area)
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


def _split(items: Sequence[_Item], leftward: bool, extent: tuple[float, float]) -> Iterator[Block]:
    """What lies above columns, then the columns one after another, then what lies below."""
    if not items:
        return
    cut = best_cut([item.box for item in items])
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


def around(boxes: Sequence[Box]) -> Box:
    box = boxes[0]
    for other in boxes[1:]:
        box = box | other
    return box


def _middle(box: Box) -> float:
    return (box.y0 + box.y1) / 2


def _centre(box: Box) -> float:
    return (box.x0 + box.x1) / 2


def _holds(outer: Box, inner: Box) -> bool:
    """Whether its middle lies within."""
    return outer.x0 <= _centre(inner) <= outer.x1 and outer.y0 <= _middle(inner) <= outer.y1
