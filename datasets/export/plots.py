"""Histograms as SVG, drawn by hand: a card's pictures need no library and are the same each time."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

_WIDTH, _HEIGHT, _LEFT, _FOOT = 480, 200, 48, 32
_INK, _BAR = "#333", "#4a7ba6"


def histogram(values: NDArray[np.float64], title: str, unit: str, bins: int = 30) -> str:
    """An SVG of how often which values come up; those beyond the outer hundredths are counted at the edges."""
    known = values[np.isfinite(values)]
    if not len(known):
        return ""
    low, high = np.quantile(known, [0.01, 0.99])
    counts, edges = np.histogram(np.clip(known, low, high), bins, (low, high if high > low else low + 1))
    return _drawn(counts.tolist(), (float(edges[0]), float(edges[-1])), title, unit)


def _drawn(counts: Sequence[int], ends: tuple[float, float], title: str, unit: str) -> str:
    step, most = (_WIDTH - _LEFT) / len(counts), max(counts)
    room = _HEIGHT - 2 * _FOOT
    bars = [
        f'<rect x="{_LEFT + n * step:.1f}" y="{_HEIGHT - _FOOT - room * count / most:.1f}" '
        f'width="{step - 1:.1f}" height="{room * count / most:.1f}" fill="{_BAR}"/>'
        for n, count in enumerate(counts)
    ]
    texts = [
        _text(_LEFT, 18, "start", f"{title} ({unit})" if unit else title),
        _text(_LEFT, _HEIGHT - 10, "start", f"{ends[0]:.3g}"),
        _text(_WIDTH, _HEIGHT - 10, "end", f"{ends[1]:.3g}"),
        _text(_LEFT - 4, _FOOT + 10, "end", f"{most}"),
    ]
    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', *bars, *texts, "</svg>", ""])


def _text(x: float, y: float, anchor: str, said: str) -> str:
    style = f'font-family="sans-serif" font-size="12" fill="{_INK}" text-anchor="{anchor}"'
    return f'<text x="{x}" y="{y}" {style}>{escape(said)}</text>'
