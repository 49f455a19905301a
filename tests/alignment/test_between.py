"""A short sentence is known by its place: between two that were read, with about as much said there."""

from __future__ import annotations

import pytest

from tests.listening import Listener, found_in, readings, script
from wavelode.schemas.records import Sentence

PAUSE = 4_000


def heard(*texts: str) -> Listener:
    """Sentences with a quarter of a second between them, at the usual pace of a reader."""
    listener = Listener()
    for text in texts:
        listener.hear(text)
        listener.at += PAUSE
    return listener


@pytest.mark.parametrize("said", ["bamo", "bako", "gaxo"])
def test_a_misheard_word_between_its_neighbours_is_found(said: str) -> None:
    """One word with a wrong letter or two is nowhere sure, but here nothing else can have been read."""
    before, after = script(1)[:2]
    printed = [before, Sentence("paper", 1, "Bamo."), Sentence("paper", 2, after.text)]
    found = found_in(printed, heard(before.text, said, after.text))
    assert readings(found) == [(0, 0), (1, 0), (2, 0)]


@pytest.mark.parametrize("said", ["", "wuxehigojyk wuxehigojyk", "wyxu"])
def test_nothing_is_forced_where_something_else_was_said(said: str) -> None:
    before, after = script(1)[:2]
    printed = [before, Sentence("paper", 1, "Bamo."), Sentence("paper", 2, after.text)]
    found = found_in(printed, heard(before.text, said, after.text))
    assert readings(found) == [(0, 0), (2, 0)]


def test_of_several_parts_the_likest_in_order_are_taken() -> None:
    """An interview may stand beside the sentence, and two sentences side by side."""
    before, after = script(2)[:2]
    short = [Sentence("paper", 1, "Bamo."), Sentence("paper", 2, "Gluter.")]
    printed = [before, *short, Sentence("paper", 3, after.text)]
    found = found_in(printed, heard(before.text, "wyx hyxe", "bamu", "gluker", after.text))
    assert readings(found) == [(0, 0), (1, 0), (2, 0), (3, 0)]
    assert [match.in_order for match in found] == [1, 2, 2, 1]
