"""Built recordings: what is printed, spoken and heard is what the truth says, and every trouble can be had alone."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from wavelode.infra.bench.known_answer.cases import Case, Trouble, Wanted, build
from wavelode.infra.bench.known_answer.damage import Letters, alike, edited, garbled, scanned
from wavelode.infra.bench.known_answer.listener import Errors, Silences, SimulatedListener, speech_of
from wavelode.infra.bench.known_answer.run import STOPPED, main
from wavelode.infra.bench.known_answer.utterances import (
    DATA_VARIABLE,
    Pool,
    Utterance,
    data_folder,
    endless,
    read_pools,
)
from wavelode.schemas.errors import SettingsError
from wavelode.schemas.records import Word
from wavelode.schemas.time import Span

NO_TROUBLE = Trouble(**{rate.name: 0.0 for rate in fields(Trouble)})


def _pool(language: str, letters: str, seed: int, size: int = 40) -> Pool:
    """Sentences of words that nobody has ever said."""
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list(letters), rng.integers(2, 9))) for _ in range(200)]
    texts = [" ".join(rng.choice(words, rng.integers(5, 15))) for _ in range(size)]
    return Pool(f"made-up-{language}", language, tuple(Utterance(text, language) for text in texts))


HERE, THERE = _pool("aa", "abdefgiklmnoprstu", 1), _pool("bb", "бвгдежзиклмнопрст", 2)


def _case(trouble: Trouble = NO_TROUBLE, minutes: float = 5, seed: int = 0) -> tuple[Wanted, Case]:
    wanted = Wanted(HERE, THERE, minutes, seed, trouble)
    return wanted, build(wanted)


def _heard(trouble: Trouble, cer: float, jitter_s: float = 0.04) -> tuple[Case, tuple[Word, ...]]:
    wanted, case = _case(trouble)
    return case, SimulatedListener.of(HERE, Errors(cer, jitter_s)).hear(case, wanted.rng("listener"))


def _said(case: Case) -> list[str]:
    return [spoken.utterance.text for spoken in case.spoken]


def _printed(case: Case) -> list[str]:
    return [sentence.text.rstrip(".") for sentence in case.sentences]


def test_the_same_wish_gives_the_same_case_and_another_seed_another() -> None:
    assert _case(Trouble()) == _case(Trouble())
    assert _case(Trouble(), seed=1)[1].sentences != _case(Trouble())[1].sentences


def test_without_trouble_all_that_is_printed_is_read_in_order() -> None:
    _, case = _case()
    assert _said(case) == _printed(case)
    assert all(at in spoken.exact for at, spoken in enumerate(case.spoken))
    assert not case.music


@pytest.mark.parametrize("minutes", [5, 60])
def test_a_recording_is_as_long_as_wanted_and_its_parts_lie_apart_inside_it(minutes: float) -> None:
    _, case = _case(Trouble(), minutes)
    spans = sorted([*(spoken.span for spoken in case.spoken), *case.music])
    assert minutes * 60 <= case.whole.duration_s <= minutes * 60 + 120
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert all(span in case.whole for span in spans)
    assert [sentence.index for sentence in case.sentences] == list(range(len(case.sentences)))


def test_the_truth_of_every_spoken_sentence_agrees_with_the_print() -> None:
    _, case = _case(Trouble(edited=0.2, scanned=0.2, garbled=0.1), 60)
    printed = _printed(case)
    for spoken in case.spoken:
        text = spoken.utterance.text
        assert {at for at, other in enumerate(printed) if other == text} == spoken.exact
        assert all(_words_changed(printed[at], text) == 1 for at in spoken.edited)
        assert all(printed[at] != text and alike(printed[at], text) > 0.5 for at in spoken.damaged)
    for kind in ("exact", "edited", "damaged"):
        assert sum(bool(getattr(spoken, kind)) for spoken in case.spoken) > 30


def _words_changed(a: str, b: str) -> int:
    return sum(x != y for x, y in zip(a.split(), b.split(), strict=True))


def test_a_sentence_that_is_printed_twice_is_right_at_both_places() -> None:
    twice = replace(HERE, utterances=(HERE.utterances[0],) * 10)
    case = build(Wanted(twice, THERE, 0.5, 0, NO_TROUBLE))
    assert len(case.spoken[0].exact) > 1


def test_speech_that_is_not_printed_has_no_place_in_print() -> None:
    _, case = _case(replace(NO_TROUBLE, unprinted=1.0))
    assert case.spoken and not case.sentences
    assert not any(spoken.exact for spoken in case.spoken)


def test_print_that_is_not_read_is_never_spoken() -> None:
    _, case = _case(replace(NO_TROUBLE, unread=0.5))
    assert len(case.sentences) > 1.5 * len(case.spoken)


def test_another_language_is_spoken_or_printed_but_never_both() -> None:
    _, spoken = _case(replace(NO_TROUBLE, second_language=1.0))
    assert any(s.utterance.language == "bb" and not s.exact for s in spoken.spoken)
    _, printed = _case(replace(NO_TROUBLE, foreign_print=1.0))
    foreign = {u.text for u in THERE.utterances}
    assert any(text in foreign for text in _printed(printed)) and not foreign & set(_said(printed))


def test_what_is_repeated_is_spoken_twice_and_printed_once() -> None:
    _, case = _case(replace(NO_TROUBLE, repeated=1.0), 1)
    assert sorted(_said(case)) == sorted(2 * _printed(case))


def test_moved_items_are_the_same_sentences_in_another_order() -> None:
    _, case = _case(replace(NO_TROUBLE, moved=0.5), 10)
    assert _said(case) != _printed(case)
    assert sorted(_said(case)) == sorted(_printed(case))


def test_music_and_noise_are_where_they_are_wanted() -> None:
    _, case = _case(replace(NO_TROUBLE, music=1.0, under_noise=1.0))
    assert len(case.music) > 3
    assert all(spoken.under_noise for spoken in case.spoken)


@pytest.mark.parametrize("rate", [rate.name for rate in fields(Trouble)])
def test_a_rate_beyond_one_is_refused(rate: str) -> None:
    with pytest.raises(ValueError, match=rate):
        Trouble(**{rate: 1.5})


def test_a_long_case_says_new_sentences_of_the_same_words() -> None:
    source = endless(HERE, np.random.default_rng(0))
    texts = [next(source).text for _ in range(400)]
    words = {word for u in HERE.utterances for word in u.text.split()}
    assert {u.text for u in HERE.utterances} == set(texts[:40])
    assert len(set(texts)) > 390
    assert all(set(text.split()) <= words for text in texts)


def test_damage_is_damage() -> None:
    rng, letters = np.random.default_rng(0), Letters.of(u.text for u in HERE.utterances)
    text = HERE.utterances[0].text
    assert all(scanned(text, rate, letters, rng) != text for rate in (0.0, 0.01) for _ in range(50))
    broken = garbled(text, 0.3, letters, rng)
    pairs = set(zip(text, broken, strict=True))
    assert len({a for a, _ in pairs}) == len(pairs), "a broken font shows a letter always the same way"
    assert edited("a bc de", ["xyz"], rng) is None
    assert _words_changed(edited(text, ["qqqqqq"], rng) or "", text) == 1


@pytest.mark.parametrize("cer", [0.0, 0.05, 0.2, 0.4])
def test_the_listener_is_wrong_as_often_as_it_is_told_to_be(cer: float) -> None:
    case, words = _heard(NO_TROUBLE, cer)
    said, heard = " ".join(_said(case)), " ".join(word.text for word in words)
    assert Levenshtein.distance(said, heard) / len(said) == pytest.approx(cer, rel=0.12)


def test_noise_is_heard_worse() -> None:
    case, words = _heard(replace(NO_TROUBLE, under_noise=1.0), 0.2)
    said, heard = " ".join(_said(case)), " ".join(word.text for word in words)
    assert Levenshtein.distance(said, heard) / len(said) > 0.25


def test_a_listener_without_jitter_knows_the_edges_to_the_sample() -> None:
    case, words = _heard(NO_TROUBLE, 0.0, 0.0)
    first, last = case.spoken[0].span.start, case.spoken[-1].span.end
    assert (words[0].span.start, words[-1].span.end) == (first, last)


def test_words_come_in_order_and_not_from_music() -> None:
    case, words = _heard(replace(NO_TROUBLE, music=1.0), 0.2, 0.0)
    starts = [word.span.start for word in words]
    assert starts == sorted(starts)
    assert not any(word.span & span for word in words for span in case.music)


def test_jitter_moves_edges_as_far_as_it_says() -> None:
    exact, moved = _heard(NO_TROUBLE, 0.0, 0.0)[1], _heard(NO_TROUBLE, 0.0, 0.04)[1]
    off_s = [a.span.start_s - b.span.start_s for a, b in zip(exact, moved, strict=True)]
    assert np.std(off_s) == pytest.approx(0.04, rel=0.2)


def test_a_second_language_is_heard_as_letters_of_the_first() -> None:
    case, words = _heard(replace(NO_TROUBLE, second_language=1.0), 0.2, 0.0)
    foreign = [s.span for s in case.spoken if s.utterance.language == "bb"]
    heard = [word.text for word in words if any(word.span in span for span in foreign)]
    assert heard and set("".join(heard)) <= set("".join(u.text for u in HERE.utterances))


def test_errors_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="cer"):
        Errors(1.2)


def test_silence_is_found_between_sentences_and_speech_around_them() -> None:
    _, case = _case()
    first, second = case.spoken[0].span, case.spoken[1].span
    gap = Span(first.end, second.start)
    near = Span(first.end - 800, first.end + 300)
    assert Silences.of(case)(near, Span(near.start, second.end)) == gap
    assert Silences.of(case)(near, near) == Span(first.end, near.end)
    inside = Span(first.start + 100, first.start + 300)
    assert not Silences.of(case)(inside, first)
    assert all(any(spoken.span in found for found in speech_of(case)) for spoken in case.spoken)


def test_pools_are_read_from_folders_with_a_listing(tmp_path: Path) -> None:
    rows = [{"audio": "audio/a.flac", "text": "ka lo mi", "language": "aa"}]
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "utterances.json").write_text(json.dumps(rows), encoding="utf-8")
    (tmp_path / "two").mkdir()
    (pool,) = read_pools(tmp_path)
    assert (pool.name, pool.language) == ("one", "aa")
    assert pool.utterances == (Utterance("ka lo mi", "aa", tmp_path / "one" / "audio" / "a.flac"),)


@pytest.mark.parametrize("text", ["{", "[1]", '[{"text": "a"}]'])
def test_a_listing_of_another_form_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "utterances.json").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"utterances\.json"):
        read_pools(tmp_path)


def test_without_data_the_command_says_so_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path))
    assert data_folder() == tmp_path
    assert main(quick=True) == STOPPED
    said = capsys.readouterr().out.strip()
    assert DATA_VARIABLE in said and "\n" not in said
