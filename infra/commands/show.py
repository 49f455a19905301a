"""The commands that show how good it is: ``demo`` and ``bench``."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import click

BENCHES = (
    "audit",
    "documents",
    "engines",
    "kill",
    "known-answer",
    "listeners",
    "loader",
    "nw",
    "pack",
    "scaling",
    "validate",
)


@click.command()
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


@click.command(epilog=f"NAME is one of {', '.join(BENCHES)}.")
@click.argument("name", metavar="NAME", type=click.Choice(BENCHES))
@click.option("--quick", is_flag=True, help="end within 50 seconds")
@click.option(
    "--fit",
    type=click.Path(dir_okay=False, path_type=Path),
    help="known-answer only: fit p_correct on your known answers, write it into this file, and end",
)
@click.option(
    "--alone", is_flag=True, help="known-answer only: without the peers, which take most of the time"
)
def bench(name: str, quick: bool, fit: Path | None, alone: bool) -> None:
    """Compare a part with named peers in one run; succeeds only where its goals hold.

    NAME is audit, documents, engines, kill, known-answer, listeners, loader, nw,
    pack, scaling or validate.
    """
    if fit or alone:
        if name != "known-answer":
            raise click.UsageError("--fit and --alone belong to `wavelode bench known-answer`")
        from wavelode.infra.bench.known_answer import fit_into
        from wavelode.infra.bench.known_answer import main as known_answer

        sys.exit(fit_into(fit) if fit else known_answer(quick, alone=True))
    module = importlib.import_module(f"wavelode.infra.bench.{name.replace('-', '_')}")
    sys.exit(module.main(quick))
