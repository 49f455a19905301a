"""Plain text: UTF-8 with or without a mark, UTF-16 with one; an empty line ends a paragraph."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wavelode.pipelines.documents.base import Line
from wavelode.schemas.errors import ErrorCode, InputError
from wavelode.schemas.settings import DocumentSettings


@dataclass(frozen=True, slots=True)
class PlainReader:
    """A `Reader` of text files."""

    version: str = "1"
    text_source: str = "plain"

    def lines(self, path: Path, language: str, settings: DocumentSettings) -> Iterator[Line]:
        """Raises:
        InputError: not_a_document, where the bytes are no text.
        """
        after_gap = False
        for line in _decoded(path).splitlines():
            if line.strip():
                yield Line(line.strip(), after_gap)
            after_gap = not line.strip()


def _decoded(path: Path) -> str:
    data = path.read_bytes()
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            ErrorCode.NOT_A_DOCUMENT, f"{path.name}: is not UTF-8 text (byte {error.start}); save it as UTF-8"
        ) from error
