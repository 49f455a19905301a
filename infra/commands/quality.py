"""The commands that look at what came out: ``validate | diff | audit | serve``."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

_OUT = click.argument(
    "run_folder", metavar="OUT", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
_HOST = click.option(
    "--host", default="127.0.0.1", help="address to listen on; others than this machine's need its token"
)
_PORT = click.option("--port", default=0, type=click.IntRange(0, 65535), help="port; 0 takes a free one")


@click.command()
@_OUT
def validate(run_folder: Path) -> None:
    """Check the tables and shards in OUT against what is expected of them; exit status 1 where something is broken."""
    from wavelode.datasets.storage import Layout
    from wavelode.infra.summary import say_validation
    from wavelode.pipelines.quality.checks.validate import validate

    found = validate(Layout(run_folder))
    say_validation(Console(), Layout(run_folder), found)
    sys.exit(0 if found.holds else 1)


@click.command()
@click.argument("a", metavar="OUT_A", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("b", metavar="OUT_B", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--rows",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Parquet file for every clip that changed, with what it was and is",
)
def diff(a: Path, b: Path, rows: Path | None) -> None:
    """Say what changed from the run in OUT_A to that in OUT_B, and why: settings, versions, clips by reason."""
    from wavelode.datasets.storage import Layout
    from wavelode.infra.summary import print_difference
    from wavelode.pipelines.quality.differ import diff as compare

    print_difference(Console(), compare(Layout(a), Layout(b), rows))


@click.command()
@_OUT
@_HOST
@_PORT
def serve(run_folder: Path, host: str, port: int) -> None:
    """Search, filter, hear and judge the clips in OUT in a browser, on this machine only."""
    from wavelode.datasets.storage import Layout
    from wavelode.infra.serve.start import Address, serve

    serve(Layout(run_folder), Address(host, port))


@click.command()
@_OUT
@click.option(
    "--n", "count", default=200, type=click.IntRange(1, 100_000), help="clips to draw  [default: 200]"
)
@click.option("--seed", default=0, help="draws another sample")
@click.option("--anew", is_flag=True, help="draw again though a sample is there; marks of its clips are kept")
@click.option("--open/--no-open", "opens", default=True, help="serve the page to listen on; else only draw")
@_PORT
def audit(run_folder: Path, count: int, seed: int, anew: bool, opens: bool, port: int) -> None:
    """Draw clips by lot within language and certainty, and listen: right, wrong words, wrong edges, bad audio."""
    from wavelode.datasets.storage import Layout
    from wavelode.infra.serve.start import Address, serve
    from wavelode.pipelines.quality.audit.sample import draw, read_sample, write_sample

    layout = Layout(run_folder)
    sample = [] if anew else read_sample(layout)
    if sample:
        click.echo(f"{len(sample)} clips were drawn before; --anew draws again")
    else:
        sample = draw(layout, count, seed)
        click.echo(f"{len(sample)} clips drawn: {write_sample(layout, sample)}")
    if opens:
        serve(layout, Address(port=port, path="/audit"))
