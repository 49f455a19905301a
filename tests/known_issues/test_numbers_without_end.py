"""Spelling a number never ended in Amharic, raised in others, and Python reads no number of 5000 digits."""

from __future__ import annotations

import pytest
from num2words import CONVERTER_CLASSES

from wavelode.alignment.text import number_words, spoken

KINDS = ("cardinal", "ordinal", "year")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "number", ["0", "7", "42", "1947", "2025", "1250000", "2.5", "0.0001", "9" * 12, "9" * 40]
)
def test_no_number_breaks_in_any_language(number: str, kind: str) -> None:
    """num2words raises many kinds of things; one number must not cost a recording."""
    for language in CONVERTER_CLASSES:
        assert all(isinstance(word, str) for word in number_words(number, language, kind))


def test_a_number_of_absurd_length_stays_itself() -> None:
    """Python refuses to read a number of more than 4300 digits; a document may hold one."""
    assert spoken("9" * 5000, "en") == ["9" * 5000]
    assert spoken("9" * 5000 + "th", "en") == ["9" * 5000 + "th"]
