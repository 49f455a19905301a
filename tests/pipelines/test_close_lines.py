"""Two columns of four lines that are set closer than their letters' boxes are high were read across."""

from __future__ import annotations

from wavelode.pipelines.documents.columns import best_cut
from wavelode.schemas.records import Box


def test_columns_of_lines_that_overlap_are_columns() -> None:
    spacing, height = 19.5, 22.0
    words = [
        Box(x, 70 + spacing * n, x + 50, 70 + spacing * n + height)
        for n in range(4)
        for x in (*range(60, 260, 55), *range(305, 500, 55))
    ]
    cut = best_cut(words)
    assert cut is not None
    (gutter,) = cut.gutters
    assert 275 < gutter < 305
    assert best_cut([word for word in words if word.y0 < 120]) is None
