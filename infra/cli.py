"""The command line: ``wavelode run | mine | select | pack | report | learn | learn-fonts | demo | bench``."""

from __future__ import annotations

import importlib
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from wavelode.infra.options import settings_from, settings_of_run, settings_options
from wavelode.schemas.errors import WavelodeError

STOPPED = 2
BENCHES = ("nw", "known-answer", "listeners", "documents")


class _Plain(click.Group):
    """Shows what was raised on purpose as one sentence; the rest is a bug and keeps its traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except WavelodeError as error:
            click.echo(f"wavelode: {error}", err=True)
            ctx.exit(STOPPED)


@click.group(cls=_Plain, context_settings={"max_content_width": 110, "help_option_names": ["-h", "--help"]})
@click.version_option(version("wavelode"), prog_name="wavelode")
def main() -> None:
    """Turns radio archives and the documents of what was read into training data for speech models."""
    # A worker per core is the parallelism; threads inside each would only fight over the same cores.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")


@main.command()
@settings_options(
    ("decode", "document", "speech", "listener", "diarizer", "align", "select", "split", "pack")
)
def run(config: Path | None, **options: Any) -> None:
    """Mine, select, pack and report: from recordings and documents to shards."""
    from wavelode.infra.run import run as run_all

    sys.exit(run_all(settings_from(config, options)))


@main.command()
@settings_options(("decode", "document", "speech", "listener", "diarizer", "align"))
def mine(config: Path | None, **options: Any) -> None:
    """Find out everything about each recording; the expensive part, done once."""
    from wavelode.infra.run import a_run
    from wavelode.infra.run import mine as mine_all

    stood = mine_all(a_run(settings_from(config, options)))
    click.echo(f"{len(stood.recordings)} recordings mined, {stood.already_done} of them had been before")


@main.command()
@settings_options(("select", "split"))
def select(config: Path | None, **options: Any) -> None:
    """Decide which clips go where; takes seconds and runs no model. What the last command set in --out holds."""
    from wavelode.infra.run import a_run
    from wavelode.infra.run import select as select_all

    parts = select_all(a_run(settings_of_run(config, options))).seconds()
    click.echo(", ".join(f"{name} {seconds:.1f} s" for name, seconds in parts.items()))


@main.command()
@settings_options(("pack", "decode"))
def pack(config: Path | None, **options: Any) -> None:
    """Write the chosen clips as Parquet shards."""
    from wavelode.infra.run import a_run
    from wavelode.infra.run import pack as pack_all

    manifest = pack_all(a_run(settings_of_run(config, options)))
    click.echo(f"{len(manifest.shards)} shards, {sum(shard.rows for shard in manifest.shards)} clips")


@main.command()
@click.argument("out", type=click.Path(exists=True, file_okay=False, path_type=Path))
def report(out: Path) -> None:
    """Write OUT/report.html from what a run left."""
    from wavelode.datasets.storage import Layout
    from wavelode.pipelines.quality.report import write_report

    click.echo(write_report(Layout(out)))


@main.command()
@click.argument("run_folder", metavar="OUT", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--out",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="file for what is learned; the next run takes it with --align-confusions",
)
def learn(run_folder: Path, file: Path) -> None:
    """Count what the listener takes for what in the sure readings of the run in OUT."""
    from wavelode.datasets.storage import Layout
    from wavelode.infra.run import read_stood
    from wavelode.pipelines.learn import learn as learn_from

    layout = Layout(run_folder)
    found = learn_from([layout.out / name for name in read_stood(layout).recordings], file)
    for language, counted in sorted(found.items()):
        click.echo(f"{language}: {counted.letters} letters, {counted.error_rate:.0%} of them misheard")


@main.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("demo"),
    help="folder for all of it  [default: demo]",
)
def demo(out: Path) -> None:
    """Make a small bulletin pack with known truth, mine it, and say how well that went."""
    from wavelode.infra.demo.run import run_demo

    sys.exit(run_demo(out))


@main.command("learn-fonts")
@click.argument("documents", type=click.Path(exists=True, path_type=Path), nargs=-1, required=True)
@click.option("--language", required=True, help="what the documents are written in, as BCP-47: hi, bn, ta …")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="JSON to write")
def learn_fonts(documents: tuple[Path, ...], language: str, out: Path) -> None:
    """Learn what the fonts of PDFs draw, from recognising their pages; needs Tesseract."""
    from wavelode.pipelines.documents.corpus import learn_fonts as learn

    click.echo(learn(documents, language, out))


@main.command()
@click.argument("name", type=click.Choice(BENCHES))
@click.option("--quick", is_flag=True, help="end within 50 seconds")
@click.option(
    "--fit",
    type=click.Path(dir_okay=False, path_type=Path),
    help="known-answer only: fit p_correct on your known answers, write it into this file, and end",
)
def bench(name: str, quick: bool, fit: Path | None) -> None:
    """Compare a part with named peers in one run; succeeds only where its goals hold."""
    if fit:
        if name != "known-answer":
            raise click.UsageError("--fit belongs to `wavelode bench known-answer`")
        from wavelode.infra.bench.known_answer import fit_into

        sys.exit(fit_into(fit))
    module = importlib.import_module(f"wavelode.infra.bench.{name.replace('-', '_')}")
    sys.exit(module.main(quick))
