"""A run from beginning to end: the three phases on an engine, with progress, a summary and an exit status.

Exit status: 0 all went well; 1 some recordings or documents failed, or what was packed is not what is expected of it,
everything else is done; 2 the run was stopped.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import yaml
from rich.console import Console

from wavelode.datasets.audio import declared_seconds
from wavelode.datasets.far import FarPath, reach
from wavelode.datasets.manifest import Manifest, Shard
from wavelode.datasets.rows import document_row, recording_row
from wavelode.datasets.shards import Sources
from wavelode.datasets.storage import Layout, files_below, write_rows, write_text
from wavelode.infra.ended import Ended
from wavelode.infra.engines.base import Done, Engine, In, Out, Work
from wavelode.infra.engines.choose import engine_for
from wavelode.infra.engines.ending import NotBegun, Unless, on_sigterm
from wavelode.infra.progress import bar
from wavelode.infra.rates import Tally
from wavelode.infra.summary import print_summary, say_validation
from wavelode.pipelines.documents.read import SUFFIXES, lacking
from wavelode.pipelines.grouping import ByFiles, GroupBy, Result
from wavelode.pipelines.library import shelve
from wavelode.pipelines.listing import Listing, Printed, kept_on_disk
from wavelode.pipelines.mine import Job, Mined, MineDocument, MineRecording, refuse_biased
from wavelode.pipelines.pack import PackShard, finish_pack, plan_pack
from wavelode.pipelines.pairing import list_archive
from wavelode.pipelines.quality.checks.validate import Validation, installed, validate
from wavelode.pipelines.quality.report import write_report
from wavelode.pipelines.select import run_select, scratch
from wavelode.pipelines.taken import read_removed
from wavelode.schemas.errors import SettingsError, StorageError
from wavelode.schemas.records import Document, Recording
from wavelode.schemas.settings import Settings
from wavelode.schemas.stats import Yield
from wavelode.schemas.tables import DOCUMENT, MINED
from wavelode.schemas.time import WORKING_RATE_HZ
from wavelode.schemas.verdict import Failed

_LOOKED_INTO = 500
"""Headers of so many recordings are read before a run; of millions that would take hours."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run's settings with the engine and the console it uses."""

    settings: Settings
    engine: Engine
    console: Console

    @property
    def layout(self) -> Layout:
        return Layout(self.settings.out)


@dataclass(frozen=True, slots=True)
class Stood:
    """The files a complete `mine` stands on, as paths within the output folder, and what was left aside."""

    recordings: tuple[str, ...]
    documents: tuple[str, ...]
    other_language: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """How many recordings `mine` went through, how many of them it found done, and how many it left aside."""

    recordings: int
    already_done: int
    other_language: int


def a_run(settings: Settings, console: Console | None = None) -> Run:
    """A run on the engine that the settings name."""
    return Run(settings, engine_for(settings), console or Console())


def run(settings: Settings, console: Console | None = None) -> int:
    """All three phases and the report; the exit status.

    Raises:
        WavelodeError: what stops a run: wrong settings, a missing dependency, no space left.
    """
    this = a_run(settings, console)
    counted = mine(this)
    select(this)
    pack(this)
    found = check(this)
    report = write_report(this.layout)
    failed = print_summary(this.console, this.layout, counted.other_language, report)
    if found:
        say_validation(this.console, this.layout, found)
    return 1 if failed or (found and not found.holds) else 0


def _each(this: Run, task: Callable[[In], Out], items: Iterable[In], work: Work) -> Iterator[Done[In, Out]]:
    """What the engine does with each item; SIGTERM lets what is in hand end, and then stops the run."""
    with on_sigterm(this.layout.scratch) as told:
        for done in this.engine.map(Unless(told, task), told.until(items), work):
            if not isinstance(done.result, NotBegun):
                yield done
        told.stop()


# mine


def mine(this: Run) -> Counted:
    """Reads all documents, then mines all recordings; what there is and what became of it are tables on disk."""
    with kept_on_disk():
        return _mined(this)


def _mined(this: Run) -> Counted:
    listing = list_archive(this.settings, SUFFIXES)
    listing.remove(read_removed(this.layout).recordings)  # what was taken out for good is not mined again
    _refuse_nothing(listing)
    refuse_biased(this.settings)
    _prepare(this)
    ended = Ended(this.layout.out)
    _mine_documents(this, listing, ended)
    library = _library(this, ended) if this.settings.pairing.by == "content" else None
    _mine_recordings(this, listing, ended, library)
    _sweep(this.layout)
    ended.write(this.layout.run, listing.other_language)
    return Counted(ended.count(), ended.count("was_done"), listing.other_language)


def _refuse_nothing(listing: Listing) -> None:
    if not len(listing):
        aside = f" ({listing.other_language} in other languages)" if listing.other_language else ""
        raise SettingsError(f"no recordings found{aside}; check --audio, --manifest and --language")


def _prepare(this: Run) -> None:
    _sweep(this.layout)
    _note_settings(this)


def _sweep(layout: Layout) -> None:
    """What a run or a worker that was killed left half done."""
    shutil.rmtree(layout.scratch, ignore_errors=True)
    for half in files_below(layout.out, ".*.part"):  # a worker of a killed run may still be dying in there
        half.unlink(missing_ok=True)


def _note_settings(this: Run) -> None:
    """Leaves what was set in the output folder, where `select`, `pack` and the report find it again."""
    given = {name: getattr(this.settings, name) for name in ("audio", "documents", "manifest")}
    places = {name: reach(path).resolve() for name, path in given.items() if path}
    values = this.settings.model_copy(update=places).model_dump(mode="json", exclude_defaults=True)
    write_text(yaml.safe_dump(values, sort_keys=False, allow_unicode=True), this.layout.settings)


def _mine_documents(this: Run, listing: Listing, ended: Ended) -> None:
    task = MineDocument(this.layout, this.settings)
    limit = this.settings.document.timeout_s
    for missing in lacking((printed.uri, printed.language) for printed in listing.documents()):
        this.console.print(
            f"PDFs without a sound text layer will fail: {missing}", highlight=False, markup=False
        )
    tally = Tally(this.layout.rates)
    with bar(this.console, "Reading documents", listing.num_documents) as progress:
        for done in _each(this, task, listing.documents(), Work("document", limit)):
            read = _document_end(this, done)
            ended.document(done.item.document_id, read)
            tally.add_document(read)
            progress.advance(1, done.item.document_id)
    tally.write()


def _document_end(this: Run, done: Done[Printed, Mined]) -> Mined:
    if not isinstance(done.result, Failed):
        return done.result
    printed = done.item
    place = this.layout.lost / "documents" / f"{printed.document_id}-lost.parquet"
    lost = Document(printed.document_id, printed.uri, "", printed.language, failed=done.result)
    write_rows([document_row(lost, "")], DOCUMENT, place)
    return Mined(place, failed=done.result)


def _library(this: Run, ended: Ended) -> Path:
    with this.console.status("Indexing documents"):
        return shelve(list(ended.all_readable()), this.layout.documents, this.settings.align.match_in)


def _mine_recordings(this: Run, listing: Listing, ended: Ended, library: Path | None) -> None:
    task = MineRecording(this.layout, this.settings)
    gpus = max(task.needs.gpus, this.settings.gpus_per_worker)
    work = Work("mine", needs=replace(task.needs, gpus=gpus))
    jobs = (Job(source, ended.readable(source.document_ids), library) for source in listing.sources())
    tally = Tally(this.layout.rates)
    with bar(this.console, "Mining", _seconds(listing, task), hours=True) as progress:
        for done in _each(this, task, jobs, work):
            name, mined = done.item.source.recording_id, _recording_end(this, done)
            ended.recording(name, mined)
            tally.add(mined)
            progress.advance(mined.num_samples / WORKING_RATE_HZ, name)
    tally.write()


def _seconds(listing: Listing, task: MineRecording) -> float:
    """How long all recordings are together, for the bar: as the headers of the first of them say."""
    first = [declared_seconds(task.sound_of(source)) for source in listing.sources(_LOOKED_INTO)]
    return sum(first) / len(first) * len(listing)


def _recording_end(this: Run, done: Done[Job, Mined]) -> Mined:
    """A recording that took its worker along leaves a row that the next run does not take for done."""
    if not isinstance(done.result, Failed):
        return done.result
    source = done.item.source
    place = this.layout.lost / f"{source.recording_id}-lost.parquet"
    write_rows([recording_row(Recording(source, failed=done.result))], MINED, place)
    return Mined(place, failed=done.result)


# select


def select(this: Run) -> Yield:
    """Decides over all that the last `mine` stands on."""
    stood = read_stood(this.layout)
    _note_settings(this)
    out = this.layout.out
    with this.console.status("Selecting"):
        return run_select(
            this.layout,
            [out / path for path in stood.recordings],
            [out / path for path in stood.documents],
            this.settings.select,
            this.settings.split,
            partial(_grouped, this),
        )


def _grouped(this: Run, by: GroupBy[Result], items: Sequence[int]) -> Iterable[Result]:
    """On the engine; here where there is one item, sooner than workers start, or no folder that they all see."""
    if len(items) < 2 or isinstance(this.layout.out, FarPath):
        with scratch(this.layout) as folder:
            return list(ByFiles(folder)(by, items))
    return this.engine.group(by, items, Work("select"))


def read_stood(layout: Layout) -> Stood:
    """Raises:
    StorageError: if no `mine` has come to its end here.
    """
    try:
        held = json.loads(layout.run.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise StorageError(f"{layout.out}: nothing is mined here yet; run `wavelode mine` first") from None
    return Stood(tuple(held["recordings"]), tuple(held["documents"]), held["other_language"])


# pack


def pack(this: Run) -> Manifest:
    """Writes the shards of the current selection."""
    plan = plan_pack(this.layout, this.settings.pack)
    _note_settings(this)
    task = PackShard(
        this.layout, this.settings.pack, Sources(reach(this.settings.audio_root), this.settings.decode)
    )
    with bar(this.console, "Packing", plan.samples / WORKING_RATE_HZ, hours=True) as progress:

        def packed() -> Iterator[Shard | Failed]:
            for done in _each(this, task, plan.shards, Work("pack")):
                progress.advance(done.item.samples / WORKING_RATE_HZ, str(done.item.path))
                yield done.result

        return finish_pack(this.layout, plan, packed())


def check(this: Run) -> Validation | None:
    """Whether what was packed is what is expected of it; None where that is not wanted or not installed."""
    if not (this.settings.check and installed()):
        return None
    if isinstance(this.layout.out, FarPath):
        this.console.print(
            "Not checked: `wavelode validate` wants a copy of the folder on this machine", markup=False
        )
        return None
    with this.console.status("Checking"):
        return validate(this.layout)
