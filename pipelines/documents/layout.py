"""Where lines stand on their pages: short or long, centred, alone, at the top or at the bottom."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import quantiles

from wavelode.pipelines.documents.base import Line

ENDS = (".", "।", "॥", "!", "?", "۔", "؟", "…", "።", "。", "？", "！", "၊", "။")
"""A line with one of these at its end is finished."""
BULLET = re.compile("^\\s*[•*●▪◦❖➢→\\u2023\\u25a0-\\u25ff\\ue000-\\uf8ff]\\s*\\w")
"""Whatever the gaps say, a bullet begins an item."""
_SHORT = 0.6
_LONG = 0.85
_OFF_CENTRE = 0.08
_EDGE_LINES = 4


@dataclass(slots=True)
class Layout:
    """The lines of one document and the column they fill, unless they tell theirs; without a box, by characters."""

    lines: Sequence[Line]
    left: float = field(init=False)
    right: float = field(init=False)

    def __post_init__(self) -> None:
        sides = [self._sides(line) for line in self.lines if line.column is None]
        self.left, self.right = (
            (0.0, 1.0) if not sides else (min(a for a, _ in sides), max(b for _, b in sides))
        )
        if len(sides) > 10:  # a line that runs out of the column doesn't widen it
            self.left = quantiles([a for a, _ in sides], n=10)[0]
            self.right = quantiles([b for _, b in sides], n=10)[-1]

    @staticmethod
    def _sides(line: Line) -> tuple[float, float]:
        return (line.box.x0, line.box.x1) if line.box else (0.0, float(len(line.text)))

    def _column(self, i: int) -> tuple[float, float]:
        column = self.lines[i].column
        return (column.left, column.right) if column else (self.left, self.right)

    def share(self, i: int) -> float:
        """How much of the column's width a line fills."""
        (start, end), (left, right) = self._sides(self.lines[i]), self._column(i)
        return (end - start) / max(1e-6, right - left)

    def is_short(self, i: int) -> bool:
        return self.share(i) < _SHORT

    def is_long(self, i: int) -> bool:
        return self.share(i) > _LONG

    def is_centred(self, i: int) -> bool:
        if self.lines[i].box is None:
            return False
        (start, end), (left, right) = self._sides(self.lines[i]), self._column(i)
        off, width = abs((start + end) - (left + right)) / 2, right - left
        return off < _OFF_CENTRE * width and start > left + 0.05 * width and end < right - 0.05 * width

    def starts(self, i: int) -> bool:
        """Whether its place on the page, or a bullet, says that something new begins with a line."""
        return i == 0 or self.lines[i].starts_paragraph or bool(BULLET.match(self.lines[i].text))

    def edges(self) -> dict[int, tuple[list[int], list[int]]]:
        """By page: its topmost lines from the top on, and its bottommost from the bottom on."""
        pages: dict[int, list[tuple[float, int]]] = defaultdict(list)
        for i, line in enumerate(self.lines):
            if line.box and line.page is not None:
                pages[line.page].append((line.box.y0, i))
        ordered = {page: [i for _, i in sorted(found)] for page, found in pages.items()}
        return {page: (down[:_EDGE_LINES], down[::-1][:_EDGE_LINES]) for page, down in ordered.items()}
