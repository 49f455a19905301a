from __future__ import annotations

import json
import re
from typing import Any

import pyarrow as pa
import pytest

from wavelode.schemas.tables import CLIP, DOCUMENT, MINED, REJECT, SELECTED, stage_table

IDENTITY = (
    "clip_id recording_id programme_id station aired_at language split license source_uri source_sha256"
)
PLACE = "start_sample end_sample start_s duration_s previous_id next_id position"
SOUND = (
    "audio pcm_sha256 native_sample_rate_hz channels snr_db wada_snr_db loudness_lufs clipping_ratio bandwidth_hz "
    "pitch_low_hz pitch_high_hz reverberation_s syllables_per_s spectral_holes_ratio mos disagreement "
    "speech_ratio music_ratio overlap_ratio"
)
WHO = "speaker_id speaker_cluster"
TEXT = "text text_normalized words asr_text p_correct alignment_score cer document_id page bbox text_source"


def features() -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(CLIP.metadata[b"huggingface"])["info"]["features"]
    return parsed


def test_a_shard_has_the_promised_columns_in_their_order() -> None:
    """Training code of others names these; a renamed column breaks it."""
    assert " ".join(CLIP.names) == f"{IDENTITY} {PLACE} {SOUND} {WHO} {TEXT}"


def test_hugging_face_is_told_every_column_and_that_audio_is_sound() -> None:
    """A declaration that misses a column makes load_dataset refuse the file."""
    assert list(features()) == CLIP.names
    assert features()["audio"] == {"_type": "Audio", "sampling_rate": 16000}


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ("text", "string"),
        ("start_sample", "int64"),
        ("start_s", "float64"),
        ("cer", "float32"),
        ("page", "int32"),
    ],
)
def test_plain_columns_are_declared_by_their_type(column: str, kind: str) -> None:
    """Arrow calls a 64-bit float double, Hugging Face does not."""
    assert features()[column] == {"dtype": kind, "_type": "Value"}


def test_nested_columns_are_declared_to_their_leaves() -> None:
    """Word times are the column most training reuses."""
    words = features()["words"]
    assert words["_type"] == "List"
    assert words["feature"]["start_s"] == {"dtype": "float64", "_type": "Value"}


@pytest.mark.parametrize("table", [CLIP, SELECTED, MINED, DOCUMENT, REJECT])
def test_names_are_distinct_and_numbers_have_units(table: pa.Schema) -> None:
    """A length without a unit is a length read wrongly."""
    assert len(set(table.names)) == len(table.names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in table.names)
    assert not {"start", "end", "duration", "sample_rate", "time"} & set(table.names)


def test_a_stage_leaves_its_columns_as_the_whole_row_has_them() -> None:
    """A stage's file must read back into the row it was taken from."""
    assert stage_table(("words", "listener")).names == ["recording_id", "words", "listener"]
    assert stage_table(("speech",)).field("speech") == MINED.field("speech")


def test_the_decision_table_holds_all_of_a_shard_but_the_sound() -> None:
    """Packing takes a clip's columns from there."""
    assert set(CLIP.names) - {"audio"} <= set(SELECTED.names)
