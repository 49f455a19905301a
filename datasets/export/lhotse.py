"""Lhotse Shar: per set ``cuts.000000.jsonl.gz`` and ``recording.000000.tar``, a thousand cuts each.

::

    cuts = CutSet.from_shar(in_dir="EXPORT/asr-or-train")

A cut is a clip; its supervision holds text, language, speaker and the words' times, and the scores as custom fields.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wavelode.datasets.export.sets import ClipSet, batched, file_key, file_name, speaker_of, tar_file
from wavelode.datasets.storage import whole
from wavelode.datasets.views.clips import Clip
from wavelode.schemas.time import WORKING_RATE_HZ

_SCORES = ("p_correct", "alignment_score", "cer", "snr_db", "bandwidth_hz")
_ORIGIN = ("clip_id", "recording_id", "start_s", "station", "aired_at", "license", "source_uri")


def export(sets: Sequence[ClipSet], folder: Path) -> None:
    """Writes each set as a Shar directory of its name."""
    for one in sets:
        for number, clips in enumerate(batched(one.clips())):
            place = folder / one.name
            with tar_file(place / f"recording.{number:06d}.tar") as add:
                for clip in clips:
                    add(file_name(clip), clip.flac)
                    add(f"{file_key(clip)}.json", _line(recording(clip)))
            with whole(place / f"cuts.{number:06d}.jsonl.gz") as part:
                # No time in the header: the same cuts are the same bytes.
                part.write_bytes(gzip.compress(b"".join(_line(cut(clip)) for clip in clips), mtime=0))


def _line(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False) + "\n").encode()


def recording(clip: Clip) -> dict[str, Any]:
    """A clip's sound as lhotse describes it."""
    samples = round(clip["duration_s"] * WORKING_RATE_HZ)
    return {
        "id": file_key(clip),
        "sources": [{"type": "shar", "channels": [0], "source": ""}],
        "sampling_rate": WORKING_RATE_HZ,
        "num_samples": samples,
        "duration": samples / WORKING_RATE_HZ,
        "channel_ids": [0],
    }


def cut(clip: Clip) -> dict[str, Any]:
    """A clip as a ``MonoCut`` with one supervision."""
    key, sound = file_key(clip), recording(clip)
    place = {"id": key, "start": 0, "duration": sound["duration"], "channel": 0}
    supervision = {
        **place,
        "recording_id": key,
        "text": clip.text,
        "language": clip["language"],
        "speaker": speaker_of(clip),
        "custom": {name: clip[name] for name in (*_ORIGIN, *_SCORES)},
        "alignment": {"word": [[w.text, w.start_s, w.end_s - w.start_s, w.confidence] for w in clip.words]},
    }
    return {**place, "supervisions": [supervision], "recording": sound, "type": "MonoCut"}
