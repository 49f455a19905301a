"""The commands that look at and change a finished corpus: ``leaks``, ``remove``, ``export``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from wavelode.datasets.export.formats import FORMATS

_FOLDER = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("one", type=_FOLDER)
@click.argument("other", type=_FOLDER)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Parquet file for all that is shared"
)
def leaks(one: Path, other: Path, out: Path | None) -> None:
    """Say what two sets of shards share: sound, words, speakers. Status 1 where they share anything.

    Give the smaller one first.
    """
    from rich.console import Console

    from wavelode.datasets.storage import write_rows
    from wavelode.infra.chosen import print_leaks
    from wavelode.pipelines.leaks import leaks as find_leaks
    from wavelode.schemas.tables import LEAK

    with tempfile.TemporaryDirectory() as scratch:
        found = find_leaks(one, other, Path(scratch))
    if out:
        write_rows(found.rows, LEAK, out)
    print_leaks(Console(), found)
    sys.exit(1 if found else 0)


@click.command()
@click.argument("out", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--to", "name", type=click.Choice(sorted(FORMATS)), required=True, help="the format")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="folder to write  [default: OUT/export/NAME]",
)
@click.option("--ssl", is_flag=True, help="unlabelled speech too")
def export(out: Path, name: str, into: Path | None, ssl: bool) -> None:
    """Write the packed clips of OUT as another toolkit reads them; the sound is the same to the sample."""
    from wavelode.datasets.export.sets import sets_of

    folder = into or out / "export" / name
    sets = sets_of(out, ("asr", "ssl") if ssl else ("asr",))
    FORMATS[name](sets, folder)
    click.echo(f"{folder}: {', '.join(one.name for one in sets)}")
