"""A best path that ran straight down the first column a pruned strip keeps was never walked to its end."""

import numpy as np

from tests.alignment.test_nw_isa import by_each
from wavelode.alignment import _nw
from wavelode.alignment.align import FreeEnds, Gap, Scoring, align
from wavelode.alignment.path import Path

A = np.array([1, 0, 2, 2, 1, 2, 1, 1, 2, 3, 2, 1, 0], dtype=np.int32)
B = np.array([0, 1, 3, 3, 1, 2, 3, 2, 1, 3, 1, 2, 0, 3, 2, 2, 2, 2, 0, 0], dtype=np.int32)
NO_PAIR_PAYS = Scoring(match=-59, mismatch=-120, gap=Gap(21, 39), ends=FreeEnds(b_start=True))
PRUNED_IN_SMALL_TILES = (9, 5, 0, 2)


def test_a_path_down_the_last_column_ends() -> None:
    whole = align(A, B, NO_PAIR_PAYS)
    by_each(lambda: Path(*_nw.align(A, B, NO_PAIR_PAYS.core, None, None, PRUNED_IN_SMALL_TILES)))
    assert Path(*_nw.align(A, B, NO_PAIR_PAYS.core, None, None, PRUNED_IN_SMALL_TILES)) == whole
