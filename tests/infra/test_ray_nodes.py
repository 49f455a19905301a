"""Several Ray nodes on this machine, each with a raylet of its own: one dies, one joins, nothing is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tasks import Task
from wavelode.infra.engines.base import Work
from wavelode.infra.engines.ray import RayEngine
from wavelode.pipelines.stage import Needs
from wavelode.schemas.errors import WavelodeError

ITEMS = [f"nap-{n}" for n in range(60)]


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A head that works on nothing; nodes are the test's to add."""
    pytest.importorskip("ray", reason="engine 'ray' needs the extra of that name")
    import ray
    from ray.cluster_utils import Cluster

    folder = tmp_path / "path"
    folder.mkdir()
    (folder / "tests").symlink_to(Path(__file__).parents[1])
    monkeypatch.syspath_prepend(str(folder))
    ray.shutdown()
    made = Cluster(True, head_node_args={"num_cpus": 0, "object_store_memory": 100 << 20})
    yield made
    ray.shutdown()
    made.shutdown()


def test_a_node_that_dies_takes_nothing_along_and_one_that_joins_is_used(
    cluster: Any, tmp_path: Path
) -> None:
    """Two workers share a GPU (in name); a third of the work is done when one of two machines is taken away."""
    first, second = (
        cluster.add_node(num_cpus=2, num_gpus=1, object_store_memory=100 << 20) for _ in range(2)
    )
    marks = tmp_path / "marks"
    marks.mkdir()
    engine = RayEngine(0, cluster.address)
    found: dict[str, object] = {}
    for done in engine.map(Task(marks), iter(ITEMS), Work("mine", needs=Needs(cpus=1, gpus=0.5))):
        assert done.item not in found
        found[done.item] = done.result
        if len(found) == 15:
            cluster.remove_node(second, allow_graceful=False)
        if len(found) == 25:
            cluster.add_node(num_cpus=2, num_gpus=1, object_store_memory=100 << 20)
    assert found == {item: f"{item[4:]}!" for item in ITEMS}
    tries = [(marks / item).stat().st_size for item in ITEMS]
    assert set(tries) <= {1, 2} and sum(tries) <= len(ITEMS) + 2
    assert first in cluster.worker_nodes


def test_a_cluster_without_nodes_ends_the_run_with_a_sentence(cluster: Any, tmp_path: Path) -> None:
    """Calls to actors that no node can start never end, not even with an error."""
    node = cluster.add_node(num_cpus=1, object_store_memory=100 << 20)
    engine = RayEngine(1, cluster.address)
    assert len(list(engine.map(Task(tmp_path), ["say-1"], Work("mine")))) == 1
    for lost in (node, cluster.head_node):
        lost.kill_raylet()
    with pytest.raises(WavelodeError, match="lost its last node"):
        list(engine.map(Task(tmp_path), ["say-2"], Work("mine")))
