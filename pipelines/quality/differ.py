"""What changed from one run to another, and why: settings and versions, clips gained, lost and moved, by reason.

A clip with text is known by its recording, its sentence and which reading of it it is, so that it is the same clip
where its edges moved. Both decision tables are joined by DuckDB, out of core.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from wavelode.datasets.rows import Row
from wavelode.datasets.shards import row_groups
from wavelode.datasets.storage import Layout
from wavelode.pipelines.quality.stood import standing
from wavelode.schemas.errors import MissingDependency, StorageError
from wavelode.schemas.settings import read_yaml
from wavelode.schemas.verdict import Reason

SETTINGS: dict[str, tuple[str, ...]] = {
    Reason.TOO_SHORT: ("select.min_duration_s", "select.min_ssl_duration_s"),
    Reason.TOO_LONG: ("select.max_duration_s",),
    Reason.UNLIKELY: ("select.min_p_correct", "align.calibration"),
    Reason.LOW_SCORE: ("select.min_alignment_score",),
    Reason.SHORT_RUN: ("select.min_run_words",),
    Reason.HIGH_CER: ("select.max_cer",),
    Reason.EDGE_NOT_HEARD: ("select.require_edges",),
    Reason.ODD_RATE: ("select.min_chars_per_s", "select.max_chars_per_s"),
    Reason.LITTLE_SPEECH: ("select.min_ssl_speech_ratio",),
}
"""The settings that a reason hangs on; every one of `mine` may be behind any."""
_ALL = ("listener.", "speech.", "align.", "document.", "decode.", "diarizer.")
MOVED_S = 0.02
"""Edges that lie closer together than this are taken for the same."""

_STATE = """
select recording_id, document_id, sentence_index, coalesce(occurrence, 0) as occurrence,
    any_value(text) as text, any_value(shelf) as shelf, any_value(coalesce(asr_reason, reason)) as reason,
    min(start_s) as start_s, max(start_s + duration_s) as end_s, any_value(clip_id) as clip_id,
    any_value(coalesce(p_correct, alignment_score)) as score
from read_parquet($path) where document_id is not null group by all
"""
_JOINED = f"""
create temp table compared as
with a as ({_STATE.replace("$path", "$a")}), b as ({_STATE.replace("$path", "$b")})
select recording_id, document_id, sentence_index, occurrence, coalesce(b.text, a.text) as text,
    a.clip_id as clip_a, b.clip_id as clip_b, a.score as score_a, b.score as score_b,
    a.end_s - a.start_s as length_a_s, b.end_s - b.start_s as length_b_s,
    b.start_s - a.start_s as start_moved_s, b.end_s - a.end_s as end_moved_s,
    case when a.shelf = 'asr' then '' else coalesce(a.reason, 'not found') end as why_not_a,
    case when b.shelf = 'asr' then '' else coalesce(b.reason, 'not found') end as why_not_b,
    case when a.shelf = 'asr' and b.shelf is distinct from 'asr' then 'lost'
         when b.shelf = 'asr' and a.shelf is distinct from 'asr' then 'gained'
         when a.shelf = 'asr' and a.text is distinct from b.text then 'other text'
         when a.shelf = 'asr' and greatest(abs(b.start_s - a.start_s), abs(b.end_s - a.end_s)) > {MOVED_S} then 'moved'
         when a.shelf = 'asr' then 'same' else 'in neither' end as change
from a full join b using (recording_id, document_id, sentence_index, occurrence)
"""
_CHANGES = """
select change, case change when 'gained' then why_not_a when 'lost' then why_not_b else '' end as reason,
    count(*) as clips, sum(coalesce(length_b_s, 0) * (change <> 'lost')::int) as b_s,
    sum(coalesce(length_a_s, 0) * (change <> 'gained')::int) as a_s,
    median(greatest(abs(start_moved_s), abs(end_moved_s))) as moved_s, median(score_b - score_a) as score_by
from compared where change <> 'in neither' group by all order by change, clips desc, reason
"""
_SECONDS = """
select coalesce(shelf, 'left out') as shelf, coalesce(reason, '') as reason, sum(duration_s) as seconds
from read_parquet($path) group by all
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """One that differs; None where it isn't set."""

    name: str
    a: str | None
    b: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """Clips that changed alike.

    Attributes:
        kind: ``gained``, ``lost``, ``moved``, ``other text`` or ``same``.
        reason: why they are not in the run that lacks them.
        moved_s: the median over clips of how far the edge that moved most did.
        because: settings that differ and that the reason hangs on.
    """

    kind: str
    reason: str
    clips: int
    a_s: float
    b_s: float
    moved_s: float | None
    because: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Attributes:
    seconds: by shelf and reason, in the first run and the second.
    recordings: how many are in the first run only, in both, in the second only, and in both but mined anew.
    """

    settings: tuple[Setting, ...]
    versions: tuple[Setting, ...]
    recordings: tuple[int, int, int, int]
    changes: tuple[Change, ...]
    seconds: dict[tuple[str, str], tuple[float, float]]


def diff(a: Layout, b: Layout, rows: Path | None = None) -> Difference:
    """What changed from run `a` to run `b`.

    Args:
        rows: a Parquet file for every clip that is not the same in both, with what it was and is.

    Raises:
        MissingDependency: without the `quality` extra.
        StorageError: if one of them has no selection, or a table can't be read.
    """
    settings = _settings(a, b)
    with _opened(a, b) as base:
        changes = tuple(_change(row, settings) for row in _asked(base, _CHANGES))
        seconds = {layout: _asked(base, _SECONDS, path=str(layout.selected)) for layout in (a, b)}
        if rows is not None:
            changed = "select * from compared where change not in ('same', 'in neither') order by all"
            base.execute(f"copy ({changed}) to '{_quoted(rows)}'")
    sides = [{(row["shelf"], row["reason"]): row["seconds"] for row in seconds[layout]} for layout in (a, b)]
    keys = sorted(sides[0].keys() | sides[1].keys())
    return Difference(
        settings,
        _versions(a, b),
        _recordings(a, b),
        changes,
        {key: (sides[0].get(key, 0.0), sides[1].get(key, 0.0)) for key in keys},
    )


@contextmanager
def _opened(a: Layout, b: Layout) -> Iterator[Any]:
    try:
        import duckdb
    except ImportError as error:
        raise MissingDependency("comparing runs needs DuckDB: pip install 'wavelode[quality]'") from error
    for layout in (a, b):
        if not layout.selected.exists():
            raise StorageError(f"{layout.out}: there is nothing to compare yet; run `wavelode select` first")
    with TemporaryDirectory(prefix="wavelode-diff-") as folder:
        base = duckdb.connect(config={"memory_limit": "1GB", "temp_directory": folder})
        try:
            base.execute(_JOINED, {"a": str(a.selected), "b": str(b.selected)})
            yield base
        finally:
            base.close()


def _asked(base: Any, query: str, **values: str) -> list[Row]:
    rows: list[Row] = base.sql(query, params=values or None).to_arrow_table().to_pylist()
    return rows


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _change(row: Row, settings: tuple[Setting, ...]) -> Change:
    reason = row["reason"]
    own = SETTINGS.get(reason, ())
    because = tuple(
        s for s in settings if s.name in own or (reason == "not found" and s.name.startswith(_ALL))
    )
    return Change(row["change"], reason, row["clips"], row["a_s"], row["b_s"], row["moved_s"], because)


def _settings(a: Layout, b: Layout) -> tuple[Setting, ...]:
    """Settings that differ, places aside."""
    first, second = _noted(a), _noted(b)
    names = sorted((first.keys() | second.keys()) - {"out"})
    return tuple(Setting(n, first.get(n), second.get(n)) for n in names if first.get(n) != second.get(n))


def _noted(layout: Layout) -> dict[str, str]:
    return dict(flat(read_yaml(layout.settings))) if layout.settings.exists() else {}


def flat(values: dict[str, Any], above: str = "") -> list[tuple[str, str]]:
    """Nested settings as ``select.max_cer`` and their values.

    >>> flat({"select": {"max_cer": 0.4}, "language": "hi"})
    [('select.max_cer', '0.4'), ('language', 'hi')]
    """
    found = []
    for key, value in values.items():
        inner = isinstance(value, dict)
        found += flat(value, f"{above}{key}.") if inner else [(f"{above}{key}", str(value))]
    return found


def _versions(a: Layout, b: Layout) -> tuple[Setting, ...]:
    """What made the tables: listeners with their models, diarizers, and the columns themselves."""
    first, second = _made_by(a), _made_by(b)
    names = sorted(first.keys() | second.keys())
    return tuple(Setting(n, first.get(n), second.get(n)) for n in names if first.get(n) != second.get(n))


def _made_by(layout: Layout) -> dict[str, str]:
    found: dict[str, set[str]] = {"listener": set(), "diarizer": set()}
    for path in standing(layout, "recordings", layout.mined):
        for group in row_groups(path, list(found)):
            for name, values in found.items():
                values.update(group[name].unique().drop_null().to_pylist())
    columns = ", ".join(sorted(pq.read_schema(layout.selected).names))
    return {name: ", ".join(sorted(values)) for name, values in found.items()} | {"columns": columns}


def _recordings(a: Layout, b: Layout) -> tuple[int, int, int, int]:
    """By the files that each stands on, whose names hold a fingerprint of all they depend on."""
    files = [
        {p.stem.rpartition("-")[0]: p.stem for p in standing(layout, "recordings", layout.mined)}
        for layout in (a, b)
    ]
    both = files[0].keys() & files[1].keys()
    anew = sum(files[0][name] != files[1][name] for name in both)
    return len(files[0]) - len(both), len(both), len(files[1]) - len(both), anew
