"""Printed lines to sentences: paragraphs out of lines, words joined over line ends, each sentence with its role.

A paragraph runs on over a page's end and past the headers and numbers that stand there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from wavelode.alignment.text import tokens
from wavelode.pipelines.documents.base import Line
from wavelode.pipelines.documents.lexicon import holds, plain_words
from wavelode.pipelines.documents.roles import FURNITURE, calls_for_sound, find_roles
from wavelode.pipelines.documents.split import split_sentences
from wavelode.schemas.records import Box, Role, Sentence

_SOFT_HYPHEN = "\u00ad"
_NUMBERED = re.compile(r"^\(?(\d{1,2})[.)-]\s*(?=[^\W\d])")
_BRACKET_AT_END = re.compile(r"\s*\([^()]{1,40}\)\W*$")
_DATELINE = re.compile(
    r"^([^\d.।!?:]{2,40}?)[,/\s]+(\S{1,3}\s+\S{2,12}|\S{2,12}\s+\S{1,3})(?:,?\s+\d{4})?\s*[:–—-]+\s*"
)
_MOST_HANDOVER_WORDS, _MOST_SIGN_OFF_WORDS, _MOST_END_WORDS = 8, 6, 12


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Joined lines, and where in the text each of them begins."""

    text: str
    starts: tuple[int, ...]
    lines: tuple[Line, ...]
    role: Role = Role.SPOKEN

    def within(self, start: int, end: int) -> list[tuple[Line, int]]:
        """The lines under ``[start, end)``, with how many characters of it each holds."""
        ends = (*self.starts[1:], len(self.text))
        shares = (min(end, to) - max(start, at) for at, to in zip(self.starts, ends, strict=True))
        return [(line, share) for line, share in zip(self.lines, shares, strict=True) if share > 0]


def sentences_of(
    lines: Sequence[Line], document_id: str, text_source: str, known: Collection[str] = ()
) -> tuple[Sentence, ...]:
    """The sentences of a document in reading order, those included that are not to be spoken.

    Args:
        text_source: of lines that don't tell their own.
        known: lower-case words of the language, to tell hyphens that print added.
    """
    found: list[Sentence] = []
    paragraphs = list(paragraphs_of(lines, known))
    numbers = {_number(paragraph) for paragraph in paragraphs if paragraph.role is Role.SPOKEN}
    for paragraph in paragraphs:
        skip = _list_mark(paragraph, numbers)
        for start, end, role in _parts(paragraph, skip):
            text = " ".join(paragraph.text[start:end].split())
            own = paragraph.within(start, end)
            page, box = _place([line for line, _ in own])
            source = max(own, key=lambda pair: pair[1])[0].source or text_source
            found.append(Sentence(document_id, len(found), text, page, box, source, role, _confidence(own)))
    return tuple(found)


def paragraphs_of(lines: Sequence[Line], known: Collection[str] = ()) -> Iterator[Paragraph]:
    """Lines that belong together, joined; what is not to be spoken stands by itself."""
    words = {token.text for line in lines for token in tokens(line.text)} | set(known)
    roles, held, aside = find_roles(lines), list[Line](), list[Paragraph]()
    for i, line in enumerate(lines):
        role = roles.role(i)
        if role in FURNITURE:
            aside.append(_joined([line], words, role))
            continue
        if held and (role is not Role.SPOKEN or roles.starts(i)):
            yield _joined(held, words)
            held = []
        if not held:
            yield from aside
            aside = []
        if role is Role.SPOKEN:
            held.append(line)
        else:
            yield _joined([line], words, role)
    yield from [_joined(held, words)] if held else []
    yield from aside


def _joined(lines: Sequence[Line], words: Collection[str], role: Role = Role.SPOKEN) -> Paragraph:
    starts, text = [], ""
    for line in lines:
        text = _before_line(text, line.text, words)
        starts.append(len(text))
        text += line.text
    moved = tuple(start - text.count(_SOFT_HYPHEN, 0, start) for start in starts)
    return Paragraph(text.replace(_SOFT_HYPHEN, ""), moved, tuple(lines), role)


def _before_line(text: str, below: str, words: Collection[str]) -> str:
    """`text` as the next line goes on from it: with a space, or within a word."""
    if not text or text.endswith(_SOFT_HYPHEN):
        return text
    left, right = re.search(r"([^\s-]+)-$", text), re.match(r"[^\s-]+", below)
    if not left or not right or not _is_letter(below[0]) or not _is_letter(left[1][-1]):
        return f"{text} "
    parts = [token.text for token in tokens(right[0])][:1]
    whole = "".join([*(token.text for token in tokens(left[1])), *parts])
    return text[:-1] if whole in words and below[0].islower() else text


def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LM"


def _place(lines: Sequence[Line]) -> tuple[int | None, Box | None]:
    """The page that lines begin on, and the box around those of them there."""
    page, box = lines[0].page, lines[0].box
    for line in lines[1:]:
        if line.page == page and box and line.box:
            box = box | line.box
    return page, box


def _confidence(own: Sequence[tuple[Line, int]]) -> float | None:
    told = [(line.confidence, share) for line, share in own if line.confidence is not None]
    weight = sum(share for _, share in told)
    return sum(confidence * share for confidence, share in told) / weight if weight else None


def _number(paragraph: Paragraph) -> int | None:
    found = _NUMBERED.match(paragraph.text)
    return int(found[1]) if found else None


def _list_mark(paragraph: Paragraph, numbers: Collection[int | None]) -> int:
    """The length of what marks an item of a list: signs, or a number that goes on from another paragraph's."""
    found = _NUMBERED.match(paragraph.text)
    if found and {int(found[1]) - 1, int(found[1]) + 1} & set(numbers):
        return found.end()
    return len(paragraph.text) - len(without_mark(paragraph.text))


def without_mark(text: str) -> str:
    """A list's mark is layout, not text; in symbol fonts it comes as a private-use character."""
    at = 0
    while at < len(text) - 1 and (
        text[at] in " *•·‣" or unicodedata.category(text[at]) in {"So", "Co", "Cn", "Pd"}
    ):
        at += 1
    return text[at:]


def _parts(paragraph: Paragraph, start: int) -> Iterator[tuple[int, int, Role]]:
    """The sentences of a paragraph as ``[start, end)``, with what each is for."""
    text = paragraph.text
    if paragraph.role is not Role.SPOKEN:
        yield 0, len(text), paragraph.role
        return
    if (found := _DATELINE.match(text, start)) and holds(plain_words(found[2]), "month"):
        yield start, found.end(), Role.DATELINE
        start = found.end()
    bracket = _BRACKET_AT_END.search(text, start)
    cut = bracket.start() if bracket and calls_for_sound(bracket[0], plain_words(bracket[0])) else len(text)
    spans = [(start + a, start + b) for a, b in split_sentences(text[start:cut])]
    for n, (a, b) in enumerate(spans):
        yield a, b, _last(plain_words(text[a:b])) if n == len(spans) - 1 else Role.SPOKEN
    if cut < len(text):
        yield cut, len(text), Role.CUE


def _last(words: list[str]) -> Role:
    """What a paragraph's last sentence is for: it may hand over, name who spoke, or say that it is over."""
    if len(words) <= _MOST_HANDOVER_WORDS and holds(words, "handover"):
        return Role.CUE
    ends = len(words) <= _MOST_END_WORDS and holds(words, "end_phrase")
    if ends or (len(words) <= _MOST_SIGN_OFF_WORDS and holds(words, "station")):
        return Role.SIGN_OFF
    return Role.SPOKEN
