"""The group-bys of `select` through every engine's own shuffle: the same tables, byte for byte."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavelode.infra.bench.pack_scale import made_up
from wavelode.infra.engines.base import Engine, Work
from wavelode.infra.engines.beam import BeamEngine
from wavelode.infra.engines.local import LocalEngine
from wavelode.infra.engines.ray import RayEngine
from wavelode.pipelines.duplicates import texts
from wavelode.pipelines.duplicates.prints import Prints
from wavelode.pipelines.duplicates.shuffle import Shuffle
from wavelode.pipelines.grouping import ByFiles, GroupBy, Grouper, Parted, Table
from wavelode.pipelines.splitting.ties import parts_of
from wavelode.pipelines.splitting.units import Unit
from wavelode.schemas.errors import ErrorCode, InputError, WavelodeError

PACKAGES = {"ray": "ray", "beam": "apache_beam"}
CASES = [("local", 1), ("local", 3), ("ray", 2), ("beam", 2)]
ROW = np.dtype([("value", "<i8")])


@pytest.fixture(autouse=True)
def _workers_find_the_steps(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("path")
    (folder / "tests").symlink_to(Path(__file__).parents[1])
    monkeypatch.syspath_prepend(str(folder))


@pytest.fixture(scope="module", autouse=True)
def _ray_ends_with_these_tests() -> Iterator[None]:
    yield
    if "ray" in sys.modules:
        sys.modules["ray"].shutdown()


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def group(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Grouper:
    name, workers = request.param
    if name in PACKAGES:
        pytest.importorskip(PACKAGES[name], reason=f"engine {name!r} needs the extra of that name")
    made: dict[str, Engine] = {
        "local": LocalEngine(workers),
        "ray": RayEngine(workers),
        "beam": BeamEngine(tmp_path_factory.mktemp("beam"), workers),
    }
    return lambda by, items: made[name].group(by, items, Work("select"))


@pytest.fixture(scope="module")
def prints() -> Prints:
    """Clips of more than one block, some of them copies."""
    made, _ = made_up(8_100)
    assert len(list(made.blocks())) > 1
    return made


def test_copies_are_those_that_files_on_one_machine_give(
    group: Grouper, prints: Prints, tmp_path: Path
) -> None:
    found = Shuffle(tmp_path / "engine", partitions=5).copies(prints, group)
    assert len(found) > 100
    assert found.tobytes() == Shuffle(tmp_path / "files", partitions=5).copies(prints).tobytes()


def first(item: int) -> Parted:
    values = np.array([(value,) for value in range(10 * item, 10 * item + 10)], ROW)
    return Parted(values, (values["value"] % 3).astype(np.uint64))


def again(group: int, rows: Table) -> Parted:
    return Parted(rows, np.full(len(rows), (group + 1) % 3, np.uint64))


def told(group: int, rows: Table) -> tuple[int, list[int]]:
    return group, rows["value"].tolist()


def test_rows_keep_the_order_of_what_gave_them(group: Grouper) -> None:
    """A runner hands a group's parts out as they come; a result must not depend on it."""
    wanted = sorted(((n + 1) % 3, [value for value in range(40) if value % 3 == n]) for n in range(3))
    assert sorted(group(GroupBy(3, ("a", "b"), first, told, (again,)), range(4))) == wanted
    assert sorted(group(GroupBy(1, ("a",), one_group, told), range(2))) == [(0, list(range(20)))]
    assert list(group(GroupBy(3, ("a", "b"), first, told, (again,)), [])) == []


def one_group(item: int) -> Parted:
    return first(item)._replace(group=np.zeros(10, np.uint64))


def broken(group: int, _rows: Table) -> None:
    raise InputError(ErrorCode.ENCRYPTED, f"group {group} is broken")


def test_a_step_that_fails_stops_it_with_a_sentence(group: Grouper) -> None:
    """Clusters that lack a part would let copies into train and test."""
    with pytest.raises(WavelodeError, match="broken") as caught:
        list(group(GroupBy(3, ("a",), first, broken), range(2)))
    assert "\n" not in str(caught.value)


class DiesOnce:
    """A step whose worker is killed at its first try."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __call__(self, item: int) -> Parted:
        if item == 1 and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return first(item)


@pytest.mark.parametrize("group", [("local", 2), ("ray", 2)], indirect=True)
def test_a_worker_that_dies_costs_a_second_try(group: Grouper, tmp_path: Path) -> None:
    found = sorted(group(GroupBy(3, ("a",), DiesOnce(tmp_path / "mark"), told), range(3)))
    assert found == [(n, [value for value in range(30) if value % 3 == n]) for n in range(3)]


def spoken(number: int) -> str:
    return f"the council of ward {number:05d} met on monday and spoke of road {number * 7919 % 10007}"


def test_texts_meet_across_blocks_on_every_engine(group: Grouper, tmp_path: Path) -> None:
    """The last hundred say again what the first said, some blocks later."""
    said = [spoken(number) for number in range(400)]
    said += [text + "!" for text in said[:100]]
    found = texts.alike(said, tmp_path / "engine", group, block=150)
    assert sum(b - a == 400 for a, b in found) > 95
    assert found == texts.alike(said, tmp_path / "files")


def test_recordings_that_share_something_meet_across_blocks_on_every_engine(
    group: Grouper, tmp_path: Path
) -> None:
    """A hundred programmes whose parts were aired far from each other, some of them on the day of the next."""
    units = [
        Unit(f"r{n:04d}", "or", n, (f"programme:{n % 100}", f"day:{n // 7}" if n % 97 == 0 else f"file:{n}"))
        for n in range(700)
    ]
    found = parts_of(units, tmp_path / "engine", group, block=150)
    assert 50 < len(found) <= 100 and sum(map(len, found)) == len(units)
    assert found == parts_of(units, tmp_path / "files", block=1000)


@given(st.lists(st.lists(st.integers(0, 4), max_size=6), max_size=5), st.integers(1, 4))
def test_files_group_as_a_plain_loop_does(items: list[list[int]], groups: int) -> None:
    from tempfile import TemporaryDirectory

    def spread(item: int) -> Parted:
        values = np.array([(value,) for value in items[item]], ROW)
        return Parted(values, (values["value"] % groups).astype(np.uint64))

    with TemporaryDirectory() as folder:
        by = GroupBy(groups, ("a",), spread, told)
        found = dict(ByFiles(Path(folder))(by, range(len(items))))
    plain = {n: [value for item in items for value in item if value % groups == n] for n in range(groups)}
    assert {n: values for n, values in found.items() if values} == {n: v for n, v in plain.items() if v}
