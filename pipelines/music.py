"""How much of a clip has music in it, by the events of its recording."""

from __future__ import annotations

from collections.abc import Sequence

from wavelode.schemas.records import Event, Sound
from wavelode.schemas.time import Span

MUSICAL = frozenset({Sound.MUSIC, Sound.JINGLE, Sound.SPEECH_OVER_MUSIC})


def music_ratio(events: Sequence[Event] | None, clip: Span) -> float | None:
    """The share of a clip with music, alone or under speech; None where nobody listened for it."""
    if events is None or not clip:
        return None
    inside = (event.span & clip for event in events if event.kind in MUSICAL)
    return sum(len(both) for both in inside if both) / len(clip)
