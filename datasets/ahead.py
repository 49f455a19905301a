"""Work begun before it is asked for, because the plan says what will be: clips are read, then batches are made."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Generic, TypeVar

_T = TypeVar("_T")
Late = Callable[[], bytes]
"""Gives bytes, when they are there; raises what reading them raised."""


@dataclass(frozen=True, slots=True)
class Reading(Generic[_T]):
    """How one thing of a plan comes to be.

    Attributes:
        rows: the clips it is made of.
        read: the bytes of a clip.
        make: makes it of its clips and their bytes.
    """

    rows: Callable[[int], Sequence[int]]
    read: Callable[[int], bytes]
    make: Callable[[Sequence[int], Sequence[Late]], _T]


def ahead(
    numbers: Iterable[int], reading: Reading[_T], threads: int, reads: int, begun: int
) -> Iterator[tuple[int, _T]]:
    """Results in the order of `numbers`.

    Args:
        threads: how many are made at once; 0: none before it is asked for, and in the caller's thread.
        reads: how many clips are read at once, by threads of their own; 0: whoever makes a thing reads its clips.
        begun: how many are begun before they are asked for.
    """
    readers = ThreadPoolExecutor(reads) if reads else None
    makers = ThreadPoolExecutor(threads) if threads else None
    begin = _beginner(reading, readers, makers)
    coming = iter(numbers)
    waiting = deque(
        (number, begin(number)) for number in islice(coming, max(1, begun) if readers or makers else 1)
    )
    try:
        while waiting:
            number, result = waiting.popleft()
            made = result()
            waiting.extend((number, begin(number)) for number in islice(coming, 1))
            yield number, made
    finally:
        for pool in filter(None, (readers, makers)):
            pool.shutdown(wait=True, cancel_futures=True)


def _beginner(
    reading: Reading[_T], readers: ThreadPoolExecutor | None, makers: ThreadPoolExecutor | None
) -> Callable[[int], Callable[[], _T]]:
    def late(row: int) -> Late:
        return readers.submit(reading.read, row).result if readers else partial(reading.read, row)

    def begin(number: int) -> Callable[[], _T]:
        rows = reading.rows(number)
        make = partial(reading.make, rows, [late(row) for row in rows])
        return makers.submit(make).result if makers else make

    return begin
