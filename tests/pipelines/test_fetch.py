from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.liar import Seen, content, liar
from wavelode.pipelines.fetch.download import Fetched, FetchFile
from wavelode.pipelines.fetch.index import Entry, read_indexes
from wavelode.pipelines.fetch.manners import Manners
from wavelode.schemas.errors import ErrorCode, InputError, SettingsError

pytest.importorskip("requests", reason="fetching needs the extra 'fetch'")

QUICK = Manners(per_s=1000.0, workers=1, timeout_s=0.4, tries=3, first_wait_s=0.01)


@pytest.fixture
def server() -> Iterator[tuple[str, Seen]]:
    with liar() as (address, seen):
        yield address, seen


def fetched(root: Path, url: str, manners: Manners = QUICK, sha256: str = "") -> Fetched:
    return FetchFile(root, manners)(Entry(url, sha256=sha256))


def refused(root: Path, url: str, manners: Manners = QUICK) -> InputError:
    with pytest.raises(InputError) as caught:
        fetched(root, url, manners)
    return caught.value


def leftovers(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*") if path.is_file() and ".part" in path.name)


@pytest.mark.parametrize("kind", ["good", "cut", "stall", "busy", "digest", "wrong_part", "chunked"])
def test_what_arrives_is_what_is_there(kind: str, server: tuple[str, Seen], tmp_path: Path) -> None:
    """Whatever a server does on the way, a file is whole and right, or not there."""
    address, _ = server
    path = f"/{kind}/a.mp3"
    got = fetched(tmp_path, address + path)
    assert (tmp_path / got.place).read_bytes() == content(path)
    assert got.sha256 == hashlib.sha256(content(path)).hexdigest()
    assert leftovers(tmp_path) == []


def test_a_broken_transfer_goes_on_where_it_stopped(server: tuple[str, Seen], tmp_path: Path) -> None:
    address, seen = server
    fetched(tmp_path, f"{address}/cut/a.mp3")
    assert seen.starts("/cut/a.mp3") == [0, 20_000, 30_000]


def test_a_killed_fetch_goes_on_in_the_next_run(server: tuple[str, Seen], tmp_path: Path) -> None:
    """What has come stays, with the version it is of."""
    address, seen = server
    refused(tmp_path, f"{address}/cut/a.mp3", Manners(1000.0, 1, tries=0, first_wait_s=0.0))
    (tmp_path / ".fetch").joinpath(*Entry(f"{address}/cut/a.mp3").place.parts[:-1], "a.mp3.json").unlink()  # type: ignore[union-attr]
    fetched(tmp_path, f"{address}/cut/a.mp3")
    assert seen.starts("/cut/a.mp3")[1] > 0


def test_a_file_that_changes_midway_is_no_mixture(server: tuple[str, Seen], tmp_path: Path) -> None:
    address, _ = server
    path = "/other_version/a.mp3"
    got = fetched(tmp_path, address + path)
    assert (tmp_path / got.place).read_bytes() == content(path, 40_001)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("gone", ErrorCode.GONE),
        ("forbidden", ErrorCode.FORBIDDEN),
        ("page", ErrorCode.NOT_AS_TOLD),
        ("nothing", ErrorCode.NOT_AS_TOLD),
        ("always_cut", ErrorCode.UNREACHABLE),
        ("trickle", ErrorCode.UNREACHABLE),
    ],
)
def test_what_can_not_be_had_is_told_and_not_asked_for_again(
    kind: str, code: ErrorCode, server: tuple[str, Seen], tmp_path: Path
) -> None:
    """A server that said no is left in peace until somebody says otherwise."""
    address, seen = server
    url = f"{address}/{kind}/a.mp3"
    assert refused(tmp_path, url).code is code
    asked = len(seen.asked)
    assert refused(tmp_path, url).code is code
    assert len(seen.asked) == asked
    assert not (tmp_path / str(Entry(url).place)).exists()
    with pytest.raises(InputError):
        FetchFile(tmp_path, QUICK, retry_failed=True)(Entry(url))
    assert len(seen.asked) > asked or kind == "forbidden"


def test_what_is_there_is_not_asked_for_again(server: tuple[str, Seen], tmp_path: Path) -> None:
    address, seen = server
    first = fetched(tmp_path, f"{address}/good/a.mp3")
    again = fetched(tmp_path, f"{address}/good/a.mp3")
    assert (again.was_done, again.sha256, seen.often["/good/a.mp3"]) == (True, first.sha256, 1)
    (tmp_path / first.place).write_bytes(b"half")
    assert not fetched(tmp_path, f"{address}/good/a.mp3").was_done


def test_an_index_that_knows_the_hash_is_believed(server: tuple[str, Seen], tmp_path: Path) -> None:
    address, _ = server
    right = hashlib.sha256(content("/good/a.mp3")).hexdigest()
    assert fetched(tmp_path, f"{address}/good/a.mp3", sha256=right.upper()).sha256 == right
    with pytest.raises(InputError, match="not what was announced"):
        fetched(tmp_path / "b", f"{address}/good/b.mp3", sha256=right)


def test_requests_keep_their_distance(server: tuple[str, Seen], tmp_path: Path) -> None:
    """Ten a second of two workers together are five of each; robots.txt may ask for more patience."""
    address, seen = server
    task = FetchFile(tmp_path, Manners(per_s=10.0, workers=2))
    for name in "abc":
        task(Entry(f"{address}/good/{name}.mp3"))
    at = [when for _, when, _ in seen.asked]
    assert all(later - earlier > 0.19 for earlier, later in pairwise(at))
    seen.robots = "User-agent: *\nCrawl-delay: 1\n"
    begun = len(seen.asked)
    task = FetchFile(tmp_path / "b", Manners(per_s=100.0, workers=1))
    for name in "ab":
        task(Entry(f"{address}/good/{name}.mp3"))
    assert seen.asked[begun + 1][1] - seen.asked[begun][1] > 0.9


def test_nothing_is_fetched_where_the_rules_can_not_be_read(tmp_path: Path) -> None:
    """No server at all is the same: its rules are not known (RFC 9309, 2.3.1.4)."""
    assert refused(tmp_path, "http://127.0.0.1:9/a.mp3").code is ErrorCode.UNREACHABLE


@pytest.mark.parametrize("url", ["", "NA", "ftp://a.org/b.mp3", "file:///etc/passwd", "http://[/b", "//a/b"])
def test_what_is_no_address_is_said(url: str, tmp_path: Path) -> None:
    assert refused(tmp_path, url).code is ErrorCode.NO_ADDRESS
    assert list(tmp_path.iterdir()) == []


@given(st.text(max_size=60), st.text(max_size=30))
def test_no_address_leads_out_of_the_folder(path: str, query: str) -> None:
    """An index comes from a stranger."""
    place = Entry(f"http://a.org/{path}?{query}").place
    if place is None:
        return
    assert not place.is_absolute()
    assert all(part not in (".", "..") and not part.startswith(".") for part in place.parts)
    assert all(len(part.encode()) <= 255 for part in place.parts)
    assert "\0" not in str(place)


@given(st.lists(st.text(min_size=1, max_size=20), min_size=2, max_size=6, unique=True))
def test_two_addresses_are_two_places(paths: list[str]) -> None:
    from urllib.parse import quote

    urls = {f"http://a.org/{quote(path)}" for path in paths}
    segments = {tuple(name for name in url.split("/") if name) for url in urls}
    assert len({Entry(url).place for url in urls}) == len(segments)


def test_an_index_is_read_row_by_row(tmp_path: Path) -> None:
    """The real one has a column more, spaces, addresses twice and a few that are none."""
    text = (
        "station,language,time,date,url,page\n"
        "Kohima,English,19:20,09 Aug 2025,https://a.org/2025/08/b.mp3,p.html\n"
        " Kohima ,English,19:20,09 Aug 2025,https://a.org/2025/08/b.mp3,p.html\n"
        "Kohima,English,19:20,09 Aug 2025,NA,p.html\n"
    )
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "b.csv").write_text("﻿" + text.replace(".mp3", ".pdf"), encoding="utf-8")
    found = list(read_indexes([tmp_path / "a.csv.gz", tmp_path / "b.csv"]))
    assert [entry.url for entry in found] == [
        "https://a.org/2025/08/b.mp3",
        "NA",
        "https://a.org/2025/08/b.pdf",
    ]
    assert found[0].bulletin == found[2].bulletin == ("english", "kohima", "2025-08-09", "1920")
    assert found[0].place == PurePosixPath("a.org/2025/08/b.mp3")


@pytest.mark.parametrize("data", [b"a,b\n1,2\n", b"\x1f\x8bnot gzip", b"\xff\xfe\x00url"])
def test_what_is_no_index_is_said(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / ("a.csv.gz" if data.startswith(b"\x1f") else "a.csv")
    path.write_bytes(data)
    with pytest.raises(SettingsError):
        list(read_indexes([path]))


def test_notes_hold_no_more_than_what_is_known(server: tuple[str, Seen], tmp_path: Path) -> None:
    address, _ = server
    got = fetched(tmp_path, f"{address}/good/a.mp3")
    note = json.loads((tmp_path / ".fetch" / f"{got.place}.json").read_text())
    assert (note["bytes"], note["sha256"], note["failed"]) == (40_000, got.sha256, "")
    assert note["etag"]
