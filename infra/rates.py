"""How long each step of `mine` takes here, measured as it goes along; estimates are made from it and nothing else."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass, field
from pathlib import Path

from wavelode.datasets.storage import write_text
from wavelode.pipelines.mine import Mined
from wavelode.schemas.errors import StorageError
from wavelode.schemas.time import WORKING_RATE_HZ

_EVERY_S = 30.0


@dataclass(frozen=True, slots=True)
class Rate:
    """Seconds of a worker for seconds of sound, or for documents and their pages.

    Attributes:
        cpu_s, gpu_s: of these, seconds of processor, and those in which a GPU was busy; 0 where none can be asked.
    """

    audio_s: float = 0.0
    work_s: float = 0.0
    cpu_s: float = 0.0
    gpu_s: float = 0.0
    documents: int = 0
    pages: int = 0

    def __add__(self, other: Rate) -> Rate:
        return Rate(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def per_audio(self) -> float:
        return self.work_s / self.audio_s if self.audio_s else 0.0


Rates = dict[str, Rate]
"""By step and label, ``words/0123456789abcdef``."""


@dataclass(slots=True)
class Tally:
    """Adds up what a run measures, beside what earlier runs left; written every half minute."""

    place: Path
    measured: Rates = field(default_factory=dict)
    written_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.measured = read_rates(self.place)

    def add(self, mined: Mined) -> None:
        if not mined.num_samples or mined.failed:
            return
        for spent in mined.spent:
            key = f"{spent.step}/{spent.label}"
            this = Rate(mined.num_samples / WORKING_RATE_HZ, spent.seconds, spent.cpu_s, spent.gpu_s or 0.0)
            self.measured[key] = self.measured.get(key, Rate()) + this
        if time.monotonic() - self.written_at > _EVERY_S:
            self.write()

    def add_document(self, mined: Mined) -> None:
        for spent in mined.spent:
            key = f"{spent.step}/{spent.label}"
            this = Rate(work_s=spent.seconds, cpu_s=spent.cpu_s, documents=1, pages=mined.num_pages)
            self.measured[key] = self.measured.get(key, Rate()) + this

    def write(self) -> None:
        values = {
            key: {name: round(value, 3) for name, value in asdict(rate).items()}
            for key, rate in sorted(self.measured.items())
        }
        write_text(json.dumps(values, indent=1) + "\n", self.place)
        self.written_at = time.monotonic()


def read_rates(place: Path) -> Rates:
    """What was measured; nothing where the file isn't there or is damaged, for only estimates hang on it."""
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError, StorageError):
        held = json.loads(place.read_text(encoding="utf-8"))
        return {key: _read(told) for key, told in held.items()}
    return {}


def _read(told: dict[str, float]) -> Rate:
    """An earlier version did not write what was used."""
    cpu_s, gpu_s = (float(told.get(name, 0.0)) for name in ("cpu_s", "gpu_s"))
    documents, pages = (int(told.get(name, 0)) for name in ("documents", "pages"))
    return Rate(float(told["audio_s"]), float(told["work_s"]), cpu_s, gpu_s, documents, pages)
