"""A small made-up corpus: tones and noise, mined by hand, so that every later step runs for real."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from wavelode.datasets.rows import document_row, recording_row
from wavelode.datasets.storage import Layout, file_sha256, write_rows
from wavelode.schemas.errors import ErrorCode
from wavelode.schemas.records import (
    Box,
    Document,
    Heard,
    Match,
    NotRead,
    Recording,
    Sentence,
    SoundFile,
    Source,
    Stretch,
    Unread,
    Word,
)
from wavelode.schemas.tables import DOCUMENT, MINED
from wavelode.schemas.time import WORKING_RATE_HZ, Span
from wavelode.schemas.verdict import Failed

RATE = WORKING_RATE_HZ
SHA = "0" * 64


def sentence(text: str, index: int = 0, document_id: str = "paper") -> Sentence:
    return Sentence(document_id, index, text, page=1, box=Box(10, 20, 300, 40), text_source="text_layer")


def match(text: str, span: Span, *, score: float = 0.95, cer: float = 0.05, edges: bool = True) -> Match:
    """A match whose words share `span` equally."""
    words = text.split()
    at = [span.start + len(span) * i // len(words) for i in range(len(words) + 1)]
    on_time = tuple(Word(word, Span(at[i], at[i + 1]), 0.5) for i, word in enumerate(words))
    return Match(
        sentence(text), 0, on_time, text.lower(), score, cer, edges, edges, longest_miss=0, longest_run=9
    )


def matched(
    span: Span, text: str, heard: str | None = None, *, score: float = 0.95, cer: float = 0.05
) -> Stretch:
    found = match(text, span, score=score, cer=cer)
    return Stretch(span, Heard.MATCHED, text.lower() if heard is None else heard, 0.9, found)


def stretches(*parts: tuple[Heard, float, str]) -> tuple[Stretch, ...]:
    """Stretches that follow on each other from (what, seconds, text)."""
    made, start = [], 0
    for kind, seconds, text in parts:
        span = Span(start, start + round(seconds * RATE))
        start = span.end
        if kind is Heard.MATCHED:
            made.append(matched(span, text))
        else:
            made.append(Stretch(span, kind, text, 0.9 if kind is Heard.UNTRANSCRIBED else 0.0))
    return tuple(made)


def unread(left: Sentence) -> NotRead:
    """A sentence that the listener did not hear."""
    return NotRead(left, Unread.OTHER_WORDS, "between 1.0 s and 2.0 s, something else was heard")


def recording(
    recording_id: str, parts: tuple[Stretch, ...], *, uri: str = "", sha256: str = SHA, language: str = "en"
) -> Recording:
    return Recording(
        source=Source(
            recording_id, uri or f"{recording_id}.wav", language, ("paper",), "Kohima", license="CC-BY-4.0"
        ),
        fingerprint="f" * 16,
        sound=SoundFile(sha256, RATE, 1, parts[-1].span.end if parts else 0),
        speech=(),
        words=(),
        stretches=parts,
        not_read=(unread(sentence("This was printed and never read.", 99)),),
        listener="fake",
    )


def broken(recording_id: str, message: str = "the file breaks off; fetch it again") -> Recording:
    source = Source(recording_id, f"{recording_id}.wav", "en")
    return Recording(source, "e" * 16, failed=Failed("decode", ErrorCode.TRUNCATED, message))


def sound(samples: int, seed: int) -> NDArray[np.int16]:
    """A tone in noise, (samples,)."""
    generator = np.random.default_rng(seed)
    tone = 6000 * np.sin(2 * np.pi * (200 + 40 * seed) / RATE * np.arange(samples))
    return (tone + generator.normal(0, 300, samples)).astype(np.int16)


def on_disk(one: Recording, folder: Path, seed: int = 0) -> Recording:
    """The same recording with a wav file behind it, named by its address in `folder`."""
    if one.sound is None:
        return one
    path = folder / one.source.audio_uri
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound(one.sound.num_samples, seed), RATE, subtype="PCM_16")
    return replace(one, sound=replace(one.sound, sha256=file_sha256(path)))


def leave_mined(layout: Layout, recordings: list[Recording], documents: list[Document]) -> None:
    """The files that `mine` would leave."""
    for one in recordings:
        name = f"{one.source.recording_id}-{one.fingerprint}.parquet"
        write_rows([recording_row(one)], MINED, layout.mined / name)
    for document in documents:
        name = f"{document.document_id}-{'d' * 16}.parquet"
        write_rows([document_row(document, "d" * 16)], DOCUMENT, layout.documents / name)


TALK, TEXT, TUNE = Heard.UNTRANSCRIBED, Heard.MATCHED, Heard.NON_SPEECH


def bulletins(count: int = 3) -> list[Recording]:
    """Recordings of half a minute with something of everything."""
    parts = stretches(
        (TUNE, 2.0, ""),
        (TEXT, 3.5, "The council met on Tuesday to open the new bridge."),
        (TALK, 4.0, "well i was standing there when it came"),
        (TEXT, 2.5, "Schools will open at nine from Monday."),
        (TALK, 0.5, "hm"),
        (TEXT, 4.25, "Farmers asked for an earlier release of water from the dam."),
        (TUNE, 1.0, ""),
    )
    return [recording(f"bulletin{n:02d}", parts) for n in range(count)]


def paper() -> Document:
    return Document("paper", "paper.pdf", SHA, "en", (sentence("The council met on Tuesday."),))


def unreadable(document_id: str = "locked") -> Document:
    failed = Failed("read", ErrorCode.ENCRYPTED, "locked.pdf: it is encrypted; give an unlocked copy")
    return Document(document_id, f"{document_id}.pdf", SHA, "en", (), failed)
