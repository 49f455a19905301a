"""Any word in any script to phones of the acoustic model (CMU ARPAbet).

English words stand in the model's own dictionary; other words are spoken in IPA by espeak-ng where it has a voice
for the language and reads its letters, else romanised by uroman; both then go through a table (`ipa.tsv`, `latin.tsv`).
"""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from itertools import zip_longest
from pathlib import Path
from typing import Any

from wavelode.alignment.text import number_words
from wavelode.schemas.errors import MissingDependency

Phones = tuple[str, ...]
Table = dict[str, tuple[Phones, ...]]
Letter = tuple[str, str]
"""What is printed, and the Latin letters of `latin.tsv` it is read by: ("ṣ", "s")."""

_MOST_PRONUNCIATIONS = 4
_ESPEAK_TIMEOUT_S = 120
_BATCH = 500


@dataclass
class PhoneBook:
    """Pronunciations of words of one language.

    Args:
        language: BCP-47.
        dictionary: the acoustic model's own, word -> pronunciations; used for English.
        speaks: asks espeak-ng, where it is installed and has a voice for the language.
    """

    language: str
    dictionary: dict[str, list[Phones]]
    _known: dict[str, list[Phones]] = field(default_factory=dict)
    speaks: bool = True

    def learn(self, words: Iterable[str]) -> None:
        """Looks up all `words` at once, which is much cheaper than one by one."""
        fresh = sorted({w for word in words for w in self._said(word)} - self._known.keys())
        unknown = [w for w in fresh if not self._from_dictionary(w)]
        for word in fresh:
            self._known[word] = self._from_dictionary(word)
        for at in range(0, len(unknown), _BATCH):
            batch = unknown[at : at + _BATCH]
            self._known.update(zip(batch, self._spelled(batch), strict=True))

    def pronunciations(self, word: str) -> list[Phones]:
        """How `word` may sound, likeliest first; empty where nothing of it can be said.

        Raises:
            KeyError: if the word was not learned.
        """
        if not word[:1].isdigit():
            return self._known[word]
        readings = [self._chained(reading) for reading in self._readings(word)]
        in_turn = (phones for ranked in zip_longest(*readings, fillvalue=()) for phones in ranked)
        return distinct(in_turn)

    def letters(self) -> dict[str, tuple[Letter, ...]]:
        """Of each word the letters it is read by; empty where somebody knows how words of the language sound."""
        if self.language.split("-")[0] == "en" or (self.speaks and _voice(self.language)):
            return {}
        return {word: letters for word in self._known if (letters := letters_of(word, self.language))}

    def respelled(self, pronunciations: Mapping[str, list[Phones]]) -> PhoneBook:
        """With other pronunciations of some words, and of numbers that are read by them."""
        return replace(self, _known=self._known | dict(pronunciations))

    def _said(self, word: str) -> list[str]:
        if not word[:1].isdigit():
            return [word]
        return [part for reading in self._readings(word) for part in reading]

    def _readings(self, number: str) -> list[list[str]]:
        """A number may be read as a count, a year, an ordinal, or digit by digit."""
        digits = number.rstrip("stndrh")
        if digits != number:
            return [number_words(digits, self.language, "ordinal") or [digits]]
        readings = [number_words(digits, self.language), *self._year(digits)]
        return [r for r in readings if r] or [[digits]]

    def _year(self, digits: str) -> list[list[str]]:
        is_year = len(digits) == 4 and digits[:2] in {"18", "19", "20"}
        return [number_words(digits, self.language, "year")] if is_year else []

    def _chained(self, words: Sequence[str]) -> list[Phones]:
        """The pronunciations of words said one after the other."""
        parts = [self._known[word] for word in words if self._known.get(word)]
        return _one_change_each(parts)

    def _from_dictionary(self, word: str) -> list[Phones]:
        return self.dictionary.get(word, []) if self.language.startswith("en") else []

    def _spelled(self, words: list[str]) -> list[list[Phones]]:
        ipa = _speak(words, self.language) if self.speaks else [""] * len(words)
        unsaid = [word for word, said in zip(words, ipa, strict=True) if not said]
        letters = dict(zip(unsaid, romanised(unsaid, self.language), strict=True)) if unsaid else {}
        return [
            _through(table("ipa.tsv"), said) if said else _through(table("latin.tsv"), letters[word])
            for word, said in zip(words, ipa, strict=True)
        ]


def read_dictionary(path: Path) -> dict[str, list[Phones]]:
    """A CMU dictionary file: ``word PH PH`` or ``word(2) PH PH`` per line."""
    found: dict[str, list[Phones]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, *phones = line.split()
        found.setdefault(word.split("(")[0], []).append(tuple(phones))
    return found


@cache
def table(name: str) -> Table:
    """A sound table beside this file: symbol, tab, phones with alternatives split by ``|``."""
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {symbol: tuple(tuple(a.split()) for a in phones.split("|")) for symbol, phones in rows}


def _through(sounds: Table, text: str) -> list[Phones]:
    """All ways the table reads `text`, likeliest first, a few at most; what it doesn't know is passed over."""
    return distinct(map(without_echo, _one_change_each(list(_matched(sounds, text)))))


def _one_change_each(options: Sequence[Sequence[Phones]]) -> list[Phones]:
    """The first option at every place, then each reading that departs from it at one place."""
    first = [option[0] for option in options]
    changed = [
        [*first[:i], other, *first[i + 1 :]] for i, option in enumerate(options) for other in option[1:]
    ]
    readings = [first, *changed] if first else []
    return distinct(tuple(phone for part in reading for phone in part) for reading in readings)


def _matched(sounds: Table, text: str) -> Iterable[tuple[Phones, ...]]:
    bare = _bare(text)
    return (sounds[bare[a:b]] for a, b in _symbols(sounds, bare))


def _symbols(sounds: Table, text: str) -> Iterable[tuple[int, int]]:
    """Where each symbol of the table begins and ends in a bare text, the longest first."""
    longest = max(map(len, sounds))
    at = 0
    while at < len(text):
        for size in range(min(longest, len(text) - at), 0, -1):
            if text[at : at + size] in sounds:
                yield at, at + size
                at += size
                break
        else:
            at += 1


def letters_of(word: str, language: str) -> tuple[Letter, ...]:
    """The letters of a word that `latin.tsv` has sounds for."""
    pieces = [(printed, _bare(latin)) for printed, latin in romanised_letters(word, language)]
    text = "".join(latin for _, latin in pieces)
    printed = [at for at, (_, latin) in enumerate(pieces) for _ in latin]
    return tuple(
        ("".join(pieces[at][0] for at in dict.fromkeys(printed[a:b])), text[a:b])
        for a, b in _symbols(table("latin.tsv"), text)
    )


def _bare(text: str) -> str:
    """Without stress, tone, spaces and combining marks (nasality, aspiration), which the table doesn't tell apart."""
    text = unicodedata.normalize("NFD", text.replace("͡", ""))
    return "".join(c for c in text if not unicodedata.combining(c) and c not in "ˈˌ_ .-ʰʱʲʷˠˤ˞")


def without_echo(phones: Iterable[str]) -> Phones:
    """A doubled sound is one sound to the acoustic model."""
    out: list[str] = []
    for phone in phones:
        if not out or out[-1] != phone:
            out.append(phone)
    return tuple(out)


def distinct(readings: Iterable[Phones]) -> list[Phones]:
    return [r for r in dict.fromkeys(readings) if r][:_MOST_PRONUNCIATIONS]


@cache
def espeak_voices() -> frozenset[str]:
    """The language codes espeak-ng speaks; empty where it is not installed."""
    program = shutil.which("espeak-ng")
    if program is None:
        return frozenset()
    listing = subprocess.run([program, "--voices"], capture_output=True, text=True, timeout=_ESPEAK_TIMEOUT_S)
    return frozenset(line.split()[1] for line in listing.stdout.splitlines()[1:] if len(line.split()) > 1)


@cache
def espeak_version() -> str:
    """``espeak-ng`` with its version, or ``uroman`` where it is not installed."""
    program = shutil.which("espeak-ng")
    if program is None:
        return "uroman"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=_ESPEAK_TIMEOUT_S)
    return f"espeak-ng {said.stdout.partition(':')[2].split()[0]}"


def _speak(words: list[str], language: str) -> list[str]:
    """IPA of each word by espeak-ng; empty where it can't read the word or has no voice for the language."""
    voice = _voice(language)
    if voice is None:
        return [""] * len(words)
    said = _run_espeak("\n".join(words), voice)
    if len(said) != len(words):
        said = [" ".join(_run_espeak(word, voice)) for word in words]
    return ["" if _is_named(word, ipa) else ipa for word, ipa in zip(words, said, strict=True)]


def _voice(language: str) -> str | None:
    """espeak-ng's voice for the language; None where it has none or is not installed."""
    voice = next((v for v in (language.lower(), language.split("-")[0]) if v in espeak_voices()), None)
    if language == "en" or language.startswith("en-"):
        voice = "en-us" if "en-us" in espeak_voices() else voice
    return voice


def _is_named(word: str, ipa: str) -> bool:
    """Whether espeak-ng gave up on letters and named them in English: "(en)tʃˈaɪniːz(ja)lˈe̞tə"."""
    return "(en)" in ipa and not any("LATIN" in unicodedata.name(char, "") for char in word)


def _run_espeak(text: str, voice: str) -> list[str]:
    done = subprocess.run(
        ["espeak-ng", "-q", "--ipa", "-v", voice, "--stdin"],
        input=text + "\n",
        capture_output=True,
        text=True,
        timeout=_ESPEAK_TIMEOUT_S,
    )
    return [line.strip() for line in done.stdout.splitlines()]


@cache
def _romaniser() -> Any:
    try:
        from uroman import Uroman
    except ImportError as error:
        raise MissingDependency("romanising words needs uroman: pip install 'wavelode[listen]'") from error
    return Uroman()


def romanised(words: list[str], language: str) -> list[str]:
    """Words of any script in Latin letters, by uroman."""
    return [str(_romaniser().romanize_string(word, lcode=_uromans_code(language))) for word in words]


def romanised_letters(word: str, language: str) -> list[tuple[str, str]]:
    """The pieces of a word, each as printed and in Latin letters, by uroman."""
    from uroman import RomFormat

    edges = _romaniser().romanize_string(word, lcode=_uromans_code(language), rom_format=RomFormat.EDGES)
    return [(word[edge.start : edge.end], str(edge.txt)) for edge in edges]


def _uromans_code(language: str) -> str | None:
    code = language.split("-")[0]
    return code if len(code) == 3 else None
