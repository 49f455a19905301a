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
