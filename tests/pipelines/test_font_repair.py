from __future__ import annotations

import random
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavelode.pipelines.documents.corpus import provenance
from wavelode.pipelines.documents.evidence import plainly, script_name, share_bad, share_of_script
from wavelode.pipelines.documents.families import Families, Kind, Printed, digits_by_heart, families, kinds
from wavelode.pipelines.documents.glyphs import Glyph, Row
from wavelode.pipelines.documents.learn import Example, best_order, decoded, edits, learn
from wavelode.pipelines.documents.ocr import Eye, Seen
from wavelode.pipelines.documents.paper import Picture
from wavelode.pipelines.documents.repair import as_typeset, beside, repaired, words_of
from wavelode.pipelines.documents.rules import FontMap, Rule
from wavelode.pipelines.documents.visual import logical, visual
from wavelode.schemas.records import Box

CONSONANTS = "कखगजटतदनपबमयरलवशसह"
CLUSTERS = ["स्थ", "प्र", "क्ष", "त्र", "न्द", "र्क", "र्म", "र्व"]
VOWELS = ["", "ा", "ि", "ी", "ु", "े", "ो", "ौ"]
SYLLABLE = st.tuples(
    st.sampled_from([*CONSONANTS, *CLUSTERS]), st.sampled_from(VOWELS), st.sampled_from(["", "ं"])
).map("".join)


@given(st.lists(SYLLABLE, min_size=1, max_size=6).map("".join), st.sampled_from(["vowels", "cluster", "end"]))
def test_the_order_of_drawing_leads_back_to_the_spelling(word: str, reph: str) -> None:
    """What is learned in the order of drawing must come out as Unicode spells it."""
    assert logical(visual(word, reph)) == unicodedata.normalize("NFC", word)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "word",
    ["মন্ত্রী", "কেন্দ্রীয়", "সর্বোচ্চ", "শীৰ্ষক", "ରାଜ୍ୟରେ", "ମୁଖ୍ୟମନ୍ତ୍ରୀ", "கொண்டுள்ளார்", "ಕೇಂದ್ರದಲ್ಲಿ", "ਪ੍ਰਧਾਨ", "ऑरेंज", "आओ"],
)
def test_other_scripts_lead_back_as_well(word: str) -> None:
    """Every script has its own signs that stand before their letter."""
    assert logical(visual(word)) == unicodedata.normalize("NFC", word)


def drawn(text: str) -> str:
    """An invented 8-bit font: each character in the order of drawing is another code; स is drawn of two glyphs."""
    codes = {char: chr(0xA1 + ord(char) % 0x60) for char in visual(text) if char != " "}
    return "".join("\u0201k" if char == "स" else codes.get(char, char) for char in visual(text))


def noisy(text: str, chance: random.Random) -> str:
    """Recognition that errs in every fiftieth character."""
    return "".join(chance.choice(CONSONANTS) if c != " " and chance.random() < 0.02 else c for c in text)


def rows(count: int, seed: int = 0) -> list[tuple[str, str]]:
    """(glyphs, text) of invented rows."""
    chance, found = random.Random(seed), []
    for _ in range(count):
        words = []
        for _ in range(6):
            pieces = [
                chance.choice([*CONSONANTS, *CLUSTERS]) + chance.choice(VOWELS)
                for _ in range(chance.randint(2, 4))
            ]
            words.append("".join(pieces))
        text = " ".join(words)
        found.append((drawn(text), text))
    return found


def test_a_font_is_learned_from_noisy_recognition_and_decodes_rows_it_has_not_seen() -> None:
    """Recognition errs at random, a font never: what is learned is cleaner than what it was learned from."""
    chance = random.Random(1)
    known = [Example(tuple(glyphs), noisy(text, chance)) for glyphs, text in rows(60)]
    new = rows(20, seed=9)
    fonts = best_order(known, {})
    wrong = sum(edits(text, decoded(fonts, tuple(glyphs))) for glyphs, text in new)
    seen_wrong = sum(edits(text, noisy(text, chance)) for _, text in new)
    assert wrong == 0 < seen_wrong


def test_two_glyphs_that_mean_one_letter_are_one_rule() -> None:
    """KrutiDev draws most consonants as a half letter and a stroke."""
    fonts = learn([Example(tuple(glyphs), text) for glyphs, text in rows(40)], {})
    assert decoded(fonts, ("\u0201", "k")) == "स"


def test_a_map_is_saved_and_read_again(tmp_path: Path) -> None:
    """What one corpus taught must serve the next; what is unsure is not passed on."""
    fonts = FontMap(
        {("f:d",): Rule("क", 9, 10), ("f:H", "f:k"): Rule("भ", 3, 3), ("f:x",): Rule("ग", 1, 1)}, "end"
    )
    fonts.save(tmp_path / "a.json", {"learned_from": 2})
    again = FontMap.load(tmp_path / "a.json")
    assert again.reph == "end"
    assert dict(again.rules) == {key: rule for key, rule in fonts.rules.items() if rule.is_sure}


def test_a_map_tells_what_it_was_learned_from_and_no_names(tmp_path: Path) -> None:
    """Whoever doubts a rule must be able to learn it again; whose documents they were is nobody's business."""
    files = [tmp_path / "bulletin.pdf", tmp_path / "other.pdf"]
    for n, file in enumerate(files):
        file.write_bytes(bytes([n]))
    told = provenance(files, 90, "tesseract 5 hin:abc")
    assert told == provenance(files[::-1], 90, "tesseract 5 hin:abc")
    assert told["rows"] == 90 and "bulletin" not in str(told) and len(str(told["documents"])) > 30


def row_of(text: str, font: str = "Legacy", page: int = 1) -> Row:
    """Glyphs of ten points each."""
    return Row(tuple(Glyph(c, font, "", Box(10 * i, 0, 10 * i + 10, 10)) for i, c in enumerate(text)), page)


def test_an_unsure_word_is_taken_from_recognition_and_a_sure_one_is_not() -> None:
    """A rule seen once may be recognition's own error."""
    row = row_of("ab cd")
    seen = (Seen("गग", Box(0, 0, 20, 10), 0.9, 1), Seen("नन", Box(30, 0, 50, 10), 0.9, 1))
    rules = {("legacy:a",): Rule("क", 5, 5), ("legacy:b",): Rule("ख", 5, 5), ("legacy:c",): Rule("ग", 1, 1)}
    found = repaired([Printed(row, seen)], FontMap(rules), Families({"legacy": Kind.CODES}))
    assert [line.text for line in found] == ["कख नन"]


def test_words_lie_apart_though_no_space_is_drawn() -> None:
    """Some programs move the pen instead of drawing a space."""
    near, far = Glyph("a", "F", "", Box(0, 0, 10, 10)), Glyph("b", "F", "", Box(15, 0, 25, 10))
    assert [word.names for word in words_of(Row((near, far), 1), Families({}))] == [("=a",), ("=b",)]


def test_a_drawn_letter_is_no_space_whatever_the_layer_calls_it() -> None:
    """Some maps call a letter a space; the word would fall apart and lose it."""
    letters = tuple(Glyph(" ", "F", f"shape{n}", Box(10 * n, 0, 10 * n + 9, 10)) for n in range(2))
    (word,) = words_of(Row(letters, 1), Families({"f": Kind.SHAPES}))
    assert word.names == ("shape0", "shape1")


def test_where_spaces_are_drawn_a_gap_is_none() -> None:
    """Marks hang over their neighbours, and boxes of old fonts have any width."""
    spaced = Row(
        tuple(Glyph(" " if n % 2 else "a", "F", "", Box(10 * n, 0, 10 * n + 9, 10)) for n in range(20)), 1
    )
    apart = Row((Glyph("a", "F", "", Box(0, 0, 10, 10)), Glyph("b", "F", "", Box(15, 0, 25, 10))), 1)
    drawn = families([Printed(row, ()) for row in (spaced, apart)], "DEVANAGARI", FontMap({}))
    assert len(words_of(apart, drawn)) == 1
    bare = families([Printed(apart, ())], "DEVANAGARI", FontMap({}))
    assert len(words_of(apart, bare)) == 2


@pytest.mark.parametrize(
    ("seen", "name"), [("7 4905 23", "=1"), ("७ ४९०५ २३", "=१"), ("कखग घङच", "legacy:1")]
)
def test_digits_are_the_layer_s_where_recognition_sees_most_of_them_alike(seen: str, name: str) -> None:
    """Recognition takes a 1 for a 4 or leaves it out, always the same way in one font."""
    row = Printed(row_of("7 1905 23"), (Seen(seen, Box(0, 0, 90, 10), 0.9, 1),))
    known = replace(families([row], "DEVANAGARI", FontMap({})), kinds={"legacy": Kind.CODES})
    assert known.names(row_of("1").glyphs) == (name,)


def test_digits_of_codes_are_themselves_where_nothing_is_recognised() -> None:
    """A 1 that recognition once took for a 4 must not be one for ever in every place without Tesseract."""
    wrong = {("legacy:1",): Rule("4", 9, 9), ("legacy:2",): Rule("2", 9, 9), ("native:3",): Rule("३", 9, 9)}
    kinds_of = {"legacy": Kind.CODES, "native": Kind.CODES, "arial": Kind.KEPT}
    assert digits_by_heart(kinds_of, "DEVANAGARI", FontMap(wrong)) == {"legacy": "0", "native": "०"}


def test_numbers_are_believed_where_letters_are_called_digits_too() -> None:
    """A map that takes a letter for a 7 still tells a 10 that stands alone."""
    text = "ab7 10 c7a 15 77b b7c"
    seen = (Seen("कखग 10 घगक 5", Box(0, 0, 210, 10), 0.9, 1),)
    shaped = tuple(replace(g, shape=g.text.strip()) for g in row_of(text).glyphs)
    row = Printed(Row(shaped, 1), seen)
    known = replace(families([row], "DEVANAGARI", FontMap({})), kinds={"legacy": Kind.SHAPES})
    assert [word.names for word in words_of(row.row, known)] == [
        ("a", "b", "7"),
        ("=1", "=0"),
        ("c", "7", "a"),
        ("=1", "=5"),
        ("7", "7", "b"),
        ("b", "7", "c"),
    ]


def test_believed_glyphs_are_themselves_whatever_they_are_recognised_as_together() -> None:
    """An 11 is seen as a bracket in each of its lines."""
    rows_seen = [Example(("=1", "=1", " ", f"f:{n % 3}"), f"] {'कखग'[n % 3]}") for n in range(30)]
    prior = {("=1",): {"1": 1000.0}}
    assert decoded(learn(rows_seen, prior), ("=1", "=1")) == "11"


@pytest.mark.parametrize(("drawn", "spelled"), [("ज्ीएस", "जीएस"), ("ख्ां", "खां"), ("स्््त", "स्त"), ("क्या", "क्या")])
def test_nobody_writes_a_vowel_sign_to_a_half_letter(drawn: str, spelled: str) -> None:
    """A half letter and the sign's own stem, drawn apart, are a whole letter."""
    assert logical(drawn) == spelled


def test_latin_headers_are_kept_and_latin_codes_are_not() -> None:
    """Only what is seen on the page tells ``lekpkj`` from English."""
    header = Printed(row_of("REGIONAL NEWS UNIT", "Arial"), (Seen("REGIONAL", Box(0, 0, 80, 10), 0.9, 1),))
    body = Printed(row_of("lekpkj " * 40), (Seen("समाचार", Box(0, 0, 60, 10), 0.9, 1),))
    found = kinds([header, body], "DEVANAGARI", FontMap({}))
    assert found == {"arial": Kind.KEPT, "legacy": Kind.CODES}


def test_signs_of_a_latin_font_within_other_rows_do_not_make_it_a_legacy_font() -> None:
    """A map that took Times for a legacy font would spoil every English line that comes after."""
    mixed = Row((*row_of("lekpkj" * 12).glyphs, *row_of("AIIMS" * 3, "Times").glyphs), 1)
    found = kinds(
        [Printed(mixed, (Seen("समाचार", Box(0, 0, 60, 10), 0.9, 1),))] * 20, "DEVANAGARI", FontMap({})
    )
    assert found == {"legacy": Kind.CODES, "times": Kind.KEPT}


def test_recognised_words_are_laid_on_their_row() -> None:
    """A page is recognised whole and learned from by rows."""
    seen = [Seen("on", Box(0, 1, 20, 9), 1, 1), Seen("below", Box(0, 30, 20, 40), 1, 2)]
    assert [word.text for word in beside([row_of("ab")], {1: seen})[0].seen] == ["on"]


@pytest.mark.parametrize(("told", "rule", "said"), [("’", "'", "’"), ("–", "-", "–"), ("’", "श", "श")])
def test_quotes_and_dashes_are_as_the_layer_tells_them(told: str, rule: str, said: str) -> None:
    """Recognition knows those of typewriters; but a code that is drawn as a letter is one."""
    row = Printed(row_of(told), ())
    known = Families({"legacy": Kind.CODES})
    found = as_typeset(FontMap({(f"legacy:{told}",): Rule(rule, 5, 5)}), [row], known)
    assert found.rules[(f"legacy:{told}",)].text == said


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("प्रधानमंत्री ने कहा", 0.0),
        ("मु%य समाचार", 0.5),
        ("िदन में", 0.5),
        ("दिन\x01", 1.0),
        ("5-जी (AIIMS) ‘सेवा’", 0.0),
    ],
)
def test_what_no_one_can_have_written_is_told_from_its_letters(text: str, bad: float) -> None:
    """Most layers betray themselves before anything is recognised."""
    assert share_bad(text.split(), script_name("hi")) == bad


def test_marks_told_twice_are_told_once() -> None:
    """No letter has one mark two times; letters and digits may well follow on themselves."""
    assert plainly("\u202dപ്രാ ാദേശിക\u202c 100 के लल") == "പ്രാദേശിക 100 के लल"
    assert plainly("જણાવ્યુંું പാലല്\u200d") == "જણાવ્યું പാലൽ"


def test_a_layer_in_the_wrong_script_holds_none_of_the_language() -> None:
    """Legacy fonts are Latin letters all over."""
    assert share_of_script("lekpkj समाचार", script_name("hi")) == 0.5


def test_what_is_missing_for_recognition_is_named_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody should have to look up what the pack of a language is called."""
    monkeypatch.setenv("PATH", "/nonexistent")
    assert "apt-get install tesseract-ocr tesseract-ocr-tam" in Eye("ta").why_not()


def test_recognised_words_are_kept_for_the_next_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recognition costs seconds a page; a second run pays nothing."""
    program = tmp_path / "tesseract"
    head = "level\\tblock_num\\tpar_num\\tline_num\\tleft\\ttop\\twidth\\theight\\tconf\\ttext"
    program.write_text(
        f'#!/bin/sh\nif [ "$1" = --list-langs ]; then echo eng; exit; fi\n'
        'if [ "$1" = --version ]; then echo tesseract 9.9; exit; fi\n'
        f'echo x >> {tmp_path}/calls\nprintf "{head}\\n5\\t1\\t1\\t1\\t300\\t300\\t300\\t30\\t96\\tBridge\\n"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for _ in range(2):
        seen = Eye("en", cache=tmp_path / "cache").read(Picture(b"png", 72 / 300, 1))
    assert [(word.text, word.box.x0, word.confidence) for word in seen] == [("Bridge", 72.0, 0.96)]
    assert (tmp_path / "calls").read_text() == "x\n"
