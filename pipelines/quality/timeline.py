"""A recording drawn along its time, as SVG that prints and needs no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wavelode.pipelines.quality.gather import Piece, RecordingFacts

WIDTH = 1000.0
"""Units across the longest recording on the page."""

STEPS_S = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
_MOST_TICKS = 10
MOST_MARKS = 400
"""On one line; more would be narrower than what a screen shows."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One stretch, from `x`, `width` wide."""

    x: float
    width: float
    role: str
    when: str


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Timeline:
    recording: RecordingFacts
    marks: tuple[Mark, ...]


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours where there are any.

    >>> clock(75.4), clock(3661)
    ('1:15', '1:01:01')
    """
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def timelines(recordings: Sequence[RecordingFacts]) -> tuple[list[Timeline], list[Tick]]:
    """All recordings on one scale, and the ticks of that scale."""
    drawn = [recording for recording in recordings if recording.pieces]
    longest = max((recording.length_s for recording in drawn), default=0.0)
    if not longest:
        return [], []
    scale = WIDTH / longest
    lines = [Timeline(recording, _marks(recording.pieces, scale)) for recording in drawn]
    step = next((s for s in STEPS_S if longest / s <= _MOST_TICKS), STEPS_S[-1])
    ticks = [Tick(round(at * scale, 1), clock(at)) for at in range(0, int(longest) + 1, step)]
    return lines, ticks


def _marks(pieces: Sequence[Piece], scale: float) -> tuple[Mark, ...]:
    return tuple(
        Mark(
            round(piece.start_s * scale, 2),
            round(piece.duration_s * scale, 2),
            piece.role,
            f"{clock(piece.start_s)} to {clock(piece.start_s + piece.duration_s)}",
        )
        for piece in coarser(pieces, MOST_MARKS)
    )


def coarser(pieces: Sequence[Piece], most: int) -> list[Piece]:
    """No more pieces than `most`, each with the role that fills most of its time; the same where there are few."""
    if len(pieces) <= most:
        return list(pieces)
    step = (pieces[-1].start_s + pieces[-1].duration_s) / most
    filled: list[dict[str, float]] = [{} for _ in range(most)]
    for piece in pieces:
        at, end = piece.start_s, piece.start_s + piece.duration_s
        while at < end:
            slot = min(int(at / step), most - 1)
            until = end if slot == most - 1 else min((slot + 1) * step, end)
            until = until if until > at else end
            filled[slot][piece.role] = filled[slot].get(piece.role, 0.0) + until - at
            at = until
    made: list[Piece] = []
    for slot, times in enumerate(filled):
        role = max(times, key=lambda role: times[role], default="silent")
        if made and made[-1].role == role:
            made[-1] = replace(made[-1], duration_s=made[-1].duration_s + step)
        else:
            made.append(Piece(slot * step, step, role))
    return made
