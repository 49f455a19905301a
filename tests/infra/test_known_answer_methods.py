"""Every method finds what is easy to find, so that a peer's poor figure is the method's and not our bug."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from wavelode.alignment.align import encode
from wavelode.infra.bench.known_answer.cases import Trouble, Wanted, build
from wavelode.infra.bench.known_answer.hearing import Hearing, Method
from wavelode.infra.bench.known_answer.listener import Errors
from wavelode.infra.bench.known_answer.ours import Wavelode
from wavelode.infra.bench.known_answer.peers import Words
from wavelode.infra.bench.known_answer.peers_published import smith_waterman
from wavelode.infra.bench.known_answer.run import ours, peers, rows, with_peers
from wavelode.infra.bench.known_answer.scores import Found, Verdict, judge
from wavelode.infra.bench.known_answer.sound import RealListener, broadcast, length_of_clip, speech_inside
from wavelode.infra.bench.known_answer.tasks import Row, heard, measured
from wavelode.infra.bench.known_answer.utterances import Pool, Utterance
from wavelode.pipelines.models.fake import FakeDetector, FakeListener
from wavelode.schemas.records import Sentence, Word
from wavelode.schemas.time import Span

NO_TROUBLE = Trouble(**{rate.name: 0.0 for rate in fields(Trouble)})
METHODS = (Wavelode(), *peers())


def _pool(seed: int, audio: Path | None = None, size: int = 40) -> Pool:
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list("abdefgiklmnoprstu"), rng.integers(3, 9))) for _ in range(200)]
    texts = [" ".join(rng.choice(words, rng.integers(6, 15))) for _ in range(size)]
    return Pool(f"made-up-{seed}", f"a{seed}", tuple(Utterance(text, f"a{seed}", audio) for text in texts))


POOLS = (_pool(1), _pool(2))


def test_all_peers_run_here() -> None:
    assert len(peers()) == 5, "rapidfuzz belongs to the dev extra"


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_what_is_heard_without_errors_is_found_to_the_word(method: Method) -> None:
    case, hearing = heard(Wanted(*POOLS, 2, 0, NO_TROUBLE), Errors(0.0, 0.0))
    judged = judge(case, method.find(hearing))
    assert [j.verdict for j in judged] == [Verdict.RIGHT] * len(case.spoken)


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_most_is_found_where_a_letter_in_ten_is_wrong(method: Method) -> None:
    wanted = Wanted(*POOLS, 5, 0, replace(NO_TROUBLE, unprinted=0.1, unread=0.1))
    outcome = measured(Row("row", (wanted,), Errors(0.1)), method, [heard(wanted, Errors(0.1))])
    right = sum(j.verdict is Verdict.RIGHT for j in outcome.judged)
    assert right >= 0.85 * outcome.planted.sound


@pytest.mark.parametrize(
    "method",
    [m for m in METHODS if "difflib" not in m.name and "partial" not in m.name],
    ids=lambda m: m.name,
)
def test_methods_that_know_of_order_find_a_sentence_that_is_printed_twice_at_both_places(
    method: Method,
) -> None:
    a, b = (u.text for u in POOLS[0].utterances[:2])
    spoken = [word for text in (a, b, a) for word in text.split()]
    words = tuple(Word(word, Span(at * 4_000, at * 4_000 + 4_000)) for at, word in enumerate(spoken))
    sentences = tuple(Sentence("print", at, text) for at, text in enumerate((a, b, a)))
    whole = Span(0, 4_000 * len(words))
    found = method.find(Hearing("aa", sentences, words, (whole,), whole, lambda near, _: near))
    starts = {claim.index: claim.span.start for claim in found}
    assert starts[0] < starts[1] < starts[2]


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_nothing_is_found_in_nothing(method: Method) -> None:
    empty = Hearing("aa", (), (), (), Span(0, 16_000), lambda near, _: near)
    assert method.find(empty) == []
    printed = (Sentence("print", 0, "ka lo mi"), Sentence("print", 1, "…"))
    assert method.find(Hearing("aa", printed, (), (), Span(0, 16_000), lambda near, _: near)) == []


def test_letters_become_the_words_they_are_most_of() -> None:
    spans = [Span(at * 100, at * 100 + 100) for at in range(3)]
    texts = ("abcd", "efgh", "ijkl")
    spoken = tuple(Word(text, span) for text, span in zip(texts, spans, strict=True))
    words = Words.of(Hearing("aa", (), spoken, (), Span(0, 300), lambda near, _: near))
    assert words.covering(0, 4) == (0, 1)
    assert words.covering(3, 9) == (1, 2)
    assert words.covering(2, 12) == (0, 3)
    assert words.found(7, 1, 3, 0.5) == Found(7, Span(100, 300), 0.5)


def _slow_smith_waterman(a: str, b: str) -> int:
    """The textbook's, score only."""
    rows = np.zeros((len(a) + 1, len(b) + 1), int)
    for i, x in enumerate(a, 1):
        for j, y in enumerate(b, 1):
            pair = rows[i - 1, j - 1] + (1 if x == y else -1)
            rows[i, j] = max(0, pair, rows[i - 1, j] - 1, rows[i, j - 1] - 1)
    return int(rows.max())


def test_local_alignment_is_the_textbooks() -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        a, b = ("".join(rng.choice(list("abc"), rng.integers(1, 15))) for _ in range(2))
        score, start, end = smith_waterman(encode(a), encode(b))
        assert score == _slow_smith_waterman(a, b)
        assert score == _slow_smith_waterman(a, b[start:end])
    assert smith_waterman(encode(""), encode("abc")) == (0.0, 0, 0)


def test_rows_pair_every_pool_with_another_language() -> None:
    found = list(rows(POOLS, POOLS, quick=False))
    assert {(row.wanted[0].pool.name, row.wanted[0].other.name) for row in found} == {
        ("made-up-1", "made-up-2"),
        ("made-up-2", "made-up-1"),
    }
    assert {row.errors.cer for row in found} == {0.2, 0.4}
    assert {row.minutes for row in found} == {5, 60, 480}
    assert len({row.name for row in found}) == len(found)
    assert [row.wanted[0].trouble.edited for row in found if not row.is_default] == [0.2, 0.2]


def test_more_recordings_of_a_kind_are_others_and_the_slow_peers_are_spared_them() -> None:
    spared = [row for row in rows(POOLS, POOLS, quick=False) if not row.has_peers]
    compared = {row.kind: row for row in rows(POOLS, POOLS, quick=False) if row.has_peers}
    assert len(spared) == 4
    for row in spared:
        assert len(row.wanted) > len(compared[row.kind].wanted)
        assert not set(row.wanted) & set(compared[row.kind].wanted)
    row = Row("row", (Wanted(*POOLS, 0.2),), Errors(0.1), has_peers=False)
    assert [result.peers for result in with_peers(ours([row]))] == [()]


def test_methods_run_in_processes_of_their_own_and_say_the_same_again() -> None:
    row = Row("row", (Wanted(*POOLS, 1),), Errors(0.1))
    first, second = (list(with_peers(ours([row]))) for _ in range(2))
    assert [peer.method for peer in first[0].peers] == [method.name for method in peers()]
    assert first[0].ours.judged == second[0].ours.judged
    assert 10 < first[0].ours.peak_mb < 1000


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A second of tone between half a second of silence and a whole one."""
    tone = 0.3 * np.sin(np.arange(16_000) / 5)
    path = tmp_path / "clip.flac"
    soundfile.write(path, np.concatenate([np.zeros(8_000), tone, np.zeros(16_000)]), 16_000)
    return path


def test_speech_is_found_inside_a_clip(clip: Path) -> None:
    wave, _ = soundfile.read(clip, dtype="float32")
    assert speech_inside(wave) == Span(8_000, 24_000)
    assert speech_inside(np.zeros(500, np.float32)) == Span(0, 500)


def test_sound_is_where_the_case_says(clip: Path) -> None:
    wanted = Wanted(_pool(1, clip, 8), _pool(2, clip, 8), 0.2, 0, Trouble(music=1.0), with_sound=True)
    case = build(wanted, length_of_clip)
    wave = broadcast(case, np.random.default_rng(0))
    level = [float(np.abs(wave[s.span.start : s.span.end]).mean()) for s in case.spoken]
    rest = case.whole.minus([*(s.span for s in case.spoken), *case.music])
    assert all(len(spoken.span) == 16_000 for spoken in case.spoken)
    assert min(level) > 0.1
    assert max(float(np.abs(wave[span.start : span.end]).mean()) for span in rest) < 0.01
    assert all(np.abs(wave[span.start : span.end]).mean() > 0.01 for span in case.music)


def test_a_case_with_sound_ends_where_the_recorded_utterances_end(clip: Path) -> None:
    wanted = Wanted(_pool(1, clip, 8), _pool(2, clip, 8), 5, 0, NO_TROUBLE, with_sound=True)
    assert len(build(wanted, length_of_clip).spoken) == 8


def test_a_real_listener_hears_the_sound(clip: Path, tmp_path: Path) -> None:
    wanted = Wanted(_pool(1, clip, 8), _pool(2, clip, 8), 0.2, 0, NO_TROUBLE, with_sound=True)
    case, hearing = RealListener(FakeDetector(), FakeListener()).hear(wanted, tmp_path)
    assert hearing.sentences == case.sentences
    assert hearing.words and hearing.speech
    assert all(any(spoken.span & speech for speech in hearing.speech) for spoken in case.spoken)
    edge = case.spoken[0].span.start
    around = Span(max(0, edge - 2_000), edge + 2_000)
    assert hearing.silence(around, around).end < edge + 200


def test_nothing_is_right_under_the_print_of_another_recording(clip: Path, tmp_path: Path) -> None:
    pools = _pool(1, clip, 8), _pool(2, clip, 8)
    own, other = (Wanted(*pools, 0.1, seed, Trouble(), with_sound=True) for seed in (0, 3))
    case, hearing = RealListener(FakeDetector(), FakeListener()).hear(own, tmp_path, other)
    said = {spoken.utterance.text for spoken in case.spoken}
    assert not any(s.exact | s.edited | s.damaged for s in case.spoken)
    assert hearing.sentences == case.sentences
    assert case.sentences and not said & {s.text.rstrip(".") for s in case.sentences}
    assert [s.index for s in case.sentences] == list(range(len(case.sentences)))
