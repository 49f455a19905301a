"""How fast each step ran, from what the run measured of itself."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass

from wavelode.datasets.storage import Layout

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


@dataclass(frozen=True, slots=True)
class Step:
    """Seconds of one worker for seconds of sound."""

    name: str
    audio_s: float
    work_s: float

    @property
    def times_real(self) -> float:
        """Seconds of sound that one worker does in a second."""
        return self.audio_s / self.work_s if self.work_s else 0.0


def read_speed(layout: Layout) -> list[Step]:
    """The steps in the order of what they cost; none where nothing was measured or the file is damaged."""
    try:
        held = json.loads(layout.rates.read_text(encoding="utf-8"))
        audio: dict[str, float] = defaultdict(float)
        work: dict[str, float] = defaultdict(float)
        for key, rate in held.items():
            step = key.partition("/")[0]
            audio[step] += float(rate["audio_s"])
            work[step] += float(rate["work_s"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return []
    by_cost = sorted(work, key=lambda step: -work[step])
    return [Step(NAMES.get(step, step.replace("_", " ")), audio[step], work[step]) for step in by_cost]
