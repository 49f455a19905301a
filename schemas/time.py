"""Time as integer samples.

Seconds exist only at the border (command line, JSON, plots, the derived ``*_s`` columns of a shard), so two
spans are either equal or not and no comparison anywhere needs a tolerance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

WORKING_RATE_HZ = 16_000
"""The rate, in samples per second, at which everything is heard and aligned."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open stretch of samples ``[start, end)`` at ``rate`` samples per second.

    >>> a, b = Span(0, 100, 16000), Span(60, 160, 16000)
    >>> a & b
    Span(start=60, end=100, rate=16000)
    >>> a | b
    Span(start=0, end=160, rate=16000)
    >>> Span(10, 20, 16000) in a, a & Span(100, 200, 16000)
    (True, None)

    Raises:
        ValueError: if the end lies before the start, the start before 0, or the rate is not positive.
    """

    start: int
    end: int
    rate: int = WORKING_RATE_HZ

    def __post_init__(self) -> None:
        if self.rate <= 0 or not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: start {self.start}, end {self.end}, rate {self.rate}")

    @classmethod
    def of_seconds(cls, start_s: float, end_s: float, rate: int = WORKING_RATE_HZ) -> Span:
        """The span between two times in seconds, each rounded to the nearest sample."""
        return cls(round(start_s * rate), round(end_s * rate), rate)

    @property
    def start_s(self) -> float:
        return self.start / self.rate

    @property
    def end_s(self) -> float:
        return self.end / self.rate

    @property
    def duration_s(self) -> float:
        return len(self) / self.rate

    def __len__(self) -> int:
        return self.end - self.start

    def __bool__(self) -> bool:
        return self.end > self.start

    def __and__(self, other: Span) -> Span | None:
        """What both cover, or None where they share no sample."""
        self._same_clock(other)
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end, self.rate) if start < end else None

    def __or__(self, other: Span) -> Span:
        """The smallest span that holds both."""
        self._same_clock(other)
        return Span(min(self.start, other.start), max(self.end, other.end), self.rate)

    def __contains__(self, other: Span) -> bool:
        self._same_clock(other)
        return self.start <= other.start and other.end <= self.end

    def shift(self, samples: int) -> Span:
        return Span(self.start + samples, self.end + samples, self.rate)

    def minus(self, others: Iterable[Span]) -> list[Span]:
        """What is left of this span when `others` are cut out, in order of time."""
        left: list[Span] = []
        at = self.start
        for cut in sorted(c for o in others if (c := self & o)):
            if cut.start > at:
                left.append(Span(at, cut.start, self.rate))
            at = max(at, cut.end)
        if at < self.end:
            left.append(Span(at, self.end, self.rate))
        return left

    def _same_clock(self, other: Span) -> None:
        if self.rate != other.rate:
            raise ValueError(f"spans of different rates: {self.rate} and {other.rate}")


def overlapping(spans: Iterable[Span], within: Span) -> Iterator[Span]:
    """The parts of `spans` that lie inside `within`."""
    for span in spans:
        if part := span & within:
            yield part
