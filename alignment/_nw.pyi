"""The compiled core; its manual is csrc/nw.hpp. `wavelode.alignment.align` is what to call."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_Ints = NDArray[np.int32]
_Result = tuple[int, NDArray[np.uint8], NDArray[np.int64]]

class Scores:
    def __init__(
        self,
        match: int,
        mismatch: int,
        gap: Sequence[int],
        ends: tuple[bool, bool, bool, bool],
        same_class: int | None,
        classes: tuple[_Ints, _Ints] | None,
        table: _Ints | None,
    ) -> None: ...

def align(
    a: _Ints,
    b: _Ints,
    scores: Scores,
    weights_a: _Ints | None,
    weights_b: _Ints | None,
    tuning: tuple[int, int, int, int] = ...,
    threads: int = ...,
) -> _Result: ...
def instruction_sets() -> list[str]: ...
def spin(turns: int) -> int: ...
def score_only(
    a: _Ints, b: _Ints, scores: Scores, weights_a: _Ints | None, weights_b: _Ints | None
) -> int: ...
def align_batch(pairs: Sequence[tuple[_Ints, _Ints]], scores: Scores, threads: int) -> list[_Result]: ...
