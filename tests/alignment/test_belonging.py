"""A document is taken for what it is: read, or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest

from tests.listening import Listener, hear_all, script
from wavelode.alignment.belonging import Paired, belonging, paired
from wavelode.alignment.calibration import read_calibration
from wavelode.alignment.sentences import find_readings
from wavelode.schemas.records import Document, Match, Sentence
from wavelode.schemas.settings import AlignSettings

SPOKEN = read_calibration().spoken


def paper(seed: int, name: str) -> Document:
    return Document(name, name, "", "xx", tuple(replace(s, document_id=name) for s in script(seed)))


def _find(listener: Listener, sentences: Sequence[Sentence]) -> list[Match]:
    return find_readings(sentences, listener.heard, "xx", AlignSettings())


def pair(documents: Sequence[Document], listener: Listener, least: float = 0.05) -> Paired:
    return paired(documents, partial(_find, listener), listener.heard, "xx", least, SPOKEN)


RIGHT, OTHER = paper(1, "right"), paper(2, "other")


@pytest.mark.parametrize("wrong", [0.0, 0.2, 0.4])
def test_the_one_that_was_read_is_taken_and_the_other_refused(wrong: float) -> None:
    found = pair([OTHER, RIGHT], hear_all(RIGHT.sentences, wrong))
    assert [d.document_id for d in found.documents] == ["right"]
    assert list(found.refused) == ["other"]
    assert all(match.sentence.document_id == "right" for match in found.matches)


def test_a_shared_formula_does_not_make_a_pair_and_goes_to_the_right_one() -> None:
    formula = RIGHT.sentences[0].text
    other = replace(OTHER, sentences=(replace(OTHER.sentences[0], text=formula), *OTHER.sentences[1:]))
    listener = hear_all(RIGHT.sentences)
    assert pair([other], listener).matches == []
    assert len(pair([other, RIGHT], listener).matches) == len(RIGHT.sentences)


def test_a_page_of_a_long_day_and_a_bulletin_from_a_thick_paper_both_belong() -> None:
    """Little of the speech, or little of the print, is enough where it is much of the other."""
    day = [*RIGHT.sentences, *(s for seed in range(10, 30) for s in script(seed))]
    assert pair([RIGHT], hear_all(day)).documents == (RIGHT,)
    thick = replace(
        RIGHT, sentences=tuple(replace(s, index=i, document_id="right") for i, s in enumerate(day))
    )
    assert pair([thick], hear_all(RIGHT.sentences)).documents == (thick,)


def test_two_sentences_side_by_side_are_a_formula_on_a_page_and_a_good_part_of_a_note() -> None:
    shared = RIGHT.sentences[4:6]
    page = [*OTHER.sentences[:5], *shared, *OTHER.sentences[5:]]
    listener = hear_all(RIGHT.sentences)
    for print_, belongs in ((page, False), ([*OTHER.sentences[:2], *shared], True)):
        sentences = tuple(replace(s, index=i, document_id="other") for i, s in enumerate(print_))
        assert bool(pair([replace(OTHER, sentences=sentences)], listener).documents) is belongs


def test_nothing_is_refused_where_it_is_not_asked() -> None:
    assert pair([OTHER], hear_all(RIGHT.sentences), 0.0).documents == (OTHER,)


def test_shares_are_of_what_was_printed_and_what_was_said() -> None:
    listener = hear_all([*RIGHT.sentences[:6], *OTHER.sentences[:6]])
    (share,) = belonging(RIGHT.sentences, _find(listener, RIGHT.sentences), listener.heard, "xx", SPOKEN)
    assert (share.sentences, share.found) == (12, 6)
    assert 0.35 < share.of_print < 0.65 and 0.35 < share.of_speech < 0.65
