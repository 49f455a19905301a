"""Pages that are hardly recognised: read three times, at different sizes, their letters put to the vote.

What recognition makes of hard letters changes with the size they are drawn in, mostly from a wrong one to another
wrong one; what is right stays. Line by line, the reading most like the others is kept, but for the letters in which
the two others agree against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from wavelode.alignment.align import align, encode
from wavelode.alignment.path import Op
from wavelode.pipelines.documents.learn import EDITS, edits
from wavelode.pipelines.documents.ocr import Eye, Seen
from wavelode.pipelines.documents.order import around
from wavelode.pipelines.documents.paper import DPI, Paper
from wavelode.pipelines.documents.sides import sureness
from wavelode.schemas.errors import InputError
from wavelode.schemas.records import Box

_UNSURE = 0.75
"""Pages recognised less surely are worth two more readings."""
_OTHER_SIZES = DPI * 5 // 6, DPI * 7 // 6
_SAME_LINE = 0.5
"""Lines of two readings are the same one where they share so much of the lower one's height."""


def seen_surely(paper: Paper, page: int, eye: Eye, seen: Sequence[Seen]) -> Sequence[Seen]:
    """The words of a page, voted for where it is hardly recognised.

    Args:
        seen: the first reading; it stays where there is no time for others.
    """
    if not seen or sureness(seen) >= _UNSURE:
        return seen
    try:
        drawn = [paper.picture(page, dpi) for dpi in _OTHER_SIZES]
        return voted(seen, [eye.read(picture) for picture in drawn if picture])
    except InputError:
        return seen


def voted(seen: Sequence[Seen], others: Sequence[Sequence[Seen]]) -> list[Seen]:
    """The lines of the first reading, each with the letters that most readings have there."""
    lines = [_Line.of(words) for words in _lines(seen)]
    beside = [[_Line.of(words) for words in _lines(other)] for other in others]
    found: list[Seen] = []
    for line in lines:
        same = [match for other in beside if (match := line.likest(other))]
        found += line.words if len(same) < 2 else line.reworded(elect([line.text, *(o.text for o in same)]))
    return found


def elect(texts: Sequence[str]) -> str:
    """The text most like the others, with the letters that more than half of them have instead.

    >>> elect(["the cot sat", "tne cat sat", "the cat  sit"])
    'the cat sat'
    """
    middle = min(texts, key=lambda text: sum(edits(text, other) for other in texts))
    votes = [Counter[str]() for _ in range(len(middle) + 1)]
    before = [Counter[str]() for _ in range(len(middle) + 1)]
    for text in texts:
        ballot = _Ballot.of(middle, text)
        for at in range(len(middle) + 1):
            votes[at][ballot.instead.get(at, "")] += 1
            before[at][ballot.before.get(at, "")] += 1
    own = [*middle, ""]
    most = len(texts) / 2
    return "".join(
        _winner(before[at], most, "") + _winner(votes[at], most, own[at]) for at in range(len(own))
    )


def _winner(votes: Counter[str], most: float, own: str) -> str:
    choice, count = votes.most_common(1)[0]
    return choice if count > most else own


@dataclass(frozen=True, slots=True)
class _Ballot:
    """What another text has in each place of a text, and before it."""

    instead: Mapping[int, str]
    before: Mapping[int, str]

    @classmethod
    def of(cls, text: str, other: str) -> _Ballot:
        instead: dict[int, str] = {}
        before: dict[int, str] = {}
        here = there = 0
        for op, length in align(encode(text), encode(other), EDITS).runs():
            if op is Op.GAP_IN_A:
                before[here] = other[there : there + length]
                there += length
            elif op is Op.GAP_IN_B:
                here += length
            else:
                instead |= {here + at: other[there + at] for at in range(length)}
                here, there = here + length, there + length
        return cls(instead, before)


@dataclass(frozen=True, slots=True)
class _Line:
    """The words of one line of a reading, in reading order."""

    words: list[Seen]
    box: Box
    text: str

    @classmethod
    def of(cls, words: Sequence[Seen]) -> _Line:
        box = around([word.box for word in words])
        return cls(list(words), box, " ".join(word.text for word in words))

    def likest(self, others: Sequence[_Line]) -> _Line | None:
        """The same line in another reading; None where there is none."""
        best = max(others, key=lambda other: self.box.shared_area(other.box), default=None)
        if best is None:
            return None
        shared = min(self.box.y1, best.box.y1) - max(self.box.y0, best.box.y0)
        low = min(self.box.y1 - self.box.y0, best.box.y1 - best.box.y0)
        return best if shared > _SAME_LINE * low and self.box.shared_area(best.box) > 0 else None

    def reworded(self, text: str) -> list[Seen]:
        """The line with another text: each of its words where the letters stood that it came from."""
        owner = [at for at, word in enumerate(self.words) for _ in f"{word.text} "][:-1]
        places = align(encode(text), encode(self.text), EDITS).a_to_b()
        found: list[Seen] = []
        at, own = 0, [0]
        for said in text.split(" "):
            # A word that the line has no letter of stands at the word before it.
            own = (
                sorted({owner[place] for place in places[at : at + len(said)].tolist() if place >= 0})
                or own[-1:]
            )
            at += len(said) + 1
            if said:
                found.append(self._word(said, own))
        return found

    def _word(self, text: str, own: Sequence[int]) -> Seen:
        box = around([self.words[at].box for at in own])
        sure = sum(self.words[at].confidence for at in own) / len(own)
        return replace(self.words[own[0]], text=text, box=box, confidence=sure)


def _lines(seen: Sequence[Seen]) -> Iterator[list[Seen]]:
    for _, words in groupby(seen, key=lambda word: word.line):
        yield list(words)
