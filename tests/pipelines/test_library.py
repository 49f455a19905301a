"""Documents are found by what was heard, from the library on disk to the row of a refused pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.archive import make_archive, settings_for
from tests.listening import Listener, hear_all, script
from wavelode.datasets.rows import document_of, document_row, recording_of
from wavelode.datasets.storage import Layout, read_rows, write_rows
from wavelode.pipelines.library import Library, likely_documents, shelve
from wavelode.pipelines.listing import Printed
from wavelode.pipelines.mine import Job, MineDocument, MineRecording, refuse_biased
from wavelode.pipelines.models.base import Expected, Segment
from wavelode.pipelines.rejects import NOT_ITS_DOCUMENT
from wavelode.pipelines.select import select
from wavelode.pipelines.stages.listen import Listen
from wavelode.schemas.errors import SettingsError, StorageError
from wavelode.schemas.records import Document, Heard, Recording, Source, Word
from wavelode.schemas.settings import PairingSettings, SelectSettings, Settings
from wavelode.schemas.tables import DOCUMENT
from wavelode.schemas.time import Span


def paper(seed: int, language: str = "xx") -> Document:
    name = f"paper{seed}"
    return Document(name, name, "", language, tuple(replace(s, document_id=name) for s in script(seed)))


PAPERS = [paper(seed) for seed in range(60)]


def on_shelf(folder: Path, papers: Sequence[Document]) -> list[Path]:
    places = [folder / f"{p.document_id}-0123.parquet" for p in papers]
    for document, place in zip(papers, places, strict=True):
        write_rows([document_row(document, "0123")], DOCUMENT, place)
    return places


@pytest.mark.parametrize("wrong", [0.0, 0.4])
@pytest.mark.parametrize("seed", [0, 17, 59])
def test_the_document_that_was_read_is_the_likeliest(seed: int, wrong: float) -> None:
    library = Library.of([(p.document_id, p) for p in PAPERS], "graphemes")
    heard = hear_all(PAPERS[seed].sentences, wrong).heard
    assert library.likely(heard, "xx", 3)[0] == f"paper{seed}"


def test_a_long_recording_holds_several_documents_in_their_order() -> None:
    library = Library.of([(p.document_id, p) for p in PAPERS], "graphemes")
    day = [sentence for seed in (5, *range(100, 106), 3) for sentence in script(seed)]
    found = library.likely(hear_all(day).heard, "xx", 3)
    assert [name for name in found if name in {"paper5", "paper3"}] == ["paper5", "paper3"]


def test_another_languages_documents_are_none() -> None:
    library = Library.of(
        [("a", paper(1, "yy")), ("b", paper(2, "und")), ("c", paper(3, "xx-IN"))], "graphemes"
    )
    assert "a" not in library.likely(hear_all(script(1)).heard, "xx", 3, least_share=0.0)
    assert library.likely(hear_all(script(2)).heard, "xx", 3) == ["b"]


def test_a_library_rests_on_disk_under_a_name_of_its_content(tmp_path: Path) -> None:
    files = on_shelf(tmp_path, PAPERS[:9])
    place = shelve(files, tmp_path, "auto")
    heard = hear_all(PAPERS[4].sentences).heard
    assert [d.document_id for d in likely_documents(place, heard, "xx", 1)] == ["paper4"]
    written = place.stat().st_mtime_ns
    assert shelve(reversed(files), tmp_path, "auto") == place and place.stat().st_mtime_ns == written
    assert shelve(files[1:], tmp_path, "auto") != place
    (tmp_path / "broken.npz").write_bytes(b"none")
    with pytest.raises(StorageError, match=r"broken\.npz"):
        likely_documents(tmp_path / "broken.npz", heard, "xx", 1)


def test_a_library_may_be_empty(tmp_path: Path) -> None:
    assert likely_documents(shelve([], tmp_path, "auto"), hear_all(script(1)).heard, "xx", 3) == []


@dataclass
class Dictated:
    """Hears the same words in whatever it is given, without any text to expect."""

    words: Sequence[Word]
    name: str = "dictated"
    needs_text: bool = False

    def load(self) -> None:
        """Nothing to load."""

    def listen(self, segments: Sequence[Segment], expected: Expected) -> list[tuple[Word, ...]]:
        span = segments[0].span
        step = max(1, len(span) // (len(self.words) + 1))
        starts = (span.start + i * step for i in range(len(self.words)))
        said = tuple(Word(w.text, Span(a, a + step), 0.9) for w, a in zip(self.words, starts, strict=False))
        return [said, *[()] * (len(segments) - 1)]

    def unload(self) -> None:
        """Nothing to unload."""


def mined(settings: Settings, listener: Listener, *named: str) -> Recording:
    """Three bulletins on disk; the recording's own documents are those `named`."""
    layout = Layout(settings.out)
    files = {
        f"bulletin{n}": MineDocument(layout, settings)(Printed(f"bulletin{n}", f"bulletin{n}.txt", "en")).path
        for n in range(3)
    }
    library = None
    if settings.pairing.by == "content":
        library = shelve(files.values(), layout.documents, settings.align.match_in)
    task = MineRecording(layout, settings)
    task.stages[1] = Listen(Dictated(listener.heard))
    source = Source("bulletin0", "bulletin0.wav", "en", named)
    done = task(Job(source, tuple(files[name] for name in named), library))
    assert done.failed is None
    return recording_of(read_rows(done.path)[0])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(make_archive(tmp_path / "archive", 3, 8.0), tmp_path / "out")


def by_content(settings: Settings) -> Settings:
    return settings.model_copy(update={"pairing": PairingSettings(by="content")})


@pytest.mark.parametrize("named", [(), ("bulletin1",), ("bulletin2",)])
def test_by_content_the_right_document_is_taken_whatever_the_key_says(
    settings: Settings, named: tuple[str, ...]
) -> None:
    found = mined(by_content(settings), hear_all(script(2, 3)), *named)
    assert found.source.document_ids == ("bulletin2",)
    matched = [s.match for s in found.stretches or () if s.kind is Heard.MATCHED]
    assert {match.sentence.document_id for match in matched if match} == {"bulletin2"} and len(matched) == 3
    assert [pair.document_id for pair in found.refused or ()] == [n for n in named if n != "bulletin2"]


def test_a_wrong_document_ends_with_a_reason_in_the_tables(settings: Settings) -> None:
    """Without it, a hallucination of the listener or a formula would pass for a reading."""
    found = mined(settings, hear_all(script(2, 3)), "bulletin1")
    assert found.source.document_ids == ()
    assert not [s for s in found.stretches or () if s.kind is Heard.MATCHED]
    rejects = select([found], SelectSettings()).rejects
    (pair,) = [row for row in rejects if row["kind"] == "pair"]
    assert (pair["document_id"], pair["reason"]) == ("bulletin1", NOT_ITS_DOCUMENT)
    assert "0 of its 3 sentences" in pair["message"]
    left = [row["message"] for row in rejects if row["kind"] == "sentence"]
    assert left == ["its document is not what is read in this recording"] * 3


def test_a_recording_that_no_document_fits_says_so(settings: Settings) -> None:
    found = mined(by_content(settings), hear_all(script(77, 3)))
    assert [(pair.document_id, pair.message) for pair in found.refused or ()] == [
        (None, "no document of this run is what is read in it")
    ]


def test_a_new_document_has_recordings_aligned_again_but_not_heard_again(settings: Settings) -> None:
    first = mined(by_content(settings), hear_all(script(2, 3)))
    words = {p.name: p.stat().st_mtime_ns for p in Layout(settings.out).stage("words").iterdir()}
    paper_path = settings.documents_root / "bulletin1.txt"
    paper_path.write_text(
        paper_path.read_text(encoding="utf-8") + "\n\nOne more line was added here.", "utf-8"
    )
    second = mined(by_content(settings), hear_all(script(2, 3)))
    assert first.fingerprint != second.fingerprint
    assert words == {p.name: p.stat().st_mtime_ns for p in Layout(settings.out).stage("words").iterdir()}


def test_a_listener_that_needs_a_text_can_find_none(settings: Settings) -> None:
    with pytest.raises(SettingsError, match=r"pairing\.by"):
        refuse_biased(by_content(settings))
    refuse_biased(settings)


def test_documents_come_back_as_they_were(tmp_path: Path) -> None:
    (place,) = on_shelf(tmp_path, PAPERS[:1])
    assert document_of(read_rows(place)[0]) == PAPERS[0]
