"""WebDataset: per set ``000000.tar`` …, each clip as ``KEY.flac``, ``KEY.txt`` and ``KEY.json``.

::

    webdataset.WebDataset("EXPORT/asr-or-train/{000000..000007}.tar").to_tuple("flac", "txt", "json")
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from wavelode.datasets.export.sets import ClipSet, batched, file_key, file_name, tar_file
from wavelode.schemas.tables import CLIP


def export(sets: Sequence[ClipSet], folder: Path) -> None:
    """Writes each set as tar files in a folder of its name; the JSON holds every column but the sound."""
    columns = [name for name in CLIP.names if name != "audio"]
    for one in sets:
        for number, clips in enumerate(batched(one.clips())):
            with tar_file(folder / one.name / f"{number:06d}.tar") as add:
                for clip in clips:
                    key = file_key(clip)
                    add(file_name(clip), clip.flac)
                    add(f"{key}.txt", (clip.text or "").encode())
                    add(f"{key}.json", json.dumps({c: clip[c] for c in columns}, ensure_ascii=False).encode())
