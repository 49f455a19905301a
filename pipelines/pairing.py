"""Which recordings there are, what is known of each, and which documents may belong to it.

From a manifest (CSV, JSONL or Parquet; a row per recording), or from the names of the files in two folders:
a recording and a document belong together where their names are equal up to the suffix, or where a name pattern
reads the same station, date and time out of both.
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

import langcodes
import pyarrow.parquet as pq

from wavelode.datasets.far import at_hand, reach
from wavelode.pipelines.listing import Listing, Named, Printed, stem
from wavelode.schemas.errors import ErrorCode, InputError, SettingsError
from wavelode.schemas.records import Source
from wavelode.schemas.settings import Settings

AUDIO_SUFFIXES = frozenset(
    [
        ".mp3",
        ".m4a",
        ".aac",
        ".mp4",
        ".m4v",
        ".mov",
        ".mkv",
        ".webm",
        ".wav",
        ".flac",
        ".ogg",
        ".oga",
        ".opus",
        ".wma",
        ".amr",
        ".aif",
        ".aiff",
        ".mp2",
        ".3gp",
        ".ts",
    ]
)
COLUMNS = (
    "audio",
    "documents",
    "language",
    "station",
    "programme",
    "date",
    "time",
    "license",
    "recording_id",
)
_BATCH_ROWS = 10_000
DEFAULT_PATTERN = "{language}_{station}_{date}_{time}"

_FIELDS = {
    "language": r"[^\W\d_]+(?:-[^\W_]+)*",
    "station": r".+?",
    "programme": r".+?",
    "date": r"\d{4}-?\d{2}-?\d{2}",
    "time": r"\d{1,2}[:.]?\d{2}",
}


@dataclass(frozen=True, slots=True)
class Archive:
    """All that a run begins with, held at once.

    Attributes:
        other_language: recordings left aside because their names say they are in another language.
    """

    sources: tuple[Source, ...]
    documents: tuple[Printed, ...]
    other_language: int = 0


@dataclass(frozen=True, slots=True)
class _Item:
    """One recording as the manifest or the folder tells it: addresses within the settings' roots, not yet checked.

    Attributes:
        row: its place in the table or the folder, from 1 on.
    """

    row: int
    audio: str
    documents: tuple[str, ...]
    known: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.known.get("recording_id") or stem(self.audio)


def find_archive(settings: Settings, document_suffixes: frozenset[str]) -> Archive:
    """`list_archive` in memory, for whoever looks at all of it again and again."""
    listing = list_archive(settings, document_suffixes)
    return Archive(tuple(listing.sources()), tuple(listing.documents()), listing.other_language)


def list_archive(settings: Settings, document_suffixes: frozenset[str]) -> Listing:
    """The run's recordings and documents, in order of their names, however many there are.

    A manifest is read a row at a time; of folders, the names of all documents are held.

    Raises:
        SettingsError: where folders or manifest are missing or can't be read, or no language is known.
    """
    settings = settings.model_copy(update={"language": _known_language(settings.language)})
    stray: Iterable[Printed] = ()
    if settings.manifest:
        items = _from_manifest(settings.manifest)
    else:
        items, stray = _from_folders(settings, document_suffixes)
    aside: Counter[str] = Counter()
    listing = Listing(_wanted(items, settings, aside), stray)
    listing.other_language = aside["other language"]
    if settings.manifest and (twice := listing.twice()):
        raise _wrong_row(settings.manifest, twice[0], f"the recording {twice[1]!r} is there twice")
    return listing


def _wanted(items: Iterable[_Item], settings: Settings, aside: Counter[str]) -> Iterator[Named]:
    """The recordings in the run's language; the others are counted."""
    for item in items:
        language = _language(item, settings)
        if language is None:
            aside["other language"] += 1
        else:
            yield Named(item.row, item.name, _source(item, language, settings), item.documents)


def _source(item: _Item, language: str, settings: Settings) -> Source:
    """What is known of a recording but its ids, which the listing gives."""
    known = item.known
    return Source(
        recording_id="",
        audio_uri=item.audio,
        language=language,
        station=known.get("station") or None,
        programme_id=known.get("programme") or None,
        aired_at=" ".join(filter(None, [known.get("date"), known.get("time")])) or None,
        license=known.get("license") or settings.license or None,
    )


def _language(item: _Item, settings: Settings) -> str | None:
    """The recording's language, or None where it is known to be another than the run's."""
    said = language_code(item.known.get("language", ""))
    wanted = settings.language
    if said and wanted and said.split("-")[0] != wanted.split("-")[0]:
        return None
    if not (said or wanted):
        raise SettingsError(
            f"{item.name}: its language is not known; give --language or a manifest that says it"
        )
    return wanted if wanted and said in ("", wanted.split("-")[0]) else said


def _known_language(name: str) -> str:
    """The code of the language a run was given, or nothing where it was given none.

    Raises:
        SettingsError: if there is no such language.
    """
    code = language_code(name)
    if name and not code:
        raise SettingsError(
            f"language {name!r}: there is no such language; give a code such as 'hi' or 'en-IN'"
        )
    return code


@lru_cache(1024)
def language_code(name: str) -> str:
    """The BCP-47 code of a language's code or English name; empty where there is none.

    >>> language_code("Hindi"), language_code("pt-BR"), language_code("nonsense")
    ('hi', 'pt-BR', '')
    """
    try:
        return str(langcodes.get(name)) if langcodes.tag_is_valid(name) else str(langcodes.find(name))
    except (LookupError, ValueError):
        return ""


# Manifests


def _from_manifest(path: Path) -> Iterator[_Item]:
    for number, row in enumerate(_rows(path), 1):
        known = {str(key): cell for key, value in row.items() if (cell := _cell(value))}
        item = _Item(number, known.get("audio", ""), tuple(_several(known.get("documents", ""))), known)
        if wrong := _wrong_with(item):
            raise _wrong_row(path, number, wrong)
        yield item


def _wrong_row(path: Path, number: int, wrong: str) -> SettingsError:
    return SettingsError(f"{path}: row {number}: {wrong}; columns are {', '.join(COLUMNS)}")


def _cell(value: Any) -> str:
    """A cell as text; empty where there is nothing in it."""
    if isinstance(value, list):
        return ";".join(map(_cell, value))
    return "" if value is None or value != value else str(value).strip()


def _several(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _wrong_with(item: _Item) -> str:
    if "None" in item.known:
        return "more cells than columns"
    if unknown := sorted(set(item.known) - set(COLUMNS)):
        return f"unknown column {unknown[0]!r}"
    return "" if PurePosixPath(item.audio).name else "no 'audio'"


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a table, read as they are asked for."""
    try:
        with at_hand(reach(path)) as local:
            yield from _READERS.get(path.suffix, _csv_rows)(local)
    except (OSError, TypeError, ValueError, csv.Error) as error:
        said = " ".join(str(error).split())
        raise SettingsError(
            f"{path}: can't be read as a manifest ({said}); use CSV, JSONL or Parquet"
        ) from None


def _csv_rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _jsonl_rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        yield from (dict(json.loads(line)) for line in file if line.strip())


def _parquet_rows(path: Path) -> Iterator[dict[str, Any]]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_BATCH_ROWS):
            yield from batch.to_pylist()


_READERS = {".parquet": _parquet_rows, ".jsonl": _jsonl_rows}


# Folders


def _from_folders(
    settings: Settings, document_suffixes: frozenset[str]
) -> tuple[Iterator[_Item], Iterator[Printed]]:
    """The recordings, and the documents that belong to none of them, which are known once all recordings are drawn."""
    if settings.audio is None:
        raise SettingsError("no recordings given: name a folder with --audio or a table with --manifest")
    recordings = _listed(settings.audio, AUDIO_SUFFIXES, "audio")
    printed = _listed(settings.documents, document_suffixes, "documents") if settings.documents else ()
    reads = _pattern(settings.name_pattern or DEFAULT_PATTERN)
    by_key: dict[str, list[str]] = {}
    for name in sorted(printed):
        by_key.setdefault(_key(name, reads), []).append(name)
    used: set[str] = set()

    def items() -> Iterator[_Item]:
        for row, name in enumerate(recordings, 1):
            key = _key(name, reads)
            used.add(key)
            yield _Item(row, name, tuple(by_key.get(key, ())), _fields(name, reads))

    stray = (
        Printed("", name, settings.language or "und")
        for key, names in by_key.items()
        for name in names
        if key not in used and _in_language(name, reads, settings)
    )
    return items(), stray


def _in_language(name: str, reads: re.Pattern[str], settings: Settings) -> bool:
    said = language_code(_fields(name, reads).get("language", ""))
    return not said or not settings.language or said.split("-")[0] == settings.language.split("-")[0]


def _listed(folder: Path, suffixes: frozenset[str], what: str) -> Iterator[str]:
    """The names, relative to a folder, of the files below it that have one of the suffixes, in no order."""
    folder = reach(folder)
    if not folder.is_dir():
        raise SettingsError(f"{folder}: there is no such folder; check --{what}")
    found = (p for p in folder.rglob("*") if p.suffix.lower() in suffixes and p.is_file())
    return (p.relative_to(folder).as_posix() for p in found)


def _pattern(pattern: str) -> re.Pattern[str]:
    """A name pattern as a regular expression over a file name without its suffix."""
    parts = re.split(r"\{(\w+)\}", pattern)
    unknown = [name for name in parts[1::2] if name not in _FIELDS]
    twice = [name for name, often in Counter(parts[1::2]).items() if often > 1]
    if unknown or twice or len(parts) == 1:
        what = (
            f"unknown field {{{unknown[0]}}}" if unknown else f"names {{{twice[0]}}} twice" if twice else ""
        )
        what = what or "it names no field"
        known = ", ".join(f"{{{name}}}" for name in _FIELDS)
        raise SettingsError(f"name_pattern {pattern!r}: {what}; fields are {known}")
    pieces = [
        re.escape(part) if i % 2 == 0 else f"(?P<{part}>{_FIELDS[part]})" for i, part in enumerate(parts)
    ]
    return re.compile("".join(pieces))


def _fields(name: str, reads: re.Pattern[str]) -> dict[str, str]:
    """What the pattern reads out of a name; a first field that is no language says nothing of the language."""
    found = reads.fullmatch(PurePosixPath(name).stem)
    return {key: value for key, value in found.groupdict().items() if value} if found else {}


def _key(name: str, reads: re.Pattern[str]) -> str:
    fields = _fields(name, reads)
    if not fields:
        return f"={stem(name)}"
    return json.dumps({k: re.sub(r"[-:.]", "", v).casefold() for k, v in sorted(fields.items())})


# Names


def check_name(uri: str) -> None:
    """Refuses names that could do harm where a path or a page is made of them.

    Raises:
        InputError: unsafe_name, for a path that leaves its folder, markup or control characters.
    """
    name = PurePosixPath(uri).name
    if ".." in PurePosixPath(uri).parts or name.startswith(".."):
        raise _unsafe(uri, "it points out of its folder")
    if any(c in "<>\\" or unicodedata.category(c) in {"Cc", "Cs"} for c in name):
        raise _unsafe(uri, "it holds markup or control characters")


def _unsafe(name: str, why: str) -> InputError:
    shown = name.encode("unicode_escape").decode()
    return InputError(ErrorCode.UNSAFE_NAME, f"{shown}: the name is not safe: {why}; rename the file")
