"""The commands that learn from what is there: ``learn`` from a run, ``learn-fonts`` from documents."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
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


@click.command("learn-fonts")
@click.argument("documents", type=click.Path(exists=True, path_type=Path), nargs=-1, required=True)
@click.option("--language", required=True, help="what the documents are written in, as BCP-47: hi, bn, ta …")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="JSON to write")
def learn_fonts(documents: tuple[Path, ...], language: str, out: Path) -> None:
    """Learn what the fonts of PDFs draw, from recognising their pages; needs Tesseract."""
    from wavelode.pipelines.documents.corpus import learn_fonts as learn

    click.echo(learn(documents, language, out))
