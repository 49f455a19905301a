"""One document as a person may look at it: its pages with what was understood drawn over them, in one HTML file.

Whatever comes from the document is text there, never markup, and the page's own policy lets it fetch nothing.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wavelode.datasets.storage import write_text
from wavelode.pipelines.documents.ocr import Eye
from wavelode.pipelines.documents.paper import Paper
from wavelode.pipelines.documents.repair import RECOGNISED
from wavelode.pipelines.documents.sides import seen_upright
from wavelode.schemas.errors import InputError, MissingDependency
from wavelode.schemas.records import Role, Sentence
from wavelode.schemas.settings import DocumentSettings

_DPI = 110
_POINTS_PER_INCH = 72
_MOST_PAGES = 60
"""More pages are listed without their pictures."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: its picture as a data address, its size in points, and what was read on it."""

    number: int | None
    picture: str
    width: float
    height: float
    sentences: tuple[Sentence, ...]


def write_look(
    path: Path, sentences: Sequence[Sentence], language: str, settings: DocumentSettings, out: Path
) -> None:
    """Writes `out`.

    Args:
        sentences: as `read_sentences` gives them for this language.

    Raises:
        MissingDependency: without the `report` extra.
    """
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError as error:
        raise MissingDependency("the page needs Jinja2: pip install 'wavelode[report]'") from error
    folder = Path(__file__).with_name("templates")
    pages = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
    counted = Counter(sentence.role for sentence in sentences)
    facts = {
        "name": path.name,
        "sheets": list(_sheets(path, sentences, language, settings)),
        "roles": [(role, counted[role]) for role in Role if counted[role]],
        "sources": Counter(sentence.text_source for sentence in sentences).most_common(),
    }
    write_text(pages.get_template("document.html").render(facts), out)


def _sheets(
    path: Path, sentences: Sequence[Sentence], language: str, settings: DocumentSettings
) -> Iterator[Sheet]:
    if path.suffix.lower() != ".pdf":
        yield Sheet(None, "", 0, 0, tuple(sentences))
        return
    with Paper(path, settings) as paper:
        for number in range(1, paper.pages + 1):
            own = tuple(sentence for sentence in sentences if sentence.page == number)
            drawn = None
            if number <= _MOST_PAGES:
                if any(sentence.text_source == RECOGNISED for sentence in own):
                    _turn(paper, number, Eye(language, settings.page_timeout_s))
                drawn = paper.picture(number, _DPI)
            if drawn is None:
                yield Sheet(number, "", 0, 0, own)
                continue
            address = f"data:image/png;base64,{base64.b64encode(drawn.png).decode()}"
            yield Sheet(number, address, drawn.width, drawn.height, own)


def _turn(paper: Paper, page: int, eye: Eye) -> None:
    """Turns a scan as it was turned when it was read; what was recognised then is kept, so this costs no time."""
    with suppress(InputError, MissingDependency):
        seen_upright(paper, page, eye)
