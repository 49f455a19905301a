"""Two hearings put together by a vote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavelode.pipelines.models.fake import FakeListener
from wavelode.pipelines.models.registry import make_first_listener
from wavelode.pipelines.models.voted import Voted, slots, voted
from wavelode.schemas.records import Word
from wavelode.schemas.settings import ListenerSettings, SecondSettings
from wavelode.schemas.time import Span


def heard(told: str, sure: float | None = 0.6) -> tuple[Word, ...]:
    """Words of a second each, one after the other; ``-`` is a second without one, ``word:0.9`` says how sure."""
    words = []
    for at, part in enumerate(told.split()):
        text, _, confidence = part.partition(":")
        if text != "-":
            span = Span(at * 16_000, (at + 1) * 16_000)
            words.append(Word(text, span, float(confidence) if confidence else sure))
    return tuple(words)


@pytest.mark.parametrize(
    ("first", "second", "chosen"),
    [
        ("the wells are dry", "the wells are dry", "the wells are dry"),
        ("the bells:0.3 are dry", "the wells:0.7 are dry", "the wells are dry"),
        ("the wells:0.7 are dry", "the bells:0.3 are dry", "the wells are dry"),
        ("the - are dry", "the wells:0.9 are dry", "the wells are dry"),
        ("the - are dry", "the wells:0.2 are dry", "the are dry"),
        ("the wells are dry", "", "the wells are dry"),
        ("", "", ""),
    ],
)
def test_the_surer_word_of_each_slot_stays(first: str, second: str, chosen: str) -> None:
    assert " ".join(word.text for word in voted(heard(first), heard(second))) == chosen


def test_agreement_makes_sure_and_a_word_keeps_its_place() -> None:
    """In whatever writing: 'Wells' and 'wells' are one word."""
    (word,) = voted(heard("- Wells:0.5"), heard("- wells:0.8"))
    assert (word.text, word.span) == ("wells", Span(16_000, 32_000))
    assert word.confidence == pytest.approx(0.9)
    assert voted(heard("- wells", None), heard("- - dry:0.4")) == heard("- wells", None)


def test_the_same_word_at_another_time_is_no_agreement() -> None:
    """A bulletin says some words a hundred times."""
    assert [w.span.start for w in voted(heard("dry - - -"), heard("- - - dry"))] == [0, 48_000]


WORDS = st.lists(st.sampled_from(["a:0.2", "b:0.9", "c:0.5", "-"]), max_size=12).map(" ".join)


@given(WORDS, WORDS)
def test_no_word_is_made_up_lost_from_both_or_out_of_order(first: str, second: str) -> None:
    one, other = heard(first), heard(second)
    told = list(slots(one, other))
    assert [w for w, _ in told if w] == list(one) and [w for _, w in told if w] == list(other)
    chosen = voted(one, other)
    places = {(w.text, w.span) for w in (*one, *other)}
    assert all((w.text, w.span) in places for w in chosen)
    assert [w.span.start for w in chosen] == sorted(w.span.start for w in chosen)
    assert all(0 <= (w.confidence or 0) <= 1 for w in chosen)
    assert [w.span for w in voted(one, one)] == [w.span for w in one]


def test_it_is_a_listener_made_of_two() -> None:
    settings = ListenerSettings(kind="fake")
    both = make_first_listener(settings, SecondSettings(kind="fake", combine=True))
    assert isinstance(both, Voted) and both.needs_text
    assert both.name == "voted-1/fake-listener+fake-listener"
    for second in (SecondSettings(combine=True), SecondSettings(kind="fake")):
        assert isinstance(make_first_listener(settings, second), FakeListener)
