"""What each printed line is for: to be spoken, or a page number, a slug line, a cue … by its place and its words.

Each rule below looks at the lines that no rule before it has named. What none names is to be spoken.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence

from wavelode.pipelines.documents.base import Line
from wavelode.pipelines.documents.layout import ENDS, Layout
from wavelode.pipelines.documents.lexicon import begins, holds, is_one, plain_words
from wavelode.pipelines.documents.split import split_sentences
from wavelode.schemas.records import Role

_HEAD_LINES = 15
_MOST_SLUG_WORDS, _MOST_SLUG_LETTERS = 8, 60
_MOST_CUE_LETTERS = 70
_MOST_TITLE_LETTERS = 80
_MOST_END_WORDS = 6
_SAME_HEIGHT_PT = 6.0
_LEAST_PERIODS = 0.75
_COLON_AT_END = re.compile(r"^[^.!?।]{1,60}:[\s\-–—]*$")
_LIST = re.compile(r"^\s*(?:[-•*●▪◦❖➢→]|[\ue000-\uf8ff]|\(?\d{1,2}[.)-])\s*\S")
_NUMBER_ALONE = re.compile(r"^\W*(?:[^\W\d]{1,9}\W*)?(\d{1,4})\W*(?:(?:of|/)\W*\d{1,4}\W*)?$", re.IGNORECASE)
_BRACKETED = re.compile(r"^\W*[(\[{#*…].*[)\]}#*…]\W*$")
_DECORATED = re.compile(r"^\s*[-=*.<>~_]{2,}\s*\w.*[-=*.<>~_]{2,}\s*$")
_LABELLED = re.compile(r"^[^:]{2,25}\s*:\s*\S.{0,40}$")
_YEAR_OR_TIME = re.compile(r"\b(?:19|20)\d\d\b|\b\d{1,2}[:.]\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b")


FURNITURE = frozenset({Role.HEADER, Role.FOOTER, Role.PAGE_NUMBER})
"""What stands at a page's edge; text runs on past it."""


class Roles:
    """The roles as they are found; every rule asks `left` what is still to be named."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.layout = Layout(lines)
        self.words = [plain_words(line.text) for line in lines]
        self.named: dict[int, Role] = {}

    def left(self) -> Iterator[int]:
        return (i for i in range(len(self.lines)) if i not in self.named)

    def role(self, i: int) -> Role:
        return self.named.get(i, Role.SPOKEN)

    def starts(self, i: int) -> bool:
        """Whether something new begins with a line; what stands at the page's edge before it tells nothing."""
        above = next((k for k in range(i - 1, -1, -1) if self.role(k) not in FURNITURE), None)
        if above is None or self.role(above) is not Role.SPOKEN:
            return True
        finished = self.is_finished(above) or self.lines[above].text.rstrip().endswith(":")
        if self.lines[above].page != self.lines[i].page:
            return finished or self.layout.is_short(above)
        return self.layout.starts(i) or (self.layout.is_short(i) and finished and not self.is_finished(i))

    def is_alone(self, i: int) -> bool:
        """One line between two beginnings."""
        return self.starts(i) and (i + 1 == len(self.lines) or i + 1 in self.named or self.starts(i + 1))

    def is_finished(self, i: int) -> bool:
        return self.lines[i].text.rstrip("\"'”’) ").endswith(ENDS)


def find_roles(lines: Sequence[Line]) -> Roles:
    """The roles of the lines of a document, which are in reading order."""
    roles = Roles(lines)
    for rule in _RULES:
        rule(roles)
    return roles


def _separators(roles: Roles) -> None:
    """Rows of signs, or of one thing over and over, as recognition makes of ornaments."""
    for i in list(roles.left()):
        line = roles.lines[i]
        if not any(_is_written(char) for char in line.text) or _is_row_of_one(line.text):
            roles.named[i] = Role.SEPARATOR


def _ornaments(roles: Roles) -> None:
    """One short thing in the middle of three lines or more, whatever recognition took it for."""
    centred = Counter(roles.lines[i].text for i in roles.left() if roles.layout.is_centred(i))
    for i in list(roles.left()):
        text = roles.lines[i].text
        if centred[text] >= 3 and len(text) <= 14 and roles.layout.is_centred(i):
            roles.named[i] = Role.SEPARATOR


def _is_written(char: str) -> bool:
    return unicodedata.category(char)[0] in "LN"


def _is_row_of_one(text: str) -> bool:
    """One to four characters that follow on themselves for nearly all of the line."""
    packed = "".join(text.split())
    return len(packed) >= 5 and any(
        len(packed) >= 3 * step
        and sum(a == b for a, b in zip(packed, packed[step:], strict=False))
        >= _LEAST_PERIODS * (len(packed) - step)
        for step in range(1, 5)
    )


def _page_numbers(roles: Roles) -> None:
    """Numbers alone at the top or bottom that are the page's, or run along with the pages."""
    found: dict[int, list[int]] = defaultdict(list)
    for page, (top, bottom) in roles.layout.edges().items():
        for i in {*top[:2], *bottom[:2]}:
            if i not in roles.named and (number := _NUMBER_ALONE.match(roles.lines[i].text)):
                found[int(number[1]) - page].append(i)
    for ahead, places in found.items():
        if ahead == 0 or len(places) > 1:
            roles.named.update(dict.fromkeys(places, Role.PAGE_NUMBER))


def _running(roles: Roles) -> None:
    """Headers and footers: the same words at the same height of two pages and of half of all."""
    edges = roles.layout.edges()
    for side, role in ((0, Role.HEADER), (1, Role.FOOTER)):
        seen: dict[str, list[int]] = defaultdict(list)
        for both in edges.values():
            for i in both[side]:
                if i not in roles.named and roles.words[i]:
                    seen[re.sub(r"\d", "0", "".join(roles.words[i]))].append(i)
        for places in seen.values():
            level = [i for i in places if _stands_as_high(roles.lines[i], roles.lines[places[-1]])]
            if len({roles.lines[i].page for i in level}) >= max(2, len(edges) / 2):
                roles.named.update(dict.fromkeys(level, role))


def _stands_as_high(a: Line, b: Line) -> bool:
    return a.box is not None and b.box is not None and abs(a.box.y0 - b.box.y0) < _SAME_HEIGHT_PT


def _cues(roles: Roles) -> None:
    """Calls for recorded sound: "VO", "(Byte: …)", "VOICE CAST -"."""
    for i in list(roles.left()):
        text, words = roles.lines[i].text, roles.words[i]
        apart = roles.is_alone(i) or (holds(words, "sound") and roles.layout.is_short(i))
        few = len(words) <= _MOST_SLUG_WORDS and len(split_sentences(text)) == 1
        hands_over = roles.is_alone(i) and few and holds(words, "handover")
        if hands_over or (apart and calls_for_sound(text, words)):
            roles.named[i] = Role.CUE


def calls_for_sound(text: str, words: list[str]) -> bool:
    """Whether a piece of print asks for recorded sound.

    >>> calls_for_sound("(Byte: Chief Minister)", plain_words("(Byte: Chief Minister)"))
    True
    """
    if len(text) > _MOST_CUE_LETTERS or not words:
        return False
    finished = text.rstrip().endswith(("।", "۔", "?", "!")) or re.search(r"\w\.$", text)
    if is_one(words, "alone") or (holds(words, "sound") and not finished):
        return True
    bracketed = bool(_BRACKETED.match(text))
    few = len(words) <= _MOST_SLUG_WORDS and not finished
    timed = any(word[0].isdecimal() for word in words) and holds(words, "duration")
    return (bracketed and (timed or holds(words, "voice"))) or (few and begins(words, "voice"))


def _head(roles: Roles) -> None:
    """The head of the script: who speaks, what it is called, when."""
    for i in list(roles.left())[:_HEAD_LINES]:
        text, words = roles.lines[i].text, roles.words[i]
        if is_date(text, words):
            roles.named[i] = Role.DATE
        elif _is_title(roles, i) and not holds(words, "headlines"):
            roles.named[i] = Role.STATION
        else:
            return


def is_date(text: str, words: list[str]) -> bool:
    """Whether a line tells a day or an hour and little else.

    >>> is_date("Date: 01-07-2025, 6.10 PM", plain_words("Date: 01-07-2025, 6.10 PM"))
    True
    """
    digits = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    when = [
        word for word in words if word[0].isdecimal() or is_one([word], "date") or is_one([word], "month")
    ]
    told = bool(_YEAR_OR_TIME.search(digits)) or any(
        is_one([w], "month") or is_one([w], "date") for w in words
    )
    return told and any(c.isdecimal() for c in text) and len(when) > 0.5 * len(words) and len(text) < 90


def _is_title(roles: Roles, i: int) -> bool:
    text = roles.lines[i].text
    if len(text) > _MOST_TITLE_LETTERS or _LIST.match(text) or text.rstrip().endswith(("।", "۔", "?", "!")):
        return False
    apart = roles.layout.is_centred(i) and roles.starts(i)
    return apart or (holds(roles.words[i], "station") and not roles.is_finished(i))


def _slugs(roles: Roles) -> None:
    """Headings: with a colon, by name, or a short line alone above a longer text."""
    for i in list(roles.left()):
        text, words = roles.lines[i].text, roles.words[i]
        titled = len(words) <= 5 and (holds(words, "headlines") or bool(_DECORATED.match(text)))
        colon = roles.starts(i) and bool(_COLON_AT_END.match(text))
        if colon or (roles.is_alone(i) and titled):
            roles.named[i] = Role.SLUG
    for i in list(roles.left()):
        if _is_short_alone(roles, i) and _has_text_below(roles, i):
            roles.named[i] = Role.SLUG


def _is_short_alone(roles: Roles, i: int) -> bool:
    line, words = roles.lines[i], roles.words[i]
    if line.box is None or not words or roles.is_finished(i) or _LIST.match(line.text):
        return False
    few = len(words) <= _MOST_SLUG_WORDS and len(line.text) <= _MOST_SLUG_LETTERS
    return few and roles.is_alone(i) and roles.layout.is_short(i)


def _has_text_below(roles: Roles, i: int) -> bool:
    below = i + 1
    while roles.named.get(below) is Role.CUE:
        below += 1
    if below == len(roles.lines) or below in roles.named:
        return False
    runs_on = below + 1 < len(roles.lines) and below + 1 not in roles.named and not roles.starts(below + 1)
    return runs_on or roles.layout.is_long(below) or roles.is_finished(below)


def _ends(roles: Roles) -> None:
    """What closes a script: "End", "समाप्त", and the names of who made it."""
    for i in range(len(roles.lines) - 1, -1, -1):
        if i in roles.named:
            continue
        text, words = roles.lines[i].text, roles.words[i]
        labelled = _LABELLED.match(text) and roles.layout.is_short(i) and not roles.is_finished(i)
        if not (_says_end(roles, i) or (labelled and (holds(words, "credit") or _is_below_credit(roles, i)))):
            return
        roles.named[i] = Role.SIGN_OFF


def _says_end(roles: Roles, i: int) -> bool:
    words = roles.words[i]
    if is_one(words, "end") or is_one(words, "end_phrase"):
        return True
    return begins(words, "end") and len(words) <= _MOST_END_WORDS and not roles.is_finished(i)


def _is_below_credit(roles: Roles, i: int) -> bool:
    """A labelled line among others: the block of names at the end."""
    above = roles.lines[i - 1].text if i else ""
    return (i + 1 in roles.named and roles.named[i + 1] is Role.SIGN_OFF) or bool(_LABELLED.match(above))


def _told(roles: Roles) -> None:
    """What the format itself calls a header, a heading …"""
    roles.named.update((i, line.role) for i, line in enumerate(roles.lines) if line.role)


_RULES: tuple[Callable[[Roles], None], ...] = (
    _told,
    _separators,
    _page_numbers,
    _running,
    _cues,
    _ornaments,
    _head,
    _ends,
    _slugs,
)
