"""Learns font maps from many documents of one language, to be used where nothing can be recognised."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from wavelode.pipelines.documents.anew import rows_of, seen_on
from wavelode.pipelines.documents.doubt import with_words
from wavelode.pipelines.documents.evidence import script_name
from wavelode.pipelines.documents.families import Families, Kind, Printed, cut, families
from wavelode.pipelines.documents.glyphs import family
from wavelode.pipelines.documents.learn import best_order
from wavelode.pipelines.documents.ocr import Eye
from wavelode.pipelines.documents.packwords import pack_words
from wavelode.pipelines.documents.paper import Paper
from wavelode.pipelines.documents.repair import as_typeset, beside, examples, prior_of, words_of
from wavelode.pipelines.documents.rules import FontMap, Rule
from wavelode.schemas.errors import ErrorCode, InputError, MissingDependency
from wavelode.schemas.settings import DocumentSettings


def learn_fonts(documents: Sequence[Path], language: str, out: Path) -> str:
    """Writes the map of all fonts whose layers are wrong to `out`; what was learned, in a sentence.

    Raises:
        MissingDependency: Tesseract or its pack is absent.
        InputError: a document can't be read, or the language has a script whose layers aren't judged.
    """
    script = script_name(language)
    if not script:
        raise InputError(
            ErrorCode.NO_TEXT, f"{language}: its script's fonts aren't learned; name another language"
        )
    files = _files(documents)
    printed = list(_printed(files, language))
    known = families(printed, script, FontMap({}))
    fonts = best_order(examples(printed, known), prior_of(printed, known, script, FontMap({})))
    said = [word.names for row in printed for word in words_of(row.row, known)]
    fonts = with_words(as_typeset(fonts, printed, known), said, pack_words(Eye(language)))
    fonts = replace(fonts, rules={**fonts.rules, **_digits(printed, known)})
    learned = _learned(printed, known)
    facts = {"language": language, "fonts": learned, "learned": datetime.now(UTC).date().isoformat()}
    fonts.save(out, facts | provenance(files, len(printed), Eye(language).identity))
    sure = sum(rule.is_sure for rule in fonts.rules.values())
    return f"{sure} rules for {', '.join(learned)} from {len(printed)} rows"


def provenance(files: Iterable[Path], rows: int, recogniser: str) -> dict[str, object]:
    """What a map was learned from: rows, the recogniser with its pack, and the documents by their content alone."""
    digests = sorted(hashlib.sha256(file.read_bytes()).hexdigest()[:16] for file in files)
    return {"rows": rows, "recogniser": recogniser, "documents": digests}


def _digits(printed: Iterable[Printed], known: Families) -> dict[tuple[str, ...], Rule]:
    """Rules for the digits that the layer was believed for: where nothing is recognised they are needed too."""
    told = Counter(
        (known.plain_name(glyph), name)
        for row in printed
        for word in cut(row.row, known.word_gap)
        for glyph, name in zip(word, known.names(word), strict=True)
        if name != known.plain_name(glyph)
    )
    return {(glyph,): Rule(name[1:], count, count) for (glyph, name), count in told.items()}


def _files(documents: Iterable[Path]) -> list[Path]:
    return [
        file for place in documents for file in (sorted(place.glob("*.pdf")) if place.is_dir() else [place])
    ]


def _printed(files: Iterable[Path], language: str) -> Iterable[Printed]:
    eye = Eye(language)
    if missing := eye.why_not():
        raise MissingDependency(missing)
    for file in files:
        with Paper(file, DocumentSettings()) as paper:
            yield from beside(rows_of(paper), seen_on(paper, eye))


def _learned(printed: Iterable[Printed], known: Families) -> list[str]:
    """The families that were learned, with how their glyphs are named."""
    drawn = {family(glyph.font) for row in printed for glyph in row.row.glyphs}
    return sorted(
        f"{name} ({known.kinds[name].value})"
        for name in drawn
        if known.kinds.get(name, Kind.KEPT) is not Kind.KEPT
    )
