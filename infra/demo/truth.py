"""What is known of a made-up recording because we made it; ``truth.json`` holds one `Truth` per recording."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Spoken(_Strict):
    """One sentence that is heard; `text` is as printed where it is `printed`, else as said."""

    text: str
    said: str
    start_s: float
    end_s: float
    printed: bool
    voice: str


class Music(_Strict):
    """One stretch of music, in seconds of the recording: alone (``jingle``) or under speech (``bed``)."""

    kind: Literal["jingle", "bed"]
    start_s: float
    end_s: float


class Truth(_Strict):
    """What one recording holds, and what its script holds that is never read."""

    recording_id: str
    audio: str
    document: str
    language: str
    duration_s: float
    spoken: tuple[Spoken, ...]
    not_read: tuple[str, ...]
    cues: tuple[str, ...]
    music: tuple[Music, ...]


_TRUTHS = TypeAdapter(list[Truth])


def read_truth(path: Path) -> list[Truth]:
    """The truths of a pack.

    Raises:
        pydantic.ValidationError: if the file holds something else.
    """
    return _TRUTHS.validate_json(path.read_bytes())


def write_truth(truths: Iterable[Truth], path: Path) -> None:
    """Writes them for people to read as well."""
    rows = _TRUTHS.dump_python(list(truths), mode="json")
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
