from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wavelode.alignment.letters import Form, fold, variants

scripts = st.text(
    st.sampled_from(
        "aßﬁİé\u0301\u0323\u0329ọ\u200c\u200dअंकङञ्नआाेौक़\u093cಕುுெளொൻന്റംعـأئیکہھﷺ각\u1100\u1161\u11a8ﾞｶ 12१"
    )
    | st.characters(exclude_categories=["Cs"]),
    max_size=30,
)


@given(scripts)
@example("ക്ഷൻ്റ")
@example("ｶﾞ")
def test_every_letter_knows_its_place(text: str) -> None:
    """What leaves is cut out of the print by these places: they cover, keep the order and lie inside."""
    form = Form.of(text)
    assert len(form.text) == len(form.starts) == len(form.ends)
    assert list(form.starts) == sorted(form.starts) and list(form.ends) == sorted(form.ends)
    assert all(0 <= a < b <= len(text) for a, b in zip(form.starts, form.ends, strict=True))
    inside = {at for a, b in zip(form.starts, form.ends, strict=True) for at in range(a, b)}
    for at, char in enumerate(text):
        if unicodedata.category(char) in {"Lu", "Ll", "Lo"}:
            assert at in inside or fold(char) == char or variants().letters.get(char) == ""


@given(scripts)
def test_the_print_behind_letters_gives_these_letters(text: str) -> None:
    """The map goes there and back: the whole form stands for print that has this form."""
    form = Form.of(text)
    if form.text:
        start, end = form.original(0, len(form.text))
        assert Form.of(text[start:end]).text == form.text


@given(scripts)
def test_the_form_is_its_own_form(text: str) -> None:
    """A listener's letters may be in this form already."""
    once = Form.of(text).text
    assert Form.of(once).text == once


@given(scripts)
def test_how_letters_are_stored_does_not_matter(text: str) -> None:
    """Composed or not is the editor's choice, not the writer's."""
    assert (
        Form.of(unicodedata.normalize("NFD", text)).text == Form.of(unicodedata.normalize("NFC", text)).text
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("क़लम", "कलम"),
        ("क\u093cलम", "\u0958लम"),
        ("अङ्क", "अंक"),
        ("पञ्च", "पंच"),
        ("हिन्दी", "हिंदी"),
        ("सम्पादक", "संपादक"),
        ("हँसना", "हंसना"),
        ("जगत्", "जगत"),
        ("डॉक्टर", "डाक्टर"),
        ("क्\u200dषमा", "क्षमा"),
        ("ক\u09c7\u09be", "ক\u09cb"),
        ("সংখ্যা", "সঙ্খ্যা"),
        ("হঠাৎ", "হঠাত্"),
        ("ਪੰਜ", "ਪਂਜ"),
        ("கொ", "க\u0bc6\u0bbe"),
        ("அவன் ஔ", "அவன் ஒள"),
        ("അവൻ", "അവന്\u200d"),
        ("కొంచెం", "కొఞ్చెం"),
        ("ಅಂಗಡಿ", "ಅಙ್ಗಡಿ"),
        ("ଅଙ୍କ", "ଅଂକ"),
        ("کتاب", "كتاب"),
        ("یہ", "يه"),
        ("السَّلامُ", "السلام"),
        ("الرحمـــن", "الرحمن"),
        ("أحمد إلى آخر", "احمد الي اخر"),
        ("ﺍﻟﺴﻼﻡ", "السلام"),
        ("ḿ\u0323", "ṃ\u0301"),
        ("a\u0302\u0301", "a\u0301\u0302"),
        ("o\u0329", "ọ"),
        ("ｆｕｌｌ", "full"),
        ("ሐይል", "ሀይል"),
        ("İstanbul", "istanbul"),
        ("ещё", "еще"),
        ("שָׁלוֹם", "שלום"),
    ],
)
def test_two_ways_to_write_a_word_are_one(one: str, other: str) -> None:
    """A spelling is no mishearing."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("कान", "खान"), ("বড়", "বড"), ("أب", "أم"), ("ọ", "o"), ("á", "à"), ("மன", "மண")]
)
def test_letters_that_tell_words_apart_stay_apart(one: str, other: str) -> None:
    """Otherwise every word would match every other."""
    assert fold(one) != fold(other)
