"""How likely a word is misheard as another one, summed over all ways to do so: a pair hidden Markov model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.align import encode
from wavelode.alignment.rates import SUBSTITUTED, UNPAIRED

Floats = NDArray[np.float64]

_BATCH = 4096


def log_misheard(
    said: Sequence[str], written: Sequence[str], rates: Floats, letters: Mapping[str, float]
) -> Floats:
    """(K,): log-probability that `said` is written as `written`, summed over all ways to mishear it.

    Letters are confused, dropped or doubled by others, each as often as `rates` (K,) and the shares in
    `alignment.rates` say; wrong letters are drawn from `letters`.
    """
    order = sorted(range(len(said)), key=lambda i: (len(said[i]), len(written[i])))
    out = np.zeros(len(said))
    for at in range(0, len(order), _BATCH):
        part = order[at : at + _BATCH]
        out[part] = _forward([said[i] for i in part], [written[i] for i in part], rates[part], letters)
    return out


def _forward(
    said: Sequence[str], written: Sequence[str], rates: Floats, letters: Mapping[str, float]
) -> Floats:
    """The forward algorithm of a pair hidden Markov model, over all pairs at once: arrays are (letters, K)."""
    a, b = _padded(said), _padded(written)
    wrong = np.array([[letters.get(chr(code), 1e-4) if code else 0.0 for code in row] for row in b.tolist()])
    wrong = wrong.reshape(b.shape)
    confused, alone = SUBSTITUTED * rates, UNPAIRED * rates
    ends, lengths = np.array([len(w) for w in written]), np.array([len(w) for w in said])
    everyone = np.arange(len(said))
    row = _with_extra(np.vstack([np.ones(len(said)), np.zeros(b.shape)]), alone * wrong)
    out = np.where(lengths == 0, row[ends, everyone], 0.0)
    for at, letter in enumerate(a, start=1):
        pair = np.where(letter == b, 1 - confused - alone, confused * wrong)
        step = row * alone
        step[1:] += row[:-1] * pair
        row = _with_extra(step, alone * wrong)
        out = np.where(lengths == at, row[ends, everyone], out)
    found: Floats = np.log(np.maximum(out, 1e-300))
    return found


def _with_extra(row: Floats, extra: Floats) -> Floats:
    """Adds the ways in which the last letters written are extra ones."""
    for at in range(len(extra)):
        row[at + 1] += row[at] * extra[at]
    return row


def _padded(words: Sequence[str]) -> NDArray[np.int64]:
    """(longest, K): code points, 0 after a word's end."""
    out = np.zeros((max(map(len, words), default=0), len(words)), np.int64)
    for at, word in enumerate(words):
        out[: len(word), at] = encode(word)
    return out
