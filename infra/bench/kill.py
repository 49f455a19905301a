"""Kills a random process of a run at a random moment, starts again what stopped, and compares every file.

``wavelode bench kill``: a hundred kills over the processes that a run is made of. An undisturbed run of each engine
comes first; its files are what every disturbed run must end with, byte for byte. In parts, side by side, with moments
drawn anew for each: ``python -m wavelode.infra.bench.kill PART OF``.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from rich.console import Console

from wavelode.datasets.storage import Layout
from wavelode.infra.bench.made_up import make_archive
from wavelode.infra.progress import table
from wavelode.infra.run import a_run, mine, pack, select
from wavelode.schemas.errors import MissingDependency, WavelodeError
from wavelode.schemas.settings import parse_settings

_RECORDINGS, _RECORDING_S = 4, 15.0
_MOST_STARTS = 4
_PATIENCE_S = 240.0
_LOOK_S = 0.02
_MARK = "WAVELODE_BENCH_RUN"
"""A variable in the environment of all processes of one run."""
_SDK_WORKERS = "--direct_running_mode=multi_processing"


@dataclass(frozen=True, slots=True)
class Victim:
    """A kind of process to kill.

    Attributes:
        share: of a hundred kills.
        is_one: tells it by its command line; None is the command itself.
    """

    name: str
    engine: str
    share: int
    is_one: Callable[[str], bool] | None = None
    beam_options: str = ""


def _is_worker(line: str) -> bool:
    return "multiprocessing.spawn" in line or "spawn_main" in line


VICTIMS = (
    Victim("local worker", "local", 31, _is_worker),
    Victim("local parent", "local", 31),
    Victim("Ray worker", "ray", 15, lambda line: line.startswith("ray::_Hand")),
    Victim("raylet", "ray", 10, lambda line: "raylet/raylet" in line),
    Victim("Beam worker", "beam", 10, _is_worker),
    Victim(
        "Beam SDK worker",
        "beam",
        3,
        lambda line: "sdk_worker_main" in line,
        _SDK_WORKERS,
    ),
)


@dataclass(slots=True)
class Tally:
    """What became of the runs that lost one kind of process."""

    kills: int = 0
    went_on: int = 0
    restarted: int = 0
    hung: int = 0
    identical: int = 0


@dataclass(frozen=True, slots=True)
class Field:
    """Where a bench runs.

    Attributes:
        wanted: the files of an undisturbed run.
    """

    archive: Path
    folder: Path
    wanted: dict[str, bytes]
    random: Random


def main(quick: bool) -> int:
    """Prints the table; 0 where every run ended with the same bytes."""
    return shoot(dict.fromkeys(VICTIMS[:2], 1) if quick else shares(1, 1), 7, quick)


def shares(part: int, of: int) -> dict[Victim, int]:
    """Kills of each kind in one of several parts, counted from 1, that make a hundred together."""
    return {victim: victim.share * part // of - victim.share * (part - 1) // of for victim in VICTIMS}


def shoot(kills: dict[Victim, int], seed: int, quick: bool = False) -> int:
    """So many kills of each kind, at moments that the seed draws; as `main`."""
    if find_spec("psutil") is None:
        raise MissingDependency("`bench kill` needs psutil; run: pip install 'wavelode[bench]'")
    console = Console()
    with TemporaryDirectory() as name:
        folder = Path(name)
        archive = make_archive(folder / "archive", *((2, 8.0) if quick else (_RECORDINGS, _RECORDING_S)))
        field = Field(archive, folder, _undisturbed(archive, folder / "wanted"), Random(seed))
        tallies = _shoot_all(field, kills)
    _print(console, tallies)
    total = sum(tally.kills for tally in tallies.values())
    identical = sum(tally.identical for tally in tallies.values())
    console.print(f"{identical} of {total} killed runs ended with the bytes of an undisturbed one")
    return 0 if identical == total else 1


def _undisturbed(archive: Path, out: Path) -> dict[str, bytes]:
    with _running(archive, out, VICTIMS[0]) as run:
        if run.wait():
            raise WavelodeError("the undisturbed run failed; run it by hand to see why")
    return everything(out)


def everything(out: Path) -> dict[str, bytes]:
    """Every file a run leaves but those that name the folder or hold times: report, settings, rates."""
    layout = Layout(out)
    told = {layout.report, layout.settings, layout.rates}
    files = sorted(path for path in out.rglob("*") if path.is_file() and path not in told)
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def _shoot_all(field: Field, kills: dict[Victim, int]) -> dict[Victim, Tally]:
    """So many kills of each kind, the kinds in turn; a shot that came too late is none."""
    tallies = {victim: Tally() for victim in kills}
    lives_s = {victim: _life(field, victim) for victim in kills}
    while waiting := [victim for victim, wanted in kills.items() if tallies[victim].kills < wanted]:
        for victim in waiting:
            out = field.folder / uuid4().hex
            _shoot_once(field, victim, out, tallies[victim], lives_s[victim])
            shutil.rmtree(out, ignore_errors=True)
            print(f"{victim.name}: {tallies[victim]}", file=sys.stderr, flush=True)
    return tallies


def _life(field: Field, victim: Victim) -> float:
    """Seconds from when there is a victim to the end of an undisturbed run."""
    with _running(field.archive, field.folder / uuid4().hex, victim) as run:
        _wait_for(run, victim)
        begun = time.monotonic()
        if _ended(run) != 0:
            raise WavelodeError(f"the undisturbed run on {victim.engine} failed; run it by hand to see why")
        return time.monotonic() - begun


def _shoot_once(field: Field, victim: Victim, out: Path, tally: Tally, lives_s: float) -> None:
    """One run that loses a process, and then as many starts as it takes; a shot that came too late is none."""
    shot = False
    for start in range(_MOST_STARTS):
        with _running(field.archive, out, victim) as run:
            if not shot:
                _wait_for(run, victim)
                with suppress(subprocess.TimeoutExpired):  # or the shot comes too late
                    run.wait(field.random.uniform(0, lives_s))
                shot = _kill_one(run, victim, field.random)
            status = _ended(run)
        if not shot:
            return
        tally.hung += status is None
        if status == 0:
            tally.went_on += start == 0
            break
        tally.restarted += 1
    tally.kills += 1
    left = everything(out)
    tally.identical += left == field.wanted
    other = sorted(name for name in left.keys() | field.wanted if left.get(name) != field.wanted.get(name))
    if other:
        print(f"{victim.name}: not the same: {', '.join(other)}", file=sys.stderr, flush=True)


def phases(archive: str, out: str, engine: str, beam_options: str) -> None:
    """What is killed: mine, select and pack with the fake models, in a process of its own."""
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))
    values = {"audio": f"{archive}/audio", "documents": f"{archive}/papers", "out": out, "language": "en"}
    how = {"engine": engine, "workers": 2, "beam_options": beam_options, "listener": {"kind": "fake"}}
    this = a_run(parse_settings({**values, **how}))
    mine(this)
    select(this)
    pack(this)


@contextmanager
def _running(archive: Path, out: Path, victim: Victim) -> Iterator[subprocess.Popen[bytes]]:
    """A run; nothing of it is left afterwards, whatever its processes were and wherever they went."""
    mark = uuid4().hex
    code = f"import sys; from {__name__} import phases; phases(*sys.argv[1:])"
    words = [sys.executable, "-P", "-c", code, str(archive), str(out), victim.engine, victim.beam_options]
    null, marked = subprocess.DEVNULL, {**os.environ, _MARK: mark}
    run = subprocess.Popen(words, stdout=null, stderr=null, start_new_session=True, env=marked)
    try:
        yield run
    finally:
        _end_all(mark)
        run.wait()


def _end_all(mark: str) -> None:
    import psutil

    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(_MARK) == mark:
                process.kill()


def _victims(run: subprocess.Popen[bytes], victim: Victim) -> list[Any]:
    import psutil

    found = []
    with suppress(psutil.Error):
        command = psutil.Process(run.pid)
        if victim.is_one is None:
            return [command]
        for process in command.children(recursive=True):
            with suppress(psutil.Error):
                if victim.is_one(" ".join(process.cmdline())):
                    found.append(process)
    return found


def _wait_for(run: subprocess.Popen[bytes], victim: Victim) -> None:
    while run.poll() is None and not _victims(run, victim):
        time.sleep(_LOOK_S)


def _kill_one(run: subprocess.Popen[bytes], victim: Victim, random: Random) -> bool:
    """Kills one of the victims, or the next that is there; False where the run was over before that."""
    while run.poll() is None:
        if there := _victims(run, victim):
            with suppress(ProcessLookupError):
                os.kill(random.choice(there).pid, signal.SIGKILL)
                return True
        time.sleep(_LOOK_S)
    return False


def _ended(run: subprocess.Popen[bytes]) -> int | None:
    """The exit status; None where it came to no end."""
    try:
        return run.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        return None


def _print(console: Console, tallies: dict[Victim, Tally]) -> None:
    columns = ("killed", "kills", "went on", "starts again", "hung", "identical")
    rows = [
        (victim.name, *map(str, (t.kills, t.went_on, t.restarted, t.hung, t.identical)))
        for victim, t in tallies.items()
    ]
    console.print(table("Runs that lost a process", columns, rows))


if __name__ == "__main__":
    # Run as a script this module is called __main__, which no run that is to be killed can import.
    from wavelode.infra.bench import kill

    part, of = map(int, sys.argv[1:])
    sys.exit(kill.shoot(kill.shares(part, of), part))
