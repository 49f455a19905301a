"""In which letters print and hearing are compared: their own, Latin ones, or phones."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from wavelode.alignment.sides import Speller, in_graphemes
from wavelode.pipelines.models.script_biased.phones import PhoneBook, romanised, table
from wavelode.schemas.settings import MatchIn


def speller(match_in: MatchIn, language: str, printed: Iterable[str], heard: Iterable[str]) -> Speller:
    """How words are spelled for comparing; `auto` takes graphemes where both sides share a script, else Latin letters.

    Raises:
        MissingDependency: Latin letters without the `listen` extra.
    """
    if match_in == "auto":
        scripts = main_script(printed), main_script(heard)
        match_in = "roman" if None not in scripts and scripts[0] != scripts[1] else "graphemes"
    spellers: dict[str, Callable[[Sequence[str]], list[str]]] = {
        "graphemes": in_graphemes,
        "roman": lambda words: _in_latin(words, language),
        "phones": lambda words: _in_phones(words, language),
    }
    return spellers[match_in]


def main_script(texts: Iterable[str]) -> str | None:
    """The script of most letters, as Unicode names it; None where there are none.

    >>> main_script(["नमस्ते, hi"])
    'DEVANAGARI'
    """
    counts = Counter(char for text in texts for char in text)
    scripts: Counter[str] = Counter()
    for char, times in counts.items():
        if unicodedata.category(char)[0] == "L":
            scripts[unicodedata.name(char, "?").split()[0]] += times
    return max(scripts, key=lambda script: scripts[script], default=None)


def _in_latin(words: Sequence[str], language: str) -> list[str]:
    """By uroman, without marks and doubled vowels: nobody who writes Latin letters by ear agrees on those."""
    latin = (unicodedata.normalize("NFD", word).casefold() for word in romanised(list(words), language))
    plain = ("".join(char for char in word if char.isalnum()) for word in latin)
    return ["".join(c for i, c in enumerate(word) if not i or c != word[i - 1]) for word in plain]


def _in_phones(words: Sequence[str], language: str) -> list[str]:
    """Phones as the embedded listener has them, a letter for each; empty where nothing of a word can be said."""
    book = PhoneBook(language, {})
    book.learn(words)
    phones = sorted({p for ways in table("ipa.tsv").values() for way in ways for p in way})
    letter = {phone: chr(ord("一") + i) for i, phone in enumerate(phones)}
    said = [book.pronunciations(word) for word in words]
    return ["".join(letter.get(phone, "") for phone in (ways or [()])[0]) for ways in said]
