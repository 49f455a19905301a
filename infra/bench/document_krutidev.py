"""KrutiDev's map, learned from half of the documents that use it and tried on the other half, by its rules alone.

`PUBLISHED` are codes of the font as any chart of its keyboard shows them; the learned rules are held against them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wavelode.pipelines.documents.anew import rows_of, seen_on
from wavelode.pipelines.documents.families import Families, Printed, families
from wavelode.pipelines.documents.learn import best_order, decoded
from wavelode.pipelines.documents.ocr import Eye
from wavelode.pipelines.documents.paper import Paper
from wavelode.pipelines.documents.repair import beside, examples, prior_of, words_of
from wavelode.pipelines.documents.rules import FontMap
from wavelode.schemas.records import Box
from wavelode.schemas.settings import DocumentSettings

FAMILY = "krutidev010"
LEARNED = ("hindi_jaipur_2025-07-01_900", "hindi_ranchi_2025-07-01_830")
TRIED = ("hindi_dehradun_2025-07-01_720", "chhattisgarh_raipur_2025-07-01_1810")
PUBLISHED = {
    "v": "अ", "b": "इ", "m": "उ", ",": "ए", "d": "क", "x": "ग", "p": "च", "t": "ज", "V": "ट", "B": "ठ", "M": "ड",
    "r": "त", "n": "द", "u": "न", "i": "प", "Q": "फ", "c": "ब", "e": "म", ";": "य", "j": "र", "y": "ल", "o": "व",
    "l": "स", "g": "ह", "k": "ा", "f": "ि", "h": "ी", "q": "ु", "w": "ू", "s": "े", "S": "ै", "a": "ं", "~": "्",
    "D": "क्", "R": "त्", "U": "न्", "I": "प्", "C": "ब्", "E": "म्", "Y": "ल्", "O": "व्", "L": "स्", "A": "।", "K": "ज्ञ",
}  # fmt: skip
_SCRIPT = "DEVANAGARI"


def printed_of(path: Path) -> list[Printed]:
    """The rows of a document with what is recognised on them."""
    with Paper(path, DocumentSettings()) as paper:
        return beside(rows_of(paper), seen_on(paper, Eye("hi")))


def learned(printed: Sequence[Printed]) -> tuple[FontMap, Families]:
    """The map of the documents' fonts, from nothing but them."""
    known = families(printed, _SCRIPT, FontMap({}))
    return best_order(examples(printed, known), prior_of(printed, known, _SCRIPT, FontMap({}))), known


def read_by_rules(printed: Sequence[Printed], page: int, box: Box, fonts: FontMap, known: Families) -> str:
    """What the rules alone make of the row at a place; an unknown glyph is U+FFFD."""
    found = [row for row in printed if row.row.page == page and _is_at(row.row.box, box)]
    words = [
        word for row in sorted(found, key=lambda row: row.row.box.x0) for word in words_of(row.row, known)
    ]
    return " ".join(decoded(fonts, word.names) for word in words)


def _is_at(row: Box, box: Box) -> bool:
    shared = min(row.y1, box.y1) - max(row.y0, box.y0)
    return shared > 0.5 * min(row.y1 - row.y0, box.y1 - box.y0) and row.x0 < box.x1 and row.x1 > box.x0


def against_charts(fonts: FontMap) -> tuple[int, int, list[str]]:
    """Of the published codes that were learned, how many say the same; and those that don't."""
    rules = {code: fonts.rules.get((f"{FAMILY}:{code}",)) for code in PUBLISHED}
    sure = {code: rule.text for code, rule in rules.items() if rule and rule.is_sure}
    other = [
        f"{code} {text}, not {PUBLISHED[code]}" for code, text in sure.items() if text != PUBLISHED[code]
    ]
    return len(sure) - len(other), len(sure), other
