"""How much was left out for each reason: as the first that was found, and as any."""

from __future__ import annotations

from dataclasses import dataclass, field

from wavelode.datasets.shards import row_groups
from wavelode.datasets.storage import Layout


@dataclass(slots=True)
class Left:
    """What one reason kept off a shelf.

    Attributes:
        clips, seconds: where it was the first reason.
        any_clips, any_seconds: where it was one of the reasons.
    """

    clips: int = 0
    seconds: float = 0.0
    any_clips: int = 0
    any_seconds: float = 0.0


@dataclass(slots=True)
class Counts:
    """What was left out, by shelf and reason."""

    of: dict[tuple[str, str], Left] = field(default_factory=dict)

    def add(self, shelf: str, reasons: list[str] | None, seconds: float) -> None:
        for place, reason in enumerate(reasons or ()):
            left = self.of.setdefault((shelf, reason), Left())
            left.any_clips += 1
            left.any_seconds += seconds
            if place == 0:
                left.clips += 1
                left.seconds += seconds

    def rows(self) -> list[tuple[str, str, Left]]:
        """Shelf, reason and what it left out, the most first."""
        ordered = sorted(self.of.items(), key=lambda item: (item[0][0], -item[1].any_seconds, item[0][1]))
        return [(shelf, reason, left) for (shelf, reason), left in ordered]


def count_reasons(layout: Layout) -> Counts:
    """Counts again from the decision table: what kept matched stretches out of asr, and stretches off both shelves.

    Raises:
        StorageError: if there is none.
    """
    counts = Counts()
    for group in row_groups(layout.selected, ["duration_s", "reasons", "asr_reasons"]):
        for row in group.to_pylist():
            counts.add("asr", row["asr_reasons"], row["duration_s"])
            counts.add("any", row["reasons"], row["duration_s"])
    return counts
