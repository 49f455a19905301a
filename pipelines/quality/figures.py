"""Where the sound went, as plain Plotly figures; colours are names that the page fills in, light or dark."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wavelode.pipelines.quality.gather import Facts, Fates

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
    "not_for_speech": "not meant to be spoken",
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


def waterfall_steps(fates: Fates) -> list[Step]:
    """From what came in down to what is kept with its text; every step takes away what it names."""
    left = fates.in_s
    steps = [Step("came in", "in", 0.0, left)]
    taken = [("could not be read", "failed", fates.failed_s)]
    by_size = sorted(fates.dropped_s.items(), key=lambda item: (item[0] != "non_speech", -item[1]))
    taken += [(reason_name(reason), "dropped", seconds) for reason, seconds in by_size]
    unlabelled = sorted(fates.without_text_s.items(), key=lambda item: (item[0] != "", -item[1]))
    taken += [(_unlabelled_name(reason), "ssl", seconds) for reason, seconds in unlabelled]
    for label, role, seconds in taken:
        if seconds > 0:
            left = max(left - seconds, 0.0)
            steps.append(Step(label, role, left, seconds))
    steps.append(Step("kept with its text", "asr", 0.0, fates.asr_s))
    return steps


def _unlabelled_name(reason: str) -> str:
    return f"without text: {reason_name(reason)}" if reason else "without text: not printed"


def waterfalls(facts: Facts) -> dict[str, Figure]:
    """The waterfall of everything, and of each part where there are several of its kind, by name."""
    figures = {"everything": waterfall(waterfall_steps(facts.fates), Unit.fitting(facts.fates.in_s))}
    for kind, parts in facts.parts.items():
        if len(parts) > 1:
            figures |= {
                f"{kind}: {name}": waterfall(waterfall_steps(f), Unit.fitting(f.in_s))
                for name, f in parts.items()
            }
    return figures


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
        "margin_right": 76,
        "xaxis": {
            "title": {"text": f"sound, in {_long(unit)}"},
            "rangemode": "tozero",
            # Rounded, a bar may end a hair beyond the whole, and Plotly leaves out the label of one that ends outside.
            "range": [0, unit.of(whole) * 1.01],
        },
        "yaxis": {
            "categoryorder": "array",
            "categoryarray": labels[::-1],
            "showgrid": False,
            "ticksuffix": "  ",
        },
    }
    return {"data": traces, "layout": layout}


def spoken_waterfall(steps: Sequence[Step], unit: Unit) -> str:
    """The same in words."""
    return "; ".join(f"{step.label} {unit.text(step.length)} {unit.name}" for step in steps)


def spoken_shares(kind: str, parts: Mapping[str, Fates]) -> str:
    """What `shares` draws, in words."""
    told = (f"{name} {100 * one.asr_s / one.in_s if one.in_s else 0:.0f} %" for name, one in parts.items())
    return f"Share of speech with text, by {kind}: {', '.join(told)}"


def _long(unit: Unit) -> str:
    return "hours" if unit.name == "h" else "minutes"


def shares(parts: Mapping[str, Fates]) -> Figure:
    """One bar per part, all of the same length, in the shares that came to what."""
    # Plotly reads a little markup in what it shows; names must not be any.
    parts = {html.escape(name): fates for name, fates in parts.items()}
    names = list(parts)
    whole = {name: fates.in_s or 1.0 for name, fates in parts.items()}
    amounts: dict[str, list[float]] = {
        "asr": [parts[name].asr_s for name in names],
        "ssl": [parts[name].without_text_s.total() for name in names],
        "dropped": [parts[name].dropped_s.total() for name in names],
    }
    unit = Unit.fitting(max(whole.values(), default=0.0))
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": NAMES[role],
            "y": names,
            "x": [100 * seconds / whole[name] for name, seconds in zip(names, amount, strict=True)],
            "customdata": [f"{unit.text(seconds)} {unit.name}" for seconds in amount],
            "hovertemplate": "%{y}: %{customdata}, %{x:.1f} % " + NAMES[role] + "<extra></extra>",
            "marker": {"color": f"var:{role}"},
        }
        for role, amount in amounts.items()
    ]
    layout = {
        "height": 76 + 30 * len(names),
        "barmode": "stack",
        "bargap": 0.35,
        "xaxis": {"title": {"text": "share of the sound, in %"}, "range": [0, 100]},
        "yaxis": {
            "type": "category",
            "categoryorder": "array",
            "categoryarray": names[::-1],
            "showgrid": False,
            "ticksuffix": "  ",
        },
        "annotations": [
            {
                "x": 100,
                "y": name,
                "text": f"{unit.text(parts[name].in_s)} {unit.name}",
                "xanchor": "left",
                "xshift": 6,
                "showarrow": False,
            }
            for name in names
        ],
        "margin_right": 84,
    }
    return {"data": traces, "layout": layout}
