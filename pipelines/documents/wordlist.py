"""Words that a language is known to have, for judging whether a text layer is sound."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def known_words(language: str) -> frozenset[str]:
    """Lower-case words of a language: English from the pronouncing dictionary of pocketsphinx, else none.

    Without the `listen` extra there are none, and what needs them is left as it is.
    """
    if language.split("-")[0] != "en":
        return frozenset()
    try:
        from pocketsphinx import get_model_path
    except ImportError:
        return frozenset()
    lines = Path(get_model_path("en-us/cmudict-en-us.dict")).read_text(encoding="utf-8").splitlines()
    return frozenset(line.split(maxsplit=1)[0] for line in lines if line and line[0].isalpha())
