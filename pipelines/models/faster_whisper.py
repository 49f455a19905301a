"""Whisper on CTranslate2, from a local folder or a hub name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wavelode.pipelines.models.base import Expected, Segment
from wavelode.schemas.errors import MissingDependency, SettingsError
from wavelode.schemas.records import Word
from wavelode.schemas.time import Span


@dataclass
class FasterWhisper:
    """A `Listener`.

    Args:
        model: a folder with a CTranslate2 Whisper model, or its name on the hub.
        device: ``auto``, ``cpu`` or ``cuda``.
        batch_size: segments decoded at once.
    """

    model: str
    device: str = "auto"
    batch_size: int = 8
    needs_text: bool = False
    _whisper: Any = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The model by its folder's last name: two machines keep the same model in different places."""
        return f"faster-whisper/{self.model.rstrip('/').rpartition('/')[2]}"

    def load(self) -> None:
        """Raises:
        SettingsError: if no model is named.
        MissingDependency: if the package or the model is absent.
        """
        if self._whisper is not None:
            return
        if not self.model:
            raise SettingsError("listener.model: faster_whisper needs a folder or a hub name, e.g. large-v3")
        try:
            from faster_whisper import BatchedInferencePipeline, WhisperModel
        except ImportError as error:
            raise MissingDependency(
                "this listener needs faster-whisper: pip install 'wavelode[listen]'"
            ) from error
        try:
            self._whisper = BatchedInferencePipeline(WhisperModel(self.model, device=self.device))
        except (OSError, RuntimeError, ValueError) as error:
            raise MissingDependency(
                f"listener.model={self.model!r}: can't be loaded ({error}); give a folder with a CTranslate2 model"
            ) from error

    def unload(self) -> None:
        self._whisper = None

    def listen(self, segments: Sequence[Segment], expected: Expected) -> list[tuple[Word, ...]]:
        return [tuple(self._words(segment, expected.language)) for segment in segments]

    def _words(self, segment: Segment, language: str) -> Iterator[Word]:
        """One segment is one chunk of the batched pipeline: cutting at pauses was done before."""
        if not segment.samples.size:
            return
        found, _ = self._whisper.transcribe(
            np.nan_to_num(segment.samples),
            language=language.split("-")[0],
            word_timestamps=True,
            vad_filter=False,
            clip_timestamps=[{"start": 0.0, "end": segment.span.duration_s}],
            batch_size=self.batch_size,
        )
        for word in (w for piece in found for w in piece.words or ()):
            yield _word(word, segment.span)


def _word(heard: Any, span: Span) -> Word:
    """A word's seconds from its segment's start as a span of the recording, kept inside the segment."""
    start = min(span.start + round(float(heard.start) * span.rate), span.end)
    end = min(max(span.start + round(float(heard.end) * span.rate), start), span.end)
    return Word(heard.word.strip(), Span(start, end, span.rate), float(heard.probability))
