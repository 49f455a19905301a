from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from random import Random

import pytest

from tests.archive import command, outcome
from wavelode.datasets.storage import files_below

MOMENTS = 3


def start(archive: Path, out: Path) -> subprocess.Popen[bytes]:
    """A run in a process group of its own, as a cluster starts it."""
    places = ("--audio", archive / "audio", "--documents", archive / "papers", "--out", out)
    words = command("run", *places, "--language", "en", "--listener-kind", "fake", "--workers", "2")
    return subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def shoot(run: subprocess.Popen[bytes]) -> None:
    """Kills a run with all its workers, with no chance to clean up."""
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()


def wait_for(run: subprocess.Popen[bytes], out: Path, files: int) -> None:
    """Until a run has left that many files, or is over."""
    while run.poll() is None and sum(1 for _ in files_below(out)) < files:
        time.sleep(0.01)


@pytest.mark.parametrize("seed", [1])
def test_a_run_killed_again_and_again_ends_with_the_bytes_of_an_undisturbed_one(
    seed: int, archive: Path, finished: Path, tmp_path: Path
) -> None:
    """Machines are taken away at any instant: what stands on disk then must be whole, or not there."""
    out, random = tmp_path / "out", Random(seed)
    left = sum(1 for _ in files_below(finished))
    out.mkdir()
    for nth in range(MOMENTS):
        run = start(archive, out)
        wait_for(run, out, 1 + nth * left // MOMENTS)
        time.sleep(random.uniform(0, 0.1))
        shoot(run)
    last = start(archive, out)
    assert last.wait() == 0
    assert outcome(out) == outcome(finished)
    assert not (out / ".scratch").exists()


def test_workers_do_not_outlive_a_run_that_was_killed_alone(archive: Path, tmp_path: Path) -> None:
    """The kernel kills one process: orphans that hold memory and write files would disturb the next run."""
    out = tmp_path / "out"
    run = start(archive, out)
    wait_for(run, out, 3)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    ended = time.monotonic() + 20
    while _group_lives(run.pid) and time.monotonic() < ended:
        time.sleep(0.1)
    alive = _group_lives(run.pid)
    if alive:
        os.killpg(run.pid, signal.SIGKILL)
    assert not alive


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
