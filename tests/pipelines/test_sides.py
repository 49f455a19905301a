"""A scan on another of its sides is turned, and one that can't be read as it lies isn't read whole four times."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavelode.pipelines.documents.ocr import Seen
from wavelode.pipelines.documents.paper import Picture
from wavelode.pipelines.documents.sides import fullest_part, seen_upright, sureness
from wavelode.schemas.records import Box

WIDTH, HEIGHT = 600, 800
WHOLE = WIDTH * HEIGHT


@dataclass
class ScanOfOnePage:
    """A `Paper` whose pictures tell only their size and how they are turned."""

    turned: dict[int, int] = field(default_factory=dict)

    def picture(self, page: int, *, turn: int | None = None, part: Box | None = None) -> Picture:
        turn = self.turned.get(page, 0) if turn is None else turn
        if part is None:
            return drawn(WIDTH, HEIGHT, turn)
        return drawn(round(part.x1 - part.x0), round(part.y1 - part.y0), turn)


def drawn(width: int, height: int, turn: int) -> Picture:
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return Picture(bytes(16) + size + turn.to_bytes(2, "big"), 1.0, 1)


@dataclass
class EyeFor:
    """An `Eye` that is as sure of a picture as its turn allows.

    Attributes:
        looked_at: the area of each picture it was given, in points.
    """

    sure: dict[int, float]
    looked_at: list[float] = field(default_factory=list)

    def read(self, picture: Picture) -> list[Seen]:
        self.looked_at.append(picture.width * picture.height)
        turn = int.from_bytes(picture.png[24:26], "big")
        return [Seen(f"turned{turn}", Box(400, 500, 500, 520), self.sure[turn], 1)]


def seen(eye: EyeFor) -> tuple[list[Seen], dict[int, int]]:
    paper = ScanOfOnePage()
    return seen_upright(paper, 1, eye) or [], paper.turned  # type: ignore[arg-type]


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_the_side_that_is_read_surely_is_the_upright_one(turn: int) -> None:
    words, turned = seen(EyeFor({0: 0.3, 90: 0.2, 180: 0.2, 270: 0.2, turn: 0.9}))
    assert (words[0].text, turned) == (f"turned{turn}", {1: turn})


def test_a_page_that_no_side_makes_readable_stays_as_it_lies() -> None:
    """A script that is recognised badly, such as Nastaliq."""
    eye = EyeFor({0: 0.45, 90: 0.2, 180: 0.3, 270: 0.2})
    words, turned = seen(eye)
    assert (words[0].text, turned) == ("turned0", {})
    assert sum(eye.looked_at) <= 2 * WHOLE


def test_a_side_that_is_hardly_better_is_no_reason_to_turn() -> None:
    """One page of four of a real bulletin in Urdu was read on its side, which is a little surer by chance."""
    eye = EyeFor({0: 0.39, 90: 0.41, 180: 0.3, 270: 0.2})
    words, turned = seen(eye)
    assert (words[0].text, turned) == ("turned0", {})
    assert sum(eye.looked_at) <= 2 * WHOLE


def test_what_is_sure_is_looked_at_once() -> None:
    eye = EyeFor({0: 0.5})
    assert seen(eye)[1] == {}
    assert eye.looked_at == [WHOLE]


def test_a_part_that_misleads_changes_nothing() -> None:
    """The part says it stands on its head, the whole page doesn't."""

    class Misled(EyeFor):
        def read(self, picture: Picture) -> list[Seen]:
            is_whole = picture.width == WIDTH
            sure, self.sure = self.sure, ({**self.sure, 180: 0.1} if is_whole else self.sure)
            words = EyeFor.read(self, picture)
            self.sure = sure
            return words

    words, turned = seen(Misled({0: 0.4, 90: 0.2, 180: 0.6, 270: 0.2}))
    assert (words[0].text, turned) == ("turned0", {})


boxes = st.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h),
    st.floats(0, 500),
    st.floats(0, 700),
    st.floats(1, 100),
    st.floats(1, 30),
)


@given(st.lists(boxes, max_size=8))
def test_the_part_that_is_tried_is_a_quarter_of_the_page(places: list[Box]) -> None:
    part = fullest_part([Seen("word", box, 0.1, 1) for box in places], WIDTH, HEIGHT)
    assert 0 <= part.x0 < part.x1 <= WIDTH
    assert 0 <= part.y0 < part.y1 <= HEIGHT
    assert (part.x1 - part.x0) * (part.y1 - part.y0) == pytest.approx(WHOLE / 4)


def test_the_part_lies_where_the_words_are() -> None:
    words = [Seen("word", Box(420, 610 + 20 * n, 590, 625 + 20 * n), 0.1, n) for n in range(8)]
    assert fullest_part(words, WIDTH, HEIGHT) == Box(WIDTH / 2, HEIGHT / 2, WIDTH, HEIGHT)


def test_no_words_are_nothing_to_be_sure_of() -> None:
    assert sureness([]) == 0.0
