"""What `mine` measured of a recording as rows of the decision table, before anything is decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from wavelode.datasets.rows import Row, origin_row
from wavelode.pipelines.voices import Voices
from wavelode.schemas.errors import StorageError
from wavelode.schemas.records import Match, Recording, Stretch
from wavelode.schemas.time import Span


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
    *("in_order", "unheard"),
)
