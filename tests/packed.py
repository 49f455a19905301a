"""A small corpus packed for real, and the decoded span behind each clip of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.corpus import RATE, bulletins, leave_mined, on_disk, sound
from wavelode.datasets.shards import Sources
from wavelode.datasets.storage import Layout
from wavelode.datasets.views.clips import Clips
from wavelode.pipelines.pack import run_pack
from wavelode.pipelines.select import run_select
from wavelode.schemas.records import Recording
from wavelode.schemas.settings import DecodeSettings, PackSettings, SelectSettings, SplitSettings

BULLETIN_S = 17.75


@dataclass(frozen=True)
class Packed:
    """What was packed.

    Attributes:
        said: the printed text of each clip with text, by its name.
        heard: its samples as the recording holds them.
    """

    layout: Layout
    said: dict[str, str]
    heard: dict[str, NDArray[np.int16]]


def pack_corpus(folder: Path, count: int = 20, settings: PackSettings | None = None) -> Packed:
    """`count` recordings of different days, in all three sets."""
    audio, layout = folder / "audio", Layout(folder / "out")
    corpus = [on_disk(_of_day(one, day), audio, day) for day, one in enumerate(bulletins(count))]
    leave_mined(layout, corpus, [])
    apart = SplitSettings(together=("day",))
    limits = SelectSettings(max_same_text=0)
    run_select(layout, layout.mined.glob("*.parquet"), [], limits, apart)
    small = settings or PackSettings(shard_mb=0.5, rows_per_group=4)
    run_pack(layout, small, Sources(audio, DecodeSettings()))
    return Packed(layout, *_truth(layout))


def _of_day(one: Recording, day: int) -> Recording:
    days = replace(one.source, aired_at=f"2025-07-{1 + day:02d}T07:30", document_ids=())
    return replace(one, source=days)


def _truth(layout: Layout) -> tuple[dict[str, str], dict[str, NDArray[np.int16]]]:
    said, heard = {}, {}
    for clip in Clips(layout.out / "asr", ["clip_id", "text", "recording_id", "start_sample", "end_sample"]):
        whole = sound(round(BULLETIN_S * RATE), int(clip["recording_id"][-2:]))
        said[clip.clip_id] = clip.text or ""
        heard[clip.clip_id] = whole[clip["start_sample"] : clip["end_sample"]]
    return said, heard
