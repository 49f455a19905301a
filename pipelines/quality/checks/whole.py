"""What no batch can tell: small tables made of the whole corpus by DuckDB, out of core.

``columns``     a row per column of each kind of file: the type it has and the type it should have
``ids``         a row per id that is there more than once
``recordings``  a row per recording that was mined or has clips
``shelves``     a row per shelf: what was selected, what is found in shards, what among the rejects
``sets``        a row per programme, day, document or file whose recordings have clips with text
``stations``    a row per station and measure: how far its newest recordings lie off its earlier ones
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from wavelode.datasets.manifest import Manifest, read_manifest
from wavelode.datasets.storage import Layout
from wavelode.pipelines.quality.stood import standing
from wavelode.schemas.errors import MissingDependency, StorageError
from wavelode.schemas.settings import SplitSettings
from wavelode.schemas.tables import CLIP, REJECT, SELECTED
from wavelode.schemas.time import WORKING_RATE_HZ

MEMORY = "1GB"
"""Beyond it DuckDB goes on disk."""
RECENT_DAYS = 7
"""A station's newest recordings: those of its last so many days."""
LEAST_EARLIER = 5
"""With fewer recordings before them nothing is usual yet."""

SPREADS: dict[str, float] = {
    "length_s": 0.5,
    "snr_db": 1.5,
    "loudness_lufs": 1.0,
    "bandwidth_hz": 250.0,
    "speech_ratio": 0.02,
    "p_correct": 0.03,
    "cer": 0.02,
    "letters_per_s": 0.5,
    "kept_ratio": 0.05,
}
"""What is followed per station, and the least spread that counts as usual, in the measure's unit."""

_RECORDINGS = """
select recording_id, sum(told) as told_samples, bool_or(mined) as mined, sum(covered) as covered_samples,
    coalesce(sum(told), sum(covered), 0) - coalesce(sum(covered), 0) as missing_samples
from (
    select recording_id, coalesce(num_samples, 0) as told, true as mined, null as covered
    from read_parquet($mined) where failed is null
    union all
    select recording_id, null, false, sum(end_sample - start_sample) from selected group by recording_id
) group by recording_id order by mined, abs(missing_samples) desc, recording_id
"""
_MEASURED = """
select station, recording_id, try_cast(left(any_value(aired_at), 10) as date) as day,
    avg((end_sample - start_sample) / $rate) filter (shelf is not null) as length_s,
    avg(snr_db) filter (shelf is not null) as snr_db,
    avg(loudness_lufs) filter (shelf is not null) as loudness_lufs,
    avg(bandwidth_hz) filter (shelf is not null) as bandwidth_hz,
    avg(speech_ratio) filter (shelf is not null) as speech_ratio,
    avg(p_correct) filter (shelf = 'asr') as p_correct,
    avg(cer) filter (shelf = 'asr') as cer,
    avg(length(text_normalized) / ((end_sample - start_sample) / $rate)) filter (shelf = 'asr') as letters_per_s,
    sum(end_sample - start_sample) filter (shelf = 'asr') / sum(end_sample - start_sample) as kept_ratio
from selected where station is not null group by station, recording_id
"""
_DRIFT = """
with measured as (select *, day > max(day) over (partition by station) - $days as recent from measured_recordings),
long as (unpivot measured on {measures} into name measure value value),
earlier as (select station, measure, median(value) as usual, mad(value) * 1.4826 as spread, count(*) as earlier
    from long where not recent group by station, measure having count(*) >= $least),
now as (select station, measure, median(value) as now, count(*) as newest from long where recent group by all)
select station, measure, usual, now, greatest(spread, case measure {floors} end) as spread, earlier, newest,
    abs(now - usual) / greatest(spread, case measure {floors} end) as drift
from earlier join now using (station, measure) order by drift desc, station, measure
"""


@dataclass(frozen=True, slots=True)
class Corpus:
    """An output folder opened for questions."""

    layout: Layout
    base: Any

    def ask(self, query: str, **values: Any) -> pa.Table:
        found: pa.Table = self.base.sql(query, params=values or None).to_arrow_table()
        return found


@contextmanager
def opened(layout: Layout) -> Iterator[Corpus]:
    """Raises:
    MissingDependency: without the `quality` extra.
    StorageError: if there is no selection.
    """
    try:
        import duckdb
    except ImportError as error:
        raise MissingDependency("checking needs DuckDB: pip install 'wavelode[quality]'") from error
    if not layout.selected.exists():
        raise StorageError(f"{layout.out}: there is nothing to check yet; run `wavelode select` first")
    with TemporaryDirectory(prefix="wavelode-check-") as folder:
        base = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": folder})
        try:
            name = str(layout.selected).replace("'", "''")
            base.execute(f"create view selected as from read_parquet('{name}')")
            yield Corpus(layout, base)
        finally:
            base.close()


def columns(layout: Layout) -> pa.Table:
    """Every column of the decision table, the rejects and the shards, as it should be and as it is."""
    files = [("selected", layout.selected, SELECTED), ("rejects", layout.rejects, REJECT)]
    shards = _manifest(layout).shards
    files += [(shard.path, layout.out / shard.path, CLIP) for shard in shards]
    seen: dict[str, dict[str, str | None]] = {}
    for name, path, wanted in files:
        for row in _compared(path, wanted):
            # All shards alike make one row per column; the first that differs is named.
            kind = "shards" if wanted is CLIP and row["told"] == row["there"] else name
            seen.setdefault(f"{kind}/{row['column']}", {"file": kind, **row})
    return pa.Table.from_pylist(list(seen.values()))


def _compared(path: Path, wanted: pa.Schema) -> Iterator[dict[str, str | None]]:
    try:
        there = pq.read_schema(path)
    except (OSError, pa.ArrowException) as error:
        raise StorageError(f"{path}: can't read it ({error}); run `wavelode pack` again") from error
    for name in dict.fromkeys((*wanted.names, *there.names)):
        yield {"column": name, "told": _type(wanted, name), "there": _type(there, name)}


def _type(schema: pa.Schema, name: str) -> str:
    """As Arrow writes it, whatever Parquet calls the items of a list."""
    return (
        str(schema.field(name).type).replace("<element: ", "<item: ") if name in schema.names else "not there"
    )


def _manifest(layout: Layout) -> Manifest:
    return read_manifest(layout.manifest)


def ids(corpus: Corpus) -> pa.Table:
    return corpus.ask(
        "select clip_id, count(*) as times from selected group by clip_id having count(*) > 1 "
        "order by times desc, clip_id limit 1000"
    )


def recordings(corpus: Corpus) -> pa.Table:
    mined = [str(path) for path in standing(corpus.layout, "recordings", corpus.layout.mined)]
    if not mined:
        return pa.table(
            {name: pa.array([], pa.int64()) for name in ("recording_id", "mined", "missing_samples")}
        )
    return corpus.ask(_RECORDINGS, mined=mined)


def shelves(corpus: Corpus) -> pa.Table:
    """What is kept against what lies in shards by their own footers, and what is not against the rejects."""
    kept = corpus.ask(
        "select coalesce(shelf, 'left out') as shelf, count(*) as clips_selected, "
        "sum(end_sample - start_sample)::bigint as samples_selected from selected group by all order by all"
    ).to_pylist()
    left_out = corpus.ask(
        "select count(*) as clips, coalesce(round(sum(duration_s) * $rate), 0)::bigint as samples "
        "from read_parquet($rejects) where kind = 'stretch' and kept_as is null",
        rejects=str(corpus.layout.rejects),
        rate=WORKING_RATE_HZ,
    ).to_pylist()[0]
    shards = _manifest(corpus.layout).shards
    found = {"left out": (left_out["clips"], left_out["samples"])}
    for shelf in ("asr", "ssl"):
        own = [shard for shard in shards if shard.shelf == shelf]
        rows = sum(pq.read_metadata(corpus.layout.out / shard.path).num_rows for shard in own)
        found[shelf] = (rows, sum(shard.samples for shard in own))
    told = {row["shelf"]: (row["clips_selected"], row["samples_selected"]) for row in kept}
    return pa.Table.from_pylist(
        [
            {
                "shelf": name,
                "clips_selected": told.get(name, (0, 0))[0],
                "clips_packed": clips,
                "samples_selected": told.get(name, (0, 0))[1],
                "samples_found": samples,
            }
            for name, (clips, samples) in found.items()
        ]
    )


def sets(corpus: Corpus, settings: SplitSettings) -> pa.Table:
    """What `select` keeps together, and in how many sets it lies."""
    ties = {
        "programme": "programme_id",
        "day": "language || '/' || left(nullif(aired_at, ''), 10)",
        "document": "document_id",
        "speaker": "speaker_cluster",
        "copies": "copies",
    }
    wanted = {"recording": "recording_id", "file": "source_sha256"}
    # That a column is missing is said by the check of columns.
    there = set(pq.read_schema(corpus.layout.selected).names)
    wanted |= {kind: ties[kind] for kind in settings.together if ties[kind] in there or kind == "day"}
    parts = " union all ".join(
        f"select '{kind}' as kind, {name} as name, count(distinct split) as sets, "
        f"string_agg(distinct split, ', ') as which from selected where shelf = 'asr' and {name} is not null "
        "group by name"
        for kind, name in wanted.items()
    )
    return corpus.ask(f"from ({parts}) order by sets desc, kind, name")


def stations(corpus: Corpus) -> pa.Table:
    """The drift of each station: medians over recordings, in spreads usual among its earlier ones (1.4826 MAD)."""
    corpus.base.execute(
        f"create or replace temp table measured_recordings as {_MEASURED}", {"rate": WORKING_RATE_HZ}
    )
    floors = " ".join(f"when '{name}' then {spread}" for name, spread in SPREADS.items())
    query = _DRIFT.format(measures=", ".join(SPREADS), floors=floors)
    return corpus.ask(query, days=RECENT_DAYS, least=LEAST_EARLIER)
