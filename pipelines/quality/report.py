"""The report: one HTML file that shows a person what came in, what became of it, and how it sounds.

It opens from an e-mail: script, style and sound are inside, and its security policy forbids the page to fetch
anything. Whatever comes from documents and file names is text, never markup.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from wavelode.datasets.manifest import read_manifest
from wavelode.datasets.storage import Layout, write_text
from wavelode.pipelines.quality.audit.precision import audit
from wavelode.pipelines.quality.figures import (
    STACKED,
    Unit,
    histograms,
    legend,
    reason_name,
    waterfall,
    waterfall_steps,
)
from wavelode.pipelines.quality.gather import (
    MOST_FAILURES,
    MOST_RECORDINGS,
    MOST_SENTENCES,
    MOST_TIMELINES,
    Facts,
    Pick,
    gather,
    pick_clips,
    sound_of,
)
from wavelode.pipelines.quality.timeline import clock, timelines
from wavelode.pipelines.quality.words import Run, compare
from wavelode.pipelines.yields import read_yield
from wavelode.schemas.errors import MissingDependency
from wavelode.schemas.settings import SelectSettings, parse_settings, read_yaml
from wavelode.schemas.stats import Yield

_TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class ClipCard:
    """A clip as the page shows it."""

    clip_id: str
    language: str
    group: int
    why: str
    where: str
    duration_s: float
    score: float
    cer: float
    doubt: str
    printed: list[Run]
    heard: list[Run]
    sound: str | None


def write_report(layout: Layout, limits: SelectSettings | None = None) -> Path:
    """Writes ``report.html`` from the tables and shards of an output folder, and says where it is.

    Args:
        limits: the thresholds to draw; those of the folder's ``settings.yaml`` where None.

    Raises:
        StorageError: if `select` hasn't run, or a table can't be read.
        MissingDependency: without the `report` extra.
    """
    limits = limits or _limits_of(layout)
    facts, total = gather(layout), read_yield(layout)
    clips = _cards(layout, pick_clips(layout))
    page = _page(layout.out.resolve().name, facts, total, limits, clips)
    write_text(_render({**page, "audit": audit(layout)}), layout.report)
    return layout.report


def _limits_of(layout: Layout) -> SelectSettings:
    if not layout.settings.exists():
        return SelectSettings.model_validate({})
    return parse_settings(read_yaml(layout.settings), str(layout.settings)).select


def _cards(layout: Layout, picks: list[Pick]) -> list[ClipCard]:
    shards = (
        [shard.path for shard in read_manifest(layout.manifest).shards] if layout.manifest.exists() else []
    )
    sound = sound_of(layout, {pick.row["clip_id"] for pick in picks}, shards)
    return [_card(pick, sound.get(pick.row["clip_id"])) for pick in picks]


def _card(pick: Pick, flac: bytes | None) -> ClipCard:
    row = pick.row
    printed, heard = compare(row["text"] or "", row["asr_text"] or "")
    return ClipCard(
        clip_id=row["clip_id"],
        language=row["language"] or "",
        group=pick.group,
        why=pick.why,
        where=f"{row['recording_id']} at {clock(row['start_s'])}",
        duration_s=row["duration_s"],
        score=row["alignment_score"],
        cer=row["cer"],
        doubt=reason_name(row["asr_reason"]) if row["asr_reason"] else "",
        printed=printed,
        heard=heard,
        sound=base64.b64encode(flac).decode() if flac else None,
    )


def _page(
    name: str, facts: Facts, total: Yield, limits: SelectSettings, clips: list[ClipCard]
) -> dict[str, Any]:
    seconds = total.seconds()
    unit = Unit.fitting(seconds["in"])
    lines, ticks = timelines(facts.recordings)
    steps = waterfall_steps(total, dict(facts.kept_without_text_s))
    counted = facts.durations.counts.keys() | facts.scores.counts.keys()
    figures = {"waterfall": waterfall(steps, unit), **histograms(facts, limits)} if seconds["in"] else {}
    return {
        "name": name,
        "facts": facts,
        "seconds": seconds,
        "asr_s": total.kept.get("asr", 0) / 16_000,
        "ssl_s": total.kept.get("ssl", 0) / 16_000,
        "unit": unit,
        "figures": figures,
        "legends": {
            "waterfall": legend(step.role for step in steps),
            "histograms": legend(role for role in STACKED if role in counted),
        },
        "timelines": lines,
        "ticks": ticks,
        "clips": clips,
        "limits": limits,
        "most": {
            "recordings": MOST_RECORDINGS,
            "timelines": MOST_TIMELINES,
            "failures": MOST_FAILURES,
            "sentences": MOST_SENTENCES,
        },
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
