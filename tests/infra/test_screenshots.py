"""The pictures in docs/images: the demo's own report and pages, taken in a browser.

make demo && WAVELODE_DEMO=demo/out .venv/bin/pytest tests/infra/test_screenshots.py
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import chromium, until
from tests.serving import serving
from wavelode.datasets.storage import Layout
from wavelode.pipelines.quality.audit.sample import draw, write_sample
from wavelode.pipelines.quality.report import write_report

IMAGES = Path(__file__).parents[2] / "docs" / "images"
DEMO = os.environ.get("WAVELODE_DEMO", "")
IN_BOTH = ("report", "script")
"""Shown light and dark; the others light only."""
SIZE = {"width": 1080, "height": 760}

pytestmark = pytest.mark.skipif(not DEMO, reason="takes pictures only of the demo that WAVELODE_DEMO names")


@pytest.fixture(scope="module")
def layout() -> Layout:
    made = Layout(Path(DEMO).resolve())
    write_sample(made, draw(made, 40))
    write_report(made)
    return made


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest) -> Iterator[Any]:
    with chromium(viewport=SIZE, color_scheme=request.param) as browser:
        yield browser.new_page()


def _take(page: Any, name: str) -> None:
    dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    data = page.screenshot(type="jpeg", quality=72)
    assert 20_000 < len(data) < 160_000
    if dark and name not in IN_BOTH:
        return
    IMAGES.mkdir(exist_ok=True)
    (IMAGES / f"{name}{'-dark' if dark else ''}.jpg").write_bytes(data)


def _to(page: Any, heading: str) -> None:
    page.locator("h2", has_text=heading).evaluate("e => window.scrollTo(0, e.offsetTop - 24)")
    page.wait_for_timeout(300)


def test_the_report(page: Any, layout: Layout) -> None:
    page.goto(layout.report.as_uri())
    page.locator("#waterfall .barlayer").wait_for(state="attached")
    _take(page, "report")
    for heading, name in (("How long", "measures"), ("Bulletins beside", "script"), ("Listen", "clips")):
        _to(page, heading)
        _take(page, name)


def test_listening(page: Any, layout: Layout) -> None:
    with serving(layout.out) as server:
        page.goto(f"{server.address}/audit?token={server.token}")
        page.locator(".words span").first.wait_for()
        page.get_by_alt_text("The sentence on its printed page").wait_for()
        page.keyboard.press(" ")
        until(page, lambda: page.locator(".words span.lit").count() > 0)
        page.wait_for_timeout(900)
        page.keyboard.press(" ")
        _take(page, "listening")
        page.goto(f"{server.address}/")
        page.locator("tbody tr").nth(5).wait_for()
        _take(page, "browsing")
