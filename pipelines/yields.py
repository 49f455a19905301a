"""What came in and what became of it, counted from the tables that `select` left."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from wavelode.datasets.rows import Row
from wavelode.datasets.shards import row_groups
from wavelode.datasets.storage import Layout
from wavelode.schemas.stats import Yield
from wavelode.schemas.time import WORKING_RATE_HZ


def read_yield(layout: Layout) -> Yield:
    """What came in and what became of it, counted again from the tables that `run_select` left.

    Raises:
        StorageError: if they can't be read.
    """
    total = Yield.zero()
    for batch in row_groups(layout.selected, ["shelf", "reason", "start_sample", "end_sample"]):
        lengths = pc.subtract(batch["end_sample"], batch["start_sample"])
        fates = pa.table({"shelf": batch["shelf"], "reason": batch["reason"], "samples": lengths})
        for fate in (
            fates.group_by(["shelf", "reason"]).aggregate([("samples", "sum"), ([], "count_all")]).to_pylist()
        ):
            total += _counted(fate)
    for batch in row_groups(layout.rejects, ["kind", "duration_s"]):
        for row in batch.filter(pc.equal(batch["kind"], "recording")).to_pylist():
            samples = round((row["duration_s"] or 0.0) * WORKING_RATE_HZ)
            total += Yield(samples, failed_samples=samples, items={"failed": 1})
    return total


def _counted(fate: Row) -> Yield:
    samples, count = fate["samples_sum"], fate["count_all"]
    if fate["shelf"]:
        return Yield(samples, kept={fate["shelf"]: samples}, items={f"kept:{fate['shelf']}": count})
    return Yield(samples, dropped={fate["reason"]: samples}, items={f"dropped:{fate['reason']}": count})
