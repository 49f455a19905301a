from __future__ import annotations

import json
from itertools import groupby, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sounds import Floats, bursts, tone
from tests.tiny_models import tiny_wav2vec2, write_vocabulary
from tests.tiny_onnx import write_framewise
from wavelode.alignment.emissions import Posteriors
from wavelode.pipelines.models.base import Expected, Segment
from wavelode.pipelines.models.ctc.listener import CtcListener, Vocabulary, read_vocabularies, words
from wavelode.pipelines.models.ctc.viterbi import align, greedy
from wavelode.schemas.errors import MissingDependency, SettingsError
from wavelode.schemas.time import Span

BLANK = 0
WIDTH = 160
PITCHES = {" ": 2_300.0, "a": 300.0, "b": 700.0, "|": 1_100.0}


def posteriors(seed: int, frames: int, labels: int = 3) -> Posteriors:
    scores = np.random.default_rng(seed).normal(0, 2, (frames, labels))
    return (scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))).astype(np.float32)


def spelled(path: tuple[int, ...]) -> list[int]:
    """What a path says: repeats merged, blanks dropped."""
    return [label for label, _ in groupby(path) if label != BLANK]


@given(st.integers(0, 10_000), st.integers(0, 6), st.lists(st.integers(1, 2), max_size=4))
def test_the_alignment_is_the_best_of_all_paths(seed: int, frames: int, symbols: list[int]) -> None:
    """Against every path there is: its score is theirs, its places are those of one of the best."""
    log_p = posteriors(seed, frames)
    paths = [path for path in product(range(3), repeat=frames) if spelled(path) == symbols]
    found = align(log_p, symbols, BLANK)
    if not paths and symbols:
        assert found is None
        return
    assert found is not None and [one.symbol for one in found] == symbols
    labels = np.full(frames, BLANK)
    for one in found:
        assert one.start < one.end
        labels[one.start : one.end] = one.symbol
        assert one.log_p == pytest.approx(log_p[one.start : one.end, one.symbol].mean(), abs=1e-5)
    if symbols:
        scores = [sum(log_p[f, label] for f, label in enumerate(path)) for path in paths]
        assert log_p[np.arange(frames), labels].sum() == pytest.approx(max(scores), abs=1e-4)
        assert spelled(tuple(labels.tolist())) == symbols


@given(st.integers(0, 10_000), st.integers(0, 40))
def test_greedy_says_what_the_likeliest_labels_spell(seed: int, frames: int) -> None:
    log_p = posteriors(seed, frames)
    assert greedy(log_p, BLANK) == spelled(tuple(log_p.argmax(axis=1).tolist()))


def test_words_lie_on_the_frames_of_their_letters() -> None:
    """A word that starts at its blank would take the pause before it along."""
    labels = [0, 0, 1, 1, 0, 2, 0, 3, 3, 0, 0, 2, 2, 2, 0, 0]
    log_p = np.full((len(labels), 4), np.log(0.01), np.float32)
    log_p[np.arange(len(labels)), labels] = np.log(0.97)
    vocabulary = Vocabulary(("", "k", "a", ""), BLANK, frozenset({3}))
    found = list(words(log_p, Span(1_000, 1_000 + 320 * len(labels)), vocabulary))
    assert [w.text for w in found] == ["ka", "a"]
    assert [(w.span.start, w.span.end) for w in found] == [
        (1_000 + 2 * 320, 1_000 + 6 * 320),
        (1_000 + 11 * 320, 1_000 + 14 * 320),
    ]
    assert [w.confidence for w in found] == pytest.approx([0.97, 0.97])


@pytest.fixture(scope="module")
def pitch_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ONNX model that hears a pitch as a letter: each label's filter is its tone; the blank's is a high one."""
    folder = tmp_path_factory.mktemp("pitches")
    at = np.arange(WIDTH) / 16_000
    filters = [np.sin(2 * np.pi * hz * at) for hz in PITCHES.values()]
    write_framewise(folder / "model.onnx", np.array(filters, np.float32), hop=WIDTH)
    write_vocabulary(folder, ["<pad>", *[*PITCHES][1:]])
    return folder


def said(text: str) -> Floats:
    """Tenths of a second of each letter's tone, in phase with the frames; a space is the blank's."""
    return np.concatenate([tone(0.1, hz=PITCHES[letter]) for letter in text])


def test_a_model_in_onnx_is_heard(pitch_model: Path) -> None:
    """From the file to words with their times, through the real loading code."""
    listener = CtcListener(str(pitch_model), "cpu")
    listener.load()
    sound = said(" ab | ba ")
    (heard,) = listener.listen([Segment(sound, Span(0, len(sound)))], Expected("xx"))
    assert [w.text for w in heard] == ["ab", "ba"]
    for word, (start, end) in zip(heard, [(1_600, 4_800), (9_600, 12_800)], strict=True):
        assert abs(word.span.start - start) <= 2 * WIDTH
        assert abs(word.span.end - end) <= 2 * WIDTH


def test_what_is_heard_does_not_depend_on_the_rest_of_the_batch(tmp_path: Path) -> None:
    """Without a mask the zeros after a short sound would be heard too, more of them beside a longer one."""
    folder = tiny_wav2vec2(tmp_path)
    sounds = [bursts(seconds, at + 1) for at, seconds in enumerate((1.0, 2.7, 1.3, 2.9, 1.0))]
    segments = [Segment(sound, Span(0, len(sound))) for sound in sounds]
    together = CtcListener(str(folder), "cpu", batch_size=4)
    together.load()
    alone = CtcListener(str(folder), "cpu", batch_size=1)
    alone.load()
    assert any(together.listen(segments, Expected("xx")))
    one_by_one = [alone.listen([segment], Expected("xx"))[0] for segment in segments]
    for ours, theirs in zip(together.listen(segments, Expected("xx")), one_by_one, strict=True):
        assert [(w.text, w.span) for w in ours] == [(w.text, w.span) for w in theirs]


def test_a_model_of_many_languages_is_asked_for_the_right_one(pitch_model: Path, tmp_path: Path) -> None:
    """MMS keeps a vocabulary per language, by its three-letter code."""
    (tmp_path / "model.onnx").write_bytes((pitch_model / "model.onnx").read_bytes())
    tables = {"hin": ["<pad>", "क", "ख", "|"], "eng": ["<pad>", "a", "b", "|"]}
    numbered = {code: {t: at for at, t in enumerate(tokens)} for code, tokens in tables.items()}
    (tmp_path / "vocab.json").write_text(json.dumps(numbered))
    listener = CtcListener(str(tmp_path), "cpu")
    listener.load()
    segment = Segment(said(" ab "), Span(0, 6_400))
    assert [w.text for w in listener.listen([segment], Expected("hi-IN"))[0]] == ["कख"]
    assert [w.text for w in listener.listen([segment], Expected("eng"))[0]] == ["ab"]
    with pytest.raises(SettingsError, match="no letters for 'ta'"):
        listener.listen([segment], Expected("ta"))


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", '{"a": 0}', '{"<pad>": "x"}'])
def test_a_vocabulary_that_is_none_says_so(text: str, tmp_path: Path) -> None:
    (tmp_path / "vocab.json").write_text(text)
    with pytest.raises(MissingDependency, match=r"vocab\.json: can't be loaded"):
        read_vocabularies(tmp_path / "vocab.json")


def test_a_folder_without_a_model_says_what_to_give(tmp_path: Path) -> None:
    write_vocabulary(tmp_path, ["<pad>", "a"])
    with pytest.raises(MissingDependency, match=r"no model\.bin, no model\.onnx"):
        CtcListener(str(tmp_path)).load()
    for name in ("model.bin", "model.onnx"):
        (tmp_path / name).write_bytes(b"no model")
        with pytest.raises(MissingDependency, match="can't be loaded"):
            CtcListener(str(tmp_path), "cpu").load()
        (tmp_path / name).unlink()
    with pytest.raises(SettingsError, match=r"listener\.model: ctc needs a folder"):
        CtcListener("").load()
