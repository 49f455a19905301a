"""Subtitles (SubRip, WebVTT), by pysubs2: the texts that follow on each other, without times and markup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wavelode.pipelines.documents.base import Line
from wavelode.pipelines.documents.plain import decoded
from wavelode.schemas.errors import ErrorCode, InputError, MissingDependency
from wavelode.schemas.settings import DocumentSettings

_PAUSE_MS = 2_000
"""After so long without a subtitle the next one begins something new."""


@dataclass(frozen=True, slots=True)
class SubtitleReader:
    """A `Reader` of srt and vtt."""

    version: str = "1"
    text_source: str = "subtitles"

    def depends_on(self, language: str) -> str:
        return ""

    def lines(self, path: Path, language: str, settings: DocumentSettings) -> Iterator[Line]:
        """Raises:
        InputError: not_a_document.
        MissingDependency: without the `documents` extra.
        """
        last, said = -_PAUSE_MS, ""
        for event in _events(path, language):
            for n, text in enumerate(event.plaintext.split("\n")):
                if text.strip() and text.strip() != said:  # captions that roll up tell a line twice
                    said = text.strip()
                    yield Line(
                        said.removeprefix("- "),
                        (n == 0 and event.start - last > _PAUSE_MS) or said[:2] == "- ",
                    )
            last = event.end


def _events(path: Path, language: str) -> list[Any]:
    try:
        import pysubs2
    except ImportError as error:
        raise MissingDependency(
            "reading subtitles needs pysubs2: pip install 'wavelode[documents]'"
        ) from error
    try:
        read = pysubs2.SSAFile.from_string(
            decoded(path, language)[0], format_=path.suffix.lower().lstrip(".")
        )
    except (pysubs2.exceptions.Pysubs2Error, ValueError, IndexError) as error:
        raise InputError(
            ErrorCode.NOT_A_DOCUMENT, f"{path.name}: can't be read as subtitles; check its format"
        ) from error
    return sorted((event for event in read if not event.is_comment), key=lambda event: event.start)
