"""Whoever asks why a sentence is missing is told where it should have been and what was heard there."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.listening import Listener, found_in, hear_all, script
from wavelode.alignment.unread import not_read
from wavelode.schemas.records import NotRead, Sentence, Unread

PRINTED = script(3)


def left(printed: list[Sentence], listener: Listener, refused: frozenset[str] = frozenset()) -> list[NotRead]:
    return list(not_read(printed, found_in(printed, listener), listener.heard, "xx", refused))


def test_other_words_in_its_place_are_quoted_with_their_time() -> None:
    listener = Listener()
    before = listener.hear(PRINTED[0].text)
    listener.hear("wyx hyxe juqo")
    listener.hear(PRINTED[2].text)
    (only,) = left(PRINTED[:3], listener)
    assert (only.sentence, only.why) == (PRINTED[1], Unread.OTHER_WORDS)
    assert "wyx hyxe juqo" in only.message and f"{before.end_s:.1f} s" in only.message


def test_nothing_in_its_place_is_said_so() -> None:
    (only,) = left(PRINTED[:3], hear_all([PRINTED[0], PRINTED[2]]))
    assert only.why is Unread.PASSED_OVER


def test_a_sentence_whose_neighbours_were_read_the_other_way_round_has_no_place() -> None:
    (only,) = left(PRINTED[:3], hear_all([PRINTED[2], PRINTED[0]]))
    assert only.why is Unread.OUT_OF_PLACE


@pytest.mark.parametrize(
    ("text", "said", "refused", "why"),
    [
        ("***", "kalo", frozenset[str](), Unread.NO_WORDS),
        ("Mira.", "", frozenset[str](), Unread.NOTHING_HEARD),
        ("Mira.", "kalo", frozenset({"paper"}), Unread.OTHER_DOCUMENT),
    ],
)
def test_what_decides_for_itself(text: str, said: str, refused: frozenset[str], why: Unread) -> None:
    listener = Listener()
    listener.hear(said)
    (only,) = left([Sentence("paper", 0, text)], listener, refused)
    assert only.why is why


@given(st.lists(st.integers(0, 11), max_size=14), st.floats(0, 0.4))
def test_every_sentence_is_read_or_left_with_a_reason(order: list[int], wrong: float) -> None:
    listener = hear_all([PRINTED[i] for i in order], wrong)
    matches = found_in(PRINTED, listener)
    found = not_read(PRINTED, matches, listener.heard, "xx")
    read = {match.sentence.index for match in matches}
    assert sorted([*read, *(one.sentence.index for one in found)]) == list(range(12))
    assert all(one.message for one in found)
    assert all(a.sentence.index < b.sentence.index for a, b in pairwise(found))
