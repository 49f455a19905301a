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
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from wavelode.datasets.storage import whole
from wavelode.infra.engines.base import Done, In, Out, Work, usable_cores
from wavelode.schemas.errors import MissingDependency, WavelodeError

if TYPE_CHECKING:
    from apache_beam.options.pipeline_options import PipelineOptions

_LISTS_OF_ONE_SIZE = 100
_STOPPED = "stopped-*.pickle"


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
        if importlib.util.find_spec("apache_beam") is None:
            raise MissingDependency("engine 'beam' needs Apache Beam; run: pip install 'wavelode[beam]'")
        place = (self.folder / f"{work.stage}-{uuid4().hex}").absolute()
        place.mkdir(parents=True)
        try:
            lists = list(_write_lists(items, place))
            if lists:
                self._run(task, lists, place, work)
                _stop_if_told(place)
            yield from _read_results(place)
        finally:
            shutil.rmtree(place, ignore_errors=True)
            with suppress(OSError):
                self.folder.rmdir()
                self.folder.parent.rmdir()

    def _run(self, task: Callable[[Any], Any], lists: list[str], place: Path, work: Work) -> None:
        import apache_beam as beam

        from wavelode.infra.engines.beam_phase import phase

        try:
            with beam.Pipeline(options=self._options()) as pipeline:
                named = pipeline | f"{work.stage}: lists" >> beam.Create(lists, reshuffle=False)
                _ = named | work.stage >> phase(task, work, place)
        except Exception as error:
            said = " ".join(str(error).split())[:300]
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


def _read_results(place: Path) -> Iterator[Done[Any, Any]]:
    for path in sorted(place.glob("results-*")) + sorted(place.glob("dead-*")):
        with path.open("rb") as lines:
            for line in lines:
                yield pickle.loads(base64.b64decode(line))


def tell_to_stop(error: WavelodeError, place: Path) -> None:
    """Leaves word for the driver and the other workers of why the run must stop."""
    with whole(place / _STOPPED.replace("*", uuid4().hex)) as scratch:
        scratch.write_bytes(pickle.dumps(error))


def told_to_stop(place: Path) -> bool:
    return any(place.glob(_STOPPED))


def _stop_if_told(place: Path) -> None:
    """Raises:
    WavelodeError: what a worker left word of.
    """
    for path in sorted(place.glob(_STOPPED))[:1]:
        raise pickle.loads(path.read_bytes())
