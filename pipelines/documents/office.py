"""Word documents (docx), by python-docx: paragraphs and the cells of tables as they follow on each other."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wavelode.pipelines.documents.base import Line
from wavelode.schemas.errors import ErrorCode, InputError, MissingDependency
from wavelode.schemas.records import Role
from wavelode.schemas.settings import DocumentSettings


@dataclass(frozen=True, slots=True)
class DocxReader:
    """A `Reader` of docx."""

    version: str = "1"
    text_source: str = "docx"

    def depends_on(self, language: str) -> str:
        return ""

    def lines(self, path: Path, language: str, settings: DocumentSettings) -> Iterator[Line]:
        """Raises:
        InputError: not_a_document or encrypted; too_large, where it unpacks to more than `max_bytes`.
        MissingDependency: without the `documents` extra.
        """
        document = _opened(path, settings.max_bytes)
        for section in document.sections:
            yield from _furniture(section.header, Role.HEADER)
        for block in document.iter_inner_content():
            yield from _block(block)
        for section in document.sections:
            yield from _furniture(section.footer, Role.FOOTER)


def _opened(path: Path, most_bytes: int) -> Any:
    try:
        import docx
        from lxml.etree import LxmlError
    except ImportError as error:
        raise MissingDependency(
            "reading docx needs python-docx: pip install 'wavelode[documents]'"
        ) from error
    if path.read_bytes()[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise InputError(
            ErrorCode.ENCRYPTED, f"{path.name}: asks for a password or is an old .doc; save it as docx"
        )
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(info.file_size for info in packed.infolist())
        if unpacked > most_bytes:
            raise InputError(
                ErrorCode.TOO_LARGE,
                f"{path.name}: unpacks to {unpacked} bytes, more than document.max_bytes={most_bytes}; "
                "split it or raise that",
            )
        return docx.Document(str(path))
    except (zipfile.BadZipFile, LxmlError, KeyError, ValueError, OSError) as error:
        raise InputError(
            ErrorCode.NOT_A_DOCUMENT, f"{path.name}: can't be opened as docx: it is damaged; fetch it again"
        ) from error


def _furniture(part: Any, role: Role) -> Iterator[Line]:
    """What stands on every page; Word keeps it apart."""
    if not part.is_linked_to_previous:
        yield from (Line(p.text.strip(), True, role=role) for p in part.paragraphs if p.text.strip())


def _block(block: Any) -> Iterator[Line]:
    if hasattr(block, "rows"):
        seen: set[int] = set()
        for cell in (cell for row in block.rows for cell in row.cells):
            if id(cell._tc) not in seen:  # a merged cell is told once for each that it covers
                seen.add(id(cell._tc))
                for inner in cell.iter_inner_content():
                    yield from _block(inner)
        return
    style = (block.style.name or "") if block.style is not None else ""
    role = Role.SLUG if style.startswith(("Heading", "Title", "Subtitle")) else None
    for n, text in enumerate(block.text.split("\n")):
        if text.strip():
            yield Line(text.strip(), n == 0, role=role)
