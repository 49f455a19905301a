"""The bench of looking at large folders: its tables are what `run` leaves, and a goal that is missed is told."""

from __future__ import annotations

import pytest

from wavelode.datasets.storage import Layout
from wavelode.infra.bench.made_up_tables import make_tables
from wavelode.infra.bench.validate import Asked, Step, goals
from wavelode.pipelines.quality.gather import gather
from wavelode.schemas.tables import SELECTED

pq = pytest.importorskip("pyarrow.parquet")


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    made = Layout(tmp_path_factory.mktemp("made") / "out")
    assert make_tables(made, 1_500) == 2_000
    return made


def test_made_up_tables_are_as_large_as_asked_for(layout: Layout) -> None:
    table = pq.read_table(layout.selected)
    assert len(table) == 2_000 and table.schema.names == SELECTED.names
    facts = gather(layout)
    assert facts.num_recordings == 2 and facts.num_not_read == 6
    assert facts.clips["asr"] > 800 and set(facts.parts["language"]) == {"en", "hi"}


def test_what_is_expected_holds_in_them(layout: Layout) -> None:
    pytest.importorskip("great_expectations", reason="needs the extra: pip install 'wavelode[quality]'")
    from wavelode.pipelines.quality.checks.validate import validate

    assert validate(layout, pages=False).holds


def test_a_goal_that_is_missed_is_told() -> None:
    asked = (Asked("rain", 3, 0.2, 0.1),)
    steps = [
        Step("validate", 10, 10, 900, "63 of 63 hold"),
        Step("report", 20, 20, 500, "3 MB"),
        Step("serve", 5, 5, 800, "answers", asked),
    ]
    assert all(holds for _, holds in goals(steps))
    steps[1] = Step("report", 61, 90, 2_100, "")
    assert [holds for _, holds in goals(steps)] == [False, False, False, True]
