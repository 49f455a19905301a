"""What an engine costs beside the work it places: ``wavelode bench engines``.

A fake model of fixed cost stands for a model: it sleeps, so that the engine's own work is all that is seen. Recordings
are ten minutes long and the model takes three seconds for one, as a large one does on a fast GPU; on anything slower
the engine's share is smaller. Starting the workers is done once a run and told apart.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from wavelode.datasets.storage import Layout
from wavelode.infra.bench.engine_cases import PACKAGES, SYSTEMS, Measured, measure
from wavelode.infra.bench.made_up import make_archive
from wavelode.infra.progress import table
from wavelode.pipelines.documents.read import SUFFIXES
from wavelode.pipelines.mine import Job, MineDocument, MineRecording
from wavelode.pipelines.pairing import find_archive
from wavelode.schemas.settings import ListenerSettings, Settings

_MOST_OVERHEAD = 0.02
_COST_S, _RECORDINGS = 3.0, 40
_MANY = 100_000
_OURS = ("local", "ray", "beam")
_MODEL_S = 120.0
"""What a model takes for ten minutes at five times real time, as a small one does on a core."""


def main(quick: bool) -> int:
    """Prints the tables; 0 where each of our engines adds 2 % or less."""
    console = Console()
    systems = [name for name in SYSTEMS if name not in PACKAGES or find_spec(PACKAGES[name])]
    if quick:
        systems = [name for name in systems if name in ("plain loop", "local")]
    cost_s, recordings = (1.0, 8) if quick else (_COST_S, _RECORDINGS)
    steady = [measure(name, recordings, cost_s) for name in systems]
    title = f"{recordings} recordings of ten minutes, {cost_s:g} s of model for each"
    console.print(table(title, _COLUMNS, map(_row, steady)))
    many = 2_000 if quick else _MANY
    console.print(
        table(f"{many:,} recordings that take nothing", _MANY_COLUMNS, _many(systems, many)), highlight=False
    )
    _print_own_work(console)
    ours = {one.system: one.overhead for one in steady if one.system in _OURS}
    worst = max(ours, key=lambda name: ours[name])
    console.print(f"most overhead of our engines: {ours[worst]:.2%} ({worst}); goal {_MOST_OVERHEAD:.0%}")
    return 0 if ours[worst] <= _MOST_OVERHEAD else 1


_COLUMNS = ("", "overhead", "once all work", "start, s", "work, s", "apart, s", "end, s")
_MANY_COLUMNS = ("", "in all, s", "ms a recording", "driver, MB")


def _row(one: Measured) -> tuple[str, ...]:
    times = (one.start_s, one.work_s, one.apart_s, one.end_s)
    return one.system, f"{one.overhead:.2%}", f"{one.steady:.2%}", *(f"{seconds:.1f}" for seconds in times)


def _many(systems: Sequence[str], count: int) -> Iterator[tuple[str, ...]]:
    for name in systems:
        one = measure(name, count, 0.0)
        each_ms = 1000 * one.work_s / count
        yield name, f"{one.total_s:.1f}", f"{each_ms:.2f}", f"{one.driver_mb:.0f}"


def _print_own_work(console: Console) -> None:
    """What `mine` itself takes for one recording when models take nothing: decoding, aligning, measuring, files."""
    with TemporaryDirectory() as name:
        archive = make_archive(Path(name, "archive"), 1, 600.0, ".mp3")
        own_s, steps = _own_work(archive, Path(name, "out"))
    told = ", ".join(f"{step} {seconds:.2f}" for step, seconds in steps)
    console.print(
        f"mine's own work for ten minutes of mp3, one core: {own_s:.2f} s ({told}), "
        f"{own_s / _MODEL_S:.1%} of a model at five times real time",
        highlight=False,
        soft_wrap=True,
    )


def _own_work(archive: Path, out: Path) -> tuple[float, list[tuple[str, float]]]:
    settings = Settings(
        audio=archive / "audio",
        documents=archive / "papers",
        out=out,
        language="en",
        listener=ListenerSettings(kind="fake"),
    )
    found = find_archive(settings, SUFFIXES)
    task = MineRecording(Layout(out), settings)
    papers = tuple(MineDocument(Layout(out), settings)(printed).path for printed in found.documents)
    begun = time.process_time()
    mined = task(Job(found.sources[0], papers))
    return time.process_time() - begun, [(spent.step, spent.seconds) for spent in mined.spent]
