"""The columns of every table Wavelode writes, once, with units in their names.

``MINED`` is what `mine` leaves per recording, ``DOCUMENT`` what it leaves per document, ``CLIP`` a row of a shard,
``SELECTED`` a row of `select`'s decision table, ``REJECT`` a row of the table of what was left out.
"""

from __future__ import annotations

import json

import pyarrow as pa

SCHEMA_VERSION = "1"

_text, _int, _float, _bool = pa.string(), pa.int64(), pa.float64(), pa.bool_()
_ratio = pa.float32()

SPAN = pa.struct([("start_sample", _int), ("end_sample", _int)])
SPOKEN = pa.struct([*SPAN, ("language", _text), ("probability", _ratio)])
EVENT = pa.struct([*SPAN, ("kind", _text)])
TURN = pa.struct([*SPAN, ("speaker", _text)])
VOICE = pa.struct([("speaker", _text), ("vector", pa.list_(pa.float32()))])
WORD = pa.struct([("word", _text), ("start_s", _float), ("end_s", _float), ("confidence", _ratio)])
"""A word inside a clip; seconds count from the clip's start."""
HEARD_WORD = pa.struct(
    [("word", _text), ("start_sample", _int), ("end_sample", _int), ("confidence", _ratio)]
)
"""A word inside a recording."""
READING = pa.struct([*SPAN, ("text", _text), ("behind_nats", _ratio)])
"""One of the likeliest readings of a segment; those of one segment follow on each other, likeliest first."""
BBOX = pa.list_(pa.float32())
"""x0, y0, x1, y1 in PDF points from the top left of the page; no fixed-size list, because Arrow can't read back a
null one inside a list of structs."""

SENTENCE = pa.struct(
    [
        ("document_id", _text),
        ("index", _int),
        ("text", _text),
        ("page", pa.int32()),
        ("bbox", BBOX),
        ("text_source", _text),
        ("role", _text),
        ("confidence", _ratio),
    ]
)
_EVIDENCE = [
    ("start_heard", _bool),
    ("end_heard", _bool),
    ("longest_miss", pa.int32()),
    ("longest_run", pa.int32()),
    ("likeness", _ratio),
    ("other_word", _ratio),
    ("edge_missing", pa.int32()),
    ("borders", pa.int32()),
    ("in_order", pa.int32()),
    ("unheard", pa.list_(_text)),
]
"""What speaks for a match besides its score; see `wavelode.schemas.records.Match`."""
MATCH = pa.struct(
    [
        ("sentence", SENTENCE),
        ("occurrence", pa.int32()),
        ("words", pa.list_(HEARD_WORD)),
        ("text_normalized", _text),
        ("alignment_score", _ratio),
        ("cer", _ratio),
        *_EVIDENCE,
        ("p_correct", _ratio),
    ]
)
_MEASURES = [
    ("snr_db", _ratio),
    ("wada_snr_db", _ratio),
    ("loudness_lufs", _ratio),
    ("clipping_ratio", _ratio),
    ("bandwidth_hz", _ratio),
    ("pitch_low_hz", _ratio),
    ("pitch_high_hz", _ratio),
    ("reverberation_s", _ratio),
    ("syllables_per_s", _ratio),
    ("spectral_holes_ratio", _ratio),
    ("mos", _ratio),
    ("disagreement", _ratio),
]
"""Of the sound of a stretch; see `wavelode.schemas.records.Measures`."""
STRETCH = pa.struct(
    [
        ("start_sample", _int),
        ("end_sample", _int),
        ("kind", _text),
        ("heard_text", _text),
        ("speech_ratio", _ratio),
        ("match", MATCH),
        ("measures", pa.struct(_MEASURES)),
        ("pcm_sha256", _text),
    ]
)
NOT_READ = pa.struct([("sentence", SENTENCE), ("why", _text), ("message", _text)])
REFUSED = pa.struct([("document_id", _text), ("message", _text)])
FAILED = pa.struct([("stage", _text), ("code", _text), ("message", _text)])

_ORIGIN = [
    ("recording_id", _text),
    ("programme_id", _text),
    ("station", _text),
    ("aired_at", _text),
    ("language", _text),
    ("license", _text),
    ("source_uri", _text),
    ("source_sha256", _text),
]

MINED = pa.schema(
    [
        *_ORIGIN,
        ("fingerprint", _text),
        ("document_ids", pa.list_(_text)),
        ("native_sample_rate_hz", pa.int32()),
        ("channels", pa.int32()),
        ("num_samples", _int),
        ("streams", pa.list_(_text)),
        ("damaged_packets", pa.int32()),
        ("skipped_s", _float),
        ("listener", _text),
        ("second_listener", _text),
        ("diarizer", _text),
        ("speech", pa.list_(SPAN)),
        ("turns", pa.list_(TURN)),
        ("overlaps", pa.list_(SPAN)),
        ("voices", pa.list_(VOICE)),
        ("events", pa.list_(EVENT)),
        ("words", pa.list_(HEARD_WORD)),
        ("readings", pa.list_(READING)),
        ("second_words", pa.list_(HEARD_WORD)),
        ("languages", pa.list_(SPOKEN)),
        ("stretches", pa.list_(STRETCH)),
        ("not_read", pa.list_(NOT_READ)),
        ("refused", pa.list_(REFUSED)),
        ("peaks", pa.binary()),
        ("failed", FAILED),
    ]
)


EMISSION = pa.struct([*SPAN, ("counts", pa.binary()), ("labels", pa.binary()), ("nats", pa.binary())])
"""See `wavelode.schemas.records.Emission`; half a megabyte per hour or so, which no later phase reads."""

ALPHABET = pa.struct(
    [
        ("writes", pa.list_(_text)),
        ("lexicon", pa.list_(pa.struct([("word", _text), ("labels", pa.list_(pa.int32()))]))),
    ]
)
"""See `wavelode.schemas.records.Alphabet`."""

_OF_STAGES = pa.schema([*MINED, ("emissions", pa.list_(EMISSION)), ("alphabet", ALPHABET)])


def stage_table(columns: tuple[str, ...]) -> pa.Schema:
    """The table of what one stage found: some columns of `MINED`, and what rests nowhere else."""
    return pa.schema([_OF_STAGES.field(name) for name in ("recording_id", *columns)])


DOCUMENT = pa.schema(
    [
        ("document_id", _text),
        ("source_uri", _text),
        ("source_sha256", _text),
        ("language", _text),
        ("fingerprint", _text),
        ("sentences", pa.list_(SENTENCE)),
        ("failed", FAILED),
    ]
)

AUDIO = pa.struct([("bytes", pa.binary()), ("path", _text)])

_IDENTITY = [("clip_id", _text), *_ORIGIN[:5], ("split", _text), *_ORIGIN[5:]]
_PLACE = [
    ("start_sample", _int),
    ("end_sample", _int),
    ("start_s", _float),
    ("duration_s", _float),
    ("previous_id", _text),
    ("next_id", _text),
    ("position", pa.int32()),
]
_SOUND = [
    ("pcm_sha256", _text),
    ("native_sample_rate_hz", pa.int32()),
    ("channels", pa.int32()),
    *_MEASURES,
    ("speech_ratio", _ratio),
    ("music_ratio", _ratio),
    ("overlap_ratio", _ratio),
]
_WHO = [("speaker_id", _text), ("speaker_cluster", _text)]
_WHAT = [
    ("text", _text),
    ("text_normalized", _text),
    ("words", pa.list_(WORD)),
    ("asr_text", _text),
    ("p_correct", _ratio),
    ("alignment_score", _ratio),
    ("cer", _ratio),
    ("document_id", _text),
    ("page", pa.int32()),
    ("bbox", BBOX),
    ("text_source", _text),
]

_MEASURED = [*_IDENTITY, *_PLACE, *_SOUND, *_WHO, *_WHAT]

SELECTED = pa.schema(
    [
        *_MEASURED,
        ("kind", _text),
        ("sentence_index", _int),
        ("occurrence", pa.int32()),
        *_EVIDENCE,
        ("role", _text),
        ("copies", _text),
        ("same_text", _text),
        ("shelf", _text),
        ("reason", _text),
        ("reasons", pa.list_(_text)),
        ("asr_reason", _text),
        ("asr_reasons", pa.list_(_text)),
    ]
)
"""One row per stretch of every recording: `shelf` where it is kept, else `reason`; `asr_reason` says why a matched
stretch is not in ``asr`` even where its sound is kept in ``ssl``; `reasons` and `asr_reasons` hold every one there is.
`copies` and `same_text` name the cluster of clips with the same sound, with nearly the same text."""

SEGMENT = pa.schema(
    [
        ("clip_id", _text),
        *_ORIGIN,
        *_PLACE,
        ("split", _text),
        ("kind", _text),
        ("speech_ratio", _ratio),
        ("music_ratio", _ratio),
        ("snr_db", _ratio),
        ("speaker_id", _text),
        ("speaker_cluster", _text),
        ("document_id", _text),
        ("sentence_index", _int),
        ("p_correct", _ratio),
        ("shelf", _text),
        ("reason", _text),
        ("asr_reason", _text),
    ]
)
"""One row per stretch of every recording, kept or not: what it is, where it went, or why it is nowhere."""

CLUSTER = pa.schema(
    [
        ("cluster", _text),
        ("kind", _text),
        ("rank", _int),
        ("clip_id", _text),
        ("recording_id", _text),
        ("language", _text),
        ("split", _text),
        ("shelf", _text),
        ("start_s", _float),
        ("duration_s", _float),
        ("shared_s", _ratio),
        ("likeness", _ratio),
        ("text", _text),
    ]
)
"""One row per clip that is there more than once. `kind` is ``exact`` or ``sound``, the same sound to the bit or by its
peaks, or ``text``; `rank` 0 is the best of its cluster; `shared_s` and `likeness` are those of its best pair."""

REJECT = pa.schema(
    [
        ("kind", _text),
        ("recording_id", _text),
        ("document_id", _text),
        ("source_uri", _text),
        ("start_s", _float),
        ("duration_s", _float),
        ("text", _text),
        ("asr_text", _text),
        ("stage", _text),
        ("reason", _text),
        ("message", _text),
        ("alignment_score", _ratio),
        ("cer", _ratio),
        ("kept_as", _text),
    ]
)
"""What was left out and why. `kind` is ``stretch`` (audio), ``sentence`` (printed, not read), ``pair`` (a document that
is not what is read in its recording), ``recording`` or ``document`` (failed whole). `kept_as` is ``ssl`` where the
sound was kept though its text was not believed."""

AUDIT_SAMPLE = pa.schema(
    [
        ("clip_id", _text),
        ("stratum", _text),
        ("stratum_clips", _int),
        ("recording_id", _text),
        ("station", _text),
        ("language", _text),
        ("duration_s", _float),
        ("p_correct", _ratio),
    ]
)
"""The clips drawn for listening, in the order to hear them; `stratum_clips` is how many theirs were drawn from."""

AUDIT_MARK = pa.schema([("clip_id", _text), ("listener", _text), ("mark", _text), ("marked_at", _text)])
"""What one listener said of one clip; `marked_at` is ISO 8601, UTC."""

LEAK = pa.schema(
    [
        ("kind", _text),
        ("a", _text),
        ("b", _text),
        ("shift_s", _ratio),
        ("shared_s", _ratio),
        ("likeness", _ratio),
        ("speed", _ratio),
        ("what", _text),
    ]
)
"""What two sets share: `kind` is ``sound``, ``text`` or ``speaker``, `a` and `b` are a clip of each. `shared_s` seconds
begin `shift_s` later in `b`, and `a` has to be played `speed` times as fast; `what` is the text or the speaker."""


def _hugging_face_features(schema: pa.Schema) -> dict[bytes, bytes]:
    """Metadata that makes ``datasets.load_dataset("parquet", …)`` see the ``audio`` column as Audio.

    Only that column needs to be told: the reader infers plain columns, but the declaration must cover all.
    """
    features = {field.name: _feature(field.type) for field in schema}
    features["audio"] = {"_type": "Audio", "sampling_rate": 16000}
    return {b"huggingface": json.dumps({"info": {"features": features}}).encode()}


def _feature(kind: pa.DataType) -> object:
    if pa.types.is_struct(kind):
        return {field.name: _feature(field.type) for field in kind}
    if pa.types.is_fixed_size_list(kind):
        return {"feature": _feature(kind.value_type), "length": kind.list_size, "_type": "List"}
    if pa.types.is_list(kind):
        return {"feature": _feature(kind.value_type), "_type": "List"}
    names = {"double": "float64", "float": "float32"}
    return {"dtype": names.get(str(kind), str(kind)), "_type": "Value"}


def _clip_schema() -> pa.Schema:
    plain = pa.schema([*_IDENTITY, *_PLACE, ("audio", AUDIO), *_SOUND, *_WHO, *_WHAT])
    metadata = {b"wavelode_schema_version": SCHEMA_VERSION.encode(), **_hugging_face_features(plain)}
    return plain.with_metadata(metadata)


CLIP = _clip_schema()
"""A row of a shard, ``asr`` and ``ssl`` alike; `audio.bytes` is FLAC, 16 kHz, mono, 16 bit."""
