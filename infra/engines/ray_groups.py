"""A group-by as Ray tasks: each returns one object per group, and a task per group takes those of all before it.

The objects between two steps are Ray's: they lie where they were made, spill to disk where memory is short, and are
made again by the same task where their node is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from wavelode.infra.engines.base import Home, Work, not_grouped
from wavelode.pipelines.grouping import GroupBy, Parted, Result, Table

_ONCE_MORE = 1


def grouped(by: GroupBy[Result], items: Sequence[int], work: Work) -> Iterator[Result]:
    """Results as they come.

    Raises:
        WavelodeError: if a step fails.
    """
    import ray
    from ray.exceptions import RayError

    call = partial(_call, ray.remote(_step), work.needs.cpus)
    spread = partial(_parts, by.groups, by.first)
    parts = [call(by.groups, spread, item) for item in items]
    groups = range(by.groups if items else 0)
    for step in by.then:
        hand_on = partial(_parts, by.groups, step)
        parts = [call(by.groups, hand_on, group, *_of(group, parts)) for group in groups]
    waiting = [call(1, by.last, group, *_of(group, parts))[0] for group in groups]
    del parts
    try:
        while waiting:
            ended, waiting = ray.wait(waiting)
            yield from ray.get(ended)
    except RayError as error:
        raise not_grouped(work.stage, getattr(error, "cause", None) or error) from error


def _of(group: int, parts: list[list[Any]]) -> Iterator[Any]:
    return (of_one[group] for of_one in parts)


def _call(
    task: Any, cpus: float, returns: int, step: Callable[..., Any], number: int, *parts: Any
) -> list[Any]:
    """References to what a step returns, one for each group."""
    from ray import cloudpickle

    made = task.options(num_cpus=cpus, num_returns=returns, max_retries=_ONCE_MORE)
    told = made.remote(cloudpickle.dumps(step), Home(), number, *parts)
    return [told] if returns == 1 else list(told)


def _step(packed: bytes, home: Home, number: int, *parts: Table) -> Any:
    """On a worker: the step's answer to an item, or to a group's rows."""
    from ray import cloudpickle

    home.enter()
    step = cloudpickle.loads(packed)
    return step(number, np.concatenate(parts)) if parts else step(number)


def _parts(groups: int, step: Callable[..., Parted], number: int, *rows: Table) -> list[Table] | Table:
    """What a step returns, a table for each group; as Ray wants it, the table itself where there is one group."""
    parts = step(number, *rows).parts(groups)
    return parts if groups > 1 else parts[0]
