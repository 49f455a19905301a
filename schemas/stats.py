"""Counts that check themselves: what came in was kept, dropped or failed, to the sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from wavelode.schemas.time import WORKING_RATE_HZ
from wavelode.schemas.verdict import Drop, Failed, Keep, Verdict


def _sum(a: Mapping[str, int], b: Mapping[str, int]) -> dict[str, int]:
    total = Counter(a)
    total.update(b)
    return dict(sorted(total.items()))


@dataclass(frozen=True, slots=True)
class Yield:
    """Samples (at the working rate) and items that came in, and what became of each; addable.

    >>> Yield.of(Keep(Shelf.ASR), 32000) + Yield.of(Drop(Reason.TOO_SHORT), 8000)  # doctest: +SKIP
    Yield(in_samples=40000, ...)

    Raises:
        ValueError: where the parts don't sum to what came in.
    """

    in_samples: int = 0
    kept: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    failed_samples: int = 0
    items: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parts = sum(self.kept.values()) + sum(self.dropped.values()) + self.failed_samples
        if parts != self.in_samples:
            raise ValueError(f"{self.in_samples} samples came in but {parts} are accounted for")

    @classmethod
    def zero(cls) -> Yield:
        return cls()

    @classmethod
    def of(cls, verdict: Verdict, samples: int) -> Yield:
        """The yield of one item of `samples` samples with this verdict."""
        match verdict:
            case Keep(shelf):
                return cls(samples, kept={shelf: samples}, items={f"kept:{shelf}": 1})
            case Drop(reason):
                return cls(samples, dropped={reason: samples}, items={f"dropped:{reason}": 1})
            case Failed():
                return cls(samples, failed_samples=samples, items={"failed": 1})

    def __add__(self, other: Yield) -> Yield:
        return Yield(
            self.in_samples + other.in_samples,
            _sum(self.kept, other.kept),
            _sum(self.dropped, other.dropped),
            self.failed_samples + other.failed_samples,
            _sum(self.items, other.items),
        )

    @property
    def kept_samples(self) -> int:
        return sum(self.kept.values())

    @property
    def dropped_samples(self) -> int:
        return sum(self.dropped.values())

    def seconds(self) -> dict[str, float]:
        """In, kept, dropped and failed, in seconds."""
        parts = {
            "in": self.in_samples,
            "kept": self.kept_samples,
            "dropped": self.dropped_samples,
            "failed": self.failed_samples,
        }
        return {name: samples / WORKING_RATE_HZ for name, samples in parts.items()}
