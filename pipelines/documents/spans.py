"""Parts of a believed layer that aren't what is printed: a paragraph in a legacy font, a scrambled subset, a picture.

Each line is doubted by its own letters first: words that no one can have written, Latin codes where another script is
written, hardly a word of the language. Only pages with doubted lines, or with pictures that nothing is written on,
are looked at. What is seen decides; where it agrees with the layer, the layer stays.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean

from wavelode.alignment.text import tokens
from wavelode.pipelines.documents.base import Line
from wavelode.pipelines.documents.evidence import share_bad, share_of_script, share_unknown
from wavelode.pipelines.documents.learn import edits
from wavelode.pipelines.documents.ocr import Seen
from wavelode.pipelines.documents.order import around
from wavelode.pipelines.documents.paper import Layer
from wavelode.schemas.records import Box

_LEAST_BAD_WORDS, _LEAST_BAD_SHARE = 2, 0.3
_LEAST_LETTERS = 3
"""Lists of words hold nearly anything that is shorter."""
_LEAST_WORDS = 4
"""So many words of a line tell whether they are words of the language."""
_MOST_KNOWN, _USUALLY_KNOWN = 0.2, 0.5
"""A line is doubted with fewer known words than the first, in a document with more than the second."""
_LEAST_OF_SCRIPT = 0.2
_ALIKE = 0.85
"""Layer and recognition that share so much of their letters say the same."""
_ALONE, _LEAST_SOUND_WORDS, _LEAST_SOUND_SHARE, _MOST_BAD_OF_SOUND = 0.8, 12, 0.2, 0.01
"""A font is sound by lines set in it alone: so many words, next to none of them impossible, as they are seen."""
_SURE_SEEN, _SURE_IN_PICTURE = 0.6, 0.75
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_LEAST_PICTURE_PT = (40.0, 8.0)
_WRITTEN_ON = 0.02
"""A picture of which words cover more than this share is a background."""


ReadByRules = Callable[[Box, int], Line | None]
"""What rules make of the glyphs at a place of a page; None where they don't know them."""


@dataclass(frozen=True, slots=True)
class Judge:
    """What is known of the document's language.

    Attributes:
        script: as `script_name` gives it; empty for Latin.
        words: of the language, in lower case.
        english: words of English, for Latin lines among others.
    """

    script: str
    words: Collection[str]
    english: Collection[str]

    def doubts(self, lines: Sequence[Line]) -> set[int]:
        """Indices of the lines that may be something else than what is printed."""
        usual = self._known(" ".join(line.text for line in lines), self.words)
        return {i for i, line in enumerate(lines) if self._is_doubted(line.text, usual)}

    def _is_doubted(self, text: str, usual: float) -> bool:
        words = text.split()
        bad = share_bad(words, self.script) if self.script else share_unknown(words)
        if bad * len(words) >= _LEAST_BAD_WORDS or bad >= _LEAST_BAD_SHARE:
            return True
        if sum(any(c.isalpha() for c in word) for word in words) < _LEAST_WORDS:
            return False
        if self.script and share_of_script(text, self.script) < _LEAST_OF_SCRIPT:
            return bool(self.english) and self._known(text, self.english) < _MOST_KNOWN
        return usual > _USUALLY_KNOWN and self._known(text, self.words) < _MOST_KNOWN

    def prefers(self, seen: str, layer: str) -> bool:
        """Whether recognised text is more like the language than the layer's."""
        if edits(seen, layer) <= (1 - _ALIKE) * max(len(seen), len(layer)):
            return False
        if self.script:
            return share_of_script(seen, self.script) > 0.5 and (
                share_of_script(layer, self.script) < _LEAST_OF_SCRIPT
                or self._soundness(seen) > self._soundness(layer)
            )
        return self._soundness(seen) > self._soundness(layer)

    def _soundness(self, text: str) -> float:
        words = text.split()
        bad = share_bad(words, self.script) if self.script else share_unknown(words)
        return self._known(text, self.words) - bad

    @staticmethod
    def _known(text: str, words: Collection[str]) -> float:
        own = [token.text.lower() for token in tokens(text) if len(token.text) >= _LEAST_LETTERS]
        return sum(word in words for word in own) / len(own) if own and words else 0.0


def unsound_lines(
    lines: Sequence[Line], layers: Mapping[int, Layer], pages: Mapping[int, Sequence[Seen]], script: str
) -> set[int] | None:
    """Where some fonts of a wrong layer tell just what is seen: the lines that are mostly set in others.

    None where no font does, or hardly anything is set in those that do.
    """
    fonts = [_fonts_of(line, layers) for line in lines]
    words: dict[str, list[str]] = defaultdict(list)
    alike: dict[str, list[float]] = defaultdict(list)
    for line, counted in zip(lines, fonts, strict=True):
        for font, count in counted.items():
            if count > _ALONE * counted.total():
                words[font] += line.text.split()
                alike[font].append(_difference(line, pages.get(line.page or 0, ())))
    sound = {
        font
        for font, found in words.items()
        if len(found) >= _LEAST_SOUND_WORDS
        and share_bad(found, script) < _MOST_BAD_OF_SOUND
        and mean(alike[font]) < 1 - _ALIKE
    }
    told = sum(counted[font] for counted in fonts for font in sound)
    if told < _LEAST_SOUND_SHARE * sum(counted.total() for counted in fonts):
        return None
    return {
        i for i, counted in enumerate(fonts) if sum(counted[font] for font in sound) <= 0.5 * counted.total()
    }


def _fonts_of(line: Line, layers: Mapping[int, Layer]) -> Counter[str]:
    """How many words on a line are set in which font."""
    layer = layers.get(line.page or 0)
    if layer is None or line.box is None:
        return Counter()
    return Counter(word.font for word in layer.words if lies_on(word.box, line.box))


def _difference(line: Line, seen: Sequence[Seen]) -> float:
    """How far a line is from what is seen on it, per character."""
    text = " ".join(word.text for word in seen if line.box and lies_on(word.box, line.box))
    return edits(line.text, text) / max(1, len(line.text), len(text))


def bare_pictures(images: Iterable[Box], words: Sequence[Box]) -> list[Box]:
    """Pictures large enough to hold text, on which the layer has hardly any."""
    return [
        image
        for image in images
        if image.x1 - image.x0 > _LEAST_PICTURE_PT[0]
        and image.y1 - image.y0 > _LEAST_PICTURE_PT[1]
        and sum(word.area for word in words if _is_in(word, image)) < _WRITTEN_ON * image.area
    ]


def in_pictures(seen: Sequence[Seen], pictures: Sequence[Box], script: str) -> list[Seen]:
    """Words recognised in pictures, where their whole line is sure and in the script of the language."""
    lines: dict[int, list[Seen]] = {}
    for word in seen:
        if any(_is_in(word.box, picture) for picture in pictures):
            lines.setdefault(word.line, []).append(word)
    return [word for line in lines.values() if _is_sure(line, script) for word in line]


def _is_sure(line: Sequence[Seen], script: str) -> bool:
    text = " ".join(word.text for word in line)
    letters = sum(len(token.text) for token in tokens(text))
    confidence = sum(word.confidence for word in line) / len(line)
    in_script = not script or share_of_script(text, script) > 0.5
    return confidence >= _SURE_IN_PICTURE and letters >= 3 and in_script


def mended(
    lines: Sequence[Line],
    doubted: Collection[int],
    pages: Mapping[int, Sequence[Seen]],
    judge: Judge,
    read_by_rules: ReadByRules,
) -> list[Line]:
    """The lines, the doubted ones as they are seen or as learned rules read them.

    Args:
        pages: what is recognised on pages with doubted lines.
    """
    return [
        _mended(line, pages.get(line.page or 0, ()), judge, read_by_rules) if i in doubted else line
        for i, line in enumerate(lines)
    ]


def _mended(line: Line, seen: Sequence[Seen], judge: Judge, read_by_rules: ReadByRules) -> Line:
    if line.box is None or line.page is None:
        return line
    on = [word for word in seen if lies_on(word.box, line.box)]
    text = " ".join(word.text for word in on)
    sure = sum(word.confidence for word in on) / len(on) if on else 0.0
    if on and not (sure >= _SURE_SEEN and judge.prefers(text, line.text)):
        return line
    if by_rules := read_by_rules(line.box, line.page):
        return replace(line, text=by_rules.text, source=by_rules.source, confidence=by_rules.confidence)
    if not on:
        return replace(line, confidence=min(line.confidence or 0.0, 0.5))
    text = with_numbers(text, line.text)
    return replace(line, text=text, source="ocr", confidence=sure, box=around([word.box for word in on]))


def with_numbers(seen: str, layer: str) -> str:
    """Recognised text with the numbers of the layer, where they pair off: digits are what recognition is weakest at.

    >>> with_numbers("पर 250 करोड़", "पर 1250 करोड")
    'पर 1250 करोड़'
    """
    told, found = _NUMBER.findall(layer), _NUMBER.findall(seen)
    if len(told) != len(found) or any(
        edits(a, b) > max(len(a), len(b)) / 2 for a, b in zip(told, found, strict=True)
    ):
        return seen
    numbers = iter(told)
    return _NUMBER.sub(lambda _: next(numbers), seen)


def lies_on(word: Box, line: Box) -> bool:
    """Whether a word, or a row, stands on a line's place."""
    shared = min(line.y1, word.y1) - max(line.y0, word.y0)
    inside = line.x0 - 3 <= (word.x0 + word.x1) / 2 <= line.x1 + 3
    return inside and shared > 0.5 * min(line.y1 - line.y0, word.y1 - word.y0)


def _is_in(inner: Box, outer: Box) -> bool:
    x, y = (inner.x0 + inner.x1) / 2, (inner.y0 + inner.y1) / 2
    return outer.x0 <= x <= outer.x1 and outer.y0 <= y <= outer.y1
