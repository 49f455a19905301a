"""What a stage is: one small class that reads some columns of a recording row and writes others.

A stage knows nothing of engines. Its settings are its fields, its version stands beside its name; both and the
model's name enter the fingerprint of what it leaves: a stage whose answer changes must change its version.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from wavelode.datasets.audio import Waveform
from wavelode.pipelines.models.base import Expected
from wavelode.schemas.records import Document, Recording


@dataclass(frozen=True, slots=True)
class Needs:
    """What a stage takes on a worker."""

    cpus: float = 1.0
    gpus: float = 0.0
    memory_mb: int = 500


@dataclass(frozen=True, slots=True)
class Scene:
    """One recording on a worker: its row so far, its decoded sound at rest, and its documents.

    Args:
        library: where all documents can be looked up by their content; None where only the own ones count.
    """

    recording: Recording
    waveform: Waveform
    documents: tuple[Document, ...] = ()
    library: Path | None = None

    @property
    def expected(self) -> Expected:
        sentences = (s.text for document in self.documents for s in document.sentences if s.role.may_be_heard)
        return Expected(self.recording.source.language, tuple(sentences))


class Stage(Protocol):
    """Reads columns of the row, writes others; measures, never decides."""

    name: ClassVar[str]
    version: ClassVar[str]
    reads: ClassVar[tuple[str, ...]]
    writes: ClassVar[tuple[str, ...]]
    needs: ClassVar[Needs]

    def load(self) -> None:
        """Called once on the worker before the first scene."""
        ...

    def identity(self, scene: Scene) -> list[Any]:
        """All of this stage (not of the row) that its answer depends on, as values JSON can hold."""
        ...

    def __call__(self, scenes: list[Scene]) -> list[Recording]:
        """One row per scene, in order, with `writes` filled."""
        ...
