"""Printed letters laid onto frames whose letters are planted: known times, misheard words, words nobody said."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wavelode.alignment.emissions import Labels, Posteriors, dense, kept, refined
from wavelode.schemas.records import Alphabet, Emission, Match, Sentence, Word
from wavelode.schemas.time import Span

WRITES = ("", " ", None, *"abcdefghij")
LETTERS = Alphabet(WRITES)
FRAME = 320


def spans(first: int, past: int) -> Span:
    return Span(first * FRAME, past * FRAME)


def posteriors(said: str, doubts: dict[int, dict[str, float]] | None = None) -> Posteriors:
    """A frame per character, ``.`` the blank: each label .97 likely, or as `doubts` of that frame say."""
    rows = np.full((len(said), len(WRITES)), 0.03 / len(WRITES))
    for frame, letter in enumerate(said):
        rows[frame, WRITES.index("" if letter == "." else letter)] = 0.97
        for other, share in (doubts or {}).get(frame, {}).items():
            rows[frame] = 0.01 / len(WRITES)
            rows[frame, WRITES.index(letter if letter != "." else "")] = 0.99 - share
            rows[frame, WRITES.index(other)] = share
    return np.log(rows / rows.sum(axis=1, keepdims=True)).astype(np.float32)


def emission(log_p: Posteriors, first: int = 0) -> Emission:
    return kept(log_p, spans(first, first + len(log_p)))


def match(
    text: str, *times: tuple[int, int, float | None], start_heard: bool = True, end_heard: bool = True
) -> Match:
    """A reading whose words were placed there; a confidence of None means that nobody heard the word."""
    words = tuple(Word(w, spans(a, b), sure) for w, (a, b, sure) in zip(text.split(), times, strict=True))
    return Match(Sentence("d", 0, text), 0, words, text, 1.0, 0.0, start_heard, end_heard, 0, 1)


def times(found: Match) -> list[tuple[float, float]]:
    return [(word.span.start / FRAME, word.span.end / FRAME) for word in found.words]


@given(st.integers(0, 9_999), st.integers(0, 12), st.integers(1, 300))
def test_what_is_kept_is_nearly_what_was(seed: int, frames: int, labels: int) -> None:
    """A 64th of a nat at most where a label is likely at all; the likeliest of a frame is always kept."""
    scores = np.random.default_rng(seed).normal(0, 3, (frames, labels))
    log_p = (scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))).astype(np.float32)
    found = dense(kept(log_p, Span(0, frames * FRAME)), labels)
    assert found.shape == log_p.shape
    likely = log_p >= -6.9
    np.testing.assert_allclose(found[likely], log_p[likely], atol=1 / 64 + 1e-4)
    assert (found[log_p < -7.1] == -8.0).mean() >= 1 - 1 / labels if (log_p < -7.1).any() else True
    if frames:
        assert (found[np.arange(frames), log_p.argmax(axis=1)] > -8.0).all()


@pytest.mark.parametrize(
    ("word", "labels"),
    [
        ("abba", [3, 4, 4, 3]),
        ("Ab,", [3, 4]),
        ("a‑b", [3, 4]),
        ("ax", None),
        ("7", None),
        ("—", None),
        ("", None),
    ],
)
def test_words_are_spelled_in_the_labels(word: str, labels: list[int] | None) -> None:
    """Case and marks aside; a digit or a letter that the model lacks can't be looked for."""
    assert Labels.of(LETTERS).spelled(word) == labels


def test_the_longest_label_is_taken() -> None:
    assert Labels.of(Alphabet(("", "s", "sh", "h", " "))).spelled("shs") == [2, 1]


def test_words_that_were_misheard_are_found_where_their_letters_are_likely() -> None:
    """The second and the last word were heard as others: nobody knew when they were said, nor where the end is."""
    said = "...ab...jj..d.....ff....hh.." + "...jab."
    doubts = {8: {"c": 0.4}, 9: {"c": 0.4}, 18: {"e": 0.4}, 19: {"e": 0.4}, 24: {"g": 0.45}, 25: {"g": 0.45}}
    guessed = match("ab cd ef g", (3, 5, 1.0), (5, 17, None), (17, 20, None), (20, 21, None), end_heard=False)
    (found,) = refined([guessed], [emission(posteriors(said, doubts))], LETTERS)
    assert times(found) == [(3, 5), (8, 13), (18, 20), (24, 25)]
    assert found.end_heard and [word.text for word in found.words] == ["ab", "cd", "ef", "g"]
    assert [word.confidence for word in found.words] == [1.0, None, None, None], "nobody heard them"


def test_words_that_were_not_said_stay_where_they_were() -> None:
    """Letters without any sign of them must not drag a sentence's end into what follows."""
    said = "...ab..cd...." + "jj..jj..jj..jj....."
    heard = match("ab cd eee", (3, 5, 1.0), (7, 9, 1.0), (9, 11, None), end_heard=False)
    (found,) = refined([heard], [emission(posteriors(said))], LETTERS)
    assert times(found)[:2] == [(3, 5), (7, 9)]
    assert times(found)[2] == (9, 11) and found.words[2].confidence is None
    assert not found.end_heard


def test_a_word_that_can_t_be_spelled_takes_what_its_neighbours_leave() -> None:
    said = "..ab..fjfj..cd.."
    heard = match("ab 37 cd", (2, 4, 1.0), (4, 10, None), (10, 14, None))
    (found,) = refined([heard], [emission(posteriors(said))], LETTERS)
    assert times(found) == [(2, 4), (4, 12), (12, 14)]


def test_a_word_that_was_heard_otherwise_keeps_its_time() -> None:
    """A script that the model does not write was heard by way of Latin letters: those times are all there is."""
    heard = match("aक ab", (2, 5, 0.9), (5, 6, None))
    (found,) = refined([heard], [emission(posteriors("..jjj.ab..."))], LETTERS)
    assert times(found) == [(2, 5), (6, 8)]
    assert [word.confidence for word in found.words] == [0.9, None]


def test_print_of_which_nothing_can_be_spelled_is_left_alone() -> None:
    heard = match("क ख", (2, 5, 0.9), (6, 7, 0.9))
    assert refined([heard], [emission(posteriors("..jjj.ab..."))], LETTERS) == [heard]
    assert refined([heard], [], LETTERS) == [heard]


def test_a_neighbour_s_words_are_not_taken() -> None:
    """Both sentences begin with the same word, of which one was misheard."""
    said = "..ab.cd......ab.ee....."
    one = match("ab cd", (2, 4, 0.9), (5, 7, 0.9))
    other = match("ab ee", (12, 15, None), (16, 18, 0.9), start_heard=False)
    found = refined([one, other], [emission(posteriors(said, {13: {"j": 0.6}}))], LETTERS)
    assert times(found[0]) == [(2, 4), (5, 7)]
    assert times(found[1]) == [(13, 15), (16, 18)]
    assert found[1].start_heard


def test_what_was_said_around_a_sentence_costs_nothing() -> None:
    """Else its first letter would begin where that letter stands in words before it, its last end in words behind."""
    said = "..aaa.jj.ab.cd.jj.ddd.."
    heard = match("ab cd", (5, 8, None), (12, 14, 0.9), start_heard=False)
    (found,) = refined([heard], [emission(posteriors(said))], LETTERS)
    assert times(found) == [(9, 11), (12, 14)]


def test_a_sentence_ends_where_the_next_one_was_heard() -> None:
    """Its last word was not said; the like of it in the next sentence is that one's."""
    said = "..ab.cd....ef.gh..."
    one = match("ab cd ef", (2, 4, 0.9), (5, 7, 0.9), (7, 9, None), end_heard=False)
    other = match("ef gh", (11, 13, 0.9), (14, 16, 0.9))
    found = refined([one, other], [emission(posteriors(said))], LETTERS)
    assert [times(f) for f in found] == [[(2, 4), (5, 7), (7, 9)], [(11, 13), (14, 16)]]
    assert not found[0].end_heard


SOUNDS = Alphabet((" ", *"abcdefghij"), (("one", (1, 2, 3)), ("two", (4, 5)), ("six", (5, 4)), ("ten", (4,))))


def sounds(said: str, seed: int, doubt: float) -> Posteriors:
    """A frame per character; what is said is likeliest on most frames, and `doubt` nats behind on others."""
    generator = np.random.default_rng(seed)
    scores = generator.normal(-6, 1, (len(said), len(SOUNDS.writes)))
    scores[np.arange(len(said)), [SOUNDS.writes.index(letter) for letter in said]] = 0.0
    doubtful = generator.random(len(said)) < 0.4
    scores[doubtful, generator.integers(0, len(SOUNDS.writes), doubtful.sum())] = doubt
    return (scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))).astype(np.float32)


@pytest.mark.parametrize("seed", range(8))
def test_sounds_of_which_each_frame_is_doubtful_are_laid_out_at_full_length(seed: int) -> None:
    """They are held, have no blank between them, and are not squeezed though anything may follow."""
    said = 5 * "aaabbbccc" + "  ddddeee" + "jjjiiigggjjjhhhjjjiiiggg"
    ones = [(9 * at, 9 * at + 9, 0.9) for at in range(5)]
    heard = match("one one one one one two", *ones, (45, 48, None), end_heard=False)
    (found,) = refined([heard], [emission(sounds(said, seed, 1.5))], SOUNDS)
    start, end = times(found)[-1]
    assert abs(start - 47) <= 2 and abs(end - 54) <= 2
    assert found.end_heard


def test_a_sound_that_ends_a_word_may_begin_the_next() -> None:
    said = "aabbcc" + "eedddd" + "jjjj"
    heard = match("one six ten", (0, 6, 0.9), (6, 7, None), (7, 8, None))
    (found,) = refined([heard], [emission(sounds(said, 0, -6.0))], SOUNDS)
    assert times(found)[0] == (0, 6)
    assert (times(found)[1][0], times(found)[2][1]) == (6, 12)


def test_a_sentence_may_lie_across_segments() -> None:
    """A pause ends a segment of speech; between them there are no frames."""
    first, second = emission(posteriors("..ab."), 10), emission(posteriors(".cd.."), 40)
    (found,) = refined([match("ab cd", (12, 14, 0.9), (14, 20, None))], [first, second], LETTERS)
    assert times(found) == [(12, 14), (41, 43)]


PHONES = Alphabet(
    tuple(None if text in ("", None) else text for text in WRITES),
    tuple(
        (text, tuple(map(WRITES.index, text))) for text in ("a", "b", "ab", "ba", "cab", "dd", "abcd", "aa")
    ),
)
"""The same labels as sounds: there is no blank."""


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[Match], list[Emission]]:
    """Random posteriors, and matches in order of time whose words lie anywhere, heard or not."""
    generator = np.random.default_rng(draw(st.integers(0, 9_999)))
    emissions, at = [], 0
    for frames in draw(st.lists(st.integers(0, 60), max_size=4)):
        at += int(generator.integers(0, 10))
        scores = generator.normal(0, 3, (frames, len(WRITES)))
        log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        emissions.append(emission(log_p.astype(np.float32), at))
        at += frames
    found = []
    edges = sorted(generator.integers(0, at + 20, 2 * draw(st.integers(0, 12))).tolist())
    pairs = list(zip(edges[::2], edges[1::2], strict=True))
    while pairs:
        own, pairs = pairs[: int(generator.integers(1, 5))], pairs[int(generator.integers(1, 5)) :]
        pairs = [pair for pair in pairs if pair[0] >= own[-1][1]]
        text = " ".join("".join(generator.choice([*"abcdx7"], generator.integers(1, 5))) for _ in own)
        sures = [None if generator.random() < 0.5 else 0.5 for _ in own]
        found.append(match(text, *((a, b, s) for (a, b), s in zip(own, sures, strict=True))))
    return found, emissions


@settings(max_examples=300, deadline=None)
@given(scenes(), st.sampled_from([LETTERS, PHONES]))
def test_no_word_is_lost_and_none_reaches_into_another(
    scene: tuple[Sequence[Match], list[Emission]], alphabet: Alphabet
) -> None:
    """Whatever was heard: stretches are cut by these times, and must not overlap."""
    matches, emissions = scene
    found = refined(matches, emissions, alphabet)
    assert [[w.text for w in m.words] for m in found] == [[w.text for w in m.words] for m in matches]
    ordered = [word.span for one in found for word in one.words]
    assert all(a.end <= b.start for a, b in pairwise(ordered))
    for old, new in zip(matches, found, strict=True):
        assert new.start_heard >= old.start_heard and new.end_heard >= old.end_heard
        assert (new.cer, new.p_correct, new.text_normalized) == (old.cer, old.p_correct, old.text_normalized)
