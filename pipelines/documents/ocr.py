"""What is seen on a rendered page: Tesseract's words with their place and how sure it is of them.

PyMuPDF draws, Tesseract runs as a program of its own: it may crash or take too long alone, and its packs come from
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
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from wavelode.pipelines.documents.evidence import with_chillus
from wavelode.pipelines.documents.paper import Picture
from wavelode.schemas.errors import ErrorCode, InputError, MissingDependency
from wavelode.schemas.records import Box

_POINTS_PER_INCH = 72
_ANY_LAYOUT = 3
_WORD_LEVEL = "5"
_DRAWN_ALIKE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_LETTERS = {"as": {0x09B0: "\u09f0"}}
"""Letters a language doesn't have, which its pack reads all the same, and those it has: Assamese ra isn't Bengali's."""
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


def has_pack(language: str) -> bool:
    """Whether a pack was made for the language, or for one that is written alike.

    >>> has_pack("hi-IN"), has_pack("lus")
    (True, False)
    """
    return language.split("-")[0] in _PACKS


@dataclass(slots=True)
class Eye:
    """Reads pages of one language.

    Args:
        timeout_s: per page.
        cache: folder for what was read; left out, the user's cache.
        pack: Tesseract's, where it is not the language's own.
        layout: Tesseract's page segmentation mode.
    """

    language: str
    timeout_s: float = 120.0
    cache: Path | None = None
    pack: str = ""
    layout: int = _ANY_LAYOUT
    _program: str = field(default="", init=False)
    _folder: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self.pack = self.pack or pack_of(self.language)

    def why_not(self) -> str:
        """What is missing for reading, with how to get it; empty where all is there."""
        program = shutil.which("tesseract")
        debian = f"apt-get install tesseract-ocr tesseract-ocr-{self.pack.replace('_', '-')}"
        if program is None:
            return f"character recognition needs Tesseract: {debian}"
        folder, packs = _packs(program)
        if self.pack not in packs:
            return f"character recognition of language {self.language} needs a pack: {debian}"
        self._program = program
        self._folder = folder
        return ""

    @property
    def trained(self) -> Path | None:
        """The pack's file."""
        found = None if self.why_not() else Path(self._folder) / f"{self.pack}.traineddata"
        return found if found and found.is_file() else None

    @property
    def identity(self) -> str:
        """What recognition's result depends on besides the picture: program and pack; empty where one is missing."""
        return "" if self.why_not() else _identity(self._program, self.pack, self._folder)

    def read(self, picture: Picture) -> list[Seen]:
        """The words of a page, in reading order.

        Raises:
            MissingDependency: Tesseract or its pack is absent.
            InputError: the page is not read in time, or Tesseract fails.
        """
        if not self._program and (missing := self.why_not()):
            raise MissingDependency(missing)
        known = f"{self.identity} {self.layout} 2"
        mark = hashlib.sha256(picture.png + known.encode()).hexdigest()[:24]
        kept = (self.cache or user_cache()) / f"{mark}.tsv"
        if not kept.is_file():
            keep(kept, self._run(picture))
        return _words(
            kept.read_text(encoding="utf-8"),
            picture.points_per_pixel,
            _LETTERS.get(self.language.split("-")[0], {}),
        )

    def _run(self, picture: Picture) -> bytes:
        dpi = str(round(_POINTS_PER_INCH / picture.points_per_pixel))
        command = [self._program, "-", "-", "-l", self.pack, "--dpi", dpi, "--psm", str(self.layout), "tsv"]
        one_thread = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        try:
            done = subprocess.run(
                command, input=picture.png, capture_output=True, env=one_thread, timeout=self.timeout_s
            )
        except subprocess.TimeoutExpired as error:
            raise InputError(
                ErrorCode.TIMED_OUT,
                f"page {picture.page} wasn't recognised within {self.timeout_s:.0f} s (document.page_timeout_s)",
            ) from error
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise InputError(ErrorCode.NO_TEXT, f"page {picture.page}: Tesseract failed: {' '.join(said)}")
        return done.stdout


@cache
def _packs(program: str) -> tuple[str, frozenset[str]]:
    """Tesseract's folder of packs, and which there are."""
    said = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=30).stdout
    return "".join(re.findall(r'"(.+)"', said.split("\n")[0])), frozenset(said.split())


@cache
def _identity(program: str, pack: str, folder: str) -> str:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30)
    version = (said.stdout or said.stderr).split("\n")[0].strip()
    trained = Path(folder) / f"{pack}.traineddata"
    digest = hashlib.sha256(trained.read_bytes()).hexdigest()[:12] if trained.is_file() else "?"
    return f"{version} {pack}:{digest}"


def user_cache() -> Path:
    """Where what was read is kept from run to run."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wavelode" / "ocr"


def keep(place: Path, content: bytes) -> None:
    """Writes a file of the cache; whoever reads it finds all of it or nothing."""
    place.parent.mkdir(parents=True, exist_ok=True)
    half = place.with_suffix(f".{os.getpid()}")
    half.write_bytes(content)
    half.replace(place)


def _words(table: str, scale: float, letters: Mapping[int, str]) -> list[Seen]:
    found = []
    for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = _DRAWN_ALIKE.sub("", with_chillus(row["text"] or "")).strip().translate(letters)
        if row["level"] == _WORD_LEVEL and text:
            x, y, width, height = (float(row[name]) * scale for name in ("left", "top", "width", "height"))
            line = (int(row["block_num"]) * 1000 + int(row["par_num"])) * 1000 + int(row["line_num"])
            box = Box(x, y, x + width, y + height)
            found.append(Seen(unicodedata.normalize("NFC", text), box, float(row["conf"]) / 100, line))
    return found
