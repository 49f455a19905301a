"""A document file to its sentences: the reader for its kind, then paragraphs, then sentences with their place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from wavelode.alignment.text import split_sentences, tokens
from wavelode.pipelines.documents.base import Line, Reader
from wavelode.pipelines.documents.ligatures import VERSION as LIGATURES
from wavelode.pipelines.documents.ligatures import restore
from wavelode.pipelines.documents.pdf import PdfReader
from wavelode.pipelines.documents.plain import PlainReader
from wavelode.pipelines.documents.wordlist import known_words
from wavelode.schemas.errors import ErrorCode, InputError
from wavelode.schemas.records import Box, Sentence
from wavelode.schemas.settings import DocumentSettings

VERSION = "3"
_READERS: dict[str, Reader] = {".pdf": PdfReader(), ".txt": PlainReader()}
SUFFIXES = frozenset(_READERS)

_RULE = re.compile(r"^[\W_]+$")
_SLUG = re.compile(r"^[^.!?।]{1,60}:[\s\-–]*$")


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Joined lines, and where in the text each of them begins."""

    text: str
    starts: tuple[int, ...]
    lines: tuple[Line, ...]

    def place(self, start: int, end: int) -> tuple[int | None, Box | None]:
        """The page that ``[start, end)`` begins on, and the box around its lines there."""
        own = [
            line
            for line, at, to in zip(self.lines, self.starts, (*self.starts[1:], len(self.text)), strict=True)
            if at < end and to > start
        ]
        page, box = own[0].page, own[0].box
        for line in own[1:]:
            if line.page == page and box and line.box:
                box = box | line.box
        return page, box


def reader_version(path: Path) -> str:
    """What the sentences of this kind of file depend on besides its bytes and the settings."""
    reader = _READERS.get(path.suffix.lower())
    return f"{VERSION}/{LIGATURES}/{path.suffix.lower()}/{reader.version if reader else '-'}"


def read_sentences(
    path: Path, document_id: str, language: str, settings: DocumentSettings
) -> tuple[Sentence, ...]:
    """The printed sentences of a document, in reading order.

    Raises:
        InputError: unknown kind, too large, encrypted, damaged, or with hardly any text in it.
        MissingDependency: where the reader's package is absent.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(sorted(SUFFIXES))
        raise InputError(ErrorCode.NOT_A_DOCUMENT, f"{path.name}: can't read this kind of file, only {known}")
    if path.stat().st_size > settings.max_bytes:
        raise InputError(
            ErrorCode.TOO_LARGE,
            f"{path.name}: larger than document.max_bytes={settings.max_bytes}; split it or raise that",
        )
    lines = list(reader.lines(path, language, settings))
    restored = restore(lines, known_words(language))
    source = reader.text_source if _texts(restored) == _texts(lines) else f"{reader.text_source}+ligatures"
    sentences = tuple(_sentences(_paragraphs(restored), document_id, source))
    _refuse_empty(path, sentences, settings)
    return sentences


def _texts(lines: Iterable[Line]) -> list[str]:
    return [line.text for line in lines]


def _refuse_empty(path: Path, sentences: Iterable[Sentence], settings: DocumentSettings) -> None:
    letters = sum(len(token.text) for s in sentences for token in tokens(s.text))
    if letters < settings.min_characters:
        raise InputError(
            ErrorCode.NO_TEXT,
            f"{path.name}: holds {letters} letters of text; it is empty or a scan, which needs character recognition",
        )


def _paragraphs(lines: Iterable[Line]) -> Iterator[_Paragraph]:
    held: list[Line] = []
    for line in lines:
        rule = bool(_RULE.match(line.text))
        if held and (
            rule or line.starts_paragraph or _SLUG.match(held[-1].text) or _turns_page(held[-1], line)
        ):
            yield _joined(held)
            held = []
        if not rule:
            held.append(line)
    if held:
        yield _joined(held)


def _turns_page(above: Line, below: Line) -> bool:
    """A sentence may run over the page's end, anything finished does not."""
    return above.page != below.page and above.text.rstrip().endswith((".", "।", "॥", "!", "?", ":"))


def _joined(lines: list[Line]) -> _Paragraph:
    starts, text = [], ""
    for line in lines:
        text += " " if text else ""
        starts.append(len(text))
        text += line.text
    return _Paragraph(text, tuple(starts), tuple(lines))


def _sentences(paragraphs: Iterable[_Paragraph], document_id: str, text_source: str) -> Iterator[Sentence]:
    index = 0
    for paragraph in paragraphs:
        cue = bool(_SLUG.match(paragraph.text))
        for start, end in split_sentences(paragraph.text):
            page, box = paragraph.place(start, end)
            text = _without_bullet(" ".join(paragraph.text[start:end].split()))
            yield Sentence(document_id, index, text, page, box, paragraph.lines[0].source or text_source, cue)
            index += 1


def _without_bullet(text: str) -> str:
    """A list's mark is layout, not text; in symbol fonts it comes as a private-use character."""
    at = 0
    while at < len(text) - 1 and (
        text[at] in " *•·‣" or unicodedata.category(text[at]) in {"So", "Co", "Cn", "Pd"}
    ):
        at += 1
    return text[at:]
