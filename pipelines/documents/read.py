"""A document file to its sentences: the reader for its kind, then `sentences_of` its lines."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from wavelode.alignment.text import tokens
from wavelode.pipelines.documents.base import Line, Reader
from wavelode.pipelines.documents.lexicon import table_digest
from wavelode.pipelines.documents.ligatures import VERSION as LIGATURES
from wavelode.pipelines.documents.ligatures import restore
from wavelode.pipelines.documents.ocr import Eye
from wavelode.pipelines.documents.office import DocxReader
from wavelode.pipelines.documents.pdf import PdfReader
from wavelode.pipelines.documents.plain import PlainReader
from wavelode.pipelines.documents.sentences import sentences_of
from wavelode.pipelines.documents.subtitles import SubtitleReader
from wavelode.pipelines.documents.web import HtmlReader
from wavelode.pipelines.documents.wordlist import known_words
from wavelode.schemas.errors import ErrorCode, InputError
from wavelode.schemas.records import Role, Sentence
from wavelode.schemas.settings import DocumentSettings

VERSION = "4"
_READERS: dict[str, Reader] = {
    ".docx": DocxReader(),
    ".htm": HtmlReader(),
    ".html": HtmlReader(),
    ".pdf": PdfReader(),
    ".srt": SubtitleReader(),
    ".txt": PlainReader(),
    ".vtt": SubtitleReader(),
    ".xhtml": HtmlReader(),
}
SUFFIXES = frozenset(_READERS)


def reader_version(path: Path, language: str) -> str:
    """What the sentences of this kind of file depend on besides its bytes and the settings."""
    kind = path.suffix.lower()
    reader = _READERS.get(kind)
    told = f"{reader.version}/{reader.depends_on(language)}" if reader else "-"
    return f"{VERSION}/{LIGATURES}/{table_digest()}/{kind}/{told}"


def lacking(documents: Iterable[tuple[str, str]]) -> list[str]:
    """What isn't installed for pages that have to be recognised, with how to get it; for names and languages."""
    languages = {language for name, language in documents if name.lower().endswith(".pdf")}
    return sorted({missing for language in languages if (missing := Eye(language).why_not())})


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
    words = known_words(language)
    restored = restore(lines, words)
    source = reader.text_source if _texts(restored) == _texts(lines) else f"{reader.text_source}+ligatures"
    sentences = sentences_of(restored, document_id, source, words)
    _refuse_empty(path, sentences, settings)
    return sentences


def _texts(lines: Iterable[Line]) -> list[str]:
    return [line.text for line in lines]


def _refuse_empty(path: Path, sentences: Iterable[Sentence], settings: DocumentSettings) -> None:
    letters = sum(
        len(token.text) for s in sentences if s.role is not Role.UNREADABLE for token in tokens(s.text)
    )
    if letters < settings.min_characters:
        raise InputError(
            ErrorCode.NO_TEXT,
            f"{path.name}: holds {letters} letters of text; it is empty or a scan, which needs character recognition",
        )
