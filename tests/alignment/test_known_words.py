"""Another word is one of the print's words, misheard; the chance of it is the sum over them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.alignment.test_other_words import SCORING
from tests.listening import vocabulary
from wavelode.alignment.known_words import KnownWords
from wavelode.alignment.misheard import log_misheard
from wavelode.alignment.other_words import Claim, other_word_odds

LETTERS = dict.fromkeys("abcde", 0.2)
_words = st.text("abcde", min_size=1, max_size=5)


@given(st.lists(_words, min_size=2, max_size=12), st.lists(st.tuples(_words, _words), max_size=4))
def test_the_chance_is_the_sum_over_all_other_words(printed: list[str], asked: list[tuple[str, str]]) -> None:
    known = KnownWords.of(printed)
    said, texts = [word for word, _ in asked], [text for _, text in asked]
    rates = np.full(len(asked), 0.2)
    found = known.log_chance(said, texts, rates, LETTERS)
    for value, own, text in zip(found, said, texts, strict=True):
        others = [word for word in printed if word != own]
        single = np.exp(log_misheard(others, [text] * len(others), np.full(len(others), 0.2), LETTERS))
        if len(set(printed)) > 1 and others:
            assert np.exp(value) == pytest.approx(single.sum() / len(printed), rel=1e-6)


def test_a_word_of_the_print_in_anothers_place_stands_out_more_where_the_print_is_known() -> None:
    """And more than nonsense there does."""
    words = vocabulary(5)
    print_ = [*words[:60], "kalo", "mira", "tos", "benu"]
    edited, odd = (Claim(("kalo", "mira", "tos"), f"kalo {said} tos", 0.2) for said in ("benu", "vexu"))
    plain, known = (other_word_odds([edited, odd], words, SCORING, given) for given in ((), print_))
    assert known[0] > plain[0] + 0.2
    assert known[0] > known[1] + 2.0
