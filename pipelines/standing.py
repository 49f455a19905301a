"""Where each recording stands in `mine`, told from the names of the files that are there, without any work done.

::

    done     its file is there, under the fingerprint that today's inputs and settings give
    failed   the same, and it says why it failed; or it took its worker along, and the next run tries it again
    stale    a file is there, under another fingerprint: something it hangs on has changed
    left     there is none
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from wavelode.datasets.rows import document_of, failed_of
from wavelode.datasets.storage import Layout, read_rows
from wavelode.pipelines.listing import Printed
from wavelode.pipelines.mine import DECODE, Job, MineDocument, MineRecording, content_mark
from wavelode.schemas.errors import StorageError
from wavelode.schemas.records import Source
from wavelode.schemas.time import WORKING_RATE_HZ

_NAME = re.compile(r"(?P<id>.+)-(?P<mark>[0-9a-f]{16})\.parquet")


class State(StrEnum):
    DONE = "done"
    FAILED = "failed"
    STALE = "stale"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Standing:
    """One recording or document.

    Attributes:
        samples: length as it was mined; 0 where it never was.
        repeat: the steps that a run would do, by name; the others are read back.
        place: the file that is there, if one is.
    """

    name: str
    state: State
    samples: int = 0
    repeat: tuple[str, ...] = ()
    place: Path | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of one folder by what they are of; made from one listing, however many there are."""

    by_id: dict[str, list[Path]]

    @classmethod
    def of(cls, folder: Path) -> Listing:
        by_id: dict[str, list[Path]] = {}
        for path in folder.glob("*.parquet"):
            if named := _NAME.fullmatch(path.name):
                by_id.setdefault(named["id"], []).append(path)
        return cls(by_id)

    def any_of(self, name: str) -> Path | None:
        """The newest."""
        return max(self.by_id.get(name, []), key=lambda path: path.stat().st_mtime_ns, default=None)


@dataclass(frozen=True, slots=True)
class Survey:
    """How the recordings of one run stand.

    Attributes:
        digest: from a recording and the newest file there is of it to the mark of its content.
    """

    documents: MineDocument
    recordings: MineRecording
    digest: Callable[[Path, Path | None], str]

    @property
    def layout(self) -> Layout:
        return self.recordings.layout

    def of_documents(self, printed: Iterable[Printed]) -> Iterator[Standing]:
        listing = Listing.of(self.layout.documents)
        for one in printed:
            content = content_mark(self.documents.source_of(one))
            place = self.documents.place(one, self.documents.mark(one, content))
            state = _state(place, listing.any_of(one.document_id))
            here = place if state in (State.DONE, State.FAILED) else None
            yield Standing(one.document_id, state, place=here)

    def of_recordings(self, sources: Iterable[Source], documents: dict[str, Standing]) -> Iterator[Standing]:
        """In the order of `sources`; what hangs on documents that are not read yet counts as to be repeated."""
        listing = Listing.of(self.layout.mined)
        begun = self._begun()
        for source in sources:
            of_it = [documents[name] for name in source.document_ids]
            read = tuple(d.place for d in of_it if d.place and d.state is State.DONE)
            newest = listing.any_of(source.recording_id)
            is_new = newest is None and source.recording_id not in begun
            sound = self.recordings.sound_of(source)
            digest = "nothing hangs on it yet" if is_new else self.digest(sound, newest)
            yield self._of_recording(Job(source, read), digest, newest)

    def _begun(self) -> set[str]:
        """Of which recordings a stage has left something: a run was ended before it came to the rest."""
        stages = (self.layout.stage(stage.name) for stage in self.recordings.stages)
        return {name for folder in stages for name in Listing.of(folder).by_id}

    def _of_recording(self, job: Job, digest: str, newest: Path | None) -> Standing:
        task, source = self.recordings, job.source
        documents = tuple(document_of(read_rows(path)[0]) for path in job.documents)
        marks = task.marks(job, digest, documents)
        place = task.place(source, marks[-1])
        state = _state(place, newest)
        if (self.layout.lost / f"{source.recording_id}-lost.parquet").exists() and state is State.LEFT:
            state = State.FAILED
        here = place if place.exists() else newest
        samples = _samples(here) if here else 0
        stays = state is State.FAILED and place.exists() and not task.settings.retry_failed
        if state is State.DONE or stays:
            return Standing(source.recording_id, state, samples, (), here)
        return Standing(source.recording_id, state, samples, self._steps(job, marks), here)

    def _steps(self, job: Job, marks: list[str]) -> tuple[str, ...]:
        stages = zip(self.recordings.stages, marks[1:], strict=True)
        kept = [(stage.name, self.recordings.kept_at(stage, job.source, mark)) for stage, mark in stages]
        return (DECODE, *(name for name, place in kept if not (place and place.exists())))


def _state(place: Path, newest: Path | None) -> State:
    if not place.exists():
        return State.STALE if newest else State.LEFT
    return State.FAILED if failed_of(read_rows(place, ["failed"])[0]["failed"]) else State.DONE


def _samples(place: Path) -> int:
    try:
        return read_rows(place, ["num_samples"])[0]["num_samples"] or 0
    except StorageError:
        return 0


def believed(sound: Path, newest: Path | None) -> str:
    """The mark of a recording's content as it was mined, where the recording is older than that; else read anew.

    A status that reads every byte of an archive would take as long as copying it.
    """
    try:
        if newest and sound.stat().st_mtime_ns < newest.stat().st_mtime_ns:
            held = read_rows(newest, ["source_sha256"])[0]["source_sha256"]
            return str(held) if held else content_mark(sound)
    except (OSError, StorageError):
        return content_mark(sound)
    return content_mark(sound)


def seconds_of(standing: Standing) -> float:
    return standing.samples / WORKING_RATE_HZ
