"""How stretches are spread, one measure at a time and two against each other, with the selection's limits drawn in."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wavelode.pipelines.quality.figures import NAMES, STACKED, Figure
from wavelode.pipelines.quality.gather import MOST_POINTS, Facts, Histogram, Point
from wavelode.schemas.settings import SelectSettings


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold, drawn as a line with a word beside it."""

    at: float
    says: str
    left: bool = False


@dataclass(frozen=True, slots=True)
class Plot:
    """What a chart is called, what it shows, and the same in words."""

    title: str
    figure: Figure
    spoken: str


def histograms(facts: Facts, limits: SelectSettings) -> dict[str, Plot]:
    """One measure at a time, those that were measured, each with its limits."""
    drawn = {
        "duration_s": (
            "Length",
            "length of the stretch, in seconds",
            [
                Limit(limits.min_duration_s, f"with text from {limits.min_duration_s:g} s"),
                Limit(limits.min_ssl_duration_s, f"without from {limits.min_ssl_duration_s:g} s"),
                Limit(limits.max_duration_s, f"up to {limits.max_duration_s:g} s", left=True),
            ],
        ),
        "score": (
            "How sure",
            "probability that text and sound belong together",
            [Limit(limits.min_p_correct, f"from {limits.min_p_correct:g}", left=True)],
        ),
        "cer": (
            "How faithful",
            "character error rate, 0 to 1 and above",
            [Limit(limits.max_cer, f"up to {limits.max_cer:g}")],
        ),
        "rate": (
            "Pace",
            "letters per second",
            [
                Limit(limits.min_chars_per_s, f"from {limits.min_chars_per_s:g}"),
                Limit(limits.max_chars_per_s, f"up to {limits.max_chars_per_s:g}", left=True),
            ],
        ),
        "alignment_score": (
            "How whole",
            "share of a sentence in runs of agreeing words",
            [Limit(limits.min_alignment_score, f"from {limits.min_alignment_score:g}")],
        ),
        "speech_ratio": (
            "Speech",
            "share of the stretch that is speech",
            [
                Limit(
                    limits.min_ssl_speech_ratio,
                    f"without text from {limits.min_ssl_speech_ratio:g}",
                    left=True,
                )
            ],
        ),
        "snr_db": ("Signal to noise", "SNR, in dB", []),
        "bandwidth_hz": ("Bandwidth", "bandwidth, in Hz", []),
        "loudness_lufs": ("Loudness", "loudness, in LUFS", []),
    }
    return {
        name: Plot(
            title, histogram(facts.histograms[name], axis, lines), _in_words(facts.histograms[name], axis)
        )
        for name, (title, axis, lines) in drawn.items()
        if facts.histograms[name].counts
    }


def _in_words(counted: Histogram, axis: str) -> str:
    """Where the middle half of the values lies."""
    whole = np.sum(list(counted.counts.values()), axis=0)
    low, middle, high = (
        counted.edges[int(np.searchsorted(np.cumsum(whole), share * whole.sum()))]
        for share in (0.25, 0.5, 0.75)
    )
    return (
        f"{axis}; {whole.sum():,} stretches, the middle one near {middle:g}, half of them {low:g} to {high:g}"
    )


def histogram(counted: Histogram, axis: str, limits: Sequence[Limit]) -> Figure:
    """Stacked bars per bin, and a dashed line per limit."""
    edges = counted.edges.tolist()
    # A limit at the very edge of what can be leaves nothing out.
    drawn = [limit for limit in limits if edges[0] < limit.at <= edges[-1]]
    width = edges[1] - edges[0]
    centres = [edge + width / 2 for edge in edges[:-1]]
    ranges = [f"{low:g} to {low + width:g}" for low in edges[:-2]] + [f"{edges[-2]:g} and more"]
    traces = [
        {
            "type": "bar",
            "name": NAMES[role],
            "x": centres,
            "y": counted.counts[role].tolist(),
            "width": width * 0.92,
            "customdata": ranges,
            "hovertemplate": "%{customdata}: %{y} " + NAMES[role] + "<extra></extra>",
            "marker": {"color": f"var:{role}"},
        }
        for role in STACKED
        if role in counted.counts
    ]
    layout = {
        "height": 270,
        "barmode": "stack",
        "bargap": 0,
        "xaxis": {"title": {"text": axis}, "range": [edges[0], edges[-1]], "showgrid": False, "nticks": 7},
        "yaxis": {"title": {"text": "stretches"}, "rangemode": "tozero"},
        "shapes": [_line(limit) for limit in drawn],
        "annotations": [_beside(limit, row) for row, limit in enumerate(drawn)],
    }
    return {"data": traces, "layout": layout}


def _line(limit: Limit) -> dict[str, Any]:
    line = {"color": "var:ink", "width": 1.25, "dash": "dot"}
    return {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": limit.at,
        "x1": limit.at,
        "y0": 0,
        "y1": 1,
        "line": line,
    }


def _beside(limit: Limit, row: int) -> dict[str, Any]:
    return {
        "x": limit.at,
        "y": 1 - 0.09 * row,
        "xref": "x",
        "yref": "paper",
        "yanchor": "top",
        "xanchor": "right" if limit.left else "left",
        "xshift": -4 if limit.left else 4,
        "text": limit.says,
        "showarrow": False,
        "bgcolor": "var:paper",
    }


def scatters(facts: Facts, limits: SelectSettings) -> dict[str, Plot]:
    """Pairs of measures whose corners tell what one alone hides; those that were measured."""
    points = facts.points.held[:: max(1, -(-len(facts.points.held) // MOST_POINTS))]
    longest = max((point.duration_s for point in points if point.letters), default=1.0)
    pace = [
        _slope(limits.min_chars_per_s, longest, f"{limits.min_chars_per_s:g} letters a second"),
        _slope(limits.max_chars_per_s, longest, f"{limits.max_chars_per_s:g} letters a second"),
    ]
    drawn = {
        "pace": _scatter(
            points, ("length, in seconds", lambda p: p.duration_s), ("letters", lambda p: p.letters), pace
        ),
        "doubt": _scatter(
            points,
            ("probability that text and sound belong together", lambda p: p.score),
            ("character error rate", lambda p: p.cer),
            [_down(limits.min_p_correct), _across(limits.max_cer)],
        ),
        "noise": _scatter(points, ("SNR, in dB", lambda p: p.snr_db), ("probability", lambda p: p.score), []),
        "band": _scatter(
            points, ("bandwidth, in Hz", lambda p: p.bandwidth_hz), ("SNR, in dB", lambda p: p.snr_db), []
        ),
    }
    titles = {"pace": "Text against time", "doubt": "Errors against belief", "noise": "Belief against noise"}
    titles["band"] = "Noise against bandwidth"
    return {name: Plot(titles[name], one, _of_points(one)) for name, one in drawn.items() if one["data"]}


def _of_points(figure: Figure) -> str:
    axes = (figure["layout"][name]["title"]["text"] for name in ("yaxis", "xaxis"))
    counts = ", ".join(f"{len(trace['x'])} {trace['name']}" for trace in figure["data"])
    return f"{' against '.join(axes)}; {counts}"


Axis = tuple[str, Callable[[Point], float | None]]
Shapes = tuple[dict[str, Any], dict[str, Any]]
"""A line for a limit, and the word beside it."""
_ROLES = {
    "asr": "kept with its text",
    "doubted": "text not believed",
    "ssl": "without text",
    "unused": "left out",
}
_COLOURS = {"asr": "asr", "doubted": "doubted", "ssl": "ssl", "unused": "dropped"}
SYMBOLS = {"asr": "circle", "doubted": "x", "ssl": "square", "unused": "diamond-open"}
"""Who can't tell the colours apart has the shapes."""


def _scatter(points: Sequence[Point], x: Axis, y: Axis, limits: list[Shapes]) -> Figure:
    traces = []
    for role, name in _ROLES.items():
        own = [p for p in points if p.role == role and x[1](p) is not None and y[1](p) is not None]
        if own:
            traces.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": name,
                    "x": [_short(x[1](p)) for p in own],
                    "y": [_short(y[1](p)) for p in own],
                    "text": [_hover(p) for p in own],
                    "hovertemplate": "%{text}<br>%{x} · %{y}<extra>" + name + "</extra>",
                    "marker": {
                        "color": f"var:{_COLOURS[role]}",
                        "size": 6,
                        "opacity": 0.65,
                        "symbol": SYMBOLS[role],
                    },
                }
            )
    layout = {
        "height": 330,
        "xaxis": {"title": {"text": x[0]}},
        "yaxis": {"title": {"text": y[0]}, "rangemode": "tozero"},
        "shapes": [line for line, _ in limits],
        "annotations": [{**word, "showarrow": False, "bgcolor": "var:paper"} for _, word in limits],
        "hovermode": "closest",
    }
    return {"data": traces, "layout": layout}


def _hover(point: Point) -> str:
    """Plotly reads a little markup in what it shows; what comes from documents must not be any."""
    text = html.escape(point.text)
    return (
        f"{html.escape(point.clip_id)}<br>{text}{'…' if len(point.text) >= 70 else ''}"
        if text
        else html.escape(point.clip_id)
    )


def _short(value: float | None) -> float:
    return float(f"{value:.4g}")


_DOTTED = {"color": "var:ink", "width": 1.25, "dash": "dot"}


def _slope(rate: float, longest: float, says: str) -> Shapes:
    line = {"type": "line", "x0": 0, "y0": 0, "x1": longest, "y1": rate * longest, "line": _DOTTED}
    return line, {"x": longest, "y": rate * longest, "xanchor": "right", "yanchor": "bottom", "text": says}


def _down(at: float) -> Shapes:
    line = {"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1, "line": _DOTTED}
    return line, {
        "x": at,
        "yref": "paper",
        "y": 1,
        "xanchor": "left",
        "yanchor": "top",
        "text": f"from {at:g}",
    }


def _across(at: float) -> Shapes:
    line = {"type": "line", "y0": at, "y1": at, "xref": "paper", "x0": 0, "x1": 1, "line": _DOTTED}
    return line, {
        "xref": "paper",
        "x": 0,
        "y": at,
        "xanchor": "left",
        "yanchor": "bottom",
        "text": f"up to {at:g}",
    }
