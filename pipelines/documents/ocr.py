"""What is seen on a rendered page: Tesseract's words with their place and how sure it is of them.

PyMuPDF renders, Tesseract runs as a program of its own: it may crash or take too long alone, and its packs come from
the system. What was once read of a picture is kept in the user's cache, for reading costs seconds per page.
"""

from __future__ import annotations

import csv
import hashlib
import os
import re
import shutil
import subprocess
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wavelode.schemas.errors import ErrorCode, InputError, MissingDependency
from wavelode.schemas.records import Box

DPI = 300
_MAX_PIXELS = 40_000_000
_POINTS_PER_INCH = 72
_WORD_LEVEL = "5"
_DRAWN_ALIKE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_PACKS = {
    "am": "amh", "ar": "ara", "as": "asm", "bn": "ben", "bo": "bod", "brx": "hin", "doi": "hin", "dz": "dzo",
    "en": "eng", "es": "spa", "fa": "fas", "fr": "fra", "de": "deu", "gom": "mar", "gu": "guj", "hi": "hin",
    "hne": "hin", "kn": "kan", "kok": "mar", "ks": "urd", "mai": "hin", "ml": "mal", "mr": "mar", "ne": "nep",
    "or": "ori", "pa": "pan", "ps": "pus", "sa": "san", "sd": "snd", "si": "sin", "sw": "swa", "ta": "tam",
    "te": "tel", "ur": "urd", "yo": "yor", "zh": "chi_sim",
}  # fmt: skip
"""Which of Tesseract's packs reads a language; several have none of their own but share a script."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One word as read from the picture; confidence from 0 to 1; `line` counts the picture's lines."""

    text: str
    box: Box
    confidence: float
    line: int


def pack_of(language: str) -> str:
    """Tesseract's pack for a language (BCP-47); Latin letters are all read by the English one.

    >>> pack_of("hi-IN"), pack_of("lus")
    ('hin', 'eng')
    """
    return _PACKS.get(language.split("-")[0], "eng")


@dataclass(slots=True)
class Eye:
    """Reads pages of one language.

    Args:
        timeout_s: per page.
        cache: folder for what was read; left out, the user's cache.
    """

    language: str
    timeout_s: float = 120.0
    cache: Path | None = None
    _program: str = field(default="", init=False)

    @property
    def pack(self) -> str:
        return pack_of(self.language)

    def why_not(self) -> str:
        """What is missing for reading, with how to get it; empty where all is there."""
        program = shutil.which("tesseract")
        debian = f"apt-get install tesseract-ocr tesseract-ocr-{self.pack.replace('_', '-')}"
        if program is None:
            return f"character recognition needs Tesseract: {debian}"
        said = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=30)
        if self.pack not in said.stdout.split():
            return f"character recognition of language {self.language} needs a pack: {debian}"
        self._program = program
        return ""

    def read(self, page: Any) -> list[Seen]:
        """The words of a page (PyMuPDF's), in reading order.

        Raises:
            MissingDependency: Tesseract or its pack is absent.
            InputError: the page is too large, or not read in time.
        """
        if not self._program and (missing := self.why_not()):
            raise MissingDependency(missing)
        picture, scale = _picture(page)
        mark = hashlib.sha256(picture + f"{self.pack} {DPI} 1".encode()).hexdigest()[:24]
        kept = (self.cache or _user_cache()) / f"{mark}.tsv"
        if not kept.is_file():
            _keep(kept, self._run(picture, page.number + 1))
        return _words(kept.read_text(encoding="utf-8"), scale)

    def _run(self, picture: bytes, page: int) -> bytes:
        command = [self._program, "-", "-", "-l", self.pack, "--dpi", str(DPI), "tsv"]
        one_thread = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        try:
            done = subprocess.run(
                command, input=picture, capture_output=True, env=one_thread, timeout=self.timeout_s
            )
        except subprocess.TimeoutExpired as error:
            raise InputError(
                ErrorCode.TOO_LARGE, f"page {page} wasn't recognised within {self.timeout_s:.0f} s; split it"
            ) from error
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise InputError(ErrorCode.NO_TEXT, f"page {page}: Tesseract failed: {' '.join(said)}")
        return done.stdout


def _picture(page: Any) -> tuple[bytes, float]:
    """A grey PNG, and its points per pixel."""
    import pymupdf

    pixels = page.rect.width * page.rect.height * (DPI / _POINTS_PER_INCH) ** 2
    if pixels > _MAX_PIXELS:
        raise InputError(
            ErrorCode.TOO_LARGE,
            f"page {page.number + 1} would be {pixels / 1e6:.0f} megapixels at {DPI} dpi; print it smaller",
        )
    return page.get_pixmap(dpi=DPI, colorspace=pymupdf.csGRAY).tobytes("png"), _POINTS_PER_INCH / DPI


def _user_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wavelode" / "ocr"


def _keep(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    half = place.with_suffix(f".{os.getpid()}")
    half.write_bytes(content)
    half.replace(place)


def _words(table: str, scale: float) -> list[Seen]:
    found = []
    for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = _DRAWN_ALIKE.sub("", row["text"] or "").strip()
        if row["level"] == _WORD_LEVEL and text:
            x, y, width, height = (float(row[name]) * scale for name in ("left", "top", "width", "height"))
            line = (int(row["block_num"]) * 1000 + int(row["par_num"])) * 1000 + int(row["line_num"])
            box = Box(x, y, x + width, y + height)
            found.append(Seen(unicodedata.normalize("NFC", text), box, float(row["conf"]) / 100, line))
    return found
