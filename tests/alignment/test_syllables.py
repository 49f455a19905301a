"""Scripts without spaces between words: what is cut, and that sentences in them are found word by word."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavelode.alignment.sentences import find_readings
from wavelode.alignment.syllables import pieces
from wavelode.alignment.text import tokens
from wavelode.schemas.records import Sentence, Word
from wavelode.schemas.settings import AlignSettings
from wavelode.schemas.time import Span

unspaced = st.text(
    st.sampled_from("မြန်မာသတ္တိဝင်္ဂါးเมืองไทยกำลังພາສາລາວភាសាខ្មែរ漢字かなカタカナーっ々ｶﾞ")
    | st.characters(min_codepoint=0x0E00, max_codepoint=0x0EDF, categories=["L", "M"])
    | st.characters(min_codepoint=0x1000, max_codepoint=0x109F, categories=["L", "M"]),
    max_size=30,
)
SENTENCES = (
    "そうりだいじんはけさあたらしいびょういんをおとずれました。",
    "なんぶのちほうではおおあめでみちがとじられています。",
    "のうかのひとびとはこめのねだんがひくいとうったえました。",
    "ちゅうおうぎんこうはきんりをかえないとはっぴょうしました。",
)


@given(unspaced, st.integers(1, 12))
def test_pieces_tile_the_run(text: str, longest: int) -> None:
    """A letter in no piece would be read out and never compared."""
    found = list(pieces(text, 0, len(text), longest))
    assert [i for a, b in found for i in range(a, b)] == list(range(len(text)))
    single = {a for a, _ in pieces(text, 0, len(text))}
    assert all(a in single for a, _ in found)


@given(unspaced, st.integers(2, 12))
def test_joined_pieces_are_as_long_as_they_may_be(text: str, longest: int) -> None:
    single = dict(pieces(text, 0, len(text)))
    found = list(pieces(text, 0, len(text), longest))
    assert all(b - a <= longest or single[a] == b for a, b in found)
    for (a, _), (c, _) in pairwise(found):
        assert single[c] - a > longest


@given(unspaced)
def test_no_piece_begins_with_a_mark(text: str) -> None:
    for a, _ in list(pieces(text, 0, len(text)))[1:]:
        assert unicodedata.category(text[a])[0] != "M"


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("ไม่เป็นไร", "ไม่ เป็ น ไร"),
        ("กรุงเทพมหานคร์", "ก รุ ง เท พ ม หา น คร์"),
        ("သတ္တိ", "သတ္တိ"),
        ("မြန်မာစာ", "မြန် မာ စာ"),
        ("ភាសាខ្មែរ", "ភា សា ខ្មែ រ"),
        ("ສະບາຍດີ", "ສະ ບາ ຍ ດີ"),
        ("東京タワーへ行った", "東 京 タ ワー へ 行っ た"),
        ("人々はJRの", "人々 は JR の"),
        ("हिन्दीभाषा", "हिन्दीभाषा"),
        ("한국어", "한국어"),
    ],
)
def test_what_is_cut_where(text: str, cut: str) -> None:
    assert [text[a:b] for a, b in pieces(text, 0, len(text))] == cut.split()


def heard_as(text: str, start: int, letters_a_word: int) -> list[Word]:
    """A fifth of a second for each letter."""
    cuts = [*range(0, len(text), letters_a_word), len(text)]
    return [Word(text[a:b], Span(start + 3200 * a, start + 3200 * b), 1.0) for a, b in pairwise(cuts)]


@pytest.mark.parametrize("letters_a_word", [2, 3, 5])
def test_a_sentence_without_spaces_is_found_however_the_listener_cuts_it(letters_a_word: int) -> None:
    """Recognisers write such scripts in pieces of their own; as one word each, no sentence here would be found."""
    printed = [Sentence("news", i, text) for i, text in enumerate(SENTENCES)]
    words: list[Word] = []
    spans: list[Span] = []
    for sentence in (printed[0], printed[2], printed[3]):
        start = 8000 + (spans[-1].end if spans else 0)
        heard = sentence.text.rstrip("。").replace("た", "な")  # some letters are misheard
        spans.append(Span(start, start + 3200 * len(heard)))
        words += heard_as(heard, start, letters_a_word)
    matches = find_readings(printed, words, "ja", AlignSettings())
    assert [m.sentence.index for m in matches] == [0, 2, 3]
    assert [m.words[0].span | m.words[-1].span for m in matches] == spans
    for match in matches:
        assert match.cer < 0.2
        assert [w.text for w in match.words] == [
            match.sentence.text[t.start : t.end] for t in tokens(match.sentence.text)
        ]
