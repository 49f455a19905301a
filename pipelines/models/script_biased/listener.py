"""Pocketsphinx with its bundled English acoustic model, biased towards what is printed.

Lexicon and language model are built from the recording's own documents, so that any language can be heard that
can be romanised. It leans towards what it expects: single words mean little, runs of words in order mean much.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from wavelode.alignment.text import tokens
from wavelode.pipelines.models.base import Expected, Segment
from wavelode.pipelines.models.script_biased.phones import PhoneBook, Phones, espeak_version, read_dictionary
from wavelode.pipelines.models.script_biased.trigram import arpa, train
from wavelode.pipelines.models.weights import digest_of
from wavelode.schemas.errors import MissingDependency
from wavelode.schemas.records import Word
from wavelode.schemas.time import WORKING_RATE_HZ, Span

_FRAME_SAMPLES = WORKING_RATE_HZ // 100
_FILLER = "@"
"""Marks the single-phone words that stand for speech that is not printed."""
_VARIANT = re.compile(r"\(\d+\)$")


@dataclass
class ScriptBiased:
    """A `Listener`.

    Args:
        filler_share: how much of the language model's mass goes to unprinted speech.
    """

    filler_share: float = 0.2
    needs_text: bool = True
    _last: tuple[Expected, Any] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """With the acoustic model's content, and what speaks the words: both decide what can be heard."""
        return f"script-biased-3/en-us@{_acoustics().digest}/{espeak_version()}"

    def load(self) -> None:
        """Raises:
        MissingDependency: without the `listen` extra.
        """
        _acoustics()

    def unload(self) -> None:
        self._last = None
        _acoustics.cache_clear()

    def listen(self, segments: Sequence[Segment], expected: Expected) -> list[tuple[Word, ...]]:
        decoder = self._decoder_for(expected)
        return [_decode(decoder, s) if decoder and s.is_audible else () for s in segments]

    def _decoder_for(self, expected: Expected) -> Any:
        """The decoder of these sentences, or None where none of their words can be said; the last one is kept."""
        if self._last is None or self._last[0] != expected:
            sentences = [[token.text for token in tokens(s)] for s in expected.sentences]
            lexicon = self._lexicon(sentences, expected.language)
            self._last = expected, self._decoder(lexicon, sentences) if lexicon else None
        return self._last[1]

    def _lexicon(self, sentences: list[list[str]], language: str) -> dict[str, list[Phones]]:
        words = sorted({word for sentence in sentences for word in sentence})
        book = PhoneBook(language, _acoustics().dictionary)
        book.learn(words)
        return {word: said for word in words if (said := book.pronunciations(word))}

    def _decoder(self, lexicon: dict[str, list[Phones]], sentences: list[list[str]]) -> Any:
        from pocketsphinx import Decoder

        acoustics = _acoustics()
        fillers: dict[str, list[Phones]] = {_FILLER + phone: [(phone,)] for phone in acoustics.phones}
        known = [[word for word in sentence if word in lexicon] for sentence in sentences]
        model = train([s for s in known if s], list(fillers), self.filler_share)
        with tempfile.TemporaryDirectory() as folder:
            dictionary, grammar = Path(folder, "words.dict"), Path(folder, "words.arpa")
            dictionary.write_text(_dictionary_text(lexicon | fillers), encoding="utf-8")
            grammar.write_text(arpa(model), encoding="utf-8")
            return Decoder(
                hmm=acoustics.hmm, dict=str(dictionary), lm=str(grammar), cmn="batch", loglevel="FATAL"
            )


@dataclass(frozen=True, slots=True)
class _Acoustics:
    hmm: str
    dictionary: dict[str, list[Phones]]
    phones: tuple[str, ...]
    digest: str


@cache
def _acoustics() -> _Acoustics:
    try:
        from pocketsphinx import get_model_path
    except ImportError as error:
        raise MissingDependency(
            "the script_biased listener needs pocketsphinx: pip install 'wavelode[listen]'"
        ) from error
    dictionary = read_dictionary(Path(get_model_path("en-us/cmudict-en-us.dict")))
    phones = {phone for readings in dictionary.values() for reading in readings for phone in reading}
    folder = get_model_path("en-us/en-us")
    return _Acoustics(folder, dictionary, tuple(sorted(phones)), digest_of(Path(folder)))


def _dictionary_text(lexicon: dict[str, list[Phones]]) -> str:
    lines = []
    for word, readings in lexicon.items():
        for nth, phones in enumerate(readings, 1):
            lines.append(f"{word if nth == 1 else f'{word}({nth})'} {' '.join(phones)}")
    return "\n".join(lines) + "\n"


def _decode(decoder: Any, segment: Segment) -> tuple[Word, ...]:
    sound = np.clip(np.nan_to_num(segment.samples) * 32768, -32768, 32767).astype(np.int16)
    decoder.start_utt()
    decoder.process_raw(sound.tobytes(), full_utt=True)
    decoder.end_utt()
    if decoder.hyp() is None:
        return ()
    heard = ((_VARIANT.sub("", s.word), s) for s in decoder.seg())
    return tuple(_word(text, s, segment.span) for text, s in heard if text[0] not in f"<[+{_FILLER}")


def _word(text: str, found: Any, span: Span) -> Word:
    """Frames of 10 ms from the segment's start as a span of the recording, with the posterior in the word lattice."""
    start = span.start + found.start_frame * _FRAME_SAMPLES
    end = min(span.start + (found.end_frame + 1) * _FRAME_SAMPLES, span.end)
    return Word(text, Span(start, max(start, end), span.rate), min(1.0, float(found.prob)))
