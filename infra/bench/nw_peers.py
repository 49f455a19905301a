"""Other people's aligners, as far as they are installed: what each is asked for, and on what."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wavelode.infra.bench.nw_inputs import Pair

Solve = Callable[[], object]
LETTERS = "abcdefghijklmnopqrstuvwxyz "


@dataclass(frozen=True)
class Peer:
    """One function of another package.

    Attributes:
        name: for the table.
        module: what must be importable.
        prepare: gets the module and a pair, returns the call to time.
    """

    name: str
    module: str
    prepare: Callable[[Any, Pair], Solve]

    def on(self, pair: Pair) -> Solve | None:
        """The call to time, or None where the package is missing."""
        try:
            module = importlib.import_module(self.module)
        except ImportError:
            return None
        return self.prepare(module, pair)


def _rapidfuzz(module: Any, pair: Pair) -> Solve:
    a, b = pair.texts()
    return lambda: module.opcodes(a, b)


def _edlib(module: Any, pair: Pair) -> Solve:
    a, b = pair.texts()
    return lambda: module.align(a, b, task="path")


def _parasail(function: str) -> Callable[[Any, Pair], Solve]:
    def prepare(module: Any, pair: Pair) -> Solve:
        (a, b), matrix = pair.texts(), module.matrix_create(LETTERS, 2, -3)

        def solve() -> object:
            result = getattr(module, function)(a, b, 4, 1, matrix)
            return result.cigar.seq if "trace" in function else result.score

        return solve

    return prepare


def _wfa(**penalties: object) -> Callable[[Any, Pair], Solve]:
    def prepare(module: Any, pair: Pair) -> Solve:
        a, b = (text.upper() for text in pair.texts())
        aligner = module.WavefrontAligner(a, memory_mode="biwfa", heuristic=None, **penalties)

        def solve() -> object:
            aligner(b)
            return aligner.score

        return solve

    return prepare


def _biopython(module: Any, pair: Pair) -> Solve:
    a, b = pair.texts()
    aligner = module.PairwiseAligner(match_score=2, mismatch_score=-3, open_gap_score=-4, extend_gap_score=-1)
    return lambda: aligner.align(a, b)[0]


def _scikit_bio(module: Any, pair: Pair) -> Solve:
    a, b = pair.texts()
    return lambda: module.pair_align(a, b, sub_score=(2, -3), gap_cost=(3, 1), free_ends=False)


def _kaldialign(module: Any, pair: Pair) -> Solve:
    a, b = pair.texts()
    return lambda: module.align(list(a), list(b), "*")


def _sequence_align(module: Any, pair: Pair) -> Solve:
    a, b = pair.texts()
    return lambda: module.hirschberg(list(a), list(b), "*", match_score=2, mismatch_score=-3, indel_score=-2)


RAPIDFUZZ = Peer("RapidFuzz opcodes, unit cost", "rapidfuzz.distance.Levenshtein", _rapidfuzz)
EDLIB = Peer("edlib path, unit cost", "edlib", _edlib)
PARASAIL_SCORE = Peer("parasail striped_32, affine, score only", "parasail", _parasail("nw_striped_32"))
PARASAIL_PATH = Peer("parasail trace_scan_16, affine", "parasail", _parasail("nw_trace_scan_16"))
WFA_AFFINE = Peer(
    "pywfa biwfa, affine",
    "pywfa",
    _wfa(distance="affine", match=-2, mismatch=3, gap_opening=3, gap_extension=1),
)
# It takes no flat second piece, so this one has a slope: see `SLOPED` in nw.py.
WFA_TWO_PIECE = Peer(
    "pywfa biwfa, two-piece affine",
    "pywfa",
    _wfa(
        distance="affine2p",
        match=-4,
        mismatch=6,
        gap_opening=6,
        gap_extension=2,
        gap_opening2=40,
        gap_extension2=1,
    ),
)

# With memory n x m, or slow: measured where they can be.
OTHERS = (
    Peer("Biopython path, affine", "Bio.Align", _biopython),
    Peer("scikit-bio path, affine", "skbio.alignment", _scikit_bio),
    Peer("kaldialign path, unit cost", "kaldialign", _kaldialign),
    Peer("sequence-align hirschberg, linear", "sequence_align.pairwise", _sequence_align),
)
