from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tasks import Task
from wavelode.infra.engines.base import Done, Engine, Work
from wavelode.infra.engines.beam import BeamEngine
from wavelode.infra.engines.ending import NotBegun, Unless, on_sigterm
from wavelode.infra.engines.local import LocalEngine
from wavelode.infra.engines.ray import RayEngine
from wavelode.schemas.errors import ErrorCode, WavelodeError
from wavelode.schemas.verdict import Failed

ENGINES = ("local", "ray", "beam")
PACKAGES = {"ray": "ray", "beam": "apache_beam"}


@pytest.fixture(autouse=True)
def _workers_find_the_task(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A spawned process gets this one's `sys.path`, which does not hold the tests."""
    folder = tmp_path_factory.mktemp("path")
    (folder / "tests").symlink_to(Path(__file__).parents[1])
    monkeypatch.syspath_prepend(str(folder))


@pytest.fixture(scope="module", autouse=True)
def _ray_ends_with_these_tests() -> Iterator[None]:
    yield
    if "ray" in sys.modules:
        sys.modules["ray"].shutdown()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Each engine with two workers."""
    return _engine(request.param, tmp_path_factory.mktemp("beam"))


def _engine(name: str, folder: Path) -> Engine:
    if name in PACKAGES:
        pytest.importorskip(PACKAGES[name], reason=f"engine {name!r} needs the extra of that name")
    made = {"local": LocalEngine(2), "ray": RayEngine(2), "beam": BeamEngine(folder, 2)}
    return made[name]


def ends(engine: Engine, items: list[str], marks: Path, timeout_s: float | None = None) -> dict[str, object]:
    done = list(engine.map(Task(marks), items, Work("decode", timeout_s)))
    assert len(done) == len(items)
    return {one.item: one.result for one in done}


def attempts(marks: Path, item: str) -> int:
    return (marks / item).stat().st_size


def test_results_are_those_of_a_plain_loop(engine: Engine, tmp_path: Path) -> None:
    """An engine places work; it must neither lose an item nor do one twice."""
    items = [f"say-{n}" for n in range(40)]
    assert ends(engine, items, tmp_path) == {item: f"{item[4:]}!" for item in items}
    assert all(attempts(tmp_path, item) == 1 for item in items)


def test_a_broken_item_is_one_failed_row_and_the_others_go_on(engine: Engine, tmp_path: Path) -> None:
    """One bad file in sixty thousand must not cost the rest."""
    bad = {
        "input-1": ErrorCode.ENCRYPTED,
        "value-1": ErrorCode.UNEXPECTED,
        "die-1": ErrorCode.WORKER_DIED,
        "exit-1": ErrorCode.WORKER_DIED,
        "memory-1": ErrorCode.WORKER_DIED,
    }
    good = [f"say-{n}" for n in range(12)]
    found = ends(engine, [*good[:4], *bad, *good[4:]], tmp_path)
    assert all(found[item] == f"{item[4:]}!" for item in good)
    for item, code in bad.items():
        failed = found[item]
        assert isinstance(failed, Failed)
        assert (failed.stage, failed.code) == ("decode", code)
        assert failed.message and "\n" not in failed.message
    assert "password" in str(found["input-1"])
    assert "seven is no number" in str(found["value-1"]) and "ValueError" in str(found["value-1"])


def test_what_lost_its_worker_by_accident_gets_a_second_try(engine: Engine, tmp_path: Path) -> None:
    """The kernel kills the largest process, which may not be the guilty one."""
    assert ends(engine, ["once-1", "say-2"], tmp_path) == {"once-1": "1!", "say-2": "2!"}
    assert attempts(tmp_path, "once-1") == 2


def test_an_item_that_hangs_is_stopped(engine: Engine, tmp_path: Path) -> None:
    """A parser in an endless loop must not hold the run."""
    begun = time.monotonic()
    found = ends(engine, ["sleep-1", "say-2", "say-3"], tmp_path, timeout_s=2)
    assert time.monotonic() - begun < 30
    assert isinstance(found["sleep-1"], Failed)
    assert found["sleep-1"].code is ErrorCode.TIMED_OUT
    assert (found["say-2"], found["say-3"]) == ("2!", "3!")


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("missing-1", "there is no model; install it"),
        ("full-1", "decoded: can't write .No space left.*free space"),
    ],
)
def test_what_stops_a_run_stops_it(item: str, said: str, engine: Engine, tmp_path: Path) -> None:
    """Without its model or any space every item would fail for the same reason; Beam ends what is in hand."""
    begun = time.monotonic()
    others = ["say-1"] if isinstance(engine, BeamEngine) else ["sleep-1"]
    with pytest.raises(WavelodeError, match=said):
        list(engine.map(Task(tmp_path), [item, *others * 3], Work("mine")))
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize("engine", ["local", "ray"], indirect=True)
def test_items_are_taken_as_there_is_room(engine: Engine, tmp_path: Path) -> None:
    """A listing of a whole archive must not be held in memory, nor in a queue; Beam writes it to disk."""
    taken = 0

    def items() -> Iterator[str]:
        nonlocal taken
        for n in range(500):
            taken += 1
            yield f"say-{n}"

    flow = engine.map(Task(tmp_path), items(), Work("mine"))
    first: list[Done[str, int | str]] = [next(flow) for _ in range(3)]
    assert len(first) == 3
    assert taken <= 3 + 2 * 8
    flow.close()  # type: ignore[attr-defined]


def test_no_items_are_no_results(engine: Engine, tmp_path: Path) -> None:
    """A run without documents maps over nothing."""
    assert list(engine.map(Task(tmp_path), [], Work("mine"))) == []


def test_work_is_done_in_processes_of_its_own(engine: Engine, tmp_path: Path) -> None:
    """A crash inside a native library must not take the run along."""
    pids = set(ends(engine, [f"pid-{n}" for n in range(6)], tmp_path).values())
    assert os.getpid() not in pids
    assert 1 <= len(pids) <= 2


def test_sigterm_ends_what_is_in_hand_and_begins_no_more(engine: Engine, tmp_path: Path) -> None:
    """A pre-emptible machine gives half a minute; a run that drops what it has in hand pays for it twice."""
    before = signal.getsignal(signal.SIGTERM)
    items = ["say-1", f"term-{os.getpid()}", *(f"nap-{n}" for n in range(200))]
    with on_sigterm(tmp_path / "word") as told:
        flow = engine.map(Unless(told, Task(tmp_path)), told.until(items), Work("mine"))
        done = {one.item: one.result for one in flow if not isinstance(one.result, NotBegun)}
        with pytest.raises(WavelodeError, match=r"SIGTERM.*start the same command again"):
            told.stop()
    assert f"term-{os.getpid()}" in done and len(done) < 100
    assert all(attempts(tmp_path, item) == 1 for item in done)
    assert sorted(path.name for path in tmp_path.glob("*-*")) == sorted(done)
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_second_sigterm_is_not_held_back(tmp_path: Path) -> None:
    """Whoever sends two means it."""
    with on_sigterm(tmp_path) as told:
        assert not told
        os.kill(os.getpid(), signal.SIGTERM)
        assert told
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    assert list(tmp_path.iterdir()) == []


def test_beam_s_own_portable_runner_gives_the_same(tmp_path: Path) -> None:
    """Prism runs pipelines as Flink and Dataflow do, worker and runner apart."""
    pytest.importorskip("apache_beam", reason="engine 'beam' needs the extra of that name")
    if not (prism := os.environ.get("PRISM_LOCATION") or shutil.which("prism")):
        pytest.skip("Prism is a program of its own: name it in PRISM_LOCATION")
    options = f"--runner=PrismRunner --prism_location={prism} --environment_type=LOOPBACK"
    items = [f"say-{n}" for n in range(20)]
    engine = BeamEngine(tmp_path / "beam", 2, options)
    assert ends(engine, items, tmp_path) == {item: f"{item[4:]}!" for item in items}


class _NotThere:
    """Pickles, but no worker can make it again."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return __import__, ("no_such_module_anywhere",)

    def __call__(self, item: str) -> str:
        return item


@pytest.mark.parametrize("count", [1, 60])
def test_workers_that_can_not_start_stop_the_run_with_a_sentence(engine: Engine, count: int) -> None:
    """Otherwise every recording of an archive fails for a reason that is none of its own."""
    items = [f"say-{n}" for n in range(count)]
    with pytest.raises(WavelodeError, match="worker processes"):
        list(engine.map(_NotThere(), items, Work("mine")))
