"""The commands that make a corpus: ``run``, and its phases ``mine | select | pack | report``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from wavelode.infra.options import settings_from, settings_of_run, settings_options
from wavelode.schemas.settings import Settings

_MINE = (
    *("decode", "document", "speech", "listener", "second", "spoken", "diarizer", "events", "quality"),
    *("align", "pairing"),
)
"""The groups of settings that `mine` reads."""
_dry_run = click.option(
    "--dry-run", is_flag=True, help="only say what would be done, what would not, and what that takes"
)


@click.command()
@settings_options((*_MINE, "select", "split", "pack"))
@_dry_run
def run(config: Path | None, dry_run: bool, **options: Any) -> None:
    """Mine, select, pack and report: from recordings and documents to shards."""
    if dry_run:
        _tell(settings_from(config, options))
        return
    from wavelode.infra.run import run as run_all

    sys.exit(run_all(settings_from(config, options)))


@click.command()
@settings_options(
    (
        "decode",
        "document",
        "speech",
        "listener",
        "second",
        "spoken",
        "diarizer",
        "events",
        "quality",
        "align",
        "pairing",
    )
)
@_dry_run
def mine(config: Path | None, dry_run: bool, **options: Any) -> None:
    """Find out everything about each recording; the expensive part, done once."""
    if dry_run:
        _tell(settings_from(config, options))
        return
    from wavelode.infra.run import a_run
    from wavelode.infra.run import mine as mine_all

    counted = mine_all(a_run(settings_from(config, options)))
    click.echo(f"{counted.recordings} recordings mined, {counted.already_done} of them had been before")


def _tell(settings: Settings) -> None:
    from rich.console import Console

    from wavelode.infra.outlook import look, print_plan

    print_plan(Console(), look(settings, exact=True))


@click.command()
@settings_options(("select", "split"))
@click.option(
    "--what-if",
    metavar="LIMIT=LOW..HIGH",
    help="print what other values of a limit would keep; writes nothing",
)
def select(config: Path | None, what_if: str | None, **options: Any) -> None:
    """Decide which clips go where; takes seconds and runs no model. What the last command set in --out holds."""
    from wavelode.infra.chosen import print_curve, print_reasons
    from wavelode.infra.run import a_run
    from wavelode.infra.run import select as select_all

    this = a_run(settings_of_run(config, options))
    if what_if:
        print_curve(this.console, this.layout, this.settings.select, what_if)
        return
    parts = select_all(this).seconds()
    click.echo(", ".join(f"{name} {seconds:.1f} s" for name, seconds in parts.items()))
    print_reasons(this.console, this.layout)


@click.command()
@settings_options(("pack", "decode"))
def pack(config: Path | None, **options: Any) -> None:
    """Write the chosen clips as Parquet shards, and check them where the extra `quality` is installed."""
    from wavelode.infra.run import a_run, check
    from wavelode.infra.run import pack as pack_all
    from wavelode.infra.summary import say_validation

    this = a_run(settings_of_run(config, options))
    manifest = pack_all(this)
    click.echo(f"{len(manifest.shards)} shards, {sum(shard.rows for shard in manifest.shards)} clips")
    if found := check(this):
        say_validation(this.console, this.layout, found)
        sys.exit(0 if found.holds else 1)


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--clips", default=24, type=click.IntRange(0, 40), help="how many to let people hear  [default: 24]"
)
def report(out: Path, clips: int) -> None:
    """Write OUT/report.html from what a run left."""
    from wavelode.datasets.storage import Layout
    from wavelode.pipelines.quality.report import write_report

    click.echo(write_report(Layout(out), clips=clips))
