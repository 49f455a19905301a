"""What an engine is: it places work and guards each item. It knows nothing of speech."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from wavelode.pipelines.grouping import GroupBy, Result
from wavelode.pipelines.stage import Needs
from wavelode.schemas.errors import ErrorCode, InputError, StorageError, WavelodeError
from wavelode.schemas.verdict import Failed

In = TypeVar("In")
Out = TypeVar("Out")
_NO_DISK = frozenset([errno.ENOSPC, errno.EDQUOT, errno.EROFS])


@dataclass(frozen=True, slots=True)
class Done(Generic[In, Out]):
    """One item's end: its result, or what broke."""

    item: In
    result: Out | Failed


@dataclass(frozen=True, slots=True)
class Work:
    """What an engine must know of a phase besides its task.

    Attributes:
        stage: the name that a `Failed` row and a runner's page show.
        timeout_s: an item that takes longer fails; None for no limit.
        needs: what one worker takes; an engine that can't reserve it leaves it aside.
    """

    stage: str
    timeout_s: float | None = None
    needs: Needs = field(default_factory=Needs)


class Engine(Protocol):
    """Places a phase's work."""

    def map(self, task: Callable[[In], Out], items: Iterable[In], work: Work) -> Iterator[Done[In, Out]]:
        """Runs `task` on each item, wherever there is room; yields one `Done` per item as they end.

        An item whose task raises, dies with its process or runs out of time becomes `Failed`; the others go on.
        What dies with its process is tried once more, on another worker.

        Raises:
            WavelodeError: if `task` raises one that is no InputError (missing model, no space left): it stops all.
        """
        ...

    def group(self, by: GroupBy[Result], items: Sequence[int], work: Work) -> Iterator[Result]:
        """Runs a group-by through this engine's own shuffle; results come in any order.

        Raises:
            WavelodeError: if a step fails, after a second try where its worker died: groups that lack a part are wrong.
        """
        ...


@dataclass(frozen=True, slots=True)
class Home:
    """Where this process looks for modules and files; a worker that is started elsewhere goes there first."""

    folder: str = field(default_factory=os.getcwd)
    modules: tuple[str, ...] = field(default_factory=lambda: tuple(sys.path))

    def enter(self) -> None:
        """Paths that are not there, as on another machine, are passed over."""
        sys.path.extend(place for place in self.modules if place not in sys.path)
        with suppress(OSError):
            os.chdir(self.folder)


def guarded(task: Callable[[In], Out], item: In, stage: str) -> Out | Failed | WavelodeError:
    """The task's result, what broke, or the error that must stop the whole run, as values that travel."""
    try:
        return task(item)
    except InputError as error:
        return Failed(stage, error.code, error.message)
    except WavelodeError as error:
        return error
    except MemoryError:
        return died(stage, "out of memory")
    except OSError as error:
        return _refused(error) or Failed(stage, ErrorCode.UNEXPECTED, _where(error))
    except Exception as error:  # noqa: BLE001  the guard: whatever is wrong with one item is that item's
        return Failed(stage, ErrorCode.UNEXPECTED, _where(error))


def _refused(error: OSError) -> StorageError | None:
    """What stops the run where it is the disk that refuses, which the next item would find no better."""
    if error.errno not in _NO_DISK:
        return None
    named = f"{error.filename}: " if error.filename else ""
    return StorageError(f"{named}can't write ({error.strerror}); free space and start the same command again")


def died(stage: str, why: object) -> Failed:
    """What is left of an item that took its worker along."""
    said = " ".join(str(why).split())
    return Failed(stage, ErrorCode.WORKER_DIED, f"the worker died on it twice ({said}); see its memory use")


def timed_out(stage: str) -> Failed:
    return Failed(
        stage, ErrorCode.TIMED_OUT, "took longer than the time limit; raise it or leave the file out"
    )


def no_workers(error: object) -> WavelodeError:
    said = " ".join(str(error).split())
    return WavelodeError(
        f"worker processes can't be started or all died ({said}); see what they printed above"
    )


def not_grouped(stage: str, error: object) -> WavelodeError:
    said = " ".join(str(error).split())[:300]
    return WavelodeError(
        f"{stage}: a step of a group-by failed ({said}); start the same command again to go on"
    )


def usable_cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"unexpected {type(error).__name__}{place}: {error}; please report it with the file"
