"""What a reader gives: lines of print with their place, the same for every format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wavelode.schemas.records import Box, Role
from wavelode.schemas.settings import DocumentSettings


@dataclass(frozen=True, slots=True)
class Column:
    """The block of a page that a line stands in, where the page has several.

    Attributes:
        number: of the block, in reading order.
        runs_on: text may run on into it from the block before.
        is_cell: of a table.
    """

    number: int
    left: float
    right: float
    runs_on: bool = False
    is_cell: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line, in reading order.

    Attributes:
        starts_paragraph: the layout says that something new begins here.
        source: how this line was read, where that isn't how its reader mostly does.
        confidence: probability that the text is what is printed, 0 to 1; None where nothing tells.
        role: what it is for, where the format itself or its reader knows; what is unreadable has the reason for text.
        column: of the page; None where it has but one.
    """

    text: str
    starts_paragraph: bool = False
    page: int | None = None
    box: Box | None = None
    source: str = ""
    confidence: float | None = None
    role: Role | None = None
    column: Column | None = None


class Reader(Protocol):
    """Reads one kind of document."""

    @property
    def version(self) -> str: ...

    @property
    def text_source(self) -> str:
        """How the text was read, for the table."""
        ...

    def depends_on(self, language: str) -> str:
        """What else the lines hang on: programs, data that were learned."""
        ...

    def lines(self, path: Path, language: str, settings: DocumentSettings) -> Iterator[Line]:
        """Raises InputError where the file can't be read."""
        ...
