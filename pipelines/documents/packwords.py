"""Words of a language, out of Tesseract's own pack: a second witness for what glyphs stand for.

A pack holds the words it was trained to expect. Two programs that come with Tesseract write them out; where they are
missing there are no words, and what needs them is left as it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from wavelode.pipelines.documents.ocr import Eye, keep, user_cache

_TIMEOUT_S = 60


def pack_words(eye: Eye) -> frozenset[str]:
    """The words that the eye's pack expects; empty where they can't be had."""
    trained = eye.trained
    unpacks, lists = shutil.which("combine_tessdata"), shutil.which("dawg2wordlist")
    if trained is None or unpacks is None or lists is None:
        return frozenset()
    return _words(unpacks, lists, trained, eye.identity.replace("/", "-"))


@cache
def _words(unpacks: str, lists: str, trained: Path, identity: str) -> frozenset[str]:
    kept = user_cache() / "words" / f"{identity.replace(' ', '_')}.txt"
    if not kept.is_file():
        keep(kept, _listed(unpacks, lists, trained))
    return frozenset(kept.read_text(encoding="utf-8", errors="replace").split())


def _listed(unpacks: str, lists: str, trained: Path) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        letters, words, out = (
            Path(folder, f"x.{name}") for name in ("lstm-unicharset", "lstm-word-dawg", "words")
        )
        commands = (
            [unpacks, "-e", str(trained), str(letters), str(words)],
            [lists, str(letters), str(words), str(out)],
        )
        for command in commands:
            subprocess.run(
                command, capture_output=True, timeout=_TIMEOUT_S, env={**os.environ, "LC_ALL": "C"}
            )
        return out.read_bytes() if out.is_file() else b""
