"""Web pages, by lxml: the text of their blocks, without what browsers don't show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wavelode.pipelines.documents.base import Line
from wavelode.pipelines.documents.plain import decoded
from wavelode.schemas.errors import ErrorCode, InputError, MissingDependency
from wavelode.schemas.records import Role
from wavelode.schemas.settings import DocumentSettings

_HEAD_BYTES = 2048
"""A page that names its encoding does so in here."""
_UNSEEN = {
    "script",
    "style",
    "noscript",
    "template",
    "iframe",
    "object",
    "svg",
    "head",
    "select",
    "textarea",
    "button",
}
_ROLES = {"header": Role.HEADER, "nav": Role.HEADER, "aside": Role.HEADER, "footer": Role.FOOTER} | {
    f"h{n}": Role.SLUG for n in range(1, 7)
}
_WITHIN = {
    *(
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
    ),
    *(
        "label",
        "mark",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
    ),
    *("var", "wbr"),
}
"""Elements that stand inside a line; all others begin one."""


@dataclass(frozen=True, slots=True)
class HtmlReader:
    """A `Reader` of HTML and XHTML."""

    version: str = "1"
    text_source: str = "html"

    def depends_on(self, language: str) -> str:
        return ""

    def lines(self, path: Path, language: str, settings: DocumentSettings) -> Iterator[Line]:
        """Raises:
        InputError: not_a_document.
        MissingDependency: without the `documents` extra.
        """
        blocks = _Blocks()
        blocks.walk(_parsed(path, language))
        blocks.end_line()
        yield from blocks.lines


def _parsed(path: Path, language: str) -> Any:
    try:
        from lxml import etree, html
    except ImportError as error:
        raise MissingDependency("reading HTML needs lxml: pip install 'wavelode[documents]'") from error
    data = path.read_bytes()
    parser = _parser(html)
    try:
        found = html.document_fromstring(data, parser=parser)
        if b"charset" not in data[:_HEAD_BYTES].lower():
            parser = _parser(html)
            found = html.document_fromstring(decoded(path, language)[0], parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise InputError(
            ErrorCode.NOT_A_DOCUMENT, f"{path.name}: holds nothing that can be read as HTML; fetch it again"
        ) from error
    if any("depth" in told.message.lower() for told in parser.error_log):
        raise InputError(
            ErrorCode.TOO_LARGE, f"{path.name}: its elements are nested too deep; save it as plain text"
        )
    return found


def _parser(html: Any) -> Any:
    """One that fetches nothing; how deep a page is nested doesn't matter to `_Blocks`."""
    return html.HTMLParser(no_network=True, remove_comments=True, huge_tree=True)


class _Blocks:
    """Lines as they are gathered from a tree; walked without recursion, for pages may be nested deeper than a stack."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._held: list[str] = []
        self._roles: list[Role | None] = [None]

    def walk(self, root: Any) -> None:
        waiting: list[tuple[str, Any]] = [("open", root)]
        while waiting:
            what, element = waiting.pop()
            if what == "text":
                self._held.append(element)
            elif what == "close":
                self._close(element)
            elif isinstance(element.tag, str) and element.tag.lower() not in _UNSEEN:
                waiting.extend(reversed(self._opened(element)))

    def _opened(self, element: Any) -> list[tuple[str, Any]]:
        tag = element.tag.lower().rpartition("}")[2]
        if tag not in _WITHIN:
            self.end_line()
        self._roles.append(_ROLES.get(tag, self._roles[-1]))
        parts: list[tuple[str, Any]] = [("text", element.text or "")]
        for child in element:
            parts += [("open", child), ("text", child.tail or "")]
        return [*parts, ("close", tag)]

    def _close(self, tag: str) -> None:
        if tag not in _WITHIN:
            self.end_line()
        self._roles.pop()

    def end_line(self) -> None:
        if text := " ".join("".join(self._held).split()):
            self.lines.append(Line(text, True, role=self._roles[-1]))
        self._held = []
