"""Finds clips by any part of what is printed or heard, among millions, in well under a second.

What is looked for is a run of characters, whatever the case, in any script; between words any space will do. An index
made once and kept beside the shards holds every distinct word and, for each, the rows it stands in:

``words.parquet``  a row per distinct word, with the number of rows it stands in
``rows.npy``       the rows of the decision table, word after word, ascending

A part of a word is looked for among the distinct words, which are few, and the rows of all that hold it are the answer.
Where several words are asked for, the rows that hold them all are looked through one by one, as far as what is to be
shown asks for. Letters of scripts that
are written without spaces count as words of their own.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wavelode.datasets.shards import row_groups
from wavelode.datasets.storage import Layout, whole, write_text
from wavelode.pipelines.quality.gather import batched

Rows = NDArray[np.int64]
"""Numbers of rows of the decision table, ascending."""

VERSION = 1
_UNSPACED = r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}])"
_SPACE = r"[\t\f\v\r\p{Z}]+"
"""Between words of one text; printed and heard are parted by a line's end."""
_MANY_WORDS = 5_000
"""From here on it's quicker to go through all rows of the index than word by word."""
_AT_ONCE = 1 << 22
_FIRST_LOOK, _MOST_LOOKED = 25_000, 200_000
"""Rows looked through at once: few at first, so that a page comes soon."""


def folded(texts: Any) -> Any:
    """Texts as they are compared: without case, composed."""
    return pc.utf8_normalize(pc.utf8_lower(texts), form="NFC")


def words_of(texts: Any) -> Any:
    """The words of folded texts, a list for each."""
    return pc.utf8_split_whitespace(pc.replace_substring_regex(texts, _UNSPACED, r" \1 "))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A text to look for.

    Attributes:
        words: how each word of the index must hold each of these: ``("rain", "ends")``.
        pattern: matches a folded text that holds it; "" where the words alone tell.
    """

    words: tuple[tuple[str, str], ...]
    pattern: str

    @classmethod
    def of(cls, text: str) -> Wanted:
        one = folded(pa.array([text]))
        words = [word for word in words_of(one)[0].as_py() if word]
        ways = ["ends", *("is",) * (len(words) - 2), "begins"] if len(words) > 1 else ["holds"]
        spaced = [word for word in pc.utf8_split_whitespace(one)[0].as_py() if word]
        pattern = _SPACE.join(map(_literal, spaced)) if len(words) > 1 else ""
        return cls(tuple(zip(words, ways, strict=False)), pattern)

    def matches(self, texts: Any) -> Any:
        """Of each folded text, whether it holds what is wanted."""
        return pc.match_substring_regex(texts, self.pattern)


def joined(printed: Any, heard: Any) -> Any:
    """What is printed and what is heard as one folded text, a line for each."""
    return folded(pc.binary_join_element_wise(pc.fill_null(printed, ""), pc.fill_null(heard, ""), "\n"))


def _literal(text: str) -> str:
    """A pattern that matches nothing but a text, as RE2 writes it."""
    return "".join(char if char.isalnum() or ord(char) > 127 else f"\\x{{{ord(char):x}}}" for char in text)


class Matches:
    """The rows that hold a text, ascending: rows that may hold it, looked through no further than was asked.

    Safe to use from several threads.

    Args:
        candidates: rows (N,) that may hold it, ascending.
        look: gives back those of some rows that do hold it; None where all do.
    """

    def __init__(self, candidates: Rows, look: Callable[[Rows], Rows] | None) -> None:
        self._candidates, self._look = candidates, look
        self._looked = 0 if look else len(candidates)
        self._found = candidates[: self._looked]
        self._lock = threading.Lock()

    def first(self, count: int) -> Rows:
        """At least so many rows, or all."""
        with self._lock:
            step = _FIRST_LOOK
            while self._look and len(self._found) < count and self._looked < len(self._candidates):
                part = self._candidates[self._looked : self._looked + step]
                self._found = np.concatenate([self._found, self._look(part)])
                self._looked += len(part)
                step = min(2 * step, _MOST_LOOKED)
            return self._found

    def every(self) -> Rows:
        return self.first(len(self._candidates) + 1)

    def count(self) -> tuple[int, bool]:
        """How many rows hold it, and whether that is exact: else the share among those looked at goes for all."""
        with self._lock:
            if self._looked == len(self._candidates):
                return len(self._found), True
            share = len(self._found) / self._looked if self._looked else 1.0
            return round(share * len(self._candidates)), False


class Index:
    """An index on disk, ready to be asked; it's mapped into memory, not read."""

    def __init__(self, folder: Path, num_rows: int) -> None:
        table = pq.read_table(folder / "words.parquet")
        self._words = table["word"].combine_chunks()
        self._counts = table["rows"].to_numpy()
        self._ends = np.cumsum(self._counts)
        self._rows = np.load(folder / "rows.npy", mmap_mode="r")
        self._num_rows = num_rows

    def candidates(self, wanted: Wanted) -> Rows:
        """The rows that hold every word of what is wanted: the answer itself where it has no pattern."""
        held: NDArray[np.bool_] | None = None
        for word, way in wanted.words:
            here = self._holding(self._which(word, way))
            held = here if held is None else held & here
        return np.arange(self._num_rows) if held is None else np.flatnonzero(held)

    def _which(self, part: str, way: str) -> NDArray[np.int64]:
        """Numbers of the words of which `part` is a part, the begin, the end, or all."""
        if way == "is":
            found = pc.equal(self._words, part)
        else:
            match = {"holds": pc.match_substring, "begins": pc.starts_with, "ends": pc.ends_with}[way]
            found = match(self._words, part)
        return np.flatnonzero(found.to_numpy(zero_copy_only=False))

    def _holding(self, words: NDArray[np.int64]) -> NDArray[np.bool_]:
        """For each row, whether one of these words stands in it."""
        held = np.zeros(self._num_rows, bool)
        if len(words) < _MANY_WORDS:
            for word in words.tolist():
                held[self._rows[self._ends[word - 1] if word else 0 : self._ends[word]]] = True
            return held
        wanted = np.zeros(len(self._ends), bool)
        wanted[words] = True
        parts = np.searchsorted(self._ends, np.arange(0, len(self._rows), _AT_ONCE), side="right")
        for first, end in pairwise([*np.unique(parts).tolist(), len(self._ends)]):
            from_, to = self._ends[first - 1] if first else 0, self._ends[end - 1]
            held[self._rows[from_:to][np.repeat(wanted[first:end], self._counts[first:end])]] = True
        return held


def open_index(layout: Layout, folder: Path | None = None) -> Index:
    """The index of an output folder, made where there is none of its present decision table.

    Args:
        folder: where it lies, beside the shards where None.

    Raises:
        StorageError: if the decision table can't be read, or the disk refuses.
    """
    place = folder or layout.search
    told = _told(layout.selected)
    told_at = place / "index.json"
    try:
        if json.loads(told_at.read_text(encoding="utf-8")) == told:
            return Index(place, told["rows"])
    except (OSError, ValueError):
        pass
    told_at.unlink(missing_ok=True)
    _build(layout.selected, place)
    write_text(json.dumps(told) + "\n", told_at)
    return Index(place, told["rows"])


def _told(selected: Path) -> dict[str, int]:
    """What tells whether an index is of this table."""
    about = selected.stat()
    rows = pq.read_metadata(selected).num_rows
    return {"version": VERSION, "bytes": about.st_size, "modified_ns": about.st_mtime_ns, "rows": rows}


def _build(selected: Path, place: Path) -> None:
    """Sorts the rows of the words of every batch, then lays them one after the other, word by word."""
    place.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=place, prefix=".making-") as folder:
        numbers: dict[str, int] = {}
        parts: list[Path] = []
        counts = np.zeros(0, np.int64)
        for keys in _keys(selected, numbers):
            parts.append(Path(folder, f"{len(parts)}.npy"))
            np.save(parts[-1], keys)
            counts = _grown(counts, len(numbers)) + np.bincount(keys >> 32, minlength=len(numbers))
        with whole(place / "words.parquet") as scratch:
            told = {"word": pa.array(numbers, pa.string()), "rows": pa.array(counts)}
            pq.write_table(pa.table(told), scratch, compression="zstd")
        with whole(place / "rows.npy") as scratch:
            _lay(parts, counts, scratch)


def _grown(counts: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    return np.concatenate([counts, np.zeros(size - len(counts), np.int64)])


def _keys(selected: Path, numbers: dict[str, int]) -> Iterator[NDArray[np.int64]]:
    """Per batch, each word's number and row as one number, ascending, each pair once; new words get numbers."""
    at = 0
    for batch in batched(row_groups(selected, ["shelf", "text", "asr_text"])):
        kept = np.flatnonzero(pc.is_valid(batch["shelf"]).to_numpy())
        texts = joined(*(batch[name].take(pa.array(kept)) for name in ("text", "asr_text")))
        lists = words_of(texts).combine_chunks()
        words = lists.flatten().dictionary_encode()
        known = [numbers.setdefault(word, len(numbers)) for word in words.dictionary.to_pylist()]
        number = np.array(known, np.int64)[words.indices.to_numpy()]
        rows = (kept + at)[pc.list_parent_indices(lists).to_numpy()]
        yield np.unique(number << 32 | rows)
        at += len(batch)


def _lay(parts: list[Path], counts: NDArray[np.int64], path: Path) -> None:
    """Rows of all parts, word by word; parts follow on each other in the table, so rows stay ascending."""
    free = np.cumsum(counts) - counts
    if not counts.sum():
        with path.open("wb") as file:
            np.save(file, np.zeros(1, np.uint32))
        return
    rows: Any = np.lib.format.open_memmap(path, "w+", np.uint32, (int(counts.sum()),))
    for part in parts:
        keys = np.load(part)
        words, first, own = np.unique(keys >> 32, return_index=True, return_counts=True)
        rows[np.repeat(free[words] - first, own) + np.arange(len(keys))] = keys & 0xFFFFFFFF
        free[words] += own
    rows.flush()
