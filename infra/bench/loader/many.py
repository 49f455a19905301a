"""What going on in the middle of five million clips costs others: the clips there are, told again and again.

Only what can be measured without five million files is: a state in the middle is made by hand where reaching it would
mean to decode two million clips. Who passes all that was done once more is told by how fast it passes clips.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from wavelode.infra.bench.loader.contender import Contender
from wavelode.infra.bench.loader.corpus import Made
from wavelode.infra.bench.loader.peers import Files, HuggingFaceMap, TorchData, parquet, through_nodes
from wavelode.infra.bench.loader.race import skimmed_per_s


def going_on(contender: Contender, made: Made, clips: int) -> str:
    """Seconds from nothing to the next batch, half of so many clips being done; in words where it was not measured."""
    ways: dict[type, Callable[[Made, int], float]] = {TorchData: _torchdata, HuggingFaceMap: _map_style}
    way = ways.get(type(contender))
    if way:
        return f"{way(made, clips):.1f}"
    per_s = skimmed_per_s(contender, made)
    return "" if per_s is None else f"about {clips / 2 / per_s:.0f}, passing half of it again"


def _torchdata(made: Made, clips: int) -> float:
    names = sorted(made.lengths)
    files = Files(made.folder / "flac", (names * (clips // len(names) + 1))[:clips])
    begun = time.perf_counter()
    run = through_nodes(files, 0, 1)
    run.load(_torchdata_state(clips // 2))
    next(iter(run))
    return time.perf_counter() - begun


def _torchdata_state(done: int) -> dict[str, Any]:
    """As torchdata 0.11 saves it after so many clips."""
    sampler = {"snapshot": {"_num_yielded": done, "_epoch": 0}, "steps_since_snapshot": 0}
    return {"root": {"source": {"it_state": sampler}}, "num_yielded": 1}


def _map_style(made: Made, clips: int) -> float:
    rows = parquet(made, streaming=False)
    rows = rows.select(np.tile(np.arange(len(rows)), clips // len(rows) + 1)[:clips])
    begun = time.perf_counter()
    left = rows.shuffle(seed=0).select(range(clips // 2, clips))
    _ = left[0]
    return time.perf_counter() - begun
