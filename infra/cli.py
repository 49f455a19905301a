"""The command line: ``wavelode COMMAND``; each command is a function in one of the files of ``infra/commands``."""

from __future__ import annotations

import os
from importlib.metadata import version
from typing import Any

import click

from wavelode.infra.commands import corpus, document, fetch, learn, quality, run, show, status
from wavelode.schemas.errors import WavelodeError

STOPPED = 2
COMMANDS: tuple[click.Command, ...] = (
    fetch.fetch,
    run.run,
    run.mine,
    run.select,
    run.pack,
    run.report,
    quality.validate,
    corpus.export,
    quality.diff,
    corpus.leaks,
    corpus.remove,
    quality.audit,
    quality.serve,
    status.status,
    document.document,
    learn.learn,
    learn.learn_fonts,
    show.demo,
    show.bench,
)


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


for command in COMMANDS:
    main.add_command(command)
