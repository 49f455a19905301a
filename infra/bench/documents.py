"""``wavelode bench documents``: the text we emit for real scripts, against lines typed by eye.

Beside it stand the text layer alone and Tesseract alone. Errors are counted per character, spaces included, after
Unicode's canonical composition and without characters that can't be seen. Then: the roles of lines against marks made
by eye, pages typeset in sound fonts, KrutiDev learned from half of its documents, and seconds per page.
"""

from __future__ import annotations

import json
import re
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from wavelode.infra.bench.document_krutidev import (
    LEARNED,
    TRIED,
    against_charts,
    learned,
    printed_of,
    read_by_rules,
)
from wavelode.infra.bench.document_pages import Page, cpu_seconds, measured, texts, why_not
from wavelode.infra.bench.document_pages import table_of as pages_table
from wavelode.infra.bench.document_roles import Counted, read_marks
from wavelode.infra.bench.document_roles import count as count_roles
from wavelode.infra.bench.document_roles import table_of as roles_table
from wavelode.infra.bench.known_answer.utterances import DATA_VARIABLE, data_folder
from wavelode.pipelines.documents.base import Line
from wavelode.pipelines.documents.choose import judge_of
from wavelode.pipelines.documents.learn import edits
from wavelode.pipelines.documents.ligatures import restore
from wavelode.pipelines.documents.pdf import PdfReader
from wavelode.pipelines.documents.sentences import sentences_of, without_mark
from wavelode.pipelines.documents.wordlist import known_words
from wavelode.pipelines.pairing import language_code
from wavelode.schemas.errors import WavelodeError
from wavelode.schemas.records import Box
from wavelode.schemas.settings import DocumentSettings

STOPPED = 2
MOST_REPAIRED, MOST_OVER_ALL = 0.005, 0.01
_NASTALIQ = "ur"
_QUICK_S = 25.0
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
    """Character errors on the typed lines of one file.

    Attributes:
        seconds: of the processor, recognition included where it wasn't kept from an earlier run.
        again_s: the same once more, with all that was recognised kept.
    """

    file: str
    language: str
    source: str
    characters: int
    ours: int
    layer: int
    recognised: int
    seconds: float
    again_s: float
    pages: int = 1

    @property
    def is_repaired(self) -> bool:
        return self.source == "repaired_layer"

    @property
    def is_no_worse(self) -> bool:
        return self.ours <= min(self.layer, self.recognised)


def main(quick: bool) -> int:
    """Prints the tables; 0 where all goals hold, 2 where there are no typed lines.

    Args:
        quick: begin no further file after 25 seconds, and leave out KrutiDev and most typeset pages.
    """
    console = Console(width=130)
    folder = data_folder()
    if not (folder / "air_truth" / "lines.json").is_file():
        console.print(f"{folder} holds no air_truth/lines.json: set {DATA_VARIABLE} to where it lies.")
        return STOPPED
    results, counted = _read_all(folder, console, quick)
    console.print(_table(results))
    console.print(roles_table(counted))
    pages = _typeset(console, ("hi", "en") if quick else tuple(texts()))
    if not quick:
        _krutidev(folder, console)
    _say_seconds(results, console)
    found = [*goals(results), *_goals_of(pages)]
    for text, holds in found:
        console.print(f"{'holds' if holds else 'FAILS'}  {text}", highlight=False)
    return 0 if all(holds for _, holds in found) else 1


def _read_all(folder: Path, console: Console, quick: bool) -> tuple[list[Result], Counted]:
    """Every script once: errors on its typed lines, and the roles of its marked ones."""
    truth, marks, results, counted = _truth(folder), read_marks(), list[Result](), Counted.zero()
    began, left = time.monotonic(), 0
    paths = sorted({*truth, *(_found(folder, name) for name in marks)})
    for file in paths:
        if quick and time.monotonic() - began > _QUICK_S:
            left += 1
            continue
        path = folder / file
        language = (
            truth[file][0].language if file in truth else language_code(path.stem.split("_")[0]) or "en"
        )
        lines, result = _measured(path, language, truth.get(file, ()))
        if result.characters:
            results.append(result)
            console.print(f"{file}: {result.ours} errors in {result.characters}", highlight=False)
        if path.stem in marks:
            count_roles(sentences_of(lines, path.stem, "text_layer"), marks[path.stem], counted)
    if left:
        console.print(f"{left} files left out to be quick")
    return results, counted


def _found(folder: Path, name: str) -> str:
    return next(str(path.relative_to(folder)) for path in folder.glob(f"air*/{name}.pdf"))


def _typeset(console: Console, languages: tuple[str, ...]) -> list[Page]:
    if missing := why_not():
        console.print(f"No typeset pages: {missing}", highlight=False)
        return []
    pages = list(measured(iter(languages)))
    console.print(pages_table(pages))
    return pages


def _goals_of(pages: Sequence[Page]) -> list[tuple[str, bool]]:
    if not pages:
        return []
    known = [page for page in pages if page.language != _NASTALIQ]
    wrong = sum(page.layer for page in known)
    return [
        (f"sound layers but Nastaliq: {wrong} errors on {len(known)} typeset pages, none wanted", wrong == 0)
    ]


def _krutidev(folder: Path, console: Console) -> None:
    """Learns from half of the documents and reads the typed lines of the others."""
    fonts, known = learned([row for name in LEARNED for row in printed_of(folder / _found(folder, name))])
    wrong = characters = 0
    for name in TRIED:
        file = _found(folder, name)
        printed = printed_of(folder / file)
        for line in _truth(folder)[file]:
            text = read_by_rules(printed, line.page, Box(*line.box), fonts, known)
            wrong += edits(comparable(line.text), comparable(text))
            characters += len(comparable(line.text))
    same, sure, other = against_charts(fonts)
    console.print(
        f"KrutiDev learned from {len(LEARNED)} documents: {wrong / characters:.2%} errors on typed lines of "
        f"{len(TRIED)} others, by rules alone; of {sure} charted codes {same} as charted"
        + (f" ({'; '.join(other)})" if other else ""),
        highlight=False,
    )


def _say_seconds(results: Sequence[Result], console: Console) -> None:
    for name, of in (("believed", False), ("repaired", True)):
        chosen = [r for r in results if r.is_repaired is of and r.source != "ocr"]
        if pages := sum(r.pages for r in chosen):
            seconds = sum(r.again_s for r in chosen) / pages
            console.print(
                f"layers {name}: {seconds:.2f} CPU s a page, recognition from the cache", highlight=False
            )


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


def _measured(path: Path, language: str, truth: Sequence[Truth]) -> tuple[list[Line], Result]:
    judge_of(language)  # word lists are read once in a process, not once a document
    emitted, seconds = _read(path, language)
    _, again_s = _read(path, language)
    sources = {line.source or "text_layer" for line in emitted} or {"none"}
    texts = [" ".join(without_mark(line.text) for line in _at(typed, emitted)) for typed in truth]
    result = Result(
        path.stem,
        language,
        "+".join(sorted(sources)),
        sum(len(comparable(t.text)) for t in truth),
        _errors(zip((t.text for t in truth), texts, strict=True)),
        _errors((t.text, t.layer) for t in truth),
        _errors((t.text, t.recognised) for t in truth),
        seconds,
        again_s,
        len({line.page for line in emitted}),
    )
    return emitted, result


def _read(path: Path, language: str) -> tuple[list[Line], float]:
    """What is emitted of a document, and the processor's seconds that it took; none where it can't be read."""
    began = cpu_seconds()
    try:
        read = list(PdfReader().lines(path, language, DocumentSettings()))
        emitted = restore(read, known_words(language))
    except WavelodeError:
        emitted = []
    return emitted, cpu_seconds() - began


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


def _errors(pairs: Iterable[tuple[str, str]]) -> int:
    return sum(edits(comparable(truth), comparable(text)) for truth, text in pairs)


def _table(results: Sequence[Result]) -> Table:
    table = Table(title="Character error rate on lines typed by eye")
    for name in ("file", "read by", "characters", "ours", "text layer", "Tesseract", "CPU s"):
        table.add_column(name, justify="left" if name in {"file", "read by"} else "right")
    for r in sorted(results, key=lambda r: r.ours / r.characters):
        rates = (f"{errors / r.characters:.2%}" for errors in (r.ours, r.layer, r.recognised))
        table.add_row(r.file, r.source, str(r.characters), *rates, f"{r.seconds:.1f}")
    return table
