from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavelode.pipelines.listing import Listing, Named
from wavelode.pipelines.pairing import Archive, check_name, find_archive, language_code
from wavelode.schemas.errors import ErrorCode, InputError, SettingsError
from wavelode.schemas.records import Source
from wavelode.schemas.settings import Settings

SUFFIXES = frozenset([".pdf", ".txt"])


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    folder.mkdir(exist_ok=True)
    return folder


def archive(tmp_path: Path, audio: list[str], documents: list[str], **more: Any) -> Archive:
    sound, paper = touch(tmp_path / "audio", *audio), touch(tmp_path / "papers", *documents)
    given = {"out": tmp_path / "out", "audio": sound, "documents": paper, "language": "en", **more}
    return find_archive(Settings(**given), SUFFIXES)


def from_manifest(tmp_path: Path, text: str, name: str = "all.csv", **more: Any) -> Archive:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return find_archive(Settings(out=tmp_path / "out", manifest=path, **more), SUFFIXES)


def pairs(found: Archive) -> dict[str, tuple[str, ...]]:
    """The address of each recording, and those of its documents."""
    uris = {printed.document_id: printed.uri for printed in found.documents}
    return {s.audio_uri: tuple(uris[name] for name in s.document_ids) for s in found.sources}


def test_equal_names_belong_together(tmp_path: Path) -> None:
    """The plainest archive there is: one folder each, the same names."""
    found = archive(tmp_path, ["b.mp3", "deep/a.wav", "c.m4a"], ["b.pdf", "deep/a.txt", "a.pdf", "x.doc"])
    assert pairs(found) == {"b.mp3": ("b.pdf",), "c.m4a": (), "deep/a.wav": ("deep/a.txt",)}
    assert [printed.uri for printed in found.documents] == ["a.pdf", "b.pdf", "deep/a.txt"]


def test_a_pattern_finds_what_is_spelled_a_little_differently(tmp_path: Path) -> None:
    """A time is written 0730 on the sound and 07:30 on the paper."""
    found = archive(
        tmp_path,
        ["english_kohima_2025-07-01_0730.mp3", "english_kohima_2025-07-01_1930.mp3"],
        ["English_Kohima_20250701_0730.pdf", "english_kohima_2025-07-01_1930.pdf"],
    )
    assert pairs(found) == {
        "english_kohima_2025-07-01_0730.mp3": ("English_Kohima_20250701_0730.pdf",),
        "english_kohima_2025-07-01_1930.mp3": ("english_kohima_2025-07-01_1930.pdf",),
    }
    first = found.sources[0]
    assert (first.station, first.aired_at, first.language) == ("kohima", "2025-07-01 0730", "en")


def test_a_pattern_of_one_s_own(tmp_path: Path) -> None:
    """Every archive names its files in its own way."""
    found = archive(tmp_path, ["20250701-delhi.mp3"], ["20250701-DELHI.pdf"], name_pattern="{date}-{station}")
    assert pairs(found) == {"20250701-delhi.mp3": ("20250701-DELHI.pdf",)}


def test_recordings_in_another_language_are_left_aside_and_counted(tmp_path: Path) -> None:
    """An archive holds many languages; a run is about one."""
    names = [f"{language}_x_2025-07-01_730" for language in ("english", "hindi", "nepali")]
    found = archive(tmp_path, [f"{n}.mp3" for n in names], [f"{n}.pdf" for n in names])
    assert list(pairs(found)) == ["english_x_2025-07-01_730.mp3"]
    assert found.other_language == 2
    assert len(found.documents) == 1


@pytest.mark.parametrize("told", ["hi", "hin", "Hindi", "hi-IN"])
def test_a_language_may_be_told_in_any_way(told: str, tmp_path: Path) -> None:
    """Told by its three-letter code, all recordings of it would be left aside."""
    found = archive(tmp_path, ["hindi_x_2025-07-01_730.mp3"], [], language=told)
    assert [s.language for s in found.sources] == ["hi-IN" if told == "hi-IN" else "hi"]


@pytest.mark.parametrize(
    ("name", "code"), [("Hindi", "hi"), ("pt-BR", "pt-BR"), ("mizo", "lus"), ("", ""), ("kohima", "")]
)
def test_languages_by_code_or_english_name(name: str, code: str) -> None:
    """A station's name taken for a language would empty the run."""
    assert language_code(name) == code


@given(
    st.lists(
        st.text(st.characters(exclude_characters="\0/"), min_size=1, max_size=300), unique=True, max_size=6
    )
)
def test_ids_are_distinct_and_fit_for_file_names(stems: list[str]) -> None:
    """An id becomes a file name: too long, or with a slash in it, it stops the run."""
    listing = Listing(Named(row, stem, Source("", f"{stem}.mp3", "hi")) for row, stem in enumerate(stems, 1))
    ids = [source.recording_id for source in listing.sources()]
    assert len({id_.casefold() for id_ in ids}) == len(stems)
    assert all(len(id_.encode()) < 140 and not id_.startswith(".") for id_ in ids)
    assert not any(c in id_ for id_ in ids for c in "/\\<>:\n ")


@pytest.mark.parametrize(
    "text",
    [
        "audio,documents,language,station\na.mp3,a.pdf; b.pdf,hi,Bhopal\n",
        '\ufeffaudio,documents,language,station\r\n"a.mp3","a.pdf;b.pdf",Hindi,Bhopal\r\n',
    ],
)
def test_a_csv_manifest(text: str, tmp_path: Path) -> None:
    """Spreadsheets add a byte-order mark, quotes and carriage returns."""
    found = from_manifest(tmp_path, text)
    assert pairs(found) == {"a.mp3": ("a.pdf", "b.pdf")}
    assert (found.sources[0].language, found.sources[0].station) == ("hi", "Bhopal")


def test_a_jsonl_manifest(tmp_path: Path) -> None:
    """A list of documents is the natural thing there."""
    rows = [
        {"audio": "a.mp3", "documents": ["a.pdf", "b.pdf"], "language": "hi", "recording_id": "one"},
        {"audio": "b\u2028.mp3", "documents": None, "language": "ta", "license": "CC0"},
    ]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n\n"
    found = from_manifest(tmp_path, text, "all.jsonl", license="MIT")
    assert pairs(found) == {"a.mp3": ("a.pdf", "b.pdf"), "b\u2028.mp3": ()}
    by_id = {s.recording_id: s for s in found.sources}
    assert (by_id["one"].license, by_id["one"].language) == ("MIT", "hi")
    assert {s.license for s in found.sources} == {"MIT", "CC0"}


def test_a_parquet_manifest(tmp_path: Path) -> None:
    """Numbers, lists and missing values come typed."""
    table = pa.table(
        {
            "audio": ["a.mp3", "b.mp3"],
            "documents": [["a.pdf"], None],
            "language": ["hi", "hi"],
            "time": [730, None],
            "station": ["x", None],
        }
    )
    pq.write_table(table, tmp_path / "all.parquet")
    found = find_archive(Settings(out=tmp_path, manifest=tmp_path / "all.parquet"), SUFFIXES)
    assert pairs(found) == {"a.mp3": ("a.pdf",), "b.mp3": ()}
    assert [(s.aired_at, s.station) for s in found.sources] == [("730", "x"), (None, None)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("audio,volume\na.mp3,11\n", "row 1: unknown column 'volume'"),
        ("audio,language\na.mp3,en\n,en\n", "row 2: no 'audio'"),
        ("audio,language\n/,en\n", "row 1: no 'audio'"),
        ("audio,language\na.mp3,en,extra\n", "row 1: more cells than columns"),
        ("audio,language\na.mp3,en\na.mp3,en\n", "row 2: the recording 'a' is there twice"),
        ("audio,recording_id,language\na.mp3,x,en\nb.mp3,x,en\n", "row 2: the recording 'x' is there twice"),
        ("audio\na.mp3\n", "its language is not known"),
    ],
)
def test_a_wrong_manifest_names_the_row(text: str, said: str, tmp_path: Path) -> None:
    """In a manifest of sixty thousand rows a person needs the number."""
    with pytest.raises(SettingsError, match=said):
        from_manifest(tmp_path, text)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", b"[1, 2]\n"),
        ("a.jsonl", b'"words"\n'),
        ("a.jsonl", b"{\n"),
        ("a.parquet", b"PAR1"),
        ("a.csv", b"audio\n\xff\xfe\n"),
        ("a.csv", None),
    ],
)
def test_what_is_no_manifest_is_one_sentence(name: str, content: bytes | None, tmp_path: Path) -> None:
    """Whatever the parser says, a person reads which file and what to use."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SettingsError, match="can't be read as a manifest") as told:
        find_archive(Settings(out=tmp_path, manifest=tmp_path / name, language="en"), SUFFIXES)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"name_pattern": "{town}"}, r"unknown field \{town\}; fields are \{language\}"),
        ({"name_pattern": "news"}, "names no field"),
        ({"name_pattern": "{date}_{date}"}, r"names \{date\} twice"),
        ({"language": "nonsense"}, "there is no such language"),
        ({"language": ""}, "its language is not known"),
    ],
)
def test_a_wrong_setting_is_told_before_any_work(more: dict[str, str], said: str, tmp_path: Path) -> None:
    """An hour of mining later is too late."""
    with pytest.raises(SettingsError, match=said):
        archive(tmp_path, ["a.mp3"], [], **more)


def test_a_missing_folder_is_named_with_its_option(tmp_path: Path) -> None:
    """A mistyped path is the commonest mistake of all."""
    touch(tmp_path / "there", "a.mp3")
    for audio, documents, option in (("none", "there", "--audio"), ("there", "none", "--documents")):
        given = {"audio": tmp_path / audio, "documents": tmp_path / documents}
        with pytest.raises(SettingsError, match=rf"none: there is no such folder; check {option}"):
            find_archive(Settings(out=tmp_path, language="en", **given), SUFFIXES)
    with pytest.raises(SettingsError, match="--audio or a table with --manifest"):
        find_archive(Settings(out=tmp_path, language="en"), SUFFIXES)


@pytest.mark.parametrize(
    "uri",
    [
        "../a.mp3",
        "x/../../a.mp3",
        "..x<script>.mp3",
        "a<b>.mp3",
        "a\n.mp3",
        "a\0.mp3",
        "caf\udce9.mp3",
        "..\\a.mp3",
    ],
)
def test_names_that_could_do_harm_are_refused(uri: str) -> None:
    """Names become paths, table rows and HTML."""
    with pytest.raises(InputError) as told:
        check_name(uri)
    assert told.value.code is ErrorCode.UNSAFE_NAME
    assert told.value.message.isprintable() and "rename the file" in told.value.message


@pytest.mark.parametrize("uri", ["a.mp3", "deep/a b (1).mp3", "समाचार.mp3", "a..b.mp3", "/abs/olute/a.mp3"])
def test_ordinary_names_are_not(uri: str) -> None:
    """Archives are full of spaces and brackets."""
    check_name(uri)


def test_the_order_is_that_of_the_names(tmp_path: Path) -> None:
    """Folders are listed in any order; shards must not depend on it."""
    names = [f"{c}.mp3" for c in "qwertzuiop"]
    ids = [s.recording_id for s in archive(tmp_path, names, []).sources]
    assert ids == sorted(ids)
