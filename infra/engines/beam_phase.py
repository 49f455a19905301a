"""One phase as a Beam transform; imported only where Beam is there."""

from __future__ import annotations

import base64
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
from apache_beam.metrics import Metrics

from wavelode.infra.engines.base import Home, Work, no_workers
from wavelode.infra.engines.beam import tell_to_stop, told_to_stop
from wavelode.infra.engines.local import Crew
from wavelode.pipelines.grouping import GroupBy
from wavelode.schemas.errors import WavelodeError
from wavelode.schemas.verdict import Failed

_DEAD = "dead"


def phase(task: Callable[[Any], Any], work: Work, place: Path) -> beam.PTransform:
    """Reads lists of items, works on each, keeps results and dead letters in `place`."""
    return _Phase(pickle.dumps(task), work, place)


class _Phase(beam.PTransform):  # type: ignore[misc]  # Beam's types are not read
    def __init__(self, task: bytes, work: Work, place: Path) -> None:
        super().__init__()
        self.task = task
        self.work = work
        self.place = place

    def expand(self, lists: Any) -> Any:
        hands = beam.ParDo(_Hand(self.task, self.work, self.place)).with_outputs(_DEAD, main="results")
        ended = (
            lists
            | "Spread" >> beam.Reshuffle()
            | "Work" >> hands.with_resource_hints(min_ram=f"{self.work.needs.memory_mb}MB")
        )
        to = str(self.place)
        kept = ended["results"] | "Keep results" >> beam.io.WriteToText(f"{to}/results")
        dead = ended[_DEAD] | "Keep dead letters" >> beam.io.WriteToText(f"{to}/dead")
        return kept, dead


class _Hand(beam.DoFn):  # type: ignore[misc]
    """Holds one child process with the task, from the first bundle to the last."""

    def __init__(self, task: bytes, work: Work, place: Path) -> None:
        super().__init__()
        self.task = task
        self.task_work = work
        self.place = place
        self.home = Home()

    def setup(self) -> None:
        self.crew: Crew | None = None

    def process(self, path: str) -> Iterator[Any]:
        for item in pickle.loads(Path(path).read_bytes()):
            yield from self._end(item)

    def _end(self, item: Any) -> Iterator[Any]:
        """Once a worker has left word to stop, nothing more is begun; raising would only have it tried again."""
        if told_to_stop(self.place):
            return
        try:
            done = next(self._crew().run(iter([item])))
        except WavelodeError as error:
            tell_to_stop(error, self.place)
            return
        line = base64.b64encode(pickle.dumps(done)).decode("ascii")
        if isinstance(done.result, Failed):
            self._count(f"failed: {done.result.code}")
            yield beam.pvalue.TaggedOutput(_DEAD, line)
        else:
            self._count("done")
            yield line

    def teardown(self) -> None:
        if self.crew:
            self.crew.dismiss()

    def _crew(self) -> Crew:
        if self.crew is None:
            self.home.enter()
            self.crew = Crew(self._unpacked(), self.task_work, workers=1)
        return self.crew

    def _unpacked(self) -> Callable[[Any], Any]:
        try:
            task: Callable[[Any], Any] = pickle.loads(self.task)
        except (ImportError, AttributeError) as error:
            raise no_workers(error) from error
        return task

    def _count(self, what: str) -> None:
        Metrics.counter(self.task_work.stage, what).inc()


def groups(by: GroupBy[Any], place: Path) -> beam.PTransform:
    """Runs the steps of a group-by on numbers of items, keeps results in `place`."""
    return _Groups(by, place)


class _Groups(beam.PTransform):  # type: ignore[misc]
    def __init__(self, by: GroupBy[Any], place: Path) -> None:
        super().__init__()
        self.by = by
        self.place = place

    def expand(self, items: Any) -> Any:
        by = self.by
        parts = items | "Spread" >> beam.Reshuffle() | by.names[0] >> beam.ParDo(_Step(by.first, by.groups))
        for nth, (name, step) in enumerate(zip(by.names[1:], by.then, strict=True)):
            grouped = parts | f"Group {by.names[nth]}" >> beam.GroupByKey()
            parts = grouped | name >> beam.ParDo(_Step(step, by.groups))
        grouped = parts | f"Group {by.names[-1]}" >> beam.GroupByKey()
        results = grouped | "Results" >> beam.ParDo(_Step(by.last, 0))
        return results | "Keep results" >> beam.io.WriteToText(f"{self.place}/results")


class _Step(beam.DoFn):  # type: ignore[misc]
    """One step on an item's number, or on a group and its parts: each pickled, with the number of what gave it.

    Attributes:
        groups: that its rows are for; 0 where it gives a result.
    """

    def __init__(self, step: Callable[..., Any], groups: int) -> None:
        super().__init__()
        self.packed = pickle.dumps(step)
        self.groups = groups
        self.home = Home()

    def setup(self) -> None:
        self.home.enter()
        self.step = pickle.loads(self.packed)

    def process(self, given: Any) -> Iterator[Any]:
        number, rows = given if isinstance(given, tuple) else (given, None)
        answer = self.step(number) if rows is None else self.step(number, _in_order(rows))
        if not self.groups:
            yield base64.b64encode(pickle.dumps(answer)).decode("ascii")
            return
        for group, part in enumerate(answer.parts(self.groups)):
            if len(part):
                yield group, pickle.dumps((number, part))


def _in_order(parts: Any) -> Any:
    """A group's rows in the order of what gave them; a runner's own is chance."""
    held = sorted(map(pickle.loads, parts), key=lambda part: part[0])
    return np.concatenate([rows for _, rows in held])
