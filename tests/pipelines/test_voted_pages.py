"""A page that is hardly recognised is read three times, and its letters are voted for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavelode.pipelines.documents.ocr import Seen
from wavelode.pipelines.documents.voted import elect, seen_surely, voted
from wavelode.schemas.errors import ErrorCode, InputError
from wavelode.schemas.records import Box

TEXT = st.text("abc ", max_size=12)


def line(text: str, number: int = 0, sure: float = 0.5) -> list[Seen]:
    """Words ten points high, five points to a letter."""
    found, x = [], 0.0
    for word in text.split():
        found.append(Seen(word, Box(x, 20.0 * number, x + 5 * len(word), 20.0 * number + 10), sure, number))
        x += 5 * (len(word) + 1)
    return found


def said(words: Sequence[Seen]) -> str:
    return " ".join(word.text for word in words)


@given(TEXT, TEXT)
def test_what_two_of_three_say_is_elected(text: str, other: str) -> None:
    assert elect([text, other, text]) == elect([other, text, text]) == elect([text, text, other]) == text


def test_single_errors_of_each_are_outvoted() -> None:
    assert elect(["the cot sat on it", "tne cat sat onit", "the cat sxt on it"]) == "the cat sat on it"


def test_without_a_majority_the_likest_text_stays() -> None:
    assert elect(["abcx", "abcy", "abcz"]) in {"abcx", "abcy", "abcz"}


def test_words_stand_where_their_letters_stood() -> None:
    first = line("the cot sat")
    found = voted(first, [line("the cat sat"), line("the cat sat")])
    assert said(found) == "the cat sat"
    assert [word.box for word in found] == [word.box for word in first]


def test_words_that_were_run_together_are_parted_and_parted_ones_joined() -> None:
    right = [line("on it he sat"), line("on it he sat")]
    first = line("onit h e sat")
    found = voted(first, right)
    assert said(found) == "on it he sat"
    assert found[0].box == found[1].box == first[0].box
    assert found[2].box == first[1].box | first[2].box


def test_lines_are_voted_for_one_by_one() -> None:
    first = line("one twa") + line("six ten", 1)
    other = line("one two") + line("six tan", 1)
    assert said(voted(first, [other, other])) == "one two six tan"


def test_a_line_that_another_reading_lacks_stays() -> None:
    first = line("one twa") + line("only here", 1)
    assert said(voted(first, [line("one two"), line("one two")])) == "one two only here"


@given(st.lists(TEXT.filter(str.strip), min_size=1, max_size=3))
def test_readings_that_agree_change_nothing(texts: list[str]) -> None:
    words = [word for number, text in enumerate(texts) for word in line(text, number)]
    assert voted(words, [words, words]) == words


@dataclass
class Page:
    """A page drawn at several sizes, and who reads it: both in one."""

    readings: dict[int, Any]
    asked: list[int] = field(default_factory=list)

    def picture(self, page: int, dpi: int) -> int:
        assert page == 3
        return dpi

    def read(self, dpi: int) -> list[Seen]:
        self.asked.append(dpi)
        if isinstance(self.readings[dpi], InputError):
            raise self.readings[dpi]
        found: list[Seen] = self.readings[dpi]
        return found


def surely(page: Any, seen: list[Seen]) -> Sequence[Seen]:
    return seen_surely(page, 3, page, seen)


def test_only_a_page_that_is_hardly_recognised_is_read_again() -> None:
    page = Page({250: line("the cat"), 350: line("the cat")})
    assert said(surely(page, line("the cot"))) == "the cat" and page.asked == [250, 350]
    sure = [replace(word, confidence=0.9) for word in line("the cot")]
    assert surely(page, sure) == sure and page.asked == [250, 350]
    assert surely(page, []) == [] and page.asked == [250, 350]


@pytest.mark.parametrize("late", [250, 350])
def test_what_was_read_once_stays_where_there_is_no_time_for_more(late: int) -> None:
    page = Page({250: line("the cat"), 350: line("the cat")})
    page.readings[late] = InputError(ErrorCode.TIMED_OUT, "too late")
    assert said(surely(page, line("the cot"))) == "the cot"
