"""The same scores as other people's aligners, where these are installed and can express the problem."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.alignment.strategies import edited
from wavelode.alignment.align import FreeEnds, Gap, Scoring, align, encode

VECTORS = Path(__file__).resolve().parents[3] / "shared/data/nw_vectors"
LETTERS = "ACGT"
UNIT = Scoring(0, -1, Gap(0, 1))


def texts(seed: int, size: int = 700, rate: float = 0.25) -> tuple[str, str]:
    """Two similar texts over four letters, a block missing from each."""
    rng = np.random.default_rng(seed)
    text = rng.integers(0, len(LETTERS), size).astype(np.int32)
    a = np.delete(text, slice(100, 100 + int(rng.integers(0, 200))))
    b = edited(np.delete(text, slice(400, 400 + int(rng.integers(0, 200)))), rng.random, len(LETTERS), rate)
    left, right = ("".join(LETTERS[k] for k in side) for side in (a, b))
    return left, right


def score(a: str, b: str, scoring: Scoring) -> int:
    return align(encode(a), encode(b), scoring).score


def module(name: str) -> Any:
    return pytest.importorskip(name)


@pytest.mark.parametrize("seed", range(8))
def test_rapidfuzz(seed: int) -> None:
    a, b = texts(seed)
    distance = module("rapidfuzz.distance")
    assert -score(a, b, UNIT) == distance.Levenshtein.distance(a, b)
    assert -score(a, b, Scoring(0, -2, Gap(0, 1))) == distance.Indel.distance(a, b)
    longest = score(a, b, Scoring(1, 0, Gap(0, 0)))
    assert longest == distance.LCSseq.similarity(a, b)


@pytest.mark.parametrize("seed", range(4))
def test_edlib(seed: int) -> None:
    a, b = texts(seed)
    edlib = module("edlib")
    assert -score(a, b, UNIT) == edlib.align(a, b)["editDistance"]
    free = Scoring(0, -1, Gap(0, 1), FreeEnds(b_start=True, b_end=True))
    assert -score(a, b, free) == edlib.align(a, b, mode="HW")["editDistance"]
    assert (
        -score(a, b, Scoring(0, -1, Gap(0, 1), FreeEnds(b_end=True)))
        == edlib.align(a, b, mode="SHW")["editDistance"]
    )


@pytest.mark.parametrize("seed", range(4))
def test_parasail(seed: int) -> None:
    a, b = texts(seed)
    parasail = module("parasail")
    matrix = parasail.matrix_create(LETTERS, 2, -3)
    assert score(a, b, Scoring(2, -3, Gap(3, 1))) == parasail.nw_scan_32(a, b, 4, 1, matrix).score
    everywhere = Scoring(2, -3, Gap(3, 1), FreeEnds(True, True, True, True))
    assert score(a, b, everywhere) == parasail.sg_scan_32(a, b, 4, 1, matrix).score


@pytest.mark.parametrize("seed", range(4))
def test_pywfa(seed: int) -> None:
    a, b = texts(seed)
    pywfa = module("pywfa")
    aligner = pywfa.WavefrontAligner(
        a,
        distance="affine2p",
        match=-4,
        mismatch=6,
        gap_opening=6,
        gap_extension=2,
        gap_opening2=40,
        gap_extension2=1,
        heuristic=None,
    )
    aligner(b)
    assert score(a, b, Scoring(4, -6, Gap(6, 2, 40, 1))) == aligner.score


@pytest.mark.parametrize("seed", range(3))
def test_biopython(seed: int) -> None:
    a, b = texts(seed, 300)
    bio = module("Bio.Align")
    aligner = bio.PairwiseAligner(match_score=2, mismatch_score=-3, open_gap_score=-4, extend_gap_score=-1)
    assert score(a, b, Scoring(2, -3, Gap(3, 1))) == aligner.score(a, b)


@pytest.mark.parametrize("free", list(itertools.product([False, True], repeat=4)))
def test_scikit_bio(free: tuple[bool, bool, bool, bool]) -> None:
    """Every choice of free ends; there a gap is free in one side, here the symbols opposite it."""
    a, b = texts(sum(free), 300)
    skbio = module("skbio.alignment")
    ends = FreeEnds(a_start=free[2], a_end=free[3], b_start=free[0], b_end=free[1])
    for gap, cost in ((Gap(3, 1), (3, 1)), (Gap(0, 2), 2)):
        theirs = skbio.pair_align(a, b, sub_score=(2, -3), gap_cost=cost, free_ends=free, max_paths=0)
        assert score(a, b, Scoring(2, -3, gap, ends)) == theirs.score


@pytest.mark.parametrize("seed", range(3))
def test_kaldialign(seed: int) -> None:
    a, b = texts(seed)
    found = module("kaldialign").edit_distance(a, b)
    assert -score(a, b, UNIT) == found["total"]


@pytest.mark.skipif(not VECTORS.exists(), reason="the published vectors are not here")
@pytest.mark.parametrize(
    ("name", "scoring", "sign"),
    [
        ("edit", UNIT, -1),
        ("indel", Scoring(0, -2, Gap(0, 1)), -1),
        ("affine", Scoring(0, -4, Gap(6, 2)), 1),
    ],
)
def test_published_vectors(name: str, scoring: Scoring, sign: int) -> None:
    lines = (VECTORS / "wfa.utest.seq").read_text().split()
    expected = [int(line.split()[0]) for line in (VECTORS / f"test.{name}.alg").read_text().splitlines()]
    pairs = list(zip(lines[::2], lines[1::2], strict=True))
    assert len(pairs) == len(expected)
    found = [sign * score(a[1:], b[1:], scoring) for a, b in pairs]
    assert found == expected
