"""What splitting knows of a recording: how much speech, what it shares with others, what is to have its share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median

from wavelode.schemas.records import Heard, Measures, Recording
from wavelode.schemas.settings import SplitSettings
from wavelode.schemas.time import WORKING_RATE_HZ

Stratum = tuple[str, str]
"""A language and what of it is counted: all, a station, a kind of voice, a level of noise."""
_LOW_VOICE_HZ = 165.0
"""Halfway, by octaves, between what men and women mostly speak at."""
_NOISY_DB, _CLEAN_DB = 15.0, 30.0


@dataclass(frozen=True, slots=True)
class Unit:
    """What splitting knows of one recording.

    Attributes:
        language: sets are sized for each.
        samples: of speech with its text, at the working rate.
        ties: names of what must not lie in two sets.
        traits: what is to have its share in each set: a station, a kind of voice, a level of noise.
        loose_ties: names of copies; where they would tie two sets, they are let go.
    """

    recording_id: str
    language: str
    samples: int
    ties: tuple[str, ...]
    traits: tuple[str, ...] = ()
    loose_ties: tuple[str, ...] = ()

    @property
    def hours(self) -> float:
        return self.samples / WORKING_RATE_HZ / 3600

    @property
    def strata(self) -> tuple[Stratum, ...]:
        return ((self.language, ""), *((self.language, trait) for trait in self.traits))


def unit_of(recording: Recording, settings: SplitSettings, speakers: Iterable[str] = ()) -> Unit:
    """What splitting needs of a recording, but how much of it is kept.

    Args:
        speakers: who speaks in it, by names that hold for the whole corpus.
    """
    source = recording.source
    day = (source.aired_at or "")[:10]
    ties: dict[str, Iterable[str]] = {
        "programme": [source.programme_id] if source.programme_id else [],
        "day": [f"{source.language}/{day}"] if day else [],
        "document": source.document_ids,
        "speaker": sorted(speakers),
    }
    found = [f"{kind}:{name}" for kind in settings.together for name in ties.get(kind, ())]
    if recording.sound:
        found.append(f"file:{recording.sound.sha256}")
    traits = (
        f"station={source.station or ''}",
        f"voice={voice_of(recording)}",
        f"noise={noise_of(recording)}",
    )
    return Unit(source.recording_id, source.language, 0, tuple(found), traits)


def voice_of(recording: Recording) -> str:
    """``low`` or ``high``, by the median pitch of its clips; a stand-in for the speaker's sex, which nobody told."""
    pitches = [
        math.sqrt(m.pitch_low_hz * m.pitch_high_hz)
        for m in _measures(recording)
        if m.pitch_low_hz and m.pitch_high_hz
    ]
    return ("low" if median(pitches) < _LOW_VOICE_HZ else "high") if pitches else ""


def noise_of(recording: Recording) -> str:
    """``noisy``, ``fair`` or ``clean``, by the median of its clips' signal-to-noise ratio."""
    levels = [m.snr_db for m in _measures(recording) if m.snr_db is not None]
    if not levels:
        return ""
    level = median(levels)
    return "noisy" if level < _NOISY_DB else "clean" if level >= _CLEAN_DB else "fair"


def _measures(recording: Recording) -> Iterator[Measures]:
    return (s.measures for s in recording.stretches or () if s.measures and s.kind is Heard.MATCHED)
