"""The results as tables, best row on top, whoever it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.markup import escape
from rich.table import Table

from wavelode.alignment.calibration import Calibration, ListenerKind
from wavelode.infra.bench.known_answer.content import Pairing
from wavelode.infra.bench.known_answer.edits import at_shares
from wavelode.infra.bench.known_answer.goals import (
    MOST_FALSE,
    P_CORRECT,
    Goal,
    Result,
    at_most,
    probabilities,
)
from wavelode.infra.bench.known_answer.learning import Learned
from wavelode.infra.bench.known_answer.scores import (
    Calibrated,
    Verdict,
    at_levels,
    boundaries_ms,
    calibration,
)
from wavelode.infra.bench.known_answer.tasks import Outcome

_COLUMNS = (
    *("", "F1", "precision", "recall", "false", "absent", "edited", "damaged", "cut"),
    *("F1, all allowed", "edges ms", "time s", "MB"),
)


def method_table(result: Result) -> Table:
    """One row of recordings, all methods."""
    accepted = result.accepted
    by = f"{accepted.threshold:.2f}"
    how = (
        f"p_correct >= {by}" if all(j.found.is_probability for j in result.ours.judged) else f"score >= {by}"
    )
    table = Table(
        *_COLUMNS,
        title=escape(result.row.name),
        caption=f"ours accepted at {how}; peers at their best threshold and least number of words with at most "
        f"{result.allowed_false:.2%} false accepts",
    )
    for outcome in result.ranked:
        style = "bold" if outcome is result.ours else None
        table.add_row(*_cells(result, outcome), style=style)
    return table


def own_table(results: Sequence[Result]) -> Table:
    """Ours on every row."""
    table = Table(*_COLUMNS, title=f"wavelode at p_correct >= {P_CORRECT}")
    for result in results:
        table.add_row(escape(result.row.name), *list(_cells(result, result.ours))[1:])
    return table


def _cells(result: Result, outcome: Outcome) -> Iterator[str]:
    tally = result.of(outcome).tally
    yield escape(outcome.method)
    yield from (f"{share:.3f}" for share in (tally.f1, tally.precision, tally.recall))
    yield f"{tally.false_accept_rate:.2%}"
    yield str(tally.of(Verdict.ABSENT))
    yield f"{tally.of(Verdict.EDITED)} of {outcome.planted.edited}"
    yield f"{tally.of(Verdict.DAMAGED)} of {outcome.planted.damaged}"
    yield str(tally.of(Verdict.CUT))
    yield f"{at_most(outcome, 1.0).tally.f1:.3f}"
    yield "{:.0f} / {:.0f}".format(*boundaries_ms(outcome.judged))
    yield f"{outcome.time_s:.1f}"
    yield f"{outcome.peak_mb:.0f}" if outcome is result.ours else ""


def calibration_table(results: Sequence[Result]) -> Table | None:
    """What p_correct says against what is true, over all rows with the default trouble; None where nobody says it."""
    judged = probabilities(result for result in results if result.row.is_default)
    if not judged:
        return None
    table = Table(
        *("p_correct", "claims", "says", "true (95 % of samples)", "true, damaged print counted as wrong"),
        title="calibration",
    )
    for row in calibration(judged):
        table.add_row(*_calibrated(row, f"{row.low:.2f} to {min(row.high, 1.0):.2f}"))
    table.add_section()
    for row in at_levels(judged):
        table.add_row(*_calibrated(row, f"around {(row.low + row.high) / 2:.2f}"))
    return table


def _calibrated(row: Calibrated, name: str) -> tuple[str, ...]:
    low, high = row.interval
    true = f"{row.true:.3f} ({low:.3f} to {high:.3f})"
    return name, str(row.claims), f"{row.said:.3f}", true, f"{row.true_with_damaged:.3f}"


def edits_table(results: Sequence[Result]) -> Table | None:
    """What other shares of edited sentences would give; None where no row has many of them."""
    many = [result for result in results if not result.row.is_default]
    table = Table(
        *("", "edited", f"F1 at p_correct >= {P_CORRECT}", "false", f"best F1 at {MOST_FALSE:.1%} false"),
        title="by the share of edited sentences, from the rows with many of them",
    )
    for result in many:
        for row in at_shares(result):
            cells = f"{row.share:.1%}", f"{row.f1:.3f}", f"{row.false:.2%}", f"{row.best_f1:.3f}"
            table.add_row(escape(result.row.name), *cells)
    return table if many else None


def learning_table(found: Sequence[Learned]) -> Table:
    """What learning a listener's confusions adds."""
    table = Table(
        *(
            "",
            "rounds",
            f"F1 at p_correct >= {P_CORRECT}",
            "false",
            "best F1 of any threshold",
            "right",
            "cut",
        ),
        title="confusions learned from a recording's own sure readings",
    )
    for row in found:
        accepted, best = row.accepted, row.best
        cells = f"{accepted.f1:.3f}", f"{accepted.false_accept_rate:.2%}", f"{best.f1:.3f}"
        counts = str(best.of(Verdict.RIGHT)), str(best.of(Verdict.CUT))
        table.add_row(escape(row.name), str(row.rounds), *cells, *counts)
    return table


def pairing_table(found: Sequence[Pairing]) -> Table:
    """How well recordings find their documents."""
    table = Table(
        *("", "recordings", "documents", "likeliest", "tried", "it alone taken", "wrong ones taken"),
        *("given a wrong one: refused", "given the right one: kept"),
        title="pairs by content",
    )
    for row in found:
        counts = (
            row.recordings,
            row.documents,
            row.first,
            row.tried,
            row.found,
            row.others,
            row.refused,
            row.kept,
        )
        table.add_row(escape(row.name), *map(str, counts))
    return table


def held_out_table(calibrations: Mapping[ListenerKind, Calibration]) -> Table:
    """What calibrations said and what was true, each corpus with weights fitted on the others."""
    table = Table("listener", "corpus", "p_correct", "claims", "says", "true", title="held out")
    for kind, of_kind in calibrations.items():
        for row in of_kind.held_out:
            between = f"{row['from']:.2f} to {row['to']:.2f}"
            shares = f"{row['said']:.3f}", f"{row['true']:.3f}"
            table.add_row(kind, str(row["corpus"]), between, str(row["claims"]), *shares)
    return table


def goal_table(goals: Sequence[Goal]) -> Table:
    table = Table("goal", "is", "", title="what it must show")
    for goal in goals:
        table.add_row(escape(goal.text), goal.figure, "[green]yes[/green]" if goal.holds else "[red]no[/red]")
    return table
