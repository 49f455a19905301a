"""Wrong parts of a sound layer, and pictures of text in it, are read anew; the rest stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipelines.typeset import placed_pdf, scanned, with_picture_of, with_scrambled
from wavelode.pipelines.documents.base import Line
from wavelode.pipelines.documents.ocr import Eye, Seen
from wavelode.pipelines.documents.packwords import pack_words
from wavelode.pipelines.documents.paper import Layer, LayerWord
from wavelode.pipelines.documents.read import read_sentences
from wavelode.pipelines.documents.second import with_second
from wavelode.pipelines.documents.spans import (
    Judge,
    bare_pictures,
    in_pictures,
    mended,
    unsound_lines,
    with_numbers,
)
from wavelode.schemas.records import Box
from wavelode.schemas.settings import DocumentSettings

HINDI = Judge(
    "DEVANAGARI",
    frozenset("राज्य में नए पुल का काम शुरू होगा".split()),  # noqa: SIM905 - a sentence, not a list
    frozenset({"regional", "news", "unit", "delhi"}),
)
SOUND = [
    "The council met on Tuesday to speak of the new bridge over the river.",
    "Work on it begins in May, they said, and will last for two years.",
    "Rain fell on all of the northern districts and on the hills beyond.",
]
SCRAMBLED = [
    "Farmers were glad of the rain and began to sow their fields at once.",
    "The minister of health opened two hospitals in the west of the province.",
]
PICTURED = "Prices of wheat rose by five per cent in one week, traders told us."
needs_english = pytest.mark.skipif(
    bool(Eye("en").why_not()) or not pack_words(Eye("en")), reason="needs tesseract-ocr with its English pack"
)


def line(text: str, y: float = 0.0) -> Line:
    return Line(text, page=1, box=Box(0, y, 10.0 * len(text), y + 10), confidence=1.0)


def seen(text: str, y: float = 0.0, confidence: float = 0.9, number: int = 1) -> list[Seen]:
    words, x = [], 0.0
    for word in text.split():
        words.append(Seen(word, Box(x, y, x + 10 * len(word), y + 10), confidence, number))
        x += 10 * len(word) + 10
    return words


@pytest.mark.parametrize(
    ("text", "is_doubted"),
    [
        ("राज्य में नए पुल का काम शुरू होगा", False),
        ("राज्य में नए पुल का काम AIIMS तक", False),
        ("REGIONAL NEWS UNIT Delhi", False),
        ("jkT; esa u, iqy dk dke 'kq: gksxk", True),
        ("राज्य मु%य में स%ाचार नए िदन", True),
        ("कख गघङ चछज झञट ठडढ", True),
        ("VO", False),
    ],
)
def test_a_line_is_doubted_by_its_own_letters(text: str, is_doubted: bool) -> None:
    """Looking costs seconds; English lines among Hindi ones are no legacy font."""
    lines = [line("राज्य में नए पुल का काम शुरू होगा") for _ in range(6)] + [line(text)]
    assert HINDI.doubts(lines) == ({6} if is_doubted else set())


def no_rules(box: Box, page: int) -> Line | None:
    return None


def test_a_doubted_line_is_what_is_seen_and_stays_where_that_is_the_same() -> None:
    """A wrong doubt must cost time alone."""
    text = "राज्य में नए पुल का काम शुरू होगा"
    legacy, fine = line("jkT; esa u, iqy dk dke 'kq: gksxk"), line("राज्य में नए पुल", 50)
    pages = {1: [*seen(text), *seen("राज्य में नए पूल", 50)]}
    found = mended([legacy, fine], {0, 1}, pages, HINDI, no_rules)
    assert [(one.text, one.source) for one in found] == [(text, "ocr"), ("राज्य में नए पुल", "")]


def test_what_is_hardly_seen_replaces_nothing() -> None:
    """Ornaments are seen as anything."""
    found = mended([line("मु%य स%ाचार")], {0}, {1: seen("राज्य में", confidence=0.3)}, HINDI, no_rules)
    assert found[0].text == "मु%य स%ाचार"


def test_rules_come_before_what_is_seen() -> None:
    """A font never errs at random."""
    ruled = line("राज्य में पुल")
    found = mended([line("jkT; esa iqy dk")], {0}, {1: seen("राज्य में पूल")}, HINDI, lambda box, page: ruled)
    assert found[0].text == "राज्य में पुल"


@pytest.mark.parametrize(
    ("said", "layer", "text"),
    [
        ("पर 250 करोड़", "पर 1250 करोड", "पर 1250 करोड़"),
        ("पर 250 करोड़", "पर 7 करोड", "पर 250 करोड़"),
        ("पर 250 और 3", "पर 1250", "पर 250 और 3"),
    ],
)
def test_numbers_are_the_layer_s_where_they_pair_off(said: str, layer: str, text: str) -> None:
    """A layer that scrambles letters still tells its digits."""
    assert with_numbers(said, layer) == text


def test_sound_fonts_of_a_wrong_layer_are_kept() -> None:
    """One scrambled subset must not have the whole bulletin read anew."""
    sound, bad = "राज्य में नए पुल का काम शुरू होगा", "राज्य मु%य िदन स%ाचार में पुल का काम"
    lines = [line(sound, 20.0 * n) for n in range(3)] + [line(bad, 60)]
    words = [LayerWord(word.box, word.text, "A+Sound") for n in range(3) for word in seen(sound, 20.0 * n)]
    words += [LayerWord(word.box, word.text, "B+Sound") for word in seen(bad, 60)]
    pages = {1: [word for n in range(3) for word in seen(sound, 20.0 * n)] + seen(sound, 60)}
    assert unsound_lines(lines, {1: Layer(tuple(words))}, pages, "DEVANAGARI") == {3}
    other = {1: [word for n in range(4) for word in seen("कुछ और ही लिखा है यहाँ पर", 20.0 * n)]}
    assert unsound_lines(lines, {1: Layer(tuple(words))}, other, "DEVANAGARI") is None


def test_backgrounds_and_ornaments_are_no_pictures_of_text() -> None:
    """An OCRed scan has its words over its picture."""
    page, logo, story = Box(0, 0, 500, 800), Box(0, 0, 30, 30), Box(50, 600, 450, 700)
    words = [Box(50, 20.0 * n, 450, 20.0 * n + 12) for n in range(28)]
    assert bare_pictures([page, logo, story], words) == [story]


def test_only_sure_lines_of_the_language_are_taken_from_pictures() -> None:
    """A photograph is recognised as something, too."""
    words = [*seen("राज्य में नए"), *seen("iil ;|l", 20, 0.9, 2), *seen("का काम शुरू", 40, 0.5, 3)]
    assert [w.text for w in in_pictures(words, [Box(0, 0, 500, 500)], "DEVANAGARI")] == ["राज्य", "में", "नए"]


def test_the_second_pack_reads_numbers_and_latin_words_that_the_first_is_unsure_of() -> None:
    """The Hindi pack reads 1250 as 4250, and AIIMS as strokes."""
    first = [*seen("पर 4250 करोड़", confidence=0.2), *seen("25", 20), *seen("॥४५", 40, 0.3)]
    latin = [
        *(Seen(text, word.box, 0.9, 1) for text, word in zip(["WT", "1250", "is"], first, strict=False)),
        *seen("26", 20, 0.95),
        Seen("AIIMS", first[-1].box, 0.7, 3),
    ]
    assert [word.text for word in with_second(first, latin, {"is"})] == ["पर", "1250", "is", "25", "AIIMS"]


@needs_english
def test_a_page_with_a_scrambled_paragraph_and_a_picture_of_another(tmp_path: Path) -> None:
    """What is sound keeps its source; what was wrong or missing is read from the page, at its place."""
    path = placed_pdf(tmp_path / "a.pdf", [(72, 80 + 16 * n, text) for n, text in enumerate(SOUND)])
    with_scrambled(path, [(72, 160 + 16 * n, text) for n, text in enumerate(SCRAMBLED)])
    other = placed_pdf(tmp_path / "b.pdf", [(72, 240, PICTURED)])
    found = read_sentences(with_picture_of(path, other, (60, 225, 540, 250)), "doc", "en", DocumentSettings())
    assert [s.text for s in found] == [*SOUND, *SCRAMBLED, PICTURED]
    assert [s.text_source for s in found] == ["text_layer"] * 3 + ["ocr"] * 3


@needs_english
@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_scan_that_lies_on_another_side_is_turned(turn: int, tmp_path: Path) -> None:
    """Recognised as it lies, it gives a page of rubbish."""
    path = placed_pdf(tmp_path / "a.pdf", [(72, 80 + 16 * n, text) for n, text in enumerate(SOUND)])
    found = read_sentences(scanned(path, tmp_path / "b.pdf", turn=turn), "doc", "en", DocumentSettings())
    assert [s.text for s in found] == SOUND
