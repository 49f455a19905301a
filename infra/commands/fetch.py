"""The command that fetches an archive by its index."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument(
    "indexes", type=click.Path(exists=True, dir_okay=False, path_type=Path), nargs=-1, required=True
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="folder for the files")
@click.option("--language", "languages", multiple=True, help="only rows of this language; may be given again")
@click.option("--station", "stations", multiple=True, help="only rows of this station; may be given again")
@click.option("--limit", type=click.IntRange(min=0), default=0, help="no more rows than this  [default: all]")
@click.option(
    "--per-second",
    type=click.FloatRange(min=0, min_open=True),
    default=2.0,
    show_default=True,
    help="requests to one host in a second, of all workers together",
)
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="transfers at once")
@click.option("--most-mb", type=float, default=4000.0, show_default=True, help="refuse larger files")
@click.option("--contact", default="", help="an address for whoever runs the server, sent along")
@click.option("--retry-failed", is_flag=True, help="try again what could not be had before")
@click.option("--engine", type=click.Choice(["local", "ray", "beam"]), default="local", show_default=True)
@click.option("--ray-address", default="", help="a running Ray cluster; empty starts Ray on this machine")
@click.option("--beam-options", default="", help="options for Beam")
def fetch(indexes: tuple[Path, ...], out: Path, **how: Any) -> None:
    """Fetch the files of INDEXES (CSV with a column url), politely; what is there is not fetched again."""
    from rich.console import Console

    from wavelode.infra.engines.choose import engine_for
    from wavelode.infra.fetch import Wanted
    from wavelode.infra.fetch import fetch as fetch_all
    from wavelode.pipelines.fetch.download import FetchFile
    from wavelode.pipelines.fetch.manners import Manners
    from wavelode.schemas.settings import parse_settings

    named = ("engine", "workers", "ray_address", "beam_options")
    settings = parse_settings({"out": out.resolve(), **{name: how[name] for name in named}})
    manners = Manners(
        how["per_second"],
        settings.workers,
        most_bytes=int(how["most_mb"] * 1e6),
        contact=how["contact"],
    )
    task = FetchFile(settings.out, manners, how["retry_failed"])
    wanted = Wanted(indexes, settings.out, how["languages"], how["stations"], how["limit"])
    sys.exit(fetch_all(wanted, task, engine_for(settings), Console()))
