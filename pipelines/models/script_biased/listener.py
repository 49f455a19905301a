"""Pocketsphinx with its bundled English acoustic model, biased towards what is printed and moved to what it hears.

Lexicon and language model are built from the recording's own documents, so that any language can be heard that
can be romanised. It leans towards what it expects: single words mean little, runs of words in order mean much.
What it heard most surely then moves the acoustic model to the recording's voices and sounds (`adapt`), with which
everything is heard once more.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from wavelode.alignment.text import tokens
from wavelode.pipelines.models.base import Expected, Hearing, Segment, ranked
from wavelode.pipelines.models.script_biased.adapt import adapted
from wavelode.pipelines.models.script_biased.decoding import FILLER, Alternatives, Study, decode
from wavelode.pipelines.models.script_biased.gaussians import Gaussians, write_means
from wavelode.pipelines.models.script_biased.phones import PhoneBook, Phones, espeak_version, read_dictionary
from wavelode.pipelines.models.script_biased.trigram import Trigram, arpa, train
from wavelode.pipelines.models.weights import digest_of
from wavelode.schemas.errors import MissingDependency
from wavelode.schemas.records import Word
from wavelode.schemas.time import WORKING_RATE_HZ

_STUDY_SAMPLES = 15 * 60 * WORKING_RATE_HZ
"""More sound than this teaches the acoustic model little more."""
_UNSPACED_LETTERS = 12
"""Of scripts without spaces it hears pieces of so many characters as words: single syllables sound too much alike."""


@dataclass
class ScriptBiased:
    """A `Listener`.

    Args:
        filler_share: how much of the language model's mass goes to unprinted speech.
        adapts: hear twice, the second time with the acoustic model moved to what was surely heard.
    """

    filler_share: float = 0.2
    adapts: bool = True
    needs_text: bool = True
    _last: tuple[Expected, _Script | None] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """With the acoustic model's content, and what speaks the words: both decide what can be heard."""
        kind = "script-biased-5" if self.adapts else "script-biased-5-once"
        return f"{kind}/en-us@{_acoustics().digest}/{espeak_version()}"

    def load(self) -> None:
        """Raises:
        MissingDependency: without the `listen` extra.
        """
        _acoustics()

    def unload(self) -> None:
        self._last = None
        _acoustics.cache_clear()

    def listen(self, segments: Sequence[Segment], expected: Expected) -> list[tuple[Word, ...]]:
        return [hearing.words for hearing in self.hear(segments, expected, 0)]

    def hear(self, segments: Sequence[Segment], expected: Expected, most: int) -> list[Hearing]:
        script = self._script_of(expected)
        audible = [segment for segment in segments if segment.is_audible]
        if script is None or not audible:
            return [Hearing() for _ in segments]
        with tempfile.TemporaryDirectory() as folder:
            script.write(Path(folder))
            moved = _moved(audible, Path(folder)) if self.adapts else None
            decoder = _decoder(Path(folder), means=moved)
            others = Alternatives(decoder, script.model, Path(folder, "lattice"))
            return [_heard(decoder, s, others, most) if s.is_audible else Hearing() for s in segments]

    def _script_of(self, expected: Expected) -> _Script | None:
        """Of these sentences, or None where none of their words can be said; the last one is kept."""
        if self._last is None or self._last[0] != expected:
            sentences = [[token.text for token in tokens(s, _UNSPACED_LETTERS)] for s in expected.sentences]
            lexicon = _lexicon(sentences, expected.language)
            self._last = expected, _Script.of(lexicon, sentences, self.filler_share) if lexicon else None
        return self._last[1]


@dataclass(frozen=True, slots=True)
class _Script:
    """A lexicon and a language model as pocketsphinx reads them."""

    dictionary: str
    grammar: str
    model: Trigram

    @classmethod
    def of(cls, lexicon: dict[str, list[Phones]], sentences: list[list[str]], filler_share: float) -> _Script:
        fillers: dict[str, list[Phones]] = {FILLER + phone: [(phone,)] for phone in _acoustics().phones}
        known = [[word for word in sentence if word in lexicon] for sentence in sentences]
        model = train([s for s in known if s], list(fillers), filler_share)
        return cls(_dictionary_text(lexicon | fillers), arpa(model), model)

    def write(self, folder: Path) -> None:
        (folder / "words.dict").write_text(self.dictionary, encoding="utf-8")
        (folder / "words.arpa").write_text(self.grammar, encoding="utf-8")


def _heard(decoder: Any, segment: Segment, others: Alternatives, most: int) -> Hearing:
    words = decode(decoder, segment)
    return Hearing(words, ranked(words, others(most), segment.span, most) if words and most else ())


def _decoder(folder: Path, means: Path | None = None, cepstra: Path | None = None) -> Any:
    """A decoder of the script in `folder`, with other means than the model's, or one that leaves its cepstra."""
    from pocketsphinx import Config, Decoder

    config = Config(
        hmm=_acoustics().hmm,
        dict=str(folder / "words.dict"),
        lm=str(folder / "words.arpa"),
        cmn="batch",
        loglevel="FATAL",
    )
    if means:
        config["mean"] = str(means)
    if cepstra:
        config["mfclogdir"] = str(cepstra)
    return Decoder(config)


def _moved(segments: Sequence[Segment], folder: Path) -> Path | None:
    """Means moved to what is surely heard in these segments, in a file; None where that is too little."""
    cepstra = folder / "cepstra"
    cepstra.mkdir()
    gaussians = _acoustics().gaussians
    study = Study(_decoder(folder, cepstra=cepstra), cepstra, gaussians.phones)
    found = adapted(gaussians, [study(segment) for segment in _spread(segments)])
    if found is None:
        return None
    write_means(found.means, folder / "means")
    return folder / "means"


def _spread(segments: Sequence[Segment]) -> Sequence[Segment]:
    """All segments, or every second, third … so that they last no longer than is worth studying."""
    whole = sum(len(segment.span) for segment in segments)
    return segments[:: max(1, -(-whole // _STUDY_SAMPLES))]


def _lexicon(sentences: list[list[str]], language: str) -> dict[str, list[Phones]]:
    words = sorted({word for sentence in sentences for word in sentence})
    book = PhoneBook(language, _acoustics().dictionary)
    book.learn(words)
    return {word: said for word in words if (said := book.pronunciations(word))}


@dataclass(frozen=True, slots=True)
class _Acoustics:
    hmm: str
    dictionary: dict[str, list[Phones]]
    phones: tuple[str, ...]
    digest: str
    gaussians: Gaussians


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
    gaussians = Gaussians.read(Path(folder))
    return _Acoustics(folder, dictionary, tuple(sorted(phones)), digest_of(Path(folder)), gaussians)


def _dictionary_text(lexicon: dict[str, list[Phones]]) -> str:
    lines = []
    for word, readings in lexicon.items():
        for nth, phones in enumerate(readings, 1):
            lines.append(f"{word if nth == 1 else f'{word}({nth})'} {' '.join(phones)}")
    return "\n".join(lines) + "\n"
