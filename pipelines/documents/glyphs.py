"""What a PDF really draws: glyphs with their place, their drawing and the text the layer claims for them.

A text layer may lie about what a glyph stands for, but two glyphs with one outline are one letter, in every document
that embeds the font. The outline is therefore the name a glyph goes by; where a font isn't embedded, it is the
layer's character.
"""

from __future__ import annotations

import hashlib
import io
import logging
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wavelode.pipelines.documents.base import Column
from wavelode.schemas.records import Box

_SUBSET = re.compile(r"^[A-Z]{6}\+")
_STYLE = re.compile(r"[,-]?(bold|italic|oblique|regular|normal|bolditalic)+$", re.IGNORECASE)
_NAME_LENGTH = 31
"""MuPDF cuts the names of fonts after so many characters."""
_BACK, _BACK_IN_CLUSTER, _CLUSTER = 0.5, 3.0, 8
"""How far a glyph may be drawn before the last one, in sizes: anywhere, and among the last few glyphs."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One drawing of one shape.

    Attributes:
        text: what the layer says it stands for; may be several characters, or wrong.
        shape: hash of its outline; empty where there is none.
    """

    text: str
    font: str
    shape: str
    box: Box

    @property
    def is_space(self) -> bool:
        """Nothing is drawn; layers that lie call drawn letters spaces too."""
        return not self.shape and not self.text.strip("\u00a0 \t\u200b")


@dataclass(frozen=True, slots=True)
class Row:
    """Glyphs on one line of the page, from left to right as the file gives them; and the column they stand in."""

    glyphs: tuple[Glyph, ...]
    page: int
    column: Column | None = None

    @property
    def box(self) -> Box:
        box = self.glyphs[0].box
        for glyph in self.glyphs[1:]:
            box = box | glyph.box
        return box

    @property
    def text(self) -> str:
        """What the layer says."""
        return "".join(glyph.text for glyph in self.glyphs)


def family(font: str) -> str:
    """A font's name without subset and style: one family keeps its codes through all its weights.

    >>> family("BPMLLM+KrutiDev010,Bold"), family("AkPOriLingarajNormal")
    ('krutidev010', 'akporilingaraj')
    """
    return _STYLE.sub("", _SUBSET.sub("", font)).replace(" ", "").lower()


@dataclass(slots=True)
class Shapes:
    """Outlines of the embedded fonts of one PDF, read when first asked for."""

    pdf: Any
    _programs: dict[int, tuple[str, Any]] = field(default_factory=dict)
    _hashes: dict[tuple[int, int], str] = field(default_factory=dict)

    def of(self, fonts: list[int], glyph: int) -> str:
        """The hash of the outline that the first of `fonts` (object numbers) has for `glyph`; empty without one."""
        return next((found for xref in fonts if (found := self._hash(xref, glyph))), "")

    def digest(self, xref: int) -> str:
        """The hash of an embedded font program; empty where it isn't embedded."""
        return self._program(xref)[0]

    def _hash(self, xref: int, glyph: int) -> str:
        if (xref, glyph) not in self._hashes:
            self._hashes[xref, glyph] = _outline_hash(self._program(xref)[1], glyph)
        return self._hashes[xref, glyph]

    def _program(self, xref: int) -> tuple[str, Any]:
        if xref not in self._programs:
            data = self.pdf.extract_font(xref)[3]
            digest = hashlib.sha256(data).hexdigest()[:16] if data else ""
            self._programs[xref] = digest, _opened(data)
        return self._programs[xref]


def _opened(data: bytes) -> Any:
    """The font program, or nothing where it can't be read: fonts in the wild are often damaged."""
    from fontTools.ttLib import TTFont, TTLibError

    logging.getLogger("fontTools").setLevel(logging.CRITICAL)  # it tells of every oddity, and all are odd
    try:
        return TTFont(io.BytesIO(data), lazy=True).getGlyphSet() if data else None
    except (TTLibError, AssertionError, KeyError, ValueError, IndexError, OSError):
        return None


def _outline_hash(glyphs: Any, glyph: int) -> str:
    from fontTools.pens.recordingPen import DecomposingRecordingPen

    if glyphs is None:
        return ""
    pen = DecomposingRecordingPen(glyphs)
    try:
        name = glyphs.font.getGlyphName(glyph)
        glyphs[name].draw(pen)
    except (KeyError, IndexError, ValueError, AttributeError, TypeError, AssertionError, struct.error):
        return ""
    return hashlib.sha256(repr(pen.value).encode()).hexdigest()[:10] if pen.value else ""


def rows(page: Any, shapes: Shapes) -> list[Row]:
    """The rows of a page in the file's order; glyphs at one height that follow on each other are one row.

    Some programs draw a cluster's signs in the order of spelling; such a row is put in order from left to right.
    """
    found: list[list[Glyph]] = []
    turned: set[int] = set()
    for glyph in _drawn(page, shapes):
        if found and _same_row(found[-1][-1].box, glyph.box, _BACK):
            found[-1].append(glyph)
        elif found and _is_within(found[-1], glyph):
            found[-1].append(glyph)
            turned.add(len(found) - 1)
        else:
            found.append([glyph])
    for n in turned:
        found[n].sort(key=lambda glyph: glyph.box.x0)
    return [Row(tuple(glyphs), page.number + 1) for glyphs in found if not all(g.is_space for g in glyphs)]


def _is_within(row: Sequence[Glyph], glyph: Glyph) -> bool:
    """Whether a glyph is drawn into the end of a row where no other one stands."""
    if not _same_row(row[-1].box, glyph.box, _BACK_IN_CLUSTER) or glyph.box.x0 < row[0].box.x0:
        return False
    near = (other for other in row[-_CLUSTER:] if not other.is_space)
    return all(
        _shared_width(other.box, glyph.box) < 0.5 * (glyph.box.x1 - glyph.box.x0) + 0.1 for other in near
    )


def _shared_width(a: Box, b: Box) -> float:
    return max(0.0, min(a.x1, b.x1) - max(a.x0, b.x0))


def _drawn(page: Any, shapes: Shapes) -> Iterator[Glyph]:
    """All glyphs in the order of drawing; one that the layer reads as several characters stays one."""
    import pymupdf

    fonts = _fonts_by_name(page)
    turned = page.rotation_matrix
    for span in page.get_texttrace():
        xrefs = fonts.get(span["font"], [])
        held: Glyph | None = None
        for code, glyph, _, box in span["chars"]:
            text = chr(code)
            if glyph < 0 and held:
                held = Glyph(held.text + text, held.font, held.shape, held.box)
                continue
            if held:
                yield held
            place = pymupdf.Rect(box) * turned if page.rotation else box
            held = Glyph(text, span["font"], shapes.of(xrefs, glyph), Box(*place))
        if held:
            yield held


def _fonts_by_name(page: Any) -> Mapping[str, list[int]]:
    fonts: dict[str, list[int]] = {}
    for font in page.get_fonts(full=True):
        name = _SUBSET.sub("", font[3][:_NAME_LENGTH])
        if font[0] not in fonts.setdefault(name, []):
            fonts[name].append(font[0])
    return fonts


def _same_row(a: Box, b: Box, back: float) -> bool:
    """At one height, and no further back than so many sizes."""
    shared = min(a.y1, b.y1) - max(a.y0, b.y0)
    size = min(a.y1 - a.y0, b.y1 - b.y0)
    return shared > 0.5 * size and b.x0 >= a.x0 - back * size
