"""What else may have been said: paths of a lattice, sequences of labels, and the column they stand in."""

from __future__ import annotations

import math
import shutil
from collections import defaultdict
from itertools import groupby, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sounds import bursts
from wavelode.datasets.audio import Waveform
from wavelode.datasets.rows import recording_of, recording_row
from wavelode.infra.demo.voices import Utterance, speak
from wavelode.pipelines.models.base import Expected, Listener, Segment, ranked
from wavelode.pipelines.models.ctc.prefixes import likeliest
from wavelode.pipelines.models.fake import FakeListener
from wavelode.pipelines.models.faster_whisper import FasterWhisper
from wavelode.pipelines.models.script_biased.lattice import Edge, Language, Lattice, Ranking
from wavelode.pipelines.models.script_biased.listener import ScriptBiased
from wavelode.pipelines.models.script_biased.trigram import BEGIN, END, train
from wavelode.pipelines.models.voted import Voted
from wavelode.pipelines.stage import Scene
from wavelode.pipelines.stages.listen import Listen, ListenForReadings, listening
from wavelode.schemas.errors import SettingsError
from wavelode.schemas.records import Document, Recording, Sentence, Source, Word
from wavelode.schemas.time import Span

SENTENCES = [("rain", "fell", "in", "kohima"), ("rain", "in", "may"), ("may", "fell")]
MODEL = train(SENTENCES, ["@S", "@T"], 0.2)
LANGUAGE = Language(MODEL, 2.0, -0.5)
INNER = ["", "rain", "fell", "in", "may", "@S"]


def is_spoken(word: str) -> bool:
    return word[0] not in "<@"


@st.composite
def lattices(draw: st.DrawFn) -> Lattice:
    """Few nodes with any edges forward in time, pauses among them; the last follows on all."""
    words = draw(st.lists(st.sampled_from(INNER), min_size=1, max_size=5))
    last = len(words) + 1
    pairs = [(a, b) for a in range(last) for b in range(a + 1, last + 1) if (a, b) != (0, last)]
    kept = [pair for pair in pairs if pair[1] == last or draw(st.booleans())]
    edges = (Edge(a, b, -draw(st.integers(0, 40)) / 2) for a, b in kept)
    return Lattice((BEGIN, *words, END), tuple(edges), 0, last)


def every_reading(lattice: Lattice) -> dict[tuple[str, ...], float]:
    """The score of each reading's best path, by trying all of them."""
    best: dict[tuple[str, ...], float] = defaultdict(lambda: -math.inf)

    def follow(node: int, nats: float, said: tuple[str, ...]) -> None:
        if node == lattice.last:
            text = tuple(word for word in said[1:] if is_spoken(word))
            best[text] = max(best[text], nats)
        for edge in lattice.edges:
            if edge.source == node:
                word = lattice.words[edge.target]
                longer = (*said, word) if word else said
                follow(edge.target, nats + edge.nats + (LANGUAGE.of(longer[-3:]) if word else 0), longer)

    follow(lattice.first, 0.0, (lattice.words[lattice.first],))
    return {text: nats for text, nats in best.items() if text and nats > -math.inf}


@settings(max_examples=150, deadline=None)
@given(lattices(), st.integers(1, 6))
def test_the_readings_of_a_lattice_are_the_best_of_all_its_paths(lattice: Lattice, most: int) -> None:
    """Other pauses, phones or times are no other reading; a wrong look ahead would put the third best first."""
    wanted = sorted(every_reading(lattice).values(), reverse=True)
    found = Ranking(LANGUAGE, is_spoken)(lattice, most)
    assert len({text for text, _ in found}) == len(found) == min(most, len(wanted))
    assert [nats for _, nats in found] == pytest.approx([(wanted[0] - n) / 20 for n in wanted[: len(found)]])
    exact = every_reading(lattice)
    assert all((wanted[0] - exact[tuple(text.split())]) / 20 == pytest.approx(nats) for text, nats in found)


def test_a_lattice_s_file_is_read_in_order_of_time(tmp_path: Path) -> None:
    """Pocketsphinx numbers nodes from the end; a score of -10000 is one nat."""
    file = tmp_path / "lattice"
    file.write_text(
        "# a comment\nFrames 30\n#\nNodes 4 (NODEID WORD STARTFRAME FIRST-ENDFRAME LAST-ENDFRAME)\n"
        "0 </s> 20 29 29 ; 0\n1 rain(2) 3 9 19 ; 0\n2 <sil> 10 19 19 ; 0\n3 <s> 0 2 2 ; 0\n#\nInitial 3\nFinal 0\n#\n"
        "BestSegAscr 0 (NODEID ENDFRAME ASCORE)\n#\nEdges (FROM-NODEID TO-NODEID ASCORE)\n"
        "1 0 -20000\n2 0 -5000\n1 2 -10000\n3 1 -10000\nEnd\n"
    )
    found = Lattice.read(file, lambda word: word.partition("(")[0] if word[0] != "<" else "")
    assert found.words == (BEGIN, "rain", "", END) and (found.first, found.last) == (0, 3)
    assert [(e.source, e.target, round(e.nats, 6)) for e in found.edges] == [
        (0, 1, -1.0),
        (1, 2, -1.0),
        (1, 3, -2.0),
        (2, 3, -0.5),
    ]


def test_a_lattice_without_an_end_has_no_readings() -> None:
    assert Ranking(LANGUAGE, is_spoken)(Lattice((BEGIN, "rain", END), (Edge(0, 1, -1.0),), 0, 2), 3) == []


_chances = st.lists(st.floats(0.05, 1), min_size=3, max_size=3)


@given(st.lists(_chances, min_size=1, max_size=5))
def test_a_label_sequence_is_as_likely_as_all_paths_that_spell_it(chances: list[list[float]]) -> None:
    """A beam that holds every prefix leaves nothing out, so that all sequences together are certain."""
    table = np.array(chances) / np.sum(chances, axis=1, keepdims=True)
    spelled: dict[tuple[int, ...], float] = defaultdict(float)
    for path in product(range(3), repeat=len(table)):
        labels = tuple(label for label, _ in groupby(path) if label)
        spelled[labels] += float(np.prod([table[at, label] for at, label in enumerate(path)]))
    found = likeliest(np.log(table).astype(np.float32), 0, 1000)
    assert {labels: math.exp(sure) for labels, sure in found} == pytest.approx(spelled, rel=1e-4)
    assert [sure for _, sure in found] == sorted((sure for _, sure in found), reverse=True)


def heard(*texts: str) -> tuple[Word, ...]:
    return tuple(Word(text, Span(at, at + 1)) for at, text in enumerate(texts))


def test_what_was_heard_comes_first_even_where_another_reading_seems_likelier() -> None:
    span, others = (
        Span(0, 9),
        [("rain fell", 0.0), ("rain fall", 1.5), ("", 1.6), ("rains", 4.0), ("rains", 2.0)],
    )
    found = ranked(heard("rain", "fall"), others, span, 3)
    assert [(r.text, r.behind_nats) for r in found] == [
        ("rain fall", 0.0),
        ("rain fell", 0.0),
        ("rains", 0.5),
    ]
    unknown = ranked(heard("hail"), others, span, 9)
    assert [(r.text, r.behind_nats) for r in unknown][:3] == [
        ("hail", 0.0),
        ("rain fell", 0.0),
        ("rain fall", 1.5),
    ]
    assert ranked((), others, span, 3) == ranked(heard("rain"), others, span, 0) == ()


@pytest.mark.skipif(not shutil.which("flite"), reason="flite is not installed here")
def test_the_embedded_listener_s_first_path_is_what_it_writes_down() -> None:
    """The lattice is scored as pocketsphinx scores it, so that its best path is its own."""
    sentences = (
        "The council met on Tuesday.",
        "Rain fell in the hills.",
        "Nobody met the council in the rain.",
    )
    waves = speak([Utterance("slt", text) for text in sentences], 16_000).values()
    rng = np.random.default_rng(0)
    noisy = [(wave + rng.normal(0, 0.03, len(wave))).astype(np.float32) for wave in waves]
    segments = [Segment(wave, Span(at * 160_000, at * 160_000 + len(wave))) for at, wave in enumerate(noisy)]
    listener = ScriptBiased(adapts=False)
    listener.load()
    hearings = listener.hear(segments, Expected("en", sentences), 20)
    for hearing, own in zip(hearings, listener.hear(segments, Expected("en", sentences), 1), strict=True):
        assert hearing.words == own.words and own.readings == hearing.readings[:1]
        texts, behind = ([getattr(r, name) for r in hearing.readings] for name in ("text", "behind_nats"))
        assert texts[:1] == [" ".join(word.text for word in hearing.words)] * bool(hearing.words)
        assert len(set(texts)) == len(texts) and behind == sorted(behind)
        assert behind[:1] in ([], [0.0]) and 0.0 not in behind[1:]
    assert sum(len(hearing.readings) for hearing in hearings) > 20


def scene(folder: Path) -> Scene:
    sound = bursts(3.0, 4)
    (np.clip(sound, -1, 1) * 32767).astype(np.int16).tofile(folder / "samples")
    half = len(sound) // 2
    recording = Recording(Source("r", "r.wav", "en"), speech=(Span(0, half), Span(half, len(sound))))
    paper = Document("p", "p.txt", "0" * 64, "en", (Sentence("p", 0, "The council met on Tuesday."),))
    return Scene(recording, Waveform(folder / "samples", len(sound)), (paper,))


def test_readings_stand_beside_the_words_that_are_heard_anyway(tmp_path: Path) -> None:
    before = scene(tmp_path)
    found = listening(FakeListener(), 2)([before])[0]
    plain = Listen(FakeListener())([before])[0]
    assert found.words == plain.words and found.listener == plain.listener and plain.readings is None
    assert [r.text for r in found.readings or ()] == ["the council", "the", "met on tuesday", "met on"]
    assert recording_of(recording_row(found)) == found
    assert listening(FakeListener(), 2)([Scene(before.recording, before.waveform)])[0].readings == ()


def test_only_who_asks_for_readings_hears_anew(tmp_path: Path) -> None:
    """The columns and the identity of a stage are its mark: what was heard before there were readings is kept."""
    plain, kept, more = (listening(FakeListener(), readings) for readings in (0, 2, 3))
    assert plain.writes == Listen.writes == ("words", "listener")
    assert kept.writes == ("words", "listener", "readings")
    marks = [stage.identity(scene(tmp_path)) for stage in (plain, kept, more)]
    assert marks[0] == Listen(FakeListener()).identity(scene(tmp_path)) and marks[1] != marks[2] != marks[0]


@pytest.mark.parametrize("voted", [False, True])
def test_a_listener_with_one_reading_is_refused_before_it_hears(voted: bool, tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"no model at all")
    one: Listener = FasterWhisper(str(tmp_path))
    if voted:
        one = Voted(FakeListener(), FakeListener())
    with pytest.raises(SettingsError, match=r"listener\.readings=3"):
        ListenForReadings(one, 3)
