"""Who speaks in a clip, by the turns found in its recording."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence

from wavelode.datasets.rows import Row
from wavelode.pipelines.music import music_ratio
from wavelode.schemas.records import Recording, Turn
from wavelode.schemas.time import Span

MOST_BY_OTHERS = 0.1
"""A clip in which others speak for more than this share of the spoken time has no one speaker."""


class Voices:
    """The turns of one recording, looked up by place. Without turns nothing is said of anyone."""

    def __init__(self, recording: Recording) -> None:
        turns = sorted(recording.turns or (), key=lambda turn: turn.span.start)
        self._turns: Sequence[Turn] = turns
        self._starts = [turn.span.start for turn in turns]
        self._longest = max((len(turn.span) for turn in turns), default=0)
        self._overlaps = recording.overlaps
        self._events = recording.events
        self._clusters = {voice.speaker: voice.cluster for voice in recording.voices or ()}

    def row(self, clip: Span) -> Row:
        """The columns of a clip that tell of voices, and of what there is beside them."""
        return {
            "speaker_id": (speaker := self.speaker(clip)),
            "speaker_cluster": self._clusters.get(speaker or ""),
            "overlap_ratio": self.overlap_ratio(clip),
            "music_ratio": music_ratio(self._events, clip),
        }

    def speaker(self, clip: Span) -> str | None:
        """The one who speaks in a clip; None where nobody is known to, or nearly alone."""
        shares: dict[str, int] = defaultdict(int)
        first = bisect_left(self._starts, clip.start - self._longest)
        for turn in self._turns[first : bisect_right(self._starts, clip.end)]:
            if both := turn.span & clip:
                shares[turn.speaker] += len(both)
        if not shares:
            return None
        speaker, most = max(shares.items(), key=lambda share: share[1])
        return speaker if most >= (1 - MOST_BY_OTHERS) * sum(shares.values()) else None

    def overlap_ratio(self, clip: Span) -> float | None:
        """The share of a clip in which two or more speak; None where no one listened for that."""
        if self._overlaps is None or not clip:
            return None
        return sum(len(both) for span in self._overlaps if (both := span & clip)) / len(clip)
