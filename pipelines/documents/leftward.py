"""Rows of words of scripts that run from right to left: from where they stand to the order they are read in.

Files hold such rows in either order, and what is drawn is the same. So words are put in order by their place, from the
right; Latin words that follow on each other, and numbers after them, are read from the left all the same (UAX 9).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from wavelode.pipelines.documents.paper import LayerWord
from wavelode.schemas.records import Box

_SAME_ROW = 0.5
"""Words whose middles are no further apart than this share of their height stand in one row."""


def runs_leftward(words: Sequence[LayerWord]) -> bool:
    """Whether most letters are of scripts that run from right to left."""
    sides = [unicodedata.bidirectional(char) for word in words for char in word.text]
    return sum(side in {"R", "AL"} for side in sides) > sides.count("L")


def leftward_rows(words: Sequence[LayerWord]) -> list[list[LayerWord]]:
    """Rows from top to bottom, each as it is read."""
    rows: list[list[LayerWord]] = []
    for word in sorted(words, key=lambda word: _middle(word.box)):
        height = word.box.y1 - word.box.y0
        if rows and _middle(word.box) - _middle(rows[-1][0].box) <= _SAME_ROW * height:
            rows[-1].append(word)
        else:
            rows.append([word])
    return [_as_read(sorted(row, key=lambda word: -(word.box.x0 + word.box.x1))) for row in rows]


def _as_read(row: Sequence[LayerWord]) -> list[LayerWord]:
    """A row from the right on, with its Latin runs turned."""
    found: list[LayerWord] = []
    held: list[LayerWord] = []
    for word in row:
        if _side(word.text) in {"L", "N"}:
            held.append(word)
            continue
        found += [*_turned(held), word]
        held = []
    return found + _turned(held)


def _turned(run: list[LayerWord]) -> list[LayerWord]:
    """Latin words and numbers in a run from the right: numbers left of all Latin words are none of theirs."""
    latin = [n for n, word in enumerate(run) if _side(word.text) == "L"]
    end = latin[-1] + 1 if latin else 0
    return run[:end][::-1] + run[end:]


def _side(text: str) -> str:
    """L or R by the first letter, N for numbers, empty for signs."""
    sides = [unicodedata.bidirectional(char) for char in text]
    strong = next((side for side in sides if side in {"L", "R", "AL"}), "")
    if strong:
        return "L" if strong == "L" else "R"
    return "N" if any(side == "EN" for side in sides) else ""


def _middle(box: Box) -> float:
    return (box.y0 + box.y1) / 2
