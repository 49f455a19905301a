"""A run that is told to end leaves what it has done, and the next one ends with the same bytes."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from tests.archive import outcome, run_here, settings_for
from wavelode.datasets.storage import Layout
from wavelode.infra.engines.base import Done, In, Out, Work
from wavelode.infra.run import Run, mine
from wavelode.schemas.errors import WavelodeError


class _ToldAfterOne:
    """A plain loop whose process gets SIGTERM when the first recording is mined."""

    def map(self, task: Callable[[In], Out], items: Iterable[In], work: Work) -> Iterator[Done[In, Out]]:
        for item in items:
            result = task(item)
            if work.stage == "mine":
                os.kill(os.getpid(), signal.SIGTERM)
            yield Done(item, result)


def test_a_run_that_is_told_to_end_goes_on_with_the_next(
    archive: Path, finished: Path, tmp_path: Path
) -> None:
    settings = settings_for(archive, tmp_path / "out")
    with pytest.raises(WavelodeError, match="SIGTERM"):
        mine(Run(settings, _ToldAfterOne(), Console(file=io.StringIO())))
    assert len(list(Layout(settings.out).mined.glob("bulletin*.parquet"))) == 1
    assert run_here(settings) == 0
    assert outcome(settings.out) == outcome(finished)
