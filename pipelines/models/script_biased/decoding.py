"""What one pocketsphinx decoder does with one segment: write down words, or tell which phone each frame is."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from wavelode.pipelines.models.base import Segment
from wavelode.pipelines.models.script_biased.adapt import Labelled, features_of
from wavelode.pipelines.models.script_biased.gaussians import STREAM_SIZE
from wavelode.pipelines.models.script_biased.lattice import Language, Lattice, Ranking
from wavelode.pipelines.models.script_biased.letter_sounds import Said, Timed
from wavelode.pipelines.models.script_biased.trigram import Trigram
from wavelode.schemas.records import Word
from wavelode.schemas.time import WORKING_RATE_HZ, Span

FILLER = "@"
"""Marks the single-phone words that stand for speech that is not printed."""
_FRAME_SAMPLES = WORKING_RATE_HZ // 100
_VARIANT = re.compile(r"\(\d+\)$")
_NO_WORDS = f"<[+{FILLER}"
_LEAST_SURE = 0.05
"""A word less sure than this teaches nothing about its sounds."""


def decode(decoder: Any, segment: Segment) -> tuple[Word, ...]:
    """The words of a segment, each with its posterior in the word lattice."""
    _hear(decoder, segment)
    if decoder.hyp() is None:
        return ()
    return tuple(_word(s, segment.span) for s in decoder.seg() if _is_printed(s.word))


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Readings of what a decoder heard last, by the language model it hears with.

    Args:
        file: where a lattice may be written.
    """

    decoder: Any
    model: Trigram
    file: Path

    def __call__(self, most: int) -> list[tuple[str, float]]:
        """At most `most`, each with how much less likely than the first it is, in nats."""
        lattice = self.decoder.get_lattice()
        if lattice is None:
            return []
        lattice.write(str(self.file))
        return Ranking(self._language(), _is_printed)(Lattice.read(self.file, self._known), most)

    def _known(self, word: str) -> str:
        base = _VARIANT.sub("", word)
        return base if (base,) in self.model.probability else ""

    def _language(self) -> Language:
        """Weighted as for the decoder's best path: a ratio of weights scales what each word costs, too."""
        config = self.decoder.config
        weight = float(config["bestpathlw"])
        return Language(self.model, weight, math.log(config["wip"]) * weight / float(config["lw"]))


def _is_printed(word: str) -> bool:
    return word[0] not in _NO_WORDS


@dataclass(frozen=True, slots=True)
class Studied:
    """A segment's frames with the phones of the words heard in it, and these words."""

    frames: Labelled
    words: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Study:
    """A decoder that also tells the phones of what it heard.

    Args:
        decoder: leaves its cepstra in `folder`, which holds nothing else.
        phones: of the acoustic model, in the order of its codebooks.
    """

    decoder: Any
    folder: Path
    phones: tuple[str, ...]

    def __call__(self, segment: Segment) -> Studied:
        """The words heard in a segment and the frames of their phones, as sure as these words are."""
        words = self.decoder.current_search()
        _hear(self.decoder, segment)
        features = features_of(self._cepstra())
        labels, weights = np.full(len(features), -1), np.zeros(len(features))
        heard = [] if self.decoder.hyp() is None else [(s.end_frame, s.prob) for s in self.decoder.seg()]
        said: tuple[Said, ...] = ()
        if heard:
            self.decoder.set_alignment()
            _hear(self.decoder, segment)
            said = tuple(self._said(heard))
            self._label(said, labels, weights)
            self.decoder.activate_search(words)
            self._cepstra()
        return Studied(Labelled(features, labels, weights), said)

    def _said(self, heard: list[tuple[int, float]]) -> Iterator[Said]:
        """The words that are not too unsure, silences among them."""
        ends = np.array([end for end, _ in heard])
        for word in self.decoder.get_alignment() or ():
            at = min(int(np.searchsorted(ends, word.start + word.duration // 2)), len(ends) - 1)
            sure = float(heard[at][1])
            if word.name[0] != FILLER and sure >= _LEAST_SURE:
                phones = tuple((phone.name, phone.start, phone.start + phone.duration) for phone in word)
                yield Said(_VARIANT.sub("", word.name), phones, min(1.0, sure))

    def _label(self, said: tuple[Said, ...], labels: Any, weights: Any) -> None:
        codebook = {phone: at for at, phone in enumerate(self.phones)}
        for word in said:
            for phone, start, end in word.phones:
                labels[start:end], weights[start:end] = codebook[phone], word.sure

    def _cepstra(self) -> Any:
        return take_cepstra(self.folder)


def take_cepstra(folder: Path) -> Any:
    """The cepstra (T, 13) that a decoder left last in a folder of its own: a count, then floats, all big-endian."""
    files = sorted(folder.iterdir())
    data = files[-1].read_bytes()
    for file in files:
        file.unlink()
    return np.frombuffer(data[4:], ">f4").astype(np.float64).reshape(-1, STREAM_SIZE)


def free_phones(decoder: Any, segment: Segment) -> tuple[Timed, ...]:
    """The phones of a segment by a decoder that knows no words."""
    _hear(decoder, segment)
    found = () if decoder.hyp() is None else decoder.seg()
    return tuple((phone.word, phone.start_frame, phone.end_frame + 1) for phone in found)


def _hear(decoder: Any, segment: Segment) -> None:
    sound = np.clip(np.nan_to_num(segment.samples) * 32768, -32768, 32767).astype(np.int16)
    decoder.start_utt()
    decoder.process_raw(sound.tobytes(), full_utt=True)
    decoder.end_utt()


def _word(found: Any, span: Span) -> Word:
    """Frames of 10 ms from the segment's start as a span of the recording, with the posterior in the word lattice."""
    start = span.start + found.start_frame * _FRAME_SAMPLES
    end = min(span.start + (found.end_frame + 1) * _FRAME_SAMPLES, span.end)
    text = _VARIANT.sub("", found.word)
    return Word(text, Span(start, max(start, end), span.rate), min(1.0, float(found.prob)))
