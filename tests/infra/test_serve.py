from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.serving import EVIL, WORDS, Serving, serving
from wavelode.datasets.storage import Layout
from wavelode.datasets.views import Clips
from wavelode.pipelines.quality.audit.marks import read_marks

pytest.importorskip("starlette", reason="needs the extra: pip install 'wavelode[serve]'")
pytest.importorskip("duckdb", reason="needs the extra: pip install 'wavelode[serve]'")


def test_pages_hold_every_clip_once_whatever_the_order(server: Serving) -> None:
    for order in ("", "cer", "-cer", "duration_s"):
        pages = [server.held(f"/api/clips?order={order}&rows=5&page={page}") for page in range(3)]
        assert [len(page["rows"]) for page in pages] == [5, 5, 2]
        assert {page["count"] for page in pages} == {12}
        assert len({row["clip_id"] for page in pages for row in page["rows"]}) == 12
    rates = [row["cer"] for row in server.held("/api/clips?order=-cer")["rows"]]
    assert rates == sorted(rates, reverse=True)


def test_questions_are_answered(server: Serving) -> None:
    assert server.held("/api/clips?q=NUMBER%207.")["rows"][0]["text"] == f"{WORDS} 7."
    assert server.held("/api/clips?q=%25")["count"] == 0  # no wildcard, a letter
    assert server.held("/api/clips?cer_min=0.095")["count"] == 2
    assert server.held("/api/clips?shelf=asr")["count"] == 12
    assert server.held("/api/clips?shelf=ssl")["count"] == 0


@pytest.mark.parametrize("query", ["order=text;drop table clips", "order=row", "cer_min=many", "page=x"])
def test_what_can_t_be_asked_is_refused_in_a_sentence(server: Serving, query: str) -> None:
    status, _, body = server.known(f"/api/clips?{query.replace(' ', '%20')}")
    assert status == 400 and json.loads(body)["error"]


def test_sound_is_that_of_the_shard(server: Serving, layout: Layout) -> None:
    for clip in Clips(layout.out / "asr"):
        status, headers, body = server.known(f"/sound/{clip.clip_id}")
        assert (status, headers["content-type"], body) == (200, "audio/flac", clip.flac)


def test_a_clip_has_an_address_of_its_own(server: Serving, layout: Layout) -> None:
    first = Clips(layout.out / "asr")[0]
    held = server.held(f"/api/clips/{first.clip_id}")
    assert held["text"] == first.text and len(held["words"]) == len(first.words)
    assert server.known(f"/clip/{first.clip_id}")[0] == 200


def test_without_the_token_nothing_is_told(server: Serving) -> None:
    for path in ("/", "/api/clips", "/static/app.css", "/report", "/?token=wrong", "/?token="):
        assert server.ask(path)[0] == 403
    assert server.ask("/api/clips", Authorization="Bearer wrong")[0] == 403
    assert server.ask("/api/clips", Authorization=f"Bearer {server.token}")[0] == 200


def test_the_token_becomes_a_cookie_that_no_script_reads(server: Serving) -> None:
    status, headers, _ = server.ask(f"/clip/x?page=2&token={server.token}")
    assert (status, headers["location"]) == (303, "/clip/x?page=2")
    assert "HttpOnly" in headers["set-cookie"] and "SameSite=Strict" in headers["set-cookie"]
    status, headers, _ = server.ask(f"//evil.example/?token={server.token}")
    assert headers["location"] == "/evil.example/"


def test_another_name_for_this_machine_is_refused(server: Serving) -> None:
    assert server.known("/api/clips", Host="evil.example")[0] == 421
    assert server.known("/api/clips", Host="127.0.0.1.evil.example")[0] == 421
    assert server.known("/api/clips", Host=f"localhost:{server.host.rpartition(':')[2]}")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/..%2fapp.py",
        "/static/%2e%2e/%2e%2e/cli.py",
        "/static//etc/passwd",
        "/sound/..%2f..%2fmanifest.json",
        "/page/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/api/clips/../../settings.yaml",
        "/clip/a/../../../etc/passwd",
    ],
)
def test_paths_lead_nowhere_else(server: Serving, path: str) -> None:
    status, _, body = server.known(path)
    assert status in (400, 404, 405)
    assert b"root:" not in body and b"import" not in body


def test_marks_come_from_our_own_pages_only(server: Serving, layout: Layout) -> None:
    clip_id = server.held("/api/audit?listener=ann")["clips"][0]
    body = json.dumps({"clip_id": clip_id, "listener": "ann", "mark": "right"})
    assert server.known("/api/marks", method="POST", body=body)[0] == 403
    assert server.known("/api/marks", method="POST", body=body, Origin="http://evil.example")[0] == 403
    assert read_marks(layout) == []
    assert server.known("/api/marks", method="POST", body=body, Origin=server.address)[0] == 200
    assert server.held("/api/audit?listener=ann")["marks"] == {clip_id: "right"}
    assert server.held("/api/audit?listener=ben")["marks"] == {}


@pytest.mark.parametrize(
    "values",
    [
        {"clip_id": "no such clip", "listener": "ann", "mark": "right"},
        {"listener": "ann", "mark": "right"},
        {"clip_id": "CLIP", "listener": "../ann", "mark": "right"},
        {"clip_id": "CLIP", "listener": "ann", "mark": "lovely"},
        {"clip_id": "CLIP", "listener": "a" * 20_000, "mark": "right"},
        ["CLIP"],
    ],
)
def test_marks_that_make_no_sense_are_refused(server: Serving, layout: Layout, values: object) -> None:
    clip_id = server.held("/api/clips")["rows"][0]["clip_id"]
    body = json.dumps(values).replace("CLIP", clip_id)
    status, _, said = server.known("/api/marks", method="POST", body=body, Origin=server.address)
    assert status in (400, 404, 413) and json.loads(said)["error"]
    assert not list(layout.out.rglob("ann.parquet"))[1:]


def test_pages_may_fetch_from_here_alone(server: Serving) -> None:
    for path in ("/", "/audit", "/api/clips", "/static/app.css"):
        headers = server.known(path)[1]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"
    assert EVIL in server.held("/api/clips")["rows"][0]["text"]


def test_the_folder_of_a_server_goes_with_it(layout: Layout, tmp_path: Path) -> None:
    with serving(layout.out) as running:
        assert running.held("/api/facets")["facets"]["shelf"] == ["asr"]
    assert not list(layout.out.rglob("*.duckdb"))
