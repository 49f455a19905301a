from __future__ import annotations

from dataclasses import replace

import pytest

from wavelode.pipelines.documents.base import Line
from wavelode.pipelines.documents.roles import find_roles
from wavelode.pipelines.documents.sentences import sentences_of
from wavelode.schemas.records import Box, Role, Sentence

WIDE = "Rain fell on all of the northern districts and on the hills beyond the river today"
STORY = [WIDE, "and the roads were closed until the evening."]


def page_of(texts: list[str], page: int = 1, step: float = 14.0, size: float = 11.0) -> list[Line]:
    """Lines from the top of a page, as a reader gives them; ``^`` centres one, an empty text leaves a gap."""
    lines: list[Line] = []
    for n, text in enumerate(texts):
        words = text.lstrip("^")
        width = min(450.0, 5.5 * len(words))
        left = 297 - width / 2 if text.startswith("^") else 72.0
        box = Box(left, 72 + n * step, left + width, 72 + n * step + size)
        above = texts[n - 1] if n else "."
        starts = n > 0 and (not above or len(above) < 60 or text.startswith("^"))
        if words:
            lines.append(Line(words, starts, page, box))
    return lines


def named(texts: list[str]) -> dict[str, Role]:
    lines = page_of(texts)
    roles = find_roles(lines)
    return {line.text: roles.role(i) for i, line in enumerate(lines)}


def said(lines: list[Line]) -> list[tuple[str, Role]]:
    return [(sentence.text, sentence.role) for sentence in sentences_of(lines, "doc", "text_layer")]


def test_the_head_of_a_script_is_not_read_as_news() -> None:
    """Titles and dates are at the top of every script; in training they would be words nobody said."""
    head = ["^RADIO TESK", "^Evening Bulletin", "^Date: 01-07-2025, 6.10 PM", "^* * *", *STORY]
    assert list(named(head).values()) == [
        Role.STATION,
        Role.STATION,
        Role.DATE,
        Role.SEPARATOR,
        Role.SPOKEN,
        Role.SPOKEN,
    ]


@pytest.mark.parametrize(
    ("line", "role"),
    [
        ("WEATHER:", Role.SLUG),
        ("Weather in the hills", Role.SLUG),
        ("मुख्य समाचार -", Role.SLUG),
        ("VO - correspondent", Role.CUE),
        ("(Byte: head of the council)", Role.CUE),
        ("######## Byte council ########", Role.CUE),
        ("वीओ-संवाददाता", Role.CUE),
        ("(వాయిస్ 30 సెకన్లు)", Role.CUE),
        ("||<><><>||", Role.SEPARATOR),
        ("00000000", Role.SEPARATOR),
        ("নননননননন", Role.SEPARATOR),
        ("The voice of the council was heard by all.", Role.SPOKEN),
        ("Rain fell.", Role.SPOKEN),
    ],
)
def test_what_a_line_between_two_stories_is_for(line: str, role: Role) -> None:
    """Newsrooms of a language share their words; what has none of them is told by its place."""
    assert named([*STORY, "", line, "", *STORY])[line] is role


def test_a_short_line_above_another_short_line_is_no_heading() -> None:
    """Headlines are printed without a stop and read aloud."""
    assert named(["Rovers win", "", "Water rises", "", "Bridge opens"])["Rovers win"] is Role.SPOKEN


def test_what_stands_on_every_page_is_a_header_and_the_sentence_runs_on_past_it() -> None:
    """A sentence cut in two by a header is found in neither half."""
    lines = []
    for page, texts in enumerate([[WIDE], ["and the roads were", "closed."], ["Then the sun came out."]], 1):
        body = [
            replace(line, page=page, starts_paragraph=n == 0)
            for n, line in enumerate(page_of(["", "", *texts]))
        ]
        number = Line(f"- {page} -", True, page, Box(290, 800, 310, 811))
        lines += [Line("Tesk Radio script", False, page, Box(72, 30, 160, 41)), *body, number]
    found = said(lines)
    assert [text for text, role in found if role is Role.SPOKEN] == [
        f"{WIDE} and the roads were closed.",
        "Then the sun came out.",
    ]
    assert [role for _, role in found].count(Role.HEADER) == 3
    assert [role for _, role in found].count(Role.PAGE_NUMBER) == 3


def test_a_number_that_is_not_the_page_s_is_text() -> None:
    """A score or a year may well stand alone on a line."""
    assert named(["^1947", "", *STORY, "", *STORY, "", *STORY])["1947"] is not Role.PAGE_NUMBER


def test_a_script_ends_with_who_made_it() -> None:
    """Names of editors are printed below every bulletin and said in none."""
    found = named([*STORY, "", "News Editor: A. Rao", "News Reader: B. Sen", "^END"])
    assert list(found.values())[2:] == [Role.SIGN_OFF] * 3


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("HILLTOWN, July 1: Rain fell.", [("HILLTOWN, July 1:", Role.DATELINE), ("Rain fell.", Role.SPOKEN)]),
        ("Rain fell. Here is a report.", [("Rain fell.", Role.SPOKEN), ("Here is a report.", Role.CUE)]),
        ("वर्षा हुई। पेश है एक रिपोर्ट...", [("वर्षा हुई।", Role.SPOKEN), ("पेश है एक रिपोर्ट...", Role.CUE)]),
        ("Rain fell (voice 20 sec)", [("Rain fell", Role.SPOKEN), ("(voice 20 sec)", Role.CUE)]),
        ("Rain fell (in the hills).", [("Rain fell (in the hills).", Role.SPOKEN)]),
        (
            "Rain fell. Ann Li, Akashvani News.",
            [("Rain fell.", Role.SPOKEN), ("Ann Li, Akashvani News.", Role.SIGN_OFF)],
        ),
    ],
)
def test_one_line_may_hold_several_things(text: str, parts: list[tuple[str, Role]]) -> None:
    """A dateline before the first sentence, a call for a report behind the last."""
    assert said([Line(text)]) == parts


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        (["The com-", "mittee met. A committee."], "The committee met."),
        (["A self-", "styled chief."], "A self-styled chief."),
        (["From 2024 -", "as told."], "From 2024 - as told."),
        (["The co\u00ad", "operation works."], "The cooperation works."),
        (["Of 2028-", "29 crore."], "Of 2028- 29 crore."),
        (["হৰদত্ত-", "বীৰদত্ত ভৱন।"], "হৰদত্ত-বীৰদত্ত ভৱন।"),
    ],
)
def test_a_hyphen_at_a_line_s_end_goes_only_where_the_word_is_known_without(
    lines: list[str], joined: str
) -> None:
    """Newsrooms seldom break words: most hyphens there are the word's own."""
    assert said([Line(line) for line in lines])[0][0] == joined


def test_marks_and_numbers_of_lists_are_layout() -> None:
    """Nobody reads out "two, dot"; but one number alone may be part of the sentence."""
    items = [Line("1. Rain fell."), Line("2. Snow fell.", True), Line("❖ Hail fell.", True)]
    assert [text for text, _ in said(items)] == ["Rain fell.", "Snow fell.", "Hail fell."]
    assert said([Line("5-year plans end.")])[0][0] == "5-year plans end."


def test_a_sentence_is_as_sure_as_its_lines() -> None:
    """What was recognised badly must be found again; what nothing is known of has no figure."""
    lines = [
        Line("Rain fell on", source="ocr", confidence=0.5),
        Line("the hills now.", source="ocr", confidence=1.0),
    ]
    (found,) = sentences_of(lines, "doc", "text_layer")
    assert found.text_source == "ocr" and 0.7 < (found.confidence or 0) < 0.8
    assert sentences_of([Line("Rain fell.")], "doc", "plain") == (
        Sentence("doc", 0, "Rain fell.", None, None, "plain"),
    )
