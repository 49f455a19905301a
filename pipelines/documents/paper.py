"""A PDF as its reader sees it: pages that are asked for one by one, in a process that may die alone.

A page that takes too long, too much memory, or takes the process with it is lost; the next one is asked of a new
process. What was lost, and why, stays with the document.
"""

from __future__ import annotations

import base64
import json
import os
import selectors
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from wavelode.pipelines.documents.glyphs import Glyph, Row
from wavelode.pipelines.documents.order import Rulings
from wavelode.schemas.errors import ErrorCode, InputError, MissingDependency
from wavelode.schemas.records import Box
from wavelode.schemas.settings import DocumentSettings

DPI = 300
"""Recognition is best there."""
_CHUNK = 1 << 20
_STARTUP_S = 60.0
"""A process on a busy machine may take this long to begin; opening the file counts on top."""
_MOST_LOST = 5
"""A document that has lost so many pages and kept none is given up."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as a grey PNG."""

    png: bytes
    points_per_pixel: float
    page: int

    @property
    def width(self) -> float:
        """In points; a PNG tells its pixels in its first header."""
        return int.from_bytes(self.png[16:20], "big") * self.points_per_pixel

    @property
    def height(self) -> float:
        return int.from_bytes(self.png[20:24], "big") * self.points_per_pixel


@dataclass(frozen=True, slots=True)
class LayerWord:
    """One word as the text layer has it."""

    box: Box
    text: str
    font: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """What a page's file says is on it.

    Attributes:
        words: in the order of the file.
        images: where pictures are placed; nobody knows what they show.
    """

    words: tuple[LayerWord, ...] = ()
    images: tuple[Box, ...] = ()


class _Lost(Exception):
    """A page, or the whole file, ended the process or its time."""


@dataclass(slots=True)
class Paper:
    """An open PDF; use it as a context.

    Attributes:
        lost: pages that couldn't be read, with the reason.
        turned: scans that lie on their side, with the degrees to turn them by, clockwise.
    """

    path: Path
    settings: DocumentSettings
    pages: int = 0
    lost: dict[int, str] = field(default_factory=dict)
    turned: dict[int, int] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None
    _kept: int = 0

    def __enter__(self) -> Paper:
        """Raises:
        InputError: empty, encrypted, no PDF, or with too many pages.
        MissingDependency: without the `documents` extra.
        """
        _require_pymupdf()
        if self.path.stat().st_size == 0:
            raise _refusal(self.path, ErrorCode.NOT_A_DOCUMENT, "the file is empty")
        try:
            self._start()
        except _Lost as lost:
            raise InputError(
                ErrorCode.WORKER_DIED, f"{self.path.name}: opening it {lost}; fetch it again"
            ) from None
        if self.pages > self.settings.max_pages:
            self.close()
            raise InputError(
                ErrorCode.TOO_LARGE,
                f"{self.path.name}: {self.pages} pages, more than document.max_pages={self.settings.max_pages}; "
                "split it or raise that",
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def layer(self, page: int) -> Layer:
        """The text layer of a page, and its pictures."""
        reply = self._ask("words", page)
        if not reply:
            return Layer()
        words = tuple(LayerWord(Box(*word[:4]), *word[4:]) for word in reply["words"])
        return Layer(words, tuple(Box(*image) for image in reply.get("images", ())))

    def rulings(self, page: int) -> Rulings:
        """The ruling lines that are drawn on a page, as tables have them."""
        reply = self._ask("rulings", page)
        if not reply:
            return Rulings()
        across, down = (tuple(Box(*line) for line in reply.get(name, ())) for name in ("across", "down"))
        return Rulings(across, down)

    def rows(self, page: int) -> list[Row]:
        """What is drawn, glyph by glyph."""
        reply = self._ask("rows", page)
        if not reply:
            return []
        return [
            Row(tuple(Glyph(g["text"], g["font"], g["shape"], Box(**g["box"])) for g in row), page)
            for row in reply["rows"]
        ]

    def picture(
        self, page: int, dpi: int = DPI, *, turn: int | None = None, part: Box | None = None
    ) -> Picture | None:
        """The page drawn in grey at up to `dpi`; large pages at less.

        Args:
            turn: degrees to turn it by, clockwise; left out, those in `turned`.
            part: what is drawn of it, where it lies on the page that isn't turned.
        """
        details: dict[str, Any] = {"dpi": dpi}
        if turn is not None:
            details["turn"] = turn
        if part is not None:
            details["part"] = [part.x0, part.y0, part.x1, part.y1]
        reply = self._ask("picture", page, **details)
        if not reply:
            return None
        return Picture(base64.b64decode(reply["png"]), reply["points_per_pixel"], page)

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _ask(self, what: str, page: int, **details: Any) -> dict[str, Any] | None:
        """The answer, or nothing where the page is lost."""
        if page in self.lost:
            return None
        try:
            if self._process is None:
                self._start()
            most, turn = self.settings.max_page_pixels, self.turned.get(page, 0)
            reply = self._exchange({"do": what, "page": page, "most_pixels": most, "turn": turn, **details})
        except _Lost as lost:
            reply = {"why": f"it {lost}"}
        if "why" in reply:
            self.lost[page] = reply["why"]
            self._give_up_where_nothing_is_kept()
            return None
        self._kept += 1
        return reply

    def _give_up_where_nothing_is_kept(self) -> None:
        if not self._kept and len(self.lost) >= min(_MOST_LOST, self.pages):
            page, why = next(iter(self.lost.items()))
            raise InputError(
                ErrorCode.NOT_A_DOCUMENT,
                f"{self.path.name}: no page can be read; page {page}: {why}; print it anew",
            )

    def _start(self) -> None:
        command = [sys.executable, "-P", "-m", "wavelode.pipelines.documents.worker"]
        self._process = subprocess.Popen(
            [*command, str(self.path), str(self.settings.max_memory_mb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        reply = json.loads(self._line(_STARTUP_S + self.settings.page_timeout_s))
        if "why" in reply:
            self.close()
            raise _refusal(self.path, ErrorCode(reply["code"]), reply["why"])
        self.pages = int(reply["pages"])

    def _exchange(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._process is None or self._process.stdin is None:
            raise _Lost("has no process")
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            self._process = None
            raise _Lost("ended the process that read it") from None
        reply: dict[str, Any] = json.loads(self._line(self.settings.page_timeout_s))
        return reply

    def _line(self, seconds: float) -> bytes:
        """One line of the process's answers.

        Raises:
            _Lost: it died, or didn't answer in time; it is gone then.
        """
        if self._process is None or self._process.stdout is None:
            raise _Lost("has no process")
        until, parts = time.monotonic() + seconds, list[bytes]()
        with selectors.DefaultSelector() as ready:
            ready.register(self._process.stdout, selectors.EVENT_READ)
            while not parts or not parts[-1].endswith(b"\n"):
                if not ready.select(max(0.0, until - time.monotonic())):
                    self.close()
                    raise _Lost(
                        f"took longer than {self.settings.page_timeout_s:.0f} s (document.page_timeout_s)"
                    )
                parts.append(os.read(self._process.stdout.fileno(), _CHUNK))
                if not parts[-1]:
                    self.close()
                    raise _Lost("ended the process that read it")
        return b"".join(parts)


def _require_pymupdf() -> None:
    from importlib.util import find_spec

    if find_spec("pymupdf") is None:
        raise MissingDependency("reading PDF needs PyMuPDF: pip install 'wavelode[documents]'")


def _refusal(path: Path, code: ErrorCode, why: str) -> InputError:
    then = "" if code is ErrorCode.ENCRYPTED else "; fetch it again"
    said = why if code is ErrorCode.ENCRYPTED else f"can't be opened as PDF: {why}"
    return InputError(code, f"{path.name}: {said}{then}")
