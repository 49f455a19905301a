"""What an engine is: it places work and guards each item. It knows nothing of speech."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from wavelode.schemas.verdict import Failed

In = TypeVar("In")
Out = TypeVar("Out")


@dataclass(frozen=True, slots=True)
class Done(Generic[In, Out]):
    """One item's end: its result, or what broke."""

    item: In
    result: Out | Failed


class Engine(Protocol):
    """Places a phase's work."""

    def map(
        self, task: Callable[[In], Out], items: Iterable[In], *, stage: str, timeout_s: float | None = None
    ) -> Iterator[Done[In, Out]]:
        """Runs `task` on each item, wherever there is room; yields one `Done` per item as they end.

        An item whose task raises, dies with its process or runs out of time becomes `Failed`; the others go on.

        Raises:
            WavelodeError: if `task` raises one that is no InputError (missing model, no space left): it stops all.
        """
        ...
