"""Names every part of a recording: speech, music, both at once, a jingle, a telephone call, noise or silence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from wavelode.datasets.audio import Waveform
from wavelode.pipelines.measures.line import WINDOW_SAMPLES, by_line
from wavelode.pipelines.models.base import CELL_SAMPLES, MusicDetector
from wavelode.pipelines.stage import Needs, Scene
from wavelode.pipelines.windows import windows
from wavelode.schemas.records import Event, Recording, Sound
from wavelode.schemas.time import WORKING_RATE_HZ, Span

_BLOCK_CELLS = 600
_AROUND_CELLS = 4
"""Heard before and after a block of five minutes, so that its edges are judged as its middle is."""
_SPOKEN = 0.5
"""A cell of which this share is speech is spoken."""
_SMOOTH_CELLS = 5
_JINGLE_CELLS = 30
"""Music without speech of up to 15 s is a jingle or a signature tune, longer it is a piece."""
_SILENT_RMS = 1e-3
_PAUSE_CELLS = 2
"""A pause of up to a second belongs to the speech around it."""

Cells = NDArray[Any]


@dataclass
class NameSounds:
    music: MusicDetector
    name: ClassVar[str] = "events"
    version: ClassVar[str] = "2"
    reads: ClassVar[tuple[str, ...]] = ("sound", "speech")
    writes: ClassVar[tuple[str, ...]] = ("events",)
    needs: ClassVar[Needs] = Needs(cpus=1, memory_mb=500)

    def load(self) -> None:
        self.music.load()

    def identity(self, scene: Scene) -> list[Any]:
        return [self.name, self.version, self.music.name]

    def __call__(self, scenes: list[Scene]) -> list[Recording]:
        return [replace(scene.recording, events=self._events(scene)) for scene in scenes]

    def _events(self, scene: Scene) -> tuple[Event, ...]:
        sound, speech = scene.waveform, scene.recording.speech or ()
        cells = -(-sound.num_samples // CELL_SAMPLES)
        music, loud = self._judged(sound, cells)
        narrow = narrow_cells(sound, speech, cells)
        kinds = name_cells(spoken_cells(speech, cells), music, loud, narrow)
        return tuple(_merged(kinds, sound.num_samples))

    def _judged(self, sound: Waveform, cells: int) -> tuple[Cells, Cells]:
        """Whether there is music in each cell, and its level (RMS); read in blocks, so that memory stays constant."""
        music: list[Cells] = []
        loud: list[Cells] = []
        for at in range(0, cells, _BLOCK_CELLS):
            first, past = max(0, at - _AROUND_CELLS), at + _BLOCK_CELLS + _AROUND_CELLS
            span = Span(first * CELL_SAMPLES, min(past * CELL_SAMPLES, sound.num_samples))
            samples = sound.read(span)
            inside = slice(at - first, at - first + _BLOCK_CELLS)
            music.append(self.music.music(samples)[inside])
            loud.append(_levels(samples)[inside])
        if not music:
            return np.zeros(0, bool), np.zeros(0)
        return smoothed(np.concatenate(music)) >= 0.5, np.concatenate(loud)


def _levels(samples: NDArray[np.float32]) -> Cells:
    padded = np.pad(samples, (0, -len(samples) % CELL_SAMPLES))
    levels: Cells = np.sqrt(np.square(padded).reshape(-1, CELL_SAMPLES).mean(axis=1))
    return levels


def smoothed(values: Cells) -> Cells:
    """The median of each cell and its neighbours: nobody plays music for one second."""
    if not len(values):
        return values
    padded = np.pad(values, _SMOOTH_CELLS // 2, mode="edge")
    found: Cells = np.median(np.lib.stride_tricks.sliding_window_view(padded, _SMOOTH_CELLS), axis=1)
    return found


def spoken_cells(speech: Sequence[Span], cells: int) -> Cells:
    """Which cells are mostly speech, (C,)."""
    spoken = np.zeros(cells)
    for span in speech:
        for cell in range(span.start // CELL_SAMPLES, min(cells, -(-span.end // CELL_SAMPLES))):
            both = span & Span(cell * CELL_SAMPLES, (cell + 1) * CELL_SAMPLES)
            spoken[cell] += len(both) / CELL_SAMPLES if both else 0.0
    found: Cells = spoken >= _SPOKEN
    return found


def narrow_cells(sound: Waveform, speech: Sequence[Span], cells: int) -> Cells:
    """Which cells lie in speech that came over a telephone line, (C,); a segment may change from one to the other."""
    narrow, asked = np.zeros(cells), np.zeros(cells)
    for span in speech:
        for window in windows(span, WINDOW_SAMPLES):
            where = slice(window.start // CELL_SAMPLES, -(-window.end // CELL_SAMPLES))
            narrow[where] += by_line(sound.read(_widened(window, sound.num_samples)))
            asked[where] += 1
    found: Cells = narrow > asked / 2
    return found


def _widened(span: Span, num_samples: int) -> Span:
    """A span too short to be judged, with as much around it as makes it a window; pauses weigh little."""
    more = max(0, WINDOW_SAMPLES - len(span)) // 2
    return Span(max(0, span.start - more), min(num_samples, span.end + more))


def name_cells(spoken: Cells, music: Cells, loud: Cells, narrow: Cells) -> list[Sound]:
    """The kind of sound of each cell."""
    cells = zip(bridged(spoken), music, loud, bridged(narrow), strict=True)
    kinds = [_kind(bool(s), bool(m), float(level), bool(n)) for s, m, level, n in cells]
    named: list[Sound] = []
    for kind, run in groupby(kinds):
        count = len(list(run))
        short = kind is Sound.MUSIC and count <= _JINGLE_CELLS
        named += [Sound.JINGLE if short else kind] * count
    return named


def bridged(spoken: Cells) -> Cells:
    """The same with short pauses between spoken cells counted as spoken."""
    found = spoken.copy()
    past = 0
    for at in np.flatnonzero(spoken).tolist():
        if 0 < past < at <= past + _PAUSE_CELLS:
            found[past:at] = True
        past = at + 1
    return found


def _kind(spoken: bool, music: bool, level: float, narrow: bool) -> Sound:
    if spoken:
        # Music under a call would fill the depths that a line lacks.
        return Sound.TELEPHONE if narrow else Sound.SPEECH_OVER_MUSIC if music else Sound.SPEECH
    if level < _SILENT_RMS:
        return Sound.SILENCE
    return Sound.MUSIC if music else Sound.NOISE


def _merged(kinds: Sequence[Sound], num_samples: int) -> Iterable[Event]:
    at = 0
    for kind, run in groupby(kinds):
        end = min(num_samples, at + len(list(run)) * CELL_SAMPLES)
        yield Event(Span(at, end, WORKING_RATE_HZ), kind)
        at = end
