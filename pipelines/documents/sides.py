"""Which way a scan lies: one that is hardly recognised as it lies may be recognised on another of its sides.

Recognising a page costs seconds, so its other sides are tried on the part of it that holds most words.
"""

from __future__ import annotations

from collections.abc import Sequence

from wavelode.pipelines.documents.ocr import Eye, Seen
from wavelode.pipelines.documents.paper import Paper
from wavelode.schemas.records import Box

_POOR, _PLAIN = 0.5, 0.75
"""Pages that are recognised less surely than the first may lie on their side; with the second, they lie right."""
_CLEARLY = 0.15
"""A script that is recognised badly is so on every side, now better, now worse; by so much more is no accident."""
_TURNS = 90, 270, 180
_STEPS = 4
"""The part that is tried is half as wide and as high as the page, and lies on a grid of so many steps each way."""


def seen_upright(paper: Paper, page: int, eye: Eye) -> list[Seen] | None:
    """What is recognised on a page, turned as it is recognised best; None where it can't be drawn.

    Raises:
        InputError: the page isn't recognised in time.
    """
    drawn = paper.picture(page)
    if drawn is None:
        return None
    words = eye.read(drawn)
    if page in paper.turned or sureness(words) >= _POOR:
        return words
    turn = _likeliest_turn(paper, page, eye, fullest_part(words, drawn.width, drawn.height))
    if not turn:
        return words
    turned = paper.picture(page, turn=turn)
    seen = eye.read(turned) if turned else []
    if sureness(seen) <= sureness(words) + _CLEARLY:
        return words
    paper.turned[page] = turn
    return seen


def sureness(words: Sequence[Seen]) -> float:
    """How sure recognition is of its letters, 0 to 1; 0 without any."""
    letters = sum(len(word.text) for word in words)
    return sum(word.confidence * len(word.text) for word in words) / letters if letters else 0.0


def fullest_part(words: Sequence[Seen], width: float, height: float) -> Box:
    """A quarter of the page, in points, as full of words as any; the middle of a page without words."""
    if not words:
        return Box(width / 4, height / 4, 3 * width / 4, 3 * height / 4)
    steps = [step / (2 * _STEPS) for step in range(_STEPS + 1)]
    parts = [Box(x * width, y * height, (x + 0.5) * width, (y + 0.5) * height) for y in steps for x in steps]
    return max(parts, key=lambda part: sum(part.shared_area(word.box) for word in words))


def _likeliest_turn(paper: Paper, page: int, eye: Eye, part: Box) -> int:
    """The turn, in degrees clockwise, by which the part is clearly recognised most surely; 0 without any."""
    sure: dict[int, float] = {}
    for turn in (0, *_TURNS):
        drawn = paper.picture(page, turn=turn, part=part)
        sure[turn] = sureness(eye.read(drawn)) if drawn else 0.0
        if sure[turn] >= _PLAIN:
            break
    best = max(sure, key=lambda turn: sure[turn])
    return best if sure[best] > sure[0] + _CLEARLY else 0
