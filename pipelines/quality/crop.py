"""The part of a printed page that a sentence stands on, as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wavelode.datasets.rows import Row
from wavelode.datasets.storage import Layout, read_rows
from wavelode.pipelines.pairing import check_name
from wavelode.schemas.errors import InputError, MissingDependency
from wavelode.schemas.settings import parse_settings, read_yaml

_DPI = 144
_MARGIN_PT = 28.0
_MOST_PIXELS = 4_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where on which page of which file; points from the top left."""

    path: Path
    page: int
    box: tuple[float, float, float, float]


def place_of(layout: Layout, clip: Row) -> Place | None:
    """Where a clip's sentence is printed; None where that isn't known or the document is no longer there.

    Raises:
        StorageError: if the tables of documents can't be read.
    """
    if not (clip["document_id"] and clip["page"] and clip["bbox"]) or not layout.settings.exists():
        return None
    root = parse_settings(read_yaml(layout.settings), str(layout.settings)).documents_root
    # A document's id may hold what a pattern takes for more than itself.
    names = sorted(path for path in layout.documents.glob("[!.]*.parquet"))
    for path in (path for path in names if path.stem.rpartition("-")[0] == clip["document_id"]):
        uri = read_rows(path, ["source_uri"])[0]["source_uri"]
        try:
            check_name(uri)
        except InputError:
            return None
        if (root / uri).suffix.lower() == ".pdf" and (root / uri).is_file():
            x0, y0, x1, y1 = clip["bbox"]
            return Place(root / uri, clip["page"], (x0, y0, x1, y1))
    return None


def crop(place: Place) -> bytes:
    """The sentence's part of its page as PNG, with a margin and the sentence's own box lightly marked.

    Meant to run in a process that may be killed: the file comes from strangers.

    Raises:
        MissingDependency: without the `documents` extra.
        ValueError: if the page or the box isn't there.
    """
    try:
        import pymupdf
    except ImportError as error:
        raise MissingDependency("pages need PyMuPDF: pip install 'wavelode[documents]'") from error
    with pymupdf.open(place.path) as document:
        if not 1 <= place.page <= document.page_count:
            raise ValueError(f"{place.path.name}: has no page {place.page}")
        page = document[place.page - 1]
        box = pymupdf.Rect(place.box)
        part = pymupdf.Rect(page.rect.x0, box.y0 - _MARGIN_PT, page.rect.x1, box.y1 + _MARGIN_PT) & page.rect
        if part.is_empty or part.get_area() * (_DPI / 72) ** 2 > _MOST_PIXELS:
            raise ValueError(f"{place.path.name}: the sentence's box is not on page {place.page}")
        page.draw_rect(box, color=None, fill=(1.0, 0.85, 0.2), fill_opacity=0.28, overlay=True)
        data: bytes = page.get_pixmap(dpi=_DPI, clip=part).tobytes("png")
        return data
