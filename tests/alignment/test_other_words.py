"""An edited word must stand out, and the odds must be those of the model, whatever was heard."""

from __future__ import annotations

import math
from functools import cache
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.alignment.test_readings import with_letter_errors
from tests.listening import vocabulary
from wavelode.alignment.align import FreeEnds
from wavelode.alignment.misheard import log_misheard
from wavelode.alignment.other_words import Claim, Spelling, heard_in_place, other_word_odds
from wavelode.alignment.rates import SUBSTITUTED, UNPAIRED, log_odds

SCORING = log_odds(0.2, 0.06, FreeEnds(), 10.0)
SHARES = {"a": 0.5, "b": 0.3, "c": 0.2}
_words = st.text("abc", max_size=5)


def slowly_misheard(said: str, written: str, rate: float) -> float:
    """Every way to mishear a word, one letter at a time."""
    confused, alone = SUBSTITUTED * rate, UNPAIRED * rate

    @cache
    def ways(i: int, j: int) -> float:
        if (i, j) == (0, 0):
            return 1.0
        total = ways(i - 1, j) * alone if i else 0.0
        total += ways(i, j - 1) * alone * SHARES[written[j - 1]] if j else 0.0
        if i and j:
            same = said[i - 1] == written[j - 1]
            total += ways(i - 1, j - 1) * (
                1 - confused - alone if same else confused * SHARES[written[j - 1]]
            )
        return total

    return ways(len(said), len(written))


@given(st.lists(st.tuples(_words, _words, st.floats(0.02, 0.6)), max_size=6))
def test_the_fast_odds_are_the_slow_ones(pairs: list[tuple[str, str, float]]) -> None:
    said, written, rates = ([row[i] for row in pairs] for i in range(3))
    found = log_misheard(said, written, np.array(rates), SHARES)
    for value, pair in zip(found, pairs, strict=True):
        assert math.exp(value) == pytest.approx(slowly_misheard(*pair), rel=1e-6)


@given(st.lists(st.text("abc", min_size=1, max_size=4), min_size=1, max_size=8))
def test_what_is_written_often_is_likelier(words: list[str]) -> None:
    spelling = Spelling.of([*words, *["cab"] * 40])
    assert spelling.log_chance("cab") > spelling.log_chance("bbb")
    one_letter = sum(math.exp(spelling.log_chance(letter)) for letter in "abc")
    assert 0 < one_letter + math.exp(spelling.log_chance("")) < 1


@pytest.mark.parametrize(
    ("heard", "places"),
    [
        ("kalo mira tos", [["kalo"], ["mira"], ["tos"]]),
        ("kalo mi ra xos", [["kalo"], ["mi", "ra"], ["xos"]]),
        ("kalo tos", [["kalo"], [], ["tos"]]),
        ("kaloe tos", [["kalo"], [], ["tos"]]),
        ("kalo mira benu tos", [["kalo"], ["mira", "benu"], ["tos"]]),
        ("kalomira tos", [["kalo"], ["mira"], ["tos"]]),
    ],
)
def test_each_word_gets_what_was_heard_in_its_place(heard: str, places: list[list[str]]) -> None:
    found = list(heard_in_place(Claim(("kalo", "mira", "tos"), heard, 0.1), SCORING))
    assert [part for part in found if part] == [part for part in places if part]


@pytest.mark.parametrize("heard", ["kalo mira tos", "kalo tos", "kalo mira benu tos", "kalo mi ra tos"])
def test_a_word_unheard_made_up_or_split_is_no_other_word(heard: str) -> None:
    """Listeners drop, make up and split words; none of it says that another word was read."""
    words = vocabulary(5)
    changed = other_word_odds([Claim(("kalo", "mira", "tos"), "kalo benu tos", 0.2)], words, SCORING)
    odds = other_word_odds([Claim(("kalo", "mira", "tos"), heard, 0.2)], words, SCORING)
    assert odds[0] < 0 < changed[0] - 2


def test_edited_sentences_stand_out_among_misheard_ones() -> None:
    """At one letter in five misheard, most edits must score above most sentences that are printed as they were said."""
    random, words = Random(3), vocabulary(5)
    said = [random.choices(words, k=12) for _ in range(60)]
    heard = [[with_letter_errors(word, 0.2, random) or "x" for word in row] for row in said]
    edited = [[*row[:5], random.choice([w for w in words if w != row[5]]), *row[6:]] for row in said]
    claims = [
        Claim(tuple(row), " ".join(h), 0.2)
        for print_ in (said, edited)
        for row, h in zip(print_, heard, strict=True)
    ]
    odds = other_word_odds(claims, [word for row in heard for word in row], SCORING)
    sound, changed = odds[:60], odds[60:]
    better = (changed[:, None] > sound[None]).mean()
    assert better > 0.85


def test_one_odd_word_is_weaker_evidence_the_more_is_misheard() -> None:
    """A listener that errs in two letters of five writes some words whatever is said; one in fifty hardly ever."""
    words = vocabulary(5)
    printed, heard = ("kalo", "miradosanu", "tos"), "kalo benukilesto tos"
    odds = [other_word_odds([Claim(printed, heard, rate)], words, SCORING)[0] for rate in (0.02, 0.2, 0.4)]
    assert odds[0] > odds[1] > odds[2] > 0
    assert odds[1] - odds[2] == pytest.approx(2.6 * math.log(2), abs=0.2)


def test_nothing_claimed_has_no_odds() -> None:
    assert other_word_odds([], [], SCORING).shape == (0,)
