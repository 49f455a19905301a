"""An index of an archive: a CSV table, plain or gzipped, with a row per file: url, station, language, date, time."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from wavelode.schemas.errors import SettingsError

COLUMNS = ("url", "station", "language", "date", "time", "sha256")
"""Others are passed over; only ``url`` must be there."""
_DATES = ("%d %b %Y", "%d %B %Y", "%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y", "%Y%m%d")
_MOST_SEGMENT_BYTES = 100
_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of an index; what it says, spaces at the ends aside.

    Attributes:
        sha256: what the file must hash to, in hex, where the index knows it.
    """

    url: str
    station: str = ""
    language: str = ""
    date: str = ""
    time: str = ""
    sha256: str = ""

    @property
    def day(self) -> str:
        """The date as YYYY-MM-DD where it can be read, else as it stands.

        >>> Entry("", date="09 Aug 2025").day
        '2025-08-09'
        """
        for form in _DATES:
            with suppress(ValueError):
                return datetime.strptime(self.date, form).strftime("%Y-%m-%d")
        return self.date

    @property
    def bulletin(self) -> tuple[str, str, str, str]:
        """What a recording and its document have in common."""
        return self.language.casefold(), self.station.casefold(), self.day, re.sub(r"\W", "", self.time)

    @property
    def place(self) -> PurePosixPath | None:
        """Where its file rests, from the folder of all: host and path of the address; None without an address.

        >>> str(Entry("https://a.org/2025/08/b%20c.mp3").place)
        'a.org/2025/08/b-c-413dee08.mp3'
        """
        try:
            parts = urlsplit(self.url)
            host = parts.hostname
        except ValueError:
            return None
        if parts.scheme not in ("http", "https") or not host:
            return None
        names = [name for name in parts.path.split("/") if name] or ["index"]
        if parts.query:
            names[-1] = _marked(names[-1], f"{names[-1]}?{parts.query}")
        port = f"-{parts.port}" if parts.port else ""
        return PurePosixPath(_safe(host + port), *(_safe(name) for name in names))


def _safe(segment: str) -> str:
    """A name no file system objects to; a hash tells apart what became alike."""
    plain = _UNSAFE.sub("-", unquote(segment)).lstrip(".-") or "-"
    if plain == segment and len(plain.encode()) <= _MOST_SEGMENT_BYTES:
        return plain
    return _marked(plain, segment)


def _marked(name: str, told: str) -> str:
    path = PurePosixPath(name)
    mark = hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    stem = path.stem.encode()[: _MOST_SEGMENT_BYTES - 30].decode(errors="ignore")
    return f"{stem}-{mark}{path.suffix[:20]}"


def read_indexes(paths: Iterable[Path]) -> Iterator[Entry]:
    """The rows of all, one after the other, each address once; none is held longer than its hash.

    Raises:
        SettingsError: if one can't be read or has no column ``url``.
    """
    seen: set[bytes] = set()
    for path in paths:
        for entry in _read(path):
            mark = hashlib.blake2b(entry.url.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            if mark not in seen:
                seen.add(mark)
                yield entry


def _read(path: Path) -> Iterator[Entry]:
    try:
        with _opened(path) as text:
            rows = csv.DictReader(text)
            if "url" not in (rows.fieldnames or ()):
                raise SettingsError(f"{path}: has no column 'url'; columns are {', '.join(COLUMNS)}")
            for row in rows:
                yield Entry(*((row.get(name) or "").strip() for name in COLUMNS))
    except (OSError, EOFError, ValueError, csv.Error, zlib.error) as error:
        said = " ".join(str(error).split())
        raise SettingsError(f"{path}: can't be read as an index ({said}); use CSV, plain or .gz") from None


def _opened(path: Path) -> io.TextIOBase:
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.open(path, "rb"), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")
