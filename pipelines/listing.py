"""What a run begins with, however much it is: recordings and documents in a table on disk, drawn one after the other.

The table is SQLite's own temporary kind: small archives stay in memory, larger ones in a file without a name
(in `SQLITE_TMPDIR` or `TMPDIR`) that goes with the process. It is no record of progress.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath

from wavelode.schemas.errors import StorageError
from wavelode.schemas.records import Source

_MOST_ID_BYTES = 120
"""File systems allow 255 bytes for a name; a fingerprint and more come after the id."""
_CACHE_KB = 64_000
_TABLES = """
CREATE TABLE recording (
    row INTEGER PRIMARY KEY, uri BLOB, id BLOB, fits INTEGER, folded BLOB, name BLOB, documents TEXT, known TEXT
);
CREATE TABLE document (
    uri BLOB PRIMARY KEY, id BLOB, fits INTEGER, folded BLOB, language TEXT
) WITHOUT ROWID;
"""
_TELL_APART = """
CREATE TABLE crowded_{0} (folded BLOB PRIMARY KEY) WITHOUT ROWID;
INSERT INTO crowded_{0} SELECT folded FROM {0} GROUP BY folded HAVING COUNT(*) > 1;
UPDATE {0} SET id = apart(id, uri) WHERE NOT fits OR folded IN (SELECT folded FROM crowded_{0});
"""
_PLAIN = re.compile(r"((?:[^/.][^/]*/)*[^/.][^/]*)\.[^/.]+", re.DOTALL)
"""An address with a suffix and with nothing in it that pathlib makes simpler."""
_KNOWN = ("language", "station", "programme_id", "aired_at", "license")


@dataclass(frozen=True, slots=True)
class Printed:
    """A document to be read; `uri` counts from the settings' `documents_root`."""

    document_id: str
    uri: str
    language: str


@dataclass(frozen=True, slots=True)
class Named:
    """A recording before it has an id.

    Attributes:
        row: its place where it was found, from 1 on; nobody else's.
        name: what its id is made of.
        source: what is known of it, ids left out.
        documents: addresses of those that may belong to it.
    """

    row: int
    name: str
    source: Source
    documents: tuple[str, ...] = ()


class Listing:
    """Recordings and documents, each under a distinct id that is fit for a file name.

    Attributes:
        other_language: recordings left aside because their names say they are in another language.
    """

    def __init__(self, recordings: Iterable[Named], stray: Iterable[Printed] = ()) -> None:
        """Takes all of them in, one after the other.

        Args:
            stray: documents that belong to no recording, drawn when all recordings are; their ids are not looked at.
        """
        self.other_language = 0
        self._held = sqlite3.connect("", isolation_level=None)
        self._held.create_function("apart", 2, _apart, deterministic=True)
        pragmas = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
        self._held.executescript(f"{pragmas} PRAGMA cache_size = -{_CACHE_KB}; {_TABLES} BEGIN;")
        for one in recordings:
            self._add(one)
        for printed in stray:
            self._add_document(printed.uri, printed.language)
        self._held.executescript(f"{_TELL_APART.format('document')} {_TELL_APART.format('recording')}")

    def __len__(self) -> int:
        return self._count("recording")

    @property
    def num_documents(self) -> int:
        return self._count("document")

    def _count(self, table: str) -> int:
        count: int = self._held.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
        return count

    def _add(self, one: Named) -> None:
        source = one.source
        known = json.dumps([getattr(source, name) for name in _KNOWN])
        values = (one.row, _bytes(source.audio_uri), *_named(one.name), _bytes(one.name))
        self._held.execute(
            "INSERT INTO recording VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, json.dumps(one.documents), known),
        )
        for uri in one.documents:
            self._add_document(uri, source.language)

    def _add_document(self, uri: str, language: str) -> None:
        """Once, however often it is named; the last language that it was named with holds."""
        self._held.execute(
            "INSERT INTO document VALUES (?, ?, ?, ?, ?) ON CONFLICT (uri) DO UPDATE SET language = excluded.language",
            (_bytes(uri), *_named(stem(uri)), language),
        )

    def twice(self) -> tuple[int, str] | None:
        """The first recording that has the name of one before it, and its row."""
        seen = set()
        crowded = "SELECT folded FROM crowded_recording"
        for row, name in self._held.execute(
            f"SELECT row, name FROM recording WHERE folded IN ({crowded}) ORDER BY row"
        ):
            if name in seen:
                return row, _text(name)
            seen.add(name)
        return None

    def remove(self, recording_ids: Iterable[str]) -> None:
        """Takes recordings out again."""
        given = [(_bytes(name),) for name in recording_ids]
        self._held.executemany("DELETE FROM recording WHERE id = ?", given)

    def sources(self, most: int = -1) -> Iterator[Source]:
        """The recordings in order of their ids; or so many of them as they come, to look at."""
        how = "ORDER BY id" if most < 0 else "LIMIT ?"
        rows = self._held.execute(
            f"SELECT id, uri, documents, known FROM recording {how}", () if most < 0 else (most,)
        )
        for id_, uri, documents, known in rows:
            of_it = tuple(self._id_of(name) for name in json.loads(documents))
            told = dict(zip(_KNOWN, json.loads(known), strict=True))
            yield Source(_text(id_), _text(uri), document_ids=of_it, **told)

    def _id_of(self, uri: str) -> str:
        found = self._held.execute("SELECT id FROM document WHERE uri = ?", (_bytes(uri),))
        return _text(found.fetchone()[0])

    def documents(self) -> Iterator[Printed]:
        """In order of their ids."""
        for id_, uri, language in self._held.execute("SELECT id, uri, language FROM document ORDER BY id"):
            yield Printed(_text(id_), _text(uri), language)


@contextmanager
def kept_on_disk() -> Iterator[None]:
    """Raises:
    StorageError: where there is no space for the tables of a run that works within the block.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise StorageError(
            f"the listing can't be kept in {tempfile.gettempdir()} ({error}); free space there or set TMPDIR"
        ) from error


def stem(address: str) -> str:
    """A file's address without its suffix, as pathlib sees it, which takes ten times as long.

    >>> stem("a/b.c.mp3"), stem("a/.mp3"), stem("./a.mp3")
    ('a/b.c', 'a/.mp3', 'a')
    """
    if plain := _PLAIN.fullmatch(address):
        return plain[1]
    path = PurePosixPath(address)
    return str(path.with_suffix("")) if path.name else address


def _named(name: str) -> tuple[bytes, bool, bytes]:
    """The id that a name would make, whether it may be one, and what must be nobody else's if it is."""
    flat = name.replace("/", "__")
    plain = re.sub(r"[^\w.-]+", "-", flat).strip(".-")
    fits = plain == flat and len(plain.encode()) <= _MOST_ID_BYTES
    return _bytes(plain), fits, _bytes(plain.casefold())  # some file systems don't tell "A" from "a"


def _apart(plain: bytes, address: bytes) -> bytes:
    """An id that no other address has."""
    cut = plain[:_MOST_ID_BYTES].decode(errors="ignore")
    return f"{cut}-{hashlib.sha256(address).hexdigest()[:8]}".encode()


def _bytes(text: str) -> bytes:
    """For a column: names of files may hold what is no text."""
    return text.encode("utf-8", "surrogatepass")


def _text(held: bytes) -> str:
    return held.decode("utf-8", "surrogatepass")
