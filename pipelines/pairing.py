"""Which recordings there are, what is known of each, and which documents may belong to it.

From a manifest (CSV, JSONL or Parquet; a row per recording), or from the names of the files in two folders:
a recording and a document belong together where their names are equal up to the suffix, or where a name pattern
reads the same station, date and time out of both.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import langcodes
import pyarrow.parquet as pq

from wavelode.datasets.far import opened, reach
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
_MOST_ID_BYTES = 120
"""File systems allow 255 bytes for a name; a fingerprint and more come after the id."""
DEFAULT_PATTERN = "{language}_{station}_{date}_{time}"

_FIELDS = {
    "language": r"[^\W\d_]+(?:-[^\W_]+)*",
    "station": r".+?",
    "programme": r".+?",
    "date": r"\d{4}-?\d{2}-?\d{2}",
    "time": r"\d{1,2}[:.]?\d{2}",
}


@dataclass(frozen=True, slots=True)
class Printed:
    """A document to be read; `uri` counts from the settings' `documents_root`."""

    document_id: str
    uri: str
    language: str


@dataclass(frozen=True, slots=True)
class Archive:
    """All that a run begins with.

    Attributes:
        other_language: recordings left aside because their names say they are in another language.
    """

    sources: tuple[Source, ...]
    documents: tuple[Printed, ...]
    other_language: int = 0


@dataclass(frozen=True, slots=True)
class _Item:
    """One recording as the manifest or the folder tells it: addresses within the settings' roots, not yet checked."""

    audio: str
    documents: tuple[str, ...]
    known: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.known.get("recording_id") or _stem(self.audio)


def find_archive(settings: Settings, document_suffixes: frozenset[str]) -> Archive:
    """The run's recordings and documents, in order of their names.

    Raises:
        SettingsError: where folders or manifest are missing or can't be read, or no language is known.
    """
    settings = settings.model_copy(update={"language": _known_language(settings.language)})
    if settings.manifest:
        items = list(_from_manifest(settings.manifest))
        stray: list[str] = []
    else:
        items, stray = _from_folders(settings, document_suffixes)
    wanted = [item for item in items if _language(item, settings) is not None]
    return _archive(wanted, stray, settings, len(items) - len(wanted))


def _archive(items: list[_Item], stray: list[str], settings: Settings, other_language: int) -> Archive:
    ids = _ids([item.name for item in items], [item.audio for item in items])
    printed = list(dict.fromkeys([*(name for item in items for name in item.documents), *stray]))
    document_ids = dict(zip(printed, _ids([_stem(name) for name in printed], printed), strict=True))
    languages = {name: _language(item, settings) for item in items for name in item.documents}
    sources = [
        _source(item, id_, [document_ids[name] for name in item.documents], settings)
        for item, id_ in zip(items, ids, strict=True)
    ]
    documents = [
        Printed(document_ids[name], name, languages.get(name) or settings.language or "und")
        for name in printed
    ]
    return Archive(
        tuple(sorted(sources, key=lambda s: s.recording_id)),
        tuple(sorted(documents, key=lambda d: d.document_id)),
        other_language,
    )


def _source(item: _Item, recording_id: str, document_ids: list[str], settings: Settings) -> Source:
    known = item.known
    return Source(
        recording_id=recording_id,
        audio_uri=item.audio,
        language=_language(item, settings) or "und",
        document_ids=tuple(document_ids),
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
    seen: set[str] = set()
    for number, row in enumerate(_rows(path), 1):
        known = {str(key): _cell(value) for key, value in row.items() if _cell(value)}
        item = _Item(known.get("audio", ""), tuple(_several(known.get("documents", ""))), known)
        if wrong := _wrong_with(item, seen):
            raise SettingsError(f"{path}: row {number}: {wrong}; columns are {', '.join(COLUMNS)}")
        seen.add(item.name)
        yield item


def _cell(value: Any) -> str:
    """A cell as text; empty where there is nothing in it."""
    if isinstance(value, list):
        return ";".join(map(_cell, value))
    return "" if value is None or value != value else str(value).strip()


def _several(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _wrong_with(item: _Item, seen: set[str]) -> str:
    if "None" in item.known:
        return "more cells than columns"
    if unknown := sorted(set(item.known) - set(COLUMNS)):
        return f"unknown column {unknown[0]!r}"
    if not PurePosixPath(item.audio).name:
        return "no 'audio'"
    return f"the recording {item.name!r} is there twice" if item.name in seen else ""


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        if path.suffix == ".parquet":
            rows: list[dict[str, Any]] = pq.read_table(opened(reach(path))).to_pylist()
            return rows
        text = reach(path).read_text(encoding="utf-8-sig")
        if path.suffix == ".jsonl":
            return [dict(json.loads(line)) for line in text.split("\n") if line.strip()]
        return list(csv.DictReader(io.StringIO(text, newline="")))
    except (OSError, TypeError, ValueError, csv.Error) as error:
        said = " ".join(str(error).split())
        raise SettingsError(
            f"{path}: can't be read as a manifest ({said}); use CSV, JSONL or Parquet"
        ) from None


# Folders


def _from_folders(settings: Settings, document_suffixes: frozenset[str]) -> tuple[list[_Item], list[str]]:
    """The recordings, and the documents that belong to none of them."""
    if settings.audio is None:
        raise SettingsError("no recordings given: name a folder with --audio or a table with --manifest")
    recordings = _listed(settings.audio, AUDIO_SUFFIXES, "audio")
    printed = _listed(settings.documents, document_suffixes, "documents") if settings.documents else []
    reads = _pattern(settings.name_pattern or DEFAULT_PATTERN)
    by_key: dict[str, list[str]] = {}
    for name in printed:
        by_key.setdefault(_key(name, reads), []).append(name)
    items = [_Item(n, tuple(by_key.get(_key(n, reads), ())), _fields(n, reads)) for n in recordings]
    used = {name for item in items for name in item.documents}
    return items, [n for n in printed if n not in used and _in_language(n, reads, settings)]


def _in_language(name: str, reads: re.Pattern[str], settings: Settings) -> bool:
    said = language_code(_fields(name, reads).get("language", ""))
    return not said or not settings.language or said.split("-")[0] == settings.language.split("-")[0]


def _listed(folder: Path, suffixes: frozenset[str], what: str) -> list[str]:
    """The names, relative to a folder, of the files below it that have one of the suffixes."""
    folder = reach(folder)
    if not folder.is_dir():
        raise SettingsError(f"{folder}: there is no such folder; check --{what}")
    found = (p for p in folder.rglob("*") if p.suffix.lower() in suffixes and p.is_file())
    return sorted(p.relative_to(folder).as_posix() for p in found)


def _stem(name: str) -> str:
    path = PurePosixPath(name)
    return str(path.with_suffix("")) if path.name else name


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
        return f"={_stem(name)}"
    return json.dumps({k: re.sub(r"[-:.]", "", v).casefold() for k, v in sorted(fields.items())})


# Names


def _ids(names: list[str], addresses: list[str]) -> list[str]:
    """A distinct id for each name, fit for a file name: the name itself where that is possible.

    Args:
        addresses: what tells two things of one name apart.
    """
    flat = [name.replace("/", "__") for name in names]
    plain = [re.sub(r"[^\w.-]+", "-", name).strip(".-") for name in flat]
    often = Counter(p.casefold() for p in plain)  # some file systems don't tell "A" from "a"
    return [
        p
        if p == f and often[p.casefold()] == 1 and len(p.encode()) <= _MOST_ID_BYTES
        else f"{_cut(p)}-{_short(address)}"
        for p, f, address in zip(plain, flat, addresses, strict=True)
    ]


def _cut(name: str) -> str:
    return name.encode()[:_MOST_ID_BYTES].decode(errors="ignore")


def _short(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]


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
