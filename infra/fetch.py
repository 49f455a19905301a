"""Fetching an archive on an engine: every file of an index, a table of what could not be had, a manifest for `run`."""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rich.console import Console

from wavelode.datasets.storage import whole
from wavelode.infra.engines.base import Engine, Work
from wavelode.infra.engines.ending import NotBegun, Unless, on_sigterm
from wavelode.pipelines.documents.read import SUFFIXES
from wavelode.pipelines.fetch.download import Fetched, FetchFile, Goal
from wavelode.pipelines.fetch.index import Entry, read_indexes
from wavelode.pipelines.pairing import AUDIO_SUFFIXES, language_code
from wavelode.schemas.errors import InputError
from wavelode.schemas.verdict import Failed

_SAY_EVERY_S = 10.0
_FAILED_COLUMNS = ("url", "code", "message")
_MANIFEST_COLUMNS = ("recording_id", "audio", "documents", "language", "station", "date", "time")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be fetched.

    Attributes:
        languages, stations: only rows that name one of these, in any case; empty for all.
        limit: no more rows than this; 0 for all.
    """

    indexes: tuple[Path, ...]
    out: Path
    languages: tuple[str, ...] = ()
    stations: tuple[str, ...] = ()
    limit: int = 0

    def entries(self) -> Iterator[Entry]:
        """The rows, read anew at each call."""
        found = 0
        for entry in read_indexes(self.indexes):
            if _is_one(entry.language, self.languages) and _is_one(entry.station, self.stations):
                found += 1
                yield entry
            if found == self.limit > 0:
                return


def _is_one(name: str, wanted: Sequence[str]) -> bool:
    return not wanted or name.casefold() in {one.casefold() for one in wanted}


def fetch(wanted: Wanted, task: FetchFile, engine: Engine, console: Console) -> int:
    """Fetches all that isn't there; 1 where something could not be had.

    Raises:
        WavelodeError: if an index can't be read, the disk refuses or SIGTERM came.
    """
    counted: Counter[str] = Counter()
    said_at = time.monotonic()
    with whole(wanted.out / "failed.csv") as scratch, scratch.open("w", encoding="utf-8", newline="") as file:
        failures = csv.writer(file)
        failures.writerow(_FAILED_COLUMNS)
        for entry, result in _results(wanted, task, engine):
            _count(counted, result)
            if isinstance(result, Failed):
                failures.writerow((entry.url, result.code, result.message))
            if time.monotonic() - said_at > _SAY_EVERY_S:
                said_at = time.monotonic()
                _say(console, counted)
    _write_manifest(wanted)
    _say(console, counted)
    if counted["failed"]:
        console.print(f"what could not be had: {wanted.out / 'failed.csv'}", highlight=False, soft_wrap=True)
    console.print(f"manifest: {wanted.out / 'manifest.csv'}", highlight=False, soft_wrap=True)
    return 1 if counted["failed"] else 0


def _results(wanted: Wanted, task: FetchFile, engine: Engine) -> Iterator[tuple[Entry, Fetched | Failed]]:
    with on_sigterm(wanted.out / ".fetch") as told:
        for done in engine.map(Unless(told, task), told.until(wanted.entries()), Work("fetch")):
            if not isinstance(done.result, NotBegun):
                yield done.item, done.result
        told.stop()


def _count(counted: Counter[str], result: Fetched | Failed) -> None:
    if isinstance(result, Failed):
        counted["failed"] += 1
    elif result.was_done:
        counted["there before"] += 1
    else:
        counted["fetched"] += 1
        counted["bytes"] += result.bytes


def _say(console: Console, counted: Counter[str]) -> None:
    console.print(
        f"{counted['fetched']} fetched ({counted['bytes'] / 1e6:.1f} MB), {counted['there before']} there before, "
        f"{counted['failed']} failed",
        highlight=False,
        soft_wrap=True,
    )


# The manifest


def _write_manifest(wanted: Wanted) -> None:
    """A row per recording that is there, with the documents of the same station, language, day and time."""
    papers: dict[tuple[str, str, str, str], list[str]] = {}
    for entry, place in _there(wanted, SUFFIXES):
        papers.setdefault(entry.bulletin, []).append(str(place))
    with (
        whole(wanted.out / "manifest.csv") as scratch,
        scratch.open("w", encoding="utf-8", newline="") as file,
    ):
        rows = csv.writer(file)
        rows.writerow(_MANIFEST_COLUMNS)
        taken: Counter[str] = Counter()
        for entry, place in _there(wanted, AUDIO_SUFFIXES):
            documents = ";".join(sorted(papers.get(entry.bulletin, [])))
            language = language_code(entry.language) or "und"
            told = (entry.station, entry.day, entry.time)
            rows.writerow((_name(entry, language, taken), place, documents, language, *told))


def _name(entry: Entry, language: str, taken: Counter[str]) -> str:
    """Such as ``hi_Bhopal_2025-08-09_1920``; a second bulletin of the same time is numbered."""
    name = "_".join((language, entry.station.replace(" ", "-"), entry.day, entry.bulletin[3]))
    taken[name.casefold()] += 1
    often = taken[name.casefold()]
    return name if often == 1 else f"{name}_{often}"


def _there(wanted: Wanted, suffixes: Iterable[str]) -> Iterator[tuple[Entry, PurePosixPath]]:
    kinds = frozenset(suffixes)
    for entry in wanted.entries():
        place = entry.place
        if place and place.suffix.lower() in kinds and _is_there(wanted.out, place, entry):
            yield entry, place


def _is_there(out: Path, place: PurePosixPath, entry: Entry) -> bool:
    try:
        return Goal(out, str(place), entry).done(retry_failed=False) is not None
    except InputError:
        return False
