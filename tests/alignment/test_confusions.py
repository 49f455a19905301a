"""Scores that learn what a listener takes for what."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.alignment.test_readings import heard_badly
from tests.listening import script
from wavelode.alignment.align import FreeEnds, encode
from wavelode.alignment.confusions import Confusions, confusions_json, fitted, read_confusions
from wavelode.alignment.rates import log_odds
from wavelode.alignment.sentences import find_readings
from wavelode.alignment.sides import WILD
from wavelode.schemas.errors import SettingsError
from wavelode.schemas.records import Match, Sentence
from wavelode.schemas.settings import AlignSettings

PLAIN = log_odds(0.3, 0.08, FreeEnds(), 10.0)
TAKES = str.maketrans("bdgvaeou", "ptkfiiii")
"""A listener that hears no voice in consonants and one vowel only: half of all letters are wrong, always alike."""
letters = st.text("abc ", max_size=12)


@given(st.lists(st.tuples(letters, letters), max_size=5))
def test_every_letter_is_counted_once(claims: list[tuple[str, str]]) -> None:
    """A letter is paired, missed or extra; what is lost would look like a better listener."""
    found = Confusions.of(claims, PLAIN)
    printed, heard = Counter("".join(a for a, _ in claims)), Counter("".join(b for _, b in claims))
    paired = [Counter(), Counter()]
    for pair, times in found.pairs.items():
        for side, letter in zip(paired, pair, strict=True):
            side[letter] += times
    assert paired[0] + found.missed == printed and paired[1] + found.extra == heard


@given(st.lists(st.tuples(letters, letters), max_size=4), st.lists(st.tuples(letters, letters), max_size=4))
def test_counts_of_two_recordings_add_up(one: list[tuple[str, str]], other: list[tuple[str, str]]) -> None:
    """A corpus is the sum of its recordings."""
    assert Confusions.of(one, PLAIN) + Confusions.of(other, PLAIN) == Confusions.of([*one, *other], PLAIN)


def test_what_is_always_taken_for_another_scores_like_a_match() -> None:
    """Written for it every time, it is no error; a pair never seen stays one."""
    texts = [s.text.lower().rstrip(".") for s in script(0, 40)]
    scored = Confusions.of([(t, t.translate(TAKES)) for t in texts], PLAIN).scored(PLAIN)
    pairs = encode("bdgk"), encode("ptks")
    assert (scored.substitution(*pairs)[:3] > 4).all()
    assert scored.substitution(*pairs)[3] < -4


def test_letters_nobody_counted_score_by_equality_and_wildcards_nothing() -> None:
    """A table of one recording meets new letters in the next."""
    scored = Confusions.of([("abab" * 50, "abab" * 50)], PLAIN).scored(PLAIN)
    a, b = encode("xy" + WILD), encode("xza")
    assert fitted(scored, a, b).substitution(a, b).tolist() == [PLAIN.match, PLAIN.mismatch, 0]
    assert fitted(PLAIN, a[:2], b) is PLAIN


def bulletin(seed: int) -> tuple[list[Sentence], list[Match], list[Match]]:
    """Printed sentences, half of which were read among others to such a listener; found without and with learning."""
    printed, other = script(seed, 60), script(seed + 500, 30)
    read = [s.text for pair in zip(printed[::2], other, strict=True) for s in pair]
    words, _ = heard_badly([text.lower().translate(TAKES) for text in read], 0.12, seed)
    plain, learned = (find_readings(printed, words, "xx", AlignSettings(learn_rounds=n)) for n in (0, 2))
    return printed, plain, learned


@pytest.mark.parametrize("seed", range(3))
def test_a_listener_with_habits_becomes_usable(seed: int) -> None:
    """More than half of all letters are wrong; who knows the habits finds what was read and nothing else."""
    _, plain, learned = bulletin(seed)
    right = [sum(m.sentence.index % 2 == 0 for m in found) for found in (plain, learned)]
    wrong = [sum(m.sentence.index % 2 == 1 for m in found) for found in (plain, learned)]
    assert right[1] >= right[0] and wrong[1] <= wrong[0]
    assert np.mean([m.alignment_score for m in learned]) > np.mean([m.alignment_score for m in plain]) + 0.2


def test_a_known_habit_is_no_error_and_does_not_make_a_reading_unlikely() -> None:
    """What is learned of a listener must not lower what its right readings are worth."""
    _, plain, learned = bulletin(0)
    cers, sure = (
        [np.mean([getattr(m, of) for m in found]) for found in (plain, learned)]
        for of in ("cer", "p_correct")
    )
    assert cers[0] > 0.4 and cers[1] < 0.25
    assert sure[1] > max(0.9, sure[0])


def test_a_habit_is_what_is_written_more_often_than_not() -> None:
    told = Confusions.of([("ab" * 60, "xb" * 60), ("a" * 20, "a" * 20), ("bc" * 4, "by" * 4)], PLAIN)
    assert told.habits == {ord("a"): "x"}, "c was heard too seldom to tell"
    assert Confusions.of([("ab" * 60, "xb" * 60), ("a" * 60, "a" * 60)], PLAIN).habits == {}


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    """It is made by one run and used by the next."""
    found = Confusions.of([("abc d", "abd"), ("ab", "xab")], PLAIN)
    file = tmp_path / "confusions.json"
    file.write_text(confusions_json({"hi": found}, {"recordings": 1}), encoding="utf-8")
    assert read_confusions(file) == {"hi": found}
    assert read_confusions(None) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"format": 0},
        {"languages": {"hi": {"heard": {"ab": {"c": 1}}, "missed": {}, "extra": {}}}},
        {"languages": {"hi": {"heard": {}, "missed": {"a": -1}, "extra": {}}}},
        {"languages": []},
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    """Before any work begins, with the command that makes one."""
    file = tmp_path / "confusions.json"
    good = json.loads(confusions_json({}, {}))
    file.write_text(json.dumps({**good, **change}), encoding="utf-8")
    with pytest.raises(SettingsError, match="wavelode learn"):
        read_confusions(file)
    with pytest.raises(SettingsError, match="wavelode learn"):
        read_confusions(tmp_path / "nowhere.json")


def test_what_was_learned_elsewhere_helps_where_little_is_heard() -> None:
    """A recording of two minutes tells too little about its listener; the archive tells enough."""
    texts = [s.text.lower() for s in script(7, 60)]
    elsewhere = Confusions.of([(t, t.translate(TAKES)) for t in texts], PLAIN)
    assert elsewhere.tells() and not Confusions.of([(texts[0], texts[0])], PLAIN).tells()
