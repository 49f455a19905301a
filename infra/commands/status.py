"""The command that tells how a run stands."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from wavelode.infra.options import settings_of_run


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--exact", is_flag=True, help="read every recording to see whether it has changed; slow")
def status(out: Path, exact: bool) -> None:
    """Tell what of the run in OUT is done, left, failed and stale, and how long the rest takes."""
    from rich.console import Console

    from wavelode.infra.outlook import look, print_status

    given: dict[str, Any] = {"out": out}
    sys.exit(print_status(Console(), look(settings_of_run(None, given), exact=exact)))
