"""A bulletin beside its script: time runs down on the left, the printed sentences stand on the right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wavelode.pipelines.quality.gather import Piece, RecordingFacts
from wavelode.pipelines.quality.printed import Said
from wavelode.pipelines.quality.timeline import STEPS_S, Tick, clock

ROW_PX = 27.0
"""Height of a printed sentence, as the style sheet has it."""
LEFT, RIGHT, EDGE = 52.0, 78.0, 220.0
"""Where the strip of time begins and ends, and where the sentences begin."""
_LEAST_PX = 320.0


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch on the strip."""

    y: float
    height: float
    role: str
    when: str


@dataclass(frozen=True, slots=True)
class Thread:
    """A reading of a sentence, as a path from its stretch to its line."""

    path: str
    role: str


@dataclass(frozen=True, slots=True)
class Line:
    """A printed sentence; `times` say when it was read."""

    text: str
    role: str
    times: str


@dataclass(frozen=True, slots=True)
class Beside:
    """One recording and its script."""

    recording: RecordingFacts
    height: float
    blocks: tuple[Block, ...]
    ticks: tuple[Tick, ...]
    threads: tuple[Thread, ...]
    lines: tuple[Line, ...]

    @property
    def read(self) -> int:
        return sum(line.role in ("asr", "doubted") for line in self.lines)

    @property
    def printed(self) -> int:
        return sum(line.role != "aside" for line in self.lines)


def beside(recording: RecordingFacts, script: Sequence[Said]) -> Beside:
    """Lays out a recording with stretches beside its script, in pixels."""
    height = max(ROW_PX * len(script), _LEAST_PX)
    scale = height / recording.length_s if recording.length_s else 0.0
    rows = {(said.document_id, said.index): at for at, said in enumerate(script)}
    times: dict[tuple[str, int], list[str]] = defaultdict(list)
    for piece in recording.pieces:
        if piece.sentence is not None:
            times[piece.sentence].append(clock(piece.start_s))
    return Beside(
        recording,
        height,
        tuple(_block(piece, scale) for piece in recording.pieces),
        _ticks(recording.length_s, scale),
        tuple(
            _thread(piece, scale, rows[piece.sentence])
            for piece in recording.pieces
            if piece.sentence is not None and piece.sentence in rows
        ),
        tuple(_line(said, times) for said in script),
    )


def _block(piece: Piece, scale: float) -> Block:
    when = f"{clock(piece.start_s)} to {clock(piece.start_s + piece.duration_s)}"
    return Block(round(piece.start_s * scale, 1), round(piece.duration_s * scale, 1), piece.role, when)


def _thread(piece: Piece, scale: float, row: int) -> Thread:
    y0, y1 = (piece.start_s + piece.duration_s / 2) * scale, ROW_PX * (row + 0.5)
    middle = (RIGHT + EDGE) / 2
    path = f"M{RIGHT:g} {y0:.1f}C{middle:g} {y0:.1f} {middle:g} {y1:.1f} {EDGE:g} {y1:.1f}"
    return Thread(path, piece.role)


def _line(said: Said, times: Mapping[tuple[str, int], Sequence[str]]) -> Line:
    return Line(said.text, said.role, ", ".join(times.get((said.document_id, said.index), ())))


def _ticks(length_s: float, scale: float) -> tuple[Tick, ...]:
    step = next((s for s in STEPS_S if s * scale >= 48), STEPS_S[-1])
    return tuple(Tick(round(at * scale, 1), clock(at)) for at in range(0, int(length_s) + 1, step))
