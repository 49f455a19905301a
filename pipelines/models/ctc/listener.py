"""Writes down the likeliest letters of each segment, on the frames that say them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from wavelode.alignment.emissions import Posteriors, kept
from wavelode.pipelines.models.base import Expected, Hearing, Segment, Spelling, ranked
from wavelode.pipelines.models.batches import in_batches
from wavelode.pipelines.models.ctc.backends import Backend, load_backend, log_posteriors, padded_length
from wavelode.pipelines.models.ctc.prefixes import likeliest
from wavelode.pipelines.models.ctc.viterbi import Uttered, align, greedy
from wavelode.pipelines.models.weights import digest_of
from wavelode.schemas.errors import MissingDependency, SettingsError
from wavelode.schemas.records import Alphabet, Word
from wavelode.schemas.time import Span

_BLANKS = ("<pad>", "[PAD]", "<blank>", "<ctc_blank>")
_GAPS = ("|", " ", "▁", "<space>")
_MARKS = ("<s>", "</s>", "<unk>", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


@dataclass
class CtcListener:
    """A `Listener`.

    Args:
        model: a folder with ``model.bin`` or ``model.onnx``, and ``vocab.json``.
        device: ``auto``, ``cpu`` or ``cuda``.
        batch_size: segments heard at once; halved where the device's memory runs out.
        compute_type: CTranslate2's; ONNX computes in what it is stored in.
    """

    model: str
    device: str = "auto"
    batch_size: int = 8
    compute_type: str = "default"
    needs_text: bool = False
    _backend: Backend | None = field(default=None, repr=False)
    _vocabularies: dict[str, Vocabulary] = field(default_factory=dict, repr=False)
    _digest: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """The folder's last name and its content.

        Raises:
            SettingsError: if no folder is named.
            MissingDependency: if it isn't there.
        """
        self._digest = self._digest or digest_of(self._folder())
        return f"ctc-1/{self._folder().name}@{self._digest}/{self.compute_type}"

    def load(self) -> None:
        """Raises:
        SettingsError: if no folder is named.
        MissingDependency: if the model or its vocabulary is absent or broken.
        """
        if self._backend is None:
            folder = self._folder()
            self._vocabularies = read_vocabularies(folder / "vocab.json")
            self._backend = load_backend(folder, self.device, self.compute_type)

    def unload(self) -> None:
        self._backend = None

    def listen(self, segments: Sequence[Segment], expected: Expected) -> list[tuple[Word, ...]]:
        return [hearing.words for hearing in self.hear(segments, expected, 0)]

    def hear(self, segments: Sequence[Segment], expected: Expected, most: int) -> list[Hearing]:
        return self._hearings(segments, expected, most, spells=False)

    def spell(self, segments: Sequence[Segment], expected: Expected, most: int) -> Spelling:
        hearings = self._hearings(segments, expected, most, spells=True)
        return Spelling(hearings, self._vocabulary(expected.language).alphabet)

    def _hearings(
        self, segments: Sequence[Segment], expected: Expected, most: int, *, spells: bool
    ) -> list[Hearing]:
        vocabulary = self._vocabulary(expected.language)
        heard = [Hearing() for _ in segments]
        for places in _by_length(segments):
            found, self.batch_size = in_batches(
                self._posteriors, [segments[at] for at in places], self.batch_size
            )
            for at, log_p in zip(places, found, strict=True):
                span = segments[at].span
                own = _heard(log_p, span, vocabulary, most)
                heard[at] = replace(own, emission=kept(log_p, span)) if spells else own
        return heard

    def _posteriors(self, batch: Sequence[Segment]) -> list[Posteriors]:
        if self._backend is None:
            raise RuntimeError("listen() before load()")
        return log_posteriors(self._backend, [np.nan_to_num(s.samples) for s in batch])

    def _vocabulary(self, language: str) -> Vocabulary:
        """That of the language, where the model keeps several (MMS); else the only one.

        Raises:
            SettingsError: if there are several and none is for the language.
        """
        code = language.split("-")[0].lower()
        known = self._vocabularies
        if len(known) == 1:
            return next(iter(known.values()))
        for name in (code, _three_letters(code)):
            if name in known:
                return known[name]
        raise SettingsError(
            f"listener.model={self.model!r}: has no letters for {language!r}, only for "
            f"{', '.join(sorted(known)[:8])} …; choose another model"
        )

    def _folder(self) -> Path:
        if not self.model:
            raise SettingsError(
                "listener.model: ctc needs a folder with model.bin or model.onnx, and vocab.json"
            )
        return Path(self.model)


def _by_length(segments: Sequence[Segment]) -> Iterator[list[int]]:
    """The places of the audible segments, together those that are run at one length."""
    lengths = {at: padded_length(s.samples.size) for at, s in enumerate(segments) if s.is_audible}
    for length in sorted(set(lengths.values())):
        yield [at for at, own in lengths.items() if own == length]


def _three_letters(code: str) -> str:
    import langcodes

    return langcodes.Language.get(code).to_alpha3() if langcodes.tag_is_valid(code) else code


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the labels of a model mean.

    Attributes:
        letters: what each label writes; "" for marks that write nothing.
        blank: the label that says nothing.
        gaps: labels that end a word.
    """

    letters: tuple[str, ...]
    blank: int
    gaps: frozenset[int]

    @property
    def alphabet(self) -> Alphabet:
        given: list[str | None] = [letters or None for letters in self.letters]
        given[self.blank] = ""
        for gap in self.gaps:
            given[gap] = " "
        return Alphabet(tuple(given))


def read_vocabularies(path: Path) -> dict[str, Vocabulary]:
    """A vocab.json: token to number, or such a table for each of several languages.

    Raises:
        MissingDependency: if it is absent, no such table, or has no blank.
    """
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        nested = bool(table) and all(isinstance(value, dict) for value in table.values())
        many = table if nested else {"": table}
        return {language: _vocabulary(tokens) for language, tokens in many.items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        said = " ".join(str(error).split())
        raise MissingDependency(
            f"{path}: can't be loaded ({said}); put the model's own vocab.json there"
        ) from error


def _vocabulary(tokens: dict[str, int]) -> Vocabulary:
    blank = next((tokens[token] for token in _BLANKS if token in tokens), None)
    if blank is None:
        raise ValueError(f"none of {', '.join(_BLANKS)} is in it")
    letters = [""] * (max(tokens.values()) + 1)
    for token, label in tokens.items():
        letters[label] = "" if token in (*_MARKS, *_BLANKS, *_GAPS) else token
    return Vocabulary(tuple(letters), blank, frozenset(tokens[gap] for gap in _GAPS if gap in tokens))


def _heard(log_p: Posteriors, span: Span, vocabulary: Vocabulary, most: int) -> Hearing:
    found = tuple(words(log_p, span, vocabulary))
    if not most or not found:
        return Hearing(found)
    others = likeliest(log_p, vocabulary.blank, most)
    spelled = ((_spelled(labels, vocabulary), -sure) for labels, sure in others)
    return Hearing(found, ranked(found, spelled, span, most))


def _spelled(labels: Sequence[int], vocabulary: Vocabulary) -> str:
    """What labels write, its words as `words` parts them."""
    letters = vocabulary.letters
    written = (
        " " if label in vocabulary.gaps else letters[label] for label in labels if label < len(letters)
    )
    return " ".join("".join(written).split())


def words(log_p: Posteriors, span: Span, vocabulary: Vocabulary) -> Iterator[Word]:
    """The words of a segment, from the first frame of their first letter to the last of their last.

    Args:
        log_p: of the whole segment, (F, V).
        span: where the segment lies.
    """
    uttered = align(log_p, greedy(log_p, vocabulary.blank), vocabulary.blank) or []
    for letters in _split(uttered, vocabulary):
        text = "".join(vocabulary.letters[letter.symbol] for letter in letters)
        start, end = (
            span.start + round(f * len(span) / len(log_p)) for f in (letters[0].start, letters[-1].end)
        )
        frames = sum(letter.end - letter.start for letter in letters)
        sure = sum(letter.log_p * (letter.end - letter.start) for letter in letters) / frames
        yield Word(text, Span(start, end, span.rate), min(1.0, math.exp(sure)))


def _split(uttered: Sequence[Uttered], vocabulary: Vocabulary) -> Iterator[list[Uttered]]:
    """The letters between gaps."""
    word: list[Uttered] = []
    for one in uttered:
        if one.symbol in vocabulary.gaps and word:
            yield word
            word = []
        elif one.symbol < len(vocabulary.letters) and vocabulary.letters[one.symbol]:
            word.append(one)
    if word:
        yield word
