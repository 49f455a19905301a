"""How fast each step ran, from what the run measured of itself."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass

from wavelode.datasets.storage import Layout
from wavelode.pipelines.quality.printed import how

DOCUMENT = "document"
"""The step that has pages where the others have sound."""
NAMES = {
    "decode": "decoding",
    "speech": "finding speech",
    "words": "listening",
    "listen": "listening",
    "turns": "telling voices apart",
    "align": "aligning",
    "measure": "measuring",
    "prints": "taking prints",
}
_USED = ("cpu_s", "gpu_s")


@dataclass(frozen=True, slots=True)
class Step:
    """Seconds of one worker for seconds of sound.

    Attributes:
        cpu_s, gpu_s: seconds of processor meanwhile, and those in which the GPU was busy; 0 where nobody measured.
    """

    name: str
    audio_s: float
    work_s: float
    cpu_s: float = 0.0
    gpu_s: float = 0.0

    @property
    def times_real(self) -> float:
        """Seconds of sound that one worker does in a second."""
        return self.audio_s / self.work_s if self.work_s else 0.0

    @property
    def cpu_share(self) -> float:
        """How many cores were busy on average."""
        return self.cpu_s / self.work_s if self.work_s else 0.0

    @property
    def gpu_share(self) -> float:
        """How busy the GPU was, 0 to 1."""
        return self.gpu_s / self.work_s if self.work_s else 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """Seconds of one worker for the pages of documents that were read in one way."""

    way: str
    documents: int
    pages: int
    work_s: float


def read_reading(layout: Layout) -> list[Reading]:
    """How documents were read, the costliest way first; none where nothing was measured or the file is damaged."""
    try:
        held = json.loads(layout.rates.read_text(encoding="utf-8"))
        found = [
            Reading(how(way), int(rate["documents"]), int(rate["pages"]), float(rate["work_s"]))
            for (step, _, way), rate in ((key.partition("/"), rate) for key, rate in held.items())
            if step == DOCUMENT
        ]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return []
    return sorted(found, key=lambda one: -one.work_s)


def read_speed(layout: Layout) -> list[Step]:
    """The steps in the order of what they cost; none where nothing was measured or the file is damaged."""
    try:
        held = json.loads(layout.rates.read_text(encoding="utf-8"))
        sums: dict[str, list[float]] = defaultdict(lambda: [0.0] * 4)
        for key, rate in held.items():
            known = (float(rate["audio_s"]), float(rate["work_s"]), *(float(rate.get(n, 0)) for n in _USED))
            step = key.partition("/")[0]
            if step == DOCUMENT:
                continue
            sums[step] = [a + b for a, b in zip(sums[step], known, strict=True)]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return []
    steps = [Step(NAMES.get(step, step.replace("_", " ")), *told) for step, told in sums.items()]
    return sorted(steps, key=lambda step: -step.work_s)
