"""Pairs of sequences to measure alignment on: text that every Python brings, edited, with blocks missing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.align import encode

Ints = NDArray[np.int32]
Rng = np.random.Generator

DEVANAGARI = 0x0905


@dataclass(frozen=True)
class Pair:
    """Two sequences and what they are called in the table."""

    name: str
    a: Ints  # (N,)
    b: Ints  # (M,)

    @property
    def cells(self) -> int:
        """N * M."""
        return len(self.a) * len(self.b)

    def texts(self) -> tuple[str, str]:
        """Both as strings, for peers that take nothing else."""
        return decode(self.a), decode(self.b)


def decode(symbols: Ints) -> str:
    """The text of code points (N,)."""
    return symbols.astype("<i4").tobytes().decode("utf-32-le", "surrogatepass")


def english() -> str:
    """Python's own manual in lower case, letters and single spaces: about half a million characters."""
    from pydoc_data.topics import topics

    return re.sub(r"[^a-z]+", " ", " ".join(topics.values()).lower())


def characters(n: int, rng: Rng) -> Ints:
    """(n,): English code points. Where the manual is too short, its sentences follow in another order."""
    text = encode(english())
    parts = [text]
    while sum(map(len, parts)) < n:
        pieces = np.array_split(text, len(text) // 80)
        parts.append(np.concatenate([pieces[k] for k in rng.permutation(len(pieces))]))
    return np.concatenate(parts)[:n]


def devanagari(symbols: Ints) -> Ints:
    """(N,): each letter replaced by one of the Devanagari block; spaces stay."""
    return np.where(symbols == ord(" "), symbols, symbols - ord("a") + DEVANAGARI).astype(np.int32)


def words(n: int, distinct: int, rng: Rng) -> Ints:
    """(n,): word ids, frequencies by Zipf's law as in running text."""
    weights = 1 / np.arange(1, distinct + 1)
    return rng.choice(distinct, n, p=weights / weights.sum()).astype(np.int32)


def edits(n: int, rate: float, rng: Rng) -> tuple[Ints, NDArray[np.bool_]]:
    """Of n symbols, `rate` replaced, dropped or followed by another, a third each.

    Returns:
        (M,) the position that each symbol stands for or after, and (M,) whether it is wrong: replaced or inserted.
    """
    kind = rng.choice(4, n, p=[1 - rate, rate / 3, rate / 3, rate / 3])  # keep, replace, drop, insert
    copies = np.select([kind == 2, kind == 3], [0, 2], 1)
    sources = np.repeat(np.arange(n, dtype=np.int32), copies)
    wrong = np.repeat(kind == 1, copies)
    wrong[np.cumsum(copies)[kind == 3] - 1] = True
    return sources, wrong


def edited(a: Ints, rate: float, rng: Rng) -> Ints:
    """(M,): `a` after `edits`; wrong symbols are drawn from its own."""
    sources, wrong = edits(len(a), rate, rng)
    return np.where(wrong, rng.choice(a, len(sources)), a[sources]).astype(np.int32)


def with_blocks_missing(a: Ints, share: float, blocks: int, rng: Rng) -> Ints:
    """(M,): `a` without `share` of it, in `blocks` blocks of equal length."""
    length = int(len(a) * share / blocks)
    slots = np.sort(rng.choice(len(a) - blocks * length, blocks, replace=False)) + np.arange(blocks) * length
    keep = np.ones(len(a), dtype=bool)
    for start in slots:
        keep[start : start + length] = False
    return a[keep]


def both_sides(a: Ints, rng: Rng) -> tuple[Ints, Ints]:
    """A fifth missing from one side in 4 blocks, two fifths from the other in 8, and 20 % edits."""
    return with_blocks_missing(a, 0.2, 4, rng), edited(with_blocks_missing(a, 0.4, 8, rng), 0.2, rng)


CASES: dict[str, Callable[[Ints, Rng], tuple[Ints, Ints]]] = {
    "e10": lambda a, rng: (a, edited(a, 0.1, rng)),
    "e30": lambda a, rng: (a, edited(a, 0.3, rng)),
    "blk": lambda a, rng: (a, edited(with_blocks_missing(a, 0.4, 8, rng), 0.1, rng)),
    "b20": both_sides,
}


def pair(case: str, n: int, script: str = "ascii") -> Pair:
    """One pair of about n symbols; `script` is ascii, devanagari or words. The same arguments give the same pair."""
    rng = np.random.default_rng(12345)
    a = words(n, 22_000, rng) if script == "words" else characters(n, rng)
    left, right = CASES[case](devanagari(a) if script == "devanagari" else a, rng)
    return Pair(f"{case} {n // 1000}k {script}", left, right)
