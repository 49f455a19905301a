"""The loader as a torch ``DataLoader`` takes it, with any number of workers.

::

    while training:
        dataset = EpochBatches(loader)
        for batch in DataLoader(dataset, batch_size=None, num_workers=4):
            batch["audio"]                                # (B, T) float32, with lengths (B,), clip_ids, texts
            saved = dataset.state_after(batch["number"])  # for a checkpoint, at the end of a step
        loader.resume(dataset.end)

Order and contents are those of the plain loader, whatever the number of workers. Nothing of torch is imported here:
the dataset is a sequence of micro-batches, and the ``DataLoader`` makes tensors of their arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wavelode.datasets.loader import Loader, State
from wavelode.datasets.order import Plan


class EpochBatches(Sequence[dict[str, Any]]):
    """What is left of a loader's epoch for its rank, one micro-batch an item.

    A micro-batch of which no clip can be read has no rows, so that all ranks keep step.
    """

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._from = loader.state()
        self._plan: Plan | None = None

    def __len__(self) -> int:
        return len(self._numbers())

    def __getitem__(self, at: int) -> dict[str, Any]:  # type: ignore[override]  # one at a time: no slices
        number = self._numbers()[at]
        batch = self._loader.batch(self._planned(), number)
        return {
            "audio": batch.audio,
            "lengths": batch.lengths,
            "clip_ids": list(batch.clip_ids),
            "texts": list(batch.texts),
            "number": number,
        }

    def state_after(self, number: int) -> State:
        """Where the epoch stands once every rank has used the micro-batch that goes with this number."""
        return State(**{**self._from, "batch": self._loader.done_after(int(number))})

    @property
    def end(self) -> State:
        """The beginning of the next epoch."""
        return State(**{**self._from, "epoch": self._from["epoch"] + 1, "batch": 0})

    def _numbers(self) -> range:
        return self._planned().mine(self._loader.rank, self._loader.world, self._from["batch"])

    def _planned(self) -> Plan:
        if self._plan is None:
            self._plan = self._loader.plan(self._from["epoch"])
        return self._plan

    def __getstate__(self) -> dict[str, Any]:
        """Workers plan for themselves: that is quicker than to send them a plan."""
        return {**self.__dict__, "_plan": None}
