"""How many true pairs each scoring finds, where blocks are missing on both sides and symbols are wrong."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.align import Gap, Scoring, align
from wavelode.infra.bench.nw_inputs import Ints, characters, edits, with_blocks_missing

SCORINGS = {
    "unit cost": Scoring(0, -1, Gap(0, 1)),
    "affine 2, -3, 3 + k": Scoring(2, -3, Gap(3, 1)),
    "affine 2, -4, 6 + k": Scoring(2, -4, Gap(6, 1)),
    "two-piece 2, -3, min(3 + k, 20)": Scoring(2, -3, Gap(3, 1, 20, 0)),
    "two-piece 2, -4, min(3 + k, 24)": Scoring(2, -4, Gap(3, 1, 24, 0)),
}
RATES = (0.1, 0.2, 0.3)
SIZE = 12_000


def precision_recall(path_pairs: NDArray[np.int64], truth: NDArray[np.int64]) -> tuple[float, float]:
    """Share of the pairs found that are true, and of the true ones that are found; both arrays (K, 2)."""
    found, true = (set(map(tuple, pairs.tolist())) for pairs in (path_pairs, truth))
    both = len(found & true)
    return both / max(1, len(found)), both / max(1, len(true))


def true_pairs(sources_a: Ints, sources_b: Ints) -> NDArray[np.int64]:
    """(K, 2): positions on both sides that come from the same place of the text; what is negative comes from none."""
    _, at_a, at_b = np.intersect1d(sources_a, sources_b, return_indices=True)
    return np.stack([at_a, at_b], axis=1).astype(np.int64)


def quality_table() -> None:
    """Prints precision and recall of true pairs by scoring and rate of errors."""
    print(
        f"precision/recall of true pairs, {SIZE // 1000}k symbols, 20 % and 40 % missing in blocks, by rate of errors"
    )
    for name, scoring in SCORINGS.items():
        cells = [measured(scoring, rate) for rate in RATES]
        print(f"  {name:34}" + "  ".join(f"{precision:.2f}/{recall:.2f}" for precision, recall in cells))


def measured(scoring: Scoring, rate: float) -> tuple[float, float]:
    """Precision and recall of one alignment whose truth is known."""
    rng = np.random.default_rng(7)
    text = characters(SIZE, rng)
    places = np.arange(SIZE, dtype=np.int32)
    a = with_blocks_missing(places, 0.2, 4, rng)
    kept = with_blocks_missing(places, 0.4, 8, rng)
    sources, wrong = edits(len(kept), rate, rng)
    b = np.where(wrong, -1 - np.arange(len(sources)), kept[sources]).astype(np.int32)
    letters_b = np.where(wrong, rng.choice(text, len(sources)), text[kept[sources]])
    return precision_recall(align(text[a], letters_b, scoring).pairs(), true_pairs(a, b))
