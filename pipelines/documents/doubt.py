"""Rules that recognition taught wrong, found by the words of the language.

Where recognition takes one letter for another all through a font, the font's rule is that mistake. Then every word
with the glyph is no word of the language, and one other reading of it makes words of them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from wavelode.pipelines.documents.learn import edits
from wavelode.pipelines.documents.rules import LITERAL, FontMap, Piece, Rule
from wavelode.pipelines.documents.visual import visual

_LEAST_AROUND = 3
"""A word must have so many letters besides the doubted glyph's to be told by them."""
_LEAST_WORDS = 2.0
_LEAST_RATIO = 3.0
_MOST_LONGER = 2
_LONG = 7
"""A word of so many signs is hardly another one by chance."""
_INVISIBLE = re.compile("[\u200b-\u200f\u2060]")
_SIGNS = "()[]{}“”‘’\"'.,;:!?-–—।॥/*•"


@dataclass(frozen=True, slots=True)
class _Listed:
    """Words of the language in the order of drawing, sorted by their beginnings and by their ends."""

    words: set[str]
    forwards: list[str]
    backwards: list[str]


@dataclass(slots=True)
class _Case:
    """What speaks for a rule as it is, and for other readings: the words that each makes."""

    kept: set[str] = field(default_factory=set)
    votes: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))


def with_words(fonts: FontMap, printed: Iterable[Sequence[str]], known: Collection[str]) -> FontMap:
    """The rules, each read as makes more words of the language.

    Args:
        printed: the words of the document, as names of glyphs.
        known: words of the language.
    """
    drawn = {visual(_INVISIBLE.sub("", word), fonts.reph) for word in known}
    listed = _Listed(drawn, sorted(drawn), sorted(word[::-1] for word in drawn))
    cases: dict[tuple[str, ...], _Case] = defaultdict(_Case)
    for names in set(map(tuple, printed)):
        _judge(names, fonts, listed, cases)
    changed = {
        token: _changed(fonts.rules[token], case, _by_parts(token, fonts)) for token, case in cases.items()
    }
    return replace(fonts, rules={**fonts.rules, **changed})


def _judge(
    names: tuple[str, ...], fonts: FontMap, listed: _Listed, cases: Mapping[tuple[str, ...], _Case]
) -> None:
    """Adds what one printed word says of each of its rules."""
    pieces = fonts.pieces(names)
    if not pieces or any(piece.rule is None for piece in pieces):
        return
    texts = [piece.rule.text for piece in pieces if piece.rule]
    first, last = _without_signs(texts)
    word = "".join(texts[first:last])
    is_known = word in listed.words
    for at in range(first, last):
        token = _token(names, pieces[at])
        if all(name.startswith(LITERAL) for name in token):
            continue
        if is_known:
            cases[token].kept.add(word)
        else:
            before, after = "".join(texts[first:at]), "".join(texts[at + 1 : last])
            for middle, share in _readings(
                listed, (before, texts[at], after), _by_parts(token, fonts)
            ).items():
                cases[token].votes[middle][word] = share


def _without_signs(texts: Sequence[str]) -> tuple[int, int]:
    first, last = 0, len(texts)
    while first < last and not texts[first].strip(_SIGNS):
        first += 1
    while last > first and not texts[last - 1].strip(_SIGNS):
        last -= 1
    return first, last


def _token(names: Sequence[str], piece: Piece) -> tuple[str, ...]:
    return tuple(names[piece.start : piece.end])


def _readings(listed: _Listed, word: tuple[str, str, str], by_parts: str) -> dict[str, float]:
    """Other readings of a word's middle that make it a word of the language: the nearest ones, with equal shares."""
    before, text, after = word
    likely = bool(by_parts) and edits(by_parts, text) < max(len(by_parts), len(text))
    if likely and f"{before}{by_parts}{after}" in listed.words:
        return {by_parts: 1.0}
    near = {m: edits(m, text) for m in set(_middles(listed, before, after, len(text))) if _is_near(m, text)}
    nearest = [middle for middle, far in near.items() if far == min(near.values())]
    return dict.fromkeys(nearest, 1 / len(nearest)) if nearest else {}


def _is_near(a: str, b: str) -> bool:
    """Recognition takes letters for others, not for half a word."""
    return abs(len(a) - len(b)) <= _MOST_LONGER and edits(a, b) <= max(1, len(b) // 2)


def _middles(listed: _Listed, before: str, after: str, length: int) -> Iterator[str]:
    """What stands between the two in words of the language that begin and end so."""
    if len(before) + len(after) < _LEAST_AROUND:
        return
    if before:
        yield from _between(listed.forwards, before, after, length + _MOST_LONGER)
    else:
        yield from (
            middle[::-1] for middle in _between(listed.backwards, after[::-1], "", length + _MOST_LONGER)
        )


def _between(words: Sequence[str], before: str, after: str, most: int) -> Iterator[str]:
    at = bisect_left(words, before)
    while at < len(words) and words[at].startswith(before):
        middle = words[at][len(before) : len(words[at]) - len(after)]
        if words[at].endswith(after) and 0 < len(middle) <= most:
            yield middle
        at += 1


def _by_parts(token: Sequence[str], fonts: FontMap) -> str:
    """What glyphs that are read together stand for one by one; empty for a single one."""
    rules = [fonts.rules.get((name,)) for name in token] if len(token) > 1 else []
    return (
        "".join(rule.text for rule in rules if rule) if all(rule and rule.is_sure for rule in rules) else ""
    )


def _changed(rule: Rule, case: _Case, by_parts: str) -> Rule:
    """Many words, or one that glyphs read one by one make, or a long one that differs by one letter."""
    if not case.votes or not rule.is_sure:
        return rule
    if by_parts in case.votes and not case.kept:
        return replace(rule, text=by_parts)
    best = max(sorted(case.votes), key=lambda middle: sum(case.votes[middle].values()))
    weight = sum(case.votes[best].values())
    enough = weight >= _LEAST_WORDS and weight >= _LEAST_RATIO * len(case.kept)
    if not enough and not case.kept and len(rule.text) == len(best):
        longest = max(len(word) for word in case.votes[best])
        enough = (
            weight >= 1
            and longest >= _LONG
            and sum(a != b for a, b in zip(rule.text, best, strict=True)) == 1
        )
    return replace(rule, text=best) if enough and best != rule.text else rule
