from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.listening import Listener, found_in, hear_all, readings, script
from wavelode.alignment.sentences import character_error_rate, find_readings
from wavelode.alignment.text import tokens
from wavelode.schemas.records import Match, Sentence, Word
from wavelode.schemas.settings import AlignSettings
from wavelode.schemas.time import Span

SEEDS = range(4)


def core(match: Match) -> Span:
    return match.words[0].span | match.words[-1].span


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_heard_exactly_is_found_exactly(seed: int) -> None:
    """Without any error there is nothing to excuse a sentence missed or half found."""
    printed = script(seed)
    matches = found_in(printed, hear_all(printed))
    assert readings(matches) == [(i, 0) for i in range(len(printed))]
    for match in matches:
        assert match.alignment_score == pytest.approx(1, abs=0.01)
        assert match.cer == 0
        assert match.start_heard and match.end_heard and match.longest_miss == 0


@pytest.mark.parametrize("seed", SEEDS)
def test_words_stand_where_they_were_said_as_they_are_printed(seed: int) -> None:
    """Word times are what most training reuses; the text that leaves is the print's."""
    printed, listener = script(seed), Listener()
    spans = [listener.hear(sentence.text) for sentence in printed]
    for match, span in zip(found_in(printed, listener), spans, strict=True):
        assert core(match) == span
        assert [w.text for w in match.words] == [
            match.sentence.text[t.start : t.end] for t in tokens(match.sentence.text)
        ]


def test_sentences_that_were_not_read_stay_unread() -> None:
    """A sentence forced onto sound is a wrong label."""
    printed = script(5)
    read = [s for s in printed if s.index not in {0, 4, 5, 11}]
    assert readings(found_in(printed, hear_all(read))) == [(s.index, 0) for s in read]


def test_speech_that_is_not_printed_is_passed_over() -> None:
    """An interview between two paragraphs must not tear the alignment after it."""
    printed, foreign = script(6), script(106, 30)
    listener = Listener()
    for sentence in [*foreign[:10], *printed[:6], *foreign[10:], *printed[6:]]:
        listener.hear(sentence.text)
    matches = found_in(printed, listener)
    assert readings(matches) == [(i, 0) for i in range(12)]
    assert all(match.cer == 0 for match in matches)


def test_a_headline_read_twice_is_found_twice() -> None:
    """Headlines are printed once and read at both ends: two clips for one line of print."""
    printed = script(7)
    listener = hear_all([*printed, printed[0], printed[1]])
    assert readings(found_in(printed, listener)) == [*((i, 0) for i in range(12)), (0, 1), (1, 1)]


def test_paragraphs_read_in_another_order_are_found() -> None:
    """The editor moves an item up at the last minute; the print stays."""
    printed = script(8)
    read = [*printed[6:], *printed[:6]]
    assert readings(found_in(printed, hear_all(read))) == [(s.index, 0) for s in read]


@pytest.mark.parametrize(("wrong", "least"), [(0.1, 12), (0.2, 11), (0.3, 10)])
@pytest.mark.parametrize("seed", SEEDS)
def test_misheard_words_cost_few_sentences(wrong: float, least: int, seed: int) -> None:
    """No recogniser is exact: one word in five is what a good one gets wrong on radio."""
    printed = script(seed)
    matches = found_in(printed, hear_all(printed, wrong, seed))
    assert len({m.sentence.index for m in matches}) >= least
    assert all(m.occurrence == 0 for m in matches)
    assert [m.sentence.index for m in matches] == sorted(m.sentence.index for m in matches)


def test_mishearing_lowers_the_score_and_raises_the_error_rate() -> None:
    """`select` can only choose by what is measured."""
    printed = script(9)
    good, bad = (found_in(printed, hear_all(printed, wrong)) for wrong in (0.0, 0.3))
    assert sum(m.cer for m in bad) > 0.1 * len(bad) > sum(m.cer for m in good)
    assert sum(m.alignment_score for m in bad) / len(bad) < sum(m.alignment_score for m in good) / len(good)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("wrong", [0.0, 0.2])
def test_the_wrong_document_matches_hardly_anything(seed: int, wrong: float) -> None:
    """Pairing by name goes wrong; then every match would be a wrong label."""
    matches = found_in(script(seed, 20), hear_all(script(seed + 50, 20), wrong, seed))
    assert len(matches) <= 1


def test_a_misheard_edge_is_told() -> None:
    """Whether a clip begins with its first word is for `select` to ask."""
    printed = script(10, 3)
    listener = hear_all(printed)
    first = len(tokens(printed[0].text))
    for at in (first - 1, first):
        listener.heard[at] = Word("xqxqxqx", listener.heard[at].span, 0.1)
    found = found_in(printed, listener)
    assert [m.start_heard for m in found] == [True, False, True]
    assert [m.end_heard for m in found] == [False, True, True]


def test_numbers_printed_as_digits_are_heard_as_words() -> None:
    """ "40%" is never said as it is printed."""
    printed = [
        Sentence("p", 0, "The minister said that 40% of 1,250 villages have water."),
        Sentence("p", 1, "Rain fell on the 21st of June in all of the districts."),
    ]
    listener = Listener()
    listener.hear(
        "the minister said that forty percent of one thousand two hundred and fifty villages have water"
    )
    listener.hear("rain fell on the twenty first of june in all of the districts")
    matches = found_in(printed, listener, "en")
    assert readings(matches) == [(0, 0), (1, 0)]
    assert all(m.cer == 0 for m in matches)
    assert [w.text for w in matches[0].words][4:8] == ["40", "%", "of", "1,250"]


@pytest.mark.parametrize("empty", [Sentence("p", 0, ""), Sentence("p", 0, "—"), Sentence("p", 0, "… !")])
def test_print_without_a_word_is_no_reading(empty: Sentence) -> None:
    """Ornaments come out of PDFs as sentences."""
    printed = [empty, *script(11)]
    listener = hear_all(printed[1:])
    assert len(found_in(printed, listener)) == 12
    assert found_in([empty], listener) == []


def test_nothing_printed_or_nothing_heard_is_nothing_found() -> None:
    """A recording without a document is unlabelled speech, not an error."""
    printed = script(12)
    assert find_readings([], hear_all(printed).heard, "xx", AlignSettings()) == []
    assert find_readings(printed, [], "xx", AlignSettings()) == []
    assert find_readings(printed, [Word("…", Span(0, 5))], "xx", AlignSettings()) == []


@settings(max_examples=25, deadline=None)
@given(
    order=st.lists(st.integers(0, 7), max_size=12),
    wrong=st.sampled_from([0.0, 0.15, 0.5]),
    seed=st.integers(0, 3),
)
def test_whatever_is_read_matches_share_no_sound_and_stand_in_order(
    order: list[int], wrong: float, seed: int
) -> None:
    """Two clips over the same words would teach two texts for one sound."""
    printed, other = script(seed, 5), script(seed + 20, 3)
    matches = found_in(printed, hear_all([[*printed, *other][i] for i in order], wrong, seed))
    for a, b in pairwise(matches):
        assert core(a).end <= core(b).start
    for sentence in range(5):
        nth = [m.occurrence for m in matches if m.sentence.index == sentence]
        assert nth == list(range(len(nth)))
    for match in matches:
        assert 0 <= match.alignment_score <= 1 and match.cer >= 0
        assert all(a.span.end <= b.span.start for a, b in pairwise(match.words))


@pytest.mark.parametrize(
    ("reference", "heard", "rate"),
    [
        ("", "", 0.0),
        ("", "a", 1.0),
        ("abcd", "abcd", 0.0),
        ("abcd", "", 1.0),
        ("ab", "abab", 1.0),
        ("abc", "axc", 1 / 3),
    ],
)
def test_character_error_rate(reference: str, heard: str, rate: float) -> None:
    """The measure that people know must be the one they know."""
    assert character_error_rate(reference, heard) == pytest.approx(rate)
