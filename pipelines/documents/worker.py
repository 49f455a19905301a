"""The process that opens a PDF: whatever the file does to it, only this process suffers.

``python -m wavelode.pipelines.documents.worker FILE MEGABYTES`` answers requests, a line of JSON each, with a line of
JSON each: first, unasked, how many pages there are, then per request a page's words, glyphs, ruling lines or picture.
All places are those of the page turned so that its text stands upright. Nothing in a PDF is ever run: MuPDF is asked
for what is drawn alone.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from wavelode.pipelines.documents.evidence import is_leftward
from wavelode.pipelines.documents.glyphs import Shapes, rows
from wavelode.pipelines.documents.rulings import DPI, rulings
from wavelode.schemas.errors import ErrorCode

_POINTS_PER_INCH = 72
_LEAST_DPI = 100
_TRUSTED = 10
"""Where so many spaces are drawn for each that MuPDF guesses, what stands without a space is one word."""
_ONE_WORD_HEIGHTS, _APART_HEIGHTS = 2.5, 0.2
_STRIP_HEIGHTS, _LEAST_NEAR = 0.5, 4
"""A strip of white of this width that no word of the lines around reaches into parts two columns."""
_DIRECTIONS = {(1, 0): 0, (0, -1): 90, (-1, 0): 180, (0, 1): 270}
"""Text that runs so over the page as it lies in the file stands upright when the page is turned by so many degrees."""
_MOST_RULED_SQUARE_POINTS = 4_000_000
"""On larger pages no ruling lines are looked for."""

Reply = dict[str, Any]


def main() -> None:
    """Serves one file until its standard input ends."""
    path, megabytes = sys.argv[1], int(sys.argv[2])
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what libraries print must not get among the answers
    with suppress(ValueError, OSError):  # not every system can
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    for reply in _replies(path):
        answers.write(json.dumps(reply) + "\n")
        answers.flush()


def _replies(path: str) -> Iterator[Reply]:
    import pymupdf

    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    try:
        pdf: Any = pymupdf.open(path, filetype="pdf")
        locked, pages = pdf.needs_pass, 0 if pdf.needs_pass else len(pdf)
    except (pymupdf.FileDataError, pymupdf.EmptyFileError, RuntimeError, ValueError, MemoryError):
        yield _refused(ErrorCode.NOT_A_DOCUMENT, "it is damaged or no PDF")
        return
    if locked:
        yield _refused(ErrorCode.ENCRYPTED, "the PDF asks for a password; save it again without one")
        return
    yield {"pages": pages}
    served = _Served(pdf)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            yield served.answer(request)
        except MemoryError:
            yield _refused(ErrorCode.TOO_LARGE, "it needs more memory than a page may")
        except (RuntimeError, ValueError, TypeError, IndexError, KeyError) as error:
            yield _refused(ErrorCode.NOT_A_DOCUMENT, f"it is damaged ({type(error).__name__})")


def _refused(code: ErrorCode, why: str) -> Reply:
    return {"code": str(code), "why": why}


class _Served:
    """An open PDF and what can be asked of it."""

    def __init__(self, pdf: Any) -> None:
        self.pdf = pdf
        self.shapes = Shapes(pdf)
        self._turns: dict[int, int] = {}

    def answer(self, request: dict[str, Any]) -> Reply:
        page, what = self.pdf[request["page"] - 1], request["do"]
        if page.number not in self._turns:
            self._turns[page.number] = _turn(page)
        upright = self._turns[page.number]
        part = _in_file(page, upright, request["part"]) if "part" in request else None
        page.set_rotation(
            (upright + request.get("turn", 0)) % 360
        )  # of what is open; the file stays as it is
        if what == "words":
            words = _words(page)
            return {"words": words, "images": _images(page) if words else _whole_page(page)}
        if what == "rows":
            return {"rows": [[asdict(glyph) for glyph in row.glyphs] for row in rows(page, self.shapes)]}
        if what == "rulings":
            return _rulings(page)
        return _picture(page, request["dpi"], request["most_pixels"], part)


def _turn(page: Any) -> int:
    """The rotation, in degrees, that sets most of the page's text upright; without text, the page's own."""
    import pymupdf

    counted: Counter[int] = Counter()
    for block in page.get_text("dict", flags=pymupdf.TEXTFLAGS_WORDS)["blocks"]:
        for line in block.get("lines", ()):
            counted[_DIRECTIONS.get(_axis(line["dir"]), 0)] += sum(
                len(span["text"]) for span in line["spans"]
            )
    return counted.most_common(1)[0][0] if counted.total() else int(page.rotation)


def _axis(direction: tuple[float, float]) -> tuple[int, int]:
    return round(direction[0]), round(direction[1])


def _images(page: Any) -> list[list[float]]:
    """Where pictures are placed."""
    return [_upright(page, image["bbox"]) for image in page.get_image_info()]


def _whole_page(page: Any) -> list[list[float]]:
    """All of a page without words on which something is drawn: letters as outlines, or a scan."""
    return [list(page.rect)] if page.get_bboxlog() else []


def _upright(page: Any, box: Any) -> list[float]:
    """A box of the page as it lies in the file, on the page as it is turned."""
    import pymupdf

    return list(pymupdf.Rect(box) * page.rotation_matrix) if page.rotation else list(box)


def _in_file(page: Any, rotation: int, box: Any) -> list[float]:
    """A box of the page with that rotation, on the page as it lies in the file: the opposite of `_upright`."""
    import pymupdf

    page.set_rotation(rotation)
    return list(pymupdf.Rect(box) * page.derotation_matrix)


def _rulings(page: Any) -> Reply:
    import numpy as np
    import pymupdf

    if page.rect.width * page.rect.height > _MOST_RULED_SQUARE_POINTS:
        return {"across": [], "down": []}
    drawn = page.get_pixmap(dpi=DPI, colorspace=pymupdf.csGRAY)
    grey = np.frombuffer(drawn.samples, dtype=np.uint8).reshape(drawn.height, drawn.stride)[:, : drawn.width]
    across, down = rulings(grey)
    return {"across": across, "down": down}


def _words(page: Any) -> list[list[Any]]:
    """``[x0, y0, x1, y1, text, font]`` of the page's words in the order of the file."""
    import pymupdf

    pymupdf.TOOLS.set_subset_fontnames(True)  # two subsets of one font may tell different text
    blocks = page.get_text("rawdict", flags=pymupdf.TEXTFLAGS_WORDS)["blocks"]
    pymupdf.TOOLS.set_subset_fontnames(False)
    lines = [
        [
            {**char, "bbox": _upright(page, char["bbox"]), "font": span["font"]}
            for span in line["spans"]
            for char in span["chars"]
        ]
        for block in blocks
        for line in block.get("lines", ())
    ]
    spaces = [char.get("synthetic", False) for line in lines for char in line if char["c"].isspace()]
    trusted = spaces.count(False) >= _TRUSTED * max(1, spaces.count(True))
    words = [word for line in lines for word in _cut(line)]
    near = [(a, b) for a, b in pairwise(words) if trusted and _is_one_word(a, b)]
    bars = _rulings(page)["down"] if near else []
    boxes = [_around(word) for word in words] if near else []
    glued = {id(b[0]) for a, b in near if not _is_parted(a[-1]["bbox"], b[0]["bbox"], boxes, bars)}
    found: list[list[Any]] = []
    for chars in words:
        box, text = _around(chars), "".join(char["c"] for char in chars).strip()
        if id(chars[0]) in glued:
            box, text = _union(found[-1], box), found.pop()[4] + text
        found.append([*box, text, chars[0]["font"]])
    return [word for word in found if word[4]]


def _cut(line: list[Any]) -> Iterator[list[Any]]:
    """A line's words; the space behind a word stays with it, to tell that there was one."""
    held: list[Any] = []
    for char in line:
        if held and not char["c"].isspace() and (held[-1]["c"].isspace() or _turns_away(held[-1], char)):
            yield held
            held = []
        held.append(char)
    if held:
        yield held


def _turns_away(a: Any, b: Any) -> bool:
    """From a run to the right to one to the left, or back, and to another place: files tell such runs one by one."""
    if is_leftward(a["c"]) == is_leftward(b["c"]):
        return False
    (x0, y0, x1, y1), (u0, _, u1, _) = a["bbox"], b["bbox"]
    return bool(max(x0, u0) - min(x1, u1) > _APART_HEIGHTS * (y1 - y0))


def _is_one_word(a: list[Any], b: list[Any]) -> bool:
    """MuPDF took them for two lines, but no space is drawn between them, and they lie side by side."""
    left, right = a[-1], b[0]
    if left["c"].isspace() or right["c"].isspace() or _turns_away(left, right):
        return False
    (x0, y0, x1, y1), (u0, v0, u1, v1) = left["bbox"], right["bbox"]
    height = max(1e-6, min(y1 - y0, v1 - v0))
    leftward = is_leftward(left["c"]) and is_leftward(right["c"])
    gap = x0 - u1 if leftward else u0 - x1
    return bool(min(y1, v1) - max(y0, v0) > 0.5 * height and -height < gap < _ONE_WORD_HEIGHTS * height)


def _is_parted(a: list[float], b: list[float], words: list[list[float]], bars: list[list[float]]) -> bool:
    """Whether a ruling stands between two characters, or a strip of white that goes on above or below."""
    start, end = min(a[2], b[2]), max(a[0], b[0])
    top, bottom = min(a[1], b[1]), max(a[3], b[3])
    height, middle = bottom - top, (top + bottom) / 2
    if any(start - 1 <= bar[0] and bar[2] <= end + 1 and bar[1] <= middle <= bar[3] for bar in bars):
        return True
    if end - start < _STRIP_HEIGHTS * height:
        return False
    above = [
        word for word in words if 0 < middle - (word[1] + word[3]) / 2 < 3 * height and word[3] <= middle
    ]
    below = [
        word for word in words if 0 < (word[1] + word[3]) / 2 - middle < 3 * height and word[1] >= middle
    ]
    return any(
        len(near) >= _LEAST_NEAR and _strip(start, end, near) >= _STRIP_HEIGHTS * height
        for near in (above, below)
    )


def _strip(start: float, end: float, words: list[list[float]]) -> float:
    """How much of ``[start, end)`` words leave white that reach into it from its sides; 0 where one stands in it."""
    left = max([start, *(word[2] for word in words if word[0] < start)])
    right = min([end, *(word[0] for word in words if word[2] > end)])
    return 0.0 if any(start <= word[0] and word[2] <= end for word in words) else right - left


def _around(chars: list[Any]) -> list[float]:
    boxes = [char["bbox"] for char in chars if not char["c"].isspace()] or [chars[0]["bbox"]]
    return [
        min(b[0] for b in boxes),
        min(b[1] for b in boxes),
        max(b[2] for b in boxes),
        max(b[3] for b in boxes),
    ]


def _union(a: list[Any], b: list[float]) -> list[float]:
    return [min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])]


def _picture(page: Any, wanted_dpi: int, most_pixels: int, part: list[float] | None) -> Reply:
    """A grey PNG at the wanted dpi, or at what a large page leaves, and its points per pixel.

    Args:
        part: of the page as it lies in the file; None for all of it.
    """
    import pymupdf

    inches = page.rect.width * page.rect.height / _POINTS_PER_INCH**2
    dpi = min(wanted_dpi, int((most_pixels / max(inches, 1e-6)) ** 0.5))
    if dpi < _LEAST_DPI:
        megapixels = inches * _LEAST_DPI**2 / 1e6
        return _refused(
            ErrorCode.TOO_LARGE,
            f"it would be {megapixels:.0f} megapixels at {_LEAST_DPI} dpi, more than document.max_page_pixels",
        )
    clip = _upright(page, part) if part else None
    drawn = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY, clip=clip).tobytes("png")
    return {"png": base64.b64encode(drawn).decode(), "points_per_pixel": _POINTS_PER_INCH / dpi}


if __name__ == "__main__":
    main()
