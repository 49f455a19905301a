"""The report: one HTML file that shows a person what came in, what became of it, and how it sounds.

It opens from an e-mail: script, style and sound are inside, and its security policy forbids the page to fetch
anything. Whatever comes from documents and file names is text, never markup.
"""

from __future__ import annotations

import shlex
from importlib.metadata import version
from pathlib import Path, PurePath
from typing import Any

from wavelode.datasets.storage import Layout, write_text
from wavelode.pipelines.quality.audit.precision import audit
from wavelode.pipelines.quality.checks.validate import read_validation
from wavelode.pipelines.quality.clips import CLIPS, cards
from wavelode.pipelines.quality.differ import flat
from wavelode.pipelines.quality.figures import (
    STACKED,
    Figure,
    Unit,
    legend,
    shares,
    spoken_shares,
    spoken_waterfall,
    waterfall_steps,
    waterfalls,
)
from wavelode.pipelines.quality.gather import (
    MOST_FAILURES,
    MOST_RECORDINGS,
    MOST_SENTENCES,
    MOST_TIMELINES,
    Facts,
    gather,
)
from wavelode.pipelines.quality.plots import Plot, histograms, scatters
from wavelode.pipelines.quality.printed import Printed, read_printed
from wavelode.pipelines.quality.script import EDGE, LEFT, RIGHT, beside
from wavelode.pipelines.quality.speed import read_reading, read_speed
from wavelode.pipelines.quality.timeline import clock, timelines
from wavelode.schemas.errors import MissingDependency
from wavelode.schemas.settings import SelectSettings, parse_settings, read_yaml

_MOST_WORDS = 80
_TEMPLATES = Path(__file__).with_name("templates")


def write_report(layout: Layout, limits: SelectSettings | None = None, clips: int = CLIPS) -> Path:
    """Writes ``report.html`` from the tables and shards of an output folder, and says where it is.

    Args:
        limits: the thresholds to draw; those of the folder's ``settings.yaml`` where None.
        clips: how many to let people hear.

    Raises:
        StorageError: if `select` hasn't run, or a table can't be read.
        MissingDependency: without the `report` extra.
    """
    noted = read_yaml(layout.settings) if layout.settings.exists() else {}
    limits = limits or _limits(layout, noted)
    facts = gather(layout)
    page = {
        **_tables(facts, read_printed(layout, facts), limits),
        **_charts(facts, limits),
        "unheard": facts.unheard.most_common(_MOST_WORDS),
        "clips": cards(layout, clips),
        "name": layout.out.resolve().name,
        "audit": audit(layout),
        "validation": read_validation(layout),
        "speed": read_speed(layout),
        "reading": read_reading(layout),
        "retry": f"wavelode run --config {shlex.quote(str(layout.settings))} --retry-failed",
        "settings": flat(noted),
        "version": version("wavelode"),
    }
    write_text(_render({**page, "contents": _contents(page)}), layout.report)
    return layout.report


def _limits(layout: Layout, noted: dict[str, Any]) -> SelectSettings:
    return parse_settings(noted, str(layout.settings)).select if noted else SelectSettings.model_validate({})


def _contents(page: dict[str, Any]) -> list[tuple[str, str]]:
    """The parts that this page has, by their anchors, in its order."""
    facts = page["facts"]
    parts = {
        ("where", "Where it went"): page["waterfalls"],
        ("measures", "Measures"): page["waterfalls"],
        ("audit", "Ears on it"): page["audit"],
        ("listen", "Listen"): page["clips"],
        ("scripts", "Scripts"): page["scripts"],
        ("lines", "Timelines"): page["timelines"],
        ("recordings", "Recordings"): facts.recordings,
        ("documents", "Documents"): page["printed"].documents,
        ("speed", "Speed"): True,
        ("failures", "Failures"): facts.failures,
        ("words", "Words not heard"): page["unheard"],
        ("unread", "Printed, not read"): facts.not_read,
    }
    return [part for part, held in parts.items() if held]


def _tables(facts: Facts, printed: Printed, limits: SelectSettings) -> dict[str, Any]:
    lines, ticks = timelines(facts.recordings)
    by_name = {one.recording_id: one for one in facts.recordings}
    return {
        "facts": facts,
        "fates": facts.fates,
        "printed": printed,
        "scripts": [beside(by_name[name], script) for name, script in printed.scripts.items() if script],
        "geometry": {"left": LEFT, "right": RIGHT, "edge": EDGE},
        "unit": Unit.fitting(facts.fates.in_s),
        "timelines": lines,
        "ticks": ticks,
        "limits": limits,
        "most": {
            "recordings": MOST_RECORDINGS,
            "timelines": MOST_TIMELINES,
            "failures": MOST_FAILURES,
            "sentences": MOST_SENTENCES,
        },
    }


def _charts(facts: Facts, limits: SelectSettings) -> dict[str, Any]:
    """Everything Plotly draws: what is shown at once, and the waterfalls to choose from."""
    steps = waterfall_steps(facts.fates)
    plots: dict[str, dict[str, Plot]] = {"histograms": {}, "scatters": {}}
    falls: dict[str, Figure] = {}
    parts: dict[str, Figure] = {}
    if facts.fates.in_s:
        plots = {"histograms": histograms(facts, limits), "scatters": scatters(facts, limits)}
        falls = waterfalls(facts)
        parts = {kind: shares(found) for kind, found in facts.parts.items() if len(found) > 1}
    shown = {name: plot.figure for kind in plots.values() for name, plot in kind.items()}
    counted = {role for one in facts.histograms.values() for role in one.counts}
    first = {"waterfall": falls["everything"]} if falls else {}
    return {
        "figures": {**first, **{f"by-{kind}": figure for kind, figure in parts.items()}, **shown},
        "waterfalls": falls,
        "parts": list(parts),
        **plots,
        "spoken": _spoken(facts, plots, parts),
        "legends": {
            "waterfall": legend(step.role for step in steps),
            "histograms": legend(role for role in STACKED if role in counted),
        },
    }


def _spoken(facts: Facts, plots: dict[str, dict[str, Plot]], parts: dict[str, Figure]) -> dict[str, str]:
    """What each chart shows, in words, for those who hear the page."""
    said = {name: f"{plot.title}: {plot.spoken}" for kind in plots.values() for name, plot in kind.items()}
    said |= {f"by-{kind}": spoken_shares(kind, facts.parts[kind]) for kind in parts}
    return {
        **said,
        "waterfall": spoken_waterfall(waterfall_steps(facts.fates), Unit.fitting(facts.fates.in_s)),
    }


def _render(page: dict[str, Any]) -> str:
    try:
        import jinja2
        import markupsafe
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise MissingDependency(
            "the report needs Jinja2 and Plotly: pip install 'wavelode[report]'"
        ) from error
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(clock=clock, file_name=lambda path: PurePath(path or "").name)
    template = environment.get_template("report.html")
    return template.render(**page, plotly_js=markupsafe.Markup(get_plotlyjs() if page["figures"] else ""))
