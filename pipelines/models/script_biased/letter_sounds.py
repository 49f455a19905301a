"""What each letter sounds like in a recording, where nobody can say how its language's words sound.

Words are romanised then and each letter has the sounds an English reader may give it. After the first hearing one can
do better: of words that were heard surely it is known which frames said which letter, and a search among phones alone,
without any words, tells what was really heard there. "ṣ", romanised "s", turns out to be SH.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wavelode.pipelines.models.script_biased.phones import Letter, Phones, Table, distinct, without_echo

LEAST_SURE = 0.5
"""Words less sure than this say nothing of their letters."""
_PRIOR = 5.0
"""So many letters heard weigh as much as what was known before."""
_LEAST_SHARE = 0.2
"""A unit is another sound of a letter from this share on …"""
_LEAST_COUNT = 2.0
"""… and from so many letters heard."""
_CLEARLY = 2.0
"""A unit so much likelier than the table's first takes its place."""

Timed = tuple[str, int, int]
"""A phone on the frames [start, end) of a segment."""
Counts = Mapping[str | Letter, Mapping[Phones, float]]


@dataclass(frozen=True, slots=True)
class Said:
    """A word as it was laid onto the sound, and how sure it is, 0 to 1."""

    word: str
    phones: tuple[Timed, ...]
    sure: float


@dataclass(frozen=True, slots=True)
class LetterSounds:
    """How letters sound.

    Args:
        counts: how often each unit, no phone or one, was heard for a letter, and for all that are romanised as it is.
        table: the sounds of Latin letters for those who know nothing else.
    """

    counts: Counts
    table: Table

    def pronunciations(self, letters: Sequence[Letter]) -> list[Phones]:
        """A word's: each letter's first unit, then the likeliest that depart from it at one letter."""
        units = [self.units(letter) for letter in letters]
        first = [unit for ((unit, _), *_) in units]
        others = [(p / own[0][1], -at, unit) for at, own in enumerate(units) for unit, p in own[1:]]
        changed = ([*first[:-at], unit, *first[1 - at :]] for _, at, unit in sorted(others, reverse=True))
        readings = ([phone for unit in units for phone in unit] for units in (first, *changed))
        return distinct(map(without_echo, readings))

    def units(self, letter: Letter) -> list[tuple[Phones, float]]:
        """The units of a letter and how likely each is, the usual one first."""
        chances, options = self._chances(letter), self.table[letter[1]]
        often = {unit for unit, count in self.counts.get(letter[1], {}).items() if count >= _LEAST_COUNT}
        heard = {unit for unit in often if unit and chances[unit] >= _LEAST_SHARE}
        ranked = sorted(heard | set(options), key=lambda unit: (-chances[unit], unit))
        if chances[ranked[0]] < _CLEARLY * chances[options[0]]:
            ranked.sort(key=lambda unit: unit != options[0])
        return [(unit, chances[unit]) for unit in ranked]

    def _chances(self, letter: Letter) -> dict[Phones, float]:
        """By what was heard for it; as far as that is little, for all letters romanised so; then by the table."""
        options = self.table[letter[1]]
        chances = {unit: 0.5 / len(options) for unit in options}
        chances[options[0]] += 0.5
        for counts in (self.counts.get(letter[1], {}), self.counts.get(letter, {})):
            whole = sum(counts.values()) + _PRIOR
            both = chances.keys() | counts.keys()
            chances = {
                unit: (counts.get(unit, 0.0) + _PRIOR * chances.get(unit, 0.0)) / whole for unit in both
            }
        return chances


Heard = tuple[Iterable[Said], Sequence[Timed]]
"""The words of a segment, and the phones heard in it without regard to words, in order of time."""


def learned(heard: Sequence[Heard], letters: Mapping[str, Sequence[Letter]], table: Table) -> LetterSounds:
    """What the letters of surely heard words sounded like.

    A word heard n times counts as much as the root of n: what it teaches of its letters is partly its own.

    Args:
        letters: of each word that is read by its letters.
    """
    sure = [(word, phones) for words, phones in heard for word in words if word.sure >= LEAST_SURE]
    often: dict[str, float] = defaultdict(float)
    for word, _ in sure:
        often[word.word] += word.sure
    counts: dict[str | Letter, dict[Phones, float]] = defaultdict(lambda: defaultdict(float))
    for word, phones in sure:
        for letter, unit in _opposite(word, letters.get(word.word, ()), phones, table):
            for key in (letter, letter[1]):
                counts[key][unit] += word.sure / math.sqrt(often[word.word])
    return LetterSounds(counts, table)


def _opposite(
    word: Said, letters: Sequence[Letter], phones: Sequence[Timed], table: Table
) -> Iterator[tuple[Letter, Phones]]:
    """Each letter of a word with the unit heard on most of its frames, () for none."""
    spans: dict[int, tuple[int, int]] = {}
    for at, (_, start, end) in zip(_places(word, letters, table), word.phones, strict=False):
        spans[at] = (spans.get(at, (start, end))[0], end)
    for at, (start, end) in spans.items():
        shared = [(min(end, b) - max(start, a), phone) for phone, a, b in phones if a < end and start < b]
        if shared:
            phone = max(shared, key=lambda share: share[0])[1]
            yield letters[at], (phone,) if phone.isalpha() and phone != "SIL" else ()


def _places(word: Said, letters: Sequence[Letter], table: Table) -> list[int]:
    """Which letter each phone of a word stands for; nothing where no reading of the letters is said so."""
    said = [phone for phone, _, _ in word.phones]
    options = [table[symbol] for _, symbol in letters]
    first = [option[0] for option in options]
    others = ([*first[:at], unit, *first[at + 1 :]] for at, own in enumerate(options) for unit in own[1:])
    for units in (first, *others):
        places: list[int] = []
        phones: list[str] = []
        for at, unit in enumerate(units):
            for phone in unit:
                if phones[-1:] != [phone]:
                    phones.append(phone)
                    places.append(at)
        if phones == said:
            return places
    return []
