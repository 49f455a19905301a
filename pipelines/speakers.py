"""The same voices across the recordings of a station, by their vectors: a pass over what `mine` left, without sound.

Recordings without a station have nothing that says they could share a speaker, and are compared with each other too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from wavelode.datasets.storage import read_rows
from wavelode.pipelines.models.speakers.cluster import voices
from wavelode.schemas.records import Recording

_FARTHEST = 0.2
"""Mean cosine distance at which voices of two recordings are one; nearer than within one, for a mean is steadier."""

Linked = dict[tuple[str, str], str]
"""Recording and speaker to the name of the cluster."""


@dataclass(frozen=True, slots=True)
class _Known:
    recording_id: str
    speaker: str
    vector: tuple[float, ...]


def link_voices(mined: Iterable[Path]) -> Linked:
    """A cluster's name for every voice that has a vector: ``<station>/<first recording>/<speaker there>``.

    The same files give the same names, in whatever order they come. Voices of different diarizers are never one.

    Raises:
        MissingDependency: without scipy.
    """
    groups: dict[tuple[str, str], list[_Known]] = defaultdict(list)
    columns = ["recording_id", "station", "diarizer", "voices"]
    for row in (row for path in mined for row in read_rows(path, columns)):
        known = groups[row["station"] or "", row["diarizer"] or ""]
        known += [_Known(row["recording_id"], v["speaker"], tuple(v["vector"])) for v in row["voices"] or ()]
    linked: Linked = {}
    for (station, _), known in groups.items():
        linked |= _linked(station, sorted(known, key=lambda one: (one.recording_id, one.speaker)))
    return linked


def _linked(station: str, known: list[_Known]) -> Linked:
    if not known:
        return {}
    vectors = np.array([one.vector for one in known], np.float32)
    found = voices(vectors, _FARTHEST, fewest=1)
    first = {int(group): known[int(np.argmax(found == group))] for group in np.unique(found)}
    names = {group: f"{station or '-'}/{one.recording_id}/{one.speaker}" for group, one in first.items()}
    return {
        (one.recording_id, one.speaker): names[int(group)] for one, group in zip(known, found, strict=True)
    }


def with_clusters(recording: Recording, linked: Linked) -> Recording:
    """The recording whose voices know their cluster, where they have one."""
    if not recording.voices or not linked:
        return recording
    name = recording.source.recording_id
    told = tuple(replace(voice, cluster=linked.get((name, voice.speaker))) for voice in recording.voices)
    return replace(recording, voices=told)
