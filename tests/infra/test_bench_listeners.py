from __future__ import annotations

from pathlib import Path

import pytest

from wavelode.infra.bench.known_answer.cases import Case, Spoken
from wavelode.infra.bench.known_answer.utterances import Utterance
from wavelode.infra.bench.listeners import chosen, rightly_heard, separation
from wavelode.infra.bench.listeners_voices import error_rate, read_rttm
from wavelode.schemas.errors import SettingsError
from wavelode.schemas.records import Turn, Word
from wavelode.schemas.time import Span


def test_a_word_is_right_once_in_its_own_sentence() -> None:
    """Heard twice it was said once; heard in the next sentence it was not said there."""
    said = (
        Spoken(Span(0, 100), Utterance("Rain fell.", "en")),
        Spoken(Span(200, 300), Utterance("It snowed.", "en")),
    )
    case = Case("c", "en", (), said, (), Span(0, 400))
    heard = [("rain", 0), ("rain", 20), ("fell", 60), ("snowed", 80), ("snowed", 240), ("it", 150)]
    words = [Word(text, Span(at, at + 10)) for text, at in heard]
    assert rightly_heard(case, words) == [True, False, True, False, True, False]


def test_confidence_is_judged_where_there_are_right_and_wrong_words() -> None:
    assert separation([0.9, 0.1], [True, False]) == 1
    assert separation([0.1, 0.9], [True, False]) == 0
    assert separation([0.5, 0.5], [True, False]) == 0.5
    assert separation([0.5], [True]) is None


def test_listeners_are_named_with_their_folders() -> None:
    assert [(s.kind, s.model) for s in chosen("ctc=a/b,faster_whisper=c")][1:] == [
        ("ctc", "a/b"),
        ("faster_whisper", "c"),
    ]
    with pytest.raises(SettingsError, match="WAVELODE_LISTENERS"):
        chosen("vosk=x")


def test_the_error_rate_of_swapped_names_is_nothing_and_of_one_voice_for_two_its_share(
    tmp_path: Path,
) -> None:
    """Names mean nothing across files; only who is the same does."""
    pytest.importorskip("pyannote.metrics", reason="error rates are pyannote's")
    path = tmp_path / "two.rttm"
    path.write_text(
        "SPEAKER x 1 0.0 10.0 <NA> <NA> ann <NA> <NA>\nSPEAKER x 1 10.0 10.0 <NA> <NA> bob <NA> <NA>\n"
    )
    true = read_rttm(path)
    assert [(t.span.start_s, t.span.end_s, t.speaker) for t in true] == [(0, 10, "ann"), (10, 20, "bob")]
    assert error_rate(true, [Turn(t.span, t.speaker[::-1]) for t in true]) == 0
    assert error_rate(true, [Turn(t.span, "s1") for t in true]) == pytest.approx(0.5, abs=0.01)
