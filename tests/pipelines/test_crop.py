from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.corpus import SHA, leave_mined, sentence
from wavelode.datasets.storage import Layout
from wavelode.pipelines.quality.crop import Place, crop, place_of
from wavelode.schemas.records import Document

pymupdf = pytest.importorskip("pymupdf", reason="needs the extra: pip install 'wavelode[documents]'")


def _page(path: Path) -> Path:
    """One page with a black square whose place is known."""
    document = pymupdf.open()
    page = document.new_page(width=400, height=600)
    page.draw_rect(pymupdf.Rect(100, 300, 140, 320), color=(0, 0, 0), fill=(0, 0, 0))
    document.save(path)
    return path


def _pixels(png: bytes) -> Any:
    image = pymupdf.Pixmap(io.BytesIO(png).read())
    return np.frombuffer(image.samples, np.uint8).reshape(image.height, image.width, image.n)


def test_the_crop_shows_the_box_and_what_stands_around_it(tmp_path: Path) -> None:
    pixels = _pixels(crop(Place(_page(tmp_path / "a.pdf"), 1, (100, 300, 140, 320))))
    assert pixels.shape[:2] == ((20 + 2 * 28) * 2, 400 * 2)
    dark = np.argwhere(pixels.max(axis=2) < 110)
    assert tuple(dark.min(axis=0)) == pytest.approx((28 * 2, 100 * 2), abs=2)
    assert tuple(dark.max(axis=0)) == pytest.approx((48 * 2, 140 * 2), abs=2)


@pytest.mark.parametrize(("page", "box"), [(2, (0, 0, 9, 9)), (0, (0, 0, 9, 9)), (1, (0, 900, 9, 950))])
def test_a_place_that_is_not_there_is_said(tmp_path: Path, page: int, box: tuple[float, ...]) -> None:
    place = Place(_page(tmp_path / "a.pdf"), page, (box[0], box[1], box[2], box[3]))
    with pytest.raises(ValueError, match="page"):
        crop(place)


def test_a_document_is_found_by_the_folder_it_was_read_from_and_nowhere_else(tmp_path: Path) -> None:
    layout, papers = Layout(tmp_path / "out"), tmp_path / "papers"
    papers.mkdir()
    _page(papers / "a.pdf")
    _page(tmp_path / "secret.pdf")
    documents = [
        Document(name, uri, SHA, "en", (sentence("Text.", 0, name),))
        for name, uri in (("a", "a.pdf"), ("out", "../secret.pdf"), ("gone", "b.pdf"), ("text", "c.txt"))
    ]
    leave_mined(layout, [], documents)
    (papers / "c.txt").write_text("Text.")
    clip = {"document_id": "a", "page": 1, "bbox": [1, 2, 3, 4]}
    assert place_of(layout, clip) is None  # nothing says yet where the documents lay
    layout.settings.write_text(f"out: {layout.out}\ndocuments: {papers}\n")
    assert place_of(layout, clip) == Place(papers / "a.pdf", 1, (1, 2, 3, 4))
    for name in ("out", "gone", "text", "a*", "nobody"):
        assert place_of(layout, {**clip, "document_id": name}) is None
    assert place_of(layout, {**clip, "page": None}) is None
