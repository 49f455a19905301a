"""How well the roles of printed lines are told: precision and recall against lines of real scripts marked by eye.

The marks are facts of place and role (`document_roles.tsv`) and hold no text. Those scripts were in view when the rules
were written, so the figures say that the rules fit what they were made for; the demo's scripts came after them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from wavelode.schemas.records import Role, Sentence

_SPOKEN = str(Role.SPOKEN)


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked line: all of `present` stand on it, or any of `either` is right."""

    page: int
    top: float
    bottom: float
    present: frozenset[str]
    either: frozenset[str]


def read_marks() -> dict[str, list[Mark]]:
    """By file; any line that isn't there is to be spoken."""
    found: dict[str, list[Mark]] = defaultdict(list)
    rows = Path(__file__).with_name("document_roles.tsv").read_text(encoding="utf-8").splitlines()
    for file, page, top, bottom, role in (row.split("\t") for row in rows if not row.startswith("#")):
        either = frozenset(role.split("|")) if "|" in role else frozenset()
        present = frozenset() if either else frozenset(role.split("+"))
        found[file].append(Mark(int(page), float(top), float(bottom), present, either))
    return dict(found)


@dataclass(slots=True)
class Counted:
    """Per role: said and right, said and wrong, missed."""

    right: Counter[str]
    wrong: Counter[str]
    missed: Counter[str]

    @staticmethod
    def zero() -> Counted:
        return Counted(Counter(), Counter(), Counter())

    def precision(self, roles: Iterable[str]) -> float:
        right = sum(self.right[role] for role in roles)
        return right / max(1, right + sum(self.wrong[role] for role in roles))

    def recall(self, roles: Iterable[str]) -> float:
        right = sum(self.right[role] for role in roles)
        return right / max(1, right + sum(self.missed[role] for role in roles))


def count(sentences: Sequence[Sentence], marks: Sequence[Mark], into: Counted) -> None:
    """Compares the sentences of one file, as they were read, with its marks."""
    for sentence in sentences:
        role, on = str(sentence.role), [mark for mark in marks if _lies_on(sentence, mark)]
        if role != _SPOKEN:
            right = any(role in mark.present | mark.either for mark in on)
            (into.right if right else into.wrong)[role] += 1
    for mark in marks:
        told = {str(sentence.role) for sentence in sentences if _lies_on(sentence, mark)}
        into.missed.update(mark.present - told - {_SPOKEN})


def _lies_on(sentence: Sentence, mark: Mark) -> bool:
    if sentence.page != mark.page or sentence.box is None:
        return False
    shared = min(mark.bottom, sentence.box.y1) - max(mark.top, sentence.box.y0)
    return shared > 0.5 * min(mark.bottom - mark.top, sentence.box.y1 - sentence.box.y0)


def table_of(counted: Counted) -> Table:
    table = Table(title="Roles of lines, against marks made by eye")
    for name in ("role", "marked", "precision", "recall"):
        table.add_column(name, justify="left" if name == "role" else "right")
    roles = sorted({*counted.right, *counted.wrong, *counted.missed}, key=lambda r: -counted.right[r])
    for role in roles:
        marked = counted.right[role] + counted.missed[role]
        table.add_row(role, str(marked), f"{counted.precision([role]):.1%}", f"{counted.recall([role]):.1%}")
    total = sum(counted.right.values()) + sum(counted.missed.values())
    table.add_row("all", str(total), f"{counted.precision(roles):.1%}", f"{counted.recall(roles):.1%}")
    return table
