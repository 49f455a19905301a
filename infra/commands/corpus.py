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


@click.command()
@click.argument("out", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--recording", "recordings", multiple=True, help="a recording_id; may be given several times")
@click.option("--source", "sources", multiple=True, help="a source_uri")
@click.option(
    "--speaker",
    "speakers",
    multiple=True,
    help="a speaker_cluster, or recording_id/speaker_id of one recording",
)
def remove(
    out: Path, recordings: tuple[str, ...], sources: tuple[str, ...], speakers: tuple[str, ...]
) -> None:
    """Take recordings, sources or speakers out of OUT for good, and look whether anything still names them."""
    from wavelode.datasets.storage import Layout
    from wavelode.pipelines.remove import remove as take_out
    from wavelode.pipelines.taken import Taken

    if not (recordings or sources or speakers):
        raise click.UsageError("say what to remove: --recording, --source or --speaker")
    taken = Taken(frozenset(recordings), frozenset(sources), frozenset(speakers))
    done = take_out(Layout(out), taken)
    click.echo(
        f"removed {done.clips} clips, {done.seconds:.1f} s, and {done.stretches} stretches of the tables"
    )
    click.echo(f"{len(done.rewritten)} shards written anew or dropped, the others untouched")
    for path in done.deleted:
        click.echo(f"  deleted {path}")
    for path in done.still_there:
        click.echo(f"  STILL NAMES IT: {path}", err=True)
    click.echo(
        "looked through every table and text file: "
        + ("NOT GONE" if done.still_there else "nothing names it")
    )
    sys.exit(1 if done.still_there else 0)
