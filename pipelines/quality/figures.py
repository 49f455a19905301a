"""The report's charts as plain Plotly figures; colours are names that the page fills in, light or dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from wavelode.pipelines.quality.gather import Facts, Histogram
from wavelode.schemas.settings import SelectSettings
from wavelode.schemas.stats import Yield
from wavelode.schemas.time import WORKING_RATE_HZ

Figure = dict[str, Any]

NAMES = {
    "in": "came in",
    "asr": "speech with text",
    "ssl": "speech without text",
    "doubted": "text not believed",
    "dropped": "left out",
    "failed": "failed",
}
STACKED = ("asr", "ssl", "doubted", "dropped")
"""The roles of a histogram's bars, from below."""
REASONS = {
    "non_speech": "no speech",
    "little_speech": "little speech",
    "too_short": "too short",
    "too_long": "too long",
    "unlikely": "probably not read so",
    "low_score": "low score",
    "short_run": "too few words in a row",
    "high_cer": "too many errors",
    "edge_not_heard": "edge not heard",
    "odd_rate": "odd pace",
    "ties_sets": "would tie two sets",
    "no_text": "no text",
}


def reason_name(reason: str) -> str:
    """A reason as the report says it."""
    return REASONS.get(reason, reason.replace("_", " "))


@dataclass(frozen=True, slots=True)
class Unit:
    """Hours for long runs, minutes for short ones, so that numbers stay readable."""

    name: str
    seconds: float

    @classmethod
    def fitting(cls, seconds: float) -> Unit:
        return cls("h", 3600.0) if seconds >= 2 * 3600 else cls("min", 60.0)

    def of(self, seconds: float) -> float:
        return seconds / self.seconds

    def text(self, seconds: float) -> str:
        value = self.of(seconds)
        return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of the waterfall, in seconds, from `base`."""

    label: str
    role: str
    base: float
    length: float


def legend(roles: Iterable[str]) -> list[tuple[str, str]]:
    """Roles with their names, each once."""
    return [(role, NAMES[role]) for role in dict.fromkeys(roles)]


def waterfall_steps(total: Yield, kept_without_text_s: dict[str, float]) -> list[Step]:
    """From what came in down to what is kept with its text; every step takes away what it names."""
    left = total.in_samples / WORKING_RATE_HZ
    steps = [Step("came in", "in", 0.0, left)]
    taken = [("could not be read", "failed", total.failed_samples / WORKING_RATE_HZ)]
    by_size = sorted(total.dropped.items(), key=lambda item: (item[0] != "non_speech", -item[1]))
    taken += [(reason_name(reason), "dropped", samples / WORKING_RATE_HZ) for reason, samples in by_size]
    unlabelled = sorted(kept_without_text_s.items(), key=lambda item: (item[0] != "", -item[1]))
    taken += [(_unlabelled_name(reason), "ssl", seconds) for reason, seconds in unlabelled]
    for label, role, seconds in taken:
        if seconds > 0:
            left = max(left - seconds, 0.0)
            steps.append(Step(label, role, left, seconds))
    steps.append(Step("kept with its text", "asr", 0.0, total.kept.get("asr", 0) / WORKING_RATE_HZ))
    return steps


def _unlabelled_name(reason: str) -> str:
    return f"without text: {reason_name(reason)}" if reason else "without text: not printed"


def waterfall(steps: Sequence[Step], unit: Unit) -> Figure:
    """Horizontal bars, one per step, named on the left."""
    whole = steps[0].length or 1.0
    traces = []
    for role in dict.fromkeys(step.role for step in steps):
        of_role = [step for step in steps if step.role == role]
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": NAMES[role],
                "y": [step.label for step in of_role],
                "x": [unit.of(step.length) for step in of_role],
                "base": [unit.of(step.base) for step in of_role],
                "text": [f"{unit.text(step.length)} {unit.name}" for step in of_role],
                "customdata": [100 * step.length / whole for step in of_role],
                "hovertemplate": "%{y}: %{text}, %{customdata:.1f} % of what came in<extra></extra>",
                "textposition": "outside",
                "cliponaxis": False,
                "marker": {"color": f"var:{role}"},
            }
        )
    labels = [step.label for step in steps]
    layout = {
        "height": 70 + 34 * len(steps),
        "bargap": 0.35,
        "barmode": "overlay",
        "xaxis": {
            "title": {"text": f"sound, in {_long(unit)}"},
            "rangemode": "tozero",
            "range": [0, unit.of(whole) * 1.15],
        },
        "yaxis": {
            "categoryorder": "array",
            "categoryarray": labels[::-1],
            "showgrid": False,
            "ticksuffix": "  ",
        },
    }
    return {"data": traces, "layout": layout}


def _long(unit: Unit) -> str:
    return "hours" if unit.name == "h" else "minutes"


def histograms(facts: Facts, limits: SelectSettings) -> dict[str, Figure]:
    """How long, how sure, how faithful: three histograms with the limits of the selection drawn in."""
    return {
        "durations": histogram(
            facts.durations,
            "length of the stretch, in seconds",
            [
                Limit(limits.min_duration_s, f"with text from {limits.min_duration_s:g} s"),
                Limit(limits.min_ssl_duration_s, f"without from {limits.min_ssl_duration_s:g} s"),
                Limit(limits.max_duration_s, f"up to {limits.max_duration_s:g} s", left=True),
            ],
        ),
        "scores": histogram(
            facts.scores,
            "alignment score, 0 to 1",
            [Limit(limits.min_alignment_score, f"from {limits.min_alignment_score:g}", left=True)],
        ),
        "cers": histogram(
            facts.cers,
            "character error rate, 0 to 1 and above",
            [Limit(limits.max_cer, f"up to {limits.max_cer:g}")],
        ),
    }


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold, drawn as a line with a word beside it."""

    at: float
    says: str
    left: bool = False


def histogram(counted: Histogram, axis: str, limits: Sequence[Limit]) -> Figure:
    """Stacked bars per bin, and a dashed line per limit."""
    edges = counted.edges.tolist()
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
        "shapes": [_line(limit) for limit in limits if limit.at <= edges[-1]],
        "annotations": [_beside(limit, row) for row, limit in enumerate(limits) if limit.at <= edges[-1]],
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
