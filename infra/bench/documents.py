"""``wavelode bench documents``: the text we emit for real scripts, against lines typed by eye.

Beside it stand the text layer alone and Tesseract alone. Errors are counted per character, spaces included, after
Unicode's canonical composition and without characters that can't be seen.
"""

from __future__ import annotations

import json
import re
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from wavelode.infra.bench.known_answer.utterances import DATA_VARIABLE, data_folder
from wavelode.pipelines.documents.base import Line
from wavelode.pipelines.documents.learn import edits
from wavelode.pipelines.documents.ligatures import restore
from wavelode.pipelines.documents.pdf import PdfReader
from wavelode.pipelines.documents.wordlist import known_words
from wavelode.schemas.errors import WavelodeError
from wavelode.schemas.settings import DocumentSettings

STOPPED = 2
MOST_REPAIRED, MOST_OVER_ALL = 0.005, 0.01
_NASTALIQ = "ur"
_QUICK_S = 40.0
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff]")


@dataclass(frozen=True, slots=True)
class Truth:
    """A printed line as a person reads it, and what was read there without us."""

    file: str
    page: int
    box: tuple[float, float, float, float]
    language: str
    text: str
    layer: str
    recognised: str


@dataclass(frozen=True, slots=True)
class Result:
    """Character errors on the typed lines of one file."""

    file: str
    language: str
    source: str
    characters: int
    ours: int
    layer: int
    recognised: int
    seconds: float

    @property
    def is_repaired(self) -> bool:
        return self.source == "repaired_layer"

    @property
    def is_no_worse(self) -> bool:
        return self.ours <= min(self.layer, self.recognised)


def main(quick: bool) -> int:
    """Prints the table; 0 where all goals hold, 2 where there are no typed lines.

    Args:
        quick: begin no further file after 40 seconds.
    """
    console = Console(width=130)
    folder = data_folder()
    if not (folder / "air_truth" / "lines.json").is_file():
        console.print(f"{folder} holds no air_truth/lines.json: set {DATA_VARIABLE} to where it lies.")
        return STOPPED
    began, results, left = time.monotonic(), [], 0
    for file, lines in _truth(folder).items():
        if quick and time.monotonic() - began > _QUICK_S:
            left += 1
        else:
            results.append(_measured(folder / file, lines))
            console.print(f"{file}: {results[-1].ours} errors in {results[-1].characters}", highlight=False)
    console.print(_table(results))
    if left:
        console.print(f"{left} files left out to be quick")
    found = goals(results)
    for text, holds in found:
        console.print(f"{'holds' if holds else 'FAILS'}  {text}", highlight=False)
    return 0 if all(holds for _, holds in found) else 1


def goals(results: Sequence[Result]) -> list[tuple[str, bool]]:
    """What must hold, with its figure."""
    fixed = [r for r in results if r.is_repaired]
    known = [r for r in results if r.language != _NASTALIQ]
    worse = [r.file for r in results if not r.is_no_worse]
    return [
        (f"repaired: {_rate(fixed):.2%}, at most {MOST_REPAIRED:.1%}", _rate(fixed) <= MOST_REPAIRED),
        (f"all but Nastaliq: {_rate(known):.2%}, at most {MOST_OVER_ALL:.0%}", _rate(known) <= MOST_OVER_ALL),
        (f"worse than the better of layer and recognition: {', '.join(worse) or 'no file'}", not worse),
    ]


def _rate(results: Sequence[Result]) -> float:
    return sum(r.ours for r in results) / max(1, sum(r.characters for r in results))


def _truth(folder: Path) -> dict[str, list[Truth]]:
    found: dict[str, list[Truth]] = defaultdict(list)
    for row in json.loads((folder / "air_truth" / "lines.json").read_text(encoding="utf-8")):
        found[row["file"]].append(
            Truth(
                row["file"],
                row["page"],
                tuple(row["bbox_pt"]),
                row["language"],
                row["text"],
                row["text_layer_mupdf"],
                row["tesseract"],
            )
        )
    return found


def _measured(path: Path, lines: Sequence[Truth]) -> Result:
    began = time.process_time()
    try:
        read = list(PdfReader().lines(path, lines[0].language, DocumentSettings()))
        emitted = restore(read, known_words(lines[0].language))
    except WavelodeError:
        emitted = []
    seconds = time.process_time() - began
    sources = {line.source or "text_layer" for line in emitted} or {"none"}
    texts = [" ".join(line.text for line in _at(truth, emitted)) for truth in lines]
    return Result(
        path.stem,
        lines[0].language,
        "+".join(sorted(sources)),
        sum(len(comparable(t.text)) for t in lines),
        _errors(zip((t.text for t in lines), texts, strict=True)),
        _errors((t.text, t.layer) for t in lines),
        _errors((t.text, t.recognised) for t in lines),
        seconds,
    )


def _at(truth: Truth, emitted: Sequence[Line]) -> list[Line]:
    """The emitted lines that lie on the typed one."""
    x0, y0, x1, y1 = truth.box
    found = []
    for line in emitted:
        if line.page == truth.page and line.box:
            shared = min(y1, line.box.y1) - max(y0, line.box.y0)
            size = min(y1 - y0, line.box.y1 - line.box.y0)
            if shared > 0.5 * size and line.box.x0 < x1 and line.box.x1 > x0:
                found.append(line)
    return sorted(found, key=lambda line: line.box.x0 if line.box else 0.0)


def comparable(text: str) -> str:
    """`text` composed, without what can't be seen, with single spaces."""
    return " ".join(_UNSEEN.sub("", unicodedata.normalize("NFC", text)).split())


def _errors(pairs: Iterator[tuple[str, str]]) -> int:
    return sum(edits(comparable(truth), comparable(text)) for truth, text in pairs)


def _table(results: Sequence[Result]) -> Table:
    table = Table(title="Character error rate on lines typed by eye")
    for name in ("file", "read by", "characters", "ours", "text layer", "Tesseract", "CPU s"):
        table.add_column(name, justify="left" if name in {"file", "read by"} else "right")
    for r in sorted(results, key=lambda r: r.ours / r.characters):
        rates = (f"{errors / r.characters:.2%}" for errors in (r.ours, r.layer, r.recognised))
        table.add_row(r.file, r.source, str(r.characters), *rates, f"{r.seconds:.1f}")
    return table
