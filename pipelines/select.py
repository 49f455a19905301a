"""Select: where every stretch of every recording goes, and why.

Reads only what `mine` measured, never sound. Each rule is one entry of a table; the first one that a stretch
breaks is its reason. A stretch whose text is not believed may still be good unlabelled speech.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wavelode.datasets.rows import Row, document_of, origin_row, recording_of
from wavelode.datasets.shards import Groups, row_groups, table_writer
from wavelode.datasets.storage import Layout, read_rows, whole
from wavelode.pipelines.rejects import failed_document, failed_recording, left_out, not_read, refused
from wavelode.pipelines.splits import Splits, Unit, read_splits, split, unit_of, with_splits
from wavelode.pipelines.voices import Voices
from wavelode.pipelines.yields import read_yield
from wavelode.schemas.errors import StorageError
from wavelode.schemas.records import Document, Heard, Match, Recording, Stretch
from wavelode.schemas.settings import SelectSettings, SplitSettings
from wavelode.schemas.stats import Yield
from wavelode.schemas.tables import REJECT, SELECTED
from wavelode.schemas.time import Span
from wavelode.schemas.verdict import Drop, Keep, Reason, Shelf

_DEFAULT_SPLIT = SplitSettings()


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason not to keep a stretch, and when it holds."""

    reason: Reason
    broken: Callable[[Stretch, SelectSettings], bool]


def _below(value: float, limit: float) -> bool:
    """Compares as the tables store it: a score of 0.7 read back from them is not below 0.7."""
    return bool(np.float32(value) < np.float32(limit))


def _measured(stretch: Stretch, of: Callable[[Match], bool]) -> bool:
    return stretch.match is not None and of(stretch.match)


def _unlikely(match: Match, limit: float) -> bool:
    return match.p_correct is not None and _below(match.p_correct, limit)


def _odd_rate(stretch: Stretch, settings: SelectSettings) -> bool:
    duration_s = stretch.span.duration_s
    characters = len(stretch.match.text_normalized) if stretch.match else 0
    slow, fast = settings.min_chars_per_s * duration_s, settings.max_chars_per_s * duration_s
    return not slow <= characters <= fast


ASR_RULES: tuple[Rule, ...] = (
    Rule(Reason.NO_TEXT, lambda s, _: not _measured(s, lambda m: bool(m.text_normalized.strip()))),
    Rule(Reason.NOT_FOR_SPEECH, lambda s, only: not _measured(s, lambda m: m.sentence.role in only.roles)),
    Rule(Reason.TOO_SHORT, lambda s, limit: s.span.duration_s < limit.min_duration_s),
    Rule(Reason.TOO_LONG, lambda s, limit: s.span.duration_s > limit.max_duration_s),
    Rule(Reason.UNLIKELY, lambda s, limit: _measured(s, lambda m: _unlikely(m, limit.min_p_correct))),
    Rule(
        Reason.LOW_SCORE,
        lambda s, limit: _measured(s, lambda m: _below(m.alignment_score, limit.min_alignment_score)),
    ),
    Rule(Reason.SHORT_RUN, lambda s, limit: _measured(s, lambda m: m.longest_run < limit.min_run_words)),
    Rule(Reason.HIGH_CER, lambda s, limit: _measured(s, lambda m: _below(limit.max_cer, m.cer))),
    Rule(
        Reason.EDGE_NOT_HEARD,
        lambda s, limit: limit.require_edges and not _measured(s, lambda m: m.start_heard and m.end_heard),
    ),
    Rule(Reason.ODD_RATE, _odd_rate),
)
"""What speech with its text must not break, in the order in which reasons are given."""

SSL_RULES: tuple[Rule, ...] = (
    Rule(Reason.NON_SPEECH, lambda s, _: s.kind is Heard.NON_SPEECH),
    Rule(Reason.TOO_SHORT, lambda s, limit: s.span.duration_s < limit.min_ssl_duration_s),
    Rule(Reason.TOO_LONG, lambda s, limit: s.span.duration_s > limit.max_duration_s),
    Rule(Reason.LITTLE_SPEECH, lambda s, limit: _below(s.speech_ratio, limit.min_ssl_speech_ratio)),
)
"""What unlabelled speech must not break."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one stretch; `asr_reason` says why its printed text was not believed."""

    verdict: Keep | Drop
    asr_reason: Reason | None = None


def _first_broken(stretch: Stretch, rules: Sequence[Rule], settings: SelectSettings) -> Reason | None:
    return next((rule.reason for rule in rules if rule.broken(stretch, settings)), None)


def judge(stretch: Stretch, settings: SelectSettings) -> Fate:
    """The one fate of a stretch."""
    asr_reason = None
    if stretch.kind is Heard.MATCHED:
        asr_reason = _first_broken(stretch, ASR_RULES, settings)
        if asr_reason is None:
            return Fate(Keep(Shelf.ASR))
    reason = _first_broken(stretch, SSL_RULES, settings)
    return Fate(Drop(reason) if reason else Keep(Shelf.SSL), asr_reason)


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
    """Decides about every stretch of every recording, in order; holds all rows, so for small corpora.

    Raises:
        StorageError: if a recording's stretches don't add up to its length.
    """
    rows: list[Row] = []
    rejects: list[Row] = []
    total = Yield.zero()
    for recording in recordings:
        one = select_one(recording, settings)
        rows.extend(one.rows)
        rejects.extend(one.rejects)
        total += one.total
    return Selection(tuple(rows), tuple(rejects), total)


def select_one(recording: Recording, settings: SelectSettings) -> Selection:
    """`select` for one recording."""
    if recording.failed is not None:
        samples = recording.sound.num_samples if recording.sound else 0
        return Selection((), (failed_recording(recording),), Yield.of(recording.failed, samples))
    stretches = _checked(recording)
    origin = origin_row(recording)
    voices = Voices(recording)
    rows: list[Row] = []
    total = Yield.zero()
    for position, stretch in enumerate(stretches):
        fate = judge(stretch, settings)
        neighbours = _ids_around(recording.source.recording_id, stretches, position)
        rows.append(
            {
                **origin,
                **_place(stretch.span, position, neighbours),
                **_decided(stretch, fate),
                **voices.row(stretch.span),
            }
        )
        total += Yield.of(fate.verdict, len(stretch.span))
    rejects = [left_out(row) for row in rows if row["reason"] or row["asr_reason"]]
    rejects += [not_read(recording, left) for left in recording.not_read or ()]
    rejects += [refused(recording, pair) for pair in recording.refused or ()]
    return Selection(tuple(rows), tuple(rejects), total)


def _checked(recording: Recording) -> tuple[Stretch, ...]:
    told = recording.sound.num_samples if recording.sound else 0
    stretches = recording.stretches or ()
    at = 0
    for stretch in stretches:
        if stretch.span.start != at:
            break
        at = stretch.span.end
    if at != told or (stretches and stretches[-1].span.end != told):
        name = recording.source.recording_id
        raise StorageError(
            f"{name}: its stretches cover {at} of {told} samples; delete its mined file and run again"
        )
    return stretches


def clip_id(recording_id: str, span: Span) -> str:
    """Readable, and the same for the same place: ``<recording>-<start sample>-<end sample>``."""
    return f"{recording_id}-{span.start:09d}-{span.end:09d}"


def _ids_around(
    recording_id: str, stretches: Sequence[Stretch], position: int
) -> tuple[str | None, str, str | None]:
    def name(at: int) -> str | None:
        return clip_id(recording_id, stretches[at].span) if 0 <= at < len(stretches) else None

    return name(position - 1), clip_id(recording_id, stretches[position].span), name(position + 1)


def _place(span: Span, position: int, ids: tuple[str | None, str, str | None]) -> Row:
    return {
        "clip_id": ids[1],
        "start_sample": span.start,
        "end_sample": span.end,
        "start_s": span.start_s,
        "duration_s": span.duration_s,
        "previous_id": ids[0],
        "next_id": ids[2],
        "position": position,
    }


def _decided(stretch: Stretch, fate: Fate) -> Row:
    verdict = fate.verdict
    return {
        "kind": str(stretch.kind),
        "asr_text": stretch.heard_text or None,
        "speech_ratio": stretch.speech_ratio,
        "pcm_sha256": stretch.pcm_sha256,
        **(asdict(stretch.measures) if stretch.measures else {}),
        "shelf": str(verdict.shelf) if isinstance(verdict, Keep) else None,
        "reason": str(verdict.reason) if isinstance(verdict, Drop) else None,
        "asr_reason": str(fate.asr_reason) if fate.asr_reason else None,
        **(_printed(stretch.match, stretch.span) if stretch.match else {}),
    }


def _printed(match: Match, clip: Span) -> Row:
    sentence, box = match.sentence, match.sentence.box
    return {
        "text": sentence.text,
        "text_normalized": match.text_normalized,
        "words": [
            {
                "word": word.text,
                "start_s": (word.span.start - clip.start) / clip.rate,
                "end_s": (word.span.end - clip.start) / clip.rate,
                "confidence": word.confidence,
            }
            for word in match.words
        ],
        **{name: getattr(match, name) for name in _MEASURES},
        "document_id": sentence.document_id,
        "page": sentence.page,
        "bbox": [box.x0, box.y0, box.x1, box.y1] if box else None,
        "text_source": sentence.text_source,
        "sentence_index": sentence.index,
    }


_MEASURES = (
    *("p_correct", "alignment_score", "cer", "occurrence", "start_heard", "end_heard"),
    *("longest_miss", "longest_run", "likeness", "other_word", "edge_missing", "borders", "in_order"),
)


def run_select(
    layout: Layout,
    mined: Iterable[Path],
    documents: Iterable[Path],
    settings: SelectSettings,
    splitting: SplitSettings = _DEFAULT_SPLIT,
) -> Yield:
    """Writes ``selected/clips.parquet`` and ``rejects/rejects.parquet``; holds one recording at a time.

    Args:
        mined, documents: the current files of `mine`, one per recording and document; any order.
        splitting: how recordings are shared out; sets that an earlier selection here gave them stand.

    Returns:
        What came in and what became of it.

    Raises:
        StorageError: if a file can't be read or written, or a recording is there twice.
    """
    kept = {} if splitting.afresh else read_splits(splitting.keep or layout.selected)
    units: list[Unit] = []
    with ExitStack() as open_files:
        left_out = _open_table(open_files, layout.rejects, REJECT)
        undecided = open_files.enter_context(_scratch(layout)) / "clips.parquet"
        with Groups(table_writer(undecided, SELECTED)) as chosen:
            for recording in _recordings(mined):
                one = select_one(recording, settings)
                units.append(unit_of(recording, one.total.kept.get(Shelf.ASR, 0), splitting))
                _add_all(chosen, one.rows)
                _add_all(left_out, one.rejects)
        splits = split(units, splitting, kept)
        _add_all(left_out, _shared_out(undecided, layout.selected, splits))
        for document in _documents(documents):
            if document.failed:
                left_out.add(failed_document(document, document.failed))
    return read_yield(layout)


def _shared_out(undecided: Path, final: Path, splits: Splits) -> Iterator[Row]:
    """Writes the decision table with everybody's set; gives rows for what must not be in any."""
    with whole(final) as scratch, table_writer(scratch, SELECTED) as writer:
        for group in row_groups(undecided):
            decided = with_splits(group, splits)
            writer.write_table(decided)
            torn = decided.filter(pc.equal(decided["reason"], Reason.TIES_SETS))
            yield from (left_out(row) for row in torn.to_pylist())


@contextmanager
def _scratch(layout: Layout) -> Iterator[Path]:
    layout.scratch.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=layout.scratch) as folder:
        yield Path(folder)
    with suppress(OSError):  # it may hold what another phase works on
        layout.scratch.rmdir()


def _open_table(open_files: ExitStack, path: Path, schema: pa.Schema) -> Groups:
    scratch = open_files.enter_context(whole(path))
    return open_files.enter_context(Groups(table_writer(scratch, schema)))


def _add_all(groups: Groups, rows: Iterable[Row]) -> None:
    for row in rows:
        groups.add(row)


def _by_id(files: Iterable[Path]) -> list[Path]:
    """Files named ``<id>-<fingerprint>.parquet`` by id, whatever the order they were found in."""
    return sorted(files, key=lambda path: (path.stem.rpartition("-")[0], path.name))


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
