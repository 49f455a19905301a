"""Plain text: UTF-8, UTF-16 with its mark, or what its bytes are most like; an empty line ends a paragraph."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from langcodes import Language

from wavelode.pipelines.documents.base import Line
from wavelode.schemas.errors import ErrorCode, InputError, MissingDependency
from wavelode.schemas.settings import DocumentSettings

_LOOKED_AT = 1 << 20


@dataclass(frozen=True, slots=True)
class PlainReader:
    """A `Reader` of text files."""

    version: str = "2"
    text_source: str = "plain"

    def depends_on(self, language: str) -> str:
        return ""

    def lines(self, path: Path, language: str, settings: DocumentSettings) -> Iterator[Line]:
        """Raises:
        InputError: not_a_document, where the bytes are no text.
        MissingDependency: they aren't UTF-8, and the `documents` extra is absent.
        """
        text, how = decoded(path, language)
        after_gap, source = False, f"plain+{how}" if how else ""
        for line in text.splitlines():
            if line.strip():
                yield Line(line.strip(), after_gap, source=source)
            after_gap = not line.strip()


def decoded(path: Path, language: str) -> tuple[str, str]:
    """The text of a file, and the encoding where it had to be guessed.

    Raises:
        InputError: not_a_document, where the bytes are no text.
        MissingDependency: nothing guesses without the `documents` extra.
    """
    data = path.read_bytes()
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig"), ""
    except UnicodeDecodeError as error:
        return _guessed(path, data, error.start, language)


def _guessed(path: Path, data: bytes, wrong_at: int, language: str) -> tuple[str, str]:
    """Raises InputError unless the bytes are mostly like one encoding's."""
    try:
        from charset_normalizer import from_bytes
    except ImportError as error:
        raise MissingDependency("text that isn't UTF-8 needs pip install 'wavelode[documents]'") from error
    likely = from_bytes(data[:_LOOKED_AT])
    best, name = likely.best(), Language.get(language).display_name()
    if best is not None:  # of those that fit as well, the one that is written in the language
        best = next((r for r in likely if r.language == name and r.percent_chaos <= best.percent_chaos), best)
    if best is None or b"\0" in data[:_LOOKED_AT].replace(b"\0\n", b""):
        raise InputError(
            ErrorCode.NOT_A_DOCUMENT,
            f"{path.name}: is no text in an encoding we can tell (byte {wrong_at} isn't UTF-8); save it as UTF-8",
        )
    return data.decode(best.encoding, errors="replace"), best.encoding
