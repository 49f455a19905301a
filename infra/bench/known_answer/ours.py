"""Wavelode's aligner as the pipeline calls it, on heard words: a method like its peers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from wavelode.alignment.calibration import ListenerKind, read_calibration
from wavelode.alignment.emissions import refined
from wavelode.alignment.sentences import find_readings
from wavelode.alignment.stretches import name_stretches
from wavelode.infra.bench.known_answer.hearing import Hearing
from wavelode.infra.bench.known_answer.scores import Found
from wavelode.schemas.records import Match
from wavelode.schemas.settings import AlignSettings
from wavelode.schemas.time import Span


@dataclass(frozen=True, slots=True)
class Claim:
    """A match and the span it got."""

    match: Match
    span: Span


@dataclass(frozen=True)
class Wavelode:
    """Ranks by `p_correct`.

    Args:
        unseen: a corpus that the calibration must not have been fitted on.
        kind: of the listener whose words it is given.
    """

    settings: AlignSettings = field(default_factory=AlignSettings)
    unseen: str = ""
    kind: ListenerKind = ListenerKind.FREE
    name: str = "wavelode"

    def claims(self, hearing: Hearing) -> Sequence[Claim]:
        matches = find_readings(
            hearing.sentences, hearing.words, hearing.language, self.settings, speech=hearing.speech
        )
        if hearing.alphabet:
            matches = refined(matches, hearing.emissions, hearing.alphabet)
        stretches = name_stretches(matches, hearing.words, hearing.speech, hearing.whole, hearing.silence)
        return [Claim(stretch.match, stretch.span) for stretch in stretches if stretch.match]

    def find(self, hearing: Hearing) -> list[Found]:
        calibration = read_calibration(self.settings.calibration, self.kind).leaving_out(self.unseen)
        return [
            Found(c.match.sentence.index, c.span, calibration.probability(c.match), True)
            for c in self.claims(hearing)
        ]
