"""Learn: what a listener takes for what, counted over all sure readings of a run; the next run aligns by it.

Reads only what `mine` left. The words a listener heard are kept, so a new file of confusions repeats the alignment
and nothing before it.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from pathlib import Path

from wavelode.alignment.align import FreeEnds
from wavelode.alignment.confusions import Confusions, confusions_json
from wavelode.alignment.rates import coincidence, log_odds
from wavelode.alignment.sides import Printed, Side
from wavelode.alignment.text import normal_words
from wavelode.datasets.rows import recording_of
from wavelode.datasets.storage import read_rows, write_text
from wavelode.pipelines.stages.spelling import speller
from wavelode.schemas.errors import StorageError
from wavelode.schemas.records import Match, Recording
from wavelode.schemas.settings import MatchIn

SURE = 0.9
"""Readings that are as likely as this to be right are counted."""
_RATES = (0.05, 0.45)
_LONG_GAP_NATS = 10.0


def learn(mined: Iterable[Path], out: Path, match_in: MatchIn = "auto") -> dict[str, Confusions]:
    """Counts over mined recordings, one file or more for each; writes them to `out` and returns them by language.

    Raises:
        StorageError: no recording holds a sure reading.
    """
    found: dict[str, Confusions] = {}
    listeners: set[str] = set()
    recordings = 0
    for recording in (recording_of(row) for path in sorted(mined) for row in read_rows(path)):
        counted = confusions_of(recording, match_in)
        if not counted.letters:
            continue
        recordings += 1
        listeners |= {recording.listener} if recording.listener else set()
        language = recording.source.language
        found[language] = found.get(language, Confusions()) + counted
    if not found:
        raise StorageError(
            "no recording of this run holds a reading sure enough to learn from; nothing was written"
        )
    made_from = {
        "recordings": recordings,
        "listeners": sorted(listeners),
        "p_correct": SURE,
        "match_in": match_in,
    }
    write_text(confusions_json(found, made_from), out)
    return found


def confusions_of(recording: Recording, match_in: MatchIn) -> Confusions:
    """What was heard for what is printed, over the sure readings of one recording."""
    pairs = [(s.match, s.heard_text) for s in recording.stretches or () if s.match and _is_sure(s.match)]
    language = recording.source.language
    spell = speller(match_in, language, (m.sentence.text for m, _ in pairs), (text for _, text in pairs))
    rows = [[word.text for word in normal_words(text, language)] for _, text in pairs]
    heard = frozenset(word for row in rows for word in row)
    printed = Printed.of([match.sentence for match, _ in pairs], language, heard, spell)
    claims = [
        (" ".join(printed.side.spelled(*bounds)), " ".join(Side.of(row, spell).spelled(0, len(row))))
        for bounds, row in zip(printed.bounds, rows, strict=True)
        if row and bounds[0] < bounds[1]
    ]
    if not claims:
        return Confusions()
    rate = min(max(statistics.median(match.cer for match, _ in pairs), _RATES[0]), _RATES[1])
    sides = [Side.of(" ".join(texts).split(), list).symbols for texts in zip(*claims, strict=True)]
    return Confusions.of(claims, log_odds(rate, coincidence(*sides), FreeEnds(), _LONG_GAP_NATS))


def _is_sure(match: Match) -> bool:
    return match.p_correct is not None and match.p_correct >= SURE
