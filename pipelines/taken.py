"""What is taken out of a run for good, and the list that keeps it out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from wavelode.datasets.storage import Layout
from wavelode.schemas.errors import StorageError


@dataclass(frozen=True, slots=True)
class Taken:
    """What is to go.

    Attributes:
        recordings: by their names.
        sources: by the address of the recording, as in ``source_uri``.
        speakers: ``speaker_cluster``, or ``recording/speaker`` of one within a recording.
    """

    recordings: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    speakers: frozenset[str] = frozenset()

    def holds(self, table: pa.Table) -> Any:
        """Whether each row of a table of clips is of it, (N,)."""
        whole = pc.or_(
            _among(table["recording_id"], self.recordings), _among(table["source_uri"], self.sources)
        )
        within = pc.binary_join_element_wise(table["recording_id"], table["speaker_id"], "/")
        spoken = pc.or_(_among(table["speaker_cluster"], self.speakers), _among(within, self.speakers))
        return pc.or_(whole, pc.fill_null(spoken, False))


def _among(column: Any, names: Iterable[str]) -> Any:
    return pc.is_in(column, value_set=pa.array(sorted(names), pa.string()))


def read_removed(layout: Layout) -> Taken:
    """What was taken out of a run before; nothing where there is no list.

    Raises:
        StorageError: if the list can't be read.
    """
    try:
        told = json.loads(layout.removed.read_text(encoding="utf-8"))
        return Taken(frozenset(told["recordings"]), frozenset(), frozenset(told["speakers"]))
    except (FileNotFoundError, NotADirectoryError):
        return Taken()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(
            f"{layout.removed}: can't read what was removed ({error}); mend the file"
        ) from error
