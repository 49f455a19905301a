"""Rows of the table of what was left out: each says why in a sentence that names the words it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from wavelode.datasets.rows import Row
from wavelode.schemas.records import Document, NotRead, Recording, Refused, Role
from wavelode.schemas.time import WORKING_RATE_HZ
from wavelode.schemas.verdict import Failed, Reason

NOT_READ = "not_read"
"""The reason of a printed sentence that nobody read; what was not to be spoken has its role for a reason."""
NOT_ITS_DOCUMENT = "not_its_document"
"""The reason of a document that is not what is read in its recording."""
_MOST_WORDS = 12
_SHARED = ("recording_id", "source_uri", "start_s", "duration_s", "asr_text")
_OF_MATCH = ("document_id", "text", "alignment_score", "cer")


def left_out(row: Row) -> Row:
    """Of a row of the decision table that is not in ``asr`` though it has text, or nowhere."""
    disbelieved = row["asr_reason"]
    return {
        "kind": "stretch",
        **{name: row[name] for name in _SHARED},
        **{name: row.get(name) for name in _OF_MATCH},
        "stage": "select",
        "reason": row["reason"] or disbelieved,
        "message": f"its text was not kept: {disbelief(row)}" if disbelieved else None,
        "kept_as": row["shelf"],
    }


def disbelief(row: Row) -> str:
    """Why the text of a decided row was not kept: what was measured, and the words that were not heard."""
    reasons = row.get("asr_reasons") or [row["asr_reason"]]
    said = ", ".join(_IN_WORDS[reason](row) if reason in _IN_WORDS else str(reason) for reason in reasons)
    unheard: Sequence[str] = row.get("unheard") or ()
    if not unheard:
        return said
    quoted = ", ".join(f"'{word}'" for word in unheard[:_MOST_WORDS]) + (
        " …" if len(unheard) > _MOST_WORDS else ""
    )
    return f"{said}; not heard as printed: {quoted} ({len(unheard)} of {len(row['words'])} words)"


def _edge(row: Row) -> str:
    ends = [name for name, heard in (("first", row["start_heard"]), ("last", row["end_heard"])) if not heard]
    return f"its {' and '.join(ends)} word was not heard"


_IN_WORDS: dict[str, Callable[[Row], str]] = {
    Reason.NOT_FOR_SPEECH: lambda _: "it is not printed to be spoken",
    Reason.NO_TEXT: lambda _: "it holds no word that can be said",
    Reason.TOO_SHORT: lambda row: f"it lasts {row['duration_s']:.1f} s",
    Reason.TOO_LONG: lambda row: f"it lasts {row['duration_s']:.1f} s",
    Reason.UNLIKELY: lambda row: f"it is right with a probability of {row['p_correct']:.2f}",
    Reason.LOW_SCORE: lambda row: f"{row['alignment_score']:.0%} of it was heard as printed in runs of words",
    Reason.SHORT_RUN: lambda row: f"{row['longest_run']} words in a row were heard as printed",
    Reason.HIGH_CER: lambda row: f"{row['cer']:.0%} of its letters were heard otherwise",
    Reason.EDGE_NOT_HEARD: _edge,
    Reason.ODD_RATE: lambda row: f"{len(row['text_normalized'])} letters in {row['duration_s']:.1f} s",
}


def rejected_rows(recording: Recording) -> Iterator[Row]:
    """Rows for what of a recording never becomes a stretch: sentences not read and documents refused, or all of it."""
    if recording.failed is not None:
        yield _failed_recording(recording, recording.failed)
        return
    yield from (_not_read(recording, left) for left in recording.not_read or ())
    yield from (_refused(recording, pair) for pair in recording.refused or ())


def _not_read(recording: Recording, left: NotRead) -> Row:
    return {
        "kind": "sentence",
        "recording_id": recording.source.recording_id,
        "document_id": left.sentence.document_id,
        "text": left.sentence.text,
        "stage": "align",
        "reason": NOT_READ if left.sentence.role is Role.SPOKEN else str(left.sentence.role),
        "message": left.message,
    }


def _refused(recording: Recording, pair: Refused) -> Row:
    return {
        "kind": "pair",
        "recording_id": recording.source.recording_id,
        "document_id": pair.document_id,
        "source_uri": recording.source.audio_uri,
        "stage": "align",
        "reason": NOT_ITS_DOCUMENT,
        "message": pair.message,
    }


def _failed_recording(recording: Recording, failed: Failed) -> Row:
    source, sound = recording.source, recording.sound
    return {
        "kind": "recording",
        "recording_id": source.recording_id,
        "source_uri": source.audio_uri,
        "start_s": 0.0 if sound else None,
        "duration_s": sound.num_samples / WORKING_RATE_HZ if sound else None,
        **_failure(failed),
    }


def failed_document(document: Document, failed: Failed) -> Row:
    """Of a document that could not be read."""
    return {
        "kind": "document",
        "document_id": document.document_id,
        "source_uri": document.source_uri,
        **_failure(failed),
    }


def _failure(failed: Failed) -> Row:
    return {"stage": failed.stage, "reason": str(failed.code), "message": failed.message}
