"""`wavelode status` and ``--dry-run``: what they foretell is what a run then does."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from tests.archive import make_archive, mined, run_here, settings_for, wavelode
from wavelode.datasets.storage import Layout
from wavelode.infra.outlook import Outlook, changes, look, print_plan, print_status, worker_seconds
from wavelode.infra.rates import Rate, read_rates
from wavelode.pipelines.standing import State
from wavelode.schemas.settings import Settings

KEPT = {"speech", "words"}
"""Of the steps, those whose result the fake models leave in a file of its own."""


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An archive with one recording that is none, and what a run left of it."""
    archive = make_archive(tmp_path_factory.mktemp("archive"), 2)
    (archive / "audio" / "text.mp3").write_text("Here is the news, which nobody has recorded.\n" * 50)
    out = tmp_path_factory.mktemp("run") / "out"
    run_here(settings_for(archive, out))
    return archive, out


@pytest.fixture
def archive(places: tuple[Path, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(places[0], tmp_path / "archive"))


@pytest.fixture
def out(places: tuple[Path, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(places[1], tmp_path / "out"))


def states(seen: Outlook) -> dict[str, State]:
    return {one.name: one.state for one in seen.recordings}


def steps(seen: Outlook, name: str) -> tuple[str, ...]:
    return next(one.repeat for one in seen.recordings if one.name == name)


def every_step(seen: Outlook) -> tuple[str, ...]:
    return ("decode", *(stage.name for stage in seen.task.stages))


def stage_files(out: Path, before: dict[str, int]) -> set[str]:
    """The folders within ``mined`` in which something was written since."""
    now = mined(out)
    return {Path(name).parent.name for name, at in now.items() if before.get(name) != at}


def printed(seen: Outlook, settings: Settings) -> str:
    console = Console(file=io.StringIO(), width=200)
    print_plan(console, seen)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("exact", [False, True])
def test_a_finished_run_has_nothing_left(archive: Path, out: Path, exact: bool) -> None:
    seen = look(settings_for(archive, out), exact=exact)
    assert states(seen) == {"bulletin0": "done", "bulletin1": "done", "text": "failed"}
    assert all(one.repeat == () for one in seen.recordings)
    assert seen.hours(State.DONE) * 3600 == pytest.approx(28.0, abs=0.01)


def test_nothing_done_is_all_left(archive: Path, tmp_path: Path) -> None:
    seen = look(settings_for(archive, tmp_path / "new"), exact=False)
    assert set(states(seen).values()) == {State.LEFT}
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("change", "is_stale", "again"),
    [
        ({"select": {"max_cer": 0.1}}, False, set()),
        ({"align": {"long_gap_nats": 5.0}}, True, set()),
        ({"speech": {"onset": 0.6}}, True, KEPT),
        ({"decode": {"accept_truncated": True}}, True, KEPT),
    ],
)
def test_what_a_changed_setting_repeats_is_foretold(
    archive: Path, out: Path, change: dict[str, object], is_stale: bool, again: set[str]
) -> None:
    """An estimate that forgets a GPU stage is worse than none."""
    settings, before = settings_for(archive, out, **change), mined(out)
    seen = look(settings, exact=True)
    foretold = set(steps(seen, "bulletin0"))
    assert foretold & KEPT == again
    assert foretold >= {"decode", "align", "measure"} if is_stale else not foretold
    assert states(seen)["bulletin0"] == (State.STALE if is_stale else State.DONE)
    run_here(settings)
    assert stage_files(out, before) & KEPT == again


def test_a_changed_recording_is_stale(archive: Path, out: Path) -> None:
    make_archive(archive, 1, seconds=9.0)
    (archive / "papers" / "bulletin1.txt").write_text("Something else is printed now, at some length.\n")
    seen = look(settings_for(archive, out), exact=False)
    assert states(seen) == {"bulletin0": "stale", "bulletin1": "stale", "text": "failed"}
    assert steps(seen, "bulletin0") == every_step(seen)
    assert "speech" not in steps(seen, "bulletin1")


def test_a_recording_that_was_begun_keeps_its_stages(archive: Path, out: Path) -> None:
    """A run that was killed between hearing and aligning has done the dear part."""
    for path in Layout(out).mined.glob("bulletin0-*.parquet"):
        path.unlink()
    seen = look(settings_for(archive, out), exact=False)
    assert states(seen)["bulletin0"] == State.LEFT
    assert set(steps(seen, "bulletin0")) == set(every_step(seen)) - KEPT


def test_retry_failed_repeats_what_failed(archive: Path, out: Path) -> None:
    seen = look(settings_for(archive, out, retry_failed=True), exact=False)
    assert steps(seen, "text") == every_step(seen)
    assert steps(seen, "bulletin0") == ()


def test_what_is_set_otherwise_is_named(places: tuple[Path, Path], out: Path) -> None:
    settings = settings_for(places[0], out, engine="ray", align={"long_gap_nats": 5.0})
    assert list(changes(settings)) == ["changed since the last run: align.long_gap_nats 10.0 -> 5.0"]


def test_estimates_are_what_was_measured_times_what_is_left(archive: Path, out: Path) -> None:
    rates = read_rates(Layout(out).rates)
    steps_of_sound = set(every_step(look(settings_for(archive, out), exact=False)))
    assert {key.split("/")[0] for key in rates} == {*steps_of_sound, "document"}
    assert all(rate.audio_s == pytest.approx(28.0, abs=0.1) for rate in rates.values() if not rate.documents)
    assert all(not rate.audio_s for rate in rates.values() if rate.documents)
    measured = {"words/a": Rate(100.0, 50.0), "words/b": Rate(10.0, 1.0)}
    assert worker_seconds(measured, "words", "b", 20.0) == 2.0
    assert worker_seconds(measured, "words", "unknown", 20.0) == 10.0
    assert worker_seconds(measured, "align", "a", 20.0) is None
    assert worker_seconds({}, "align", "a", 0.0) == 0.0


def test_a_plan_says_gpu_hours_where_workers_hold_gpus(archive: Path, out: Path) -> None:
    settings = settings_for(archive, out, gpus_per_worker=0.5, speech={"onset": 0.6})
    (out / "rates.json").write_text('{"words/x": {"audio_s": 1.0, "work_s": 3600.0}}')
    text = printed(look(settings, exact=True), settings)
    row = next(line for line in text.splitlines() if " words " in line)
    assert [cell.strip() for cell in row.split("│")[2:-1]] == ["0.01", "0.00", "28.00", "14.00"]
    assert "changed since the last run: speech.onset 0.5 -> 0.6" in text


def test_the_time_that_is_left_follows_from_the_last_pace(archive: Path, out: Path) -> None:
    make_archive(archive, 3)
    console = Console(file=io.StringIO(), width=200)
    assert print_status(console, look(settings_for(archive, out), exact=False)) == 1
    assert isinstance(console.file, io.StringIO)
    assert "times real time" in console.file.getvalue()


def test_the_commands_say_it_and_do_nothing(archive: Path, out: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    told = wavelode("status", out)
    assert (told.returncode, told.stderr) == (1, "")
    assert "failed: text" in told.stdout
    words = ("--audio", archive / "audio", "--documents", archive / "papers", "--language", "en")
    plan = wavelode("run", *words, "--out", out, "--listener-kind", "fake", "--dry-run")
    assert (plan.returncode, plan.stderr) == (0, "")
    assert "worker-hours" in plan.stdout
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before
