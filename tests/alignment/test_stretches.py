from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.listening import Listener, found_in, hear_all, script
from wavelode.alignment.stretches import Silence, name_stretches
from wavelode.schemas.records import Heard, Match, Stretch, Word
from wavelode.schemas.time import Span


def middle(span: Span) -> int:
    return (span.start + span.end) // 2


def no_pause(near: Span, _within: Span) -> Span:
    return Span(middle(near), middle(near))


def all_silent(_near: Span, within: Span) -> Span:
    return within


def at_the_start(near: Span, within: Span) -> Span:
    return Span(within.start, near.start)


def at_the_end(near: Span, within: Span) -> Span:
    return Span(near.end, within.end)


SILENCES: tuple[Silence, ...] = (no_pause, all_silent, at_the_start, at_the_end)


def check_partition(found: tuple[Stretch, ...], whole: Span) -> None:
    at = whole.start
    for stretch in found:
        assert stretch.span.start == at and stretch.span
        at = stretch.span.end
    assert at == whole.end


def named(matches: list[Match], words: list[Word], speech: list[Span], whole: Span) -> tuple[Stretch, ...]:
    return name_stretches(matches, words, speech, whole, no_pause)


@settings(max_examples=40, deadline=None)
@given(
    order=st.lists(st.integers(0, 7), max_size=8),
    wrong=st.sampled_from([0.0, 0.2, 0.5]),
    silence=st.sampled_from(SILENCES),
    edges=st.lists(st.integers(0, 400_000), max_size=12, unique=True).map(sorted),
    tail=st.integers(3_200, 9_000),
)
def test_stretches_part_the_recording_whatever_was_heard(
    order: list[int], wrong: float, silence: Silence, edges: list[int], tail: int
) -> None:
    """A gap or an overlap of one sample breaks in = kept + dropped + failed."""
    printed, other = script(1, 5), script(21, 3)
    listener = hear_all([[*printed, *other][i] for i in order], wrong)
    whole = Span(0, listener.at + tail)
    speech = [s for a, b in zip(edges[::2], edges[1::2], strict=False) if (s := Span(a, b) & whole)]
    matches = found_in(printed, listener)
    found = name_stretches(matches, listener.heard, speech, whole, silence)
    check_partition(found, whole)
    assert sum(s.kind is Heard.MATCHED for s in found) == len(matches)
    for stretch in found:
        assert 0 <= stretch.speech_ratio <= 1
        assert (stretch.match is not None) == (stretch.kind is Heard.MATCHED)
        if stretch.match:
            assert all(word.span in stretch.span for word in stretch.match.words)


def test_a_sentence_at_the_very_end_ends_with_the_recording() -> None:
    """A stretch beyond the end stops the whole run: its clip can't be cut."""
    printed = script(1, 1)
    listener = hear_all(printed)
    whole = Span(0, listener.at - 800)
    check_partition(name_stretches(found_in(printed, listener), listener.heard, [], whole, at_the_end), whole)


def test_each_part_is_named_for_what_it_is() -> None:
    """Music called speech teaches noise; an interview called music is lost."""
    printed, other = script(2, 2), script(22, 1)
    listener = Listener(at=16_000)
    listener.hear(printed[0].text)
    said = listener.hear(other[0].text)
    listener.at += 16_000
    last = listener.hear(printed[1].text)
    whole = Span(0, listener.at + 32_000)
    speech = [Span(16_000, said.end), last]
    found = named(found_in(printed, listener), listener.heard, speech, whole)
    kinds = [s.kind for s in found]
    assert kinds == [
        Heard.NON_SPEECH,
        Heard.MATCHED,
        Heard.UNTRANSCRIBED,
        Heard.NON_SPEECH,
        Heard.MATCHED,
        Heard.NON_SPEECH,
    ]
    check_partition(found, whole)


def test_what_was_heard_stands_in_its_own_stretch() -> None:
    """The hearing beside the print is what a person checks a clip by."""
    printed, other = script(3, 1), script(23, 1)
    listener = hear_all([other[0], printed[0]])
    found = named(found_in(printed, listener), listener.heard, [Span(0, listener.at)], Span(0, listener.at))
    assert [len(s.heard_text.split()) for s in found if s.heard_text] == [
        len(other[0].text.split()),
        len(printed[0].text.split()),
    ]


def test_a_sentence_takes_no_more_than_a_breath_of_silence() -> None:
    """Two seconds of jingle before a sentence would be labelled with its words."""
    printed = script(4, 1)
    listener = Listener(at=80_000)
    span = listener.hear(printed[0].text)
    whole = Span(0, listener.at + 80_000)
    found = named(found_in(printed, listener), listener.heard, [span], whole)
    clip = next(s.span for s in found if s.match)
    assert span.start - 4_000 <= clip.start <= span.start + 320
    assert span.end - 320 <= clip.end <= span.end + 4_000


@pytest.mark.parametrize("off", [-1_000, -400, 0, 400, 1_000])
def test_edges_lie_where_the_speech_does_however_late_the_listener(off: int) -> None:
    """Word times of a listener are off by some hundredths of a second; a pause tells where speech begins."""
    printed = script(6, 1)
    listener = Listener(at=16_000)
    true = listener.hear(printed[0].text)
    heard = [Word(w.text, w.span.shift(off)) for w in listener.heard]
    whole = Span(0, true.end + 16_000)

    def silence(near: Span, within: Span) -> Span:
        before, after = within & Span(0, true.start), within & Span(true.end, whole.end)
        return (before if near.start < true.start else after) or no_pause(near, within)

    matches = found_in(printed, Listener(at=listener.at, heard=heard))
    clip = next(s.span for s in name_stretches(matches, heard, [true], whole, silence) if s.match)
    assert true in clip
    assert len(clip) <= len(true) + 400


@pytest.mark.parametrize("silence", SILENCES)
def test_sentences_without_a_pause_share_one_edge(silence: Silence) -> None:
    """Readers run on; the second clip must not begin with the last word of the first."""
    printed = script(5, 4)
    listener = Listener()
    for sentence in printed:
        listener.hear(sentence.text)
        listener.at -= 800
    whole = Span(0, listener.at)
    found = name_stretches(found_in(printed, listener), listener.heard, [whole], whole, silence)
    spans = [s.span for s in found if s.match]
    assert len(spans) == 4
    assert all(a.end <= b.start for a, b in pairwise(spans))


def test_silence_all_over_is_one_stretch_and_no_sound_is_none() -> None:
    """An empty broadcast hour is dropped as what it is."""
    assert [s.kind for s in named([], [], [], Span(0, 99))] == [Heard.NON_SPEECH]
    assert named([], [], [], Span(0, 0)) == ()


_spans = st.tuples(st.integers(0, 300), st.integers(1, 60)).map(lambda x: Span(x[0], x[0] + x[1]))


@given(heard=st.lists(_spans, max_size=12), edges=st.lists(st.integers(0, 360), max_size=10, unique=True))
def test_a_stretch_holds_the_words_and_the_speech_inside_it(heard: list[Span], edges: list[int]) -> None:
    """What is looked up by time must be what looking at every word gives, however words overlap."""
    words = [Word(str(i), span) for i, span in enumerate(heard)]
    edges.sort()
    speech = [Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    for stretch in named([], words, speech, Span(0, 360)):
        inside = {word.text for word in words if stretch.span.start <= middle(word.span) < stretch.span.end}
        assert set(stretch.heard_text.split()) == inside
        spoken = sum(len(part) for span in speech if (part := span & stretch.span))
        assert stretch.speech_ratio == pytest.approx(spoken / len(stretch.span), abs=1e-4)
