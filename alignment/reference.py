"""The textbook version of `align`: every cell, plain Python, O(N M) time and memory.

It is what the core is tested against, path and score, so it is written from the definition in `csrc/nw.hpp`
(the recurrences over H, E and F, and the tie order) and shares no idea with the fast kernels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.align import Scoring
from wavelode.alignment.path import Op, Path, gap_cost

_NEVER = -(10**15)
_Matrix = list[list[int]]


@dataclass(frozen=True, slots=True)
class _Cells:
    h: _Matrix  # (N + 1, M + 1)
    e: list[_Matrix]  # per piece: a gap in b is open
    f: list[_Matrix]  # per piece: a gap in a is open
    pair: _Matrix  # what a pair would make of the cell


def align_reference(
    a: NDArray[np.int32],
    b: NDArray[np.int32],
    scoring: Scoring,
    *,
    weights_a: NDArray[np.int32] | None = None,
    weights_b: NDArray[np.int32] | None = None,
) -> Path:
    """What `align(a, b, scoring)` must return: the same score and the same path. a (N,), b (M,)."""
    scores = _pair_scores(a, b, scoring, weights_a, weights_b)
    cells = _fill(scores, len(a), len(b), scoring)
    i, j = _end(cells.h, scoring)
    return _walk(cells, i, j, scoring)


def _pair_scores(
    a: NDArray[np.int32],
    b: NDArray[np.int32],
    scoring: Scoring,
    weights_a: NDArray[np.int32] | None,
    weights_b: NDArray[np.int32] | None,
) -> _Matrix:
    rows = scoring.substitution(np.repeat(a, len(b)), np.tile(b, len(a))).reshape(len(a), len(b))
    if weights_a is not None:
        rows = rows * weights_a[:, None]
    if weights_b is not None:
        rows = rows * weights_b[None, :]
    matrix: _Matrix = rows.tolist()
    return matrix


def _pieces(scoring: Scoring) -> list[tuple[int, int]]:
    numbers = scoring.gap.pieces()
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _fill(scores: _Matrix, n: int, m: int, scoring: Scoring) -> _Cells:
    pieces = _pieces(scoring)

    def blank() -> _Matrix:
        return [[_NEVER] * (m + 1) for _ in range(n + 1)]

    cells = _Cells(blank(), [blank() for _ in pieces], [blank() for _ in pieces], blank())
    h = cells.h
    for i in range(n + 1):
        h[i][0] = 0 if scoring.ends.a_start else -gap_cost(scoring.gap, i)
    for j in range(m + 1):
        h[0][j] = 0 if scoring.ends.b_start else -gap_cost(scoring.gap, j)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            for (opening, extend), e, f in zip(pieces, cells.e, cells.f, strict=True):
                e[i][j] = max(h[i - 1][j] - opening, e[i - 1][j]) - extend
                f[i][j] = max(h[i][j - 1] - opening, f[i][j - 1]) - extend
            cells.pair[i][j] = h[i - 1][j - 1] + scores[i - 1][j - 1]
            h[i][j] = max(cells.pair[i][j], *(x[i][j] for x in cells.e), *(x[i][j] for x in cells.f))
    return cells


def _end(h: _Matrix, scoring: Scoring) -> tuple[int, int]:
    n, m = len(h) - 1, len(h[0]) - 1
    candidates = [(n, m)]
    if scoring.ends.a_end:
        candidates += [(i, m) for i in range(n)]
    if scoring.ends.b_end:
        candidates += [(n, j) for j in range(m)]

    def rank(cell: tuple[int, int]) -> tuple[int, int, bool]:
        i, j = cell
        return -h[i][j], (n - i) + (m - j), j < m

    return min(candidates, key=rank)


def _walk(cells: _Cells, i: int, j: int, scoring: Scoring) -> Path:
    h, pieces, score = cells.h, _pieces(scoring), cells.h[i][j]
    steps = [Op.GAP_IN_B] * (len(h) - 1 - i) + [Op.GAP_IN_A] * (len(h[0]) - 1 - j)
    while i > 0 and j > 0:
        if cells.pair[i][j] == h[i][j]:
            steps.append(Op.PAIR)
            i, j = i - 1, j - 1
            continue
        in_b = [p for p, e in enumerate(cells.e) if e[i][j] == h[i][j]]
        in_a = [p for p, f in enumerate(cells.f) if f[i][j] == h[i][j]]
        if in_b:
            column = [row[j] for row in h[:i]]
            length = _gap_length(column, *pieces[in_b[0]], cells.e[in_b[0]][i][j])
            steps += [Op.GAP_IN_B] * length
            i -= length
        else:
            length = _gap_length(h[i][:j], *pieces[in_a[0]], cells.f[in_a[0]][i][j])
            steps += [Op.GAP_IN_A] * length
            j -= length
    steps += [Op.GAP_IN_B] * i + [Op.GAP_IN_A] * j
    return _path(score, steps[::-1])


def _gap_length(before: list[int], opening: int, extend: int, value: int) -> int:
    """The shortest gap that is worth `value`, where `before` holds H of the cells it may start from."""
    length = 1
    while before[-length] - opening - extend * length != value:
        length += 1
    return length


def _path(score: int, steps: list[Op]) -> Path:
    array = np.array(steps, dtype=np.uint8)
    starts = (
        np.flatnonzero(np.concatenate([[True], array[1:] != array[:-1]]))
        if len(array)
        else array.astype(np.int64)
    )
    lengths = np.diff(np.append(starts, len(array))).astype(np.int64)
    return Path(score, array[starts], lengths)
