"""Tells who speaks when; whose voices they are is nobody's claim but the model's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from wavelode.pipelines.models.base import Diarizer
from wavelode.pipelines.stage import Needs, Scene
from wavelode.schemas.records import Recording


@dataclass
class FindTurns:
    diarizer: Diarizer
    name: ClassVar[str] = "turns"
    version: ClassVar[str] = "2"
    reads: ClassVar[tuple[str, ...]] = ("sound", "speech")
    writes: ClassVar[tuple[str, ...]] = ("turns", "overlaps", "voices", "diarizer")
    needs: ClassVar[Needs] = Needs(cpus=1, memory_mb=1000)

    def load(self) -> None:
        self.diarizer.load()

    def identity(self, scene: Scene) -> list[Any]:
        return [self.name, self.version, self.diarizer.name]

    def __call__(self, scenes: list[Scene]) -> list[Recording]:
        return [self._with_turns(scene) for scene in scenes]

    def _with_turns(self, scene: Scene) -> Recording:
        found = self.diarizer.turns(scene.waveform.read, scene.recording.speech or ())
        heard = replace(scene.recording, turns=found.turns, overlaps=found.overlaps, voices=found.voices)
        return replace(heard, diarizer=self.diarizer.name)
