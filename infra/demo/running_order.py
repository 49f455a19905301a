"""What a made-up bulletin holds, top to bottom: read from the YAML files in ``bulletins/``.

A running order is a list of items; each has a ``kind``:

========  ==============================================================================
jingle    music alone, ``duration_s`` long
cue       printed and never read: "HEADLINES:", "VOICE CAST -"
read      printed and read
twice     printed once, each line read two times in a row
again     read, and printed further up
said      read and printed nowhere: an interview, a station announcement
unread    printed and never read
========  ==============================================================================

A line is a text, or ``printed:`` and ``said:`` where a reader says it in other words than it is printed
("Rs 9" as "nine rupees"). ``by`` names who speaks, ``telephone`` narrows the sound to a telephone's,
``music_db`` puts music under the item, that many decibels to the speech; ``bullets`` sets each line apart.
"""

from __future__ import annotations

import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

Role = Literal["reader", "reporter", "announcer"]

_BULLETINS = Path(__file__).with_name("bulletins")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Line(_Strict):
    """One sentence: as it is printed, and as it is said."""

    printed: str
    said: str

    @model_validator(mode="before")
    @classmethod
    def _one_text_for_both(cls, value: Any) -> Any:
        return {"printed": value, "said": value} if isinstance(value, str) else value


class Item(_Strict):
    """One step of a running order."""

    kind: Literal["jingle", "cue", "read", "twice", "again", "said", "unread"]
    lines: tuple[Line, ...] = ()
    by: Role = "reader"
    telephone: bool = False
    music_db: float | None = Field(None, le=0)
    bullets: bool = False
    duration_s: float = Field(0.0, ge=0)

    @property
    def on_paper(self) -> bool:
        return self.kind in {"cue", "read", "twice", "unread"}

    @property
    def on_air(self) -> tuple[Line, ...]:
        """The lines in the order in which they are heard."""
        match self.kind:
            case "cue" | "unread":
                return ()
            case "twice":
                return tuple(line for line in self.lines for _ in range(2))
            case _:
                return self.lines


class Bulletin(_Strict):
    """One bulletin: what stands at its head, who speaks, and what goes on air."""

    station: str
    language: str = "english"
    date: datetime.date
    time: str = Field(pattern=r"^\d{4}$")
    title: str
    dateline: str
    sign_off: str
    voices: dict[Role, str]
    pace: float = Field(1.0, gt=0.5, lt=2.0)
    seed: int
    running_order: tuple[Item, ...]

    @model_validator(mode="after")
    def _again_was_printed(self) -> Bulletin:
        for item in self.running_order:
            for line in item.lines:
                if item.kind == "again" and line.printed not in self.spoken_forms:
                    raise ValueError(f"read again but printed nowhere: {line.printed!r}")
        return self

    @property
    def name(self) -> str:
        """The stem that recording and script share."""
        return f"{self.language}_{self.station}_{self.date.isoformat()}_{self.time}"

    @cached_property
    def spoken_forms(self) -> dict[str, str]:
        """Printed sentence -> how it is said, of all that can be mined."""
        items = (item for item in self.running_order if item.kind in {"read", "twice", "unread"})
        return {line.printed: line.said for item in items for line in item.lines}


def read_bulletins(folder: Path = _BULLETINS) -> list[Bulletin]:
    """The bulletins of a folder, by file name."""
    paths = sorted(folder.glob("*.yaml"))
    return [Bulletin.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))) for path in paths]
