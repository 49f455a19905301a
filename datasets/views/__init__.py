"""Ways to look at shards without a training framework."""

from __future__ import annotations

from wavelode.datasets.views.clips import Clip, Clips, TimedWord

__all__ = ["Clip", "Clips", "TimedWord"]
