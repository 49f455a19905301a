"""The path of an alignment: which symbol stands opposite which."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from wavelode.alignment.align import Gap, Scoring


class Op(IntEnum):
    """One kind of step."""

    PAIR = 0  # a symbol of a opposite a symbol of b, equal or not
    GAP_IN_B = 1  # a symbol of a opposite nothing
    GAP_IN_A = 2  # a symbol of b opposite nothing


class Path:
    """A path through the matrix of two sequences, as runs of equal steps from the start to the end.

    Attributes:
        score: what the path scores.
        ops: (R,) uint8, the `Op` of each run; neighbours differ.
        lengths: (R,) int64, symbols in each run, all positive.
    """

    __slots__ = ("lengths", "ops", "score")

    def __init__(self, score: int, ops: NDArray[np.uint8], lengths: NDArray[np.int64]) -> None:
        self.score = score
        self.ops = ops
        self.lengths = lengths

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Path):
            return NotImplemented
        return (
            self.score == other.score
            and np.array_equal(self.ops, other.ops)
            and np.array_equal(self.lengths, other.lengths)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = " ".join(f"{op.name}x{length}" for op, length in list(self.runs())[:8])
        more = "" if len(self.ops) <= 8 else f" ... {len(self.ops)} runs"
        return f"Path(score={self.score}, {shown}{more})"

    def runs(self) -> Iterator[tuple[Op, int]]:
        """Every run as (op, length)."""
        for op, length in zip(self.ops.tolist(), self.lengths.tolist(), strict=True):
            yield Op(op), length

    @property
    def size_a(self) -> int:
        """N, the symbols of a that the path consumes."""
        return int(self.lengths[self.ops != Op.GAP_IN_A].sum())

    @property
    def size_b(self) -> int:
        """M, the symbols of b that the path consumes."""
        return int(self.lengths[self.ops != Op.GAP_IN_B].sum())

    def starts(self) -> NDArray[np.int64]:
        """(R, 2): where each run starts in a and in b."""
        steps = np.stack(
            [
                np.where(self.ops == Op.GAP_IN_A, 0, self.lengths),
                np.where(self.ops == Op.GAP_IN_B, 0, self.lengths),
            ],
            axis=1,
        )
        starts: NDArray[np.int64] = np.zeros_like(steps, dtype=np.int64)
        np.cumsum(steps[:-1], axis=0, out=starts[1:])
        return starts

    def pairs(self) -> NDArray[np.int64]:
        """(K, 2): the positions in a and in b of every diagonal step, in order."""
        diagonal = self.ops == Op.PAIR
        lengths = self.lengths[diagonal]
        within = np.arange(lengths.sum(), dtype=np.int64) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        pairs: NDArray[np.int64] = np.repeat(self.starts()[diagonal], lengths, axis=0) + within[:, None]
        return pairs

    def a_to_b(self) -> NDArray[np.int64]:
        """(N,): the position in b opposite each symbol of a, -1 where there is none."""
        opposite = np.full(self.size_a, -1, dtype=np.int64)
        pairs = self.pairs()
        opposite[pairs[:, 0]] = pairs[:, 1]
        return opposite

    def b_to_a(self) -> NDArray[np.int64]:
        """(M,): the position in a opposite each symbol of b, -1 where there is none."""
        opposite = np.full(self.size_b, -1, dtype=np.int64)
        pairs = self.pairs()
        opposite[pairs[:, 1]] = pairs[:, 0]
        return opposite

    def rescore(
        self,
        a: NDArray[np.int32],
        b: NDArray[np.int32],
        scoring: Scoring,
        *,
        weights_a: NDArray[np.int32] | None = None,
        weights_b: NDArray[np.int32] | None = None,
    ) -> int:
        """What this path scores under `scoring`, counted anew from the symbols.

        Args:
            a: (N,) and b: (M,), the sequences that were aligned.
            scoring: any scoring, also another one than the path is optimal for.
            weights_a: (N,) and weights_b: (M,), as in `align`.

        Raises:
            ValueError: the path does not fit the sequences.
        """
        if (self.size_a, self.size_b) != (len(a), len(b)):
            raise ValueError(
                f"the path joins {self.size_a} and {self.size_b} symbols, not {len(a)} and {len(b)}; "
                "give the sequences that it was made from"
            )
        pairs = self.pairs()
        scores = scoring.substitution(np.asarray(a)[pairs[:, 0]], np.asarray(b)[pairs[:, 1]]).astype(np.int64)
        if weights_a is not None:
            scores *= weights_a[pairs[:, 0]]
        if weights_b is not None:
            scores *= weights_b[pairs[:, 1]]
        return int(scores.sum()) - self._gap_cost(scoring)

    def _gap_cost(self, scoring: Scoring) -> int:
        free_start = {Op.GAP_IN_B: scoring.ends.a_start, Op.GAP_IN_A: scoring.ends.b_start}
        free_end = {Op.GAP_IN_B: scoring.ends.a_end, Op.GAP_IN_A: scoring.ends.b_end}
        cost, last = 0, len(self.ops) - 1
        for r, (op, length) in enumerate(self.runs()):
            free = (r == 0 and free_start.get(op, False)) or (r == last and free_end.get(op, False))
            if op != Op.PAIR and not free:
                cost += gap_cost(scoring.gap, length)
        return cost


def gap_cost(gap: Gap, length: int) -> int:
    """What a gap of `length` symbols costs; nothing where there is none."""
    if length == 0:
        return 0
    first = gap.open + gap.extend * length
    if gap.open2 is None or gap.extend2 is None:
        return first
    return min(first, gap.open2 + gap.extend2 * length)
