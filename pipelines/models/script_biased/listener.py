"""Pocketsphinx with its bundled English acoustic model, biased towards what is printed and moved to what it hears.

Lexicon and language model are built from the recording's own documents, so that any language can be heard that
can be romanised. It leans towards what it expects: single words mean little, runs of words in order mean much.
What it heard most surely then moves the acoustic model to the recording's voices and sounds (`adapt`) and, where words
are only romanised, tells what their letters sound like (`letter_sounds`); with both everything is heard once more.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from wavelode.alignment.text import tokens
from wavelode.pipelines.models.base import Expected, Hearing, Segment, Spelling, ranked
from wavelode.pipelines.models.script_biased.adapt import drawn, features_of, mapped, together
from wavelode.pipelines.models.script_biased.decoding import (
    FILLER,
    Alternatives,
    Study,
    decode,
    free_phones,
    take_cepstra,
)
from wavelode.pipelines.models.script_biased.gaussians import Gaussians, write_means
from wavelode.pipelines.models.script_biased.letter_sounds import LetterSounds, learned
from wavelode.pipelines.models.script_biased.phones import (
    Letter,
    PhoneBook,
    Phones,
    espeak_version,
    read_dictionary,
    table,
)
from wavelode.pipelines.models.script_biased.sounding import Sounding
from wavelode.pipelines.models.script_biased.trigram import Trigram, arpa, train
from wavelode.pipelines.models.weights import digest_of
from wavelode.schemas.errors import MissingDependency
from wavelode.schemas.records import Alphabet, Word
from wavelode.schemas.time import WORKING_RATE_HZ

_STUDY_SAMPLES = 15 * 60 * WORKING_RATE_HZ
"""More sound than this teaches the acoustic model little more."""
_UNSPACED_LETTERS = 12
"""Of scripts without spaces it hears pieces of so many characters as words: single syllables sound too much alike."""

_PHONE_BEAM, _PHONE_WEIGHT = 1e-20, 2.0
"""Of a search among phones, as pocketsphinx's manual advises."""


@dataclass
class ScriptBiased:
    """A `Listener`.

    Args:
        filler_share: how much of the language model's mass goes to unprinted speech.
        adapts: hear twice, the second time with the acoustic model moved to what was surely heard.
        learns_letters: the second time also with what letters were heard to sound like, where no one can say how the
            language's words sound.
        speaks: asks espeak-ng how words sound, where it has a voice for the language.
    """

    filler_share: float = 0.2
    adapts: bool = True
    learns_letters: bool = True
    speaks: bool = True
    needs_text: bool = True
    _last: tuple[Expected, _Script | None] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """With the acoustic model's content, and what speaks the words: both decide what can be heard."""
        kind = "script-biased-6" if self.adapts else "script-biased-6-once"
        how = "" if self.learns_letters or not self.adapts else "-by-the-table"
        by = espeak_version() if self.speaks else "uroman"
        return f"{kind}{how}/en-us@{_acoustics().digest}/{by}"

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
        return self._heard(segments, expected, most, spells=False).hearings

    def spell(self, segments: Sequence[Segment], expected: Expected, most: int) -> Spelling:
        return self._heard(segments, expected, most, spells=True)

    def _heard(self, segments: Sequence[Segment], expected: Expected, most: int, *, spells: bool) -> Spelling:
        script = self._script_of(expected)
        audible = [segment for segment in segments if segment.is_audible]
        if script is None or not audible:
            return Spelling([Hearing() for _ in segments], _alphabet({}))
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            script.write(folder)
            studied = self._studied(script, audible, folder) if self.adapts else _Studied(script)
            ear = _Ear.of(studied, folder, most, spells=spells)
            return Spelling([ear(s) if s.is_audible else Hearing() for s in segments], studied.alphabet)

    def _script_of(self, expected: Expected) -> _Script | None:
        """Of these sentences, or None where none of their words can be said; the last one is kept."""
        if self._last is None or self._last[0] != expected:
            sentences = [[token.text for token in tokens(s, _UNSPACED_LETTERS)] for s in expected.sentences]
            book = PhoneBook(expected.language, _acoustics().dictionary, speaks=self.speaks)
            self._last = expected, _Script.of(sentences, book, self.filler_share)
        return self._last[1]

    def _studied(self, script: _Script, segments: Sequence[Segment], folder: Path) -> _Studied:
        """The model moved to what is surely heard in these segments, as far as that is enough.

        The script in `folder` is written anew where letters turn out to sound otherwise.
        """
        cepstra = folder / "cepstra"
        cepstra.mkdir()
        gaussians = _acoustics().gaussians
        study = Study(_decoder(folder, cepstra=cepstra), cepstra, gaussians.phones)
        spread = _spread(segments)
        heard = [study(segment) for segment in spread]
        surely = together([one.frames for one in heard])
        if surely is None:
            return _Studied(script)
        whole = mapped(gaussians, surely)
        moved = drawn(whole, surely)
        write_means(moved.means, folder / "means")
        letters = script.book.letters() if self.learns_letters else {}
        if letters:
            write_means(whole.means, folder / "mapped")
            phones = _phone_decoder(folder, folder / "mapped")
            free = [(one.words, free_phones(phones, s)) for one, s in zip(heard, spread, strict=True)]
            script = script.respelled(learned(free, letters, table("latin.tsv")), letters)
            script.write(folder)
        return _Studied(script, moved, folder / "means")


@dataclass(frozen=True, slots=True)
class _Script:
    """A lexicon and a language model; pocketsphinx reads both from files."""

    book: PhoneBook
    words: tuple[str, ...]
    model: Trigram

    @classmethod
    def of(cls, sentences: list[list[str]], book: PhoneBook, filler_share: float) -> _Script | None:
        """None where no word of these sentences can be said."""
        words = sorted({word for sentence in sentences for word in sentence})
        book.learn(words)
        known = {word for word in words if book.pronunciations(word)}
        said = [kept for sentence in sentences if (kept := [word for word in sentence if word in known])]
        return cls(book, tuple(sorted(known)), train(said, list(_fillers()), filler_share)) if known else None

    def respelled(self, sounds: LetterSounds, letters: Mapping[str, Sequence[Letter]]) -> _Script:
        """With these sounds of the letters that words are read by."""
        readings = {word: sounds.pronunciations(own) for word, own in letters.items()}
        return replace(self, book=self.book.respelled(readings))

    def write(self, folder: Path) -> None:
        lexicon = {word: self.book.pronunciations(word) for word in self.words}
        (folder / "words.dict").write_text(_dictionary_text(lexicon | _fillers()), encoding="utf-8")
        (folder / "words.arpa").write_text(arpa(self.model), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class _Studied:
    """What a recording is heard with.

    Attributes:
        moved: the acoustic model after a study; None where there was none, or too little was sure.
        means: the file of its means.
    """

    script: _Script
    moved: Gaussians | None = None
    means: Path | None = None

    @property
    def alphabet(self) -> Alphabet:
        return _alphabet({word: self.script.book.pronunciations(word)[0] for word in self.script.words})


def _alphabet(lexicon: Mapping[str, Phones]) -> Alphabet:
    """The acoustic model's phones as labels."""
    phones = _acoustics().gaussians.phones
    label = {phone: at for at, phone in enumerate(phones)}
    writes = (" " if phone == "SIL" else phone if phone.isalpha() else None for phone in phones)
    entries = ((word, tuple(label[phone] for phone in said)) for word, said in lexicon.items())
    return Alphabet(tuple(writes), tuple(entries))


@dataclass(frozen=True, slots=True)
class _Ear:
    """Hears one segment after the other.

    Attributes:
        cepstra: where the decoder leaves them, if it is also to tell which phones it hears.
    """

    decoder: Any
    others: Alternatives
    most: int
    sounding: Sounding | None
    cepstra: Path

    @classmethod
    def of(cls, studied: _Studied, folder: Path, most: int, *, spells: bool) -> _Ear:
        cepstra = folder / "of_phones"
        cepstra.mkdir()
        decoder = _decoder(folder, studied.means, cepstra if spells else None)
        others = Alternatives(decoder, studied.script.model, folder / "lattice")
        sounding = Sounding.of(studied.moved or _acoustics().gaussians) if spells else None
        return cls(decoder, others, most, sounding, cepstra)

    def __call__(self, segment: Segment) -> Hearing:
        words = decode(self.decoder, segment)
        read = ranked(words, self.others(self.most), segment.span, self.most) if words and self.most else ()
        if self.sounding is None:
            return Hearing(words, read)
        features = features_of(take_cepstra(self.cepstra))
        return Hearing(words, read, self.sounding.emission(features, segment.span.start))


def _fillers() -> dict[str, list[Phones]]:
    return {FILLER + phone: [(phone,)] for phone in _acoustics().phones}


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


def _phone_decoder(folder: Path, means: Path) -> Any:
    """A decoder that hears phones without regard to words, with these means."""
    from pocketsphinx import Config, Decoder

    words = str(folder / "words.dict")
    config = Config(hmm=_acoustics().hmm, dict=words, lm=None, cmn="batch", loglevel="FATAL", mean=str(means))
    config["allphone_ci"] = True
    config["beam"] = config["pbeam"] = _PHONE_BEAM
    config["lw"] = _PHONE_WEIGHT
    decoder = Decoder(config)
    decoder.add_allphone_file("phones")
    decoder.activate_search("phones")
    return decoder


def _spread(segments: Sequence[Segment]) -> Sequence[Segment]:
    """All segments, or every second, third … so that they last no longer than is worth studying."""
    whole = sum(len(segment.span) for segment in segments)
    return segments[:: max(1, -(-whole // _STUDY_SAMPLES))]


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
