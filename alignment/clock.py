"""Edges that nobody heard, told by the clock.

Where the first or last words of a sentence were not heard as they are printed, its edge is only guessed from the
words that were. But readers pause between sentences: if speech begins, or ends, just as long before the first word
that was heard as the letters missing there take at the pace of the others, that is the sentence's edge.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from wavelode.alignment.readings import Reading
from wavelode.alignment.sides import Hearing, Printed
from wavelode.schemas.time import Span

_MOST_S = 2.0
"""What takes longer unheard may as well be something else."""
_EARLY_S, _EARLY_SHARE = 0.2, 0.3
_LATE_S, _LATE_SHARE = 0.1, 0.1
"""Speech may begin earlier than the letters need, for words are drawn out; hardly later, for they take their time."""
_LEAST_HEARD = 2
"""Words, to know the pace by."""


@dataclass(frozen=True, slots=True)
class Clock:
    """When speech begins and ends in a recording, and what is said in it.

    Args:
        starts, ends: of the stretches of speech between pauses, in samples, ascending.
    """

    printed: Printed
    hearing: Hearing
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, printed: Printed, hearing: Hearing, speech: Sequence[Span]) -> Clock:
        return cls(
            printed, hearing, tuple(sorted(s.start for s in speech)), tuple(sorted(s.end for s in speech))
        )

    def edges(self, readings: Sequence[Reading]) -> Iterator[tuple[int | None, int | None]]:
        """Where each reading begins and ends, where the clock tells.

        Args:
            readings: in order of time; none reaches into another.
        """
        for before, reading, after in zip([None, *readings], readings, [*readings[1:], None], strict=False):
            yield self._start(reading, before), self._end(reading, after)

    def _start(self, reading: Reading, before: Reading | None) -> int | None:
        """Where the reading begins; None where its first word was heard, or nothing fits."""
        begun = self.printed.bounds[reading.sentence][0]
        heard = sorted(reading.heard_as)
        if len(heard) < _LEAST_HEARD or heard[0] == begun:
            return None
        at = self.hearing.word(reading.heard_as[heard[0]]).span
        floor = self.hearing.word(before.last).span.end if before else 0
        known = [*self.starts[bisect_left(self.starts, floor) : bisect_right(self.starts, at.start)]]
        if before and before.sentence == reading.sentence - 1 and begun - 1 in before.heard_as:
            misheard = reading.first < reading.heard_as[heard[0]]
            known.append(self.hearing.word(reading.first).span.start if misheard else floor)
        needs_s = self._letters(begun, heard[0]) / self._letters_per_s(reading, heard)
        return _fitting({(at.start - start) / at.rate: start for start in known}, needs_s)

    def _end(self, reading: Reading, after: Reading | None) -> int | None:
        """The same for where it ends."""
        past = self.printed.bounds[reading.sentence][1]
        heard = sorted(reading.heard_as)
        if len(heard) < _LEAST_HEARD or heard[-1] == past - 1:
            return None
        at = self.hearing.word(reading.heard_as[heard[-1]]).span
        ceiling = self.hearing.word(after.first).span.start if after else self.ends[-1] if self.ends else 0
        known = [*self.ends[bisect_left(self.ends, at.end) : bisect_right(self.ends, ceiling)]]
        if after and after.sentence == reading.sentence + 1 and past in after.heard_as:
            misheard = reading.last > reading.heard_as[heard[-1]]
            known.append(self.hearing.word(reading.last).span.end if misheard else ceiling)
        needs_s = self._letters(heard[-1] + 1, past) / self._letters_per_s(reading, heard)
        return _fitting({(end - at.end) / at.rate: end for end in known}, needs_s)

    def _letters_per_s(self, reading: Reading, heard: Sequence[int]) -> float:
        """The pace from the first word that was heard to the last."""
        first, last = (self.hearing.word(reading.heard_as[word]).span for word in (heard[0], heard[-1]))
        letters = max(1.0, self._letters(heard[0], heard[-1] + 1))
        return letters / max((first | last).duration_s, 0.1)

    def _letters(self, first: int, past: int) -> float:
        return float(self.printed.side.sizes[first:past].sum())


def _fitting(known: Mapping[float, int], needs_s: float) -> int | None:
    """The place whose distance in seconds is next to what is needed, if it is about that."""
    if not known or needs_s > _MOST_S:
        return None
    distance_s = min(known, key=lambda distance: abs(distance - needs_s))
    least, most = needs_s * (1 - _LATE_SHARE) - _LATE_S, needs_s * (1 + _EARLY_SHARE) + _EARLY_S
    return known[distance_s] if least <= distance_s <= most else None
