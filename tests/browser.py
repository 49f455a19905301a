"""Debian's Chromium, driven by Playwright, for pages of our own; tests that want it skip where either is absent."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--autoplay-policy=no-user-gesture-required",
]


@contextmanager
def chromium(**options: Any) -> Iterator[Any]:
    """A Playwright browser context with a profile of its own; skips with a reason where it can't be had."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with tempfile.TemporaryDirectory() as profile, playwright.sync_playwright() as driver:
        context = driver.chromium.launch_persistent_context(
            profile, executable_path=path, headless=True, args=FLAGS, **options
        )
        try:
            yield context
        finally:
            context.close()


def until(page: Any, holds: Callable[[], bool], most_s: float = 10.0) -> None:
    """Waits for something on a page whose policy forbids Playwright's own way of waiting."""
    for _ in range(int(most_s * 10)):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("the page did not become what was awaited")
