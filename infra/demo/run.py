"""The demo: makes the pack, runs Wavelode on it as a user would, judges the result and says where it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from wavelode.infra.demo.evaluate import LOOSE_IOU, MIN_IOU, Evaluation, evaluate
from wavelode.infra.demo.pack import make_pack
from wavelode.infra.run import run
from wavelode.schemas.settings import parse_settings

MIN_F1 = 0.85
"""The demo fails below this: what was measured, with room for other versions of flite and the listener."""

READ_A_CLIP = """\
from wavelode.datasets.views import Clips
clip = Clips("{asr}")[0]
"""
"""How to read the first clip; `asr` is the folder of the shards."""


def run_demo(out: Path) -> int:
    """Makes the pack in ``out/pack``, mines it into ``out/out``, prints the verdict; 0 where all went well.

    Raises:
        WavelodeError: where something that the demo needs is missing.
    """
    console = Console()
    console.print("Making three bulletins with known truth …")
    truths = make_pack(out)
    status = mine_pack(out)
    evaluation = evaluate(out / "out", truths)
    _print(console, evaluation, out / "out")
    return status or verdict(console, evaluation)


def verdict(console: Console, evaluation: Evaluation) -> int:
    """0, or 1 and a sentence where the run was worse than it may be."""
    f1 = evaluation.score().f1
    if f1 >= MIN_F1:
        return 0
    console.print(
        f"[red]The demo failed: its F1 is {f1:.3f}, below {MIN_F1}; `make test` may tell what broke.[/red]"
    )
    return 1


def mine_pack(out: Path) -> int:
    """Runs the whole pipeline on the pack that lies in ``out/pack``; returns its exit status."""
    pack = str(out / "pack")
    values: dict[str, Any] = {"audio": pack, "documents": pack, "language": "en", "out": str(out / "out")}
    values["select"] = {"max_copies": 0}  # what a machine reads twice sounds the same twice
    return run(parse_settings(values, where="the demo"))


def _print(console: Console, evaluation: Evaluation, out: Path) -> None:
    for mistake in evaluation.mistakes():
        console.print(f"[dim]{escape(mistake)}[/dim]", highlight=False, soft_wrap=True)
    console.print(_truth_table(evaluation))
    asr, ssl, report = (_near(out / name) for name in ("asr", "ssl", "report.html"))
    lines = (_yield(evaluation), f"Shards: {asr} and {ssl}", f"Report: {report}", "To read a clip:")
    console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)
    console.print(READ_A_CLIP.format(asr=asr), style="bold", highlight=False, markup=False, soft_wrap=True)


def _yield(evaluation: Evaluation) -> str:
    asr, ssl, left_out, all_s = evaluation.asr_s, evaluation.ssl_s, evaluation.left_out_s, evaluation.in_s
    return (
        f"Yield: of {all_s:.0f} s {asr:.0f} s ({asr / all_s:.0%}) are speech with its text, "
        f"{ssl:.0f} s ({ssl / all_s:.0%}) speech alone, {left_out:.0f} s were left out"
    )


def _truth_table(evaluation: Evaluation) -> Table:
    table = Table("against the truth", "right", "mined", "read", "precision", "recall", "F1")
    for min_iou in (MIN_IOU, LOOSE_IOU):
        score = evaluation.score(min_iou)
        counts = (str(count) for count in (score.right, score.mined, score.readings))
        shares = (f"{share:.3f}" for share in (score.precision, score.recall, score.f1))
        table.add_row(f"overlap >= {min_iou}", *counts, *shares)
    error_ms = evaluation.boundary_error_ms()
    table.caption = "nothing found" if error_ms is None else f"median boundary error {error_ms:.0f} ms"
    return table


def _near(path: Path) -> str:
    """The path as seen from here, with forward slashes."""
    return Path(os.path.relpath(path)).as_posix()
