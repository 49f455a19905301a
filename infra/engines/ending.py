"""SIGTERM, which pre-emptible machines get before they are taken away: what is in hand ends, nothing more is begun."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar
from uuid import uuid4

from wavelode.schemas.errors import WavelodeError

In = TypeVar("In")


@dataclass(frozen=True, slots=True)
class NotBegun:
    """The result of an item that came to its worker after the run was told to end."""


@dataclass(frozen=True, slots=True)
class Told:
    """Whether a run was told to end; word of it is a file that all workers see, as they see the output folder."""

    word: Path

    def __bool__(self) -> bool:
        return self.word.exists()

    def until(self, items: Iterable[In]) -> Iterator[In]:
        """The items, until there is word."""
        for item in items:
            if self:
                return
            yield item

    def stop(self) -> None:
        """Raises:
        WavelodeError: if there is word.
        """
        if self:
            raise WavelodeError(
                "told to end (SIGTERM): what was in hand is done and kept; start the same command again to go on"
            )


@dataclass(frozen=True, slots=True)
class Unless:
    """A task that is not begun any more once there is word to end."""

    told: Told
    task: Callable[[Any], Any]

    def __call__(self, item: Any) -> Any:
        return NotBegun() if self.told else self.task(item)


@contextmanager
def on_sigterm(folder: Path) -> Iterator[Told]:
    """While the block runs, SIGTERM leaves word in `folder` instead of ending the process; a second one ends it."""
    told = Told(folder / f"end-{uuid4().hex}")

    def leave_word(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        folder.mkdir(parents=True, exist_ok=True)
        told.word.touch()

    if threading.current_thread() is not threading.main_thread():
        yield told
        return
    before = signal.signal(signal.SIGTERM, leave_word)
    try:
        yield told
    finally:
        signal.signal(signal.SIGTERM, before)
        told.word.unlink(missing_ok=True)
