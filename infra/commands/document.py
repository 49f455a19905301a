"""``document``: what is understood of one document."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--language", default="", help="what it is written in, as BCP-47; else what its name begins with"
)
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="draw its pages with boxes and roles into this file",
)
def document(file: Path, language: str, html: Path | None) -> None:
    """Print what is understood of FILE: each sentence with its page, what it is for, how it was read, how surely."""
    from wavelode.pipelines.documents.look import write_look
    from wavelode.pipelines.documents.read import read_sentences
    from wavelode.pipelines.pairing import language_code
    from wavelode.schemas.errors import SettingsError
    from wavelode.schemas.settings import DocumentSettings

    spoken = language or language_code(file.stem.split("_")[0])
    if not spoken:
        raise SettingsError(f"{file.name}: its name tells no language; give --language")
    sentences = read_sentences(file, file.stem, spoken, DocumentSettings())
    for one in sentences:
        page = f"p{one.page}" if one.page else "-"
        sure = "" if one.confidence is None else f"{one.confidence:.2f}"
        click.echo(f"{one.index:4} {page:>4} {one.role:12} {one.text_source:15} {sure:4}  {one.text}")
    counted = Counter(str(one.role).replace("_", " ") for one in sentences)
    click.echo(
        f"{len(sentences)} in all: " + ", ".join(f"{n} {role}" for role, n in counted.most_common()), err=True
    )
    if html:
        write_look(file, sentences, spoken, DocumentSettings(), html)
        click.echo(f"Page: {html}", err=True)
