"""What is looked for in texts: other scripts, words not wanted, personal data, and checks of your own."""

from __future__ import annotations

import importlib
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from wavelode.pipelines.selecting.columns import Columns, Mask
from wavelode.pipelines.selecting.limits import Limits
from wavelode.schemas.errors import SettingsError

TextCheck = Callable[[str, str], bool]
"""From a text and its language to whether it may not be kept."""

_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.\w|https?://|www\.\w")
_LONG_NUMBER = re.compile(r"(?:\d[ -]?){9,}")
"""Telephones, accounts and identity cards have nine digits or more; two years and most sums have not."""


def other_script(rows: Columns, limits: Limits) -> Mask:
    """Where too many letters are of scripts that were not named, (N,)."""
    wanted = frozenset(name.upper() for name in limits.settings.scripts)
    if not wanted:
        return np.zeros(len(rows), np.bool_)
    most = limits.settings.max_other_script
    return rows.where_text(lambda text, _: foreign_share(text, wanted) > most)


def foreign_share(text: str, scripts: frozenset[str]) -> float:
    """The share of a text's letters that are in none of some scripts, named as in Unicode, in capitals."""
    found = [_script(c) for c in text if unicodedata.category(c)[0] in "LM"]
    told = [script for script in found if script != "COMBINING"]
    return sum(script not in scripts for script in told) / len(told) if told else 0.0


def _script(letter: str) -> str:
    """The first word of its name; "COMBINING" for accents that go with any script."""
    return unicodedata.name(letter, "UNKNOWN").partition(" ")[0]


def has_blocked_word(rows: Columns, limits: Limits) -> Mask:
    """Where a text has a word of the file of blocked words, (N,)."""
    path = limits.settings.blocked_words
    if path is None:
        return np.zeros(len(rows), np.bool_)
    blocked = _blocked(path)
    return rows.where_text(lambda text, _: not blocked.isdisjoint(words_of(text)))


@lru_cache(maxsize=4)
def _blocked(path: Path) -> frozenset[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: can't read the blocked words ({error}); check the path") from error
    return frozenset(word for line in text.splitlines() for word in words_of(line))


def words_of(text: str) -> set[str]:
    """The words of a text in one case, composed as Unicode has it, without what is no letter, mark or digit."""
    composed = unicodedata.normalize("NFC", text).casefold()
    parted = "".join(c if unicodedata.category(c)[0] in "LMNC" else " " for c in composed)
    return set(parted.split())


def holds_personal_data(rows: Columns, limits: Limits) -> Mask:
    """Where a text holds an address or a long number, and such are to be dropped, (N,)."""
    if limits.settings.personal_data == "keep":
        return np.zeros(len(rows), np.bool_)
    return rows.where_text(lambda text, _: bool(_ADDRESS.search(text) or _LONG_NUMBER.search(text)))


def own_checks(rows: Columns, limits: Limits) -> Mask:
    """Where a check of the user's own says so, (N,)."""
    checks = [own_check(name) for name in limits.settings.text_checks]
    if not checks:
        return np.zeros(len(rows), np.bool_)
    return rows.where_text(lambda text, language: any(check(text, language) for check in checks))


def own_check(name: str) -> TextCheck:
    """The function named ``module:function``.

    Raises:
        SettingsError: if there is none.
    """
    module, _, function = name.partition(":")
    try:
        check: TextCheck = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise SettingsError(
            f"text_checks: {name!r} can't be imported ({error}); name it module:function"
        ) from error
    return check
