"""What listeners say of clips, kept as one small table per listener."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from wavelode.datasets.rows import Row
from wavelode.datasets.storage import Layout, read_rows, write_rows
from wavelode.schemas.errors import SettingsError
from wavelode.schemas.tables import AUDIT_MARK

_LISTENER = re.compile(r"\w[\w .-]{0,39}")


class Mark(StrEnum):
    """What is said of a clip, from the mildest to the harshest."""

    RIGHT = "right"
    WRONG_EDGES = "wrong_edges"
    WRONG_WORDS = "wrong_words"
    BAD_AUDIO = "bad_audio"


_HARSHNESS = {mark: place for place, mark in enumerate(Mark)}


def checked_listener(name: str) -> str:
    """The name of a listener, which is also that of a file.

    Raises:
        SettingsError: if it can't be one.
    """
    if not _LISTENER.fullmatch(name):
        raise SettingsError(
            f"{name[:50]!r} is no name of a listener; use up to 40 letters, digits, spaces, dots and hyphens"
        )
    return name


def marks_path(layout: Layout, listener: str) -> Path:
    return layout.audit / "marks" / f"{checked_listener(listener)}.parquet"


def save_mark(layout: Layout, listener: str, clip_id: str, mark: Mark | None) -> None:
    """Notes what a listener says of a clip in place of what was said before; None takes it back.

    Raises:
        SettingsError: if the listener's name can't be one.
        StorageError: where the disk refuses.
    """
    path = marks_path(layout, listener)
    rows = [row for row in (read_rows(path) if path.exists() else []) if row["clip_id"] != clip_id]
    if mark is not None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        rows.append({"clip_id": clip_id, "listener": listener, "mark": str(mark), "marked_at": now})
    write_rows(rows, AUDIT_MARK, path)


def read_marks(layout: Layout) -> list[Row]:
    """All marks of all listeners, by listener and in the order they were given.

    Raises:
        StorageError: if a table can't be read.
    """
    files = sorted((layout.audit / "marks").glob("[!.]*.parquet"))
    return [row for path in files for row in read_rows(path)]


def agreed(marks: list[Row]) -> dict[str, Mark]:
    """One mark per clip: what most listeners said, the harsher where as many said one as the other."""
    said: dict[str, Counter[Mark]] = defaultdict(Counter)
    for row in marks:
        said[row["clip_id"]][Mark(row["mark"])] += 1
    return {
        clip: max(counts, key=lambda mark: (counts[mark], _HARSHNESS[mark])) for clip, counts in said.items()
    }
