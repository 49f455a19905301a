"""An output folder of made-up tables, as large as asked for: what `run` leaves, without a second of sound.

Every row keeps what the checks expect. There are recordings of two languages, each with a thousand stretches and a
script of its own, and the shards hold their rows with no bytes where the sound would be.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from wavelode.datasets.manifest import Manifest, Shard, write_manifest
from wavelode.datasets.shards import table_writer
from wavelode.datasets.storage import Layout, whole
from wavelode.schemas.records import Role
from wavelode.schemas.stats import Yield
from wavelode.schemas.tables import CLIP, DOCUMENT, MINED, REJECT, SELECTED, SENTENCE
from wavelode.schemas.time import WORKING_RATE_HZ

PER_RECORDING = 1_000
"""Stretches: about an hour and a half of radio."""
WORDS_PER_CLIP = 8
_RECORDINGS_AT_ONCE = 4
"""A row group of the real tables holds about as many rows."""
_STATIONS = 12
_PER_DAY = 20
_KINDS = ("non_speech", "untranscribed", "matched", "matched")
_SHELVES = (None, "ssl", "asr", "ssl")
_REASONS = ("non_speech", None, None, None)
_ASR_REASONS = (None, None, None, "unlikely")
_SHARES = (0.18, 0.25, 0.47, 0.10)
"""Of silence, of speech nobody printed, of believed and of disbelieved sentences."""
_LATIN = (
    "ba",
    "de",
    "kin",
    "lo",
    "mur",
    "na",
    "pel",
    "ris",
    "so",
    "ta",
    "ven",
    "shi",
    "gor",
    "um",
    "ael",
    "wy",
)
_DEVANAGARI = ("का", "दे", "कि", "लो", "मुर", "ना", "पे", "रिस", "सो", "ता", "वे", "शी", "गो", "उम", "ऐल", "ह")
_VOCABULARY = 200_000
_OF_SHARDS = ("clip_id", "recording_id", "language", "start_sample", "end_sample", "duration_s")
_REJECT_OF = {name: name for name in ("recording_id", "source_uri", "start_s", "duration_s", "text")}
_REJECT_OF |= {name: name for name in ("asr_text", "alignment_score", "cer", "document_id")}


@dataclass
class Language:
    """Made-up words of one script, the frequent ones first."""

    code: str
    syllables: tuple[str, ...]
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))

    @cached_property
    def words(self) -> pa.Array:
        picked = self.random.integers(0, len(self.syllables), (_VOCABULARY, 4))
        lengths = self.random.integers(2, 5, _VOCABULARY)
        return pa.array(
            "".join(self.syllables[at] for at in row[:length])
            for row, length in zip(picked.tolist(), lengths.tolist(), strict=True)
        )

    def draw(self, count: int) -> NDArray[np.int64]:
        """Numbers of so many words, by Zipf's law."""
        rank = np.exp(self.random.random(count) * np.log(_VOCABULARY))
        drawn: NDArray[np.int64] = np.minimum(rank.astype(np.int64), _VOCABULARY - 1)
        return drawn


def make_tables(layout: Layout, rows: int) -> int:
    """Writes the folder, in constant memory, and says how many rows its decision table has.

    Args:
        rows: rounded up to whole recordings.
    """
    recordings = -(-rows // PER_RECORDING)
    languages = [Language("en", _LATIN), Language("hi", _DEVANAGARI)]
    with ExitStack() as held:
        selected = held.enter_context(table_writer(held.enter_context(whole(layout.selected)), SELECTED))
        rejects = held.enter_context(table_writer(held.enter_context(whole(layout.rejects)), REJECT))
        shards = held.enter_context(_Shards(layout))
        for first in range(0, recordings, _RECORDINGS_AT_ONCE):
            numbers = range(first, min(first + _RECORDINGS_AT_ONCE, recordings))
            tables = [_stretches(at, languages[at % len(languages)]) for at in numbers]
            selected.write_table(pa.concat_tables(tables).combine_chunks())
            rejects.write_table(pa.concat_tables(map(_rejects, tables)).combine_chunks())
            for table in tables:
                _mined(layout, table)
                _document(layout, table)
            shards.add(tables)
    write_manifest(Manifest(tuple(shards.told()), Yield.zero()), layout.manifest)
    layout.settings.write_text(f"out: {layout.out}\n", encoding="utf-8")
    return recordings * PER_RECORDING


def _stretches(number: int, language: Language) -> pa.Table:
    """The rows of one recording in the decision table."""
    random = np.random.default_rng(number)
    count = PER_RECORDING
    fate = random.choice(len(_SHARES), count, p=_SHARES)
    printed, heard = _texts(language, count)
    samples = (pc.utf8_length(printed).to_numpy() / random.uniform(9, 16, count) * WORKING_RATE_HZ).astype(
        np.int64
    )
    ends = np.cumsum(np.maximum(samples, WORKING_RATE_HZ))
    starts = np.concatenate([[0], ends[:-1]])
    matched = pa.array(fate >= 2)
    name = f"rec{number:06d}"
    only_matched = {
        "text": printed,
        "text_normalized": printed,
        "words": _words(printed, (ends - starts) / WORKING_RATE_HZ),
        "p_correct": pa.array(
            np.where(fate == 3, random.uniform(0, 0.39, count), random.uniform(0.41, 1, count))
        ),
        "alignment_score": pa.array(random.uniform(0.75, 1, count)),
        "cer": pa.array(random.beta(1, 12, count).clip(0, 0.3)),
        "document_id": pa.repeat(pa.scalar(f"doc{number:06d}"), count),
        "sentence_index": pa.array(np.arange(count)),
        "page": pa.array(np.arange(count) // 20 + 1),
    }
    columns: dict[str, Any] = {
        "clip_id": pa.array([f"{name}-{at:09d}" for at in starts.tolist()]),
        "start_sample": pa.array(starts),
        "end_sample": pa.array(ends),
        "start_s": pa.array(starts / WORKING_RATE_HZ),
        "duration_s": pa.array((ends - starts) / WORKING_RATE_HZ),
        "snr_db": pa.array(random.normal(30, 6, count)),
        "loudness_lufs": pa.array(random.normal(-20, 3, count).clip(-60, 0)),
        "bandwidth_hz": pa.array(random.choice([4000.0, 7000.0, 8000.0], count)),
        "clipping_ratio": pa.repeat(pa.scalar(0.0), count),
        "speech_ratio": pa.array(np.where(fate == 0, 0.0, random.uniform(0.7, 1, count))),
        "asr_text": _where(pa.array(fate >= 1), heard),
        "position": pa.array(np.arange(count)),
        "kind": pa.array(np.array(_KINDS)[fate]),
        **{
            key: pa.array(values, pa.string()).take(pa.array(fate))
            for key, values in (("shelf", _SHELVES), ("reason", _REASONS), ("asr_reason", _ASR_REASONS))
        },
        **{key: _where(matched, values) for key, values in only_matched.items()},
    }
    same = _origin(number, language)
    return pa.table(
        [
            columns[one.name].cast(one.type)
            if one.name in columns
            else pa.repeat(pa.scalar(same.get(one.name), one.type), count)
            for one in SELECTED
        ],
        schema=SELECTED,
    )


def _origin(number: int, language: Language) -> dict[str, Any]:
    """What all rows of a recording share."""
    name, day = f"rec{number:06d}", number // _PER_DAY
    return {
        "recording_id": name,
        "station": f"station{number % _STATIONS:02d}",
        "aired_at": f"{2020 + day // 336}-{day // 28 % 12 + 1:02d}-{day % 28 + 1:02d}T07:00:00",
        "language": language.code,
        "license": "CC-BY-4.0",
        "source_uri": f"{name}.mp3",
        "source_sha256": f"{number:064x}",
        "channels": 1,
        "native_sample_rate_hz": 44_100,
        "split": ("dev", "test", *("train",) * 18)[day % 20],
    }


def _where(held: pa.Array, values: Any) -> pa.Array:
    """Values where they are held, else null."""
    return pc.if_else(held, values, pa.scalar(None, values.type))


def _texts(language: Language, count: int) -> tuple[pa.Array, pa.Array]:
    """What is printed, and the same as it was heard, one word in ten another."""
    numbers = language.draw(count * WORDS_PER_CLIP)
    other = language.random.random(len(numbers)) < 0.1
    heard = np.where(other, language.draw(len(numbers)), numbers)
    offsets = pa.array(np.arange(count + 1, dtype=np.int32) * WORDS_PER_CLIP)
    lists = (
        pa.ListArray.from_arrays(offsets, language.words.take(pa.array(part))) for part in (numbers, heard)
    )
    printed, said = (pc.binary_join(part, " ") for part in lists)
    return printed, said


def _words(texts: pa.Array, seconds: NDArray[np.float64]) -> pa.Array:
    """The words of each text on time, all equally long."""
    lists = pc.split_pattern(texts, " ")
    each = np.repeat(seconds / WORDS_PER_CLIP, WORDS_PER_CLIP)
    place = np.tile(np.arange(WORDS_PER_CLIP), len(texts))
    kind = SELECTED.field("words").type
    parts = [lists.flatten(), pa.array(each * place), pa.array(each * (place + 1))]
    parts.append(pa.array(np.full(len(place), 0.9, np.float32)))
    structs = pa.StructArray.from_arrays(parts, fields=list(kind.value_type))
    return pa.ListArray.from_arrays(lists.offsets, structs).cast(kind)


def _rejects(table: pa.Table) -> pa.Table:
    """What of a recording is on no shelf or without its text, and three sentences nobody read."""
    left = table.filter(pc.or_(pc.is_valid(table["reason"]), pc.is_valid(table["asr_reason"])))
    told: dict[str, Any] = {new: left[old] for new, old in _REJECT_OF.items()}
    told["reason"] = pc.coalesce(left["reason"], left["asr_reason"])
    told["kept_as"] = left["shelf"]
    same = {"kind": "stretch", "stage": "select"}
    rows = [
        told[one.name].cast(one.type)
        if one.name in told
        else pa.repeat(pa.scalar(same.get(one.name), one.type), len(left))
        for one in REJECT
    ]
    unread = {"kind": "sentence", "reason": "not_read", "text": "This was printed.", "stage": "align"}
    unread |= {"recording_id": table["recording_id"][0].as_py(), "message": "something else was heard"}
    return pa.concat_tables(
        [pa.table(rows, schema=REJECT), pa.Table.from_pylist([unread] * 3, schema=REJECT)]
    )


def _mined(layout: Layout, table: pa.Table) -> None:
    name = table["recording_id"][0].as_py()
    document = name.replace("rec", "doc")
    row = {"recording_id": name, "num_samples": table["end_sample"][-1].as_py(), "document_ids": [document]}
    _leave(pa.Table.from_pylist([row], schema=MINED), layout.mined / f"{name}-{'f' * 16}.parquet")


def _document(layout: Layout, table: pa.Table) -> None:
    """A script with as many sentences as a recording has matches, in a file of its own."""
    own = table.filter(pc.is_valid(table["document_id"]))
    name = own["document_id"][0].as_py()
    told = {
        "document_id": own["document_id"],
        "index": own["sentence_index"],
        "text": pa.repeat(pa.scalar("This was printed."), len(own)),
        "page": own["page"],
        "text_source": pa.repeat(pa.scalar("text_layer"), len(own)),
        "role": pa.repeat(pa.scalar(str(Role.SPOKEN)), len(own)),
    }
    parts = [
        _flat(told[one.name]).cast(one.type) if one.name in told else pa.nulls(len(own), one.type)
        for one in SENTENCE
    ]
    sentences = pa.ListArray.from_arrays(
        pa.array([0, len(own)], pa.int32()), pa.StructArray.from_arrays(parts, fields=list(SENTENCE))
    )
    row = pa.Table.from_pylist([{"document_id": name, "source_uri": f"{name}.pdf"}], schema=DOCUMENT)
    at = DOCUMENT.get_field_index("sentences")
    row = row.set_column(at, DOCUMENT.field(at), sentences.cast(DOCUMENT.field(at).type))
    _leave(row, layout.documents / f"{name}-{'d' * 16}.parquet")


def _flat(column: Any) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _leave(table: pa.Table, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd")


class _Shards:
    """One shard per folder, which take their rows without sound."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._open: dict[tuple[str, str, str], pq.ParquetWriter] = {}
        self._held: dict[tuple[str, str, str], list[int]] = {}

    def add(self, tables: list[pa.Table]) -> None:
        """Rows of whole recordings; those of one folder become one row group."""
        parts: dict[tuple[str, str, str], list[pa.Table]] = {}
        for table in tables:
            for shelf in ("asr", "ssl"):
                rows = table.filter(pc.equal(table["shelf"], shelf))
                key = (shelf, rows["language"][0].as_py(), rows["split"][0].as_py() if shelf == "asr" else "")
                parts.setdefault(key, []).append(rows)
        for key, held in parts.items():
            rows = pa.concat_tables(held).combine_chunks()
            self._writer(key).write_table(_without_sound(rows))
            counted = self._held.setdefault(key, [0, 0])
            counted[0] += len(rows)
            counted[1] += pc.sum(pc.subtract(rows["end_sample"], rows["start_sample"])).as_py()

    def _writer(self, key: tuple[str, str, str]) -> pq.ParquetWriter:
        if key not in self._open:
            path = self._layout.out / _shard(key)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._open[key] = pq.ParquetWriter(path, CLIP, compression="zstd")
        return self._open[key]

    def told(self) -> Iterator[Shard]:
        for key, (rows, samples) in sorted(self._held.items()):
            path = _shard(key)
            yield Shard(path, *key, rows, samples, (self._layout.out / path).stat().st_size, "0" * 64)

    def __enter__(self) -> _Shards:
        return self

    def __exit__(self, *_: object) -> None:
        for writer in self._open.values():
            writer.close()


def _shard(key: tuple[str, str, str]) -> str:
    return "/".join(part for part in (*key, f"00000-{'0' * 16}.parquet") if part)


def _without_sound(rows: pa.Table) -> pa.Table:
    """Rows of a shard; what nobody who counts them reads is null."""
    columns = [rows[one.name] if one.name in _OF_SHARDS else pa.nulls(len(rows), one.type) for one in CLIP]
    return pa.table(columns, schema=CLIP)
