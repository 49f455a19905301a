"""NeMo's tarred datasets: per set ``audio_0.tar`` …, one manifest of all, and one for each tar file.

::

    manifest_filepath: EXPORT/asr-or-train/tarred_audio_manifest.json
    tarred_audio_filepaths: EXPORT/asr-or-train/audio__OP_0..7_CL_.tar
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wavelode.datasets.export.sets import ClipSet, batched, file_name, one_line, speaker_of, tar_file
from wavelode.datasets.storage import write_text
from wavelode.datasets.views.clips import Clip


def export(sets: Sequence[ClipSet], folder: Path) -> None:
    """Writes each set as a tarred dataset in a folder of its name."""
    for one in sets:
        place, lines = folder / one.name, []
        for number, clips in enumerate(batched(one.clips())):
            with tar_file(place / f"audio_{number}.tar") as add:
                for clip in clips:
                    add(file_name(clip), clip.flac)
            here = [json.dumps(entry(clip, number), ensure_ascii=False) + "\n" for clip in clips]
            write_text("".join(here), place / "sharded_manifests" / f"manifest_{number}.json")
            lines += here
        write_text("".join(lines), place / "tarred_audio_manifest.json")


def entry(clip: Clip, shard: int) -> dict[str, Any]:
    """A clip's line of a manifest."""
    return {
        "audio_filepath": file_name(clip),
        "duration": clip["duration_s"],
        "text": one_line(clip.text),
        "lang": clip["language"],
        "speaker": speaker_of(clip),
        "shard_id": shard,
        "clip_id": clip.clip_id,
    }
