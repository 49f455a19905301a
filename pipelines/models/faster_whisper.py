"""Whisper on CTranslate2, from a local folder or a hub name."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavelode.pipelines.models.base import Expected, Segment
from wavelode.pipelines.models.batches import in_batches
from wavelode.pipelines.models.guard import Decoded, Guard, unlooped
from wavelode.pipelines.models.weights import digest_of, looks_like_folder
from wavelode.schemas.errors import MissingDependency, SettingsError
from wavelode.schemas.records import Word
from wavelode.schemas.time import WORKING_RATE_HZ, Span

_LOST_S = 1.0
"""Speech this long is not wordless: it is heard a second time."""
_DETECT_SAMPLES = 30 * WORKING_RATE_HZ
_SECOND_TRY_NGRAM = 3
_WHISPERS_CODE = {"nb": "no", "fil": "tl", "cmn": "zh", "iw": "he"}
Words = tuple[Word, ...]


@dataclass
class FasterWhisper:
    """A `Listener`. All segments are heard in batches; what the guard doubts is heard again, unable to loop.

    Args:
        model: a folder with a CTranslate2 Whisper model, or its name on the hub.
        device: ``auto``, ``cpu`` or ``cuda``.
        batch_size: segments decoded at once; halved where the device's memory runs out.
        compute_type: CTranslate2's, e.g. ``int8`` on a CPU; ``default`` is what the weights are stored in.
    """

    model: str
    device: str = "auto"
    batch_size: int = 8
    compute_type: str = "default"
    guard: Guard = field(default_factory=Guard)
    needs_text: bool = False
    _pipeline: Any = field(default=None, repr=False)
    _digest: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """The folder's last name and its content: two machines keep the same model in different places.

        Raises:
            SettingsError: if no model is named.
            MissingDependency: if it isn't there.
        """
        self._digest = self._digest or digest_of(self._folder())
        called = self.model.rstrip("/").rpartition("/")[2]
        return f"faster-whisper-2/{called}@{self._digest}/{self.compute_type}"

    def load(self) -> None:
        """Raises:
        SettingsError: if no model is named.
        MissingDependency: if the package or the model is absent.
        """
        if self._pipeline is not None:
            return
        folder = self._folder()
        try:
            from faster_whisper import BatchedInferencePipeline, WhisperModel

            whisper = WhisperModel(str(folder), device=self.device, compute_type=self.compute_type)
        except ImportError as error:
            raise _not_installed() from error
        except (OSError, RuntimeError, ValueError) as error:
            raise self._unloadable(error) from error
        self._pipeline = BatchedInferencePipeline(whisper)

    def unload(self) -> None:
        self._pipeline = None

    def listen(self, segments: Sequence[Segment], expected: Expected) -> list[Words]:
        audible = [at for at, segment in enumerate(segments) if segment.is_audible]
        if not audible:
            return [() for _ in segments]
        language = self._language(expected.language, [segments[at] for at in audible])
        heard: dict[int, Words] = {}
        for ngram in (0, _SECOND_TRY_NGRAM):
            todo = [at for at in audible if at not in heard]
            heard |= self._believed(todo, segments, language, ngram)
        lost = sum(segments[at].span.duration_s for at in audible if at not in heard)
        if lost:
            logging.getLogger(__name__).info("%s heard nothing it can stand for in %.1f s", self.name, lost)
        return [heard.get(at, ()) for at in range(len(segments))]

    def _believed(
        self, places: Sequence[int], segments: Sequence[Segment], language: str, ngram: int
    ) -> dict[int, Words]:
        """The words of those segments whose words the guard has no doubt about."""
        decode = partial(self._decode, language=language, ngram=ngram)
        found, self.batch_size = in_batches(decode, [segments[at] for at in places], self.batch_size)
        last = ngram > 0
        judged = (
            (at, self._judged(pieces, segments[at], last)) for at, pieces in zip(places, found, strict=True)
        )
        return {at: words for at, words in judged if words is not None}

    def _judged(self, pieces: list[Any], segment: Segment, last: bool) -> Words | None:
        words = [word for piece in pieces for word in piece.words or () if word.word.strip()]
        seconds = segment.span.duration_s
        if not words and seconds >= _LOST_S and not last:
            return None
        texts = tuple(word.word.strip() for word in words)
        sure = pieces[0].avg_logprob if pieces else 0.0
        doubt = self.guard.doubt(Decoded(texts, sure, pieces[0].no_speech_prob if pieces else 0.0), seconds)
        if doubt == "loops" and last:
            words = [words[at] for at in unlooped(texts, self.guard.max_repeats)]
        elif doubt:
            return None
        return _inside(words, segment.span)

    def _decode(self, batch: Sequence[Segment], language: str, ngram: int) -> list[list[Any]]:
        """What Whisper wrote for each segment; word times count from the segment's start."""
        edges = np.cumsum([0, *(len(s.samples) for s in batch)])
        clips = [{"start": a / WORKING_RATE_HZ, "end": b / WORKING_RATE_HZ} for a, b in pairwise(edges)]
        found, _ = self._pipeline.transcribe(
            np.concatenate([_sound(s) for s in batch]),
            language=language,
            word_timestamps=True,
            clip_timestamps=clips,
            no_repeat_ngram_size=ngram,
            batch_size=len(batch),
        )
        pieces: list[list[Any]] = [[] for _ in batch]
        # A piece names its clip only by the clip's start, in hundredths of a second, rounded down.
        starts = {
            int(int(c["start"] * WORKING_RATE_HZ) / WORKING_RATE_HZ * 100): i for i, c in enumerate(clips)
        }
        for piece in found:
            place = starts[piece.seek]
            for word in piece.words or ():
                word.start, word.end = (t - edges[place] / WORKING_RATE_HZ for t in (word.start, word.end))
            pieces[place].append(piece)
        return pieces

    def _language(self, told: str, segments: Sequence[Segment]) -> str:
        """Whisper's code of the language told; where it doesn't know that one, of the one it takes it for."""
        whisper = self._pipeline.model
        code = told.split("-")[0].lower()
        code = _WHISPERS_CODE.get(code, code)
        if code in whisper.supported_languages or not whisper.model.is_multilingual:
            return code if whisper.model.is_multilingual else "en"
        samples = np.concatenate([_sound(s) for s in segments])[:_DETECT_SAMPLES]
        return str(whisper.detect_language(samples)[0])

    def likeliest_language(self, samples: NDArray[np.float32]) -> tuple[str, float]:
        """Whisper's code of the language of samples (T,), of which it hears half a minute, and how likely it is.

        Raises:
            RuntimeError: before `load`.
        """
        if self._pipeline is None:
            raise RuntimeError("load() the model before using it")
        code, probability, _ = self._pipeline.model.detect_language(samples[:_DETECT_SAMPLES])
        return str(code), float(probability)

    def _folder(self) -> Path:
        if not self.model:
            raise SettingsError("listener.model: faster_whisper needs a folder or a hub name, e.g. large-v3")
        if looks_like_folder(self.model):
            return Path(self.model)
        try:
            from faster_whisper.utils import download_model
        except ImportError as error:
            raise _not_installed() from error
        try:
            return Path(download_model(self.model))
        except (OSError, RuntimeError, ValueError) as error:
            raise self._unloadable(error) from error

    def _unloadable(self, error: Exception) -> MissingDependency:
        said = " ".join(str(error).split())
        return MissingDependency(
            f"listener.model={self.model!r}: can't be loaded ({said}); give a folder with a CTranslate2 model"
        )


def _not_installed() -> MissingDependency:
    return MissingDependency("this listener needs faster-whisper: pip install 'wavelode[listen]'")


def _sound(segment: Segment) -> NDArray[np.float32]:
    return np.nan_to_num(segment.samples)


def _inside(words: Sequence[Any], span: Span) -> Words:
    """Words timed from their segment's start as words of the recording; those beyond the sound were made up."""
    found: list[Word] = []
    for heard in words:
        start = span.start + max(0, round(float(heard.start) * span.rate))
        end = min(max(start, span.start + round(float(heard.end) * span.rate)), span.end)
        start = max(start, found[-1].span.start if found else start)
        if start < span.end:
            found.append(
                Word(heard.word.strip(), Span(start, max(start, end), span.rate), float(heard.probability))
            )
    return tuple(found)
