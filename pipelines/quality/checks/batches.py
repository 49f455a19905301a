"""The decision table in batches that fit in memory, with what the checks need worked out per row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wavelode.datasets.shards import row_groups
from wavelode.datasets.storage import Layout
from wavelode.pipelines.quality.checks.expected import ranges
from wavelode.schemas.tables import SELECTED
from wavelode.schemas.time import WORKING_RATE_HZ

ROWS = 250_000
"""Of one batch; about 150 MB."""

_NAMES = (
    *("clip_id", "recording_id", "kind", "shelf", "reason", "asr_reason", "split", "language"),
    *("text", "text_normalized", "document_id"),
)
_COLUMNS = sorted({*_NAMES, *(expected.column for expected in ranges())}, key=SELECTED.names.index)
_ONE_LEAF = "words.list.element.confidence"
"""Tells how many words there are without reading them."""
_SCRIPTS = {
    "Beng": "Bengali",
    "Orya": "Oriya",
    "Kore": "Hangul",
    **dict.fromkeys(("Hans", "Hant"), "Han"),
    "Jpan": r"Han}\p{Hiragana}\p{Katakana",
}
"""Names of scripts where regular expressions have others than the Unicode locale data."""
_LETTER = r"[\p{L}\p{M}]"


def batches(layout: Layout, rows: int = ROWS) -> Iterator[pa.Table]:
    """The decision table, `rows` at a time, with the columns that only the checks need.

    Raises:
        StorageError: if it can't be read.
    """
    waiting: list[pa.Table] = []
    before: tuple[str, int] | None = None
    for group in _projected(layout.selected):
        waiting.append(group)
        if sum(len(part) for part in waiting) >= rows:
            batch = pa.concat_tables(waiting)
            yield _worked_out(batch, before)
            before = (batch["recording_id"][-1].as_py(), batch["end_sample"][-1].as_py())
            waiting = []
    if waiting:
        yield _worked_out(pa.concat_tables(waiting), before)


def _projected(path: Path) -> Iterator[pa.Table]:
    """Columns that are wanted and there; that one is missing is said by the check of columns."""
    for group in row_groups(path, [*_COLUMNS, _ONE_LEAF]):
        missing = [name for name in _COLUMNS if name not in group.column_names]
        for name in missing:
            group = group.append_column(SELECTED.field(name), pa.nulls(len(group), SELECTED.field(name).type))
        words = group["words"] if "words" in group.column_names else pa.nulls(len(group), pa.list_(pa.int8()))
        kept = group.select(_COLUMNS)
        yield kept.append_column("num_words", pc.list_value_length(words))


def _worked_out(batch: pa.Table, before: tuple[str, int] | None) -> pa.Table:
    samples = pc.subtract(batch["end_sample"], batch["start_sample"])
    seconds = pc.divide(pc.cast(samples, pa.float64()), float(WORKING_RATE_HZ))
    start_s = pc.divide(pc.cast(batch["start_sample"], pa.float64()), float(WORKING_RATE_HZ))
    fates = pc.add(*(pc.cast(pc.is_valid(batch[name]), pa.int8()) for name in ("shelf", "reason")))
    letters = pc.cast(pc.utf8_length(batch["text_normalized"]), pa.float64())
    more = {
        "samples": samples,
        "length_s": seconds,
        "duration_error_s": pc.abs(pc.subtract(batch["duration_s"], seconds)),
        "start_error_s": pc.abs(pc.subtract(batch["start_s"], start_s)),
        "fates": fates,
        "letters_per_s": pc.divide(letters, seconds),
        "gap_samples": _gaps(batch, before),
        "foreign_letters": foreign_letters(batch["text"], batch["language"]),
    }
    for name, column in more.items():
        batch = batch.append_column(name, column)
    return batch


def _gaps(batch: pa.Table, before: tuple[str, int] | None) -> pa.Array:
    """Samples between the stretch before, of the same recording, and each stretch; that before the first is 0."""
    names = batch["recording_id"].combine_chunks()
    starts, ends = (batch[name].fill_null(0).to_numpy() for name in ("start_sample", "end_sample"))
    last_name, last_end = before or (None, 0)
    earlier = pa.concat_arrays([pa.array([last_name], names.type), names[:-1]])
    follows = pc.fill_null(pc.equal(names, earlier), False).to_numpy(zero_copy_only=False)
    expected = np.where(follows, np.concatenate([[last_end], ends[:-1]]), 0)
    return pa.array(starts - expected)


def foreign_letters(texts: Any, languages: Any) -> pa.Array:
    """The share of a text's letters that its language isn't written in, 0 to 1; null where that can't be told."""
    shares = np.full(len(texts), np.nan)
    for language in pc.unique(languages).to_pylist():
        own_script = _pattern(language)
        if own_script is None:
            continue
        here = pc.fill_null(pc.and_(pc.equal(languages, language), pc.is_valid(texts)), False)
        own = texts.filter(here)
        letters = pc.cast(pc.count_substring_regex(own, _LETTER), pa.float64())
        left = pc.replace_substring_regex(own, own_script, "")
        foreign = pc.cast(pc.count_substring_regex(left, _LETTER), pa.float64())
        with np.errstate(invalid="ignore"):  # a text without letters has no such share
            shares[here.to_numpy(zero_copy_only=False)] = foreign.to_numpy() / letters.to_numpy()
    return pa.array(shares, from_pandas=True)


def _pattern(language: str | None) -> str | None:
    """Matches what a language is written in; None where that isn't one known script."""
    import langcodes

    code = langcodes.Language.get(language or "und").maximize().script
    if not code or code in ("Zyyy", "Zzzz"):
        return None
    name = _SCRIPTS.get(code) or langcodes.Language.make(script=code).script_name("en").replace(" ", "_")
    # Marks such as the nukta are shared by all scripts.
    pattern = rf"[\p{{{name}}}\p{{Inherited}}]+"
    try:
        pc.count_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid:
        return None
    return pattern
