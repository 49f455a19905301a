"""Global alignment of two sequences of integers: exact, any gap shape, whole path, linear memory.

The recurrences, the order in which ties are broken, memory and time: see `csrc/nw.hpp`. `reference.py` is the
same in plain Python. Method: Needleman and Wunsch 1970, gaps after Gotoh 1982 and 1990.

>>> path = align(encode("ABCD"), encode("ABD"), Scoring(gap=Gap(3, 1)))
>>> path
Path(score=2, PAIRx2 GAP_IN_Bx1 PAIRx1)
>>> path.a_to_b()
array([ 0,  1, -1,  2])
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wavelode.alignment import _nw
from wavelode.alignment.path import Path

MAX_CLASSES = 4096
_INT32 = np.iinfo(np.int32)


@dataclass(frozen=True, slots=True)
class Gap:
    """What k unpaired symbols cost: min(open + extend * k, open2 + extend2 * k), or the first half alone.

    The second piece starts dearer and grows slower: a short gap is an error, a long one a missing paragraph.
    """

    open: int
    extend: int
    open2: int | None = None
    extend2: int | None = None

    def __post_init__(self) -> None:
        if (self.open2 is None) != (self.extend2 is None):
            raise ValueError("a gap's second piece needs both open2 and extend2; give both or neither")

    def pieces(self) -> list[int]:
        """[open, extend] or [open, extend, open2, extend2]."""
        second = [] if self.open2 is None or self.extend2 is None else [self.open2, self.extend2]
        return [self.open, self.extend, *second]


@dataclass(frozen=True, slots=True)
class FreeEnds:
    """Which end gaps cost nothing: `a_start` lets leading symbols of a stay unpaired for free, and so on."""

    a_start: bool = False
    a_end: bool = False
    b_start: bool = False
    b_end: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Scoring:
    """What pairs score and gaps cost.

    A pair scores by equality (`match`, `mismatch`); with `classes` and `same_class`, different symbols of one
    class score `same_class`; with `table`, it scores table[class of a's symbol, class of b's symbol].

    Args:
        match: score of two equal symbols.
        mismatch: score of two different ones.
        gap: cost of unpaired symbols.
        ends: which end gaps are free.
        classes: symbol -> class, classes count from 0. Without a table, a symbol that is left out is alone in
            its class; with a table every symbol needs one (left out: symbols are classes already).
        same_class: score of two different symbols of one class.
        table: (C, C) ints, C <= 4096.

    Raises:
        ValueError: the parts contradict each other or are out of range.
    """

    match: int = 2
    mismatch: int = -3
    gap: Gap = Gap(3, 1, 20, 0)
    ends: FreeEnds = FreeEnds()
    classes: Mapping[int, int] | None = None
    same_class: int | None = None
    table: NDArray[np.int32] | None = None
    core: _nw.Scores = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.table is not None and self.same_class is not None:
            raise ValueError("give either a table or a score for the same class, not both")
        if self.table is None and (self.classes is None) != (self.same_class is None):
            raise ValueError("`classes` and `same_class` belong together; give both or neither")
        table = None if self.table is None else _table(self.table)
        ends = (self.ends.a_start, self.ends.a_end, self.ends.b_start, self.ends.b_end)
        numbers = [_int32(x, "a score or gap cost") for x in (self.match, self.mismatch, *self.gap.pieces())]
        same = None if self.same_class is None else _int32(self.same_class, "same_class")
        core = _nw.Scores(numbers[0], numbers[1], numbers[2:], ends, same, _class_arrays(self.classes), table)
        object.__setattr__(self, "table", table)
        object.__setattr__(self, "core", core)

    def __reduce__(self) -> tuple[type[Scoring], tuple[object, ...]]:
        parts = (self.match, self.mismatch, self.gap, self.ends, self.classes, self.same_class, self.table)
        return Scoring, parts

    def substitution(self, a: NDArray[np.int32], b: NDArray[np.int32]) -> NDArray[np.int64]:
        """(K,): the score of each pair a[k], b[k]; both (K,). For counting and tests, not for speed.

        Raises:
            ValueError: a symbol that the table has no class for.
        """
        if self.table is not None:
            rows, columns = self._table_classes(a), self._table_classes(b)
            return self.table[rows, columns].astype(np.int64)
        scores = np.where(a == b, self.match, self.mismatch).astype(np.int64)
        if self.classes is not None and self.same_class is not None:
            of = self.classes
            same = [
                x != y and x in of and of[x] == of.get(y) for x, y in zip(a.tolist(), b.tolist(), strict=True)
            ]
            scores[np.array(same, dtype=bool)] = self.same_class
        return scores

    def _table_classes(self, symbols: NDArray[np.int32]) -> NDArray[np.int64]:
        of = self.classes
        try:
            classes = symbols.tolist() if of is None else [of[x] for x in symbols.tolist()]
        except KeyError as missing:
            raise ValueError(f"symbol {missing.args[0]} has no class; add it to `classes`") from None
        found = np.array(classes, dtype=np.int64)
        if found.size and self.table is not None and not 0 <= found.min() <= found.max() < len(self.table):
            raise ValueError(f"a symbol is no row of the table of {len(self.table)} classes")
        return found


def encode(text: str) -> NDArray[np.int32]:
    """(N,): the code points of `text`.

    >>> encode("नम").tolist()
    [2344, 2350]
    """
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.int32)


def align(
    a: ArrayLike,
    b: ArrayLike,
    scoring: Scoring | None = None,
    *,
    weights_a: ArrayLike | None = None,
    weights_b: ArrayLike | None = None,
    threads: int = 1,
) -> Path:
    """The best path between two sequences; of equally good ones the first in the tie order of `csrc/nw.hpp`.

    Args:
        a: (N,) and b: (M,), integers in the range of int32: code points, word ids, phone ids.
        scoring: what pairs score and gaps cost; left out, `Scoring()`.
        weights_a: (N,) non-negative integers, and weights_b: (M,): a pair's score is multiplied by both its
            weights, gaps are not. Left out: 1.
        threads: how many may work on this pair, if it is large. The path does not depend on it.

    Raises:
        ValueError: an array has the wrong shape or type, a symbol has no class, or scores can leave 32 bits.
    """
    if threads < 1:
        raise ValueError(f"threads is {threads}; at least one is needed")
    scores, weights = (scoring or _DEFAULT).core, (_weights(weights_a), _weights(weights_b))
    return Path(*_nw.align(_ints(a, "a"), _ints(b, "b"), scores, *weights, threads=threads))


def score_only(
    a: ArrayLike,
    b: ArrayLike,
    scoring: Scoring | None = None,
    *,
    weights_a: ArrayLike | None = None,
    weights_b: ArrayLike | None = None,
) -> int:
    """The score of `align`'s path, without the path; arguments and errors are the same."""
    scores = (scoring or _DEFAULT).core
    return _nw.score_only(_ints(a, "a"), _ints(b, "b"), scores, _weights(weights_a), _weights(weights_b))


def align_batch(
    pairs: Iterable[tuple[ArrayLike, ArrayLike]],
    scoring: Scoring | None = None,
    *,
    threads: int | None = None,
) -> list[Path]:
    """`align` for every pair, in order, over threads.

    Args:
        pairs: of sequences as in `align`.
        scoring: the same for all.
        threads: how many; left out, one per core. The paths do not depend on it.

    Raises:
        ValueError: as `align`, for the first pair that is wrong.
    """
    if threads is not None and threads < 1:
        raise ValueError(f"threads is {threads}; at least one is needed")
    arrays = [(_ints(a, "a"), _ints(b, "b")) for a, b in pairs]
    results = _nw.align_batch(arrays, (scoring or _DEFAULT).core, threads or os.cpu_count() or 1)
    return [Path(*result) for result in results]


def _ints(values: ArrayLike, name: str) -> NDArray[np.int32]:
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} has {array.ndim} dimensions; a sequence has one")
    if array.dtype == np.int32:
        return np.ascontiguousarray(array)
    if array.size == 0:
        return np.zeros(0, dtype=np.int32)
    if array.dtype.kind not in "iu":
        raise ValueError(f"{name} holds {array.dtype}, not integers; use encode() for text")
    if array.min() < _INT32.min or array.max() > _INT32.max:
        raise ValueError(f"{name} holds integers outside the range of int32; number the symbols anew")
    return np.ascontiguousarray(array, dtype=np.int32)


def _weights(values: ArrayLike | None) -> NDArray[np.int32] | None:
    return None if values is None else _ints(values, "weights")


def _int32(value: int, name: str) -> int:
    number = int(value) if math.isfinite(value) else None
    if number is None or number != value:
        raise ValueError(f"{name} is {value}; scores and costs are whole numbers, so multiply all of them")
    if not _INT32.min <= number <= _INT32.max:
        raise ValueError(f"{name} is {value}, outside the range of int32; use smaller scores")
    return number


def _table(values: ArrayLike) -> NDArray[np.int32]:
    table = np.asarray(values)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or not 1 <= table.shape[0] <= MAX_CLASSES:
        raise ValueError(f"the table has shape {table.shape}; it must be (C, C) with 1 <= C <= {MAX_CLASSES}")
    return _ints(table.reshape(-1), "table").reshape(table.shape)


def _class_arrays(classes: Mapping[int, int] | None) -> tuple[NDArray[np.int32], NDArray[np.int32]] | None:
    if classes is None:
        return None
    return _ints(list(classes.keys()), "classes"), _ints(list(classes.values()), "classes")


_DEFAULT = Scoring()
