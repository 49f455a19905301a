"""One file from its address to its place, resumed where it broke off, believed only where everything agrees.

::

    DIR/<host>/<path>                    the file, whole
    DIR/.fetch/<host>/<path>.json        its address, ETag, size and sha256, or why it can't be had
    DIR/.fetch/<host>/<path>.part        what has come so far
    DIR/.fetch/<host>/<path>.part.json   of which version that is

A file is done where both it and its note are there and agree in size; nothing else records progress.
"""

from __future__ import annotations

import base64
import json
import os
import re
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wavelode.datasets.storage import file_sha256, write_text
from wavelode.pipelines.fetch.index import Entry
from wavelode.pipelines.fetch.manners import Again, Hosts, Manners, retry_after
from wavelode.schemas.errors import ErrorCode, InputError, MissingDependency, StorageError

_CHUNK_BYTES = 64 << 10
_BUSY = frozenset([408, 425, 429, 500, 502, 503, 504])
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_PAGES = (b"<!doctype html", b"<html", b"<?xml", b"<head", b"<script")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is there.

    Attributes:
        was_done: it was before.
    """

    place: str
    bytes: int
    sha256: str
    was_done: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """What is known of a file beside its bytes; ``failed`` is the stable code of why it can't be had."""

    url: str
    etag: str = ""
    modified: str = ""
    bytes: int = -1
    sha256: str = ""
    failed: str = ""
    message: str = ""

    @property
    def validator(self) -> str:
        """What tells versions apart; a weak ETag says that two are alike, not that their bytes are."""
        return self.modified if self.etag.startswith("W/") or not self.etag else self.etag


def read_note(path: Path) -> Note | None:
    """A note; None where there is none that can be read."""
    with suppress(OSError, ValueError, TypeError):
        return Note(**json.loads(path.read_text(encoding="utf-8")))
    return None


def note_of(root: Path, place: Path | str) -> Path:
    """Where the note of a file lies."""
    return root / ".fetch" / f"{place}.json"


class FetchFile:
    """Fetches one entry of an index; a callable that can be sent to a worker."""

    def __init__(self, root: Path, manners: Manners, retry_failed: bool = False) -> None:
        self.root = root
        self.manners = manners
        self.retry_failed = retry_failed
        self.hosts: Hosts | None = None

    def __call__(self, entry: Entry) -> Fetched:
        """The file, fetched now or before.

        Raises:
            InputError: if it can't be had; a note says so, and it is not tried again unless asked for.
            StorageError: where the disk refuses.
            MissingDependency: without the `fetch` extra.
        """
        place = entry.place
        if place is None:
            raise InputError(ErrorCode.NO_ADDRESS, f"{entry.url!r}: is no http address; mend the index")
        goal = Goal(self.root, str(place), entry)
        if done := goal.done(self.retry_failed):
            return done
        try:
            return self._insist(goal)
        except InputError as error:
            goal.keep(Note(entry.url, failed=error.code, message=error.message))
            raise
        except OSError as error:
            raise StorageError(f"{goal.path}: can't write it ({error.strerror}); free space") from error

    def _insist(self, goal: Goal) -> Fetched:
        failed, most = 0, goal.come
        while True:
            try:
                return Transfer(goal, self._hosts()).run()
            except Again as error:
                failed = 0 if goal.come > most else failed + 1
                most = max(most, goal.come)
                if failed >= self.manners.tries:
                    said = f"{goal.entry.url}: given up after {failed} tries ({error}); try again later"
                    raise InputError(error.code, said) from error
                time.sleep(self.manners.wait_s(failed, error.after_s))

    def _hosts(self) -> Hosts:
        if self.hosts is None:
            try:
                import requests
            except ImportError as error:
                message = "fetching needs Requests; run: pip install 'wavelode[fetch]'"
                raise MissingDependency(message) from error
            session = requests.Session()
            session.headers.update(self.manners.headers)
            self.hosts = Hosts(self.manners, session)
        return self.hosts


@dataclass(frozen=True, slots=True)
class Goal:
    """One file to be had, and its places on disk."""

    root: Path
    place: str
    entry: Entry

    @property
    def path(self) -> Path:
        return self.root / self.place

    @property
    def part(self) -> Path:
        return self.root / ".fetch" / f"{self.place}.part"

    @property
    def part_note(self) -> Path:
        return self.part.with_name(f"{self.part.name}.json")

    @property
    def come(self) -> int:
        """Bytes that are there of a version that is known; others are worth nothing."""
        note = read_note(self.part_note)
        if not (note and note.validator and note.url == self.entry.url and self.part.exists()):
            return 0
        return self.part.stat().st_size

    def done(self, retry_failed: bool) -> Fetched | None:
        """The file that is there; None where it is still to be fetched.

        Raises:
            InputError: if an earlier try said that it can't be had.
        """
        note = read_note(note_of(self.root, self.place))
        if note is None:
            return None
        if note.failed and not retry_failed:
            raise InputError(ErrorCode(note.failed), note.message)
        there = self.path.is_file() and self.path.stat().st_size == note.bytes
        wanted = self.entry.sha256.lower() in ("", note.sha256)
        return Fetched(self.place, note.bytes, note.sha256, was_done=True) if there and wanted else None

    def keep(self, note: Note, at: Path | None = None) -> None:
        write_text(json.dumps(asdict(note), indent=1) + "\n", at or note_of(self.root, self.place))

    def forget(self) -> None:
        """What has come is of no version that the server still has."""
        self.part.unlink(missing_ok=True)
        self.part_note.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Transfer:
    """One try: a request, its answer into the part, the part checked and put in its place."""

    goal: Goal
    hosts: Hosts

    def run(self) -> Fetched:
        """Raises:
        Again: what may go well another time.
        InputError: what will not.
        """
        import requests
        import urllib3

        url, come = self.goal.entry.url, self.goal.come
        self.hosts.enter(url)
        try:
            limit = self.hosts.manners.timeout_s
            asked = self._asked(come)
            with self.hosts.session.get(url, headers=asked, timeout=limit, stream=True) as answer:
                declared, digest = self._take(answer, come)
        except requests.exceptions.InvalidURL as error:
            raise InputError(ErrorCode.NO_ADDRESS, f"{url}: is no address; mend the index") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise Again(f"{type(error).__name__}") from error
        return self._finish(declared, digest)

    def _asked(self, come: int) -> dict[str, str]:
        note = read_note(self.goal.part_note)
        if not (come and note):
            return {}
        return {"Range": f"bytes={come}-", "If-Range": note.validator}

    def _take(self, answer: Any, come: int) -> tuple[int, str]:
        """Reads the answer into the part; the size and sha256 that the server declares, -1 and "" where it doesn't."""
        self._refuse(answer, come)
        note = Note(
            self.goal.entry.url, answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", "")
        )
        goes_on = answer.status_code == 206
        declared = self._continued(answer, note, come) if goes_on else _length(answer)
        if declared > self.hosts.manners.most_bytes:
            raise InputError(
                ErrorCode.TOO_LARGE, f"{self.goal.entry.url}: declares {declared} bytes; see --most-mb"
            )
        if not goes_on:
            self.goal.forget()
            self.goal.keep(note, self.goal.part_note)
        self._write(answer, "ab" if goes_on else "wb")
        return declared, _declared_sha256(answer.headers)

    def _refuse(self, answer: Any, come: int) -> None:
        status, url = answer.status_code, self.goal.entry.url
        if status in _BUSY:
            raise Again(f"the server answers {status}", retry_after(answer.headers))
        if status == 416 or (status == 206 and not come):
            self.goal.forget()
            raise Again("the server has no such part")
        if status not in (200, 206):
            raise InputError(ErrorCode.GONE, f"{url}: the server answers {status}; check the address")

    def _continued(self, answer: Any, note: Note, come: int) -> int:
        """The whole file's size, where the answer goes on just where the part ends, in the same version."""
        held = read_note(self.goal.part_note)
        told = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        same = held and note.validator in ("", held.validator)
        if not (told and same and int(told[1]) == come):
            self.goal.forget()
            raise Again("the server went on with something else", code=ErrorCode.NOT_AS_TOLD)
        return -1 if told[3] == "*" else int(told[3])

    def _write(self, answer: Any, mode: str) -> None:
        manners, begun, size = self.hosts.manners, time.monotonic(), 0
        self.goal.part.parent.mkdir(parents=True, exist_ok=True)
        with self.goal.part.open(mode) as file:
            # read1 gives what is there: whole chunks only would lose the last of what came before a break
            while chunk := answer.raw.read1(_CHUNK_BYTES, decode_content=True):
                file.write(chunk)
                size += len(chunk)
                took_s = time.monotonic() - begun
                if took_s > manners.timeout_s and size < manners.slowest_bytes_per_s * took_s:
                    raise Again("the transfer is too slow to come to an end")
                if file.tell() > manners.most_bytes:
                    raise InputError(
                        ErrorCode.TOO_LARGE, f"{self.goal.entry.url}: is too large; see --most-mb"
                    )
            os.fsync(file.fileno())

    def _finish(self, declared: int, digest: str) -> Fetched:
        """Puts the part in its place, where everything that was said of it is so."""
        goal, size = self.goal, self.goal.part.stat().st_size
        if declared >= 0 and size < declared:
            raise Again(f"{size} of {declared} bytes came", code=ErrorCode.TRUNCATED)
        sha256 = file_sha256(goal.part)
        wanted = {said for said in (digest, goal.entry.sha256.lower()) if said}
        if (declared >= 0 and size != declared) or wanted - {sha256}:
            goal.forget()
            raise Again("what came is not what was announced", code=ErrorCode.NOT_AS_TOLD)
        self._refuse_pages()
        told = read_note(goal.part_note) or Note(goal.entry.url)
        goal.keep(Note(goal.entry.url, told.etag, told.modified, size, sha256))
        goal.path.parent.mkdir(parents=True, exist_ok=True)
        goal.part.replace(goal.path)
        goal.part_note.unlink(missing_ok=True)
        return Fetched(goal.place, size, sha256)

    def _refuse_pages(self) -> None:
        """An error page under a recording's address, with the status of success."""
        with self.goal.part.open("rb") as file:
            head = file.read(200).lstrip(b"\xef\xbb\xbf \r\n\t").lower()
        if not head or (head.startswith(_PAGES) and Path(self.goal.place).suffix not in (".html", ".xml")):
            self.goal.forget()
            what = "a page" if head else "nothing"
            said = f"{self.goal.entry.url}: the server sends {what} in the file's place; check the address"
            raise InputError(ErrorCode.NOT_AS_TOLD, said)


def _length(answer: Any) -> int:
    said = answer.headers.get("Content-Length", "")
    plain = answer.headers.get("Content-Encoding", "identity") == "identity"
    return int(said) if said.isdigit() and plain else -1


def _declared_sha256(headers: Any) -> str:
    """The whole file's sha256 by Repr-Digest (RFC 9530), in hex; empty where it isn't said."""
    found = re.search(r"sha-256=:([A-Za-z0-9+/=]+):", headers.get("Repr-Digest", ""))
    with suppress(ValueError):
        return base64.b64decode(found[1]).hex() if found else ""
    return ""
