"""Which text of a PDF is taken, line by line: the layer as it is, what rules make of it, what is seen on the page."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache

from wavelode.pipelines.documents.anew import badness, read_rows, read_unseen, rows_of, seen_on
from wavelode.pipelines.documents.arrange import arranged_rows, downwards, in_blocks
from wavelode.pipelines.documents.base import Line
from wavelode.pipelines.documents.evidence import LEAST_BAD, script_name
from wavelode.pipelines.documents.ocr import Eye, Seen, has_pack
from wavelode.pipelines.documents.order import Order
from wavelode.pipelines.documents.packwords import pack_words
from wavelode.pipelines.documents.paper import Layer, Paper
from wavelode.pipelines.documents.repair import beside, recognised
from wavelode.pipelines.documents.second import needs_second, with_second
from wavelode.pipelines.documents.spans import (
    Judge,
    ReadByRules,
    bare_pictures,
    in_pictures,
    lies_on,
    mended,
    unsound_lines,
)
from wavelode.pipelines.documents.wordlist import known_words
from wavelode.schemas.errors import InputError
from wavelode.schemas.records import Box
from wavelode.schemas.settings import DocumentSettings


@dataclass(frozen=True, slots=True)
class Chooser:
    """A PDF, what its layer says, and in which order its pages are read."""

    paper: Paper
    layers: Mapping[int, Layer]
    language: str
    settings: DocumentSettings
    order: Order

    @property
    def script(self) -> str:
        return script_name(self.language)

    def chosen(self, lines: Sequence[Line]) -> list[Line]:
        """The lines of the layer, or better ones.

        Raises:
            InputError: the layer is wrong, no learned font map reads it, and recognition isn't installed.
        """
        is_empty = sum(len(line.text) for line in lines) < self.settings.min_characters * self.paper.pages
        if not is_empty and badness(lines, self.script) < LEAST_BAD:
            return self._with_spans_mended(lines, set(), {})
        eye = Eye(self.language, self.settings.page_timeout_s)
        if missing := eye.why_not():
            return read_unseen(self.paper, lines, self.script, missing, self.settings, self.order)
        seen = seen_on(self.paper, eye)
        if is_empty:
            return list(recognised(self._looked_at_twice(seen), self.order))
        if (unsound := unsound_lines(lines, self.layers, seen, self.script)) is not None:
            return self._with_spans_mended(lines, unsound, seen)
        rows = arranged_rows(rows_of(self.paper), self.order)
        read = read_rows(beside(rows, seen), self.script, pack_words(eye))
        if read is None:
            return list(recognised(self._looked_at_twice(seen), self.order))
        return self._with_pictures(read, seen)

    def _with_spans_mended(
        self, lines: Sequence[Line], unsound: Collection[int], seen: Mapping[int, Sequence[Seen]]
    ) -> list[Line]:
        """A believed layer, with what in it can't be believed read anew.

        Args:
            unsound: lines known to be wrong.
            seen: what was recognised; empty where nothing was yet.
        """
        judge = judge_of(self.language)
        doubted = judge.doubts(lines) | set(unsound)
        looked = sorted({lines[i].page or 0 for i in doubted} | set(self._pictures()))
        if not looked:
            return list(lines)
        eye = Eye(self.language, self.settings.page_timeout_s)
        if not seen and not eye.why_not():
            seen = self._looked_at_twice(seen_on(self.paper, eye, looked))
        by_rules = self._by_rules([lines[i] for i in sorted(doubted)], seen, pack_words(eye))
        return self._with_pictures(mended(lines, doubted, seen, judge, by_rules), seen)

    def _looked_at_twice(self, seen: Mapping[int, Sequence[Seen]]) -> dict[int, Sequence[Seen]]:
        """Recognised words of another script, with the numbers and Latin words among them that were hard to read."""
        second = Eye("en", self.settings.page_timeout_s)
        found: dict[int, Sequence[Seen]] = dict(seen)
        english = judge_of(self.language).english
        if not self.script or second.why_not():
            return found
        for page, words in seen.items():
            drawn = self.paper.picture(page) if needs_second(words) else None
            if drawn is not None:
                with suppress(InputError):  # what was read once stays
                    found[page] = with_second(words, second.read(drawn), english)
        return found

    def _by_rules(
        self, doubted: Sequence[Line], seen: Mapping[int, Sequence[Seen]], words: Collection[str]
    ) -> ReadByRules:
        """What rules make of the rows that lie on doubted lines, learned from these rows or before."""
        pages = sorted({line.page for line in doubted if line.page}) if self.script else []
        own = [
            row
            for page in pages
            for row in self.paper.rows(page)
            if any(line.box and line.page == page and lies_on(row.box, line.box) for line in doubted)
        ]
        read = read_rows(beside(own, seen), self.script, words) if own else None

        def at(box: Box, page: int) -> Line | None:
            on = [line for line in read or () if line.page == page and line.box and lies_on(line.box, box)]
            if not on:
                return None
            sure = min(line.confidence or 0.0 for line in on)
            return replace(on[0], text=" ".join(line.text for line in on), confidence=sure)

        return at

    def _pictures(self) -> dict[int, list[Box]]:
        """By page, the pictures that nothing is written on in the layer."""
        return {
            page: found
            for page, layer in self.layers.items()
            if (found := bare_pictures(layer.images, [word.box for word in layer.words]))
        }

    def _with_pictures(self, lines: Sequence[Line], seen: Mapping[int, Sequence[Seen]]) -> list[Line]:
        """The lines with those of pictures among them, where they are read."""
        found = list(lines)
        for page, pictures in self._pictures().items():
            if words := in_pictures(seen.get(page, ()), pictures, self.script):
                own = [line for line in found if line.page == page]
                new = list(recognised({page: words}, self.order))
                found = [
                    *(line for line in found if (line.page or 0) < page),
                    *(self._together(page, [*own, *new]) if own else new),
                    *(line for line in found if (line.page or 0) > page),
                ]
        return found

    def _together(self, page: int, lines: Sequence[Line]) -> Iterator[Line]:
        placed = [line for line in lines if line.box]
        for members, column in in_blocks(page, placed, lambda line: line.box or Box(0, 0, 0, 0), self.order):
            yield from downwards([replace(line, column=column) for line in members])


@cache
def judge_of(language: str) -> Judge:
    """What is known of a language, from what is installed."""
    script = script_name(language)
    words = (pack_words(Eye(language)) if has_pack(language) else frozenset()) | known_words(language)
    english = pack_words(Eye("en")) | known_words("en") if script else frozenset()
    return Judge(script, _lower(words), _lower(english))


def _lower(words: Collection[str]) -> frozenset[str]:
    return frozenset(word.lower() for word in words)
