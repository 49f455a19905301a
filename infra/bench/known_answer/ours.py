"""Wavelode's aligner as the pipeline calls it, on heard words: a method like its peers."""

from __future__ import annotations

from dataclasses import dataclass, field

from wavelode.alignment.sentences import find_readings
from wavelode.alignment.stretches import name_stretches
from wavelode.infra.bench.known_answer.hearing import Hearing
from wavelode.infra.bench.known_answer.scores import Found
from wavelode.schemas.records import Match, Stretch
from wavelode.schemas.settings import AlignSettings


@dataclass(frozen=True)
class Wavelode:
    """Ranks by `p_correct`, or by the alignment's score where no calibration gave one."""

    settings: AlignSettings = field(default_factory=AlignSettings)
    name: str = "wavelode"

    def find(self, hearing: Hearing) -> list[Found]:
        matches = find_readings(hearing.sentences, hearing.words, hearing.language, self.settings)
        stretches = name_stretches(matches, hearing.words, hearing.speech, hearing.whole, hearing.quietest)
        return [_found(stretch, stretch.match) for stretch in stretches if stretch.match]


def _found(stretch: Stretch, match: Match) -> Found:
    p_correct: float | None = getattr(match, "p_correct", None)
    score = match.alignment_score if p_correct is None else p_correct
    return Found(match.sentence.index, stretch.span, score, p_correct is not None)
