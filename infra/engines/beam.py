"""Work as a Beam pipeline, on any of Beam's runners: one labelled composite transform per phase.

::

    mine: Lists ─ mine/Spread ─ mine/Work ─┬ results ─ mine/Keep results
                                           └ dead    ─ mine/Keep dead letters

A runner restarts a whole bundle when its worker dies, so each item runs in a child process of the worker: what kills
it costs one item one retry. Lists of items and results pass through files in a folder that all workers must see,
as they must see the output folder; the driver holds neither.
"""

from __future__ import annotations

import base64
import importlib.util
import pickle
import shlex
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from wavelode.datasets.storage import whole
from wavelode.infra.engines.base import Done, In, Out, Work, usable_cores
from wavelode.pipelines.grouping import GroupBy, Result
from wavelode.schemas.errors import MissingDependency, StorageError, WavelodeError

if TYPE_CHECKING:
    from apache_beam.options.pipeline_options import PipelineOptions

_LISTS_OF_ONE_SIZE = 100
_STOPPED = "stopped.pickle"


@dataclass(frozen=True, slots=True)
class BeamEngine:
    """An `Engine` on a Beam runner.

    Attributes:
        folder: for lists of items and results while a phase runs; every worker must see it.
        workers: bundles at once on this machine, 0 for one per core; other runners have options of their own.
        options: Beam's, e.g. ``--runner=FlinkRunner --flink_master=host:8081``; by default this machine.
    """

    folder: Path
    workers: int = 0
    options: str = ""

    def map(self, task: Callable[[In], Out], items: Iterable[In], work: Work) -> Iterator[Done[In, Out]]:
        """See `Engine.map`; the first result comes when the last item has ended."""
        with self._place(work) as place:
            lists = list(_write_lists(items, place))
            if lists:
                self._run(lists, work.stage, lambda: _phase_of(task, work, place))
                _stop_if_told(place)
            yield from _read_results(place)

    def group(self, by: GroupBy[Result], items: Sequence[int], work: Work) -> Iterator[Result]:
        """See `Engine.group`; what lies between two steps goes through the runner's `GroupByKey`."""
        with self._place(work) as place:
            if items:
                self._run(list(items), work.stage, lambda: _groups_of(by, place))
            yield from _read_results(place)

    @contextmanager
    def _place(self, work: Work) -> Iterator[Path]:
        """A folder for one phase."""
        if importlib.util.find_spec("apache_beam") is None:
            raise MissingDependency("engine 'beam' needs Apache Beam; run: pip install 'wavelode[beam]'")
        place = (self.folder / f"{work.stage}-{uuid4().hex}").absolute()
        try:
            place.mkdir(parents=True)
            yield place
        except OSError as error:
            raise StorageError(
                f"{place}: lists and results can't be kept there ({error.strerror or error}); free space"
            ) from error
        finally:
            shutil.rmtree(place, ignore_errors=True)
            with suppress(OSError):
                self.folder.rmdir()
                self.folder.parent.rmdir()

    def _run(self, inputs: list[Any], label: str, transform: Callable[[], Any]) -> None:
        import apache_beam as beam

        try:
            with beam.Pipeline(options=self._options()) as pipeline:
                given = pipeline | f"{label}: inputs" >> beam.Create(inputs, reshuffle=False)
                _ = given | label >> transform()
        except Exception as error:
            said = " ".join(str(error).split())[-300:]  # what broke stands below where
            raise WavelodeError(f"the Beam runner gave up ({said}); see what it printed above") from error

    def _options(self) -> PipelineOptions:
        from apache_beam.options.pipeline_options import PipelineOptions

        given = shlex.split(self.options)
        if any(word.startswith("--runner") for word in given):
            return PipelineOptions(given)
        cores = self.workers or usable_cores()
        here = [
            "--runner=FnApiRunner",
            "--direct_running_mode=multi_threading",
            f"--direct_num_workers={cores}",
        ]
        return PipelineOptions([*here, *given])


def _phase_of(task: Callable[[Any], Any], work: Work, place: Path) -> Any:
    from wavelode.infra.engines.beam_phase import phase

    return phase(task, work, place)


def _groups_of(by: GroupBy[Any], place: Path) -> Any:
    from wavelode.infra.engines.beam_phase import groups

    return groups(by, place)


def _write_lists(items: Iterable[Any], place: Path) -> Iterator[str]:
    """Lists that grow as there are more: few items are spread one by one, ten million make 45,000 lists.

    Only their names go through the runner's shuffle. The runner on this machine holds that in memory, and some
    megabytes are too much for it.
    """
    waiting = iter(items)
    for number in count():
        some = list(islice(waiting, max(1, number // _LISTS_OF_ONE_SIZE)))
        if not some:
            return
        path = place / f"items-{number:06d}.pickle"
        path.write_bytes(pickle.dumps(some))
        yield str(path)


def _read_results(place: Path) -> Iterator[Any]:
    for path in sorted(place.glob("results-*")) + sorted(place.glob("dead-*")):
        with path.open("rb") as lines:
            for line in lines:
                yield pickle.loads(base64.b64decode(line))


def tell_to_stop(error: WavelodeError, place: Path) -> None:
    """Leaves word for the driver and the other workers of why the run must stop."""
    with whole(place / _STOPPED) as scratch:
        scratch.write_bytes(pickle.dumps(error))


def told_to_stop(place: Path) -> bool:
    """Asked before each item, so it looks for one name and lists no folder."""
    return (place / _STOPPED).exists()


def _stop_if_told(place: Path) -> None:
    """Raises:
    WavelodeError: what a worker left word of.
    """
    if told_to_stop(place):
        raise pickle.loads((place / _STOPPED).read_bytes())
