"""Values into table rows and back; the only place that knows both shapes."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from wavelode.schemas.errors import ErrorCode
from wavelode.schemas.records import (
    Alphabet,
    Box,
    Document,
    Emission,
    Event,
    Heard,
    Match,
    Measures,
    NotRead,
    Reading,
    Recording,
    Refused,
    Role,
    Sentence,
    Sound,
    SoundFile,
    Source,
    Spoken,
    Stretch,
    Turn,
    Unread,
    Voice,
    Word,
)
from wavelode.schemas.time import Span
from wavelode.schemas.verdict import Failed

Row = dict[str, Any]
_PACKED = ("counts", "labels", "nats")


def document_row(document: Document, fingerprint: str) -> Row:
    return {
        "document_id": document.document_id,
        "source_uri": _storable(document.source_uri),
        "source_sha256": document.source_sha256,
        "language": document.language,
        "fingerprint": fingerprint,
        "sentences": [_sentence_row(s) for s in document.sentences],
        "failed": _failed_row(document.failed),
    }


def document_of(row: Row) -> Document:
    return Document(
        document_id=row["document_id"],
        source_uri=row["source_uri"],
        source_sha256=row["source_sha256"],
        language=row["language"],
        sentences=tuple(_sentence_of(s) for s in row["sentences"]),
        failed=failed_of(row["failed"]),
    )


def origin_row(recording: Recording) -> Row:
    """What a recording's own row and the rows of its clips have in common."""
    source, sound = recording.source, recording.sound
    return {
        "recording_id": source.recording_id,
        "programme_id": source.programme_id,
        "station": source.station,
        "aired_at": source.aired_at,
        "language": source.language,
        "license": source.license,
        "source_uri": _storable(source.audio_uri),
        "source_sha256": sound.sha256 if sound else None,
        "native_sample_rate_hz": sound.native_sample_rate_hz if sound else None,
        "channels": sound.channels if sound else None,
    }


def recording_row(recording: Recording) -> Row:
    return {
        **origin_row(recording),
        "fingerprint": recording.fingerprint,
        "document_ids": list(recording.source.document_ids),
        **_sound_row(recording.sound),
        "listener": recording.listener,
        "second_listener": recording.second_listener,
        "diarizer": recording.diarizer,
        "speech": _listed(recording.speech, span_row),
        "turns": _listed(recording.turns, _turn_row),
        "overlaps": _listed(recording.overlaps, span_row),
        "voices": _listed(recording.voices, _voice_row),
        "events": _listed(recording.events, _event_row),
        "words": _listed(recording.words, word_row),
        "readings": _listed(recording.readings, _reading_row),
        "second_words": _listed(recording.second_words, word_row),
        "languages": _listed(recording.languages, _spoken_row),
        "stretches": _listed(recording.stretches, _stretch_row),
        "not_read": _listed(recording.not_read, _not_read_row),
        "refused": _listed(recording.refused, asdict),
        "peaks": recording.peaks,
        "failed": _failed_row(recording.failed),
    }


def recording_of(row: Row) -> Recording:
    return Recording(
        source=Source(
            recording_id=row["recording_id"],
            audio_uri=row["source_uri"],
            language=row["language"],
            document_ids=tuple(row["document_ids"] or ()),
            station=row["station"],
            programme_id=row["programme_id"],
            aired_at=row["aired_at"],
            license=row["license"],
        ),
        fingerprint=row["fingerprint"],
        sound=_sound_of(row),
        speech=_tupled(row["speech"], span_of),
        turns=_tupled(row["turns"], _turn_of),
        overlaps=_tupled(row["overlaps"], span_of),
        voices=_tupled(row["voices"], _voice_of),
        events=_tupled(row["events"], _event_of),
        words=_tupled(row["words"], word_of),
        readings=_tupled(row["readings"], _reading_of),
        second_words=_tupled(row["second_words"], word_of),
        languages=_tupled(row["languages"], _spoken_of),
        stretches=_tupled(row["stretches"], _stretch_of),
        not_read=_tupled(row["not_read"], _not_read_of),
        refused=_tupled(row["refused"], lambda r: Refused(**r)),
        peaks=row["peaks"],
        listener=row["listener"],
        second_listener=row["second_listener"],
        diarizer=row["diarizer"],
        failed=failed_of(row["failed"]),
    )


def stage_row(recording: Recording, columns: tuple[str, ...]) -> Row:
    """Only what one stage found, for a file of its own."""
    whole = {
        **recording_row(recording),
        "emissions": _listed(recording.emissions, _emission_row),
        "alphabet": _alphabet_row(recording.alphabet),
    }
    return {name: whole[name] for name in ("recording_id", *columns)}


def with_stage(recording: Recording, row: Row, columns: tuple[str, ...]) -> Recording:
    """The recording with a stage's columns read back from `stage_row`."""
    convert = {
        "speech": span_of,
        "turns": _turn_of,
        "overlaps": span_of,
        "words": word_of,
        "readings": _reading_of,
        "second_words": word_of,
        "languages": _spoken_of,
        "events": _event_of,
        "voices": _voice_of,
        "emissions": _emission_of,
    }
    found: dict[str, Any] = {
        name: _tupled(row[name], convert[name]) if name in convert else row[name] for name in columns
    }
    if "alphabet" in found:
        found["alphabet"] = _alphabet_of(found["alphabet"])
    return replace(recording, **found)


def _storable(uri: str) -> str:
    """An address as a table can hold it: bytes in a file's name that are no text are written as escapes."""
    return uri.encode("utf-8", "backslashreplace").decode()


def _listed(values: Any, convert: Any) -> list[Row] | None:
    return None if values is None else [convert(v) for v in values]


def _tupled(rows: Any, convert: Any) -> tuple[Any, ...] | None:
    return None if rows is None else tuple(convert(r) for r in rows)


def span_row(span: Span) -> Row:
    return {"start_sample": span.start, "end_sample": span.end}


def span_of(row: Row) -> Span:
    return Span(row["start_sample"], row["end_sample"])


def _alphabet_row(alphabet: Alphabet | None) -> Row | None:
    if alphabet is None:
        return None
    lexicon = _listed(alphabet.lexicon, lambda entry: {"word": entry[0], "labels": entry[1]})
    return {"writes": alphabet.writes, "lexicon": lexicon}


def _alphabet_of(row: Row | None) -> Alphabet | None:
    if row is None:
        return None
    lexicon = _tupled(row["lexicon"], lambda entry: (entry["word"], tuple(entry["labels"])))
    return Alphabet(tuple(row["writes"]), lexicon)


def _emission_row(emission: Emission) -> Row:
    return {**span_row(emission.span), **{name: getattr(emission, name) for name in _PACKED}}


def _emission_of(row: Row) -> Emission:
    return Emission(span_of(row), *(row[name] for name in _PACKED))


def _turn_row(turn: Turn) -> Row:
    return {**span_row(turn.span), "speaker": turn.speaker}


def _turn_of(row: Row) -> Turn:
    return Turn(span_of(row), row["speaker"])


def _voice_row(voice: Voice) -> Row:
    return {"speaker": voice.speaker, "vector": list(voice.vector)}


def _voice_of(row: Row) -> Voice:
    return Voice(row["speaker"], tuple(row["vector"]))


def _spoken_row(spoken: Spoken) -> Row:
    return {**span_row(spoken.span), "language": spoken.language, "probability": spoken.probability}


def _spoken_of(row: Row) -> Spoken:
    return Spoken(span_of(row), row["language"], row["probability"])


def _event_row(event: Event) -> Row:
    return {**span_row(event.span), "kind": str(event.kind)}


def _event_of(row: Row) -> Event:
    return Event(span_of(row), Sound(row["kind"]))


def word_row(word: Word) -> Row:
    return {"word": word.text, **span_row(word.span), "confidence": word.confidence}


def word_of(row: Row) -> Word:
    return Word(row["word"], span_of(row), row["confidence"])


def _reading_row(reading: Reading) -> Row:
    return {**span_row(reading.span), "text": reading.text, "behind_nats": reading.behind_nats}


def _reading_of(row: Row) -> Reading:
    return Reading(span_of(row), row["text"], row["behind_nats"])


def _sound_row(sound: SoundFile | None) -> Row:
    """What is known of the file as a whole; of its rate and channels the rows of its clips tell too."""
    return {
        "num_samples": sound.num_samples if sound else None,
        "streams": list(sound.streams) if sound else None,
        "damaged_packets": sound.damaged_packets if sound else None,
        "skipped_s": sound.skipped_s if sound else None,
    }


def _sound_of(row: Row) -> SoundFile | None:
    if row["num_samples"] is None:
        return None
    known = (row["source_sha256"], row["native_sample_rate_hz"], row["channels"], row["num_samples"])
    return SoundFile(
        *known, tuple(row["streams"] or ()), row["damaged_packets"] or 0, row["skipped_s"] or 0.0
    )


def _failed_row(failed: Failed | None) -> Row | None:
    if failed is None:
        return None
    return {"stage": failed.stage, "code": str(failed.code), "message": failed.message}


def failed_of(row: Row | None) -> Failed | None:
    if row is None:
        return None
    return Failed(row["stage"], ErrorCode(row["code"]), row["message"])


def _sentence_row(sentence: Sentence) -> Row:
    box = sentence.box
    return {
        "document_id": sentence.document_id,
        "index": sentence.index,
        "text": sentence.text,
        "page": sentence.page,
        "bbox": [box.x0, box.y0, box.x1, box.y1] if box else None,
        "text_source": sentence.text_source,
        "role": str(sentence.role),
        "confidence": sentence.confidence,
    }


def _sentence_of(row: Row) -> Sentence:
    box = Box(*row["bbox"]) if row["bbox"] is not None else None
    place = (row["document_id"], row["index"], row["text"], row["page"], box)
    return Sentence(*place, row["text_source"], Role(row["role"]), row["confidence"])


def _not_read_row(left: NotRead) -> Row:
    return {"sentence": _sentence_row(left.sentence), "why": str(left.why), "message": left.message}


def _not_read_of(row: Row) -> NotRead:
    return NotRead(_sentence_of(row["sentence"]), Unread(row["why"]), row["message"])


def _stretch_row(stretch: Stretch) -> Row:
    return {
        **span_row(stretch.span),
        "kind": str(stretch.kind),
        "heard_text": stretch.heard_text,
        "speech_ratio": stretch.speech_ratio,
        "match": _match_row(stretch.match),
        "measures": asdict(stretch.measures) if stretch.measures else None,
        "pcm_sha256": stretch.pcm_sha256,
    }


def _stretch_of(row: Row) -> Stretch:
    return Stretch(
        span=span_of(row),
        kind=Heard(row["kind"]),
        heard_text=row["heard_text"],
        speech_ratio=row["speech_ratio"],
        match=_match_of(row["match"]),
        measures=Measures(**row["measures"]) if row["measures"] else None,
        pcm_sha256=row["pcm_sha256"],
    )


def _match_row(match: Match | None) -> Row | None:
    if match is None:
        return None
    return {
        "sentence": _sentence_row(match.sentence),
        "occurrence": match.occurrence,
        "words": [word_row(w) for w in match.words],
        "text_normalized": match.text_normalized,
        "alignment_score": match.alignment_score,
        "cer": match.cer,
        "start_heard": match.start_heard,
        "end_heard": match.end_heard,
        "longest_miss": match.longest_miss,
        "longest_run": match.longest_run,
        "likeness": match.likeness,
        "other_word": match.other_word,
        "edge_missing": match.edge_missing,
        "borders": match.borders,
        "in_order": match.in_order,
        "unheard": list(match.unheard),
        "p_correct": match.p_correct,
    }


def _match_of(row: Row | None) -> Match | None:
    if row is None:
        return None
    return Match(
        sentence=_sentence_of(row["sentence"]),
        occurrence=row["occurrence"],
        words=tuple(word_of(w) for w in row["words"]),
        text_normalized=row["text_normalized"],
        alignment_score=row["alignment_score"],
        cer=row["cer"],
        start_heard=row["start_heard"],
        end_heard=row["end_heard"],
        longest_miss=row["longest_miss"],
        longest_run=row["longest_run"],
        likeness=row["likeness"],
        other_word=row["other_word"],
        edge_missing=row["edge_missing"],
        borders=row["borders"],
        in_order=row["in_order"],
        unheard=tuple(row["unheard"] or ()),
        p_correct=row["p_correct"],
    )
