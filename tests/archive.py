"""A small archive of made-up bulletins on disk, runs over it, and what they leave."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from tests.listening import script
from tests.sounds import bursts, write_wav
from wavelode.datasets.storage import Layout, read_rows
from wavelode.infra.engines.base import Done, In, Out, Work
from wavelode.infra.run import Run, mine, pack, run, select
from wavelode.schemas.settings import Settings, parse_settings

FAILED_WHOLE = ("recording", "document")


def make_archive(folder: Path, count: int = 3, seconds: float = 14.0) -> Path:
    """`count` recordings in ``audio`` and as many documents in ``papers``, named alike."""
    (folder / "papers").mkdir(parents=True, exist_ok=True)
    for n in range(count):
        write_wav(folder / "audio" / f"bulletin{n}.wav", bursts(seconds, seed=n))
        text = "\n\n".join(sentence.text for sentence in script(n, 3))
        (folder / "papers" / f"bulletin{n}.txt").write_text(text, encoding="utf-8")
    return folder


def settings_for(archive: Path, out: Path, **more: Any) -> Settings:
    """Of a run with the fake models."""
    values = {"audio": archive / "audio", "documents": archive / "papers", "language": "en", "workers": 2}
    values["check"] = False  # it takes longer than all the rest
    return parse_settings({**values, "out": out, "listener": {"kind": "fake"}, **more})


def run_quietly(settings: Settings) -> int:
    """The exit status of a run that prints nowhere."""
    return run(settings, Console(file=io.StringIO()))


class PlainLoop:
    """An `Engine` without processes: starting them takes longer than all the work of a small archive."""

    def map(self, task: Callable[[In], Out], items: Iterable[In], work: Work) -> Iterator[Done[In, Out]]:
        for item in items:
            yield Done(item, task(item))


def run_here(settings: Settings) -> int:
    """The three phases in this process; 1 where something failed whole."""
    this = Run(settings, PlainLoop(), Console(file=io.StringIO()))
    mine(this)
    select(this)
    pack(this)
    return 1 if failures(settings.out) else 0


def command(*words: str | Path) -> list[str]:
    """The command line of ``wavelode``, whichever way it is installed."""
    code = "import sys; from wavelode.infra.cli import main; sys.argv[0] = 'wavelode'; main()"
    return [sys.executable, "-P", "-c", code, *map(str, words)]


def wavelode(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs the command line to its end."""
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
    return subprocess.run(command(*words), capture_output=True, text=True, env=environment, check=False)


def outcome(out: Path) -> dict[str, bytes]:
    """Every shard, the manifest, the decisions and the rejects, by path within the output folder."""
    layout = Layout(out)
    shards = [path for shelf in ("asr", "ssl") for path in (out / shelf).rglob("*") if path.is_file()]
    kept = [*shards, layout.manifest, layout.rejects, layout.selected]
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(kept)}


def mined(out: Path) -> dict[str, int]:
    """Every file of `mine` with the time it was written."""
    files = Layout(out).mined.rglob("*.parquet")
    return {path.relative_to(out).as_posix(): path.stat().st_mtime_ns for path in files}


def failures(out: Path) -> list[dict[str, Any]]:
    """The rows of what failed whole."""
    return [row for row in read_rows(Layout(out).rejects) if row["kind"] in FAILED_WHOLE]
