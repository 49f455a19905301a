"""What `mine` measured of a recording as rows of the decision table, before anything is decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from wavelode.datasets.rows import Row, origin_row
from wavelode.pipelines.voices import Voices
from wavelode.schemas.errors import StorageError
from wavelode.schemas.records import Document, Match, Recording, Role, Sentence, Stretch
from wavelode.schemas.time import WORKING_RATE_HZ, Span
from wavelode.schemas.verdict import Failed

NOT_READ = "not_read"
"""The reason of a printed sentence that nobody read; what was not to be spoken has its role for a reason."""


def measured_rows(recording: Recording) -> Iterator[Row]:
    """A row of ``SELECTED`` for each stretch, in order, with all that was measured and no decision.

    Raises:
        StorageError: if a recording's stretches don't add up to its length.
    """
    stretches = _checked(recording)
    origin = origin_row(recording)
    voices = Voices(recording)
    for position, stretch in enumerate(stretches):
        neighbours = _ids_around(recording.source.recording_id, stretches, position)
        yield {
            **origin,
            **_place(stretch.span, position, neighbours),
            **_found(stretch),
            **voices.row(stretch.span),
        }


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


def _found(stretch: Stretch) -> Row:
    return {
        "kind": str(stretch.kind),
        "asr_text": stretch.heard_text or None,
        "speech_ratio": stretch.speech_ratio,
        "pcm_sha256": stretch.pcm_sha256,
        **(asdict(stretch.measures) if stretch.measures else {}),
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
        "role": str(sentence.role),
    }


_MEASURES = (
    *("p_correct", "alignment_score", "cer", "occurrence", "start_heard", "end_heard"),
    *("longest_miss", "longest_run", "likeness", "other_word", "edge_missing", "borders"),
)


# What was left out


def rejected_rows(recording: Recording) -> Iterator[Row]:
    """Rows of ``REJECT`` for what of a recording never becomes a stretch: sentences not read, or all of it."""
    if recording.failed is not None:
        yield _failed_recording(recording, recording.failed)
    else:
        yield from (_not_read(recording, sentence) for sentence in recording.not_read or ())


_SHARED = ("recording_id", "source_uri", "start_s", "duration_s", "asr_text")
_OF_MATCH = ("document_id", "text", "alignment_score", "cer")


def left_out(row: Row) -> Row:
    """The row of ``REJECT`` for a decided row of ``SELECTED`` that is not, or not with its text, on a shelf."""
    disbelieved = row["asr_reason"]
    return {
        "kind": "stretch",
        **{name: row[name] for name in _SHARED},
        **{name: row.get(name) for name in _OF_MATCH},
        "stage": "select",
        "reason": row["reason"] or disbelieved,
        "message": f"its text was not kept: {', '.join(row['asr_reasons'])}" if disbelieved else None,
        "kept_as": row["shelf"],
    }


def _not_read(recording: Recording, sentence: Sentence) -> Row:
    return {
        "kind": "sentence",
        "recording_id": recording.source.recording_id,
        "document_id": sentence.document_id,
        "text": sentence.text,
        "stage": "align",
        "reason": NOT_READ if sentence.role is Role.SPOKEN else str(sentence.role),
    }


def _failure(failed: Failed) -> Row:
    return {"stage": failed.stage, "reason": str(failed.code), "message": failed.message}


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
    return {
        "kind": "document",
        "document_id": document.document_id,
        "source_uri": document.source_uri,
        **_failure(failed),
    }
