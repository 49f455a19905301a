"""Select: where every stretch of every recording goes, and why.

Reads only what `mine` measured, never sound. Filters are small decisions over columns (`selecting.filters`), each with
a bound from the settings, a language's own, or the data (`selecting.limits`). All of them are asked of every stretch
(`selecting.decide`); the first that it breaks is its reason. What only the whole corpus can tell, who speaks how much
and what is there twice, is found in between (`selecting.choose`). A stretch whose text is not believed may still be
good unlabelled speech.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from wavelode.datasets.rows import Row, document_of, recording_of
from wavelode.datasets.shards import Groups, row_groups, table_writer
from wavelode.datasets.storage import Layout, read_rows, whole
from wavelode.pipelines.duplicates.prints import Prints, from_frame
from wavelode.pipelines.grouping import Grouper, Grouping
from wavelode.pipelines.measures.peaks import Peaks, unpack, within
from wavelode.pipelines.rejects import failed_document, left_out, rejected_rows
from wavelode.pipelines.selecting.choose import Choice, Measured, choose, nothing_known
from wavelode.pipelines.selecting.columns import Columns
from wavelode.pipelines.selecting.corpus import CLUSTER_READS, cluster_rows
from wavelode.pipelines.selecting.decide import decide, with_fates
from wavelode.pipelines.selecting.limits import Limits
from wavelode.pipelines.selecting.measured import measured_rows
from wavelode.pipelines.speakers import Linked, link_voices, with_clusters
from wavelode.pipelines.splitting.splits import read_splits, with_splits
from wavelode.pipelines.splitting.units import Unit, unit_of
from wavelode.pipelines.taken import read_removed
from wavelode.pipelines.yields import read_yield
from wavelode.schemas.errors import StorageError
from wavelode.schemas.records import Document, Recording
from wavelode.schemas.settings import SelectSettings, SplitSettings
from wavelode.schemas.stats import Yield
from wavelode.schemas.tables import CLUSTER, REJECT, SELECTED
from wavelode.schemas.time import Span
from wavelode.schemas.verdict import Drop, Keep, Reason, Shelf

_DEFAULT_SPLIT = SplitSettings()


@dataclass(frozen=True, slots=True)
class Selection:
    """Decisions, what was left out, and the count of both.

    Attributes:
        rows: ``SELECTED``, one per stretch.
        rejects: ``REJECT``.
    """

    rows: tuple[Row, ...]
    rejects: tuple[Row, ...]
    total: Yield


def select(recordings: Iterable[Recording], settings: SelectSettings) -> Selection:
    """Decides about every stretch of every recording, in order, by itself; for small corpora held in memory.

    Raises:
        StorageError: if a recording's stretches don't add up to its length.
    """
    rows: list[Row] = []
    rejects: list[Row] = []
    total = Yield.zero()
    for recording in recordings:
        if recording.failed is not None:
            samples = recording.sound.num_samples if recording.sound else 0
            total += Yield.of(recording.failed, samples)
        else:
            table = pa.Table.from_pylist(list(measured_rows(recording)), schema=SELECTED)
            decided = with_fates(
                table, decide(Columns(table, nothing_known(len(table))), Limits.fixed(settings))
            )
            rows += (found := decided.to_pylist())
            rejects += [left_out(row) for row in found if row["reason"] or row["asr_reason"]]
            total = sum(
                (Yield.of(_verdict(row), row["end_sample"] - row["start_sample"]) for row in found), total
            )
        rejects += rejected_rows(recording)
    return Selection(tuple(rows), tuple(rejects), total)


def _verdict(row: Row) -> Keep | Drop:
    return Keep(Shelf(row["shelf"])) if row["shelf"] else Drop(Reason(row["reason"]))


def run_select(
    layout: Layout,
    mined: Iterable[Path],
    documents: Iterable[Path],
    settings: SelectSettings,
    splitting: SplitSettings = _DEFAULT_SPLIT,
    group: Grouper | None = None,
) -> Yield:
    """Writes the tables in ``selected`` and ``rejects``; holds one recording, and of all clips what must be compared.

    Args:
        mined, documents: the current files of `mine`, one per recording and document; any order.
        splitting: how recordings are shared out; sets that an earlier selection here gave them stand.
        group: runs the group-bys by which copies and recordings meet; by default here.

    Returns:
        What came in and what became of it.

    Raises:
        StorageError: if a file can't be read or written, or a recording is there twice.
    """
    before = {} if splitting.afresh else read_splits(splitting.keep or layout.selected)
    with ExitStack() as open_files:
        left = _open_table(open_files, layout.rejects, REJECT)
        folder = open_files.enter_context(scratch(layout))
        removed = read_removed(layout)
        mined = [path for path in mined if recording_of_file(path) not in removed.recordings]
        linked = link_voices(mined) if settings.link_speakers else {}
        measured = measure(mined, folder / "measured.parquet", left, splitting, linked)
        measured = replace(measured, removed=removed)
        choice = choose(measured, settings, splitting, before, Grouping(folder, group))
        _add_all(left, _decided(measured.table, layout.selected, choice))
        _write_clusters(layout, choice)
        for document in _documents(documents):
            if document.failed:
                left.add(failed_document(document, document.failed))
    return read_yield(layout)


def measure(
    mined: Iterable[Path],
    table: Path,
    left: Groups | None,
    splitting: SplitSettings,
    linked: Linked | None = None,
) -> Measured:
    """Writes the measured rows of all recordings; what of them is no stretch goes to `left`."""
    units: list[Unit] = []
    peaks: list[Peaks] = []
    with Groups(table_writer(table, SELECTED)) as rows:
        for recording in (with_clusters(one, linked or {}) for one in _recordings(mined)):
            speakers = set()
            if recording.failed is None:
                heard = np.frombuffer(recording.peaks or b"", "<u4")
                for row in measured_rows(recording):
                    rows.add(row)
                    peaks.append(_peaks_of(row, heard))
                    speakers.add(row.get("speaker_cluster") or "")
            units.append(unit_of(recording, splitting, speakers - {""}))
            _add_all(left, rejected_rows(recording) if left else ())
    return Measured(table, Prints.of(peaks), units)


def _peaks_of(row: Row, heard: Peaks) -> Peaks:
    """The peaks of a row's stretch, its first at frame 0."""
    found = within(heard, Span(row["start_sample"], row["end_sample"]))
    return from_frame(found, int(unpack(found[:1])[0][0])) if len(found) else found


def _decided(measured: Path, final: Path, choice: Choice) -> Iterator[Row]:
    """Writes the decision table; gives a row for what is left out of a shelf."""
    start = 0
    with whole(final) as part, table_writer(part, SELECTED) as writer:
        for group in row_groups(measured):
            here = slice(start, start := start + len(group))
            decided = with_splits(with_fates(group, choice.fates[here]), choice.splits)
            decided = _with_clusters(decided, choice, here)
            writer.write_table(decided)
            yield from (left_out(row) for row in decided.to_pylist() if row["reason"] or row["asr_reason"])


def _with_clusters(table: pa.Table, choice: Choice, here: slice) -> pa.Table:
    for name, clusters in (("copies", choice.copies), ("same_text", choice.texts)):
        at = table.schema.get_field_index(name)
        values = pa.array([choice.names.get(int(first)) for first in clusters.first[here]], pa.string())
        table = table.set_column(at, table.schema.field(name), values)
    return table


def _write_clusters(layout: Layout, choice: Choice) -> None:
    crowded = {
        row for clusters in (choice.copies, choice.texts) for many in clusters.members() for row in many
    }
    rows: dict[int, Row] = {}
    start = 0
    for group in row_groups(layout.selected, list(CLUSTER_READS)):
        here = [at for at in range(len(group)) if start + at in crowded]
        rows |= dict(
            zip((start + at for at in here), group.take(pa.array(here, pa.int64())).to_pylist(), strict=True)
        )
        start += len(group)
    with whole(layout.clusters) as part, Groups(table_writer(part, CLUSTER)) as table:
        for clusters in (choice.copies, choice.texts):
            _add_all(table, cluster_rows(clusters, rows))


@contextmanager
def scratch(layout: Layout) -> Iterator[Path]:
    """A folder for what is not kept."""
    layout.scratch.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=layout.scratch) as folder:
        yield Path(folder)
    with suppress(OSError):  # it may hold what another phase works on
        layout.scratch.rmdir()


def _open_table(open_files: ExitStack, path: Path, schema: pa.Schema) -> Groups:
    part = open_files.enter_context(whole(path))
    return open_files.enter_context(Groups(table_writer(part, schema)))


def _add_all(groups: Groups | None, rows: Iterable[Row]) -> None:
    for row in rows:
        if groups:
            groups.add(row)


def _by_id(files: Iterable[Path]) -> list[Path]:
    """Files named ``<id>-<fingerprint>.parquet`` by id, whatever the order they were found in."""
    return sorted(files, key=lambda path: (recording_of_file(path), path.name))


def recording_of_file(mined: Path) -> str:
    """The recording or document that a file of `mine` is of, by its name."""
    return mined.stem.rpartition("-")[0]


def _recordings(mined: Iterable[Path]) -> Iterator[Recording]:
    last = None
    for path in _by_id(mined):
        for row in read_rows(path):
            if row["recording_id"] == last:
                raise StorageError(f"{path}: recording {last!r} was mined twice; give only its current file")
            last = row["recording_id"]
            yield recording_of(row)


def _documents(files: Iterable[Path]) -> Iterator[Document]:
    for path in _by_id(files):
        yield from map(document_of, read_rows(path))
