"""A small corpus with its server running, as a user starts it."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.archive import command
from tests.corpus import RATE, leave_mined, matched, on_disk, paper, recording
from wavelode.datasets.shards import Sources
from wavelode.datasets.storage import Layout
from wavelode.pipelines.pack import run_pack
from wavelode.pipelines.select import run_select
from wavelode.schemas.settings import DecodeSettings, PackSettings, SelectSettings
from wavelode.schemas.time import Span

EVIL = "<img src=x onerror=document.title='taken'>"
WORDS = "The council met on Tuesday to open bridge number"


def corpus(folder: Path, count: int = 12) -> Layout:
    """One recording of `count` clips of two seconds; the text of the first holds markup."""
    texts = [f"{WORDS} {EVIL}", *(f"{WORDS} {n}." for n in range(1, count))]
    spans = [Span(2 * n * RATE, 2 * (n + 1) * RATE) for n in range(count)]
    parts = tuple(
        matched(span, text, cer=0.01 * n) for n, (span, text) in enumerate(zip(spans, texts, strict=True))
    )
    layout = Layout(folder / "out")
    leave_mined(layout, [on_disk(recording("bulletin", parts), folder / "audio")], [paper()])
    limits = SelectSettings(max_chars_per_s=100, max_same_text=0)
    run_select(layout, layout.mined.glob("*.parquet"), layout.documents.glob("*.parquet"), limits)
    run_pack(layout, PackSettings(rows_per_group=4), Sources(folder / "audio", DecodeSettings()))
    return layout


@dataclass(frozen=True)
class Serving:
    """Where a server listens, and the token it gave."""

    host: str
    token: str

    @property
    def address(self) -> str:
        return f"http://{self.host}"

    def ask(
        self, path: str, method: str = "GET", body: str | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of one raw request; header names with ``_`` for ``-``."""
        connection = http.client.HTTPConnection(self.host, timeout=20)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.putrequest(method, path, skip_host="Host" in sent, skip_accept_encoding=True)
        for name, value in sent.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body.encode() if body is not None else None)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def known(self, path: str, **more: Any) -> tuple[int, dict[str, str], bytes]:
        return self.ask(path, Cookie=f"wavelode={self.token}", **more)

    def held(self, path: str) -> Any:
        return json.loads(self.known(path)[2])


@contextmanager
def serving(out: Path, *words: str) -> Iterator[Serving]:
    """The server of an output folder, started from the command line."""
    run = subprocess.Popen(command(*(words or ("serve",)), out), stdout=subprocess.PIPE, text=True)
    try:
        if run.stdout is None:
            raise RuntimeError("the server says nothing")
        for line in run.stdout:
            if found := re.search(r"http://([\d.:]+)/\w*\?token=(\S+)", line):
                yield Serving(found[1], found[2])
                return
        raise RuntimeError("the server did not start")
    finally:
        run.terminate()
        run.wait(timeout=20)
        if run.stdout:
            run.stdout.close()
