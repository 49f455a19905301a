"""Equal windows over a stretch of sound, for what can only be judged of so much at once."""

from __future__ import annotations

from wavelode.schemas.time import Span


def windows(span: Span, size: int) -> list[Span]:
    """Windows of `size` samples, half overlapping; the last one ends with the span, and a short span is one.

    >>> [(w.start, w.end) for w in windows(Span(0, 25), 10)]
    [(0, 10), (5, 15), (10, 20), (15, 25)]
    >>> [(w.start, w.end) for w in windows(Span(3, 7), 10)]
    [(3, 7)]
    """
    last = max(span.start, span.end - size)
    starts = [*range(span.start, last, size // 2), last]
    return [Span(start, min(start + size, span.end), span.rate) for start in starts]
