"""Columns, tables and turned pages are read in the order a person reads them."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pipelines.typeset import Placed, placed_pdf, ruled
from wavelode.pipelines.documents.leftward import leftward_rows, runs_leftward
from wavelode.pipelines.documents.order import Block, Rulings, blocks_of
from wavelode.pipelines.documents.paper import LayerWord
from wavelode.pipelines.documents.read import read_sentences
from wavelode.pipelines.documents.rulings import rulings
from wavelode.schemas.records import Box, Role, Sentence
from wavelode.schemas.settings import DocumentSettings

LEFT = [
    "The council met on Tuesday to", "speak of the new bridge. Work", "on it begins in May, they said,",
    "and will last for two years or", "more. Rain fell on all of the", "northern districts. Farmers",
]  # fmt: skip
RIGHT = [
    "were glad of it and began to", "sow their fields at once. The", "minister of health opened two",
    "hospitals in the west with 40", "beds each. Doctors from the", "capital will work there.",
]  # fmt: skip
SPOKEN = [
    "The council met on Tuesday to speak of the new bridge.",
    "Work on it begins in May, they said, and will last for two years or more.",
    "Rain fell on all of the northern districts.",
    "Farmers were glad of it and began to sow their fields at once.",
    "The minister of health opened two hospitals in the west with 40 beds each.",
    "Doctors from the capital will work there.",
]
TITLE = "News of the whole western and northern province, and of the hills beyond it"
BELOW = "The weather will be dry tomorrow in all of the western and the northern districts."


def sentences(path: Path, language: str = "en") -> tuple[Sentence, ...]:
    return read_sentences(path, "doc", language, DocumentSettings())


def texts(path: Path) -> list[str]:
    return [sentence.text for sentence in sentences(path)]


def column(lines: list[str], x: float, y: float = 100.0) -> list[Placed]:
    return [(x, y + 14 * n, line) for n, line in enumerate(lines)]


def row_by_row(*columns: list[Placed]) -> list[Placed]:
    return [word for row in zip(*columns, strict=True) for word in row]


@pytest.mark.parametrize("gutter", [14.0, 40.0])
def test_columns_are_read_one_after_the_other_though_the_file_writes_row_by_row(
    gutter: float, tmp_path: Path
) -> None:
    """Read across, every sentence of a newspaper page is garbage; and one runs on from column to column."""
    placed = row_by_row(column(LEFT, 72), column(RIGHT, 225 + gutter))
    path = placed_pdf(tmp_path / "a.pdf", [(72, 72, TITLE), *placed, (72, 200, BELOW)])
    assert texts(path) == [TITLE, *SPOKEN, BELOW]


def test_columns_whose_lines_stand_at_other_heights(tmp_path: Path) -> None:
    """A picture above one column moves its lines."""
    placed = [*column(RIGHT, 260, 105.5), *column(LEFT, 72)]
    assert texts(placed_pdf(tmp_path / "a.pdf", placed)) == SPOKEN


def test_lines_out_of_order_are_read_from_top_to_bottom(tmp_path: Path) -> None:
    """Some programs write footers, or everything in bold, first."""
    placed = column(LEFT, 72)
    random.Random(1).shuffle(placed)
    assert texts(placed_pdf(tmp_path / "a.pdf", placed)) == [*SPOKEN[:3], "Farmers"]


def test_a_column_of_labels_or_numbers_is_none(tmp_path: Path) -> None:
    """A label belongs to what stands beside it, not to the label below."""
    labels = ["Editor:", "Reader:", "Bulletin:", "Written by:", "Unit:"]
    values = ["Asha Rao", "Ravi Kumar", "evening", "Mary Jane", "regional"]
    path = placed_pdf(tmp_path / "a.pdf", [*column(labels, 72), *column(values, 200)])
    found = " ".join(texts(path))
    assert all(f"{label} {value}" in found for label, value in zip(labels, values, strict=True))


CELLS = [
    ["VO", "The council met on Tuesday to speak of the", "new bridge over the river."],
    ["BYTE: Mayor", "Work on it begins in May, and it will last", "for two years or more."],
    ["Anchor reads", "Farmers were glad of the rain and began to", "sow their fields at once."],
]


def table(path: Path) -> Path:
    """Three rows of a label and two lines, written line by line through both cells."""
    placed: list[Placed] = []
    for n, (label, first, second) in enumerate(CELLS):
        top = 100 + 40 * n
        placed += [(76, top + 14, label), (180, top + 14, first), (180, top + 28, second)]
    return ruled(placed_pdf(path, placed), [72, 174, 396], [100, 140, 180, 220])


def test_a_table_is_read_cell_by_cell(tmp_path: Path) -> None:
    """Scripts of television stand in tables: what is seen on the left, what is said on the right."""
    found = sentences(table(tmp_path / "a.pdf"))
    assert [s.text for s in found] == [part for a, b, c in CELLS for part in (a, f"{b} {c}")]
    assert [s.role for s in found if s.text in {"VO", "BYTE: Mayor"}] == [Role.CUE, Role.CUE]


def test_words_beside_a_ruling_are_two(tmp_path: Path) -> None:
    """Without a space drawn between them, the end of one cell and the start of the next looked like one word."""
    placed = [
        (76, 114, "the new bridge over"),
        (176, 114, "the river is built"),
        (76, 128, "it"),
        (176, 128, "now"),
    ]
    path = ruled(placed_pdf(tmp_path / "a.pdf", placed), [72, 174, 300], [100, 134, 160])
    assert not any("overthe" in text for text in texts(path))


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_page_is_read_and_its_boxes_are_those_of_the_page_as_it_is_read(
    rotation: int, tmp_path: Path
) -> None:
    """Boxes of the page as it lies in the file would be drawn beside its picture."""
    upright = sentences(placed_pdf(tmp_path / "a.pdf", column(LEFT, 72)))
    turned = sentences(placed_pdf(tmp_path / "b.pdf", column(LEFT, 72), rotation=rotation))
    assert [(s.text, s.box) for s in turned] == [(s.text, s.box) for s in upright]


def test_headers_footers_and_numbers_of_pages_with_columns(tmp_path: Path) -> None:
    """A sentence that runs over the page's end must not swallow them."""
    other = [line.replace("e", "o") for line in LEFT], [line.replace("e", "o") for line in RIGHT]
    pages = [
        [
            (72.0, 40.0, "Regional News Unit"),
            *row_by_row(column(left, 72), column(right, 260)),
            (72.0, 800.0, "For internal use"),
            (300.0, 815.0, str(number)),
        ]
        for number, (left, right) in enumerate([(LEFT, RIGHT), other], 1)
    ]
    found = sentences(placed_pdf(tmp_path / "a.pdf", *pages))
    roles = {s.text: s.role for s in found}
    assert roles["Regional News Unit"] is Role.HEADER and roles["For internal use"] is Role.FOOTER
    assert roles["1"] is roles["2"] is Role.PAGE_NUMBER
    assert [s.text for s in found if s.role is Role.SPOKEN][: len(SPOKEN)] == SPOKEN


def test_a_hyphen_at_the_end_of_a_short_line_ends_no_paragraph(tmp_path: Path) -> None:
    """Ragged lines break words where they are short."""
    lines = [
        "The engineers will build the bridge in",
        "two years, said the chief of all engi-",
        "neers on Monday.",
    ]
    assert texts(placed_pdf(tmp_path / "a.pdf", column([*lines, *LEFT[:1]], 72)))[0].endswith("on Monday.")


# Blocks by themselves


def words_of_column(chance: random.Random, left: float, top: float, lines: int) -> list[Box]:
    """Lines of 140 points, justified by gaps of up to twice the usual."""
    found = []
    for n in range(lines):
        x, y = left, top + 14 * n
        while x < left + 120:
            width = min(chance.uniform(12, 40), left + 140 - x)
            found.append(Box(x, y, x + width, y + 11))
            x += width + chance.uniform(3, 6)
    return found


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(5, 12), st.booleans())
def test_columns_come_one_after_another_in_any_order_of_the_file(
    seed: int, columns: int, lines: int, leftward: bool
) -> None:
    """What is known: which column each word was made for."""
    chance = random.Random(seed)
    made = [words_of_column(chance, 72 + 165 * n, 100 + chance.uniform(0, 6), lines) for n in range(columns)]
    placed = [(n, box) for n, column in enumerate(made) for box in column]
    chance.shuffle(placed)
    blocks = blocks_of([box for _, box in placed], Rulings(), leftward)
    told = [{placed[i][0] for i in block.members} for block in blocks]
    wanted = [{n} for n in range(columns)]
    assert told == (wanted[::-1] if leftward else wanted)
    assert sorted(i for block in blocks for i in block.members) == list(range(len(placed)))
    assert [block.runs_on for block in blocks] == [False, *[True] * (columns - 1)]


def test_cells_that_run_over_several_rows_and_right_to_left() -> None:
    """A label for three rows stands beside them all."""
    across = tuple(Box(x0, y, 300, y + 1) for x0, y in ((100, 100), (180, 140), (100, 180)))
    down = tuple(Box(x, 100, x + 1, 180) for x in (100, 180, 300))
    words = [Box(190, 150, 220, 160), Box(190, 110, 220, 120), Box(110, 130, 140, 140)]
    order = [block.members for block in blocks_of(words, Rulings(across, down), False)]
    assert order == [(2,), (1,), (0,)]
    assert [b.members for b in blocks_of(words, Rulings(across, down), True)] == [(1,), (0,), (2,)]


def test_a_frame_is_no_table() -> None:
    """A page with a border round it has the columns it had."""
    frame = Rulings(
        (Box(50, 80, 500, 81), Box(50, 400, 500, 401)), (Box(50, 80, 51, 400), Box(499, 80, 500, 400))
    )
    words = words_of_column(random.Random(2), 72, 100, 6)
    (block,) = blocks_of(words, frame, False)
    assert isinstance(block, Block) and not block.is_cell and len(block.members) == len(words)


# Ruling lines


def page_of_ink() -> np.ndarray:
    return np.full((400, 600), 255, dtype=np.uint8)


def test_hairlines_are_seen_and_bars_are_not() -> None:
    """A grey bar behind a heading, or a photograph, rules nothing."""
    page = page_of_ink()
    page[100, 50:550] = 150
    page[50:350, 300] = 150
    page[200:240, 50:550] = 0
    across, down = rulings(page)
    assert [round(line[1] / 0.72) for line in across] == [99]
    assert [round(line[0] / 0.72) for line in down] == [299]


def test_a_ruling_of_a_skewed_scan_is_one() -> None:
    """Nobody lays a sheet on the glass quite straight."""
    page = page_of_ink()
    for x in range(50, 550):
        page[100 + x // 60, x] = 0
    across, _ = rulings(page)
    assert len(across) == 1 and across[0][2] - across[0][0] > 0.72 * 480


# Right to left


def urdu(text: str, x: float, y: float = 100.0) -> LayerWord:
    return LayerWord(Box(x, y, x + 20, y + 12), text)


@pytest.mark.parametrize("seed", range(4))
def test_words_of_urdu_are_read_from_the_right_and_latin_among_them_from_the_left(seed: int) -> None:
    """Files hold such rows in the order of drawing or of reading; numbers stand where they are said."""
    said = ["بارش", "سے", "12", "اضلاع", "New", "Delhi", "40", "میں", "25", "1"]
    shown = ["1", "25", "میں", "New", "Delhi", "40", "اضلاع", "12", "سے", "بارش"]
    words = [urdu(text, 30.0 * n) for n, text in enumerate(shown)] + [urdu("ختم", 270, 120)]
    random.Random(seed).shuffle(words)
    assert runs_leftward(words)
    assert [[word.text for word in row] for row in leftward_rows(words)] == [said, ["ختم"]]
