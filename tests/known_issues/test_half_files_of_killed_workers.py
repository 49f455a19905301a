"""A worker that was killed while it wrote left half a file in ``mined`` when the run went on without it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from rich.console import Console

from tests.archive import settings_for
from wavelode.datasets.storage import Layout
from wavelode.infra.engines.base import Done, In, Out, Work
from wavelode.infra.engines.beam import _write_lists
from wavelode.infra.run import Run, mine


class _LeavesHalf:
    """A plain loop; beside the first recording's file lies what a killed worker left of it."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def map(self, task: Callable[[In], Out], items: Iterable[In], work: Work) -> Iterator[Done[In, Out]]:
        for item in items:
            result = task(item)
            (self.layout.mined / ".bulletin0-0123456789abcdef.parquet.7.part").write_bytes(b"PAR1")
            yield Done(item, result)


def test_a_run_that_went_on_leaves_no_half_files(archive: Path, tmp_path: Path) -> None:
    settings = settings_for(archive, tmp_path / "out")
    layout = Layout(settings.out)
    mine(Run(settings, _LeavesHalf(layout), Console(file=io.StringIO())))
    assert [path.name for path in layout.out.rglob("*.part")] == []


def test_lists_for_beam_hold_every_item_once_and_are_few(tmp_path: Path) -> None:
    """Twenty thousand items in the shuffle of Beam's own runner took 17 GB; names of lists take next to nothing."""
    import pickle

    paths = list(_write_lists(range(30_000), tmp_path))
    assert [item for path in paths for item in pickle.loads(Path(path).read_bytes())] == list(range(30_000))
    assert len(paths) < 2_600
    assert [len(pickle.loads(Path(path).read_bytes())) for path in paths[:20]] == [1] * 20
