"""Lost ligatures come back where the language's words prove them, and nowhere else."""

from __future__ import annotations

import pytest

from wavelode.pipelines.documents.base import Line
from wavelode.pipelines.documents.ligatures import restore

WORDS = frozenset(
    [
        "committee",
        "committed",
        "action",
        "section",
        "nation",
        "station",
        "time",
        "frame",
        "better",
        "letter",
        "a",
        "the",
        "of",
        "word",
        "words",
        "meet",
    ]
)


def _restored(*texts: str, words: frozenset[str] = WORDS) -> list[str]:
    return [line.text for line in restore([Line(text) for text in texts], words)]


def test_a_sign_that_makes_words_of_the_language_is_a_ligature() -> None:
    """The commonest damage of Latin PDFs would go into every clip's text."""
    assert _restored("The Commi$ee is commi$ed", "ac(on of the sec(on") == [
        "The Committee is committed",
        "action of the section",
    ]


def test_both_signs_of_one_word_come_back() -> None:
    """A word hurt twice is no evidence itself but is mended like the others."""
    assert _restored("sta(on na(on le$er be$er (me $me a(e$er") == [
        "station nation letter better time $me atietter"
    ]


def test_a_sign_at_a_words_start_is_kept_unless_it_makes_a_word() -> None:
    """Real parentheses must survive in a text whose ligatures hide behind them."""
    assert _restored("ac(on na(on (words) (me (meframe") == ["action nation (words) time timeframe"]


@pytest.mark.parametrize("text", ["word(s) and/or letter", "US$ 5 for a word", "a.b@c.d", "x+y=z"])
def test_signs_that_prove_nothing_stay(text: str) -> None:
    """Text that is sound must come out as it went in."""
    assert _restored(text) == [text]


def test_one_word_alone_is_no_proof() -> None:
    """A single odd word may be a name or a typing error."""
    assert _restored("Commi$ee") == ["Commi$ee"]


def test_without_words_only_declared_ligatures_are_resolved() -> None:
    """A language without a word list must not be guessed at."""
    assert _restored("oﬃcial ﬁve ac(on na(on", words=frozenset()) == ["official five ac(on na(on"]


def test_lines_keep_their_place() -> None:
    """What is mended must still know its paragraph."""
    lines = [Line("ac(on", True, 3), Line("na(on", False, 4)]
    assert [(line.starts_paragraph, line.page) for line in restore(lines, WORDS)] == [(True, 3), (False, 4)]
