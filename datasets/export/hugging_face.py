"""A Hugging Face dataset: the shards as they are, laid out for the hub's viewer, and a dataset card.

::

    load_dataset("EXPORT", "or")            # or push the folder: huggingface-cli upload NAME EXPORT --repo-type dataset

Files are linked where the disk can, not copied. A language is a configuration, ``dev`` is called ``validation``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from wavelode.datasets.export.card import write_card
from wavelode.datasets.export.sets import ClipSet
from wavelode.datasets.storage import whole

SPLITS = {"dev": "validation", "all": "train"}


def export(sets: Sequence[ClipSet], folder: Path) -> None:
    """Writes ``data/CONFIG/SPLIT-00000-of-00002.parquet`` and ``README.md``."""
    layout: dict[str, dict[str, list[str]]] = {}
    for one in sets:
        config = one.language if one.shelf == "asr" else f"{one.language}-{one.shelf}"
        split = SPLITS.get(one.split, one.split)
        for number, shard in enumerate(one.shards):
            name = f"{split}-{number:05d}-of-{len(one.shards):05d}.parquet"
            _laid(shard, folder / "data" / config / name)
        layout.setdefault(config, {})[split] = [f"data/{config}/{split}-*.parquet"]
    write_card(sets, layout, folder)


def _laid(shard: Path, path: Path) -> None:
    with whole(path) as part:
        try:
            os.link(shard, part)
        except OSError:
            shutil.copyfile(shard, part)
