"""Clips that can't be read: left out and counted, never turned into silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from wavelode.schemas.errors import StorageError

_LEAST_JUDGED = 100
_T = TypeVar("_T")


class Quarantine:
    """Counts what can't be read.

    Attributes:
        bad: what is wrong with which clip, by its number.
        read_so_far: how many were tried.
    """

    def __init__(self, max_bad: float) -> None:
        self.max_bad = max_bad
        self.bad: dict[int, str] = {}
        self.read_so_far = 0

    def take(self, row: int, read: Callable[[], _T]) -> _T | None:
        """What `read` gives; None, counted, where it can't.

        Raises:
            StorageError: if these are too many.
        """
        self.read_so_far += 1
        try:
            return read()
        except (StorageError, OSError, RuntimeError) as error:
            self.bad[row] = str(error)
        if len(self.bad) > self.max_bad * max(self.read_so_far, _LEAST_JUDGED):
            raise StorageError(
                f"{len(self.bad)} of {self.read_so_far} clips can't be read, first clip {next(iter(self.bad))}: "
                f"{next(iter(self.bad.values()))}; check the shards against manifest.json, or raise max_bad"
            )
        return None
