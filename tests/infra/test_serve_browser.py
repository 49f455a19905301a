"""People's side of the local server, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import chromium
from tests.serving import EVIL, Serving

pytest.importorskip("starlette", reason="needs the extra: pip install 'wavelode[serve]'")
pytest.importorskip("duckdb", reason="needs the extra: pip install 'wavelode[serve]'")


@pytest.fixture(scope="module")
def browser(server: Serving) -> Iterator[Any]:
    with chromium() as context:
        page = context.new_page()
        page.goto(f"{server.address}/?token={server.token}")
        page.close()
        yield context


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    one = browser.new_page()
    complaints: list[str] = []
    one.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    one.on("pageerror", lambda error: complaints.append(str(error)))
    yield one
    one.close()
    # A clip without a printed page asks for it once and hides the frame.
    assert [line for line in complaints if "404" not in line] == []


def _precision(page: Any, server: Serving) -> str:
    page.goto(f"{server.address}/report")
    found: str = page.locator("#audit").inner_text()
    return found


def test_words_light_up_as_they_are_spoken_and_marks_stay(page: Any, server: Serving) -> None:
    assert "none is marked yet" in _precision(page, server)
    page.goto(f"{server.address}/audit")
    page.locator(".words span").first.wait_for()
    page.keyboard.press(" ")
    page.locator(".words span.lit").first.wait_for(timeout=10_000)
    first = page.locator(".words span.lit").inner_text()
    page.wait_for_function("was => document.querySelector('.lit')?.textContent !== was", arg=first)
    for key in "1121314111":
        page.locator(".words span").first.wait_for()
        before = page.locator("#count").inner_text()
        page.keyboard.press(key)
        page.wait_for_function("was => document.querySelector('#count').textContent !== was", arg=before)
    assert "10 marked" in page.locator("#count").inner_text()
    page.reload()
    page.locator(".words span").first.wait_for()
    assert "10 marked" in page.locator("#count").inner_text()
    assert page.locator(".dots i.right").count() == 7
    told = _precision(page, server)
    assert "10 of 12 clips" in told and "70.0" in told


def test_the_list_works_by_keyboard_alone(page: Any, server: Serving) -> None:
    page.goto(f"{server.address}/?rows=5")
    page.locator("tbody tr").nth(4).wait_for()
    page.keyboard.press("n")
    page.wait_for_url("**/?rows=5&page=1")
    page.keyboard.press("p")
    page.wait_for_url("**/?rows=5")
    page.keyboard.press("/")
    page.keyboard.type("number 7")
    page.wait_for_url("**q=number+7*")
    page.wait_for_function("() => document.querySelectorAll('tbody tr').length === 1")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('td.text a')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/clip/bulletin-*")
    page.locator(".words span").first.wait_for()
    page.keyboard.press(" ")
    page.locator(".words span.lit").first.wait_for(timeout=10_000)


def test_a_link_to_a_question_and_to_a_clip_shows_the_same_again(page: Any, server: Serving) -> None:
    page.goto(f"{server.address}/?order=-cer&cer_min=0.095")
    page.locator("tbody tr").nth(1).wait_for()
    assert page.locator("tbody tr").count() == 2
    assert page.locator("[name=cer_min]").input_value() == "0.095"
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("errors")


def test_markup_in_a_text_stays_text(page: Any, server: Serving) -> None:
    page.goto(f"{server.address}/?q=onerror")
    page.locator("tbody tr").first.wait_for()
    assert EVIL in page.locator("td.text a").first.inner_text()
    page.locator("td.text a").first.click()
    page.locator(".words span").first.wait_for()
    assert EVIL in page.locator(".words").inner_text()
    assert page.locator(".words img").count() == 0 and page.title() != "taken"


def test_nothing_is_asked_of_anybody_else(page: Any, server: Serving, tmp_path: Path) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/audit", "/report"):
        page.goto(f"{server.address}{path}")
        page.wait_for_load_state("networkidle")
    outside = [url for url in asked if not url.startswith((server.address, "data:", "blob:"))]
    assert asked and outside == []
