"""The loader as a torch ``DataLoader`` takes it, with any number of workers.

::

    while training:
        dataset = EpochBatches(loader)
        for batch in DataLoader(dataset, batch_size=None, num_workers=4):
            batch["audio"]                                # (B, T) float32, with lengths (B,), clip_ids, texts
            saved = dataset.state_after(batch["number"])  # for a checkpoint, at the end of a step
        loader.resume(dataset.end)

Torchdata's ``StatefulDataLoader`` takes it in the same way and may be saved and resumed anywhere by as many workers
and ranks as before; the states above also by others. Order and contents are those of the plain loader, whatever the
number of workers. Nothing of torch is imported here: the dataset is a sequence of micro-batches, and the
``DataLoader`` makes tensors of their arrays. Shards in an object store want workers that are started afresh
(``multiprocessing_context="spawn"``): its client does not survive a fork.
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
        batch = self._loader.batch(self._planned(), number, self._from["epoch"])
        told = {
            "audio": batch.audio,
            "lengths": batch.lengths,
            "clip_ids": list(batch.clip_ids),
            "texts": list(batch.texts),
            "logs": list(batch.logs),
            "number": number,
        }
        return (
            told
            if batch.tokens is None
            else {**told, "tokens": batch.tokens, "token_lengths": batch.token_lengths}
        )

    def state_after(self, number: int) -> State:
        """Where the epoch stands once every rank has used the micro-batch that goes with this number."""
        return State(**{**self._from, "batch": self._loader.done_after(int(number))})

    def state_dict(self) -> State:
        """What torchdata's ``StatefulDataLoader`` saves, besides how much of it was given out."""
        return self._from

    def load_state_dict(self, state: State) -> None:
        """Goes back to what was left of the epoch when this state was saved.

        Raises:
            ValueError: if the state is of other clips, another seed or another order.
        """
        self._loader.resume(state)
        self._from, self._plan = self._loader.state(), None

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
