"""What a font's glyphs stand for: rewrite rules from glyphs to text in the order of drawing, with their support.

A rule is a glyph, or several that follow on each other, and what they stand for together. The longest rule that
fits is taken, from left to right. Rules rest as JSON a person can read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from wavelode.pipelines.documents.visual import RephAt

FORMAT = 1
LITERAL = "="
"""Begins the name of a glyph whose layer is believed; such a glyph is its own rule and is not passed on."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a sequence of glyphs stands for.

    Attributes:
        text: in the order of drawing; empty where the glyph adds nothing.
        support: how often the recognised text said so.
        seen: how often the glyphs were seen at all.
    """

    text: str
    support: float
    seen: float

    @property
    def share(self) -> float:
        return self.support / self.seen if self.seen else 0.0

    @property
    def is_sure(self) -> bool:
        """Recognition errs at random: twice the same, and more often than all else together, is no chance."""
        return self.support >= 2 and self.support > 0.5 * self.seen


@dataclass(frozen=True, slots=True)
class Piece:
    """Glyphs ``[start, end)`` and the rule that reads them; no rule where the glyph is unknown."""

    start: int
    end: int
    rule: Rule | None


@dataclass(frozen=True, slots=True)
class FontMap:
    """All rules of one writing system.

    Attributes:
        rules: by glyphs, each named by `Glyph.name`.
        reph: where the fonts put the hook of a first ``ra``.
    """

    rules: Mapping[tuple[str, ...], Rule]
    reph: RephAt = "vowels"

    @property
    def longest(self) -> int:
        return max((len(glyphs) for glyphs in self.rules), default=1)

    def pieces(self, glyphs: Sequence[str]) -> list[Piece]:
        """`glyphs` cut into what the rules read."""
        found, at, longest = [], 0, self.longest
        while at < len(glyphs):
            ends = range(min(len(glyphs), at + longest), at, -1)
            end = next((end for end in ends if tuple(glyphs[at:end]) in self.rules), at + 1)
            found.append(Piece(at, end, self.rules.get(tuple(glyphs[at:end]))))
            at = end
        return found

    def save(self, path: Path, facts: Mapping[str, Any]) -> None:
        """Writes the rules that are sure, one per line, most supported first."""
        rows = [
            {"glyphs": list(glyphs), "text": rule.text, "support": round(rule.support, 1), "seen": round(rule.seen, 1)}
            for glyphs, rule in sorted(self.rules.items(), key=lambda item: (-item[1].support, item[0]))
            if rule.is_sure and not any(name.startswith(LITERAL) for name in glyphs)
        ]  # fmt: skip
        head = json.dumps({"format": FORMAT, "reph": self.reph, **facts}, ensure_ascii=False)[:-1]
        body = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        path.write_text(f'{head}, "rules": [\n{body}\n]}}\n', encoding="utf-8")

    @staticmethod
    def load(path: Path) -> FontMap:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.get("format") != FORMAT:
            raise ValueError(
                f"{path.name}: fonts of format {data.get('format')}, not {FORMAT}; learn them again"
            )
        rules = {tuple(r["glyphs"]): Rule(r["text"], r["support"], r["seen"]) for r in data["rules"]}
        return FontMap(rules, cast(RephAt, data["reph"]))
