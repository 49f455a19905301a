"""The letters in which print and hearing are compared, each with its place in the print.

Scripts write one and the same word in several ways: with and without a nukta, with a half nasal or an anusvara, with
Farsi or Arabic letters. `Form` brings them to one; what counts as the same is data (`letters.tsv`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
_PLACEHOLDER = re.compile(r"\{([0-9A-F]+)\}")
_MOST_ROUNDS = 4
"""One pattern may make room for another; more than twice in a row was never seen."""

_WORDS_KEPT = 1 << 16
"""A language says most with fewer words than this."""


@dataclass(frozen=True, slots=True)
class Form:
    """Letters to compare by, and for each the characters ``[start, end)`` of the original it stands for.

    Starts and ends never run backwards; letters made from the same characters share their place.

    >>> form = Form.of("अङ्क")
    >>> form.text, form.starts, form.ends
    ('अंक', (0, 1, 3), (1, 3, 4))
    """

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, text: str) -> Form:
        """Of any text; spaces and signs stay as they are, invisible characters go."""
        parts = [(_folded(text[a:b]), a, b) for a, b in _clusters(text)]
        form = cls(
            "".join(part for part, _, _ in parts),
            tuple(a for part, a, _ in parts for _ in part),
            tuple(b for part, _, b in parts for _ in part),
        )
        for _ in range(_MOST_ROUNDS):
            before = form.text
            for pattern, to in variants().patterns:
                form = form._rewritten(pattern, to)
            if form.text == before:
                break
        return form._composed()

    def original(self, first: int, past: int) -> tuple[int, int]:
        """The characters that letters ``[first, past)``, at least one, stand for."""
        return self.starts[first], self.ends[past - 1]

    def _rewritten(self, pattern: re.Pattern[str], to: str) -> Form:
        text, starts, ends, at = "", [], [], 0
        for found in pattern.finditer(self.text):
            low, high = found.span()
            text += self.text[at:low] + to
            starts += [*self.starts[at:low], *[self.starts[low]] * len(to)]
            ends += [*self.ends[at:low], *[self.ends[high - 1]] * len(to)]
            at = high
        if not at:
            return self
        return Form(text + self.text[at:], (*starts, *self.starts[at:]), (*ends, *self.ends[at:]))

    def _composed(self) -> Form:
        """Letters with their marks as one where there is such a letter."""
        text = ""
        starts: list[int] = []
        ends: list[int] = []
        for low, high in _clusters(self.text):
            part = unicodedata.normalize("NFC", self.text[low:high])
            text += part
            if len(part) == high - low:
                starts += self.starts[low:high]
                ends += self.ends[low:high]
            else:
                starts += [self.starts[low]] * len(part)
                ends += [self.ends[high - 1]] * len(part)
        return Form(text, tuple(starts), tuple(ends))


@lru_cache(maxsize=_WORDS_KEPT)
def fold(word: str) -> str:
    """A word in the letters it is compared in; itself where nothing of it would be left.

    >>> fold("क़लम") == fold("कलम"), fold("کتاب") == fold("كتاب"), fold("ọ\u0301") == fold("o\u0301\u0323")
    (True, True, True)
    """
    return Form.of(word).text or word


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """A character with the marks on it, invisible characters and jamo that follow it."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not _belongs(text[at]):
            yield start, at
            start = at


def _belongs(char: str) -> bool:
    return (
        unicodedata.category(char)[0] == "M"
        or char in _INVISIBLE
        or "\u1160" <= char <= "\u11ff"
        or char in "\uff9e\uff9f"
    )


def _folded(cluster: str) -> str:
    """Decomposed, in small letters, marks of one place in one order, letters as the table has them."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", cluster).casefold())
    known = variants().letters
    mapped = "".join(known.get(char, char) for char in folded if char not in _INVISIBLE)
    return "".join(_marks_in_order(unicodedata.normalize("NFD", mapped)))


def _marks_in_order(text: str) -> Iterator[str]:
    """Marks over a letter may be typed in any order; NFD sorts only those at different places."""
    marks: list[str] = []
    for char in text:
        if unicodedata.combining(char):
            marks.append(char)
        else:
            yield from sorted(marks, key=lambda mark: (unicodedata.combining(mark), mark))
            marks = []
            yield char
    yield from sorted(marks, key=lambda mark: (unicodedata.combining(mark), mark))


@dataclass(frozen=True, slots=True)
class Variants:
    """`letters.tsv`: letter -> what it is compared as, and patterns over several letters."""

    letters: dict[str, str]
    patterns: tuple[tuple[re.Pattern[str], str], ...]


@cache
def variants() -> Variants:
    """The table beside this file."""
    letters: dict[str, str] = {}
    patterns: list[tuple[str, str]] = []
    blocks: list[int] = []
    for kind, *cells in _rows(Path(__file__).with_name("letters.tsv")):
        if kind == "drop":
            letters.update(dict.fromkeys(_points(cells[0]), ""))
        elif kind == "letter":
            letters.update(_letters(*cells[:2]))
        elif kind == "blocks":
            blocks += [int(start, 16) for start in cells[0].split()]
        else:
            starts = blocks if kind == "indic" else [0]
            to = cells[1] if len(cells) > 1 else ""
            patterns += [(_filled(cells[0], start), _filled(to, start)) for start in starts]
    return Variants(letters, tuple((re.compile(pattern), to) for pattern, to in patterns))


def _rows(path: Path) -> Iterator[list[str]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def _points(cell: str) -> list[str]:
    bounds = [[int(point, 16) for point in part.split("-")] for part in cell.split()]
    return [chr(point) for low, *high in bounds for point in range(low, (high or [low])[0] + 1)]


def _letters(of: str, to: str) -> dict[str, str]:
    froms, tos = _points(of), _points(to)
    return {froms[0]: "".join(tos)} if len(froms) == 1 else dict(zip(froms, tos, strict=True))


def _filled(template: str, start: int) -> str:
    return _PLACEHOLDER.sub(lambda point: chr(start + int(point.group(1), 16)), template)
